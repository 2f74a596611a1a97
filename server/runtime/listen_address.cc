#include "server/runtime/listen_address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <filesystem>
#include <optional>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "server/runtime/text.h"
#include "storage/status.h"

namespace rollcall::runtime {
namespace {

constexpr std::string_view kUnixScheme = "unix:";

std::string Quoted(std::string_view text) { return absl::StrCat("'", CleanText(text, 120), "'"); }

absl::Status Malformed(std::string_view text, std::string_view reason) {
  return MakeError(absl::StatusCode::kInvalidArgument, "INVALID_CONFIGURATION",
                   absl::StrCat("cannot listen on ", Quoted(text), ": ", ToAbsl(reason)));
}

absl::Status SocketPathError(const std::string& path, std::string_view reason) {
  return MakeError(absl::StatusCode::kFailedPrecondition, "SOCKET_PATH",
                   absl::StrCat("cannot use the socket ", path, ": ", ToAbsl(reason)),
                   {{"path", path}});
}

absl::StatusOr<ListenAddress> ParseUnix(std::string_view text) {
  std::string_view path = text.substr(kUnixScheme.size());
  // The other spelling of the same URI.
  if (path.starts_with("///")) path.remove_prefix(2);
  if (!path.starts_with('/') || path.starts_with("//") || path.ends_with('/')) {
    return Malformed(text, "a Unix socket needs an absolute path, as in unix:/run/rollcall/sock");
  }
  if (path.size() > kMaxSocketPathBytes) {
    return Malformed(text, "the path of a Unix socket may have at most 107 bytes");
  }
  const bool usable = std::all_of(path.begin(), path.end(), [](char c) {
    return c > ' ' && c <= '~' && c != '%' && c != '?' && c != '#' && c != ',';
  });
  if (!usable) {
    return Malformed(text, "the path of a Unix socket must be printable ASCII without % ? # ,");
  }
  return ListenAddress{absl::StrCat("unix:", ToAbsl(path)), std::string(path)};
}

std::optional<int> ParsePort(std::string_view text) {
  int port = -1;
  const auto result = std::from_chars(text.data(), text.data() + text.size(), port);
  if (result.ec != std::errc() || result.ptr != text.data() + text.size()) return std::nullopt;
  if (text.front() == '-' || port > 65535) return std::nullopt;
  return port;
}

// The host as gRPC is to be given it, or nothing if it is no address.
std::optional<std::string> HostOf(const std::string& host, bool bracketed) {
  if (bracketed) {
    in6_addr address;
    if (inet_pton(AF_INET6, host.c_str(), &address) != 1) return std::nullopt;
    if (IN6_IS_ADDR_V4MAPPED(&address)) return std::nullopt;
    return absl::StrCat("[", host, "]");
  }
  if (host == "localhost") return "127.0.0.1";
  in_addr address;
  if (inet_pton(AF_INET, host.c_str(), &address) != 1) return std::nullopt;
  return host;
}

bool IsListening(const std::string& path) {
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.data(), std::min(path.size(), kMaxSocketPathBytes));
  const int socket_file = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (socket_file < 0) return false;
  const int result =
      connect(socket_file, reinterpret_cast<const sockaddr*>(&address), sizeof(address));
  // EAGAIN: somebody listens and has a full queue.
  const bool listening = result == 0 || errno == EAGAIN;
  close(socket_file);
  return listening;
}

}  // namespace

absl::StatusOr<ListenAddress> ParseListenAddress(std::string_view text) {
  if (text.starts_with(kUnixScheme)) return ParseUnix(text);
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos || colon == 0) {
    return Malformed(text, "expected HOST:PORT or unix:/PATH");
  }
  std::string_view host = text.substr(0, colon);
  const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
  if (bracketed) host = host.substr(1, host.size() - 2);
  if (!bracketed && host.find(':') != std::string_view::npos) {
    return Malformed(text, "write an IPv6 address in brackets, as in [::1]:50061");
  }
  if (colon + 1 == text.size()) return Malformed(text, "the port is missing");
  const std::optional<int> port = ParsePort(text.substr(colon + 1));
  if (!port.has_value()) return Malformed(text, "the port must be a number from 0 to 65535");
  // A NUL would end the address early for the parsers of the C library.
  std::optional<std::string> address;
  if (host.find('\0') == std::string_view::npos) address = HostOf(std::string(host), bracketed);
  if (!address.has_value()) {
    return Malformed(text,
                     "the host must be an IP address of this machine, such as 10.1.2.3, "
                     "[2001:db8::7], 0.0.0.0 or [::]");
  }
  return ListenAddress{absl::StrCat(*address, ":", *port), ""};
}

absl::Status CheckSocketPath(const std::string& path) {
  std::error_code error;
  if (!std::filesystem::is_directory(std::filesystem::path(path).parent_path(), error)) {
    return SocketPathError(path, "its directory does not exist");
  }
  struct stat info;
  if (lstat(path.c_str(), &info) != 0) {
    if (errno == ENOENT) return absl::OkStatus();
    return SocketPathError(path, std::error_code(errno, std::generic_category()).message());
  }
  if (!S_ISSOCK(info.st_mode)) return SocketPathError(path, "a file of that name exists");
  return absl::OkStatus();
}

absl::Status CheckSocketUnused(const std::string& path) {
  if (IsListening(path)) return SocketPathError(path, "another process is listening there");
  return absl::OkStatus();
}

absl::Status SetSocketMode(const std::string& path, std::uint32_t mode) {
  if (chmod(path.c_str(), mode) != 0) {
    return SocketPathError(path, std::error_code(errno, std::generic_category()).message());
  }
  return absl::OkStatus();
}

void PrivateUmask() { umask(0077); }

}  // namespace rollcall::runtime
