// One public key of a token's issuer.

#ifndef ROLLCALL_SERVER_ACCESS_SIGNING_KEY_H_
#define ROLLCALL_SERVER_ACCESS_SIGNING_KEY_H_

#include <memory>
#include <optional>
#include <string>
#include <string_view>

struct evp_pkey_st;

namespace rollcall::access {

// The only algorithms there are here (RFC 7518 sections 3.3 and 3.4). There is no way to name
// `none` or a MAC.
enum class SignatureAlgorithm {
  kRs256,  // RSASSA-PKCS1-v1_5 with SHA-256.
  kEs256,  // ECDSA on P-256 with SHA-256.
};

// The algorithm that a token's or key's `alg` names; none for any that is not taken.
std::optional<SignatureAlgorithm> AlgorithmNamed(std::string_view name);

// Sizes of RSA keys that are taken, in bits: less is too weak (NIST SP 800-131A), more only makes
// refusing a forged token dear.
inline constexpr int kMinRsaBits = 2048;
inline constexpr int kMaxRsaBits = 8192;

// A key and the one algorithm that it is for. Cheap to copy; thread-safe.
class SigningKey {
 public:
  // Big-endian bytes, as in RFC 7518 section 6. None if the numbers make no key that is taken:
  // size out of range, exponent even or below 3 or above 8 bytes, point not on the curve.
  static std::optional<SigningKey> Rsa(std::string id, std::string_view n, std::string_view e);
  static std::optional<SigningKey> P256(std::string id, std::string_view x, std::string_view y);

  // The key's `kid`; may be empty.
  const std::string& id() const { return id_; }
  SignatureAlgorithm algorithm() const { return algorithm_; }

  // True if `signature`, in the form of a token (r and s of ES256 as 32 bytes each), is this key's
  // over `text`.
  bool Verify(std::string_view text, std::string_view signature) const;

 private:
  SigningKey(std::string id, SignatureAlgorithm algorithm, std::shared_ptr<evp_pkey_st> key)
      : id_(std::move(id)), algorithm_(algorithm), key_(std::move(key)) {}

  std::string id_;
  SignatureAlgorithm algorithm_;
  std::shared_ptr<evp_pkey_st> key_;
};

}  // namespace rollcall::access

#endif  // ROLLCALL_SERVER_ACCESS_SIGNING_KEY_H_
