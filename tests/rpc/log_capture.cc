#include "tests/rpc/log_capture.h"

#include <gtest/gtest.h>

#include <memory>

#include "server/runtime/logging.h"
#include "tests/runtime/temp_dir.h"

namespace rollcall::testing {
namespace {

class LogEnvironment final : public ::testing::Environment {
 public:
  void SetUp() override {
    dir_ = std::make_unique<TempDir>();
    runtime::RouteLibraryLogs();
    const absl::Status status =
        runtime::StartLogging({.level = runtime::LogLevel::kDebug, .file = dir_->Path("log")});
    ASSERT_TRUE(status.ok()) << status;
  }
  void TearDown() override { dir_.reset(); }
  std::string Text() const { return dir_->Read("log"); }

 private:
  std::unique_ptr<TempDir> dir_;
};

LogEnvironment* const environment = [] {
  auto* made = new LogEnvironment;
  ::testing::AddGlobalTestEnvironment(made);  // Which owns it from here on.
  return made;
}();

}  // namespace

std::string LogText() { return environment->Text(); }

}  // namespace rollcall::testing
