// The way to the server as people meet it: TLS, files, the configuration file, and what is said
// when no connection comes about.

#include <gmock/gmock.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "grpc/health/v1/health.grpc.pb.h"
#include "server/access/server_tls.h"
#include "tests/cli/fake_server.h"
#include "tests/support/fake_clock.h"
#include "tests/support/test_pki.h"

namespace rollcall::cli {
namespace {

using rollcall::testing::FakeClock;
using rollcall::testing::TestPki;
using ::testing::AllOf;
using ::testing::HasSubstr;

class Healthy final : public grpc::health::v1::Health::Service {
  grpc::Status Check(grpc::ServerContext*, const grpc::health::v1::HealthCheckRequest*,
                     grpc::health::v1::HealthCheckResponse* response) override {
    response->set_status(grpc::health::v1::HealthCheckResponse::SERVING);
    return grpc::Status::OK;
  }
};

class ConnectionTest : public ::testing::Test {
 protected:
  ConnectionTest() : clock_(absl::Now()) {
    setenv("ROLLCALL_CLIENT_CONFIG", pki_.dir().Write("client.toml", "").c_str(), 1);
  }
  ~ConnectionTest() override {
    unsetenv("ROLLCALL_CLIENT_CONFIG");
    if (server_ != nullptr) server_->Shutdown();
  }

  // Serves with what the files of `pki_` hold by now.
  void Serve() {
    auto tls = access::ServerTls::Load(pki_.files(), &clock_);
    ASSERT_TRUE(tls.ok()) << tls.status();
    tls_ = *std::move(tls);
    Serve(tls_->NewCredentials());
  }
  void Serve(const std::shared_ptr<grpc::ServerCredentials>& credentials) {
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:0", credentials, &port_);
    builder.RegisterService(&service_);
    server_ = builder.BuildAndStart();
    ASSERT_NE(server_, nullptr);
  }

  Outcome Ask(std::vector<std::string> more = {}, const std::string& host = "127.0.0.1") {
    std::vector<std::string> words = {"--address", absl::StrCat(host, ":", port_), "server",
                                      "health"};
    words.insert(words.end(), more.begin(), more.end());
    return RunClient(words);
  }
  Outcome AskTrusting(std::vector<std::string> more = {}) {
    more.insert(more.end(), {"--ca", pki_.files().client_authority});
    return Ask(more);
  }

  // Makes the server's certificate anew.
  void Renew(access::CertificateAuthority& authority, const std::vector<std::string>& hosts,
             absl::Time begin, absl::Duration validity) {
    const auto issued = authority.IssueServer(hosts, begin, validity);
    ASSERT_TRUE(issued.ok()) << issued.status();
    pki_.Write(pki_.files().certificate, issued->certificate_pem);
    pki_.Write(pki_.files().key, issued->key_pem);
  }

  // The files of a certificate, for --certificate and --key.
  std::vector<std::string> Shown(const access::IssuedCertificate& issued) {
    pki_.Write(pki_.dir().Path("shown.crt"), issued.certificate_pem);
    pki_.Write(pki_.dir().Path("shown.key"), issued.key_pem);
    return {"--certificate", pki_.dir().Path("shown.crt"), "--key", pki_.dir().Path("shown.key")};
  }

