// Random identifiers for requests.
#ifndef ROLLCALL_CLIENT_CLI_UUID_H_
#define ROLLCALL_CLIENT_CLI_UUID_H_

#include <string>

namespace rollcall::cli {

// A fresh random UUID (version 4, RFC 4122), lower case, from the system's random source.
std::string NewUuid();

}  // namespace rollcall::cli

#endif  // ROLLCALL_CLIENT_CLI_UUID_H_
