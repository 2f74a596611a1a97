#include "storage/durable_path.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

namespace rollcall {

std::error_code SyncPath(const std::string& path) {
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return {errno, std::generic_category()};
  const std::error_code error(fsync(file) == 0 ? 0 : errno, std::generic_category());
  close(file);
  return error;
}

}  // namespace rollcall
