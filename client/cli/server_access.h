// What a client needs to reach a server safely: whom to trust, and what to show.
#ifndef ROLLCALL_CLIENT_CLI_SERVER_ACCESS_H_
#define ROLLCALL_CLIENT_CLI_SERVER_ACCESS_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace rollcall::cli {

// Looked at if no authority is named: on the server's own machine it is there.
inline constexpr char kDefaultAuthorityFile[] = "/etc/rollcall/ca/ca.crt";

// The files, as they were named; all PEM.
struct AccessFiles {
  std::string authority;    // --ca: who vouches for the server; empty: the system's authorities.
  std::string certificate;  // --certificate: of a system; empty: none is shown.
  std::string key;          // --key: its private key.
};

// What they hold; each is empty if its file is not named.
struct ServerAccess {
  AccessFiles files;
  std::string authority_pem;
  std::string certificate_pem;
  std::string key_pem;
};

// Tells whether an address is that of a Unix socket, to which no TLS is spoken.
bool IsSocketAddress(const std::string& address);

// Reads the files that are needed for `address`: none for a Unix socket.
//
// Errors:  kInvalidArgument: --certificate without --key or the other way round.
//          kNotFound: a file cannot be read, or is no PEM; the message names it.
//          kPermissionDenied: others than its owner may read or change the key.
absl::StatusOr<ServerAccess> ReadServerAccess(const std::string& address, const AccessFiles& files);

}  // namespace rollcall::cli

#endif  // ROLLCALL_CLIENT_CLI_SERVER_ACCESS_H_
