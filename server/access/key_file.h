// A key in a file: 32 bytes as one line of text, in base64 or as 64 hexadecimal digits. White
// space around it does not matter.

#ifndef ROLLCALL_SERVER_ACCESS_KEY_FILE_H_
#define ROLLCALL_SERVER_ACCESS_KEY_FILE_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/access/secret_key.h"

namespace rollcall::access {

// Who else may be able to read the file.
enum class KeyFileMode {
  kOwnerOnly,   // Nobody: its owner is the process's user or root, its mode gives the others
                // nothing.
  kCredential,  // systemd grants access by a list that looks like the group's rights.
};

// Reads a key. Follows no symbolic link in the last part of the path.
// Errors: kFailedPrecondition, reason KEY_FILE: missing, no regular file, readable for others, of
// another owner, empty, or not 32 bytes; the message says which, and what to do.
absl::StatusOr<SecretKey> ReadKeyFile(const std::string& path, KeyFileMode mode);

// Makes a file with a fresh key, readable for its owner alone, durable when this returns.
// Errors: those of WriteNewFile in secret_file.h; a file that exists is not touched.
absl::Status MakeKeyFile(const std::string& path);

}  // namespace rollcall::access

#endif  // ROLLCALL_SERVER_ACCESS_KEY_FILE_H_
