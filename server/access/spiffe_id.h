// The syntax of SPIFFE IDs, by which systems are named: `spiffe://DOMAIN/PATH`.

#ifndef ROLLCALL_SERVER_ACCESS_SPIFFE_ID_H_
#define ROLLCALL_SERVER_ACCESS_SPIFFE_ID_H_

#include <cstddef>
#include <string_view>

namespace rollcall::access {

// The longest SPIFFE ID in bytes that is accepted, the bound of the SPIFFE standard.
inline constexpr std::size_t kMaxSpiffeIdBytes = 2048;

// Tells whether `text` is `spiffe://DOMAIN/PATH` as the SPIFFE standard has it: a trust domain, at
// least one segment of [A-Za-z0-9.-_] after it, none of them empty, `.` or `..`.
bool IsSpiffeId(std::string_view text);

// Tells whether `text` may be the DOMAIN of a SPIFFE ID: 1 to 255 characters of [a-z0-9.-_].
bool IsTrustDomain(std::string_view text);

}  // namespace rollcall::access

#endif  // ROLLCALL_SERVER_ACCESS_SPIFFE_ID_H_
