// Feeds arbitrary bytes to what reads tokens of people: the token itself, the payload behind a
// good signature, the issuer's key set and its discovery document. No input may crash them, nothing
// unsigned may be taken, and whoever a payload names must fit into a principal.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "server/access/issuer_key_source.h"
#include "server/access/jwt.h"

namespace {

using rollcall::access::KeySet;
using rollcall::access::TokenRules;

// The key of RFC 7515 appendix A.3, whose private half signs nothing here.
constexpr char kKeySet[] = R"({"keys":[{"kty":"EC","kid":"a","crv":"P-256",)"
                           R"("x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",)"
                           R"("y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}]})";

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const KeySet keys = *rollcall::access::ParseKeySet(kKeySet);
  static const TokenRules rules{"https://id.example", "rollcall", "sub", absl::Seconds(60)};
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const absl::Time now = absl::FromUnixSeconds(1'800'000'000);
  if (rollcall::access::VerifyToken(bytes, keys, rules, now).ok()) std::abort();
  const auto claims = rollcall::access::CheckClaims(bytes, rules, now);
  if (claims.ok() && (claims->subject.empty() || claims->expires <= now)) {
    std::abort();
  }
  const auto set = rollcall::access::ParseKeySet(bytes);
  if (set.ok() && set->keys.empty()) std::abort();
  rollcall::access::KeySetUrl(bytes, rules.issuer).IgnoreError();
  return 0;
}
