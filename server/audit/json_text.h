// The little of JSON (RFC 8259) that the log needs: writing strings, and checking that bytes are
// one object in the form that the log writes.
//
// Pure; every function may be called from any thread.

#ifndef ROLLCALL_SERVER_AUDIT_JSON_TEXT_H_
#define ROLLCALL_SERVER_AUDIT_JSON_TEXT_H_

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace rollcall::audit {

// Appends `text` in quotes. `"` and `\` are escaped with a backslash, bytes below 20 as \u00xx with
// lower-case digits, and nothing else is; a byte that is not part of valid UTF-8 becomes U+FFFD.
void AppendJsonString(std::string_view text, std::string* out);

// True if the bytes are valid UTF-8 (no surrogates, no overlong forms).
bool IsUtf8(std::string_view text);

// The members of the one object that `text` is: their names as written between the quotes, and the
// bytes of their values. Valid only as long as `text`.
// Errors: kInvalidArgument if it is anything else than one JSON object in UTF-8 without white space
// outside of strings whose names ascend byte by byte, or is nested deeper than 64.
absl::StatusOr<std::vector<std::pair<std::string_view, std::string_view>>> ReadJsonObject(
    std::string_view text);

}  // namespace rollcall::audit

#endif  // ROLLCALL_SERVER_AUDIT_JSON_TEXT_H_
