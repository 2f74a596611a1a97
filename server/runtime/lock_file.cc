#include "server/runtime/lock_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string_view>
#include <system_error>

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "storage/status.h"

namespace rollcall::runtime {
namespace {

absl::Status FileError(const std::string& path, std::string_view action, int error) {
  return MakeError(absl::StatusCode::kFailedPrecondition, "DATA_DIRECTORY",
                   absl::StrCat("cannot ", ToAbsl(action), " ", path, ": ",
                                std::error_code(error, std::generic_category()).message()),
                   {{"path", path}});
}

// The process id in the file, or nothing while the holder has not written it yet.
std::string ReadHolder(int file) {
  std::array<char, 24> text;
  const ssize_t length = pread(file, text.data(), text.size(), 0);
  int pid = 0;
  if (length <= 0 ||
      !absl::SimpleAtoi(absl::string_view(text.data(), static_cast<std::size_t>(length)), &pid)) {
    return "";
  }
  return absl::StrCat(pid);
}

absl::Status InUse(const std::string& path, const std::string& holder) {
  if (holder.empty()) {
    return MakeError(absl::StatusCode::kFailedPrecondition, "DATA_DIRECTORY_IN_USE",
                     absl::StrCat("another rollcalld has locked ", path), {{"path", path}});
  }
  return MakeError(absl::StatusCode::kFailedPrecondition, "DATA_DIRECTORY_IN_USE",
                   absl::StrCat("another rollcalld (process ", holder, ") has locked ", path),
                   {{"path", path}, {"pid", holder}});
}

}  // namespace

absl::StatusOr<std::unique_ptr<LockFile>> LockFile::Acquire(const std::string& path) {
  const int file = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (file < 0) return FileError(path, "open", errno);
  std::unique_ptr<LockFile> lock(new LockFile(file));
  if (flock(file, LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return FileError(path, "lock", errno);
    return InUse(path, ReadHolder(file));
  }
  const std::string text = absl::StrCat(getpid(), "\n");
  if (ftruncate(file, 0) != 0 ||
      pwrite(file, text.data(), text.size(), 0) != static_cast<ssize_t>(text.size())) {
    return FileError(path, "write", errno);
  }
  return lock;
}

LockFile::~LockFile() { close(file_); }

}  // namespace rollcall::runtime
