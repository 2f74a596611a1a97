// A key-encryption key that never comes near this process: a program of the operator asks an
// outside key service.
//
// Protocol. The program is run with the arguments configured and one more, `wrap` or `unwrap`. It
// reads one line of base64 from its standard input, writes one line of base64 to its standard
// output, and ends with status 0; anything else is a failure. `unwrap` of what `wrap` answered
// gives the same bytes again, after a restart too, and must fail for anything else: the service
// must authenticate what it encrypts. At most 16 KiB come out, and go in again. What the
// program writes to its standard error goes to the server's. No shell is involved.
//
// What is wrapped is SHA-256 of the key's context (32 bytes) and the key (32 bytes), so that a
// wrapped key serves in its own place only.

#ifndef ROLLCALL_SERVER_ACCESS_KEY_COMMAND_H_
#define ROLLCALL_SERVER_ACCESS_KEY_COMMAND_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/access/key_encryption_key.h"

namespace rollcall::access {

// `command` is a program and its arguments; each run may take `timeout`, after which it and what it
// started are killed. Runs nothing yet.
// Errors: kFailedPrecondition, reason KEY_COMMAND: no absolute path, or nothing to run there.
absl::StatusOr<std::unique_ptr<KeyEncryptionKey>> MakeKeyCommand(std::vector<std::string> command,
                                                                 absl::Duration timeout);

}  // namespace rollcall::access

#endif  // ROLLCALL_SERVER_ACCESS_KEY_COMMAND_H_
