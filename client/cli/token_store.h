// Where the tokens of a person who signed in are kept: one file, which only that person can read.
#ifndef ROLLCALL_CLIENT_CLI_TOKEN_STORE_H_
#define ROLLCALL_CLIENT_CLI_TOKEN_STORE_H_

#include <functional>
#include <map>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace rollcall::cli {

// What is kept for one server.
struct SignIn {
  std::string issuer;
  std::string client_id;
  std::string ca_file;        // For the issuer; empty: the system's.
  bool send_access = false;   // Whether the access token is sent, not the ID token.
  std::string token;          // What is sent to the server.
  absl::Time expires;         // Of `token`; whole seconds.
  std::string refresh_token;  // Empty if the issuer gave none.
};

// By the address of the server as it is given to --address.
using SignIns = std::map<std::string, SignIn>;

// The file $XDG_STATE_HOME/rollcall/tokens.json, or ~/.local/state/rollcall/tokens.json. Empty if
// neither that variable nor HOME is set.
std::string DefaultTokenPath();

// Reads a file with a secret of at most `max_bytes`, of which nobody but its owner, the user or
// root, may be able to read or write anything.
// Errors: kNotFound if there is none; kFailedPrecondition if others have access, if it is no
// ordinary file or a link, too large or unreadable. The message says which and what to do.
absl::StatusOr<std::string> ReadSecretFile(const std::string& path, std::size_t max_bytes);

// Safe against other processes that use the same file.
class TokenStore {
 public:
  // Empty means that there is no place to keep tokens.
  explicit TokenStore(std::string path) : path_(std::move(path)) {}

  // What is kept; nothing if there is no file. Errors: kFailedPrecondition, see ReadSecretFile,
  // also if the content is not what Change writes.
  absl::StatusOr<SignIns> Read() const;

  // Lets `change` work on what is kept and replaces the file by the outcome, at once and as a
  // whole; if it fails, nothing is written and its error returned. No other process reads or
  // changes the file within a Change meanwhile. Makes the folder (0700) and the file (0600).
  // Errors: as Read, and kFailedPrecondition if the file cannot be written or others can
  // look into the folder.
  absl::Status Change(const std::function<absl::Status(SignIns&)>& change);

 private:
  const std::string path_;
};

}  // namespace rollcall::cli

#endif  // ROLLCALL_CLIENT_CLI_TOKEN_STORE_H_
