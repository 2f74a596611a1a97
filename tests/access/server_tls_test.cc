// TLS as clients meet it: a real server on a loopback port, real handshakes.

#include "server/access/server_tls.h"

#include <gmock/gmock.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <array>
#include <cstdio>
#include <memory>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "grpc/health/v1/health.grpc.pb.h"
#include "server/access/certificate_builder.h"
#include "storage/status.h"
#include "tests/support/fake_clock.h"
#include "tests/support/test_pki.h"

namespace rollcall::access {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using testing::TestPki;

// Answers with the identity of the connection, or with the reason why it has none.
class WhoAmI final : public grpc::health::v1::Health::Service {
 public:
  explicit WhoAmI(const ServerTls* tls) : tls_(tls) {}

  grpc::Status Check(grpc::ServerContext* context, const grpc::health::v1::HealthCheckRequest*,
                     grpc::health::v1::HealthCheckResponse*) override {
    const absl::StatusOr<PeerIdentity> identity =
        IdentifyConnection(*context->auth_context(), tls_);
    if (!identity.ok()) {
      return {static_cast<grpc::StatusCode>(identity.status().code()),
              ErrorReason(identity.status())};
    }
    context->AddTrailingMetadata("who", identity->principal);
    return grpc::Status::OK;
  }

 private:
  const ServerTls* const tls_;
};

class ServerTlsTest : public ::testing::Test {
 protected:
  ServerTlsTest() : clock_(absl::FromUnixSeconds(absl::ToUnixSeconds(absl::Now()))) {
    auto tls = ServerTls::Load(pki_.files(), &clock_);
    EXPECT_TRUE(tls.ok()) << tls.status();
    tls_ = *std::move(tls);
    service_ = std::make_unique<WhoAmI>(tls_.get());
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:0", tls_->NewCredentials(), &port_);
    builder.AddListeningPort("127.0.0.1:0", tls_->NewCredentials(), &second_port_);
    builder.AddListeningPort(absl::StrCat("unix:", socket()),
                             grpc::experimental::LocalServerCredentials(UDS));
    builder.RegisterService(service_.get());
    server_ = builder.BuildAndStart();
    EXPECT_NE(server_, nullptr);
  }
  ~ServerTlsTest() override { server_->Shutdown(std::chrono::system_clock::now()); }

  std::string socket() const { return pki_.dir().Path("socket"); }

  std::shared_ptr<grpc::Channel> Channel(
      const std::shared_ptr<grpc::ChannelCredentials>& credentials, int port = 0) const {
    return grpc::CreateCustomChannel(absl::StrCat("127.0.0.1:", port == 0 ? port_ : port),
                                     credentials, testing::OwnConnection());
  }

  // The principal, or the code and the reason of the refusal.
  static std::string Ask(const std::shared_ptr<grpc::Channel>& channel) {
    const auto stub = grpc::health::v1::Health::NewStub(channel);
    grpc::ClientContext context;
    grpc::health::v1::HealthCheckResponse response;
    const grpc::Status status = stub->Check(&context, {}, &response);
    if (status.error_code() == grpc::StatusCode::UNAVAILABLE) return "no connection";
    if (!status.ok()) return status.error_message();
    const auto who = context.GetServerTrailingMetadata().find("who");
    return absl::StrCat("is ", std::string(who->second.data(), who->second.size()));
  }

  std::string AskWith(const IssuedCertificate& shown) { return Ask(Channel(pki_.Client(shown))); }

