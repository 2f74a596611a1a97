#include "server/roster/byte_source.h"

#include <sys/types.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "server/roster/handoff.h"
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

// Bytes on their way between the threads; not OK where the source failed.
struct Chunk {
  std::vector<char> bytes;
  std::size_t size = 0;
  absl::Status status;

  void Clear() { size = 0; }
};

class ReadAheadSource : public ByteSource {
 public:
  explicit ReadAheadSource(std::unique_ptr<ByteSource> source)
      : source_(std::move(source)), thread_([this] { Fetch(); }) {}
  ~ReadAheadSource() override {
    chunks_.Refuse();
    thread_.join();
  }
  ReadAheadSource(const ReadAheadSource&) = delete;
  ReadAheadSource& operator=(const ReadAheadSource&) = delete;

  absl::StatusOr<std::size_t> Read(std::span<char> out) override {
    if (used_ == chunk_.size) {
      if (!chunk_.bytes.empty()) chunks_.Recycle(std::move(chunk_));
      chunk_ = {};
      used_ = 0;
      std::optional<Chunk> next = chunks_.Take();
      if (!next.has_value()) return std::size_t{0};
      chunk_ = *std::move(next);
      if (!chunk_.status.ok()) return chunk_.status;
    }
    const std::size_t size = std::min(out.size(), chunk_.size - used_);
    std::memcpy(out.data(), chunk_.bytes.data() + used_, size);
    used_ += size;
    return size;
  }

 private:
  static constexpr std::size_t kChunkBytes = std::size_t{256} << 10;

  void Fetch() {
    for (bool more = true; more;) {
      Chunk chunk = chunks_.Recycled();
      chunk.bytes.resize(kChunkBytes);
      absl::StatusOr<std::size_t> size = source_->Read(chunk.bytes);
      chunk.status = size.status();
      chunk.size = size.ok() ? *size : 0;
      more = chunk.size > 0;
      if (more || !chunk.status.ok()) more = chunks_.Give(std::move(chunk)) && more;
    }
    chunks_.End();
  }

  std::unique_ptr<ByteSource> source_;
  Handoff<Chunk> chunks_;
  Chunk chunk_;  // Being read; its first used_ bytes are.
  std::size_t used_ = 0;
  std::thread thread_;  // Last, since it uses the others.
};

}  // namespace

std::unique_ptr<ByteSource> ReadAhead(std::unique_ptr<ByteSource> source) {
  return std::make_unique<ReadAheadSource>(std::move(source));
}

std::unique_ptr<ByteSource> NewMemorySource(std::string_view bytes) {
  return std::make_unique<MemorySource>(bytes);
}

std::unique_ptr<ByteSource> NewFileSource(int fd) { return std::make_unique<FileSource>(fd); }

}  // namespace rollcall::roster
