#include "server/rpc/status_map.h"

#include <algorithm>
#include <array>
#include <string>

#include "absl/strings/cord.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "server/runtime/ids.h"
#include "server/runtime/logging.h"
#include "server/runtime/text.h"
#include "storage/status.h"

namespace rollcall::rpc {
namespace {

constexpr char kDomain[] = "rollcall";
constexpr std::size_t kMaxReasonBytes = 63;  // As AIP-193 bounds it.
constexpr std::size_t kMaxKeyBytes = 64;
constexpr std::size_t kMaxValueBytes = 512;

// Waiting does not help: the request must be changed first, or a limit of the program was met. The
// last one is what an error without a reason of its own has.
constexpr std::array<std::string_view, 6> kHopelessReasons = {
    "ETAG_MISMATCH",  "LIST_TOO_LONG",   "PACKAGE_TOO_LARGE",
    "TOO_MANY_CODES", "TOO_MANY_PEOPLE", "RESOURCE_EXHAUSTED"};

bool IsSecret(absl::StatusCode code) {
  return code == absl::StatusCode::kInternal || code == absl::StatusCode::kUnknown ||
         code == absl::StatusCode::kDataLoss;
}

// How long the caller should wait before the next attempt, or zero if waiting is of no use.
absl::Duration RetryDelay(absl::StatusCode code, std::string_view reason) {
  if (std::find(kHopelessReasons.begin(), kHopelessReasons.end(), reason) !=
      kHopelessReasons.end()) {
    return absl::ZeroDuration();
  }
  switch (code) {
    case absl::StatusCode::kAborted:
      return absl::Milliseconds(100);
    case absl::StatusCode::kResourceExhausted:
    case absl::StatusCode::kUnavailable:
      return absl::Seconds(1);
    default:
      return absl::ZeroDuration();
  }
}

google::rpc::ErrorInfo ReadErrorInfo(const absl::Status& status) {
  google::rpc::ErrorInfo info;
  info.set_domain(kDomain);
  info.set_reason(runtime::CleanText(ErrorReason(status), kMaxReasonBytes));
  if (info.reason().empty()) info.set_reason(absl::StatusCodeToString(status.code()));
  for (const auto& [key, value] : ErrorMetadata(status)) {
    (*info.mutable_metadata())[runtime::CleanText(key, kMaxKeyBytes)] =
        runtime::CleanText(value, kMaxValueBytes);
  }
  return info;
}

google::rpc::BadRequest ReadBadRequest(const absl::Status& status) {
  google::rpc::BadRequest bad_request;
  for (const FieldViolation& violation : ErrorViolations(status)) {
    auto* const field = bad_request.add_field_violations();
    field->set_field(runtime::CleanText(violation.field, kMaxValueBytes));
    field->set_description(runtime::CleanText(violation.description, kMaxValueBytes));
  }
  return bad_request;
}

// Leaves out the last violation, or, when there are none, the longest metadata value. Returns
// false if nothing is left to leave out.
bool LeaveSomethingOut(google::rpc::ErrorInfo& info, google::rpc::BadRequest& bad_request) {
  auto& metadata = *info.mutable_metadata();
  if (bad_request.field_violations_size() > 0) {
    bad_request.mutable_field_violations()->RemoveLast();
    std::int64_t omitted = 0;
    if (!absl::SimpleAtoi(metadata["omitted"], &omitted)) omitted = 0;
    metadata["omitted"] = absl::StrCat(omitted + 1);
    return true;
  }
  const auto longest = std::max_element(
      metadata.begin(), metadata.end(),
      [](const auto& a, const auto& b) { return a.second.size() < b.second.size(); });
  if (longest == metadata.end()) return false;
  metadata.erase(longest);
  return true;
}

std::string BuildDetails(int code, const std::string& message, const google::rpc::ErrorInfo& info,
                         const google::rpc::BadRequest& bad_request, absl::Duration retry_delay) {
  google::rpc::Status details;
  details.set_code(code);
  details.set_message(message);
  details.add_details()->PackFrom(info);
  if (bad_request.field_violations_size() > 0) details.add_details()->PackFrom(bad_request);
  if (retry_delay > absl::ZeroDuration()) {
    google::rpc::RetryInfo retry;
    const std::int64_t seconds = absl::ToInt64Seconds(retry_delay);
    retry.mutable_retry_delay()->set_seconds(seconds);
    retry.mutable_retry_delay()->set_nanos(
        static_cast<std::int32_t>(absl::ToInt64Nanoseconds(retry_delay - absl::Seconds(seconds))));
    details.add_details()->PackFrom(retry);
  }
  return details.SerializeAsString();
}

}  // namespace

grpc::Status ToGrpcStatus(const absl::Status& status, std::string_view correlation_id) {
  if (status.ok()) return grpc::Status::OK;
  const int code = static_cast<int>(status.code());
  google::rpc::ErrorInfo info = ReadErrorInfo(status);
  google::rpc::BadRequest bad_request;
  std::string message;
  if (IsSecret(status.code())) {
    const std::string id = correlation_id.empty() ? runtime::RandomIdGenerator().NewUuid()
                                                  : runtime::CleanText(correlation_id, 64);
    runtime::LogEvent(runtime::LogLevel::kError, "internal_error",
                      {{"correlation_id", id},
                       {"code", absl::StatusCodeToString(status.code())},
                       {"reason", info.reason()},
                       {"cause", ToStd(status.message())}});
    info.clear_metadata();
    (*info.mutable_metadata())["correlation_id"] = id;
    message = absl::StrCat(status.code() == absl::StatusCode::kDataLoss ? "stored data is damaged"
                                                                        : "the server failed",
                           "; its log has the cause under ", id);
  } else {
    bad_request = ReadBadRequest(status);
    message = runtime::CleanText(ToStd(status.message()), kMaxErrorMessageBytes);
  }
  const absl::Duration retry_delay = RetryDelay(status.code(), info.reason());
  std::string details = BuildDetails(code, message, info, bad_request, retry_delay);
  while (details.size() > kMaxErrorDetailBytes && LeaveSomethingOut(info, bad_request)) {
    details = BuildDetails(code, message, info, bad_request, retry_delay);
  }
  return {static_cast<grpc::StatusCode>(code), message, details};
}

}  // namespace rollcall::rpc