  // A client certificate that says what a test wants, of the authority or of `signer`.
  IssuedCertificate Forge(const CertificateContent& content, const Signer& signer) {
    const PrivateKey key = *NewPrivateKey();
    const Certificate certificate = *MakeCertificate(content, *key, signer);
    return {ToPem(*certificate), ToPem(*key), SerialOf(*certificate)};
  }
  IssuedCertificate FromAuthority(const CertificateContent& content) {
    const auto certificates = ReadCertificates(pki_.authority_pem());
    const auto key = ReadPrivateKey(pki_.dir().Read("ca.key"));
    return Forge(content, {certificates->front().get(), key->get()});
  }
  CertificateContent Roster() const {
    CertificateContent content;
    content.common_name = "roster";
    content.uris = {kRoster};
    content.not_before = clock_.Now() - absl::Hours(1);
    content.not_after = clock_.Now() + absl::Hours(1);
    return content;
  }

  // What `openssl s_client` says about a handshake.
  std::string Handshake(const std::string& flags, const std::string& then = "") const {
    FILE* const pipe =
        popen(absl::StrCat("openssl s_client -connect 127.0.0.1:", port_, " -alpn h2 -CAfile ",
                           pki_.files().client_authority, " ", flags, " </dev/null 2>&1 ", then)
                  .c_str(),
              "r");
    std::string output;
    std::array<char, 4096> buffer;
    std::size_t got = 0;
    while ((got = fread(buffer.data(), 1, buffer.size(), pipe)) > 0) {
      output.append(buffer.data(), got);
    }
    pclose(pipe);
    return output;
  }

  static constexpr char kRoster[] = "spiffe://district.example/system/roster";

