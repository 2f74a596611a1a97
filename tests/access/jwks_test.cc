#include "server/access/jwks.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/access/issuer.h"

namespace rollcall::access {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;

// The ids that are taken of a set, in order, or what is wrong with it.
std::string Taken(const std::string& text) {
  const absl::StatusOr<KeySet> set = ParseKeySet(text);
  if (!set.ok()) return std::string(set.status().message());
  std::string ids;
  for (const SigningKey& key : set->keys) absl::StrAppend(&ids, key.id(), " ");
  return absl::StrCat(ids, "skipped ", set->skipped);
}

TEST(JwksTest, TakesBothKindsOfKeys) {
  EXPECT_EQ(Taken(KeySetText({KeyPair::Rsa().Jwk("a"), KeyPair::Ec().Jwk("b"),
                              KeyPair::Rsa(3072).Jwk("c", {{"alg", "RS256"}}),
                              KeyPair::Ec().Jwk("d", {{"alg", "ES256"}})})),
            "a b c d skipped 0");
}

TEST(JwksTest, SkipsKeysForSomethingElse) {
  const json good = KeyPair::Ec().Jwk("good");
  const KeyPair rsa = KeyPair::Rsa();
  const KeyPair ec = KeyPair::Ec();
  const std::vector<json> others = {
      rsa.Jwk("x", {{"use", "enc"}}),
      rsa.Jwk("x", {{"alg", "RS512"}}),
      rsa.Jwk("x", {{"alg", "PS256"}}),
      rsa.Jwk("x", {{"alg", "RSA-OAEP"}}),
      rsa.Jwk("x", {{"alg", "HS256"}}),
      rsa.Jwk("x", {{"alg", 7}}),
      rsa.Jwk("x", {{"key_ops", {"encrypt"}}}),
      rsa.Jwk("x", {{"key_ops", "verify"}}),
      rsa.Jwk("x", {{"kty", "oct"}, {"k", "c2VjcmV0"}}),
      rsa.Jwk("x", {{"kty", "EC"}}),
      rsa.Jwk("x", {{"kid", 7}}),
      rsa.Jwk("x", {{"d", "AQAB"}}),
      ec.Jwk("x", {{"alg", "RS256"}}),
      ec.Jwk("x", {{"crv", "P-384"}}),
      ec.Jwk("x", {{"kty", "RSA"}}),
      KeyPair::Ec("P-384").Jwk("x"),
      json("a text"),
  };
  for (const json& other : others) {
    EXPECT_EQ(Taken(KeySetText({other, good})), "good skipped 1") << other;
  }
  EXPECT_EQ(Taken(KeySetText({rsa.Jwk("x", {{"key_ops", {"verify"}}}), good})), "x good skipped 0");
}

TEST(JwksTest, SkipsWeakAndMalformedKeys) {
  const json good = KeyPair::Ec().Jwk("good");
  const json rsa = KeyPair::Rsa().Jwk("x");
  const json ec = KeyPair::Ec().Jwk("x");
  const auto with = [](json key, const char* name, const json& value) {
    key[name] = value;
    return key;
  };
  const std::string n = rsa["n"];
  const std::string x = ec["x"];
  const std::vector<json> others = {
      KeyPair::Rsa(1024).Jwk("x"),
      KeyPair::Rsa(2040).Jwk("x"),
      with(rsa, "e", "AQ"),  // 1
      with(rsa, "e", "Ag"),  // 2
      with(rsa, "e", ""),
      with(rsa, "e", 65537),
      with(rsa, "e", Base64Url(std::string(9, '\xff'))),
      with(rsa, "n", n + "="),
      with(rsa, "n", ""),
      with(rsa, "n", Base64Url(std::string(1025, '\xff'))),
      with(ec, "x", x.substr(1)),
      with(ec, "x", Base64Url(std::string(32, '\xff'))),
      with(ec, "y", ec["x"]),  // Not on the curve.
      with(ec, "y", nullptr),
  };
  for (const json& other : others) {
    EXPECT_EQ(Taken(KeySetText({other, good})), "good skipped 1") << other;
  }
}

TEST(JwksTest, RefusesWhatIsNoSet) {
  EXPECT_THAT(Taken(""), HasSubstr("not a JSON object"));
  EXPECT_THAT(Taken("[]"), HasSubstr("not a JSON object"));
  EXPECT_THAT(Taken("{}"), HasSubstr("no list named keys"));
  EXPECT_THAT(Taken(R"({"keys":{}})"), HasSubstr("no list named keys"));
  EXPECT_THAT(Taken(R"({"keys":[],"keys":[]})"), HasSubstr("not a JSON object"));
  EXPECT_THAT(Taken(R"({"keys":[]})"), HasSubstr("no RSA key"));
  EXPECT_THAT(Taken(std::string(kMaxKeySetBytes + 1, ' ')), HasSubstr("over 1 MiB"));
  EXPECT_THAT(Taken(KeySetText(std::vector<json>(65))), HasSubstr("more than 64"));
  const KeyPair key = KeyPair::Ec();
  EXPECT_THAT(Taken(KeySetText({key.Jwk("a"), key.Jwk("a")})), HasSubstr("same kid"));
  EXPECT_EQ(Taken(KeySetText({key.Jwk("a"), KeyPair::Rsa().Jwk("a")})), "a a skipped 0");
}

}  // namespace
}  // namespace rollcall::access
