#include "client/cli/local_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <iostream>
#include <streambuf>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"

namespace rollcall::cli {
namespace {

constexpr std::size_t kBlockBytes = 64 * 1024;

absl::Status CannotWrite(const std::string& path, int error) {
  return absl::FailedPreconditionError(
      absl::StrCat("cannot write ", path, ": ", std::strerror(error)));
}

bool IsFolder(const std::string& path) {
  std::error_code ignored;
  return std::filesystem::is_directory(path, ignored);
}

}  // namespace

absl::StatusOr<std::ifstream> OpenToRead(const std::string& path) {
  // A folder can be opened like a file and fails only when it is read.
  if (IsFolder(path)) return absl::NotFoundError(absl::StrCat(path, " is a folder; name a file"));
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    return absl::NotFoundError(absl::StrCat(path, " cannot be read: ", std::strerror(errno)));
  }
  return file;
}

absl::StatusOr<std::string> ReadWholeFile(const std::string& path) {
  absl::StatusOr<std::ifstream> file;
  if (path != "-") {
    file = OpenToRead(path);
    if (!file.ok()) return file.status();
  }
  std::istream& input = path == "-" ? std::cin : *file;
  std::string text;
  std::string block(kBlockBytes, '\0');
  while (input) {
    // Unlike an iterator over the buffer, read() tells a failure by bad() and does not throw.
    input.read(block.data(), static_cast<std::streamsize>(block.size()));
    text.append(block, 0, static_cast<std::size_t>(input.gcount()));
  }
  if (input.bad()) {
    return absl::DataLossError(
        absl::StrCat(path == "-" ? "the standard input" : path, " cannot be read to its end"));
  }
  return text;
}

absl::Status WriteWholeFile(const std::string& path, const std::string& text) {
  WholeFile file(path);
  if (absl::Status opened = file.Open(); !opened.ok()) return opened;
  file.stream() << text;
  return file.Finish();
}

// Writes to a file that is open, and closes it at last.
class WholeFile::Buffer final : public std::streambuf {
 public:
  explicit Buffer(int file) : file_(file), block_(kBlockBytes, '\0') { Empty(); }
  ~Buffer() override { close(file_); }
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;

  // Why the last step failed; 0 if none did.
  int error() const { return error_; }

  // True if this file is what the path leads to, not one that another process put there.
  bool IsAt(const std::string& path) const {
    struct stat own {};
    struct stat there {};
    return fstat(file_, &own) == 0 && lstat(path.c_str(), &there) == 0 &&
           own.st_dev == there.st_dev && own.st_ino == there.st_ino;
  }
  bool SyncToDisk() { return Did(fsync(file_)); }

 protected:
  int_type overflow(int_type next) override {
    if (sync() != 0) return traits_type::eof();
    if (!traits_type::eq_int_type(next, traits_type::eof())) {
      *pptr() = traits_type::to_char_type(next);
      pbump(1);
    }
    return traits_type::not_eof(next);
  }

  int sync() override {
    const char* from = pbase();
    while (from < pptr()) {
      const ssize_t count = write(file_, from, static_cast<std::size_t>(pptr() - from));
      if (count < 0 && errno == EINTR) continue;
      if (!Did(count < 0 ? -1 : 0)) return -1;
      from += count;
    }
    Empty();
    return 0;
  }

 private:
  void Empty() { setp(block_.data(), block_.data() + block_.size()); }

  bool Did(int result) {
    if (result < 0) error_ = errno;
    return result >= 0;
  }

  const int file_;
  int error_ = 0;
  std::string block_;
};

WholeFile::WholeFile(std::string path) : path_(std::move(path)), partial_(path_ + ".partial") {}

WholeFile::~WholeFile() {
  if (buffer_ != nullptr && !keep_ && buffer_->IsAt(partial_)) unlink(partial_.c_str());
}

absl::Status WholeFile::Open() {
  // Told now, not after an hour of work.
  if (IsFolder(path_)) return CannotWrite(path_, EISDIR);
  struct stat left {};
  if (lstat(partial_.c_str(), &left) == 0 && left.st_uid == geteuid()) unlink(partial_.c_str());
  const int file =
      open(partial_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (file < 0) return CannotWrite(partial_, errno);
  buffer_ = std::make_unique<Buffer>(file);
  stream_.rdbuf(buffer_.get());
  return absl::OkStatus();
}

absl::Status WholeFile::Finish() {
  if (buffer_ == nullptr) return CannotWrite(path_, EBADF);
  if (!stream_.flush() || !buffer_->SyncToDisk()) return CannotWrite(path_, buffer_->error());
  if (!buffer_->IsAt(partial_)) {
    return absl::FailedPreconditionError(
        absl::StrCat("cannot write ", path_, ": another program took ", partial_, " away"));
  }
  if (std::rename(partial_.c_str(), path_.c_str()) != 0) return CannotWrite(path_, errno);
  keep_ = true;
  return absl::OkStatus();
}

}  // namespace rollcall::cli