  testing::FakeClock clock_;
  TestPki pki_;
  std::unique_ptr<ServerTls> tls_;
  std::unique_ptr<WhoAmI> service_;
  std::unique_ptr<grpc::Server> server_;
  int port_ = 0;
  int second_port_ = 0;
};

TEST_F(ServerTlsTest, KnowsSystemsByTheirCertificates) {
  const auto roster = pki_.System("roster");
  EXPECT_EQ(AskWith(roster), absl::StrCat("is ", kRoster));
  EXPECT_EQ(Ask(Channel(pki_.Client(roster), second_port_)), absl::StrCat("is ", kRoster));
}

TEST_F(ServerTlsTest, NobodyIsNobody) { EXPECT_EQ(AskWith({}), "is "); }

TEST_F(ServerTlsTest, TheSocketIsLocal) {
  EXPECT_EQ(Ask(grpc::CreateChannel(absl::StrCat("unix:", socket()),
                                    grpc::experimental::LocalCredentials(UDS))),
            "is local");
}

TEST_F(ServerTlsTest, RefusesSelfSignedCertificates) {
  EXPECT_EQ(AskWith(Forge(Roster(), {})), "no connection");
}

TEST_F(ServerTlsTest, RefusesCertificatesOfAnotherAuthority) {
  TestPki other;
  EXPECT_EQ(AskWith(other.System("roster")), "no connection");
}

TEST_F(ServerTlsTest, RefusesExpiredCertificates) {
  CertificateContent content = Roster();
  content.not_after = clock_.Now() - absl::Minutes(1);
  EXPECT_EQ(AskWith(FromAuthority(content)), "no connection");
}

TEST_F(ServerTlsTest, RefusesCertificatesThatAreNotValidYet) {
  CertificateContent content = Roster();
  content.not_before = clock_.Now() + absl::Minutes(30);
  EXPECT_EQ(AskWith(FromAuthority(content)), "no connection");
}

TEST_F(ServerTlsTest, RefusesServerCertificatesOfClients) {
  CertificateContent content = Roster();
  content.use = CertificateUse::kServer;
  EXPECT_EQ(AskWith(FromAuthority(content)), "no connection");
}

TEST_F(ServerTlsTest, RefusesCertificatesWithTwoIdentities) {
  CertificateContent content = Roster();
  content.uris.push_back("spiffe://district.example/system/transfer");
  EXPECT_EQ(AskWith(FromAuthority(content)), "CERTIFICATE_IDENTITY");
  content.uris = {kRoster, "https://district.example/"};
  EXPECT_EQ(AskWith(FromAuthority(content)), "CERTIFICATE_IDENTITY");
}

TEST_F(ServerTlsTest, RefusesCertificatesWithoutIdentity) {
  CertificateContent content = Roster();
  content.uris.clear();
  content.common_name = kRoster;
  EXPECT_EQ(AskWith(FromAuthority(content)), "CERTIFICATE_IDENTITY");
  content.hosts = {"roster.district.example"};
  EXPECT_EQ(AskWith(FromAuthority(content)), "CERTIFICATE_IDENTITY");
  content.uris = {"https://district.example/system/roster"};
  EXPECT_EQ(AskWith(FromAuthority(content)), "CERTIFICATE_IDENTITY");
}

TEST_F(ServerTlsTest, OtherNamesBesideTheIdentityDoNotMatter) {
  CertificateContent content = Roster();
  content.hosts = {"roster.district.example", "10.0.0.1"};
  EXPECT_EQ(AskWith(FromAuthority(content)), absl::StrCat("is ", kRoster));
}

TEST_F(ServerTlsTest, RefusesRevokedCertificatesOnTheSameConnection) {
  const auto roster = pki_.System("roster");
  const auto transfer = pki_.System("transfer");
  const auto channel = Channel(pki_.Client(roster));
  EXPECT_EQ(Ask(channel), absl::StrCat("is ", kRoster));
  ASSERT_TRUE(pki_.authority().Revoke("roster", clock_.Now()).ok());
  const absl::StatusOr<bool> reloaded = tls_->ReloadIfChanged();
  ASSERT_TRUE(reloaded.ok()) << reloaded.status();
  EXPECT_TRUE(*reloaded);
  EXPECT_EQ(Ask(channel), "CERTIFICATE_REVOKED");
  EXPECT_EQ(AskWith(roster), "CERTIFICATE_REVOKED");
  EXPECT_EQ(AskWith(transfer), "is spiffe://district.example/system/transfer");
  EXPECT_FALSE(*tls_->ReloadIfChanged());
}

TEST_F(ServerTlsTest, RefusesCertificatesThatExpireOnAConnection) {
  const auto roster = FromAuthority(Roster());
  const auto channel = Channel(pki_.Client(roster));
  EXPECT_EQ(Ask(channel), absl::StrCat("is ", kRoster));
  clock_.Advance(absl::Minutes(59) + absl::Seconds(30));
  EXPECT_EQ(Ask(channel), absl::StrCat("is ", kRoster));
  clock_.Advance(absl::Seconds(40));
  EXPECT_EQ(Ask(channel), "CERTIFICATE_EXPIRED");
  clock_.Advance(-absl::Hours(3));
  EXPECT_EQ(Ask(channel), "CERTIFICATE_EXPIRED");
}

TEST_F(ServerTlsTest, RefusesClientsOnceTheListIsOutOfDate) {
  const auto channel = Channel(pki_.Client(pki_.System("roster")));
  EXPECT_EQ(Ask(channel), absl::StrCat("is ", kRoster));
  const auto certificates = ReadCertificates(pki_.authority_pem());
  const auto key = ReadPrivateKey(pki_.dir().Read("ca.key"));
  const auto list =
      MakeRevocationList({}, 7, clock_.Now() - absl::Hours(1), clock_.Now() + absl::Hours(1),
                         {certificates->front().get(), key->get()});
  pki_.Write(pki_.files().revocations, ToPem(**list));
  ASSERT_TRUE(*tls_->ReloadIfChanged());
  EXPECT_EQ(Ask(channel), absl::StrCat("is ", kRoster));
  clock_.Advance(absl::Hours(2));
  EXPECT_EQ(Ask(channel), "REVOCATION_UNKNOWN");
}

TEST_F(ServerTlsTest, ConnectionsDoNotOutliveTheirAuthority) {
  const auto channel = Channel(pki_.Client(pki_.System("roster")));
  EXPECT_EQ(Ask(channel), absl::StrCat("is ", kRoster));
  TestPki other;
  pki_.Write(pki_.files().client_authority, other.authority_pem());
  pki_.Write(pki_.files().revocations, other.dir().Read("ca.crl"));
  ASSERT_TRUE(*tls_->ReloadIfChanged());
  EXPECT_EQ(Ask(channel), "CERTIFICATE_NOT_TRUSTED");
}

TEST_F(ServerTlsTest, ShowsANewCertificateToNewConnections) {
  const auto before = Channel(pki_.Client());
  EXPECT_EQ(Ask(before), "is ");
  const auto renewed = pki_.authority().IssueServer({"renewed.district.example"}, TestPki::kBegin,
                                                    TestPki::kValidity);
  EXPECT_THAT(Handshake("", "| openssl x509 -noout -serial"),
              Not(HasSubstr(absl::AsciiStrToUpper(renewed->serial))));
  pki_.Write(pki_.files().certificate, renewed->certificate_pem);
  // Half of a renewal is no renewal.
  EXPECT_EQ(ErrorReason(tls_->ReloadIfChanged().status()), "TLS_FILE");
  EXPECT_EQ(Ask(Channel(pki_.Client())), "is ");
  pki_.Write(pki_.files().key, renewed->key_pem);
  ASSERT_TRUE(*tls_->ReloadIfChanged());
  EXPECT_THAT(Handshake("", "| openssl x509 -noout -serial"),
              HasSubstr(absl::AsciiStrToUpper(renewed->serial)));
  EXPECT_EQ(Ask(before), "is ");
  EXPECT_EQ(Ask(Channel(pki_.Client())), "is ");
  EXPECT_EQ(Ask(Channel(pki_.Client(), second_port_)), "is ");
}

TEST_F(ServerTlsTest, ClientsRefuseTheCertificateOfAnotherName) {
  const auto elsewhere = FromAuthority([&] {
    CertificateContent content = Roster();
    content.use = CertificateUse::kServer;
    content.uris.clear();
    content.hosts = {"elsewhere.example"};
    return content;
  }());
  pki_.Write(pki_.files().key, elsewhere.key_pem);
  pki_.Write(pki_.files().certificate, elsewhere.certificate_pem);
  ASSERT_TRUE(*tls_->ReloadIfChanged());
  EXPECT_EQ(AskWith({}), "no connection");
}

TEST_F(ServerTlsTest, ClientsRefuseTheServerOfAnotherAuthority) {
  TestPki other;
  EXPECT_EQ(Ask(Channel(other.Client())), "no connection");
}

TEST_F(ServerTlsTest, RefusesPlainText) {
  EXPECT_EQ(Ask(Channel(grpc::InsecureChannelCredentials())), "no connection");
}

TEST_F(ServerTlsTest, SpeaksModernTlsOnly) {
  EXPECT_THAT(Handshake("-brief"), HasSubstr("Protocol version: TLSv1.3"));
  EXPECT_THAT(Handshake("-brief -tls1_2"), HasSubstr("Protocol version: TLSv1.2"));
  for (const char* flags :
       {"-tls1_1 -cipher ALL:@SECLEVEL=0", "-tls1 -cipher ALL:@SECLEVEL=0",
        "-tls1_2 -cipher AES128-SHA:AES256-GCM-SHA384:@SECLEVEL=0",
        "-tls1_2 -cipher ECDHE-ECDSA-AES128-SHA:ECDHE-ECDSA-AES256-SHA384:@SECLEVEL=0",
        "-tls1_2 -cipher aNULL:eNULL:@SECLEVEL=0", "-tls1_2 -cipher 3DES:RC4:DES:@SECLEVEL=0"}) {
    EXPECT_THAT(Handshake(absl::StrCat("-brief ", flags)), Not(HasSubstr("CONNECTION ESTABLISHED")))
        << flags;
  }
}

class TlsFilesTest : public ::testing::Test {
 protected:
  absl::Status Load(const TlsFiles& files) const { return LoadTlsFiles(files, kNow).status(); }
  void ExpectRefused(const TlsFiles& files, std::string_view reason, std::string_view text) const {
    const absl::Status status = Load(files);
    EXPECT_EQ(ErrorReason(status), reason) << status;
    EXPECT_THAT(std::string(status.message()), HasSubstr(std::string(text)));
    EXPECT_EQ(status.message().find('\n'), absl::string_view::npos);
  }

