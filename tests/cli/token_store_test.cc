#include "client/cli/token_store.h"

#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/runtime/temp_dir.h"

namespace rollcall::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

unsigned ModeOf(const std::string& path) {
  struct stat state {};
  EXPECT_EQ(stat(path.c_str(), &state), 0) << path;
  return state.st_mode & 07777U;
}

class TokenStoreTest : public ::testing::Test {
 protected:
  static SignIn Example() {
    return {"https://id.example",
            "rollcall",
            "",
            false,
            "the-token",
            absl::FromUnixSeconds(1'800'000'000),
            "the-refresh-token"};
  }
  absl::Status Keep(const std::string& address) {
    return store_.Change([&](SignIns& all) {
      all[address] = Example();
      return absl::OkStatus();
    });
  }

  rollcall::testing::TempDir directory_;
  const std::string path_ = directory_.Path("state/rollcall/tokens.json");
  TokenStore store_{path_};
};

TEST_F(TokenStoreTest, KeepsWhatItIsGiven) {
  EXPECT_TRUE(store_.Read()->empty());
  ASSERT_TRUE(Keep("register.example:50061").ok());
  const auto all = TokenStore(path_).Read();
  ASSERT_TRUE(all.ok()) << all.status();
  ASSERT_EQ(all->size(), 1U);
  const SignIn& one = all->at("register.example:50061");
  EXPECT_EQ(one.issuer, "https://id.example");
  EXPECT_EQ(one.client_id, "rollcall");
  EXPECT_EQ(one.token, "the-token");
  EXPECT_EQ(one.expires, absl::FromUnixSeconds(1'800'000'000));
  EXPECT_EQ(one.refresh_token, "the-refresh-token");
}

TEST_F(TokenStoreTest, NobodyElseCanRead) {
  const mode_t before = umask(0);
  ASSERT_TRUE(Keep("a").ok());
  umask(before);
  EXPECT_EQ(ModeOf(path_), 0600U);
  EXPECT_EQ(ModeOf(directory_.Path("state/rollcall")), 0700U);
}

TEST_F(TokenStoreTest, WhatOthersCanReadIsRefused) {
  ASSERT_TRUE(Keep("a").ok());
  for (const unsigned mode : {0640U, 0604U, 0602U, 0610U}) {
    ASSERT_EQ(chmod(path_.c_str(), mode), 0);
    EXPECT_THAT(std::string(store_.Read().status().message()),
                AllOf(HasSubstr(path_), HasSubstr("chmod")));
    EXPECT_FALSE(Keep("b").ok());
  }
  ASSERT_EQ(chmod(path_.c_str(), 0600), 0);
  EXPECT_EQ(store_.Read()->size(), 1U);
  const std::string folder = directory_.Path("state/rollcall");
  ASSERT_EQ(chmod(folder.c_str(), 0750), 0);
  EXPECT_THAT(std::string(Keep("b").message()), HasSubstr(folder));
}

TEST_F(TokenStoreTest, LinksAndOtherThingsAreRefused) {
  ASSERT_TRUE(Keep("a").ok());
  const std::string link = directory_.Path("link");
  std::filesystem::create_symlink(path_, link);
  EXPECT_THAT(std::string(ReadSecretFile(link, 10'000).status().message()), HasSubstr("link"));
  const std::string pipe = directory_.Path("pipe");
  ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
  EXPECT_THAT(std::string(ReadSecretFile(pipe, 10).status().message()),
              HasSubstr("not an ordinary file"));
  EXPECT_FALSE(ReadSecretFile(directory_.Path(""), 10).ok());
  EXPECT_THAT(std::string(ReadSecretFile(path_, 10).status().message()), HasSubstr("too large"));
  EXPECT_EQ(ReadSecretFile(directory_.Path("none"), 10).status().code(),
            absl::StatusCode::kNotFound);
}

TEST_F(TokenStoreTest, AnotherContentIsRefused) {
  ASSERT_TRUE(Keep("a").ok());
  for (const char* text : {"", "{}", "[]", "{\"servers\":[1]}", "{\"servers\":{\"a\":{}}}"}) {
    directory_.Write("state/rollcall/tokens.json", text);
    EXPECT_THAT(std::string(store_.Read().status().message()), HasSubstr("rollcall login")) << text;
  }
}

TEST_F(TokenStoreTest, AFailingChangeWritesNothing) {
  ASSERT_TRUE(Keep("a").ok());
  const absl::Status status = store_.Change([](SignIns& all) {
    all.clear();
    return absl::UnavailableError("no");
  });
  EXPECT_TRUE(absl::IsUnavailable(status));
  EXPECT_EQ(store_.Read()->size(), 1U);
  int files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(directory_.Path("state/rollcall"))) {
    EXPECT_THAT(entry.path().filename().string(), StartsWith("tokens.json"));
    ++files;
  }
  EXPECT_EQ(files, 2);  // The file and its lock.
}

TEST_F(TokenStoreTest, ChangesOfManyAtOnceAllHappen) {
  std::vector<std::thread> writers;
  for (int i = 0; i < 8; ++i) {
    writers.emplace_back([&, i] {
      TokenStore own(path_);
      EXPECT_TRUE(own.Change([i](SignIns& all) {
                       all[std::to_string(i)] = Example();
                       return absl::OkStatus();
                     })
                      .ok());
    });
  }
  for (std::thread& writer : writers) writer.join();
  EXPECT_EQ(store_.Read()->size(), 8U);
}

TEST_F(TokenStoreTest, ThePlaceFollowsTheEnvironment) {
  setenv("XDG_STATE_HOME", "/state", 1);
  EXPECT_EQ(DefaultTokenPath(), "/state/rollcall/tokens.json");
  setenv("XDG_STATE_HOME", "relative", 1);
  setenv("HOME", "/home/pat", 1);
  EXPECT_EQ(DefaultTokenPath(), "/home/pat/.local/state/rollcall/tokens.json");
  unsetenv("XDG_STATE_HOME");
  unsetenv("HOME");
  EXPECT_EQ(DefaultTokenPath(), "");
  TokenStore nowhere("");
  EXPECT_TRUE(nowhere.Read()->empty());
  EXPECT_FALSE(nowhere.Change([](SignIns&) { return absl::OkStatus(); }).ok());
}

}  // namespace
}  // namespace rollcall::cli
