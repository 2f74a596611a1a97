// The key-encryption key: it wraps the data keys, and is all that must be kept apart from the
// database. It is never stored in it.

#ifndef ROLLCALL_SERVER_ACCESS_KEY_ENCRYPTION_KEY_H_
#define ROLLCALL_SERVER_ACCESS_KEY_ENCRYPTION_KEY_H_

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/access/secret_key.h"

namespace rollcall::access {

// Wraps and unwraps data keys. Thread-safe.
class KeyEncryptionKey {
 public:
  virtual ~KeyEncryptionKey() = default;

  // Wraps a key so that it unwraps with the same `context` only.
  // Errors: kUnavailable, reason KEY_COMMAND (the outside service failed); kInternal.
  virtual absl::StatusOr<std::string> Wrap(std::string_view context, const SecretKey& key) = 0;

  // Errors: kFailedPrecondition, reason KEY_WRONG (wrapped by another key, or not as it was);
  // kUnavailable, reason KEY_COMMAND.
  virtual absl::StatusOr<SecretKey> Unwrap(std::string_view context, std::string_view wrapped) = 0;

  // Where it comes from: `file`, `credential` or `command`.
  virtual std::string_view source() const = 0;
};

// Where the key-encryption key is; exactly one of the three is set.
struct KeyOrigin {
  // A file of a form that key_file.h says.
  std::string file;
  // The name of a credential that systemd hands over in $CREDENTIALS_DIRECTORY.
  std::string credential;
  // A program with its arguments, the program as an absolute path; see key_command.h.
  std::vector<std::string> command;
  // What one run of the command may take.
  absl::Duration command_timeout = absl::Seconds(20);
};

// Errors: kFailedPrecondition, reason KEY_FILE, KEY_CREDENTIAL or KEY_COMMAND, with what is wrong
// and what to do; INVALID_CONFIGURATION, kInvalidArgument, if not exactly one source is set.
// Not thread-safe: reads the environment.
absl::StatusOr<std::unique_ptr<KeyEncryptionKey>> OpenKeyEncryptionKey(const KeyOrigin& origin);

// A key-encryption key that is in memory already.
std::unique_ptr<KeyEncryptionKey> MakeKeyEncryptionKey(SecretKey key, std::string_view source);

}  // namespace rollcall::access

#endif  // ROLLCALL_SERVER_ACCESS_KEY_ENCRYPTION_KEY_H_
