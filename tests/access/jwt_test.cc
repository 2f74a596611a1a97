#include "server/access/jwt.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/access/issuer.h"

namespace rollcall::access {
namespace {

using nlohmann::json;

constexpr std::int64_t kNow = 1'800'000'000;

const KeyPair& RsaKey() {
  static const KeyPair key = KeyPair::Rsa();
  return key;
}
const KeyPair& EcKey() {
  static const KeyPair key = KeyPair::Ec();
  return key;
}

class JwtTest : public ::testing::Test {
 protected:
  JwtTest() : keys_(*ParseKeySet(KeySetText({RsaKey().Jwk("rsa"), EcKey().Jwk("ec")}))) {}

  static json Claims(const json& extra = json::object()) {
    json claims = {{"iss", "https://id.example"},
                   {"aud", "rollcall"},
                   {"sub", "pat"},
                   {"exp", kNow + 300},
                   {"iat", kNow - 10}};
    claims.update(extra);
    return claims;
  }
  static json Without(const char* name) {
    json claims = Claims();
    claims.erase(name);
    return claims;
  }
  static json RsaHeader() { return {{"alg", "RS256"}, {"kid", "rsa"}}; }
  static json EcHeader() { return {{"alg", "ES256"}, {"kid", "ec"}}; }

  // The subject, or "refused: " and the cause.
  std::string Outcome(const std::string& token) const {
    const absl::StatusOr<VerifiedToken> verified =
        VerifyToken(token, keys_, rules_, absl::FromUnixSeconds(kNow));
    if (verified.ok()) return verified->subject;
    EXPECT_EQ(verified.status().code(), absl::StatusCode::kUnauthenticated);
    return "refused: " + std::string(verified.status().message());
  }
  std::string OutcomeOf(const json& claims) const {
    return Outcome(Token(RsaHeader(), claims, RsaKey()));
  }

