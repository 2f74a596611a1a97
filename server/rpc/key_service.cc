#include "server/rpc/key_service.h"

#include "absl/strings/str_cat.h"
#include "server/roster/erasure.h"
#include "server/runtime/logging.h"
#include "storage/status.h"
#include "storage/value_codec.h"

namespace rollcall::rpc {
namespace {

absl::Status NoKeys() {
  return MakeError(absl::StatusCode::kFailedPrecondition, "KEYS_NOT_LOADED",
                   "this server was started without keys");
}

}  // namespace

grpc::Status KeyService::GetKeyStatus(grpc::ServerContext* context,
                                      const v1::GetKeyStatusRequest* request,
                                      v1::KeyStatus* response) {
  return calls_.pipeline()->Read(context, *request, response, [&](ReadTx& tx, const CallContext&) {
    return FillStatus(tx, response);
  });
}

grpc::Status KeyService::RotateDataKey(grpc::ServerContext* context,
                                       const v1::RotateDataKeyRequest* request,
                                       v1::KeyStatus* response) {
  return calls_.pipeline()->Stream(
      context, *request, /*check_request=*/true,
      [&](const CallContext& call) { return Rotate(call, *request, response); });
}

grpc::Status KeyService::ErasePerson(grpc::ServerContext* context,
                                     const v1::ErasePersonRequest* request,
                                     v1::ErasePersonResponse* response) {
  return calls_.pipeline()->Stream(
      context, *request, /*check_request=*/true, [&](const CallContext& call) -> absl::Status {
        if (call.purpose.empty()) {
          return MakeError(absl::StatusCode::kPermissionDenied, "PURPOSE_MISSING",
                           "an erasure needs a stated purpose; the client takes --purpose");
        }
        RC_RETURN_IF_ERROR(calls_.pipeline()->RunWrite(
            call, *request, response, [&](WriteTx& tx, const CallContext&) {
              return roster::ErasePerson(tx, *request, response);
            }));
        if (request->validate_only()) return absl::OkStatus();
        // The log of SQLite still has pages as they were before. The erasure is committed whether
        // or not they can go at once; if not, the store goes on trying.
        const absl::Status emptied = store_->Checkpoint();
        if (!emptied.ok()) {
          runtime::LogEvent(runtime::LogLevel::kWarning, "checkpoint_owed",
                            {{"reason", ErrorReason(emptied)}});
        }
        return absl::OkStatus();
      });
}

absl::Status KeyService::FillStatus(ReadTx& tx, v1::KeyStatus* status) const {
  if (ring_ == nullptr) return NoKeys();
  status->Clear();
  status->set_key_source(std::string(ring_->source()));
  RC_ASSIGN_OR_RETURN(const std::vector<access::DataKeyInfo> keys, access::KeyRing::List(tx));
  for (const access::DataKeyInfo& info : keys) {
    v1::DataKey* const key = status->add_data_keys();
    key->set_number(info.id);
    *key->mutable_create_time() = ToTimestamp(info.create_time);
    key->set_newest(info.id == keys.back().id);
  }
  const access::RotationProgress progress = rotation_->progress();
  if (progress.pass == 0) return absl::OkStatus();
  v1::KeyRotation* const rotation = status->mutable_rotation();
  rotation->set_running(progress.running);
  rotation->set_pass(progress.pass);
  rotation->set_checked_count(progress.looked_at);
  rotation->set_resealed_count(progress.resealed);
  if (!progress.failure.ok()) {
    const std::string reason = ErrorReason(progress.failure);
    rotation->set_failure_reason(reason.empty() ? absl::StatusCodeToString(progress.failure.code())
                                                : reason);
  }
  return absl::OkStatus();
}

absl::Status KeyService::Rotate(const CallContext& call, const v1::RotateDataKeyRequest& request,
                                v1::KeyStatus* response) {
  if (ring_ == nullptr) return NoKeys();
  RC_ASSIGN_OR_RETURN(const bool answered, calls_.pipeline()->FindAnswer(call, request, response));
  if (answered) return absl::OkStatus();
  RC_ASSIGN_OR_RETURN(const access::DrawnKey drawn, ring_->Draw());
  RC_RETURN_IF_ERROR(calls_.pipeline()->RunWrite(
      call, request, response, [&](WriteTx& tx, const CallContext&) -> absl::Status {
        RC_RETURN_IF_ERROR(ring_->Keep(tx, drawn));
        tx.NewRevision();
        tx.notes().facts.emplace_back("kind", "KEY_ROTATION");
        tx.notes().facts.emplace_back("data_key", absl::StrCat(drawn.id));
        return FillStatus(tx, response);
      }));
  rotation_->Notify();
  return absl::OkStatus();
}

}  // namespace rollcall::rpc
