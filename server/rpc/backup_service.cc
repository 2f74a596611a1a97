#include "server/rpc/backup_service.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "storage/status.h"

namespace rollcall::rpc {
namespace {

constexpr absl::Duration kBetweenReports = absl::Milliseconds(200);

// Tells the caller how far the work is, at most every kBetweenReports and at each new phase.
template <typename Response>
backup::Report ReportTo(grpc::ServerWriter<Response>* writer, const CallContext& call) {
  return [writer, &call, last = absl::InfinitePast(), phase = std::string()](
             std::string_view now_in, double fraction) mutable {
    if (call.cancelled()) return false;
    const absl::Time now = absl::Now();
    if (phase == now_in && now - last < kBetweenReports) return true;
    last = now;
    phase = std::string(now_in);
    Response response;
    response.mutable_progress()->set_phase(phase);
    response.mutable_progress()->set_fraction(fraction);
    return call.peer->Await([&] { return writer->Write(response); });
  };
}

template <typename Response>
absl::Status SendLast(grpc::ServerWriter<Response>* writer, const CallContext& call,
                      v1::Backup backup) {
  Response response;
  *response.mutable_backup() = std::move(backup);
  if (call.peer->Await([&] { return writer->Write(response); })) return absl::OkStatus();
  return MakeError(absl::StatusCode::kCancelled, "CANCELLED", "the caller has gone");
}

}  // namespace

absl::Status BackupService::LogBackup(const CallContext& call, const v1::Backup& backup) {
  if (log_ == nullptr) return absl::OkStatus();
  // The copy is there, whoever has gone meanwhile.
  WriteOptions options = call.write_options();
  options.cancelled = nullptr;
  return store_->Write(options, [&](WriteTx& tx) {
    return log_->AppendEvent(tx, audit::kBackup,
                             {{"name", backup.name()},
                              {"revision", absl::StrCat(backup.revision())},
                              {"sha256", backup.sha256()},
                              {"size_bytes", absl::StrCat(backup.size_bytes())}});
  });
}

grpc::Status BackupService::CreateBackup(grpc::ServerContext* context,
                                         const v1::CreateBackupRequest* request,
                                         grpc::ServerWriter<v1::CreateBackupResponse>* writer) {
  return calls_.pipeline()->Stream(
      context, *request, /*check_request=*/true, [&](const CallContext& call) -> absl::Status {
        RC_ASSIGN_OR_RETURN(v1::Backup backup,
                            folder_->Create(request->request_id(), ReportTo(writer, call)));
        RC_RETURN_IF_ERROR(LogBackup(call, backup));
        return SendLast(writer, call, std::move(backup));
      });
}

grpc::Status BackupService::ListBackups(grpc::ServerContext* context,
                                        const v1::ListBackupsRequest* request,
                                        v1::ListBackupsResponse* response) {
  return calls_.pipeline()->Stream(
      context, *request, /*check_request=*/true, [&](const CallContext&) -> absl::Status {
        RC_ASSIGN_OR_RETURN(const std::vector<v1::Backup> backups, folder_->List());
        response->mutable_backups()->Add(backups.begin(), backups.end());
        return absl::OkStatus();
      });
}

grpc::Status BackupService::CheckBackup(grpc::ServerContext* context,
                                        const v1::CheckBackupRequest* request,
                                        grpc::ServerWriter<v1::CheckBackupResponse>* writer) {
  return calls_.pipeline()->Stream(
      context, *request, /*check_request=*/true, [&](const CallContext& call) -> absl::Status {
        RC_ASSIGN_OR_RETURN(v1::Backup backup,
                            folder_->Verify(request->name(), ReportTo(writer, call)));
        return SendLast(writer, call, std::move(backup));
      });
}

}  // namespace rollcall::rpc
