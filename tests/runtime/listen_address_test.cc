#include "server/runtime/listen_address.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <string>
#include <utility>

#include "gtest/gtest.h"
#include "storage/status.h"
#include "tests/runtime/temp_dir.h"

namespace rollcall::runtime {
namespace {

using rollcall::testing::TempDir;

TEST(ParseListenAddress, AcceptsAddresses) {
  const std::pair<const char*, ListenAddress> cases[] = {
      {"127.0.0.1:50061", {"127.0.0.1:50061", ""}},
      {"127.0.0.1:0", {"127.0.0.1:0", ""}},
      {"127.255.255.254:65535", {"127.255.255.254:65535", ""}},
      {"localhost:50061", {"127.0.0.1:50061", ""}},
      {"[::1]:50061", {"[::1]:50061", ""}},
      {"[0:0:0:0:0:0:0:1]:1", {"[0:0:0:0:0:0:0:1]:1", ""}},
      {"0.0.0.0:50061", {"0.0.0.0:50061", ""}},
      {"[::]:50061", {"[::]:50061", ""}},
      {"10.0.0.1:50061", {"10.0.0.1:50061", ""}},
      {"[fe80::1]:1", {"[fe80::1]:1", ""}},
      {"unix:/run/rollcall/sock", {"unix:/run/rollcall/sock", "/run/rollcall/sock"}},
      {"unix:///run/rollcall/sock", {"unix:/run/rollcall/sock", "/run/rollcall/sock"}},
  };
  for (const auto& [text, address] : cases) {
    const auto parsed = ParseListenAddress(text);
    ASSERT_TRUE(parsed.ok()) << parsed.status();
    EXPECT_EQ(parsed->target, address.target);
    EXPECT_EQ(parsed->socket_path, address.socket_path);
  }
}

TEST(ParseListenAddress, RefusesNamesAndShortForms) {
  for (const char* text :
       {"[::ffff:10.0.0.1]:50061", "[::ffff:127.0.0.1]:50061", "[::1%lo]:1", "[127.0.0.1]:1",
        "rollcall.example.org:50061", "LOCALHOST:1", "localhost.:1", "localhost.example.org:1",
        "127.1:50061", "2130706433:50061", "0x7f000001:1", "0177.0.0.1:1",
        "127.0.0.1.example.org:1", " 127.0.0.1:1", "*:50061", "dns:///127.0.0.1:1",
        "ipv4:0.0.0.0:1", "unix-abstract:rollcall:1", "127.0.0.1/8:1"}) {
    const auto parsed = ParseListenAddress(text);
    ASSERT_FALSE(parsed.ok()) << text;
    EXPECT_EQ(parsed.status().code(), absl::StatusCode::kInvalidArgument) << text;
    EXPECT_EQ(parsed.status().message().find('\n'), absl::string_view::npos);
  }
  EXPECT_EQ(ParseListenAddress("register.example:1").status().message(),
            "cannot listen on 'register.example:1': the host must be an IP address of this "
            "machine, such as 10.1.2.3, [2001:db8::7], 0.0.0.0 or [::]");
  EXPECT_FALSE(ParseListenAddress(std::string_view("127.0.0.1\0.evil:1", 17)).ok());
}

TEST(ParseListenAddress, RefusesWhatIsNoAddress) {
  for (const char* text : {"",
                           ":",
                           ":50061",
                           "127.0.0.1",
                           "127.0.0.1:",
                           "127.0.0.1:65536",
                           "127.0.0.1:-1",
                           "127.0.0.1:-0",
                           "127.0.0.1:+1",
                           "127.0.0.1: 1",
                           "127.0.0.1:1 ",
                           "127.0.0.1:http",
                           "127.0.0.1:99999999999999999999",
                           "::1:50061",
                           "::1",
                           "[::1]",
                           "[]:1",
                           "unix:",
                           "unix:relative/path",
                           "unix:/",
                           "unix://host/path",
                           "unix:/a/",
                           "unix:/a b",
                           "unix:/a%20b",
                           "unix:/a?b",
                           "unix:/a#b",
                           "unix:/a\nb",
                           "unix:/\xC3\xA9"}) {
    const auto parsed = ParseListenAddress(text);
    EXPECT_EQ(parsed.status().code(), absl::StatusCode::kInvalidArgument) << text;
  }
  EXPECT_FALSE(ParseListenAddress(std::string_view("unix:/a\0b", 9)).ok());
  const auto huge = ParseListenAddress(std::string(10'000'000, ':'));
  EXPECT_FALSE(huge.ok());
  EXPECT_LE(huge.status().message().size(), 512U);
}

TEST(ParseListenAddress, BoundsTheSocketPath) {
  const std::string longest = "/" + std::string(kMaxSocketPathBytes - 1, 'a');
  EXPECT_TRUE(ParseListenAddress("unix:" + longest).ok());
  EXPECT_FALSE(ParseListenAddress("unix:" + longest + "a").ok());
  EXPECT_EQ(kMaxSocketPathBytes + 1, sizeof(sockaddr_un::sun_path));
}

int Listen(const std::string& path) {
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.data(), path.size());
  const int file = socket(AF_UNIX, SOCK_STREAM, 0);
  EXPECT_EQ(bind(file, reinterpret_cast<const sockaddr*>(&address), sizeof(address)), 0);
  EXPECT_EQ(listen(file, 1), 0);
  return file;
}

TEST(CheckSocketPath, NeedsADirectoryAndNoOtherFile) {
  const TempDir directory;
  EXPECT_TRUE(CheckSocketPath(directory.Path("sock")).ok());
  EXPECT_EQ(ErrorReason(CheckSocketPath(directory.Path("missing/sock"))), "SOCKET_PATH");
  EXPECT_EQ(ErrorReason(CheckSocketPath(directory.Write("file", ""))), "SOCKET_PATH");
  EXPECT_EQ(ErrorReason(CheckSocketPath(directory.Path("file/sock"))), "SOCKET_PATH");
}

TEST(CheckSocketUnused, TellsALivingSocketFromAnAbandonedOne) {
  const TempDir directory;
  const std::string path = directory.Path("sock");
  EXPECT_TRUE(CheckSocketUnused(path).ok());
  const int file = Listen(path);
  EXPECT_TRUE(CheckSocketPath(path).ok());
  EXPECT_EQ(CheckSocketUnused(path).code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(ErrorReason(CheckSocketUnused(path)), "SOCKET_PATH");
  close(file);
  EXPECT_TRUE(CheckSocketUnused(path).ok());
}

TEST(SetSocketMode, SetsExactlyThatMode) {
  const TempDir directory;
  const mode_t before = umask(0022);
  PrivateUmask();
  const int file = Listen(directory.Path("sock"));
  struct stat info;
  ASSERT_EQ(stat(directory.Path("sock").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 077U, 0U);
  for (const std::uint32_t mode : {0660U, 0600U}) {
    EXPECT_TRUE(SetSocketMode(directory.Path("sock"), mode).ok());
    ASSERT_EQ(stat(directory.Path("sock").c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 0777U, mode);
  }
  EXPECT_EQ(ErrorReason(SetSocketMode(directory.Path("none"), 0600)), "SOCKET_PATH");
  close(file);
  umask(before);
}

}  // namespace
}  // namespace rollcall::runtime
