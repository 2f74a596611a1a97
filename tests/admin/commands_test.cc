// The commands that set a machine up, on a register of their own.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <sstream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "server/access/certificate_authority.h"
#include "server/access/directory.h"
#include "server/access/tls_files.h"
#include "server/admin/command.h"
#include "storage/sqlite/sqlite_driver.h"
#include "storage/status.h"
#include "tests/runtime/temp_dir.h"
#include "tests/support/fake_clock.h"
#include "tests/support/fake_ids.h"

namespace rollcall::admin {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

struct Outcome {
  int status = -1;
  std::string out;
  std::string err;
};

class AdminTest : public ::testing::Test {
 protected:
  Outcome Run(std::vector<std::string> words) {
    std::vector<const char*> arguments = {"rollcalld"};
    for (const std::string& word : words) arguments.push_back(word.c_str());
    std::ostringstream out;
    std::ostringstream err;
    const Surroundings surroundings{
        out, err, clock_, ids_,
        [this](const runtime::Config& config, const std::function<absl::Status(Store&)>& work) {
          return WithRegister(config.data_dir, work);
        }};
    const std::optional<int> status =
        RunCommand(static_cast<int>(arguments.size()), arguments.data(), surroundings);
    return {status.value_or(-1), out.str(), err.str()};
  }

  Outcome Init(std::vector<std::string> more = {}) {
    std::vector<std::string> words = {
        "init", "--config-dir", etc(), "--data-dir", data(), "--catalog-dir", directory_.path()};
    words.insert(words.end(), more.begin(), more.end());
    return Run(words);
  }
  Outcome Certificate(std::vector<std::string> words) {
    words.insert(words.begin(), "certificate");
    words.insert(words.end(), {"--config-dir", etc()});
    return Run(words);
  }

  absl::Status WithRegister(const std::string& folder,
                            const std::function<absl::Status(Store&)>& work) {
    auto driver = OpenSqlite(folder + "/register.db");
    if (!driver.ok()) return driver.status();
    auto store = Store::Open(*std::move(driver), clock_.Now());
    return store.ok() ? work(**store) : store.status();
  }

  std::string etc() const { return directory_.Path("etc"); }
  std::string data() const { return directory_.Path("data"); }
  static mode_t ModeOf(const std::string& path) {
    struct stat info = {};
    EXPECT_EQ(stat(path.c_str(), &info), 0) << path;
    return info.st_mode & 07777U;
  }
  access::TlsFiles Tls() const {
    return {etc() + "/server.crt", etc() + "/server.key", etc() + "/ca/ca.crt",
            etc() + "/ca/ca.crl"};
  }

