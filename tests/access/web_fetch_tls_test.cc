#include <sys/stat.h>

#include <csignal>
#include <stop_token>
#include <string>

#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/access/certificate_authority.h"
#include "server/access/web_fetch.h"
#include "tests/access/tls_web_server.h"
#include "tests/runtime/temp_dir.h"

namespace rollcall::access {
namespace {

using ::testing::HasSubstr;

class WebFetchTlsTest : public ::testing::Test {
 protected:
  WebFetchTlsTest() {
    std::signal(SIGPIPE, SIG_IGN);
    for (const char* name : {"good", "other"}) mkdir(directory_.Path(name).c_str(), 0700);
  }

  CertificateAuthority Authority(const char* name) {
    return *CertificateAuthority::Create(directory_.Path(name), "district.example",
                                         absl::Now() - absl::Hours(72));
  }
  TlsWebServer Serve(const std::string& host, const IssuedCertificate& issued) {
    return {host, directory_.Write("server.crt", issued.certificate_pem),
            directory_.Write("server.key", issued.key_pem), "a text"};
  }
  static std::string Fetched(const std::string& url, const std::string& ca_file) {
    const absl::StatusOr<std::string> text = FetchText(url, ca_file, 1000, std::stop_token());
    return text.ok() ? *text : std::string(text.status().message());
  }

  rollcall::testing::TempDir directory_;
};

TEST_F(WebFetchTlsTest, TrustsTheGivenAuthorityAlone) {
  CertificateAuthority good = Authority("good");
  CertificateAuthority other = Authority("other");
  const TlsWebServer server = Serve("127.0.0.1", *good.IssueServer({}, absl::Now()));
  EXPECT_EQ(Fetched(server.Url(), good.certificate_path()), "a text");
  EXPECT_EQ(Fetched(server.UrlOf("localhost"), good.certificate_path()), "a text");
  EXPECT_THAT(Fetched(server.Url(), other.certificate_path()), HasSubstr("certificate"));
  EXPECT_THAT(Fetched(server.Url(), ""), HasSubstr("certificate"));
  EXPECT_THAT(Fetched(server.Url(), directory_.Path("none")), HasSubstr("none"));
}

TEST_F(WebFetchTlsTest, RefusesACertificateOfAnotherHost) {
  CertificateAuthority good = Authority("good");
  const TlsWebServer server = Serve("127.0.0.2", *good.IssueServer({}, absl::Now()));
  EXPECT_THAT(Fetched(server.Url(), good.certificate_path()), HasSubstr("127.0.0.2"));
}

TEST_F(WebFetchTlsTest, RefusesAnExpiredCertificate) {
  CertificateAuthority good = Authority("good");
  const TlsWebServer server =
      Serve("127.0.0.1", *good.IssueServer({}, absl::Now() - absl::Hours(48), absl::Hours(24)));
  EXPECT_THAT(Fetched(server.Url(), good.certificate_path()), HasSubstr("expired"));
}

}  // namespace
}  // namespace rollcall::access
