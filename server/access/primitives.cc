#include "server/access/primitives.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/rand.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <limits>

namespace rollcall::access {
namespace {

static_assert(kNonceBytes == 12, "the length that OpenSSL takes for AES-GCM unless told otherwise");

// A process whose library lacks AES, SHA-256 or memory can keep no secret and must not go on.
[[noreturn]] void Stop(const char* what) {
  std::fprintf(stderr, "the cryptographic library failed: %s\n", what);
  std::abort();
}

const EVP_CIPHER* Aes256Gcm() {
  static const EVP_CIPHER* const cipher = EVP_CIPHER_fetch(nullptr, "AES-256-GCM", nullptr);
  if (cipher == nullptr) Stop("AES-256-GCM");
  return cipher;
}

// Setting the key alone is much cheaper in a context that had this cipher before.
class CipherContext {
 public:
  explicit CipherContext(bool encrypt) : context_(EVP_CIPHER_CTX_new()) {
    if (context_ == nullptr || EVP_CipherInit_ex2(context_, Aes256Gcm(), nullptr, nullptr,
                                                  encrypt ? 1 : 0, nullptr) != 1) {
      Stop("a cipher's context");
    }
  }
  ~CipherContext() { EVP_CIPHER_CTX_free(context_); }
  CipherContext(const CipherContext&) = delete;
  CipherContext& operator=(const CipherContext&) = delete;

  EVP_CIPHER_CTX* get() { return context_; }

 private:
  EVP_CIPHER_CTX* context_;
};

// One thread's HMAC context with the key of the last instance in it.
class MacContext {
 public:
  MacContext() {
    static EVP_MAC* const mac = EVP_MAC_fetch(nullptr, "HMAC", nullptr);
    context_ = mac == nullptr ? nullptr : EVP_MAC_CTX_new(mac);
    if (context_ == nullptr) Stop("HMAC");
  }
  ~MacContext() { EVP_MAC_CTX_free(context_); }
  MacContext(const MacContext&) = delete;
  MacContext& operator=(const MacContext&) = delete;

  EVP_MAC_CTX* Start(std::uint64_t instance, std::string_view key) {
    if (instance == instance_) {
      if (EVP_MAC_init(context_, nullptr, 0, nullptr) != 1) Stop("HMAC");
      return context_;
    }
    char digest[] = "SHA256";
    const OSSL_PARAM parameters[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
        OSSL_PARAM_construct_end()};
    if (EVP_MAC_init(context_, reinterpret_cast<const unsigned char*>(key.data()), key.size(),
                     parameters) != 1) {
      Stop("HMAC");
    }
    instance_ = instance;
    return context_;
  }

 private:
  EVP_MAC_CTX* context_ = nullptr;
  std::uint64_t instance_ = 0;  // No instance has it.
};

const unsigned char* Bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

bool FitsInt(std::string_view text) {
  return text.size() <= static_cast<std::size_t>(std::numeric_limits<int>::max());
}

bool Authenticate(EVP_CIPHER_CTX* context, std::string_view text) {
  int written = 0;
  return text.empty() || (FitsInt(text) && EVP_CipherUpdate(context, nullptr, &written, Bytes(text),
                                                            static_cast<int>(text.size())) == 1);
}

}  // namespace

absl::Status DrawNonce(unsigned char nonce[kNonceBytes]) {
  constexpr std::size_t kBlockBytes = 256 * kNonceBytes;
  struct Block {
    unsigned char bytes[kBlockBytes];
    std::size_t used = kBlockBytes;
  };
  thread_local Block block;
  if (block.used == kBlockBytes) {
    if (RAND_bytes(block.bytes, kBlockBytes) != 1) {
      return absl::InternalError("no random bytes can be had");
    }
    block.used = 0;
  }
  std::memcpy(nonce, block.bytes + block.used, kNonceBytes);
  block.used += kNonceBytes;
  return absl::OkStatus();
}

absl::Status EncryptGcm(const unsigned char key[kCipherKeyBytes],
                        const unsigned char nonce[kNonceBytes], std::string_view header,
                        std::string_view context, std::string_view plain, std::string* out) {
  thread_local CipherContext cipher(/*encrypt=*/true);
  EVP_CIPHER_CTX* const ctx = cipher.get();
  const std::size_t start = out->size();
  out->resize(start + plain.size() + kTagBytes);
  auto* const target = reinterpret_cast<unsigned char*>(out->data()) + start;
  int written = 0;
  int rest = 0;
  if (!FitsInt(plain) || EVP_EncryptInit_ex2(ctx, nullptr, key, nonce, nullptr) != 1 ||
      !Authenticate(ctx, header) || !Authenticate(ctx, context) ||
      EVP_EncryptUpdate(ctx, target, &written, Bytes(plain), static_cast<int>(plain.size())) != 1 ||
      EVP_EncryptFinal_ex(ctx, target + written, &rest) != 1 ||
      EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, kTagBytes, target + plain.size()) != 1) {
    return absl::InternalError("a value could not be sealed");
  }
  return absl::OkStatus();
}

bool DecryptGcm(const unsigned char key[kCipherKeyBytes], const unsigned char nonce[kNonceBytes],
                std::string_view header, std::string_view context, std::string_view sealed,
                std::string* out) {
  if (sealed.size() < kTagBytes || !FitsInt(sealed)) {
    out->clear();
    return false;
  }
  thread_local CipherContext cipher(/*encrypt=*/false);
  EVP_CIPHER_CTX* const ctx = cipher.get();
  const std::size_t length = sealed.size() - kTagBytes;
  unsigned char tag[kTagBytes];
  std::memcpy(tag, sealed.data() + length, kTagBytes);
  out->resize(length);
  auto* const target = reinterpret_cast<unsigned char*>(out->data());
  int written = 0;
  int rest = 0;
  if (EVP_DecryptInit_ex2(ctx, nullptr, key, nonce, nullptr) != 1 || !Authenticate(ctx, header) ||
      !Authenticate(ctx, context) ||
      EVP_DecryptUpdate(ctx, target, &written, Bytes(sealed), static_cast<int>(length)) != 1 ||
      EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, kTagBytes, tag) != 1 ||
      EVP_DecryptFinal_ex(ctx, target + written, &rest) != 1) {
    // What was deciphered is not to be trusted and not to be seen.
    OPENSSL_cleanse(out->data(), out->size());
    out->clear();
    return false;
  }
  return true;
}

std::array<unsigned char, 32> Hmac(std::uint64_t instance, std::string_view key,
                                   std::string_view first, std::string_view second) {
  thread_local MacContext mac;
  EVP_MAC_CTX* const ctx = mac.Start(instance, key);
  std::array<unsigned char, 32> result;
  std::size_t length = 0;
  if (EVP_MAC_update(ctx, Bytes(first), first.size()) != 1 ||
      EVP_MAC_update(ctx, Bytes(second), second.size()) != 1 ||
      EVP_MAC_final(ctx, result.data(), &length, result.size()) != 1 || length != result.size()) {
    Stop("HMAC");
  }
  return result;
}

std::uint64_t NextInstance() {
  static std::atomic<std::uint64_t> last{0};
  return ++last;
}

}  // namespace rollcall::access
