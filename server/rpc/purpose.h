// Why a caller wants to see what belongs to people: stated with the call, kept in the log.

#ifndef ROLLCALL_SERVER_RPC_PURPOSE_H_
#define ROLLCALL_SERVER_RPC_PURPOSE_H_

#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace rollcall::rpc {

// The metadata that carries it: printable ASCII; other characters as UTF-8, each byte as `%` and
// two hexadecimal digits, a percent sign itself as %25.
inline constexpr char kPurposeMetadata[] = "rollcall-purpose";

// Bounds of a purpose in bytes once decoded, inclusive.
inline constexpr std::size_t kMinPurposeBytes = 3;
inline constexpr std::size_t kMaxPurposeBytes = 400;

// Decodes and checks a purpose; spaces at both ends are dropped.
// Errors: kInvalidArgument (too short or long, not UTF-8, control characters, a stray percent
// sign), which blames the metadata by name.
absl::StatusOr<std::string> ParsePurpose(std::string_view text);

}  // namespace rollcall::rpc

#endif  // ROLLCALL_SERVER_RPC_PURPOSE_H_
