#include "server/runtime/lock_file.h"

#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <memory>
#include <string>

#include "gtest/gtest.h"
#include "storage/status.h"
#include "tests/runtime/temp_dir.h"

namespace rollcall::runtime {
namespace {

using rollcall::testing::TempDir;

TEST(LockFile, SecondHolderIsRefusedAndToldTheFirst) {
  const TempDir directory;
  const auto first = LockFile::Acquire(directory.Path("lock"));
  ASSERT_TRUE(first.ok()) << first.status();
  const auto second = LockFile::Acquire(directory.Path("lock"));
  EXPECT_EQ(second.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(ErrorReason(second.status()), "DATA_DIRECTORY_IN_USE");
  EXPECT_EQ(ErrorMetadata(second.status()).at("pid"), std::to_string(getpid()));
  EXPECT_EQ(ErrorMetadata(second.status()).at("path"), directory.Path("lock"));
  EXPECT_NE(second.status().message().find(std::to_string(getpid())), absl::string_view::npos);
  // The refused attempt has not disturbed what the holder wrote.
  EXPECT_EQ(directory.Read("lock"), std::to_string(getpid()) + "\n");
}

TEST(LockFile, IsFreeAgainAfterItsHolder) {
  const TempDir directory;
  { ASSERT_TRUE(LockFile::Acquire(directory.Path("lock")).ok()); }
  EXPECT_TRUE(LockFile::Acquire(directory.Path("lock")).ok());
}

TEST(LockFile, LeftoverTextIsReplaced) {
  const TempDir directory;
  directory.Write("lock", "4294967295 and more text of another time\n");
  const auto lock = LockFile::Acquire(directory.Path("lock"));
  ASSERT_TRUE(lock.ok()) << lock.status();
  EXPECT_EQ(directory.Read("lock"), std::to_string(getpid()) + "\n");
}

TEST(LockFile, IsPrivateToItsOwner) {
  const TempDir directory;
  const auto lock = LockFile::Acquire(directory.Path("lock"));
  ASSERT_TRUE(lock.ok()) << lock.status();
  struct stat info;
  ASSERT_EQ(stat(directory.Path("lock").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777U, 0600U);
}

TEST(LockFile, KernelReleasesItWhenTheHolderIsKilled) {
  const TempDir directory;
  int ready[2];
  ASSERT_EQ(pipe(ready), 0);
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    const auto lock = LockFile::Acquire(directory.Path("lock"));
    const char answer = lock.ok() ? 'y' : 'n';
    if (write(ready[1], &answer, 1) != 1) _exit(1);
    while (true) pause();
  }
  char answer = '?';
  EXPECT_EQ(read(ready[0], &answer, 1), 1);
  EXPECT_EQ(answer, 'y');
  const auto refused = LockFile::Acquire(directory.Path("lock"));
  EXPECT_EQ(ErrorMetadata(refused.status())["pid"], std::to_string(child));

  EXPECT_EQ(kill(child, SIGKILL), 0);
  EXPECT_EQ(waitpid(child, nullptr, 0), child);
  const auto taken = LockFile::Acquire(directory.Path("lock"));
  EXPECT_TRUE(taken.ok()) << taken.status();
  close(ready[0]);
  close(ready[1]);
}

TEST(LockFile, RefusesWhatItCannotOpen) {
  const TempDir directory;
  directory.Write("target", "precious");
  std::filesystem::create_symlink(directory.Path("target"), directory.Path("link"));
  for (const std::string& path :
       {directory.Path("missing/lock"), directory.Path("link"), directory.Path(".")}) {
    const auto lock = LockFile::Acquire(path);
    EXPECT_EQ(lock.status().code(), absl::StatusCode::kFailedPrecondition) << path;
    EXPECT_EQ(ErrorReason(lock.status()), "DATA_DIRECTORY") << path;
  }
  EXPECT_EQ(directory.Read("target"), "precious");
}

}  // namespace
}  // namespace rollcall::runtime
