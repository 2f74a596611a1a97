#include "client/cli/connection_diagnosis.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <optional>
#include <system_error>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/time.h"

namespace rollcall::cli {
namespace {

constexpr int kPatienceMs = 3000;

struct Free {
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
  void operator()(SSL* connection) const { SSL_free(connection); }
  void operator()(X509* certificate) const { X509_free(certificate); }
  void operator()(BIO* bio) const { BIO_free(bio); }
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(addrinfo* addresses) const { freeaddrinfo(addresses); }
  void operator()(GENERAL_NAMES* names) const { GENERAL_NAMES_free(names); }
};
template <typename T>
using Owned = std::unique_ptr<T, Free>;

class Socket {
 public:
  explicit Socket(int file) : file_(file) {}
  ~Socket() {
    if (file_ >= 0) close(file_);
  }
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;
  int get() const { return file_; }

 private:
  int file_;
};

struct HostPort {
  std::string host;
  std::string port;
};

std::optional<HostPort> Split(const std::string& address) {
  const std::size_t colon = address.rfind(':');
  if (colon == std::string::npos || colon == 0 || colon + 1 == address.size()) return std::nullopt;
  HostPort parts{address.substr(0, colon), address.substr(colon + 1)};
  if (parts.host.front() == '[' && parts.host.back() == ']') {
    parts.host = parts.host.substr(1, parts.host.size() - 2);
  }
  return parts;
}

bool IsAddress(const std::string& host) {
  unsigned char address[sizeof(in6_addr)];
  return inet_pton(AF_INET, host.c_str(), address) == 1 ||
         inet_pton(AF_INET6, host.c_str(), address) == 1;
}

// Returns a connected socket, or an empty one and the reason in errno.
int Connect(const addrinfo& address) {
  const int file = socket(address.ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (file < 0) return -1;
  int error = 0;
  if (connect(file, address.ai_addr, address.ai_addrlen) != 0) {
    error = errno;
    pollfd waiting = {file, POLLOUT, 0};
    if (error == EINPROGRESS && poll(&waiting, 1, kPatienceMs) == 1) {
      socklen_t size = sizeof(error);
      getsockopt(file, SOL_SOCKET, SO_ERROR, &error, &size);
    } else if (error == EINPROGRESS) {
      error = ETIMEDOUT;
    }
  }
  if (error == 0) return file;
  close(file);
  errno = error;
  return -1;
}

// Repeats a step of TLS until it is done, failed, or the patience is over. True if done.
template <typename Step>
bool Finish(SSL* connection, int file, Step step) {
  while (true) {
    ERR_clear_error();
    const int result = step();
    if (result > 0) return true;
    const int error = SSL_get_error(connection, result);
    if (error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE) return false;
    pollfd waiting = {file, static_cast<short>(error == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT), 0};
    if (poll(&waiting, 1, kPatienceMs) != 1) return false;
  }
}

void Trust(SSL_CTX* context, const std::string& pem) {
  if (pem.empty()) {
    SSL_CTX_set_default_verify_paths(context);
    return;
  }
  const Owned<BIO> bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  while (const Owned<X509> certificate{PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr)}) {
    X509_STORE_add_cert(SSL_CTX_get_cert_store(context), certificate.get());
  }
}

void Show(SSL_CTX* context, const ServerAccess& access) {
  if (access.certificate_pem.empty()) return;
  const Owned<BIO> certificate_bio(BIO_new_mem_buf(
      access.certificate_pem.data(), static_cast<int>(access.certificate_pem.size())));
  const Owned<BIO> key_bio(
      BIO_new_mem_buf(access.key_pem.data(), static_cast<int>(access.key_pem.size())));
  const Owned<X509> certificate(
      PEM_read_bio_X509(certificate_bio.get(), nullptr, nullptr, nullptr));
  const Owned<EVP_PKEY> key(PEM_read_bio_PrivateKey(key_bio.get(), nullptr, nullptr, nullptr));
  SSL_CTX_use_certificate(context, certificate.get());
  SSL_CTX_use_PrivateKey(context, key.get());
}

std::string Day(const ASN1_TIME* time) {
  std::tm parts = {};
  ASN1_TIME_to_tm(time, &parts);
  return absl::FormatTime("%Y-%m-%d %H:%M UTC", absl::FromTM(parts, absl::UTCTimeZone()),
                          absl::UTCTimeZone());
}

std::string NamesOf(const X509& certificate) {
  const Owned<GENERAL_NAMES> names(static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(&certificate, NID_subject_alt_name, nullptr, nullptr)));
  std::vector<std::string> texts;
  for (int i = 0; i < sk_GENERAL_NAME_num(names.get()); ++i) {
    const GENERAL_NAME* const name = sk_GENERAL_NAME_value(names.get(), i);
    if (name->type != GEN_DNS && name->type != GEN_IPADD) continue;
    const ASN1_STRING* const value = name->type == GEN_DNS ? name->d.dNSName : name->d.iPAddress;
    const unsigned char* const bytes = ASN1_STRING_get0_data(value);
    const int size = ASN1_STRING_length(value);
    char text[INET6_ADDRSTRLEN] = "";
    if (name->type == GEN_IPADD) {
      inet_ntop(size == 4 ? AF_INET : AF_INET6, bytes, text, sizeof(text));
      texts.emplace_back(text);
    } else {
      texts.emplace_back(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size));
    }
  }
  return absl::StrJoin(texts, ", ");
}

