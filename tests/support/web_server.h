// A web server of a few lines on loopback, for tests of those who ask one.

#ifndef ROLLCALL_TESTS_SUPPORT_WEB_SERVER_H_
#define ROLLCALL_TESTS_SUPPORT_WEB_SERVER_H_

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <functional>
#include <string>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace rollcall::testing {

// Answers every request by one function from the path to the whole answer, head and body.
class WebServer {
 public:
  using Answer = std::function<std::string(const std::string& path)>;

  explicit WebServer(Answer answer) : answer_(std::move(answer)) {
    listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    EXPECT_EQ(bind(listener_, reinterpret_cast<sockaddr*>(&address), size), 0);
    EXPECT_EQ(listen(listener_, 16), 0);
    EXPECT_EQ(getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size), 0);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { Serve(); });
  }
  ~WebServer() {
    shutdown(listener_, SHUT_RDWR);
    thread_.join();
    close(listener_);
  }
  WebServer(const WebServer&) = delete;
  WebServer& operator=(const WebServer&) = delete;

  std::string Url(const std::string& path = "") const {
    return absl::StrCat("http://127.0.0.1:", port_, path);
  }

  static std::string Ok(const std::string& body) {
    return absl::StrCat("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: ", body.size(),
                        "\r\n\r\n", body);
  }
  static std::string Status(int status, const std::string& head = "") {
    return absl::StrCat("HTTP/1.1 ", status, " X\r\nConnection: close\r\nContent-Length: 0\r\n",
                        head, "\r\n");
  }

 private:
  void Serve() {
    while (true) {
      const int peer = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      if (peer < 0) return;
      std::string request;
      char buffer[4096];
      while (request.find("\r\n\r\n") == std::string::npos) {
        const ssize_t got = read(peer, buffer, sizeof(buffer));
        if (got <= 0) break;
        request.append(buffer, static_cast<std::size_t>(got));
      }
      const std::size_t start = request.find(' ') + 1;
      const std::string answer = answer_(request.substr(start, request.find(' ', start) - start));
      std::size_t sent = 0;
      while (sent < answer.size()) {
        const ssize_t wrote = send(peer, answer.data() + sent, answer.size() - sent, MSG_NOSIGNAL);
        if (wrote <= 0) break;
        sent += static_cast<std::size_t>(wrote);
      }
      close(peer);
    }
  }

  const Answer answer_;
  int listener_ = -1;
  int port_ = 0;
  std::thread thread_;
};

}  // namespace rollcall::testing

#endif  // ROLLCALL_TESTS_SUPPORT_WEB_SERVER_H_
