#include "client/cli/local_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <string>

#include "tests/cli/fake_server.h"

namespace rollcall::cli {
namespace {

using ::testing::HasSubstr;

TEST(ReadWholeFile, IsTheWholeFileOrAnErrorThatNamesIt) {
  const TempFolder folder;
  const std::string text(200'000, '\0');
  EXPECT_EQ(*ReadWholeFile(folder.Write("zeros", text)), text);
  EXPECT_EQ(*ReadWholeFile(folder.Write("empty", "")), "");
  for (const std::string& path : {folder.Path("none"), folder.Path("")}) {
    const absl::Status status = ReadWholeFile(path).status();
    EXPECT_TRUE(absl::IsNotFound(status)) << status;
    EXPECT_THAT(std::string(status.message()), HasSubstr(path));
  }
  // Can be opened, and its first byte cannot be read.
  EXPECT_FALSE(ReadWholeFile("/proc/self/mem").ok());
}

TEST(WholeFile, HasItsNameOnlyOnceItIsFinished) {
  const TempFolder folder;
  const std::string path = folder.Write("list", "old");
  {
    WholeFile file(path);
    ASSERT_TRUE(file.Open().ok());
    file.stream() << "new";
    EXPECT_TRUE(FileExists(path + ".partial"));
  }
  EXPECT_FALSE(FileExists(path + ".partial"));
  EXPECT_EQ(ReadFile(path), "old");
  WholeFile kept(path);
  ASSERT_TRUE(kept.Open().ok());
  kept.stream() << "half";
  kept.KeepPartial();
  EXPECT_EQ(ReadFile(kept.partial()), "half");
  const std::string text(300'000, 'x');
  ASSERT_TRUE(WriteWholeFile(path, text).ok());
  EXPECT_EQ(ReadFile(path), text);
  EXPECT_FALSE(FileExists(path + ".partial"));
}

TEST(WholeFile, IsForItsOwnerAloneAndFollowsNoLink) {
  const TempFolder folder;
  const std::string path = folder.Path("list");
  const std::string other = folder.Write("other", "untouched");
  std::filesystem::create_symlink(other, path + ".partial");
  const mode_t before = umask(0);
  const absl::Status written = WriteWholeFile(path, "ids");
  umask(before);
  ASSERT_TRUE(written.ok()) << written;
  struct stat state {};
  ASSERT_EQ(lstat(path.c_str(), &state), 0);
  EXPECT_EQ(state.st_mode, static_cast<mode_t>(S_IFREG | 0600));
  EXPECT_EQ(ReadFile(other), "untouched");
}

TEST(WholeFile, NeverTakesWhatAnotherProgramWrote) {
  const TempFolder folder;
  const std::string path = folder.Path("list");
  WholeFile first(path);
  ASSERT_TRUE(first.Open().ok());
  WholeFile second(path);
  ASSERT_TRUE(second.Open().ok());
  EXPECT_FALSE(first.Finish().ok());
  EXPECT_FALSE(FileExists(path));
  EXPECT_TRUE(second.Finish().ok());
}

TEST(WholeFile, SaysAtOnceThatItCannotBeWritten) {
  const TempFolder folder;
  for (const std::string& path : {folder.Path(""), folder.Path("none/list")}) {
    const absl::Status status = WholeFile(path).Open();
    EXPECT_TRUE(absl::IsFailedPrecondition(status));
    EXPECT_THAT(std::string(status.message()), HasSubstr(path));
  }
}

}  // namespace
}  // namespace rollcall::cli
