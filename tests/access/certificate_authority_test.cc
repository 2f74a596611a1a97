#include "server/access/certificate_authority.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <set>
#include <string>

#include "absl/strings/str_cat.h"
#include "server/access/certificate_builder.h"
#include "server/access/secret_file.h"
#include "storage/status.h"
#include "tests/runtime/temp_dir.h"

namespace rollcall::access {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

// The present: what the command `openssl` checks against is the machine's clock.
const absl::Time kNow = absl::FromUnixSeconds(absl::ToUnixSeconds(absl::Now()));

// What a command prints on both of its outputs, and its exit status in a last line.
std::string Output(const std::string& command) {
  FILE* const pipe = popen(absl::StrCat(command, " 2>&1; echo exit $?").c_str(), "r");
  std::string output;
  std::array<char, 4096> buffer;
  std::size_t got = 0;
  while ((got = fread(buffer.data(), 1, buffer.size(), pipe)) > 0)
    output.append(buffer.data(), got);
  pclose(pipe);
  return output;
}

mode_t ModeOf(const std::string& path) {
  struct stat info = {};
  EXPECT_EQ(stat(path.c_str(), &info), 0) << path;
  return info.st_mode & 07777U;
}

class CertificateAuthorityTest : public ::testing::Test {
 protected:
  CertificateAuthority Create() {
    absl::StatusOr<CertificateAuthority> authority =
        CertificateAuthority::Create(directory_.path(), "district.example", kNow);
    EXPECT_TRUE(authority.ok()) << authority.status();
    return *std::move(authority);
  }

  std::string Keep(const std::string& name, const std::string& content) {
    return directory_.Write(name, content);
  }

  std::string Text(const std::string& file) {
    return Output(absl::StrCat("openssl x509 -noout -text -in ", file));
  }

  std::string Verify(const std::string& purpose, const std::string& file) {
    return Output(absl::StrCat("openssl verify -x509_strict -crl_check -CAfile ",
                               directory_.Path("ca.crt"), " -CRLfile ", directory_.Path("ca.crl"),
                               " -purpose ", purpose, " ", file));
  }

