#include "client/cli/oidc_client.h"

#include <openssl/rand.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "client/cli/sha256.h"

namespace rollcall::cli {
namespace {

constexpr char kDeviceGrant[] = "urn:ietf:params:oauth:grant-type:device_code";
// RFC 8628 section 3.5.
constexpr absl::Duration kDefaultInterval = absl::Seconds(5);
constexpr absl::Duration kSlowDown = absl::Seconds(5);
constexpr std::size_t kRandomBytes = 32;
constexpr std::int64_t kMostSeconds = 100'000'000;

absl::Status NotUnderstood(const std::string& what) {
  return absl::InternalError(absl::StrCat("the issuer's answer makes no sense: ", what));
}

bool IsPrintable(const std::string& text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; });
}

// Null unless the body is a JSON object.
nlohmann::json ObjectOf(const std::string& body) {
  nlohmann::json object = nlohmann::json::parse(body, nullptr, /*allow_exceptions=*/false);
  return object.is_object() ? object : nlohmann::json();
}

std::string TextOf(const nlohmann::json& object, const char* name) {
  const auto member = object.find(name);
  return member != object.end() && member->is_string() ? member->get<std::string>() : "";
}

std::optional<std::int64_t> NumberOf(const nlohmann::json& object, const char* name) {
  const auto member = object.find(name);
  if (member == object.end() || !member->is_number()) return std::nullopt;
  const double number = member->get<double>();
  if (!(number >= 0 && number <= 1e12)) return std::nullopt;
  return static_cast<std::int64_t>(number);
}

// The `error` of an answer that is none of success.
std::string ErrorOf(const WebAnswer& answer) {
  const std::string error = TextOf(ObjectOf(answer.body), "error");
  return IsPrintable(error) ? error : "";
}

absl::Status RefusedOr(const WebAnswer& answer) {
  const std::string error = ErrorOf(answer);
  if (error.empty()) return NotUnderstood(absl::StrCat("status ", answer.status));
  const std::string description = TextOf(ObjectOf(answer.body), "error_description");
  return absl::PermissionDeniedError(absl::StrCat(
      "the issuer refuses: ", error,
      description.empty() || !IsPrintable(description) ? "" : absl::StrCat(", ", description)));
}

std::string RandomText() {
  std::array<unsigned char, kRandomBytes> bytes{};
  if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1) return "";
  return absl::WebSafeBase64Escape(
      absl::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
}

std::string ChallengeOf(const std::string& verifier) {
  Sha256 hash;
  hash.Update(verifier);
  return absl::WebSafeBase64Escape(hash.Finish());
}

// The claims of a token that came straight from the issuer over a connection that was verified;
// OpenID Connect Core section 3.1.3.7 lets its signature go unchecked then.
nlohmann::json ClaimsOf(const std::string& token) {
  const std::size_t first = token.find('.');
  const std::size_t second = token.find('.', first + 1);
  std::string payload;
  if (first == std::string::npos || second == std::string::npos ||
      !absl::WebSafeBase64Unescape(token.substr(first + 1, second - first - 1), &payload)) {
    return {};
  }
  return ObjectOf(payload);
}

bool IsFor(const nlohmann::json& claims, const std::string& client_id) {
  const auto audience = claims.find("aud");
  if (audience == claims.end()) return false;
  if (audience->is_string()) return *audience == client_id;
  return audience->is_array() &&
         std::find(audience->begin(), audience->end(), client_id) != audience->end();
}

}  // namespace

absl::Status OidcClient::Discover() {
  std::string base = issuer_;
  if (base.ends_with('/')) base.pop_back();
  const absl::StatusOr<WebAnswer> answer = web_.Get(base + "/.well-known/openid-configuration");
  if (!answer.ok()) return answer.status();
  const nlohmann::json document = ObjectOf(answer->body);
  if (answer->status != 200 || document.is_null()) {
    return NotUnderstood(absl::StrCat("no discovery document at ", issuer_));
  }
  if (TextOf(document, "issuer") != issuer_) {
    return NotUnderstood(absl::StrCat("it does not call itself ", issuer_));
  }
  const bool encrypted = issuer_.starts_with("https://");
  for (const auto& [name, url] : {std::pair{"authorization_endpoint", &authorization_url_},
                                  std::pair{"token_endpoint", &token_url_},
                                  std::pair{"device_authorization_endpoint", &device_url_},
                                  std::pair{"revocation_endpoint", &revocation_url_}}) {
    *url = TextOf(document, name);
    if (url->empty()) continue;
    if (!CheckSafeAddress(*url).ok() || !IsPrintable(*url) ||
        (encrypted && !url->starts_with("https://"))) {
      return NotUnderstood(absl::StrCat("its ", name, " is not safe"));
    }
  }
  return token_url_.empty() ? NotUnderstood("it has no token_endpoint") : absl::OkStatus();
}

absl::StatusOr<DeviceRequest> OidcClient::StartDevice(const std::string& scope) {
  if (device_url_.empty()) {
    return absl::PermissionDeniedError(
        "the issuer does not let devices sign in; use: rollcall login --browser");
  }
  const absl::StatusOr<WebAnswer> answer =
      web_.Post(device_url_, {{"client_id", client_id_}, {"scope", scope}});
  if (!answer.ok()) return answer.status();
  if (answer->status != 200) return RefusedOr(*answer);
  const nlohmann::json object = ObjectOf(answer->body);
  DeviceRequest request;
  request.device_code = TextOf(object, "device_code");
  request.user_code = TextOf(object, "user_code");
  request.address = TextOf(object, "verification_uri");
  request.complete_address = TextOf(object, "verification_uri_complete");
  request.interval = kDefaultInterval;
  if (const auto interval = NumberOf(object, "interval"); interval.has_value()) {
    request.interval = absl::Seconds(std::clamp<std::int64_t>(*interval, 1, 600));
  }
  const std::optional<std::int64_t> seconds = NumberOf(object, "expires_in");
  if (request.device_code.empty() || request.user_code.empty() || request.address.empty() ||
      !seconds.has_value() || !IsPrintable(request.user_code) || !IsPrintable(request.address) ||
      !IsPrintable(request.complete_address)) {
    return NotUnderstood("no code for a device");
  }
  request.expires = absl::Now() + absl::Seconds(std::min(*seconds, kMostSeconds));
  return request;
}

