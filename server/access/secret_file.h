// Files that hold keys: written whole or not at all, read only if nobody else could.

#ifndef ROLLCALL_SERVER_ACCESS_SECRET_FILE_H_
#define ROLLCALL_SERVER_ACCESS_SECRET_FILE_H_

#include <sys/types.h>

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace rollcall::access {

inline constexpr mode_t kSecretMode = 0600;  // For private keys and tokens.
inline constexpr mode_t kPublicMode = 0644;  // For certificates and lists.

// Larger files than this are no certificates or keys: bytes.
inline constexpr std::size_t kMaxCertificateFileBytes = std::size_t{4} << 20U;

// Writes a file that must not exist yet. It appears under its name with all of its content and its
// mode, durable, or not at all; what another process creates meanwhile is never replaced.
//
// Errors:  kAlreadyExists, reason FILE_EXISTS; kFailedPrecondition, reason FILE_NOT_WRITTEN.
absl::Status WriteNewFile(const std::string& path, std::string_view content, mode_t mode);

// Writes a file in the place of an earlier one, if there is one, in the same way.
//
// Errors:  kFailedPrecondition, reason FILE_NOT_WRITTEN.
absl::Status ReplaceFile(const std::string& path, std::string_view content, mode_t mode);

// Reads a file of at most kMaxCertificateFileBytes that anybody may know.
//
// Errors:  kFailedPrecondition, reason FILE_NOT_READ: it is missing, no regular file, too large,
//          empty, or may not be read.
absl::StatusOr<std::string> ReadPublicFile(const std::string& path);

// Reads a file that holds a secret. It must belong to the user that runs the process or to root,
// nobody may write it but its owner, others may not read it, and its group only if it is root's.
//
// Errors:  as above; kFailedPrecondition, reason SECRET_FILE_OPEN_TO_OTHERS: its owner or mode
//          lets somebody else read or change it; the message says which mode it should have.
absl::StatusOr<std::string> ReadSecretFile(const std::string& path);

}  // namespace rollcall::access

#endif  // ROLLCALL_SERVER_ACCESS_SECRET_FILE_H_
