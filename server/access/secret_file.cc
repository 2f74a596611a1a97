#include "server/access/secret_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "storage/durable_path.h"
#include "storage/status.h"

namespace rollcall::access {
namespace {

class OpenFile {
 public:
  explicit OpenFile(int file) : file_(file) {}
  ~OpenFile() {
    if (file_ >= 0) close(file_);
  }
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;
  int get() const { return file_; }

 private:
  int file_;
};

std::string SystemReason() { return std::error_code(errno, std::generic_category()).message(); }

absl::Status NotWritten(const std::string& path) {
  return MakeError(absl::StatusCode::kFailedPrecondition, "FILE_NOT_WRITTEN",
                   absl::StrCat("cannot write ", path, ": ", SystemReason()), {{"path", path}});
}

absl::Status NotRead(const std::string& path, std::string_view reason) {
  return MakeError(absl::StatusCode::kFailedPrecondition, "FILE_NOT_READ",
                   absl::StrCat("cannot read ", path, ": ", ToAbsl(reason)), {{"path", path}});
}

bool WriteAll(int file, std::string_view content) {
  while (!content.empty()) {
    const ssize_t written = write(file, content.data(), content.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return false;
    content.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

std::string DirectoryOf(const std::string& path) {
  const std::string directory = std::filesystem::path(path).parent_path().string();
  return directory.empty() ? "." : directory;
}

// Writes a file of a name of its own beside `path` and returns that name.
absl::StatusOr<std::string> WriteBeside(const std::string& path, std::string_view content,
                                        mode_t mode) {
  std::string name = absl::StrCat(path, ".XXXXXX");
  const OpenFile file(mkostemp(name.data(), O_CLOEXEC));
  if (file.get() < 0) return NotWritten(path);
  if (!WriteAll(file.get(), content) || fchmod(file.get(), mode) != 0 || fsync(file.get()) != 0) {
    const absl::Status status = NotWritten(path);
    unlink(name.c_str());
    return status;
  }
  return name;
}

absl::Status KeepDirectory(const std::string& path) {
  const std::error_code error = SyncPath(DirectoryOf(path));
  if (!error) return absl::OkStatus();
  errno = error.value();
  return NotWritten(path);
}

absl::Status CheckPrivate(const std::string& path, const struct stat& info) {
  const mode_t mode = info.st_mode & 07777U;
  // A group of root's choosing may read, so that the service need not own its keys.
  const mode_t forbidden = info.st_uid == 0 ? 0037U : 0077U;
  const bool owned = info.st_uid == geteuid() || info.st_uid == 0;
  if (owned && (mode & forbidden) == 0) return absl::OkStatus();
  return MakeError(
      absl::StatusCode::kFailedPrecondition, "SECRET_FILE_OPEN_TO_OTHERS",
      owned ? absl::StrCat(path, " holds a secret and has the mode ", absl::StrFormat("%04o", mode),
                           ", which is open to others; run: chmod 600 ", path)
            : absl::StrCat(path,
                           " holds a secret and belongs to another user; it must belong to "
                           "the user that runs the server, or to root"),
      {{"path", path}});
}

absl::StatusOr<std::string> Read(const std::string& path, bool secret) {
  // Not to be held up by a pipe of that name.
  const OpenFile file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  struct stat info = {};
  if (file.get() < 0 || fstat(file.get(), &info) != 0) return NotRead(path, SystemReason());
  if (!S_ISREG(info.st_mode)) return NotRead(path, "it is no regular file");
  if (secret) RC_RETURN_IF_ERROR(CheckPrivate(path, info));
  std::string content;
  char buffer[16384];
  while (content.size() <= kMaxCertificateFileBytes) {
    const ssize_t got = read(file.get(), buffer, sizeof(buffer));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return NotRead(path, SystemReason());
    if (got == 0) break;
    content.append(buffer, static_cast<std::size_t>(got));
  }
  if (content.size() > kMaxCertificateFileBytes) return NotRead(path, "it is over 4 MiB");
  if (content.empty()) return NotRead(path, "it is empty");
  return content;
}

}  // namespace

absl::Status WriteNewFile(const std::string& path, std::string_view content, mode_t mode) {
  RC_ASSIGN_OR_RETURN(const std::string beside, WriteBeside(path, content, mode));
  // Unlike rename, link never replaces.
  const bool linked = link(beside.c_str(), path.c_str()) == 0;
  const int reason = errno;
  unlink(beside.c_str());
  errno = reason;
  if (!linked && errno == EEXIST) {
    return MakeError(absl::StatusCode::kAlreadyExists, "FILE_EXISTS",
                     absl::StrCat(path, " exists and is not overwritten"), {{"path", path}});
  }
  if (!linked) return NotWritten(path);
  return KeepDirectory(path);
}

absl::Status ReplaceFile(const std::string& path, std::string_view content, mode_t mode) {
  RC_ASSIGN_OR_RETURN(const std::string beside, WriteBeside(path, content, mode));
  if (rename(beside.c_str(), path.c_str()) != 0) {
    const absl::Status status = NotWritten(path);
    unlink(beside.c_str());
    return status;
  }
  return KeepDirectory(path);
}

absl::StatusOr<std::string> ReadPublicFile(const std::string& path) { return Read(path, false); }

absl::StatusOr<std::string> ReadSecretFile(const std::string& path) { return Read(path, true); }

}  // namespace rollcall::access
