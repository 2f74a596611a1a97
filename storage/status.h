// The error vocabulary of the whole project: absl::Status with a reason a program can act
// on and, for bad requests, the list of wrong fields.
//
// A reason is an UPPER_SNAKE_CASE word that stays the same from release to release;
// docs/errors.md lists them. Message texts and metadata never carry a field of a person.

#ifndef ROLLCALL_STORAGE_STATUS_H_
#define ROLLCALL_STORAGE_STATUS_H_

#include <initializer_list>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace rollcall {

// Debian's abseil has a string_view of its own; these two convert without copying.
inline absl::string_view ToAbsl(std::string_view text) { return {text.data(), text.size()}; }
inline std::string_view ToStd(absl::string_view text) { return {text.data(), text.size()}; }

// One wrong field of a request.
struct FieldViolation {
  std::string field;        // Path, such as `share.elements[3].data_element`.
  std::string description;  // What is wrong and what to do.
};

// Makes an error. `code` must not be kOk.
absl::Status MakeError(absl::StatusCode code, std::string_view reason, std::string_view message,
                       std::initializer_list<std::pair<std::string, std::string>> metadata = {});

// Makes kInvalidArgument with reason INVALID_FIELD from at least one violation. At most 20 are
// kept; the metadata entry `omitted` then tells how many more there were. The message shows the
// first one.
absl::Status InvalidFields(std::vector<FieldViolation> violations);

// InvalidFields of one.
absl::Status InvalidField(std::string_view field, std::string_view description);

// kNotFound with reason NOT_FOUND for a resource name.
absl::Status NotFound(std::string_view resource_name);

// The reason of an error made here, or an empty string.
std::string ErrorReason(const absl::Status& status);

// The metadata of an error made here.
std::map<std::string, std::string> ErrorMetadata(const absl::Status& status);

// The wrong fields of an error made by InvalidFields.
std::vector<FieldViolation> ErrorViolations(const absl::Status& status);

// Payload type URLs under which google.rpc.ErrorInfo and google.rpc.BadRequest are attached.
inline constexpr char kErrorInfoUrl[] = "type.googleapis.com/google.rpc.ErrorInfo";
inline constexpr char kBadRequestUrl[] = "type.googleapis.com/google.rpc.BadRequest";

}  // namespace rollcall

#define RC_CONCAT_INNER(a, b) a##b
#define RC_CONCAT(a, b) RC_CONCAT_INNER(a, b)

// Returns from the enclosing function with the status of `expression` unless it is OK.
#define RC_RETURN_IF_ERROR(expression) \
  RC_RETURN_IF_ERROR_IMPL(RC_CONCAT(rc_status_, __COUNTER__), expression)
#define RC_RETURN_IF_ERROR_IMPL(status, expression)                      \
  do {                                                                   \
    if (absl::Status status = (expression); !status.ok()) return status; \
  } while (false)

// Declares or assigns `target` from a StatusOr, or returns its error.
#define RC_ASSIGN_OR_RETURN(target, expression) \
  RC_ASSIGN_OR_RETURN_IMPL(RC_CONCAT(rc_result_, __COUNTER__), target, expression)
#define RC_ASSIGN_OR_RETURN_IMPL(result, target, expression) \
  auto result = (expression);                                \
  if (!result.ok()) return std::move(result).status();       \
  target = std::move(result).value()

#endif  // ROLLCALL_STORAGE_STATUS_H_
