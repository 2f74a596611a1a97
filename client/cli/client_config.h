// The client's configuration file, so that people need not type where their server is.
//
// The first of: what ROLLCALL_CLIENT_CONFIG names, $XDG_CONFIG_HOME/rollcall/client.toml,
// ~/.config/rollcall/client.toml. It has `key = "value"` lines; flags and variables win over it.
#ifndef ROLLCALL_CLIENT_CLI_CLIENT_CONFIG_H_
#define ROLLCALL_CLIENT_CLI_CLIENT_CONFIG_H_

#include <string>

#include "absl/status/statusor.h"

namespace rollcall::cli {

// What the file may say; empty: it says nothing of that. Paths of files in it are taken from the
// folder that it is in.
struct ClientConfig {
  std::string address;
  std::string ca;
  std::string certificate;
  std::string key;
  std::string token_file;  // For the server at `address` alone.
  std::string output;
  std::string timeout;
};

// Reads the file; nothing is said if there is none and no variable names one.
//
// Errors:  kInvalidArgument: the named file is missing, or the file is unreadable, malformed, has
// an unknown
//          key, a section, or a value that is no string; the message names the file and the key.
// Not thread-safe: reads the environment.
absl::StatusOr<ClientConfig> ReadClientConfig();

}  // namespace rollcall::cli

#endif  // ROLLCALL_CLIENT_CLI_CLIENT_CONFIG_H_
