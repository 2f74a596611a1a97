#include "server/access/token_text.h"

#include <openssl/crypto.h>
#include <openssl/rand.h>

#include <array>

#include "absl/strings/escaping.h"
#include "storage/digest.h"
#include "storage/status.h"

namespace rollcall::access {
namespace {

constexpr std::size_t kRandomBytes = 32;
constexpr std::size_t kCheckCharacters = 6;

std::string Check(std::string_view body) {
  Sha256 hash;
  hash.Update(body);
  return absl::WebSafeBase64Escape(hash.Finish()).substr(0, kCheckCharacters);
}

}  // namespace

absl::StatusOr<std::string> NewTokenText() {
  std::array<unsigned char, kRandomBytes> bytes{};
  if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1) {
    return absl::InternalError("no random bytes can be had");
  }
  std::string body(kTokenPrefix);
  body += absl::WebSafeBase64Escape(
      absl::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
  OPENSSL_cleanse(bytes.data(), bytes.size());
  return body + Check(body);
}

bool IsTokenText(std::string_view text) {
  if (text.size() != kTokenCharacters || text.substr(0, kTokenPrefix.size()) != kTokenPrefix) {
    return false;
  }
  const std::string_view body = text.substr(0, kTokenCharacters - kCheckCharacters);
  return Check(body) == text.substr(body.size());
}

std::string TokenDigest(std::string_view text) { return Sha256Hex(text); }

}  // namespace rollcall::access
