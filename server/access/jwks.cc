#include "server/access/jwks.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "server/access/base64_url.h"
#include "server/access/strict_json.h"

namespace rollcall::access {
namespace {

std::optional<std::string> BytesMember(const nlohmann::json& key, const char* name) {
  const std::optional<std::string> text = TextMember(key, name);
  return text.has_value() ? DecodeBase64Url(*text) : std::nullopt;
}

// Whether the key is meant for verifying with that algorithm, as far as it says.
bool IsFor(const nlohmann::json& key, const char* algorithm) {
  if (key.contains("d")) return false;
  if (key.contains("alg") && TextMember(key, "alg") != algorithm) return false;
  if (key.contains("use") && TextMember(key, "use") != "sig") return false;
  const auto operations = key.find("key_ops");
  if (operations == key.end()) return true;
  return operations->is_array() &&
         std::find(operations->begin(), operations->end(), "verify") != operations->end();
}

std::optional<SigningKey> ParseKey(const nlohmann::json& key) {
  if (!key.is_object()) return std::nullopt;
  if (key.contains("kid") && !TextMember(key, "kid").has_value()) return std::nullopt;
  std::string id = TextMember(key, "kid").value_or("");
  const std::optional<std::string> type = TextMember(key, "kty");
  if (type == "RSA" && IsFor(key, "RS256")) {
    const std::optional<std::string> n = BytesMember(key, "n");
    const std::optional<std::string> e = BytesMember(key, "e");
    if (n.has_value() && e.has_value()) return SigningKey::Rsa(std::move(id), *n, *e);
  }
  if (type == "EC" && TextMember(key, "crv") == "P-256" && IsFor(key, "ES256")) {
    const std::optional<std::string> x = BytesMember(key, "x");
    const std::optional<std::string> y = BytesMember(key, "y");
    if (x.has_value() && y.has_value()) return SigningKey::P256(std::move(id), *x, *y);
  }
  return std::nullopt;
}

}  // namespace

absl::StatusOr<KeySet> ParseKeySet(std::string_view text) {
  if (text.size() > kMaxKeySetBytes) return absl::InvalidArgumentError("is over 1 MiB");
  const std::optional<nlohmann::json> object = ParseJsonObject(text);
  if (!object.has_value()) return absl::InvalidArgumentError("is not a JSON object");
  const auto list = object->find("keys");
  if (list == object->end() || !list->is_array()) {
    return absl::InvalidArgumentError("has no list named keys");
  }
  if (list->size() > kMaxKeys) return absl::InvalidArgumentError("has more than 64 keys");
  KeySet set;
  for (const nlohmann::json& entry : *list) {
    std::optional<SigningKey> key = ParseKey(entry);
    if (!key.has_value()) {
      ++set.skipped;
      continue;
    }
    for (const SigningKey& other : set.keys) {
      if (other.id() == key->id() && other.algorithm() == key->algorithm()) {
        return absl::InvalidArgumentError("has two keys with the same kid for one algorithm");
      }
    }
    set.keys.push_back(*std::move(key));
  }
  if (set.keys.empty()) {
    return absl::InvalidArgumentError("has no RSA key of 2048 bits or more and no key on P-256");
  }
  return set;
}

}  // namespace rollcall::access
