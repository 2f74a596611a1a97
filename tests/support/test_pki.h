// A certificate authority with a server's certificate for one test, and channels to that server.

#ifndef ROLLCALL_TESTS_SUPPORT_TEST_PKI_H_
#define ROLLCALL_TESTS_SUPPORT_TEST_PKI_H_

#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "server/access/certificate_authority.h"
#include "server/access/secret_file.h"
#include "server/access/tls_files.h"
#include "tests/runtime/temp_dir.h"

namespace rollcall::testing {

// Its certificates are valid both at the machine's time and at the times that fake clocks show.
class TestPki {
 public:
  TestPki() : authority_(MakeAuthority()) {
    const auto server = authority_.IssueServer({}, kBegin, kValidity);
    EXPECT_TRUE(server.ok()) << server.status();
    Write(files().certificate, server->certificate_pem);
    Write(files().key, server->key_pem);
  }

  access::CertificateAuthority& authority() { return authority_; }

  access::TlsFiles files() const {
    return {dir_.Path("server.crt"), dir_.Path("server.key"), dir_.Path("ca.crt"),
            dir_.Path("ca.crl")};
  }

  const TempDir& dir() const { return dir_; }

  std::string authority_pem() const { return *access::ReadPublicFile(dir_.Path("ca.crt")); }

  access::IssuedCertificate System(const std::string& name) {
    auto issued = authority_.IssueSystem(name, kBegin, kValidity);
    EXPECT_TRUE(issued.ok()) << issued.status();
    return *std::move(issued);
  }

  // What a client trusts, and what it shows.
  std::shared_ptr<grpc::ChannelCredentials> Client(
      const access::IssuedCertificate& shown = {}) const {
    return grpc::SslCredentials({authority_pem(), shown.key_pem, shown.certificate_pem});
  }

  // Replaces a file as an administrator does.
  void Write(const std::string& path, const std::string& content) const {
    EXPECT_TRUE(access::ReplaceFile(path, content, access::kSecretMode).ok()) << path;
  }

  // Long before and long after every test.
  static inline const absl::Time kBegin =
      absl::FromCivil(absl::CivilDay(2015, 1, 1), absl::UTCTimeZone());
  static constexpr absl::Duration kValidity = absl::Hours(24 * 365 * 80);

 private:
  access::CertificateAuthority MakeAuthority() {
    auto made =
        access::CertificateAuthority::Create(dir_.path(), "district.example", kBegin, kValidity);
    EXPECT_TRUE(made.ok()) << made.status();
    return *std::move(made);
  }

  TempDir dir_;
  access::CertificateAuthority authority_;
};

// Two channels of one process never share a connection.
inline grpc::ChannelArguments OwnConnection() {
  grpc::ChannelArguments arguments;
  arguments.SetMaxSendMessageSize(-1);
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  return arguments;
}

}  // namespace rollcall::testing

#endif  // ROLLCALL_TESTS_SUPPORT_TEST_PKI_H_
