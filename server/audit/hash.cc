// The SHA256_* functions are deprecated in favour of EVP, which takes nearly twice as long for
// inputs as short as these; OpenSSL declares them without a warning on request.
#define OPENSSL_SUPPRESS_DEPRECATED

#include "server/audit/hash.h"

#include <openssl/sha.h>

#include <algorithm>

#include "absl/strings/escaping.h"

namespace rollcall::audit {
namespace {

Hash HashOf(std::uint8_t prefix, std::string_view first, std::string_view second) {
  SHA256_CTX context;
  SHA256_Init(&context);
  SHA256_Update(&context, &prefix, 1);
  SHA256_Update(&context, first.data(), first.size());
  SHA256_Update(&context, second.data(), second.size());
  Hash hash;
  SHA256_Final(hash.data(), &context);
  return hash;
}

}  // namespace

Hash Sha256(std::string_view bytes) {
  SHA256_CTX context;
  SHA256_Init(&context);
  SHA256_Update(&context, bytes.data(), bytes.size());
  Hash hash;
  SHA256_Final(hash.data(), &context);
  return hash;
}

Hash LeafHash(std::string_view entry) { return HashOf(0, entry, {}); }

Hash NodeHash(const Hash& left, const Hash& right) { return HashOf(1, Bytes(left), Bytes(right)); }

Hash EmptyRoot() { return Sha256({}); }

std::string_view Bytes(const Hash& hash) {
  return {reinterpret_cast<const char*>(hash.data()), hash.size()};
}

Hash FromBytes(std::string_view bytes) {
  Hash hash{};
  if (bytes.size() == hash.size()) std::copy(bytes.begin(), bytes.end(), hash.begin());
  return hash;
}

std::string Base64(std::string_view bytes) {
  return absl::Base64Escape(absl::string_view(bytes.data(), bytes.size()));
}

bool FromBase64(std::string_view text, std::string* bytes) {
  return absl::Base64Unescape(absl::string_view(text.data(), text.size()), bytes) &&
         Base64(*bytes) == text;
}

}  // namespace rollcall::audit
