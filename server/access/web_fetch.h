// Fetching a small document from a web server that is trusted for it.

#ifndef ROLLCALL_SERVER_ACCESS_WEB_FETCH_H_
#define ROLLCALL_SERVER_ACCESS_WEB_FETCH_H_

#include <stop_token>
#include <string>

#include "absl/status/statusor.h"

namespace rollcall::access {

// The longest that connecting, and the whole, may take; together with discovery a refresh of keys
// is two of these.
inline constexpr int kConnectSeconds = 3;
inline constexpr int kFetchSeconds = 5;

// Returns the body of the answer to GET `url`, which passed runtime::CheckWebAddress.
//
// The certificate and its host name are verified, against `ca_file` alone if that is not empty;
// TLS is 1.2 or later; redirections are not followed; the proxy variables of the environment are
// heeded for https.
// Errors:  kUnavailable with a message that names the address and says why: no connection, a
//          status other than 200, more than `max_bytes`, the time above is over, or a stop was
//          requested. Blocks. Thread-safe.
absl::StatusOr<std::string> FetchText(const std::string& url, const std::string& ca_file,
                                      std::size_t max_bytes, const std::stop_token& stop);

}  // namespace rollcall::access

#endif  // ROLLCALL_SERVER_ACCESS_WEB_FETCH_H_
