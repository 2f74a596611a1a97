// A web server over TLS that gives everybody the same text.

#ifndef ROLLCALL_TESTS_ACCESS_TLS_WEB_SERVER_H_
#define ROLLCALL_TESTS_ACCESS_TLS_WEB_SERVER_H_

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <memory>
#include <string>
#include <thread>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace rollcall::access {

class TlsWebServer {
 public:
  // Files in PEM. `host` is an address of the loopback network.
  TlsWebServer(const std::string& host, const std::string& certificate, const std::string& key,
               const std::string& body)
      : host_(host), context_(SSL_CTX_new(TLS_server_method()), SSL_CTX_free) {
    SSL_CTX* const context = context_.get();
    EXPECT_EQ(SSL_CTX_use_certificate_chain_file(context, certificate.c_str()), 1);
    EXPECT_EQ(SSL_CTX_use_PrivateKey_file(context, key.c_str(), SSL_FILETYPE_PEM), 1);
    answer_ = absl::StrCat("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: ", body.size(),
                           "\r\n\r\n", body);
    listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    EXPECT_EQ(inet_pton(AF_INET, host.c_str(), &address.sin_addr), 1);
    socklen_t size = sizeof(address);
    EXPECT_EQ(bind(listener_, reinterpret_cast<sockaddr*>(&address), size), 0);
    EXPECT_EQ(listen(listener_, 16), 0);
    EXPECT_EQ(getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size), 0);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { Serve(); });
  }
  ~TlsWebServer() {
    shutdown(listener_, SHUT_RDWR);
    thread_.join();
    close(listener_);
  }
  TlsWebServer(const TlsWebServer&) = delete;
  TlsWebServer& operator=(const TlsWebServer&) = delete;

  std::string Url() const { return UrlOf(host_); }
  std::string UrlOf(const std::string& host) const {
    return absl::StrCat("https://", host, ":", port_, "/");
  }

 private:
  void Serve() {
    while (true) {
      const int peer = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      if (peer < 0) return;
      const std::unique_ptr<SSL, decltype(&SSL_free)> tls(SSL_new(context_.get()), SSL_free);
      SSL_set_fd(tls.get(), peer);
      char request[4096];
      if (SSL_accept(tls.get()) == 1 && SSL_read(tls.get(), request, sizeof(request)) > 0) {
        SSL_write(tls.get(), answer_.data(), static_cast<int>(answer_.size()));
        SSL_shutdown(tls.get());
      }
      close(peer);
    }
  }

  const std::string host_;
  const std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context_;
  std::string answer_;
  int listener_ = -1;
  int port_ = 0;
  std::thread thread_;
};

}  // namespace rollcall::access

#endif  // ROLLCALL_TESTS_ACCESS_TLS_WEB_SERVER_H_
