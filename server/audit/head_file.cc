#include "server/audit/head_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <iterator>

namespace rollcall::audit {

HeadFile::~HeadFile() {
  if (file_ >= 0) close(file_);
}

std::string HeadFile::Read() const {
  std::ifstream file(path_, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

void HeadFile::Write(std::string_view note) {
  if (file_ < 0) {
    file_ = open(path_.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    struct stat found {};
    if (file_ < 0 || fstat(file_, &found) != 0) return;
    size_ = static_cast<std::size_t>(found.st_size);
  }
  if (pwrite(file_, note.data(), note.size(), 0) != static_cast<ssize_t>(note.size())) return;
  // Only after a restore is a note shorter than the one before.
  if (size_ > note.size() && ftruncate(file_, static_cast<off_t>(note.size())) != 0) return;
  size_ = note.size();
}

}  // namespace rollcall::audit