// What is wrong with the certificate that the server has shown; empty if nothing.
std::string JudgeServer(long result, const X509& certificate, const std::string& host,
                        const ServerAccess& access) {
  switch (result) {
    case X509_V_OK:
      return "";
    case X509_V_ERR_CERT_HAS_EXPIRED:
      return absl::StrCat("the server's certificate expired on ",
                          Day(X509_get0_notAfter(&certificate)));
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return absl::StrCat("the server's certificate is not valid before ",
                          Day(X509_get0_notBefore(&certificate)),
                          "; is the clock of this machine right?");
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
      return absl::StrCat("the server's certificate is not for ", host, " but for ",
                          NamesOf(certificate), "; use one of these in --address");
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_CERT_SIGNATURE_FAILURE:
      if (access.files.authority.empty()) {
        return "the server's certificate is not signed by an authority that this machine knows; "
               "--ca or ROLLCALL_CA names the file with the right one";
      }
      return absl::StrCat("the server's certificate is not signed by the authority in ",
                          access.files.authority);
    default:
      return absl::StrCat("the server's certificate is not good: ",
                          X509_verify_cert_error_string(result));
  }
}

// What an alert of the server says about the client; empty if the error is none.
std::string JudgeAlert(unsigned long error, const ServerAccess& access) {
  if (ERR_GET_LIB(error) != ERR_LIB_SSL) return "";
  const int reason = ERR_GET_REASON(error);
  if (reason == SSL_R_WRONG_VERSION_NUMBER || reason == SSL_R_PACKET_LENGTH_TOO_LONG) {
    return "there is a server, but it does not speak TLS";
  }
  const char* const text = ERR_reason_error_string(error);
  // gRPC closes the connection of a client whose certificate it refuses, often without an alert.
  const bool closed = reason == SSL_R_UNEXPECTED_EOF_WHILE_READING;
  if ((closed || reason > SSL_AD_REASON_OFFSET) && !access.certificate_pem.empty()) {
    return absl::StrCat("the server refuses the certificate in ", access.files.certificate, " (",
                        text == nullptr ? "no reason given" : text,
                        "): it may be of another authority, expired, or not for clients");
  }
  return absl::StrCat("no TLS connection comes about: ",
                      text == nullptr ? "no reason given" : text);
}

std::string Handshake(int file, const HostPort& server, const ServerAccess& access) {
  const Owned<SSL_CTX> context(SSL_CTX_new(TLS_client_method()));
  SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
  Trust(context.get(), access.authority_pem);
  Show(context.get(), access);
  const Owned<SSL> connection(SSL_new(context.get()));
  constexpr unsigned char kProtocols[] = {2, 'h', '2'};
  SSL_set_alpn_protos(connection.get(), kProtocols, sizeof(kProtocols));
  if (IsAddress(server.host)) {
    X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(connection.get()), server.host.c_str());
  } else {
    SSL_set1_host(connection.get(), server.host.c_str());
    SSL_set_tlsext_host_name(connection.get(), server.host.c_str());
  }
  // Goes on in spite of a bad certificate: nothing is sent, and the result is asked for below.
  SSL_set_verify(connection.get(), SSL_VERIFY_NONE, nullptr);
  SSL_set_fd(connection.get(), file);
  const bool done = Finish(connection.get(), file, [&] { return SSL_connect(connection.get()); });
  unsigned long error = ERR_peek_last_error();
  if (const X509* const shown = SSL_get0_peer_certificate(connection.get()); shown != nullptr) {
    const std::string judged =
        JudgeServer(SSL_get_verify_result(connection.get()), *shown, server.host, access);
    if (!judged.empty()) return judged;
  }
  if (!done) return JudgeAlert(error, access);
  // With TLS 1.3 the server's opinion of the client's certificate arrives after the handshake.
  char byte = 0;
  if (Finish(connection.get(), file, [&] { return SSL_read(connection.get(), &byte, 1); })) {
    return "";
  }
  error = ERR_peek_last_error();
  return JudgeAlert(error, access);
}

}  // namespace

std::string DiagnoseConnection(const std::string& address, const ServerAccess& access) {
  if (IsSocketAddress(address)) return "";
  const std::optional<HostPort> server = Split(address);
  if (!server.has_value()) return "an address is host:port, or unix: and a path";
  addrinfo hints = {};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (getaddrinfo(server->host.c_str(), server->port.c_str(), &hints, &found) != 0) {
    return absl::StrCat("the name ", server->host, " is not known");
  }
  const Owned<addrinfo> addresses(found);
  std::string reason;
  for (const addrinfo* next = found; next != nullptr; next = next->ai_next) {
    const Socket socket(Connect(*next));
    if (socket.get() >= 0) return Handshake(socket.get(), *server, access);
    reason = std::error_code(errno, std::generic_category()).message();
  }
  return absl::StrCat("no connection: ", reason);
}

}  // namespace rollcall::cli
