#include "storage/status.h"

#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"
#include "google/rpc/error_details.pb.h"

namespace rollcall {
namespace {

constexpr char kDomain[] = "rollcall";
constexpr std::size_t kMaxViolations = 20;
constexpr std::size_t kMaxMessageBytes = 512;

constexpr std::size_t kMaxFieldBytes = 128;
constexpr std::size_t kMaxDescriptionBytes = 160;

// Cuts at a UTF-8 boundary, so that the trailer stays valid text.
std::string Shorten(std::string_view text, std::size_t max_bytes = kMaxMessageBytes) {
  if (text.size() <= max_bytes) return std::string(text);
  std::size_t end = max_bytes - 3;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
  return std::string(text.substr(0, end)) + "...";
}

template <typename Message>
bool ReadPayload(const absl::Status& status, const char* url, Message* message) {
  const absl::optional<absl::Cord> payload = status.GetPayload(url);
  return payload.has_value() && message->ParseFromString(std::string(*payload));
}

}  // namespace

absl::Status MakeError(absl::StatusCode code, std::string_view reason, std::string_view message,
                       std::initializer_list<std::pair<std::string, std::string>> metadata) {
  absl::Status status(code, Shorten(message));
  google::rpc::ErrorInfo info;
  info.set_reason(std::string(reason));
  info.set_domain(kDomain);
  for (const auto& [key, value] : metadata) (*info.mutable_metadata())[key] = Shorten(value);
  status.SetPayload(kErrorInfoUrl, absl::Cord(info.SerializeAsString()));
  return status;
}

absl::Status InvalidFields(std::vector<FieldViolation> violations) {
  const FieldViolation& first = violations.front();
  std::string message = absl::StrCat(first.field, ": ", first.description);
  if (violations.size() > 1) {
    absl::StrAppend(&message, " (and ", violations.size() - 1, " more)");
  }
  absl::Status status(absl::StatusCode::kInvalidArgument, Shorten(message));
  google::rpc::ErrorInfo info;
  info.set_reason("INVALID_FIELD");
  info.set_domain(kDomain);
  (*info.mutable_metadata())["field"] = Shorten(first.field);
  if (violations.size() > kMaxViolations) {
    (*info.mutable_metadata())["omitted"] = absl::StrCat(violations.size() - kMaxViolations);
    violations.resize(kMaxViolations);
  }
  google::rpc::BadRequest bad_request;
  for (const FieldViolation& violation : violations) {
    auto* field = bad_request.add_field_violations();
    field->set_field(Shorten(violation.field, kMaxFieldBytes));
    field->set_description(Shorten(violation.description, kMaxDescriptionBytes));
  }
  status.SetPayload(kErrorInfoUrl, absl::Cord(info.SerializeAsString()));
  status.SetPayload(kBadRequestUrl, absl::Cord(bad_request.SerializeAsString()));
  return status;
}

absl::Status InvalidField(std::string_view field, std::string_view description) {
  return InvalidFields({{std::string(field), std::string(description)}});
}

absl::Status NotFound(std::string_view resource_name) {
  return MakeError(absl::StatusCode::kNotFound, "NOT_FOUND",
                   absl::StrCat(ToAbsl(resource_name), " does not exist"),
                   {{"resource", std::string(resource_name)}});
}

std::string ErrorReason(const absl::Status& status) {
  google::rpc::ErrorInfo info;
  return ReadPayload(status, kErrorInfoUrl, &info) ? info.reason() : std::string();
}

std::map<std::string, std::string> ErrorMetadata(const absl::Status& status) {
  google::rpc::ErrorInfo info;
  if (!ReadPayload(status, kErrorInfoUrl, &info)) return {};
  return {info.metadata().begin(), info.metadata().end()};
}

std::vector<FieldViolation> ErrorViolations(const absl::Status& status) {
  google::rpc::BadRequest bad_request;
  std::vector<FieldViolation> violations;
  if (!ReadPayload(status, kBadRequestUrl, &bad_request)) return violations;
  for (const auto& field : bad_request.field_violations()) {
    violations.push_back({field.field(), field.description()});
  }
  return violations;
}

}  // namespace rollcall