  KeySet keys_;
  TokenRules rules_{"https://id.example", "rollcall", "sub", absl::Seconds(60)};
};

TEST_F(JwtTest, GoodTokensOfBothAlgorithms) {
  EXPECT_EQ(Outcome(Token(RsaHeader(), Claims(), RsaKey())), "pat");
  EXPECT_EQ(Outcome(Token(EcHeader(), Claims(), EcKey())), "pat");
  const auto verified =
      VerifyToken(Token(EcHeader(), Claims(), EcKey()), keys_, rules_, absl::FromUnixSeconds(kNow));
  EXPECT_EQ(verified->expires, absl::FromUnixSeconds(kNow + 300 + 60));
}

TEST_F(JwtTest, UnsignedTokensAreRefused) {
  for (const char* none : {"none", "None", "NONE", ""}) {
    const std::string text = Base64Url(json{{"alg", none}, {"kid", "rsa"}}.dump()) + "." +
                             Base64Url(Claims().dump()) + ".";
    EXPECT_EQ(Outcome(text), "refused: algorithm");
  }
  EXPECT_EQ(Outcome(Token({{"kid", "rsa"}}, Claims(), RsaKey())), "refused: algorithm");
  const std::string good = Token(RsaHeader(), Claims(), RsaKey());
  EXPECT_EQ(Outcome(good.substr(0, good.rfind('.') + 1)), "refused: signature");
}

TEST_F(JwtTest, HmacIsRefusedAlsoWithThePublicKeyAsItsSecret) {
  const json rsa = RsaKey().Jwk("rsa");
  const std::string n = rsa["n"];
  for (const std::string& secret : {RsaKey().Pem(), rsa.dump(), n, std::string("secret")}) {
    for (const char* algorithm : {"HS256", "HS384", "HS512"}) {
      EXPECT_EQ(Outcome(HmacToken({{"alg", algorithm}, {"kid", "rsa"}}, Claims(), secret)),
                "refused: algorithm");
    }
    EXPECT_EQ(Outcome(HmacToken(RsaHeader(), Claims(), secret)), "refused: signature");
  }
}

TEST_F(JwtTest, TheKeyDecidesOnTheAlgorithm) {
  EXPECT_EQ(Outcome(Token({{"alg", "ES256"}, {"kid", "rsa"}}, Claims(), RsaKey())),
            "refused: algorithm");
  EXPECT_EQ(Outcome(Token({{"alg", "RS256"}, {"kid", "ec"}}, Claims(), EcKey())),
            "refused: algorithm");
  for (const char* other : {"RS384", "RS512", "PS256", "ES384", "ES512", "EdDSA", "rs256"}) {
    EXPECT_EQ(Outcome(Token({{"alg", other}, {"kid", "rsa"}}, Claims(), RsaKey())),
              "refused: algorithm");
  }
}

TEST_F(JwtTest, KeyIds) {
  EXPECT_EQ(Outcome(Token({{"alg", "RS256"}, {"kid", "other"}}, Claims(), RsaKey())),
            "refused: unknown_key");
  EXPECT_EQ(Outcome(Token({{"alg", "RS256"}}, Claims(), RsaKey())), "refused: key_id_missing");
  EXPECT_EQ(Outcome(Token({{"alg", "RS256"}, {"kid", 1}}, Claims(), RsaKey())),
            "refused: malformed");
  EXPECT_EQ(Outcome(Token(RsaHeader(), Claims(), KeyPair::Rsa())), "refused: signature");
  keys_ = *ParseKeySet(KeySetText({RsaKey().Jwk("rsa")}));
  EXPECT_EQ(Outcome(Token({{"alg", "RS256"}}, Claims(), RsaKey())), "pat");
  EXPECT_EQ(Outcome(Token({{"alg", "ES256"}}, Claims(), EcKey())), "refused: algorithm");
  keys_ = KeySet();
  EXPECT_EQ(Outcome(Token({{"alg", "RS256"}}, Claims(), RsaKey())), "refused: unknown_key");
}

TEST_F(JwtTest, KeysInTheTokenAreNotUsed) {
  const KeyPair own = KeyPair::Rsa();
  EXPECT_EQ(
      Outcome(Token({{"alg", "RS256"}, {"kid", "rsa"}, {"jwk", own.Jwk("rsa")}}, Claims(), own)),
      "refused: signature");
  EXPECT_EQ(Outcome(Token({{"alg", "RS256"}, {"kid", "x"}, {"jku", "https://id.example/keys"}},
                          Claims(), own)),
            "refused: unknown_key");
}

TEST_F(JwtTest, ExtensionsThatATokenDemandsAreRefused) {
  json header = RsaHeader();
  header["crit"] = {"b64"};
  header["b64"] = false;
  EXPECT_EQ(Outcome(Token(header, Claims(), RsaKey())), "refused: critical_header");
  header["crit"] = json::array();
  EXPECT_EQ(Outcome(Token(header, Claims(), RsaKey())), "refused: critical_header");
}

TEST_F(JwtTest, TypesOfTokens) {
  json header = RsaHeader();
  for (const char* good : {"JWT", "jwt", "at+jwt", "application/at+jwt"}) {
    header["typ"] = good;
    EXPECT_EQ(Outcome(Token(header, Claims(), RsaKey())), "pat") << good;
  }
  for (const json& bad : {json("logout+jwt"), json("dpop+jwt"), json(""), json(7)}) {
    header["typ"] = bad;
    EXPECT_EQ(Outcome(Token(header, Claims(), RsaKey())), "refused: type") << bad;
  }
  EXPECT_EQ(OutcomeOf(Claims({{"events", json::object()}})), "refused: type");
}

TEST_F(JwtTest, Issuers) {
  EXPECT_EQ(OutcomeOf(Without("iss")), "refused: issuer");
  for (const json& other : {json("https://id.example/"), json("https://id.example.org"),
                            json(nullptr), json({"https://id.example"})}) {
    EXPECT_EQ(OutcomeOf(Claims({{"iss", other}})), "refused: issuer") << other;
  }
}

TEST_F(JwtTest, Audiences) {
  EXPECT_EQ(OutcomeOf(Claims({{"aud", {"other", "rollcall"}}})), "pat");
  EXPECT_EQ(OutcomeOf(Without("aud")), "refused: audience");
  for (const json& other : {json("other"), json(""), json({"other"}), json::array(), json(7),
                            json({{"rollcall", true}}), json({"rollcall", 7}), json("Rollcall")}) {
    EXPECT_EQ(OutcomeOf(Claims({{"aud", other}})), "refused: audience") << other;
  }
}

TEST_F(JwtTest, ExpiryWithinTheSkew) {
  EXPECT_EQ(OutcomeOf(Claims({{"exp", kNow - 59}})), "pat");
  EXPECT_EQ(OutcomeOf(Claims({{"exp", kNow - 60}})), "refused: expired");
  EXPECT_EQ(OutcomeOf(Claims({{"exp", kNow - 59.5}})), "pat");
  EXPECT_EQ(OutcomeOf(Without("exp")), "refused: expired");
  for (const json& other : {json(std::to_string(kNow + 300)), json(-1), json(1e300), json(true)}) {
    EXPECT_EQ(OutcomeOf(Claims({{"exp", other}})), "refused: expired") << other;
  }
  rules_.clock_skew = absl::ZeroDuration();
  EXPECT_EQ(OutcomeOf(Claims({{"exp", kNow}})), "refused: expired");
  EXPECT_EQ(OutcomeOf(Claims({{"exp", kNow + 1}})), "pat");
}

TEST_F(JwtTest, StartWithinTheSkew) {
  for (const char* name : {"nbf", "iat"}) {
    EXPECT_EQ(OutcomeOf(Claims({{name, kNow + 60}})), "pat") << name;
    EXPECT_EQ(OutcomeOf(Claims({{name, kNow + 61}})), "refused: not_yet_valid") << name;
    EXPECT_EQ(OutcomeOf(Claims({{name, "soon"}})), "refused: not_yet_valid") << name;
  }
  EXPECT_EQ(OutcomeOf(Without("iat")), "pat");
}

TEST_F(JwtTest, Subjects) {
  EXPECT_EQ(OutcomeOf(Without("sub")), "refused: subject");
  EXPECT_EQ(OutcomeOf(Claims({{"sub", std::string(255, 'x')}})), std::string(255, 'x'));
  for (const json& other : {json(""), json(7), json("a\nb"), json("a\x7f"),
                            json(std::string(256, 'x')), json(std::string("a\0b", 3))}) {
    EXPECT_EQ(OutcomeOf(Claims({{"sub", other}})), "refused: subject") << other;
  }
}

TEST_F(JwtTest, AnAddressThatWasNotVerifiedNamesNobody) {
  rules_.subject_claim = "email";
  EXPECT_EQ(OutcomeOf(Claims()), "refused: subject");
  EXPECT_EQ(OutcomeOf(Claims({{"email", "pat@id.example"}})), "pat@id.example");
  EXPECT_EQ(OutcomeOf(Claims({{"email", "pat@id.example"}, {"email_verified", true}})),
            "pat@id.example");
  for (const json& no : {json(false), json("true"), json(nullptr)}) {
    EXPECT_EQ(OutcomeOf(Claims({{"email", "pat@id.example"}, {"email_verified", no}})),
              "refused: subject");
  }
}

TEST_F(JwtTest, LongTokensAreRefusedBeforeTheyAreRead) {
  EXPECT_EQ(Outcome(std::string(1'000'000, '.')), "refused: too_long");
  EXPECT_EQ(Outcome(Token(RsaHeader(), Claims({{"pad", std::string(1'000'000, 'x')}}), RsaKey())),
            "refused: too_long");
  EXPECT_EQ(OutcomeOf(Claims({{"pad", std::string(11'000, 'x')}})), "pat");
}

TEST_F(JwtTest, MalformedTokens) {
  const std::string good = Token(RsaHeader(), Claims(), RsaKey());
  for (const std::string& bad :
       {std::string(), std::string("."), std::string(".."), std::string("a.b"), good + ".",
        good + ".x", " " + good, good + "\n", good + "=",
        Base64Url("[]") + "." + Base64Url("{}") + ".",
        Base64Url("{") + "." + Base64Url("{}") + "."}) {
    EXPECT_EQ(Outcome(bad), "refused: malformed") << bad;
  }
  // The padded alphabet of another base64, and a spelling with stray bits at the end.
  std::string other = good;
  other.back() = '+';
  EXPECT_EQ(Outcome(other), "refused: malformed");
}

TEST_F(JwtTest, MembersThatStandTwiceAreRefused) {
  const auto signed_text = [](const std::string& header, const std::string& payload) {
    const std::string text = Base64Url(header) + "." + Base64Url(payload);
    return text + "." + Base64Url(RsaKey().Sign(text));
  };
  const std::string header = RsaHeader().dump();
  const std::string claims = Claims().dump();
  EXPECT_EQ(Outcome(signed_text(header, claims)), "pat");
  EXPECT_EQ(Outcome(signed_text(R"({"alg":"none","alg":"RS256","kid":"rsa"})", claims)),
            "refused: malformed");
  EXPECT_EQ(Outcome(signed_text(header, R"({"sub":"kim",)" + claims.substr(1))),
            "refused: malformed");
  EXPECT_EQ(Outcome(signed_text(header, "{\"a\":" + std::string(50, '[') + std::string(50, ']') +
                                            "," + claims.substr(1))),
            "refused: malformed");
  EXPECT_EQ(Outcome(signed_text(header, "{\"a\":\"\xff\"," + claims.substr(1))),
            "refused: malformed");
}

TEST_F(JwtTest, EveryChangedByteIsNoticed) {
  const std::string good = Token(EcHeader(), Claims(), EcKey());
  for (std::size_t i = 0; i < good.size(); ++i) {
    std::string changed = good;
    changed[i] = changed[i] == 'A' ? 'B' : 'A';
    EXPECT_NE(Outcome(changed), "pat") << i;
  }
}

TEST_F(JwtTest, SignaturesOfES256AreTwoNumbersOfFixedSize) {
  const std::string text = Base64Url(EcHeader().dump()) + "." + Base64Url(Claims().dump());
  const std::string raw = EcKey().Sign(text);
  ASSERT_EQ(raw.size(), 64U);
  EXPECT_EQ(Outcome(text + "." + Base64Url(raw)), "pat");
  EXPECT_EQ(Outcome(text + "." + Base64Url(raw + '\0')), "refused: signature");
  EXPECT_EQ(Outcome(text + "." + Base64Url(raw.substr(1))), "refused: signature");
  EXPECT_EQ(Outcome(text + "." + Base64Url(std::string(64, '\0'))), "refused: signature");
  EXPECT_EQ(Outcome(text + "." + Base64Url(std::string(64, '\xff'))), "refused: signature");
}

}  // namespace
}  // namespace rollcall::access
