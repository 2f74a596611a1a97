// The texts that name who acts: principals.

#ifndef ROLLCALL_SERVER_ACCESS_PRINCIPAL_H_
#define ROLLCALL_SERVER_ACCESS_PRINCIPAL_H_

#include <cstddef>
#include <string_view>

#include "absl/status/status.h"

namespace rollcall::access {

// Whoever reaches the Unix socket; always an administrator.
inline constexpr std::string_view kLocalPrincipal = "local";
inline constexpr std::string_view kSystemPrefix = "spiffe://";
inline constexpr std::string_view kOidcPrefix = "oidc:";
inline constexpr std::string_view kUserPrefix = "user:";

inline constexpr std::size_t kMaxPrincipalBytes = 300;

// OK if `principal` has one of the forms `local`, `spiffe://DOMAIN/system/NAME` (or any other
// SPIFFE ID), `oidc:SUBJECT`, `user:NAME`; else kInvalidArgument that blames `field`. A NAME is
// lower-case letters, digits, hyphens, dots and underscores; a SUBJECT has no control characters.
// Whether there is such a principal nobody can know.
absl::Status CheckPrincipal(std::string_view principal, std::string_view field);

}  // namespace rollcall::access

#endif  // ROLLCALL_SERVER_ACCESS_PRINCIPAL_H_