  testing::TempDir directory_;
};

TEST_F(CertificateAuthorityTest, MakesAnAuthority) {
  const CertificateAuthority authority = Create();
  EXPECT_EQ(authority.trust_domain(), "district.example");
  EXPECT_EQ(ModeOf(directory_.Path("ca.key")), 0600U);
  EXPECT_EQ(ModeOf(directory_.Path("ca.crt")), 0644U);
  EXPECT_EQ(ModeOf(directory_.Path("ca.crl")), 0644U);
  EXPECT_THAT(Text(directory_.Path("ca.crt")),
              AllOf(HasSubstr("Version: 3 (0x2)"), HasSubstr("ecdsa-with-SHA256"),
                    HasSubstr("NIST CURVE: P-256"),
                    HasSubstr("X509v3 Basic Constraints: critical\n                CA:TRUE, "
                              "pathlen:0"),
                    HasSubstr("X509v3 Key Usage: critical\n                Certificate Sign, CRL "
                              "Sign"),
                    HasSubstr("URI:spiffe://district.example\n"),
                    HasSubstr("X509v3 Subject Key Identifier")));
  EXPECT_THAT(Output(absl::StrCat("openssl crl -noout -text -in ", directory_.Path("ca.crl"),
                                  " -CAfile ", directory_.Path("ca.crt"))),
              AllOf(HasSubstr("verify OK"), HasSubstr("Version 2 (0x1)"),
                    HasSubstr("No Revoked Certificates"), HasSubstr("X509v3 CRL Number"),
                    HasSubstr("X509v3 Authority Key Identifier"), HasSubstr("exit 0")));
}

TEST_F(CertificateAuthorityTest, NeverOverwritesAnother) {
  Create();
  const auto again = CertificateAuthority::Create(directory_.path(), "other.example", kNow);
  EXPECT_EQ(ErrorReason(again.status()), "FILE_EXISTS");
  EXPECT_EQ(CertificateAuthority::Open(directory_.path())->trust_domain(), "district.example");
}

TEST_F(CertificateAuthorityTest, IssuesServerCertificates) {
  CertificateAuthority authority = Create();
  const auto issued = authority.IssueServer(
      {"register.district.example", "10.1.2.3", "2001:db8::7", "localhost"}, kNow);
  ASSERT_TRUE(issued.ok()) << issued.status();
  const std::string file = Keep("server.crt", issued->certificate_pem);
  EXPECT_THAT(Text(file),
              AllOf(HasSubstr("DNS:localhost, IP Address:127.0.0.1, IP "
                              "Address:0:0:0:0:0:0:0:1, DNS:register.district.example, IP "
                              "Address:10.1.2.3, IP Address:2001:DB8:0:0:0:0:0:7\n"),
                    HasSubstr("TLS Web Server Authentication\n"),
                    HasSubstr("X509v3 Key Usage: critical\n                Digital Signature\n"),
                    HasSubstr("X509v3 Basic Constraints: critical\n                CA:FALSE"),
                    HasSubstr("X509v3 Authority Key Identifier"),
                    HasSubstr("X509v3 Subject Key Identifier")));
  EXPECT_THAT(Verify("sslserver", file), HasSubstr("exit 0"));
  EXPECT_THAT(Verify("sslclient", file), Not(HasSubstr("exit 0")));
  const std::string key = Keep("server.key", issued->key_pem);
  EXPECT_EQ(Output(absl::StrCat("openssl pkey -pubout -in ", key)),
            Output(absl::StrCat("openssl x509 -noout -pubkey -in ", file)));
}

TEST_F(CertificateAuthorityTest, IssuesSystemCertificatesWithOneIdentity) {
  CertificateAuthority authority = Create();
  const auto issued = authority.IssueSystem("roster", kNow);
  ASSERT_TRUE(issued.ok()) << issued.status();
  const std::string file = Keep("roster.crt", issued->certificate_pem);
  EXPECT_THAT(Text(file), AllOf(HasSubstr("X509v3 Subject Alternative Name: \n                "
                                          "URI:spiffe://district.example/system/roster\n"),
                                HasSubstr("TLS Web Client Authentication\n")));
  EXPECT_THAT(Verify("sslclient", file), HasSubstr("exit 0"));
  EXPECT_THAT(Verify("sslserver", file), Not(HasSubstr("exit 0")));
  const Certificate certificate = std::move(ReadCertificates(issued->certificate_pem)->front());
  EXPECT_EQ(NotAfter(*certificate) - NotBefore(*certificate), kLeafValidity + kBackdating);
}

TEST_F(CertificateAuthorityTest, SerialNumbersAreRandomAndLong) {
  CertificateAuthority authority = Create();
  std::set<std::string> serials;
  for (int i = 0; i < 20; ++i) serials.insert(authority.IssueSystem("roster", kNow)->serial);
  EXPECT_EQ(serials.size(), 20U);
  for (const std::string& serial : serials) EXPECT_EQ(serial.size(), 32U);
}

TEST_F(CertificateAuthorityTest, NoLeafOutlivesTheAuthority) {
  CertificateAuthority authority = Create();
  const auto late = authority.IssueSystem("roster", kNow + kAuthorityValidity - absl::Hours(24));
  const Certificate certificate = std::move(ReadCertificates(late->certificate_pem)->front());
  EXPECT_EQ(NotAfter(*certificate), kNow + kAuthorityValidity);
}

TEST_F(CertificateAuthorityTest, RevokesBySerialAndByName) {
  CertificateAuthority authority = Create();
  const auto old_one = authority.IssueSystem("roster", kNow - absl::Hours(3));
  const auto new_one = authority.IssueSystem("roster", kNow - absl::Hours(2));
  const auto other = authority.IssueSystem("transfer", kNow - absl::Hours(1));
  EXPECT_THAT(*authority.Revoke(old_one->serial, kNow - absl::Hours(1)),
              ElementsAre(old_one->serial));
  EXPECT_THAT(Verify("sslclient", Keep("old.crt", old_one->certificate_pem)),
              HasSubstr("certificate revoked"));
  EXPECT_THAT(Verify("sslclient", Keep("new.crt", new_one->certificate_pem)), HasSubstr("exit 0"));
  EXPECT_THAT(*authority.Revoke("roster", kNow), ElementsAre(new_one->serial));
  EXPECT_THAT(*authority.Revoke("roster", kNow), IsEmpty());
  EXPECT_THAT(Verify("sslclient", Keep("other.crt", other->certificate_pem)), HasSubstr("exit 0"));
  EXPECT_EQ(ErrorReason(authority.Revoke("nobody", kNow).status()), "CERTIFICATE_UNKNOWN");
  EXPECT_EQ(ErrorReason(authority.Revoke("", kNow).status()), "CERTIFICATE_UNKNOWN");

  const absl::StatusOr<CertificateAuthority> opened = CertificateAuthority::Open(directory_.path());
  ASSERT_TRUE(opened.ok()) << opened.status();
  const auto entries = opened->List();
  ASSERT_TRUE(entries.ok()) << entries.status();
  ASSERT_EQ(entries->size(), 3U);
  EXPECT_EQ((*entries)[0].serial, old_one->serial);
  EXPECT_EQ((*entries)[0].revoked, kNow - absl::Hours(1));
  EXPECT_EQ((*entries)[1].name, "system/roster");
  EXPECT_EQ((*entries)[1].revoked, kNow);
  EXPECT_EQ((*entries)[2].name, "system/transfer");
  EXPECT_EQ((*entries)[2].revoked, absl::InfiniteFuture());
}

TEST_F(CertificateAuthorityTest, RefusesNamesThatAreNone) {
  CertificateAuthority authority = Create();
  for (const char* name :
       {"", "Roster", "a b", "-a", "a-", "a/b", "a.b", "a,URI:spiffe://x/y", "\xc3\xa9", "a\nb"}) {
    EXPECT_EQ(ErrorReason(authority.IssueSystem(name, kNow).status()), "INVALID_SYSTEM_NAME")
        << name;
  }
  EXPECT_FALSE(authority.IssueSystem(std::string(64, 'a'), kNow).ok());
  for (const char* host : {"", "*.example", "a..b", ".a", "a.", "Example", "300.1.2.3", "1.2.3",
                           "a b", "a,DNS:b", "[::1]", "a:1"}) {
    EXPECT_EQ(ErrorReason(authority.IssueServer({host}, kNow).status()), "INVALID_HOST") << host;
  }
  EXPECT_EQ(authority.List()->size(), 0U);
  const testing::TempDir other;
  for (const char* domain : {"", "A.example", "a/b", "a b"}) {
    EXPECT_EQ(ErrorReason(CertificateAuthority::Create(other.path(), domain, kNow).status()),
              "INVALID_TRUST_DOMAIN")
        << domain;
  }
}

TEST_F(CertificateAuthorityTest, DoesNotOpenWhatIsNotWhole) {
  Create();
  const testing::TempDir second;
  ASSERT_TRUE(CertificateAuthority::Create(second.path(), "other.example", kNow).ok());
  const auto open_with = [&](const std::string& file) {
    const std::string path = directory_.Path(file);
    const std::string before = *ReadPublicFile(path);
    const mode_t mode = ModeOf(path);
    EXPECT_TRUE(ReplaceFile(path, *ReadPublicFile(second.Path(file)), mode).ok());
    const std::string reason = ErrorReason(CertificateAuthority::Open(directory_.path()).status());
    EXPECT_TRUE(ReplaceFile(path, before, mode).ok());
    return reason;
  };
  EXPECT_EQ(open_with("ca.key"), "CERTIFICATE_AUTHORITY");
  EXPECT_EQ(open_with("ca.crt"), "CERTIFICATE_AUTHORITY");
  EXPECT_EQ(open_with("ca.crl"), "CERTIFICATE_AUTHORITY");
  ASSERT_EQ(chmod(directory_.Path("ca.key").c_str(), 0644), 0);
  const absl::Status open = CertificateAuthority::Open(directory_.path()).status();
  EXPECT_EQ(ErrorReason(open), "SECRET_FILE_OPEN_TO_OTHERS");
  EXPECT_THAT(std::string(open.message()), HasSubstr("has the mode 0644"));
}

TEST(SecretFileTest, WritesWholeFilesOnce) {
  const testing::TempDir directory;
  const std::string path = directory.Path("key");
  ASSERT_TRUE(WriteNewFile(path, "first", kSecretMode).ok());
  EXPECT_EQ(ErrorReason(WriteNewFile(path, "second", kSecretMode)), "FILE_EXISTS");
  EXPECT_EQ(*ReadSecretFile(path), "first");
  ASSERT_TRUE(ReplaceFile(path, "third", kPublicMode).ok());
  EXPECT_EQ(*ReadPublicFile(path), "third");
  EXPECT_EQ(ErrorReason(ReadSecretFile(path).status()), "SECRET_FILE_OPEN_TO_OTHERS");
  EXPECT_EQ(ErrorReason(WriteNewFile(directory.Path("none/key"), "x", kSecretMode)),
            "FILE_NOT_WRITTEN");
  // Nothing is left beside it.
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(directory.path()), {}), 1);
}