  TestPki pki_;
  FakeClock clock_;
  Healthy service_;
  std::unique_ptr<access::ServerTls> tls_;
  std::unique_ptr<grpc::Server> server_;
  int port_ = 1;
};

TEST_F(ConnectionTest, TrustsTheAuthorityThatIsNamed) {
  Serve();
  const Outcome outcome = AskTrusting();
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_EQ(outcome.out, "SERVING\n");
  EXPECT_EQ(AskTrusting(Shown(pki_.System("roster"))).code, 0);
  EXPECT_EQ(Ask({"--ca", pki_.files().client_authority}, "localhost").code, 0);
}

TEST_F(ConnectionTest, SaysThatTheAuthorityIsAnother) {
  Serve();
  TestPki other;
  const Outcome outcome = Ask({"--ca", other.files().client_authority});
  EXPECT_EQ(outcome.code, 6);
  EXPECT_THAT(outcome.err, HasSubstr(absl::StrCat("not signed by the authority in ",
                                                  other.files().client_authority)));
}

TEST_F(ConnectionTest, SaysThatTheCertificateExpired) {
  Serve();
  Renew(pki_.authority(), {}, absl::Now() - absl::Hours(2), absl::Hours(1));
  clock_.Set(absl::Now() - absl::Minutes(90));
  ASSERT_TRUE(tls_->ReloadIfChanged().ok());
  EXPECT_THAT(AskTrusting().err, HasSubstr("the server's certificate expired on 20"));
}

TEST_F(ConnectionTest, SaysThatNobodyListens) {
  EXPECT_THAT(AskTrusting().err, HasSubstr("no connection: Connection refused"));
}

TEST_F(ConnectionTest, SaysThatTheNameIsUnknown) {
  EXPECT_THAT(Ask({"--ca", pki_.files().client_authority}, "no-such-host.invalid").err,
              HasSubstr("the name no-such-host.invalid is not known"));
}

TEST_F(ConnectionTest, SpeaksNoPlainText) {
  Serve(grpc::InsecureServerCredentials());
  const Outcome outcome = AskTrusting();
  EXPECT_EQ(outcome.code, 6);
  EXPECT_THAT(outcome.err, HasSubstr("it does not speak TLS"));
}

TEST_F(ConnectionTest, SaysThatTheServerRefusesTheCertificate) {
  Serve();
  TestPki other;
  EXPECT_THAT(AskTrusting(Shown(other.System("roster"))).err,
              HasSubstr("the server refuses the certificate in"));
}

TEST_F(ConnectionTest, RefusesFilesThatAreNotRight) {
  std::vector<std::string> shown = Shown(pki_.System("roster"));
  EXPECT_THAT(AskTrusting({"--certificate", shown[1]}).err, HasSubstr("belong together"));
  EXPECT_EQ(AskTrusting({"--certificate", shown[1]}).code, 2);
  ASSERT_EQ(chmod(shown[3].c_str(), 0644), 0);
  EXPECT_THAT(AskTrusting(shown).err, HasSubstr("is open to others than its owner; run: chmod"));
  EXPECT_THAT(Ask({"--ca", pki_.dir().Path("missing")}).err, HasSubstr("cannot be read"));
  EXPECT_EQ(Ask({"--ca", pki_.dir().Path("missing")}).code, 9);
  EXPECT_THAT(Ask({"--ca", pki_.dir().Write("empty", "")}).err, HasSubstr("is no PEM file"));
}

TEST_F(ConnectionTest, TakesFromTheConfigurationFileWhatIsNotTyped) {
  Serve();
  const Outcome outcome = [&] {
    pki_.dir().Write("client.toml", absl::StrCat("address = \"127.0.0.1:", port_,
                                                 "\"\nca = \"ca.crt\"\noutput = \"json\"\n"));
    return RunClient({"server", "health"});
  }();
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("\"SERVING\""));
  EXPECT_EQ(RunClient({"server", "health", "--output", "table"}).out, "SERVING\n");
  TestPki other;
  setenv("ROLLCALL_CA", other.files().client_authority.c_str(), 1);
  EXPECT_EQ(RunClient({"server", "health"}).code, 6) << "the variable wins over the file";
  EXPECT_EQ(RunClient({"server", "health", "--ca", pki_.files().client_authority}).code, 0);
  unsetenv("ROLLCALL_CA");
}

TEST_F(ConnectionTest, RefusesConfigurationFilesThatAreNotRight) {
  for (const auto& [text, says] : std::vector<std::pair<std::string, std::string>>{
           {"adress = \"a:1\"\n", "unknown key adress"},
           {"[server]\naddress = \"a:1\"\n", "unknown key"},
           {"address = [\"a:1\", \"b:1\"]\n", "address needs one string"},
           {"output = \"xml\"\n", "is not table, json or csv"}}) {
    pki_.dir().Write("client.toml", text);
    const Outcome outcome = RunClient({"server", "health"});
    EXPECT_EQ(outcome.code, 9) << text;
    EXPECT_THAT(outcome.err, AllOf(HasSubstr(says), HasSubstr("client.toml"))) << text;
  }
  setenv("ROLLCALL_CLIENT_CONFIG", pki_.dir().Path("missing").c_str(), 1);
  EXPECT_THAT(RunClient({"server", "health"}).err, HasSubstr("cannot be read"));
}

}  // namespace
}  // namespace rollcall::cli
