// Why a server could not be reached. gRPC says that it failed; this tries once more by itself and
// finds out at which step.
#ifndef ROLLCALL_CLIENT_CLI_CONNECTION_DIAGNOSIS_H_
#define ROLLCALL_CLIENT_CLI_CONNECTION_DIAGNOSIS_H_

#include <string>

#include "client/cli/server_access.h"

namespace rollcall::cli {

// One sentence about the first thing that is wrong between this client and `address`, host:port:
// the name is unknown, nobody listens, no TLS is spoken there, the server's certificate is of
// another authority, for another name, over or not valid yet, or the server refuses the client's
// certificate. Empty if the handshake works now, and for Unix sockets. Takes a few seconds at most.
std::string DiagnoseConnection(const std::string& address, const ServerAccess& access);

}  // namespace rollcall::cli

#endif  // ROLLCALL_CLIENT_CLI_CONNECTION_DIAGNOSIS_H_
