// Which web addresses the server may ask for something that it will trust.

#ifndef ROLLCALL_SERVER_RUNTIME_WEB_ADDRESS_H_
#define ROLLCALL_SERVER_RUNTIME_WEB_ADDRESS_H_

#include <string_view>

#include "absl/status/status.h"

namespace rollcall::runtime {

// Accepts https://HOST[:PORT][/PATH]. http:// is accepted only where nobody can listen in or
// answer in another's place: if HOST is 127.0.0.1, [::1] or localhost.
//
// Errors: kInvalidArgument with a message that says what is wrong; also for credentials, a query
// or a fragment, blanks, control characters, and more than 2000 bytes.
absl::Status CheckWebAddress(std::string_view url);

// True for an accepted address that begins with https://.
bool IsEncrypted(std::string_view url);

}  // namespace rollcall::runtime

#endif  // ROLLCALL_SERVER_RUNTIME_WEB_ADDRESS_H_
