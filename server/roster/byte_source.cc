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
  explicit FileSource(SpooledFile file) : file_(std::move(file)) {}

  absl::StatusOr<std::size_t> Read(std::span<char> out) override {
    absl::StatusOr<std::size_t> size = ReadAt(file_, offset_, out);
    if (size.ok()) offset_ += *size;
    return size;
  }

 private:
  const SpooledFile file_;
  std::uint64_t offset_ = 0;
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

absl::StatusOr<std::size_t> ReadAt(const SpooledFile& file, std::uint64_t offset,
                                   std::span<char> out) {
  for (;;) {
    const ssize_t size = pread(file.fd, out.data(), out.size(), static_cast<off_t>(offset));
    if (size >= 0) {
      out = out.first(static_cast<std::size_t>(size));
      if (file.cipher != nullptr && !out.empty()) {
        if (absl::Status status = file.cipher->Apply(offset, out); !status.ok()) return status;
      }
      return out.size();
    }
    if (errno != EINTR) {
      return absl::InternalError(Cat("reading a spooled roster file: ", std::strerror(errno)));
    }
  }
}

std::unique_ptr<ByteSource> NewFileSource(SpooledFile file) {
  return std::make_unique<FileSource>(std::move(file));
}

}  // namespace rollcall::roster