absl::StatusOr<std::optional<Tokens>> OidcClient::PollDevice(DeviceRequest* request) {
  const absl::StatusOr<WebAnswer> answer =
      web_.Post(token_url_, {{"grant_type", kDeviceGrant},
                             {"device_code", request->device_code},
                             {"client_id", client_id_}});
  if (!answer.ok()) return answer.status();
  const std::string error = answer->status == 200 ? "" : ErrorOf(*answer);
  if (error == "authorization_pending") return std::optional<Tokens>();
  if (error == "slow_down") {
    request->interval += kSlowDown;
    return std::optional<Tokens>();
  }
  absl::StatusOr<Tokens> tokens = ReadTokens(*answer, "");
  if (!tokens.ok()) return tokens.status();
  return std::optional<Tokens>(*std::move(tokens));
}

absl::StatusOr<CodeRequest> OidcClient::NewCodeRequest(const std::string& redirect) const {
  CodeRequest request{redirect, RandomText(), RandomText(), RandomText()};
  if (request.code_verifier.empty() || request.state.empty() || request.nonce.empty()) {
    return absl::InternalError("the machine gives no random bytes");
  }
  return request;
}

absl::StatusOr<std::string> OidcClient::AuthorizationUrl(const CodeRequest& request,
                                                         const std::string& scope) const {
  if (authorization_url_.empty()) return NotUnderstood("it has no authorization_endpoint");
  Form form = {{"response_type", "code"},
               {"client_id", client_id_},
               {"redirect_uri", request.redirect},
               {"scope", scope},
               {"state", request.state},
               {"nonce", request.nonce},
               {"code_challenge", ChallengeOf(request.code_verifier)},
               {"code_challenge_method", "S256"}};
  // OpenID Connect Core section 11: no refresh token without the person's consent.
  if (scope.find("offline_access") != std::string::npos) form.emplace_back("prompt", "consent");
  const char* const joint = authorization_url_.find('?') == std::string::npos ? "?" : "&";
  return absl::StrCat(authorization_url_, joint, EncodeForm(form));
}

absl::StatusOr<Tokens> OidcClient::RedeemCode(const CodeRequest& request, const std::string& code) {
  const absl::StatusOr<WebAnswer> answer =
      web_.Post(token_url_, {{"grant_type", "authorization_code"},
                             {"code", code},
                             {"redirect_uri", request.redirect},
                             {"client_id", client_id_},
                             {"code_verifier", request.code_verifier}});
  if (!answer.ok()) return answer.status();
  return ReadTokens(*answer, request.nonce);
}

absl::StatusOr<Tokens> OidcClient::Refresh(const std::string& refresh_token) {
  const absl::StatusOr<WebAnswer> answer = web_.Post(token_url_, {{"grant_type", "refresh_token"},
                                                                  {"refresh_token", refresh_token},
                                                                  {"client_id", client_id_}});
  if (!answer.ok()) return answer.status();
  absl::StatusOr<Tokens> tokens = ReadTokens(*answer, "");
  if (tokens.ok() && tokens->refresh_token.empty()) tokens->refresh_token = refresh_token;
  return tokens;
}

absl::Status OidcClient::Revoke(const std::string& refresh_token) {
  if (revocation_url_.empty()) return absl::OkStatus();
  const absl::StatusOr<WebAnswer> answer = web_.Post(
      revocation_url_,
      {{"token", refresh_token}, {"token_type_hint", "refresh_token"}, {"client_id", client_id_}});
  if (!answer.ok()) return answer.status();
  return answer->status == 200 ? absl::OkStatus() : RefusedOr(*answer);
}

absl::StatusOr<Tokens> OidcClient::ReadTokens(const WebAnswer& answer,
                                              const std::string& nonce) const {
  if (answer.status != 200) return RefusedOr(answer);
  const nlohmann::json object = ObjectOf(answer.body);
  Tokens tokens;
  tokens.id_token = TextOf(object, "id_token");
  tokens.access_token = TextOf(object, "access_token");
  tokens.refresh_token = TextOf(object, "refresh_token");
  for (const std::string* token : {&tokens.id_token, &tokens.access_token}) {
    if (!IsPrintable(*token)) return NotUnderstood("a token has unusual characters");
  }
  const std::optional<std::int64_t> seconds = NumberOf(object, "expires_in");
  tokens.access_expires = seconds.has_value()
                              ? absl::Now() + absl::Seconds(std::min(*seconds, kMostSeconds))
                              : absl::InfinitePast();
  if (tokens.id_token.empty()) return tokens;
  const nlohmann::json claims = ClaimsOf(tokens.id_token);
  const std::optional<std::int64_t> expires = NumberOf(claims, "exp");
  if (TextOf(claims, "iss") != issuer_ || !IsFor(claims, client_id_) || !expires.has_value()) {
    return NotUnderstood("the ID token is not for this client");
  }
  if (!nonce.empty() && TextOf(claims, "nonce") != nonce) {
    return NotUnderstood("the ID token is not for this request");
  }
  tokens.id_expires = absl::FromUnixSeconds(*expires);
  return tokens;
}

}  // namespace rollcall::cli