TEST(SecretFileTest, RefusesWhatIsNoSecretFile) {
  const testing::TempDir directory;
  EXPECT_EQ(ErrorReason(ReadSecretFile(directory.path()).status()), "FILE_NOT_READ");
  EXPECT_EQ(ErrorReason(ReadSecretFile(directory.Path("none")).status()), "FILE_NOT_READ");
  ASSERT_EQ(mkfifo(directory.Path("pipe").c_str(), 0600), 0);
  EXPECT_EQ(ErrorReason(ReadSecretFile(directory.Path("pipe")).status()), "FILE_NOT_READ");
  ASSERT_TRUE(WriteNewFile(directory.Path("empty"), "", kSecretMode).ok());
  EXPECT_EQ(ErrorReason(ReadSecretFile(directory.Path("empty")).status()), "FILE_NOT_READ");
  ASSERT_TRUE(WriteNewFile(directory.Path("large"), std::string(kMaxCertificateFileBytes + 1, 'x'),
                           kSecretMode)
                  .ok());
  EXPECT_EQ(ErrorReason(ReadSecretFile(directory.Path("large")).status()), "FILE_NOT_READ");
  for (const mode_t mode : {0660U, 0604U, 0602U, 0640U, 0610U}) {
    const std::string path = directory.Path(absl::StrCat("mode", mode));
    ASSERT_TRUE(WriteNewFile(path, "secret", mode).ok());
    const bool group_of_root = mode == 0640U && geteuid() == 0;
    EXPECT_EQ(ReadSecretFile(path).ok(), group_of_root) << mode;
  }
}

}  // namespace
}  // namespace rollcall::access
