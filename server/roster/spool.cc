#include "server/roster/spool.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/roster/byte_source.h"
#include "storage/digest.h"
#include "storage/status.h"

namespace rollcall::roster {
namespace {

constexpr std::size_t kMaxFiles = 200;

}  // namespace

Spool::Spool(std::string directory, std::uint64_t max_bytes)
    : directory_(std::move(directory)), max_bytes_(max_bytes) {}

Spool::~Spool() {
  for (const SpooledFile& file : files_) close(file.fd);
}

absl::Status Spool::StartFile(std::string_view name) {
  if (name.empty() || name.size() > 255) {
    return InvalidField("file_name", "must be 1 to 255 bytes long");
  }
  if (files_.size() >= kMaxFiles) {
    return InvalidField("file_name", "is one file too many: at most 200 make a package");
  }
  const int fd = open(directory_.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
  if (fd < 0) {
    return MakeError(absl::StatusCode::kFailedPrecondition, "SPOOL",
                     "the data directory takes no temporary file");
  }
  files_.push_back({std::string(name), fd});
  file_bytes_ = 0;
  RC_ASSIGN_OR_RETURN(files_.back().cipher, FileCipher::Draw());
  return absl::OkStatus();
}

absl::Status Spool::Append(std::string_view bytes) {
  if (files_.empty()) return InvalidField("chunk", "comes before any file_name");
  bytes_ += bytes.size();
  if (bytes_ > max_bytes_) {
    return MakeError(absl::StatusCode::kResourceExhausted, "PACKAGE_TOO_LARGE",
                     absl::StrCat("the package is larger than the ", max_bytes_,
                                  " bytes that max_package_bytes allows"));
  }
  buffer_.assign(bytes.begin(), bytes.end());
  RC_RETURN_IF_ERROR(files_.back().cipher->Apply(file_bytes_, buffer_));
  file_bytes_ += bytes.size();
  bytes = {buffer_.data(), buffer_.size()};
  while (!bytes.empty()) {
    const ssize_t written = write(files_.back().fd, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) {
      return MakeError(absl::StatusCode::kResourceExhausted, "DISK_FULL",
                       "the disk of the data directory is full; nothing was imported");
    }
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> Spool::Digest() const {
  std::vector<std::string> lines;
  std::vector<char> buffer(std::size_t{1} << 20U);
  for (const SpooledFile& file : files_) {
    Sha256 digest;
    const std::unique_ptr<ByteSource> source = NewFileSource(file);
    while (true) {
      RC_ASSIGN_OR_RETURN(const std::size_t read, source->Read(buffer));
      if (read == 0) break;
      digest.Update({buffer.data(), read});
    }
    lines.push_back(absl::StrCat(Hex(digest.Finish()), "  ", file.name, "\n"));
  }
  std::sort(lines.begin(), lines.end());
  Sha256 all;
  for (const std::string& line : lines) all.Update(line);
  return Hex(all.Finish());
}

}  // namespace rollcall::roster
