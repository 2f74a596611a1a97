// Digest and size of a file on this machine.
#ifndef ROLLCALL_CLIENT_CLI_FILE_DIGEST_H_
#define ROLLCALL_CLIENT_CLI_FILE_DIGEST_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"

namespace rollcall::cli {

// Both of the bytes as they were read together.
struct FileDigest {
  // 64 lower-case hexadecimal digits.
  std::string sha256;
  std::int64_t bytes = 0;
};

// Reads the file at `path` once.
// Errors: NotFound if it cannot be opened, DataLoss if it cannot be read to its end.
absl::StatusOr<FileDigest> DigestOfFile(const std::string& path);

}  // namespace rollcall::cli

#endif  // ROLLCALL_CLIENT_CLI_FILE_DIGEST_H_
