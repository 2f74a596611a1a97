// An issuer of tokens within a test: its keys, its key set, and tokens good and bad.

#ifndef ROLLCALL_TESTS_ACCESS_ISSUER_H_
#define ROLLCALL_TESTS_ACCESS_ISSUER_H_

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace rollcall::access {

inline std::string Base64Url(const std::string& bytes) { return absl::WebSafeBase64Escape(bytes); }

// A key pair of the issuer.
class KeyPair {
 public:
  static KeyPair Rsa(unsigned bits = 2048) { return KeyPair(EVP_RSA_gen(bits)); }
  static KeyPair Ec(const char* curve = "P-256") { return KeyPair(EVP_EC_gen(curve)); }

  EVP_PKEY* get() const { return key_.get(); }

  std::string Sign(const std::string& text) const {
    const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(),
                                                                          EVP_MD_CTX_free);
    const auto* const bytes = reinterpret_cast<const unsigned char*>(text.data());
    std::size_t size = 0;
    EXPECT_EQ(EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, get()), 1);
    EXPECT_EQ(EVP_DigestSign(context.get(), nullptr, &size, bytes, text.size()), 1);
    std::string signature(size, '\0');
    EXPECT_EQ(EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()),
                             &size, bytes, text.size()),
              1);
    signature.resize(size);
    return EVP_PKEY_is_a(get(), "EC") == 1 ? RawOf(signature) : signature;
  }

  // The public key as a JSON Web Key, with `extra` laid over it.
  nlohmann::json Jwk(const std::string& id, const nlohmann::json& extra = {}) const {
    nlohmann::json jwk = {{"kid", id}, {"use", "sig"}};
    if (EVP_PKEY_is_a(get(), "EC") == 1) {
      const std::size_t size = static_cast<std::size_t>(EVP_PKEY_get_bits(get()) + 7) / 8;
      jwk["kty"] = "EC";
      jwk["crv"] = absl::StrCat("P-", EVP_PKEY_get_bits(get()));
      jwk["x"] = Number(OSSL_PKEY_PARAM_EC_PUB_X, size);
      jwk["y"] = Number(OSSL_PKEY_PARAM_EC_PUB_Y, size);
    } else {
      jwk["kty"] = "RSA";
      jwk["n"] = Number(OSSL_PKEY_PARAM_RSA_N, 0);
      jwk["e"] = Number(OSSL_PKEY_PARAM_RSA_E, 0);
    }
    if (extra.is_object()) jwk.update(extra);
    return jwk;
  }

  // The public key as PEM: what is taken for a secret in the confusion of RSA with HMAC.
  std::string Pem() const {
    const std::unique_ptr<BIO, decltype(&BIO_free)> memory(BIO_new(BIO_s_mem()), BIO_free);
    EXPECT_EQ(PEM_write_bio_PUBKEY(memory.get(), get()), 1);
    char* text = nullptr;
    const long size = BIO_get_mem_data(memory.get(), &text);
    return {text, static_cast<std::size_t>(size)};
  }

 private:
  explicit KeyPair(EVP_PKEY* key) : key_(key, EVP_PKEY_free) { EXPECT_NE(key, nullptr); }

  static std::string Padded(const BIGNUM* number, std::size_t size) {
    std::string bytes(size == 0 ? static_cast<std::size_t>(BN_num_bytes(number)) : size, '\0');
    BN_bn2binpad(number, reinterpret_cast<unsigned char*>(bytes.data()),
                 static_cast<int>(bytes.size()));
    return bytes;
  }

  std::string Number(const char* name, std::size_t size) const {
    BIGNUM* number = nullptr;
    EXPECT_EQ(EVP_PKEY_get_bn_param(get(), name, &number), 1);
    std::string text = Base64Url(Padded(number, size));
    BN_free(number);
    return text;
  }

  static std::string RawOf(const std::string& der) {
    const auto* bytes = reinterpret_cast<const unsigned char*>(der.data());
    ECDSA_SIG* const parts = d2i_ECDSA_SIG(nullptr, &bytes, static_cast<long>(der.size()));
    std::string raw = Padded(ECDSA_SIG_get0_r(parts), 32) + Padded(ECDSA_SIG_get0_s(parts), 32);
    ECDSA_SIG_free(parts);
    return raw;
  }

  std::shared_ptr<EVP_PKEY> key_;
};

inline std::string KeySetText(const std::vector<nlohmann::json>& keys) {
  return nlohmann::json{{"keys", keys}}.dump();
}

// A token of any header and payload, signed with `key`.
inline std::string Token(const nlohmann::json& header, const nlohmann::json& payload,
                         const KeyPair& key) {
  const std::string text = Base64Url(header.dump()) + "." + Base64Url(payload.dump());
  return text + "." + Base64Url(key.Sign(text));
}

// The same with an HMAC.
inline std::string HmacToken(const nlohmann::json& header, const nlohmann::json& payload,
                             const std::string& secret) {
  const std::string text = Base64Url(header.dump()) + "." + Base64Url(payload.dump());
  std::string mac(EVP_MAX_MD_SIZE, '\0');
  unsigned size = 0;
  HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
       reinterpret_cast<const unsigned char*>(text.data()), text.size(),
       reinterpret_cast<unsigned char*>(mac.data()), &size);
  mac.resize(size);
  return text + "." + Base64Url(mac);
}

}  // namespace rollcall::access

#endif  // ROLLCALL_TESTS_ACCESS_ISSUER_H_
