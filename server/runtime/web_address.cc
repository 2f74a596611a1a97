#include "server/runtime/web_address.h"

#include <algorithm>
#include <charconv>
#include <string>

#include "absl/strings/str_cat.h"

namespace rollcall::runtime {
namespace {

constexpr std::size_t kMaxBytes = 2000;
constexpr std::string_view kEncrypted = "https://";
constexpr std::string_view kPlain = "http://";

bool IsPort(std::string_view text) {
  unsigned port = 0;
  const char* const end = text.data() + text.size();
  const auto result = std::from_chars(text.data(), end, port);
  return result.ec == std::errc() && result.ptr == end && port >= 1 && port <= 65535;
}

bool IsHostCharacter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
         c == '-' || c == '_';
}

}  // namespace

bool IsEncrypted(std::string_view url) { return url.starts_with(kEncrypted); }

absl::Status CheckWebAddress(std::string_view url) {
  if (url.size() > kMaxBytes) return absl::InvalidArgumentError("is longer than 2000 bytes");
  if (std::any_of(url.begin(), url.end(), [](char c) { return c <= ' ' || c == '\x7f'; })) {
    return absl::InvalidArgumentError("has a blank or a control character in it");
  }
  if (url.find_first_of("?#") != std::string_view::npos) {
    return absl::InvalidArgumentError("must have neither a query nor a fragment");
  }
  const bool encrypted = IsEncrypted(url);
  if (!encrypted && !url.starts_with(kPlain)) {
    return absl::InvalidArgumentError("does not begin with https://");
  }
  std::string_view host = url.substr(encrypted ? kEncrypted.size() : kPlain.size());
  host = host.substr(0, host.find('/'));
  const bool numeric = host.starts_with('[');
  const std::size_t colon = host.find(':', numeric ? host.find(']') : 0);
  if (colon != std::string_view::npos) {
    if (!IsPort(host.substr(colon + 1))) return absl::InvalidArgumentError("has no valid port");
    host = host.substr(0, colon);
  }
  const bool well_formed =
      numeric ? host.size() > 2 && host.ends_with(']') &&
                    host.substr(1, host.size() - 2).find_first_not_of("0123456789abcdefABCDEF:.") ==
                        std::string_view::npos
              : !host.empty() && std::all_of(host.begin(), host.end(), IsHostCharacter);
  if (!well_formed) return absl::InvalidArgumentError("has no valid host name");
  if (!encrypted && host != "127.0.0.1" && host != "[::1]" && host != "localhost") {
    return absl::InvalidArgumentError(
        "must begin with https://; http:// is for this machine alone (127.0.0.1, localhost)");
  }
  return absl::OkStatus();
}

}  // namespace rollcall::runtime
