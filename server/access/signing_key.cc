#include "server/access/signing_key.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>

#include <utility>

namespace rollcall::access {
namespace {

constexpr std::size_t kP256Bytes = 32;
constexpr std::size_t kMaxExponentBytes = 8;

template <auto kFree>
struct Freer {
  template <typename T>
  void operator()(T* object) const {
    kFree(object);
  }
};
using Number = std::unique_ptr<BIGNUM, Freer<BN_free>>;
using Params = std::unique_ptr<OSSL_PARAM, Freer<OSSL_PARAM_free>>;
using ParamBuilder = std::unique_ptr<OSSL_PARAM_BLD, Freer<OSSL_PARAM_BLD_free>>;
using KeyContext = std::unique_ptr<EVP_PKEY_CTX, Freer<EVP_PKEY_CTX_free>>;
using DigestContext = std::unique_ptr<EVP_MD_CTX, Freer<EVP_MD_CTX_free>>;
using EcdsaSignature = std::unique_ptr<ECDSA_SIG, Freer<ECDSA_SIG_free>>;

const unsigned char* Bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

Number NumberOf(std::string_view bytes) {
  return Number(BN_bin2bn(Bytes(bytes), static_cast<int>(bytes.size()), nullptr));
}

const EVP_MD* Sha256() {
  static EVP_MD* const digest = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  return digest;
}

// Null if the numbers are no key of that type.
std::shared_ptr<EVP_PKEY> MakeKey(const char* type, OSSL_PARAM_BLD* builder) {
  const Params params(OSSL_PARAM_BLD_to_param(builder));
  const KeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr));
  EVP_PKEY* raw = nullptr;
  const bool made = params != nullptr && context != nullptr &&
                    EVP_PKEY_fromdata_init(context.get()) == 1 &&
                    EVP_PKEY_fromdata(context.get(), &raw, EVP_PKEY_PUBLIC_KEY, params.get()) == 1;
  std::shared_ptr<EVP_PKEY> key(raw, EVP_PKEY_free);
  if (made) {
    const KeyContext check(EVP_PKEY_CTX_new_from_pkey(nullptr, raw, nullptr));
    if (check != nullptr && EVP_PKEY_public_check(check.get()) == 1) return key;
  }
  ERR_clear_error();
  return nullptr;
}

// The DER form that OpenSSL takes; empty if it cannot be made.
std::string DerOf(std::string_view raw) {
  const EcdsaSignature parts(ECDSA_SIG_new());
  Number r = NumberOf(raw.substr(0, kP256Bytes));
  Number s = NumberOf(raw.substr(kP256Bytes));
  if (parts == nullptr || r == nullptr || s == nullptr) return "";
  ECDSA_SIG_set0(parts.get(), r.release(), s.release());
  unsigned char* der = nullptr;
  const int size = i2d_ECDSA_SIG(parts.get(), &der);
  if (size <= 0) return "";
  std::string text(reinterpret_cast<const char*>(der), static_cast<std::size_t>(size));
  OPENSSL_free(der);
  return text;
}

}  // namespace

std::optional<SignatureAlgorithm> AlgorithmNamed(std::string_view name) {
  if (name == "RS256") return SignatureAlgorithm::kRs256;
  if (name == "ES256") return SignatureAlgorithm::kEs256;
  return std::nullopt;
}

std::optional<SigningKey> SigningKey::Rsa(std::string id, std::string_view n, std::string_view e) {
  if (n.size() > kMaxRsaBits / 8 || e.size() > kMaxExponentBytes) return std::nullopt;
  const Number modulus = NumberOf(n);
  const Number exponent = NumberOf(e);
  const ParamBuilder builder(OSSL_PARAM_BLD_new());
  if (modulus == nullptr || exponent == nullptr || builder == nullptr) return std::nullopt;
  if (BN_num_bits(modulus.get()) < kMinRsaBits || !BN_is_odd(exponent.get()) ||
      BN_is_one(exponent.get())) {
    return std::nullopt;
  }
  OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, modulus.get());
  OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, exponent.get());
  std::shared_ptr<EVP_PKEY> key = MakeKey("RSA", builder.get());
  if (key == nullptr) return std::nullopt;
  return SigningKey(std::move(id), SignatureAlgorithm::kRs256, std::move(key));
}

std::optional<SigningKey> SigningKey::P256(std::string id, std::string_view x, std::string_view y) {
  if (x.size() != kP256Bytes || y.size() != kP256Bytes) return std::nullopt;
  const ParamBuilder builder(OSSL_PARAM_BLD_new());
  if (builder == nullptr) return std::nullopt;
  std::string point = "\x04";
  point.append(x).append(y);
  OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, "P-256", 0);
  OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(),
                                   point.size());
  std::shared_ptr<EVP_PKEY> key = MakeKey("EC", builder.get());
  if (key == nullptr) return std::nullopt;
  return SigningKey(std::move(id), SignatureAlgorithm::kEs256, std::move(key));
}

bool SigningKey::Verify(std::string_view text, std::string_view signature) const {
  std::string der;
  if (algorithm_ == SignatureAlgorithm::kEs256) {
    if (signature.size() != 2 * kP256Bytes) return false;
    der = DerOf(signature);
    signature = der;
  }
  const DigestContext context(EVP_MD_CTX_new());
  const bool verified =
      context != nullptr && Sha256() != nullptr &&
      EVP_DigestVerifyInit(context.get(), nullptr, Sha256(), nullptr, key_.get()) == 1 &&
      EVP_DigestVerify(context.get(), Bytes(signature), signature.size(), Bytes(text),
                       text.size()) == 1;
  ERR_clear_error();
  return verified;
}

}  // namespace rollcall::access
