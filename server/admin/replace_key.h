// Replaces the key-encryption key of a register while no server uses it.

#ifndef ROLLCALL_SERVER_ADMIN_REPLACE_KEY_H_
#define ROLLCALL_SERVER_ADMIN_REPLACE_KEY_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "server/access/key_encryption_key.h"
#include "server/admin/command.h"

namespace rollcall::admin {

struct ReplaceKeyOptions {
  access::KeyOrigin next;             // The new key. A file that does not exist is made.
  std::vector<std::string> settings;  // Flags of the server, such as --config.
};

// Wraps the data keys of the register anew, so that from then on only the new key opens it, and
// says so in the register's log. What is sealed stays as it is, however much it is. Says on the
// output what to write into the configuration, which it does not change.
//
// Errors:  of LoadConfig and OpenKeyEncryptionKey; INVALID_CONFIGURATION, kInvalidArgument, if the
//          new key is the one of the configuration; those of opening the register
//          (DATA_DIRECTORY_IN_USE, kFailedPrecondition: a server runs); those of RewrapKeys, after
//          which the earlier key is still the right one.
absl::Status ReplaceKey(const ReplaceKeyOptions& options, const Surroundings& surroundings);

}  // namespace rollcall::admin

#endif  // ROLLCALL_SERVER_ADMIN_REPLACE_KEY_H_
