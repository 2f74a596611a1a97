// JSON Web Tokens as bearer tokens: RFC 7515 compact form, RFC 7519, RFC 8725.
//
// Every refusal is kUnauthenticated with a message of one word, the cause, which is for the log: it
// has no part of the token in it, and must not reach the caller, who could learn from it what to
// try next. The causes:
//
//   too_long         over kMaxTokenBytes; nothing of it was read
//   malformed        not three parts of base64url, not JSON objects, a member twice or of a wrong
//   type algorithm        `alg` is not RS256 or ES256, or not the one that the key is for
//   critical_header  the token demands extensions (`crit`); none are known
//   type             `typ` says that it is something else than a token for access or identity
//   key_id_missing   no `kid`, while the issuer has several keys
//   unknown_key      no key of that `kid`
//   signature        the signature is not the key's
//   issuer, audience, expired, not_yet_valid, subject
//                    the claim is missing or wrong

#ifndef ROLLCALL_SERVER_ACCESS_JWT_H_
#define ROLLCALL_SERVER_ACCESS_JWT_H_

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/access/jwks.h"

namespace rollcall::access {

inline constexpr std::size_t kMaxTokenBytes = 16 * 1024;
// A subject is part of a principal, which stands in every revision and in the log.
inline constexpr std::size_t kMaxSubjectBytes = 255;

// What is asked of a token besides its signature.
struct TokenRules {
  std::string issuer;         // Equal to `iss`.
  std::string audience;       // `aud`, or one of its entries.
  std::string subject_claim;  // Its value names the person.
  absl::Duration clock_skew;  // Added to both ends of the time in which a token is valid.
};

// What a good token says.
struct VerifiedToken {
  std::string subject;  // UTF-8 without control characters, [1, kMaxSubjectBytes] bytes.
  absl::Time expires;   // When it is first refused: `exp` and the skew.
};

// Verifies a token with the keys of its issuer.
//
// The key decides how its signature is verified; the token's `alg` can only agree. A token without
// `kid` is taken if there is exactly one key. Keys or addresses in the token's header (`jwk`,
// `jku`, `x5c`, `x5u`) are never used. The payload is not looked at before the signature is.
//
// Errors: see above. Cost: one verification. Thread-safe.
absl::StatusOr<VerifiedToken> VerifyToken(std::string_view token, const KeySet& keys,
                                          const TokenRules& rules, absl::Time now);

// The part of VerifyToken that reads the payload, a JSON text.
//
// `exp` is required, `nbf` and `iat` are heeded if they are there; a token is valid from
// nbf - skew, at which it already is, to exp + skew, at which it no longer is. A subject claim
// `email` is refused if `email_verified` is there and not true. A token with `events` announces
// something, such as a logout, and gives no access.
absl::StatusOr<VerifiedToken> CheckClaims(std::string_view payload, const TokenRules& rules,
                                          absl::Time now);

}  // namespace rollcall::access

#endif  // ROLLCALL_SERVER_ACCESS_JWT_H_
