// Sets a fresh machine up in one step: everything that the server needs before it can be started.

#ifndef ROLLCALL_SERVER_ADMIN_INIT_H_
#define ROLLCALL_SERVER_ADMIN_INIT_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "server/admin/command.h"

namespace rollcall::admin {

struct InitOptions {
  std::string config_dir = "/etc/rollcall";
  std::string data_dir = "/var/lib/rollcall";
  std::string catalog_dir = "/usr/share/rollcall/catalog";
  std::vector<std::string> hosts;   // Beside localhost, 127.0.0.1 and ::1.
  std::vector<std::string> listen;  // Empty: 127.0.0.1:50061 and a Unix socket.
  std::string administrator = "admin";
  std::string trust_domain = "rollcall.internal";
  std::string owner;  // System user that gets the server's files; empty: who runs the command.
};

// The files that Init makes under the folder of the configuration.
inline constexpr char kConfigFile[] = "rollcalld.toml";
inline constexpr char kClientConfigFile[] = "client.toml";
inline constexpr char kAuthorityFolder[] = "ca";
inline constexpr char kServerCertificateFile[] = "server.crt";
inline constexpr char kServerKeyFile[] = "server.key";
inline constexpr char kRegisterKeyFile[] = "register.key";
inline constexpr char kAuditKeyFile[] = "audit.key";
inline constexpr char kAdministratorTokenFile[] = "admin.token";

// Makes the authority, the server's certificate, the key-encryption key, the key that
// signs the log, a configuration of the
// server and one for clients that use them, and the register with its first administrator. Says on
// the output what it made and what to do next.
//
// Errors:  kAlreadyExists, reason SETUP_EXISTS: something of that exists, and nothing was done.
//          Those of its parts: what was made before is removed again.
absl::Status Init(const InitOptions& options, const Surroundings& surroundings);

}  // namespace rollcall::admin

#endif  // ROLLCALL_SERVER_ADMIN_INIT_H_
