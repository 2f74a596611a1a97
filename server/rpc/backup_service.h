// The backup service: long work, told as it goes.

#ifndef ROLLCALL_SERVER_RPC_BACKUP_SERVICE_H_
#define ROLLCALL_SERVER_RPC_BACKUP_SERVICE_H_

#include "rollcall/v1/backup_service.grpc.pb.h"
#include "server/backup/backup_folder.h"
#include "server/rpc/standard_calls.h"

namespace rollcall::rpc {

class BackupService final : public v1::BackupService::Service {
 public:
  // `folder` outlives the service.
  BackupService(const StandardCalls& calls, backup::BackupFolder* folder)
      : calls_(calls), folder_(folder) {}

  grpc::Status CreateBackup(grpc::ServerContext* context, const v1::CreateBackupRequest* request,
                            grpc::ServerWriter<v1::CreateBackupResponse>* writer) override;
  grpc::Status ListBackups(grpc::ServerContext* context, const v1::ListBackupsRequest* request,
                           v1::ListBackupsResponse* response) override;
  grpc::Status CheckBackup(grpc::ServerContext* context, const v1::CheckBackupRequest* request,
                           grpc::ServerWriter<v1::CheckBackupResponse>* writer) override;

 private:
  StandardCalls calls_;
  backup::BackupFolder* const folder_;
};

}  // namespace rollcall::rpc

#endif  // ROLLCALL_SERVER_RPC_BACKUP_SERVICE_H_
