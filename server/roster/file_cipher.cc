#include "server/roster/file_cipher.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include <algorithm>
#include <climits>
#include <cstddef>

namespace rollcall::roster {
namespace {

constexpr std::uint64_t kBlockBytes = 16;

struct FreeContext {
  void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
};

const EVP_CIPHER* Aes256Ctr() {
  static const EVP_CIPHER* const cipher = EVP_CIPHER_fetch(nullptr, "AES-256-CTR", nullptr);
  return cipher;
}

}  // namespace

absl::StatusOr<std::shared_ptr<const FileCipher>> FileCipher::Draw() {
  std::shared_ptr<FileCipher> cipher(new FileCipher);
  if (RAND_priv_bytes(cipher->key_.data(), static_cast<int>(cipher->key_.size())) != 1) {
    return absl::InternalError("no random bytes can be had");
  }
  return cipher;
}

FileCipher::~FileCipher() { OPENSSL_cleanse(key_.data(), key_.size()); }

absl::Status FileCipher::Apply(std::uint64_t offset, std::span<char> bytes) const {
  std::array<unsigned char, kBlockBytes> counter{};
  for (std::uint64_t block = offset / kBlockBytes, i = kBlockBytes; block != 0; block >>= 8U) {
    counter[--i] = static_cast<unsigned char>(block & 0xFFU);
  }
  const std::unique_ptr<EVP_CIPHER_CTX, FreeContext> context(EVP_CIPHER_CTX_new());
  std::array<unsigned char, kBlockBytes> skipped{};
  const int skip = static_cast<int>(offset % kBlockBytes);
  int written = 0;
  bool good =
      context != nullptr &&
      EVP_EncryptInit_ex2(context.get(), Aes256Ctr(), key_.data(), counter.data(), nullptr) == 1 &&
      (skip == 0 ||
       EVP_EncryptUpdate(context.get(), skipped.data(), &written, skipped.data(), skip) == 1);
  while (good && !bytes.empty()) {
    const std::size_t part = std::min<std::size_t>(bytes.size(), INT_MAX / 2);
    auto* const at = reinterpret_cast<unsigned char*>(bytes.data());
    good = EVP_EncryptUpdate(context.get(), at, &written, at, static_cast<int>(part)) == 1;
    bytes = bytes.subspan(part);
  }
  return good ? absl::OkStatus() : absl::InternalError("a spooled file cannot be enciphered");
}

}  // namespace rollcall::roster
