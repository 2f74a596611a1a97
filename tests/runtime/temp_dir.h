// A directory that lives as long as a test.

#ifndef ROLLCALL_TESTS_RUNTIME_TEMP_DIR_H_
#define ROLLCALL_TESTS_RUNTIME_TEMP_DIR_H_

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <string_view>

#include "gtest/gtest.h"

namespace rollcall::testing {

// Has a short path, since a Unix socket's path is limited.
class TempDir {
 public:
  TempDir() {
    char path[] = "/tmp/rollcall.XXXXXX";
    if (mkdtemp(path) == nullptr) ADD_FAILURE() << "no temporary directory";
    path_ = path;
  }
  ~TempDir() {
    std::error_code error;
    std::filesystem::remove_all(path_, error);
  }
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;

  const std::string& path() const { return path_; }

  std::string Path(std::string_view name) const { return path_ + "/" + std::string(name); }

  std::string Write(std::string_view name, std::string_view content) const {
    std::ofstream(Path(name), std::ios::binary) << content;
    return Path(name);
  }

  std::string Read(std::string_view name) const {
    std::ostringstream content;
    content << std::ifstream(Path(name), std::ios::binary).rdbuf();
    return content.str();
  }

 private:
  std::string path_;
};

}  // namespace rollcall::testing

#endif  // ROLLCALL_TESTS_RUNTIME_TEMP_DIR_H_
