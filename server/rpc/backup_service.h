// The backup service: long work, told as it goes.

#ifndef ROLLCALL_SERVER_RPC_BACKUP_SERVICE_H_
#define ROLLCALL_SERVER_RPC_BACKUP_SERVICE_H_

#include "rollcall/v1/backup_service.grpc.pb.h"
#include "server/audit/audit_log.h"
#include "server/backup/backup_folder.h"
#include "server/rpc/standard_calls.h"

namespace rollcall::rpc {

class BackupService final : public v1::BackupService::Service {
 public:
  // `log` may be null; all outlive the service.
  BackupService(const StandardCalls& calls, Store* store, backup::BackupFolder* folder,
                audit::AuditLog* log)
      : calls_(calls), store_(store), folder_(folder), log_(log) {}

  grpc::Status CreateBackup(grpc::ServerContext* context, const v1::CreateBackupRequest* request,
                            grpc::ServerWriter<v1::CreateBackupResponse>* writer) override;
  grpc::Status ListBackups(grpc::ServerContext* context, const v1::ListBackupsRequest* request,
                           v1::ListBackupsResponse* response) override;
  grpc::Status CheckBackup(grpc::ServerContext* context, const v1::CheckBackupRequest* request,
                           grpc::ServerWriter<v1::CheckBackupResponse>* writer) override;

 private:
  // Says in the log that somebody has made a copy of the register.
  absl::Status LogBackup(const CallContext& call, const v1::Backup& backup);

  StandardCalls calls_;
  Store* const store_;
  backup::BackupFolder* const folder_;
  audit::AuditLog* const log_;
};

}  // namespace rollcall::rpc

#endif  // ROLLCALL_SERVER_RPC_BACKUP_SERVICE_H_
