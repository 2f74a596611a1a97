#include "server/audit/head_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <fstream>

namespace rollcall::audit {

HeadFile::~HeadFile() {
  if (file_ >= 0) close(file_);
}

std::string HeadFile::Read() const {
  std::ifstream file(path_, std::ios::binary);
  std::string bytes(8 * kBytes, '\0');
  file.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  bytes.resize(static_cast<std::size_t>(std::max<std::streamsize>(file.gcount(), 0)));
  bytes.resize(std::min(bytes.size(), bytes.find('\0')));
  return bytes;
}

void HeadFile::Write(std::string_view note) {
  if (note.size() >= kBytes) return;
  if (file_ < 0) {
    file_ = open(path_.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    struct stat found {};
    if (file_ < 0 || fstat(file_, &found) != 0) return;
    // Of an earlier release, or of nobody knows whom.
    if (found.st_size > static_cast<off_t>(kBytes) && ftruncate(file_, kBytes) != 0) return;
  }
  std::array<char, kBytes> bytes{};
  std::copy(note.begin(), note.end(), bytes.begin());
  const ssize_t written = pwrite(file_, bytes.data(), bytes.size(), 0);
  static_cast<void>(written);
}

}  // namespace rollcall::audit
