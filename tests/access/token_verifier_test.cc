#include "server/access/token_verifier.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/runtime/logging.h"
#include "storage/status.h"
#include "tests/access/issuer.h"
#include "tests/runtime/temp_dir.h"

namespace rollcall::access {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr std::int64_t kNow = 1'800'000'000;

class TokenVerifierTest : public ::testing::Test {
 protected:
  TokenVerifierTest() {
    EXPECT_TRUE(runtime::StartLogging({runtime::LogLevel::kDebug, directory_.Path("log")}).ok());
    settings_.issuer = "https://id.example";
    settings_.audience = "rollcall";
    settings_.jwks_file = directory_.Path("keys.json");
    pace_.between_renewals = std::chrono::milliseconds(0);
    Publish({{"first", &first_}});
  }
  ~TokenVerifierTest() override { EXPECT_TRUE(runtime::StartLogging({}).ok()); }

  void Publish(const std::vector<std::pair<std::string, const KeyPair*>>& keys) {
    std::vector<nlohmann::json> all;
    for (const auto& [id, key] : keys) all.push_back(key->Jwk(id));
    directory_.Write("keys.json", KeySetText(all));
  }

  static std::string TokenOf(const std::string& id, const KeyPair& key,
                             const std::string& audience = "rollcall") {
    return Token({{"alg", "ES256"}, {"kid", id}},
                 {{"iss", "https://id.example"},
                  {"aud", audience},
                  {"sub", "pat-the-subject"},
                  {"exp", kNow + 300}},
                 key);
  }

  std::unique_ptr<TokenVerifier> Verifier() {
    absl::StatusOr<std::unique_ptr<TokenVerifier>> made = TokenVerifier::Create(settings_, pace_);
    EXPECT_TRUE(made.ok()) << made.status();
    return *std::move(made);
  }

  static absl::StatusOr<VerifiedToken> Verify(TokenVerifier& verifier, const std::string& token) {
    return verifier.Verify(token, absl::FromUnixSeconds(kNow));
  }

  rollcall::testing::TempDir directory_;
  runtime::OidcSettings settings_;
  KeyPace pace_;
  const KeyPair first_ = KeyPair::Ec();
  const KeyPair second_ = KeyPair::Ec();
};

TEST_F(TokenVerifierTest, TakesAGoodToken) {
  const auto verifier = Verifier();
  const auto verified = Verify(*verifier, TokenOf("first", first_));
  ASSERT_TRUE(verified.ok()) << verified.status();
  EXPECT_EQ(verified->subject, "pat-the-subject");
}

TEST_F(TokenVerifierTest, EveryRefusalLooksTheSameAndTheLogHasNothingOfTheToken) {
  const auto verifier = Verifier();
  const std::string good = TokenOf("first", first_);
  const absl::Status malformed = Verify(*verifier, "secret-but-no-token").status();
  EXPECT_EQ(malformed.code(), absl::StatusCode::kUnauthenticated);
  EXPECT_EQ(ErrorReason(malformed), "TOKEN_REFUSED");
  for (const std::string& bad :
       {TokenOf("first", second_), TokenOf("no-such-key", first_),
        TokenOf("first", first_, "somebody-else"), good + "x", std::string(1'000'000, 'x')}) {
    EXPECT_EQ(Verify(*verifier, bad).status(), malformed);
  }
  const std::string log = directory_.Read("log");
  EXPECT_THAT(log, AllOf(HasSubstr(R"("event":"token_refused","cause":"malformed")"),
                         HasSubstr(R"("cause":"signature")"), HasSubstr(R"("cause":"unknown_key")"),
                         HasSubstr(R"("cause":"audience")"), HasSubstr(R"("cause":"too_long")")));
  EXPECT_THAT(log, AllOf(Not(HasSubstr("secret-but-no-token")), Not(HasSubstr("no-such-key")),
                         Not(HasSubstr("pat-the-subject")), Not(HasSubstr("somebody-else")),
                         Not(HasSubstr(good.substr(0, 20)))));
}

TEST_F(TokenVerifierTest, KeysAreRotated) {
  const auto verifier = Verifier();
  EXPECT_FALSE(Verify(*verifier, TokenOf("second", second_)).ok());
  Publish({{"first", &first_}, {"second", &second_}});
  EXPECT_TRUE(Verify(*verifier, TokenOf("second", second_)).ok());
  EXPECT_TRUE(Verify(*verifier, TokenOf("first", first_)).ok());
  // A set that cannot be read changes nothing; one without the old key ends it.
  directory_.Write("keys.json", "{}");
  EXPECT_FALSE(Verify(*verifier, TokenOf("third", second_)).ok());
  EXPECT_TRUE(Verify(*verifier, TokenOf("first", first_)).ok());
  EXPECT_THAT(directory_.Read("log"), HasSubstr("oidc_keys_not_loaded"));
  Publish({{"second", &second_}});
  EXPECT_FALSE(Verify(*verifier, TokenOf("third", second_)).ok());
  EXPECT_FALSE(Verify(*verifier, TokenOf("first", first_)).ok());
  EXPECT_TRUE(Verify(*verifier, TokenOf("second", second_)).ok());
}

TEST_F(TokenVerifierTest, FilesThatCannotBeReadAreSaidAtTheStart) {
  settings_.ca_file = directory_.Path("none.pem");
  absl::Status status = TokenVerifier::Create(settings_).status();
  EXPECT_EQ(ErrorReason(status), "OIDC_KEYS");
  EXPECT_THAT(std::string(status.message()), HasSubstr("none.pem"));
  settings_.ca_file.clear();
  settings_.jwks_file = directory_.Path("none.json");
  status = TokenVerifier::Create(settings_).status();
  EXPECT_EQ(ErrorReason(status), "OIDC_KEYS");
  EXPECT_THAT(std::string(status.message()), HasSubstr("none.json"));
}

TEST_F(TokenVerifierTest, AnIssuerThatDoesNotAnswerStopsNobody) {
  settings_.jwks_file.clear();
  settings_.jwks_url = "http://127.0.0.1:1/keys";
  const auto verifier = Verifier();
  EXPECT_EQ(ErrorReason(Verify(*verifier, TokenOf("first", first_)).status()), "TOKEN_REFUSED");
  EXPECT_THAT(directory_.Read("log"), HasSubstr("oidc_keys_not_loaded"));
}

}  // namespace
}  // namespace rollcall::access