  testing::TempDir directory_;
  testing::FakeClock clock_{absl::FromUnixSeconds(absl::ToUnixSeconds(absl::Now()))};
  testing::FakeIds ids_;
};

TEST_F(AdminTest, OtherWordsMeanToServe) {
  EXPECT_EQ(Run({}).status, -1);
  EXPECT_EQ(Run({"--listen", "127.0.0.1:1"}).status, -1);
  EXPECT_EQ(Run({"serve"}).status, -1);
}

TEST_F(AdminTest, InitMakesEverythingThatTheServerNeeds) {
  const Outcome made = Init({"--host", "register.district.example", "--admin", "ada",
                             "--trust-domain", "district.example"});
  ASSERT_EQ(made.status, 0) << made.err;
  EXPECT_THAT(made.out, AllOf(HasSubstr(etc() + "/rollcalld.toml"), HasSubstr("Next:")));
  const auto tls = access::LoadTlsFiles(Tls(), clock_.Now());
  EXPECT_TRUE(tls.ok()) << tls.status();
  for (const char* secret :
       {"/server.key", "/ca/ca.key", "/admin.token", "/register.key", "/audit.key"}) {
    EXPECT_EQ(ModeOf(etc() + secret) & 0177U, 0U) << secret;
  }
  EXPECT_EQ(ModeOf(data()), 0700U);

  const std::string config_file = etc() + "/rollcalld.toml";
  const char* const arguments[] = {"rollcalld", "--config", config_file.c_str(), "--check-config"};
  const auto config = runtime::LoadConfig(4, arguments);
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(config->data_dir, data());
  EXPECT_EQ(config->tls_key_file, etc() + "/server.key");
  EXPECT_EQ(config->key_file, etc() + "/register.key");
  EXPECT_EQ(config->audit_key_file, etc() + "/audit.key");
  EXPECT_EQ(config->listen.size(), 2U);

  std::string token = directory_.Read("etc/admin.token");
  ASSERT_TRUE(token.ends_with('\n'));
  token.pop_back();
  EXPECT_THAT(made.out, Not(HasSubstr(token)));
  const absl::Status let_in = WithRegister(data(), [&](Store& store) {
    return store.Read(nullptr, [&](ReadTx& tx) -> absl::Status {
      RC_ASSIGN_OR_RETURN(const auto view, access::AccessView::Load(tx));
      RC_ASSIGN_OR_RETURN(const access::TokenHolder holder, view->FindToken(token, clock_.Now()));
      EXPECT_EQ(holder.principal, "user:ada");
      EXPECT_TRUE(
          view->Permissions("user:ada", clock_.Now()).contains(v1::PERMISSION_ACCESS_WRITE));
      return absl::OkStatus();
    });
  });
  EXPECT_TRUE(let_in.ok()) << let_in;
}

TEST_F(AdminTest, InitOverwritesNothing) {
  ASSERT_EQ(Init().status, 0);
  const std::string key = directory_.Read("etc/register.key");
  const Outcome again = Init();
  EXPECT_EQ(again.status, 1);
  EXPECT_THAT(again.err, AllOf(HasSubstr("set up already"), HasSubstr("register.db")));
  EXPECT_EQ(directory_.Read("etc/register.key"), key);
  std::filesystem::remove_all(etc());
  EXPECT_EQ(Init().status, 1) << "the register alone is enough to refuse";
  EXPECT_FALSE(std::filesystem::exists(etc()));
}

TEST_F(AdminTest, InitThatFailsLeavesNothingBehind) {
  for (const std::vector<std::string>& wrong : {std::vector<std::string>{"--host", "*.example"},
                                                {"--trust-domain", "No Domain"},
                                                {"--listen", "register.example:1"},
                                                {"--admin", "Not A User"},
                                                {"--user", "no-such-user-here"}}) {
    const Outcome failed = Init(wrong);
    EXPECT_EQ(failed.status, 1) << wrong[0];
    EXPECT_THAT(failed.err, AllOf(HasSubstr("rollcalld: "), Not(HasSubstr("\n\n"))));
    EXPECT_FALSE(std::filesystem::exists(etc())) << wrong[0];
    EXPECT_FALSE(std::filesystem::exists(data())) << wrong[0];
  }
}

TEST_F(AdminTest, CertificatesAreIssuedListedAndRevoked) {
  ASSERT_EQ(Init({"--trust-domain", "district.example"}).status, 0);
  const Outcome issued = Certificate({"issue", "roster", "--days", "30"});
  ASSERT_EQ(issued.status, 0) << issued.err;
  EXPECT_THAT(issued.out, HasSubstr("spiffe://district.example/system/roster"));
  EXPECT_EQ(ModeOf(etc() + "/systems/roster.key"), 0600U);
  const auto certificates = access::ReadCertificates(directory_.Read("etc/systems/roster.crt"));
  ASSERT_TRUE(certificates.ok());
  EXPECT_THAT(access::UrisOf(*certificates->front()),
              ElementsAre("spiffe://district.example/system/roster"));
  EXPECT_EQ(access::NotAfter(*certificates->front()), clock_.Now() + absl::Hours(24 * 30));

  EXPECT_THAT(Certificate({"issue", "roster"}).err, HasSubstr("is not overwritten"));
  EXPECT_THAT(Certificate({"issue", "../roster"}).err, HasSubstr("system's name"));
  EXPECT_EQ(Certificate({"issue"}).status, 1);
  EXPECT_EQ(Certificate({"issue", "other", "--days", "0"}).status, 1);

  EXPECT_THAT(Certificate({"list"}).out, AllOf(HasSubstr("system/roster"), HasSubstr("server")));
  EXPECT_THAT(Certificate({"revoke", "roster"}).out, HasSubstr("Revoked "));
  EXPECT_THAT(Certificate({"revoke", "roster"}).out, HasSubstr("Revoked before"));
  EXPECT_THAT(Certificate({"revoke", "nobody"}).err, HasSubstr("has issued no certificate"));
  EXPECT_THAT(Certificate({"list"}).out, HasSubstr("revoked 20"));
  const auto tls = access::LoadTlsFiles(Tls(), clock_.Now());
  ASSERT_TRUE(tls.ok()) << tls.status();
  EXPECT_EQ(
      ErrorReason(tls->clients->Check(directory_.Read("etc/systems/roster.crt"), clock_.Now())),
      "CERTIFICATE_REVOKED");
}

TEST_F(AdminTest, TheServersCertificateIsRenewedForTheSameHosts) {
  ASSERT_EQ(Init({"--host", "register.district.example"}).status, 0);
  const std::string before = directory_.Read("etc/server.crt");
  const Outcome renewed = Certificate({"renew"});
  ASSERT_EQ(renewed.status, 0) << renewed.err;
  EXPECT_NE(directory_.Read("etc/server.crt"), before);
  EXPECT_TRUE(access::LoadTlsFiles(Tls(), clock_.Now()).ok());
  const auto certificates = access::ReadCertificates(directory_.Read("etc/server.crt"));
  EXPECT_THAT(access::HostsOf(*certificates->front()),
              ElementsAre("localhost", "127.0.0.1", "::1", "register.district.example"));
}

}  // namespace
}  // namespace rollcall::admin
