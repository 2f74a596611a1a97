// Where the server listens: on addresses, over TLS, and on Unix sockets.

#ifndef ROLLCALL_SERVER_RUNTIME_LISTEN_ADDRESS_H_
#define ROLLCALL_SERVER_RUNTIME_LISTEN_ADDRESS_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace rollcall::runtime {

// The longest path of a Unix socket in bytes: sockaddr_un::sun_path less its terminating NUL.
inline constexpr std::size_t kMaxSocketPathBytes = 107;

// One address.
struct ListenAddress {
  std::string target;       // As grpc::ServerBuilder::AddListeningPort takes it.
  std::string socket_path;  // Absolute path of the Unix socket; empty for TCP.

  friend bool operator==(const ListenAddress&, const ListenAddress&) = default;
};

// Reads an address: IPv4 such as `10.1.2.3:50061`, IPv6 such as `[2001:db8::7]:50061`, `0.0.0.0` or
// `[::]` for all of the machine's addresses, `localhost:50061` (taken as 127.0.0.1, whatever the
// machine's host table says), or `unix:/run/rollcall/rollcalld.sock`. Port 0 lets the system choose
// one. Touches no file.
//
// Errors:  kInvalidArgument, reason INVALID_CONFIGURATION: no address, among them host names, since
//          a name may come to mean another address; IPv4 written as IPv6; short forms such as
//          127.1; a socket path that is relative, too long or has a character that a gRPC target
//          cannot carry.
absl::StatusOr<ListenAddress> ParseListenAddress(std::string_view text);

// Makes sure that a Unix socket can be created at `path`.
//
// Errors:  kFailedPrecondition, reason SOCKET_PATH: the directory does not exist, or something
//          that is not a socket has that name.
absl::Status CheckSocketPath(const std::string& path);

// Makes sure that nobody listens at `path`. A socket left behind by a server that was killed is
// fine, since gRPC replaces it; it would also replace a living one, hence this check.
//
// Errors:  kFailedPrecondition, reason SOCKET_PATH.
absl::Status CheckSocketUnused(const std::string& path);

// Gives the socket at `path` the mode 0600 (owner only) or 0660 (its group too). Until then it
// has what the umask left, so set the umask to 0077 (PrivateUmask) before it is created.
//
// Errors:  kFailedPrecondition, reason SOCKET_PATH.
absl::Status SetSocketMode(const std::string& path, std::uint32_t mode);

// Makes every file that the process creates from now on accessible to its owner only.
void PrivateUmask();

}  // namespace rollcall::runtime

#endif  // ROLLCALL_SERVER_RUNTIME_LISTEN_ADDRESS_H_
