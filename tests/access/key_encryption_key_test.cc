// The three sources of the key-encryption key, and all the ways in which they can be wrong.

#include "server/access/key_encryption_key.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "server/access/key_command.h"
#include "server/access/key_file.h"
#include "storage/status.h"
#include "tests/support/test_vault.h"

namespace rollcall::access {
namespace {

using ::rollcall::testing::CountingKey;
using ::testing::HasSubstr;
using ::testing::Not;

// Sets an environment variable for as long as it lives.
class Variable {
 public:
  Variable(const char* name, const std::string& value) : name_(name) {
    setenv(name, value.c_str(), 1);
  }
  ~Variable() { unsetenv(name_); }
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;

 private:
  const char* name_;
};

class KeySourceTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = ::testing::TempDir() + "/keysXXXXXX";
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::string Path(const std::string& name) const { return absl::StrCat(folder_, "/", name); }

  std::string Write(const std::string& name, const std::string& content, mode_t mode) const {
    const std::string path = Path(name);
    std::ofstream(path, std::ios::binary) << content;
    EXPECT_EQ(chmod(path.c_str(), mode), 0);
    return path;
  }

  std::string Script(const std::string& name, const std::string& body) const {
    return Write(name, "#!/bin/sh\n" + body, 0700);
  }

  static absl::Status Open(const KeyOrigin& origin) {
    return OpenKeyEncryptionKey(origin).status();
  }
  static absl::Status OpenFile(const std::string& path) {
    KeyOrigin origin;
    origin.file = path;
    return Open(origin);
  }

  std::string folder_;
};

const std::string& SampleText() {
  static const std::string text = [] {
    const SecretKey key = CountingKey(40);
    return absl::Base64Escape(std::string(key.view()));
  }();
  return text;
}

// That both keys are one shows in that one unwraps what the other wrapped.
void ExpectSame(KeyEncryptionKey& one, KeyEncryptionKey& other) {
  const std::string wrapped = one.Wrap("data_key/1/sealing", CountingKey(3)).value();
  const auto key = other.Unwrap("data_key/1/sealing", wrapped);
  ASSERT_TRUE(key.ok()) << key.status();
  EXPECT_EQ(key->view(), CountingKey(3).view());
}

TEST_F(KeySourceTest, ReadsBase64AndHexadecimalText) {
  const SecretKey sample = CountingKey(40);
  const auto in_memory = MakeKeyEncryptionKey(CountingKey(40), "file");
  for (const std::string& text : {SampleText(), SampleText() + "\n", "  " + SampleText() + "\r\n",
                                  absl::BytesToHexString(std::string(sample.view())) + "\n"}) {
    const std::string path = Write("key", text, 0600);
    for (const mode_t mode : {0600, 0400}) {
      ASSERT_EQ(chmod(path.c_str(), mode), 0);
      KeyOrigin origin;
      origin.file = path;
      const auto key = OpenKeyEncryptionKey(origin);
      ASSERT_TRUE(key.ok()) << key.status();
      EXPECT_EQ((*key)->source(), "file");
      ExpectSame(*in_memory, **key);
    }
  }
}

TEST_F(KeySourceTest, RefusesEveryFileThatIsNoKey) {
  const std::string good = Write("good", SampleText(), 0400);
  ASSERT_TRUE(OpenFile(good).ok());
  std::filesystem::create_directory(Path("directory"));
  std::filesystem::create_symlink(good, Path("link"));
  ASSERT_EQ(mkfifo(Path("pipe").c_str(), 0600), 0);
  const struct {
    std::string path;
    const char* says;
  } cases[] = {
      {Path("missing"), "does not exist"},
      {Path("missing/below"), "does not exist"},
      {Path("directory"), "is a directory"},
      {Path("link"), "is a symbolic link"},
      {Path("pipe"), "is no regular file"},
      {Write("empty", "", 0400), "is empty"},
      {Write("blank", " \n", 0400), "does not hold 32 bytes"},
      {Write("short", absl::Base64Escape(std::string(31, 'k')), 0400), "does not hold 32 bytes"},
      {Write("long", absl::Base64Escape(std::string(33, 'k')), 0400), "does not hold 32 bytes"},
      {Write("words", "correct horse battery staple!", 0400), "does not hold 32 bytes"},
      {Write("two", SampleText() + "\n" + SampleText(), 0400), "does not hold 32 bytes"},
      {Write("digits", std::string(63, 'a') + "g", 0400), "does not hold 32 bytes"},
      {Write("huge", std::string(1 << 20, 'A'), 0400), "does not hold 32 bytes"},
      {Write("raw", std::string(CountingKey(128).view()), 0400), "does not hold 32 bytes"},
      {Write("world", SampleText(), 0404), "by everybody"},
      {Write("world_writable", SampleText(), 0602), "by everybody"},
      {Write("group", SampleText(), 0440), "by its group"},
      {Write("group_writable", SampleText(), 0620), "by its group"},
  };
  for (const auto& each : cases) {
    const absl::Status status = OpenFile(each.path);
    EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition) << each.path;
    EXPECT_EQ(ErrorReason(status), "KEY_FILE") << each.path;
    EXPECT_THAT(std::string(status.message()), HasSubstr(each.says)) << each.path;
    EXPECT_THAT(std::string(status.message()), HasSubstr(each.path));
    EXPECT_THAT(status.ToString(), Not(HasSubstr(SampleText())));
  }
}

