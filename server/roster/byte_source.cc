#include "server/roster/byte_source.h"

#include <sys/types.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "absl/status/status.h"
#include "server/roster/text.h"

namespace rollcall::roster {
namespace {

class MemorySource : public ByteSource {
 public:
  explicit MemorySource(std::string_view bytes) : bytes_(bytes) {}

  absl::StatusOr<std::size_t> Read(std::span<char> out) override {
    const std::size_t size = std::min(out.size(), bytes_.size());
    std::memcpy(out.data(), bytes_.data(), size);
    bytes_.remove_prefix(size);
    return size;
  }

 private:
  std::string_view bytes_;
};

class FileSource : public ByteSource {
 public:
  explicit FileSource(int fd) : fd_(fd) {}

  absl::StatusOr<std::size_t> Read(std::span<char> out) override {
    for (;;) {
      const ssize_t size = pread(fd_, out.data(), out.size(), offset_);
      if (size >= 0) {
        offset_ += size;
        return static_cast<std::size_t>(size);
      }
      if (errno != EINTR) {
        return absl::InternalError(Cat("reading a spooled roster file: ", std::strerror(errno)));
      }
    }
  }

 private:
  int fd_;
  off_t offset_ = 0;
};

}  // namespace

std::unique_ptr<ByteSource> NewMemorySource(std::string_view bytes) {
  return std::make_unique<MemorySource>(bytes);
}

std::unique_ptr<ByteSource> NewFileSource(int fd) { return std::make_unique<FileSource>(fd); }

}  // namespace rollcall::roster
