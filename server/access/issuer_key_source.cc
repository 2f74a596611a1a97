#include "server/access/issuer_key_source.h"

#include <cstdio>
#include <memory>
#include <optional>

#include "absl/strings/str_cat.h"
#include "server/access/strict_json.h"
#include "server/access/web_fetch.h"
#include "server/runtime/web_address.h"
#include "storage/status.h"

namespace rollcall::access {
namespace {

constexpr std::size_t kMaxDiscoveryBytes = 256 * 1024;

absl::StatusOr<std::string> ReadFile(const std::string& path) {
  struct Closer {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  const std::unique_ptr<std::FILE, Closer> file(std::fopen(path.c_str(), "rbe"));
  std::string text(kMaxKeySetBytes + 1, '\0');
  if (file != nullptr) text.resize(std::fread(text.data(), 1, text.size(), file.get()));
  if (file == nullptr || std::ferror(file.get()) != 0) {
    return absl::UnavailableError(absl::StrCat("the key set ", path, " cannot be read"));
  }
  return text;
}

}  // namespace

std::string DiscoveryUrl(std::string_view issuer) {
  if (issuer.ends_with('/')) issuer.remove_suffix(1);
  return absl::StrCat(ToAbsl(issuer), "/.well-known/openid-configuration");
}

absl::StatusOr<std::string> KeySetUrl(std::string_view discovery, std::string_view issuer) {
  const std::optional<nlohmann::json> object = ParseJsonObject(discovery);
  if (!object.has_value()) {
    return absl::InvalidArgumentError("the discovery document is not a JSON object");
  }
  if (TextMember(*object, "issuer") != issuer) {
    return absl::InvalidArgumentError("the discovery document is not of the configured issuer");
  }
  std::optional<std::string> url = TextMember(*object, "jwks_uri");
  if (!url.has_value()) {
    return absl::InvalidArgumentError("the discovery document has no jwks_uri");
  }
  const absl::Status acceptable = runtime::CheckWebAddress(*url);
  if (!acceptable.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat("jwks_uri of the discovery document ", acceptable.message()));
  }
  if (runtime::IsEncrypted(issuer) && !runtime::IsEncrypted(*url)) {
    return absl::InvalidArgumentError("jwks_uri of the discovery document is not https");
  }
  return *std::move(url);
}

absl::StatusOr<KeySet> LoadKeySet(const runtime::OidcSettings& settings,
                                  const std::stop_token& stop) {
  std::string place = settings.jwks_file;
  std::string text;
  if (!place.empty()) {
    RC_ASSIGN_OR_RETURN(text, ReadFile(place));
  } else {
    place = settings.jwks_url;
    if (place.empty()) {
      RC_ASSIGN_OR_RETURN(
          const std::string discovery,
          FetchText(DiscoveryUrl(settings.issuer), settings.ca_file, kMaxDiscoveryBytes, stop));
      RC_ASSIGN_OR_RETURN(place, KeySetUrl(discovery, settings.issuer));
    }
    RC_ASSIGN_OR_RETURN(text, FetchText(place, settings.ca_file, kMaxKeySetBytes, stop));
  }
  absl::StatusOr<KeySet> set = ParseKeySet(text);
  if (!set.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat("the key set ", place, " ", set.status().message()));
  }
  return set;
}

}  // namespace rollcall::access