TEST_F(KeySourceTest, RefusesAFileOfAnotherUser) {
  if (geteuid() != 0) GTEST_SKIP() << "only root can give a file away";
  const std::string path = Write("other", SampleText(), 0400);
  ASSERT_EQ(chown(path.c_str(), 12345, 12345), 0);
  EXPECT_THAT(std::string(OpenFile(path).message()), HasSubstr("belongs neither"));
}

TEST_F(KeySourceTest, MakesAFileOnceForItsOwnerAlone) {
  const std::string path = Path("made");
  const mode_t before = umask(0);
  ASSERT_TRUE(MakeKeyFile(path).ok());
  umask(before);
  struct stat status {};
  ASSERT_EQ(stat(path.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777U, 0400U);
  EXPECT_TRUE(OpenFile(path).ok());

  std::string content;
  std::ifstream(path) >> content;
  const absl::Status again = MakeKeyFile(path);
  EXPECT_EQ(again.code(), absl::StatusCode::kAlreadyExists);
  std::string content_after;
  std::ifstream(path) >> content_after;
  EXPECT_EQ(content, content_after);
  EXPECT_EQ(ErrorReason(MakeKeyFile(Path("no/such/folder"))), "FILE_NOT_WRITTEN");

  ASSERT_TRUE(MakeKeyFile(Path("another")).ok());
  std::string other;
  std::ifstream(Path("another")) >> other;
  EXPECT_NE(content, other);
}

TEST_F(KeySourceTest, WantsExactlyOneSource) {
  EXPECT_EQ(ErrorReason(Open({})), "INVALID_CONFIGURATION");
  KeyOrigin both;
  both.file = "/a";
  both.credential = "b";
  EXPECT_EQ(ErrorReason(Open(both)), "INVALID_CONFIGURATION");
}

TEST_F(KeySourceTest, ReadsACredential) {
  Write("rollcall.key", SampleText(), 0440);
  KeyOrigin origin;
  origin.credential = "rollcall.key";
  EXPECT_THAT(std::string(Open(origin).message()), HasSubstr("CREDENTIALS_DIRECTORY"));
  const Variable variable("CREDENTIALS_DIRECTORY", folder_);
  const auto key = OpenKeyEncryptionKey(origin);
  ASSERT_TRUE(key.ok()) << key.status();
  EXPECT_EQ((*key)->source(), "credential");
  ExpectSame(*MakeKeyEncryptionKey(CountingKey(40), "file"), **key);

  for (const char* name : {"missing", "../", "..", "sub/rollcall.key"}) {
    origin.credential = name;
    EXPECT_EQ(ErrorReason(Open(origin)), "KEY_CREDENTIAL") << name;
  }
  origin.credential = "world";
  Write("world", SampleText(), 0444);
  EXPECT_THAT(std::string(Open(origin).message()), HasSubstr("by everybody"));
}

TEST_F(KeySourceTest, UnwrapsOnlyItsOwnKeysInTheirPlace) {
  const auto key = MakeKeyEncryptionKey(CountingKey(1), "file");
  const auto other = MakeKeyEncryptionKey(CountingKey(2), "file");
  const std::string wrapped = key->Wrap("data_key/1/sealing", CountingKey(3)).value();
  EXPECT_NE(wrapped, key->Wrap("data_key/1/sealing", CountingKey(3)).value());
  EXPECT_EQ(ErrorReason(other->Unwrap("data_key/1/sealing", wrapped).status()), "KEY_WRONG");
  EXPECT_EQ(ErrorReason(key->Unwrap("data_key/2/sealing", wrapped).status()), "KEY_WRONG");
  for (std::size_t i = 0; i < wrapped.size(); ++i) {
    std::string changed = wrapped;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    EXPECT_EQ(ErrorReason(key->Unwrap("data_key/1/sealing", changed).status()), "KEY_WRONG") << i;
    EXPECT_FALSE(key->Unwrap("data_key/1/sealing", wrapped.substr(0, i)).ok()) << i;
  }
}

// Bytes made by another implementation (Node's crypto) from the description of the format.
TEST_F(KeySourceTest, KeepsTheDescribedFormat) {
  const auto key = MakeKeyEncryptionKey(CountingKey(0), "file");
  const auto unwrapped = key->Unwrap(
      "data_key/7/sealing",
      absl::HexStringToBytes("01a0a1a2a3a4a5a6a7a8a9aaaba6593e6e018e44f82a2ccd984b378e9120fd0b43c6"
                             "e2143bc4577cdd23f62b5e007db9a0f37ac82f497d3d3dfdf7b94f"));
  ASSERT_TRUE(unwrapped.ok());
  EXPECT_EQ(unwrapped->view(), CountingKey(64).view());
}

// A stand-in for a key service: reverses the line, and knows by the last argument what to do.
TEST_F(KeySourceTest, AsksACommand) {
  const std::string script =
      Script("kms",
             "read line\n"
             "[ \"$1\" = 'an argument with $(touch " +
                 Path("shell") +
                 ")' ] || exit 3\n"
                 "case \"$2\" in\n"
                 "  wrap) printf 'sealed:%s' \"$line\" | base64 -w0;;\n"
                 "  unwrap) printf '%s' \"$line\" | base64 -d | cut -d: -f2;;\n"
                 "  *) exit 4;;\n"
                 "esac\n");
  KeyOrigin origin;
  origin.command = {script, "an argument with $(touch " + Path("shell") + ")"};
  const auto key = OpenKeyEncryptionKey(origin);
  ASSERT_TRUE(key.ok()) << key.status();
  EXPECT_EQ((*key)->source(), "command");
  ExpectSame(**key, **key);
  EXPECT_FALSE(std::filesystem::exists(Path("shell")));
  // A wrapped key that was moved to another place is found here, whatever the service knows.
  const std::string wrapped = (*key)->Wrap("data_key/1/sealing", CountingKey(3)).value();
  EXPECT_EQ(ErrorReason((*key)->Unwrap("data_key/2/sealing", wrapped).status()), "KEY_WRONG");
}

TEST_F(KeySourceTest, ACommandMayAnswerWithMuch) {
  // 12 KiB of bytes are 16 KiB of base64, with no line's end.
  const std::string script =
      Script("kms",
             "case \"$1\" in\n"
             "  wrap) { read line; printf '%-12288s' \"$line\"; } | base64 -w0;;\n"
             "  unwrap) base64 -d | tr -d ' ';;\n"
             "esac\n");
  const auto key = MakeKeyCommand({script}, absl::Seconds(20)).value();
  EXPECT_EQ(key->Wrap("data_key/1/sealing", CountingKey(3)).value().size(), 12288U);
  ExpectSame(*key, *key);
}

TEST_F(KeySourceTest, SaysHowACommandFailed) {
  const struct {
    const char* name;
    const char* body;
    const char* says;
  } cases[] = {
      {"fails", "exit 7", "ended with status 7"},
      {"dies", "kill -9 $$", "ended by signal 9"},
      {"hangs", "exec sleep 600", "did not end within 300ms"},
      {"leaves_a_child", "sleep 600 & exit 0", "did not end within 300ms"},
      {"closes_and_hangs", "exec >&-; exec sleep 600", "did not end within 300ms"},
      {"silent", "exit 0", "did not answer unwrap with one line of base64"},
      {"garbage", "printf 'no*base64'", "did not answer unwrap with one line of base64"},
      {"endless", "exec yes", "wrote more than it may"},
      {"not_a_program", "\x7f", "ended with status 127"},
  };
  for (const auto& each : cases) {
    const auto key =
        MakeKeyCommand({Script(each.name, each.body)}, absl::Milliseconds(300)).value();
    const absl::Status status = key->Unwrap("data_key/1/sealing", "wrapped").status();
    EXPECT_EQ(ErrorReason(status), "KEY_COMMAND") << each.name;
    EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable) << each.name;
    EXPECT_THAT(std::string(status.message()), HasSubstr(each.says)) << each.name;
  }
  const auto other = MakeKeyCommand({Script("other", "echo AAAA")}, absl::Seconds(20)).value();
  EXPECT_EQ(ErrorReason(other->Unwrap("data_key/1/sealing", "wrapped").status()), "KEY_WRONG");
}

TEST_F(KeySourceTest, RefusesACommandThatCannotBeRun) {
  for (const std::string& program :
       {std::string("kms"), Path("missing"), Write("no_program", "", 0600)}) {
    KeyOrigin origin;
    origin.command = {program};
    const absl::Status status = Open(origin);
    EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition) << program;
    EXPECT_EQ(ErrorReason(status), "KEY_COMMAND") << program;
  }
}

}  // namespace
}  // namespace rollcall::access
