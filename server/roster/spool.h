// Files of an import on their way in: received bytes go to unnamed files in the data directory,
// which vanish with the process, so that no copy of a roster is ever left behind. What the disk
// holds of them meanwhile, and after, is enciphered under keys that only memory has
// (file_cipher.h).

#ifndef ROLLCALL_SERVER_ROSTER_SPOOL_H_
#define ROLLCALL_SERVER_ROSTER_SPOOL_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "server/roster/package.h"

namespace rollcall::roster {

// Not thread-safe. The files are closed, and so gone, when the spool ends.
class Spool {
 public:
  // `directory` must be on a file system with unnamed files (every usual local one).
  Spool(std::string directory, std::uint64_t max_bytes);
  ~Spool();
  Spool(const Spool&) = delete;
  Spool& operator=(const Spool&) = delete;

  // Starts the next file. Errors: kInvalidArgument (no name, or too many files),
  // kFailedPrecondition (the directory takes no files).
  absl::Status StartFile(std::string_view name);

  // Appends to the file that was started last. Errors: kInvalidArgument (none was),
  // kResourceExhausted (more than max_bytes in all, reason PACKAGE_TOO_LARGE; disk full).
  absl::Status Append(std::string_view bytes);

  const std::vector<SpooledFile>& files() const { return files_; }
  std::uint64_t bytes() const { return bytes_; }

  // SHA-256 over the sorted list of names and SHA-256 of the files, lower-case hexadecimal.
  absl::StatusOr<std::string> Digest() const;

 private:
  const std::string directory_;
  const std::uint64_t max_bytes_;
  std::uint64_t bytes_ = 0;       // Of all files.
  std::uint64_t file_bytes_ = 0;  // Of the last file.
  std::vector<SpooledFile> files_;
  std::vector<char> buffer_;  // Bytes being enciphered.
};

}  // namespace rollcall::roster

#endif  // ROLLCALL_SERVER_ROSTER_SPOOL_H_