  const absl::Time kNow = TestPki::kBegin + absl::Hours(24 * 365);
  TestPki pki_;
};

TEST_F(TlsFilesTest, TakesFilesThatBelongTogether) {
  EXPECT_TRUE(Load(pki_.files()).ok()) << Load(pki_.files());
  TlsFiles files = pki_.files();
  files.revocations = "";
  EXPECT_TRUE(Load(files).ok());
  files.client_authority = "";
  EXPECT_TRUE(Load(files).ok());
}

TEST_F(TlsFilesTest, RefusesMissingAndDamagedFiles) {
  for (std::string TlsFiles::*member : {&TlsFiles::certificate, &TlsFiles::key,
                                        &TlsFiles::client_authority, &TlsFiles::revocations}) {
    TlsFiles files = pki_.files();
    files.*member = pki_.dir().Path("missing");
    ExpectRefused(files, "FILE_NOT_READ", "cannot read");
    files.*member = pki_.dir().Path("garbage");
    pki_.Write(files.*member, "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
    ExpectRefused(files, "TLS_FILE", "garbage");
  }
}

TEST_F(TlsFilesTest, RefusesAKeyThatOthersCanRead) {
  ASSERT_EQ(chmod(pki_.files().key.c_str(), 0644), 0);
  ExpectRefused(pki_.files(), "SECRET_FILE_OPEN_TO_OTHERS", "run: chmod 600");
}

TEST_F(TlsFilesTest, RefusesTheKeyOfAnotherCertificate) {
  pki_.Write(pki_.files().key, pki_.System("roster").key_pem);
  ExpectRefused(pki_.files(), "TLS_FILE", "this is not the key of the certificate in");
}

TEST_F(TlsFilesTest, RefusesCertificatesOutOfTheirTime) {
  const absl::Status late =
      LoadTlsFiles(pki_.files(), TestPki::kBegin + absl::Hours(24 * 365 * 81)).status();
  EXPECT_THAT(std::string(late.message()), HasSubstr("the certificate ended on 20"));
  const absl::Status early = LoadTlsFiles(pki_.files(), TestPki::kBegin - absl::Hours(24)).status();
  EXPECT_THAT(std::string(early.message()), HasSubstr("the certificate begins on 2014-12-31"));
}

TEST_F(TlsFilesTest, RefusesAClientsCertificateForTheServer) {
  const auto roster = pki_.System("roster");
  pki_.Write(pki_.files().certificate, roster.certificate_pem);
  pki_.Write(pki_.files().key, roster.key_pem);
  ExpectRefused(pki_.files(), "TLS_FILE", "is not one for servers");
}

TEST_F(TlsFilesTest, RefusesListsThatDoNotBelongToTheAuthority) {
  TestPki other;
  TlsFiles files = pki_.files();
  files.revocations = other.files().revocations;
  ExpectRefused(files, "TLS_FILE", "of none of the authorities");
  files.revocations = pki_.files().revocations;
  files.client_authority = "";
  ExpectRefused(files, "TLS_FILE", "needs tls_client_ca_file");
  files.client_authority = pki_.dir().Path("both");
  pki_.Write(files.client_authority, pki_.authority_pem() + other.authority_pem());
  ExpectRefused(files, "TLS_FILE", "has no list of revocations");
  files.client_authority = pki_.files().certificate;
  files.revocations = "";
  ExpectRefused(files, "TLS_FILE", "may not issue certificates");
}

}  // namespace
}  // namespace rollcall::access
