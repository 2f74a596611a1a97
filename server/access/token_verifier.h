// People by OpenID Connect: takes the bearer token of a call and says who sent it.

#ifndef ROLLCALL_SERVER_ACCESS_TOKEN_VERIFIER_H_
#define ROLLCALL_SERVER_ACCESS_TOKEN_VERIFIER_H_

#include <memory>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/access/issuer_key_keeper.h"
#include "server/access/jwt.h"
#include "server/runtime/oidc_settings.h"

namespace rollcall::access {

// Thread-safe.
class TokenVerifier {
 public:
  // `settings.issuer` is not empty; the settings passed the checks of LoadConfig.
  //
  // Reads the keys once, which takes up to twice kFetchSeconds if they come over the network. If
  // the network fails, that is logged and the server may start: tokens are refused until the keys
  // are there, everybody else is served.
  // Errors: kFailedPrecondition, reason OIDC_KEYS: the key file cannot be read or has no key, or
  //         there is no certificate authority's file of that name.
  static absl::StatusOr<std::unique_ptr<TokenVerifier>> Create(
      const runtime::OidcSettings& settings, const KeyPace& pace = {});

  // Returns whom `token`, the text after "Bearer ", stands for at the time `now`. The principal
  // is "oidc:" and the subject.
  //
  // Waits at most `pace.longest_wait`, and only for a token with a key id that is not known.
  // Errors: kUnauthenticated, reason TOKEN_REFUSED, with the same message for every cause. The
  //         cause goes to the log as the event `token_refused`, with no part of the token.
  absl::StatusOr<VerifiedToken> Verify(std::string_view token, absl::Time now);

 private:
  TokenVerifier(const runtime::OidcSettings& settings, KeySet first, const KeyPace& pace);

  const TokenRules rules_;
  KeyKeeper keys_;
};

}  // namespace rollcall::access

#endif  // ROLLCALL_SERVER_ACCESS_TOKEN_VERIFIER_H_
