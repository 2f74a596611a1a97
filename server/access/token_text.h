// The text of a personal token: `rct_`, 43 characters of base64url with 32 random bytes, and 6
// characters that check them, so that a mistyped or cut token is known without a look-up, and so
// that programs that search for leaked secrets can tell one.
//
// The bytes are 256 random bits, which nobody can try out: therefore one round of SHA-256 keeps
// them as safe as a slow hash would, and a look-up costs nothing.

#ifndef ROLLCALL_SERVER_ACCESS_TOKEN_TEXT_H_
#define ROLLCALL_SERVER_ACCESS_TOKEN_TEXT_H_

#include <cstddef>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace rollcall::access {

inline constexpr std::string_view kTokenPrefix = "rct_";
inline constexpr std::size_t kTokenCharacters = 53;

// A new text. kInternal if no random bytes can be had.
absl::StatusOr<std::string> NewTokenText();

// True if the text has the form of a token and its check is right.
bool IsTokenText(std::string_view text);

// What is kept of it: its SHA-256 as 64 hexadecimal digits.
std::string TokenDigest(std::string_view text);

}  // namespace rollcall::access

#endif  // ROLLCALL_SERVER_ACCESS_TOKEN_TEXT_H_
