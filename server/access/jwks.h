// The set of keys that an issuer publishes: JSON Web Key Set, RFC 7517.

#ifndef ROLLCALL_SERVER_ACCESS_JWKS_H_
#define ROLLCALL_SERVER_ACCESS_JWKS_H_

#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "server/access/signing_key.h"

namespace rollcall::access {

inline constexpr std::size_t kMaxKeySetBytes = 1024 * 1024;
inline constexpr std::size_t kMaxKeys = 64;

// Immutable once it is made.
struct KeySet {
  std::vector<SigningKey> keys;  // In the order of the text.
  int skipped = 0;               // Keys in the text that are not of a kind that is taken.
};

// Reads a set. Taken are RSA keys for RS256 and keys on P-256 for ES256; a key is skipped if its
// `alg`, `use` or `key_ops` says that it is for something else, if it is weak or malformed, and if
// it shows its private part.
//
// Errors:  kInvalidArgument with a message that says what is wrong: no JSON object with a list
//          `keys`, over kMaxKeySetBytes or kMaxKeys, two keys of one `kid` for one algorithm, or
//          not one key that is taken.
absl::StatusOr<KeySet> ParseKeySet(std::string_view text);

}  // namespace rollcall::access

#endif  // ROLLCALL_SERVER_ACCESS_JWKS_H_
