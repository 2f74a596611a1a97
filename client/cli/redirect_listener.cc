#include "client/cli/redirect_listener.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/crypto.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <optional>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"

namespace rollcall::cli {
namespace {

constexpr std::size_t kMaxRequestBytes = 16 * 1024;
// What one visitor gets to send his request in, so that a silent one does not keep the next out.
constexpr absl::Duration kPatience = absl::Seconds(5);
constexpr std::string_view kPath = "/callback";

using Query = std::map<std::string, std::string>;

// Waits until something can be read or accepted.
bool WaitReadable(int socket, absl::Time deadline) {
  pollfd entry{socket, POLLIN, 0};
  while (true) {
    const absl::Duration left = deadline - absl::Now();
    if (left <= absl::ZeroDuration()) return false;
    const auto millis = std::clamp<std::int64_t>(absl::ToInt64Milliseconds(left), 1, 60'000);
    const int ready = poll(&entry, 1, static_cast<int>(millis));
    if (ready > 0) return true;
  }
}

std::string ReadHead(int socket) {
  const absl::Time deadline = absl::Now() + kPatience;
  std::string head;
  while (head.find("\r\n\r\n") == std::string::npos && head.size() < kMaxRequestBytes) {
    char bytes[2048];
    if (!WaitReadable(socket, deadline)) break;
    const ssize_t count = recv(socket, bytes, sizeof(bytes), 0);
    if (count <= 0) break;
    head.append(bytes, static_cast<std::size_t>(count));
  }
  return head;
}

std::string Decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    unsigned value = 0;
    if (text[i] == '%' && i + 2 < text.size() &&
        std::from_chars(text.data() + i + 1, text.data() + i + 3, value, 16).ptr ==
            text.data() + i + 3) {
      out.push_back(static_cast<char>(value));
      i += 2;
    } else {
      out.push_back(text[i] == '+' ? ' ' : text[i]);
    }
  }
  return out;
}

// The query of a request for our page; none for any other request or one that names a thing twice.
std::optional<Query> QueryOf(std::string_view head) {
  constexpr std::string_view kMethod = "GET ";
  if (!head.starts_with(kMethod)) return std::nullopt;
  std::string_view target = head.substr(kMethod.size());
  target = target.substr(0, target.find_first_of(" \r\n"));
  const std::size_t mark = target.find('?');
  if (mark == std::string_view::npos || target.substr(0, mark) != kPath) return std::nullopt;
  Query query;
  std::string_view rest = target.substr(mark + 1);
  while (!rest.empty()) {
    const std::string_view pair = rest.substr(0, rest.find('&'));
    rest.remove_prefix(std::min(rest.size(), pair.size() + 1));
    const std::size_t equals = std::min(pair.find('='), pair.size());
    const std::string_view value = pair.substr(std::min(pair.size(), equals + 1));
    if (!query.emplace(Decoded(pair.substr(0, equals)), Decoded(value)).second) return std::nullopt;
  }
  return query;
}

void Answer(int socket, std::string_view status, std::string_view text) {
  const std::string page = absl::StrCat(
      "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Rollcall</title><p>",
      absl::string_view(text.data(), text.size()), "</p></html>\n");
  const std::string answer =
      absl::StrCat("HTTP/1.1 ", absl::string_view(status.data(), status.size()),
                   "\r\nContent-Type: text/html; charset=utf-8\r\nCache-Control: no-store\r\n"
                   "Referrer-Policy: no-referrer\r\nConnection: close\r\nContent-Length: ",
                   page.size(), "\r\n\r\n", page);
  // Best effort: the browser may be gone.
  if (send(socket, answer.data(), answer.size(), MSG_NOSIGNAL) < 0) return;
}

bool IsSecret(const std::string& given, const std::string& expected) {
  return given.size() == expected.size() &&
         CRYPTO_memcmp(given.data(), expected.data(), given.size()) == 0;
}

std::string ValueOf(const Query& query, const char* name) {
  const auto entry = query.find(name);
  return entry == query.end() ? "" : entry->second;
}

// What became of the sign-in, for the browser and for us.
absl::StatusOr<std::string> Outcome(const Query& query, const std::string& issuer) {
  if (query.contains("iss") && ValueOf(query, "iss") != issuer) {
    return absl::PermissionDeniedError("the browser came back from another issuer");
  }
  std::string code = ValueOf(query, "code");
  if (!code.empty()) return code;
  std::string error = ValueOf(query, "error");
  std::replace_if(
      error.begin(), error.end(), [](char c) { return c < ' ' || c > '~'; }, '?');
  return absl::PermissionDeniedError(
      absl::StrCat("the issuer refuses: ", error.empty() ? "it sent no code" : error));
}

}  // namespace

absl::StatusOr<std::unique_ptr<RedirectListener>> RedirectListener::Open() {
  const int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  auto* const generic = reinterpret_cast<sockaddr*>(&address);
  if (listener < 0 || bind(listener, generic, size) != 0 || listen(listener, 8) != 0 ||
      getsockname(listener, generic, &size) != 0) {
    if (listener >= 0) close(listener);
    return absl::InternalError("cannot listen on 127.0.0.1 for the browser");
  }
  return std::unique_ptr<RedirectListener>(new RedirectListener(listener, ntohs(address.sin_port)));
}

RedirectListener::~RedirectListener() { close(socket_); }

std::string RedirectListener::address() const {
  return absl::StrCat("http://127.0.0.1:", port_, absl::string_view(kPath.data(), kPath.size()));
}

absl::StatusOr<std::string> RedirectListener::Wait(const std::string& state,
                                                   const std::string& issuer, absl::Time deadline) {
  while (WaitReadable(socket_, deadline)) {
    const int visitor = accept4(socket_, nullptr, nullptr, SOCK_CLOEXEC);
    if (visitor < 0) continue;
    const std::optional<Query> query = QueryOf(ReadHead(visitor));
    if (!query.has_value()) {
      Answer(visitor, "404 Not Found", "There is nothing here.");
    } else if (!IsSecret(ValueOf(*query, "state"), state)) {
      Answer(visitor, "400 Bad Request", "This is not the sign-in that was begun. Begin again.");
    } else {
      const absl::StatusOr<std::string> code = Outcome(*query, issuer);
      Answer(visitor, "200 OK",
             code.ok() ? "The sign-in goes on in the terminal. This page can be closed."
                       : "The sign-in failed. The terminal says why.");
      close(visitor);
      return code;
    }
    close(visitor);
  }
  return absl::DeadlineExceededError("nobody came back from the issuer in time");
}

}  // namespace rollcall::cli
