#include "client/cli/sha256.h"

#include <array>

#include "absl/strings/escaping.h"

namespace rollcall::cli {

Sha256::Sha256()
    : context_(EVP_MD_CTX_new(), &EVP_MD_CTX_free),
      good_(context_ != nullptr && EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr) == 1) {}

void Sha256::Update(std::string_view bytes) {
  good_ = good_ && EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()) == 1;
}

std::string Sha256::Finish() {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int length = 0;
  good_ = good_ && EVP_DigestFinal_ex(context_.get(), digest.data(), &length) == 1;
  if (!good_) return {};
  // Without naming the algorithm again: looking it up takes longer than hashing a few bytes.
  good_ = EVP_DigestInit_ex(context_.get(), nullptr, nullptr) == 1;
  return std::string(reinterpret_cast<const char*>(digest.data()), length);
}

std::string Hex(std::string_view bytes) { return absl::BytesToHexString(std::string(bytes)); }

}  // namespace rollcall::cli
