// The lock that keeps a second server off a data directory.

#ifndef ROLLCALL_SERVER_RUNTIME_LOCK_FILE_H_
#define ROLLCALL_SERVER_RUNTIME_LOCK_FILE_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"

namespace rollcall::runtime {

// An exclusive lock on a file, held while the object lives.
//
// The lock belongs to the open file, not to the file's existence: the kernel drops it when the
// process ends in any way, SIGKILL included, and a file left behind locks nothing. The file is
// kept afterwards, since removing it would let two processes lock two files of one name. It
// holds the holder's process id as decimal text, for people and for the error below.
//
// The data directory must be on a local file system: over NFS such locks are not reliable.
class LockFile {
 public:
  // Opens or creates `path` (mode 0600, no symbolic link) and locks it without waiting.
  //
  // Errors:  kFailedPrecondition, reason DATA_DIRECTORY_IN_USE, metadata `path` and, if the
  //          holder has written it, `pid`: another process, or this one, holds the lock.
  //          kFailedPrecondition, reason DATA_DIRECTORY: the file cannot be opened or written.
  static absl::StatusOr<std::unique_ptr<LockFile>> Acquire(const std::string& path);

  // Releases the lock.
  ~LockFile();

  LockFile(const LockFile&) = delete;
  LockFile& operator=(const LockFile&) = delete;

 private:
  explicit LockFile(int file) : file_(file) {}

  const int file_;
};

}  // namespace rollcall::runtime

#endif  // ROLLCALL_SERVER_RUNTIME_LOCK_FILE_H_
