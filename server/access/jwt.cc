#include "server/access/jwt.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/ascii.h"
#include "server/access/base64_url.h"
#include "server/access/strict_json.h"
#include "storage/status.h"

namespace rollcall::access {
namespace {

// 9999-12-31T23:59:59Z.
constexpr double kLastSecond = 253402300799.0;

absl::Status Refused(const char* cause) { return absl::UnauthenticatedError(cause); }

struct Parts {
  std::string_view header;
  std::string_view payload;
  std::string_view signature;
  std::string_view signed_text;  // Header, dot, payload.
};

std::optional<Parts> Split(std::string_view token) {
  const std::size_t first = token.find('.');
  if (first == std::string_view::npos) return std::nullopt;
  const std::size_t second = token.find('.', first + 1);
  if (second == std::string_view::npos) return std::nullopt;
  if (token.find('.', second + 1) != std::string_view::npos) return std::nullopt;
  return Parts{token.substr(0, first), token.substr(first + 1, second - first - 1),
               token.substr(second + 1), token.substr(0, second)};
}

// What is used of a token's header.
struct Header {
  SignatureAlgorithm algorithm;
  std::optional<std::string> key_id;
};

bool IsAccessType(std::string type) {
  absl::AsciiStrToLower(&type);
  return type == "jwt" || type == "at+jwt" || type == "application/at+jwt";
}

absl::StatusOr<Header> ParseHeader(std::string_view text) {
  const std::optional<nlohmann::json> object = ParseJsonObject(text);
  if (!object.has_value()) return Refused("malformed");
  if (object->contains("crit")) return Refused("critical_header");
  const std::optional<std::string> name = TextMember(*object, "alg");
  const std::optional<SignatureAlgorithm> algorithm = AlgorithmNamed(name.value_or(""));
  if (!algorithm.has_value()) return Refused("algorithm");
  if (object->contains("typ") && !IsAccessType(TextMember(*object, "typ").value_or(""))) {
    return Refused("type");
  }
  Header header{*algorithm, TextMember(*object, "kid")};
  if (object->contains("kid") && !header.key_id.has_value()) return Refused("malformed");
  return header;
}

absl::StatusOr<const SigningKey*> FindKey(const Header& header, const KeySet& set) {
  if (!header.key_id.has_value()) {
    if (set.keys.empty()) return Refused("unknown_key");
    if (set.keys.size() > 1) return Refused("key_id_missing");
    if (set.keys[0].algorithm() != header.algorithm) return Refused("algorithm");
    return &set.keys[0];
  }
  bool known = false;
  for (const SigningKey& key : set.keys) {
    if (key.id() != *header.key_id) continue;
    if (key.algorithm() == header.algorithm) return &key;
    known = true;
  }
  return Refused(known ? "algorithm" : "unknown_key");
}

std::optional<absl::Time> TimeMember(const nlohmann::json& claims, const char* name) {
  const auto member = claims.find(name);
  if (member == claims.end() || !member->is_number()) return std::nullopt;
  const double seconds = member->get<double>();
  if (!(seconds >= 0 && seconds <= kLastSecond)) return std::nullopt;
  return absl::UnixEpoch() + absl::Seconds(seconds);
}

bool Names(const nlohmann::json& claims, const std::string& audience) {
  const auto member = claims.find("aud");
  if (member == claims.end()) return false;
  if (member->is_string()) return *member == audience;
  return member->is_array() &&
         std::all_of(member->begin(), member->end(),
                     [](const nlohmann::json& entry) { return entry.is_string(); }) &&
         std::find(member->begin(), member->end(), audience) != member->end();
}

// Returns when the token ends.
absl::StatusOr<absl::Time> CheckTimes(const nlohmann::json& claims, absl::Duration skew,
                                      absl::Time now) {
  const std::optional<absl::Time> expires = TimeMember(claims, "exp");
  if (!expires.has_value() || now >= *expires + skew) return Refused("expired");
  for (const char* name : {"nbf", "iat"}) {
    if (!claims.contains(name)) continue;
    const std::optional<absl::Time> start = TimeMember(claims, name);
    if (!start.has_value() || now < *start - skew) return Refused("not_yet_valid");
  }
  return *expires + skew;
}

bool IsSubject(const std::string& text) {
  return !text.empty() && text.size() <= kMaxSubjectBytes &&
         std::none_of(text.begin(), text.end(),
                      [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == '\x7f'; });
}

}  // namespace

absl::StatusOr<VerifiedToken> CheckClaims(std::string_view payload, const TokenRules& rules,
                                          absl::Time now) {
  const std::optional<nlohmann::json> claims = ParseJsonObject(payload);
  if (!claims.has_value()) return Refused("malformed");
  if (claims->contains("events")) return Refused("type");
  if (TextMember(*claims, "iss") != rules.issuer) return Refused("issuer");
  if (!Names(*claims, rules.audience)) return Refused("audience");
  RC_ASSIGN_OR_RETURN(const absl::Time expires, CheckTimes(*claims, rules.clock_skew, now));
  std::optional<std::string> subject = TextMember(*claims, rules.subject_claim.c_str());
  if (!subject.has_value() || !IsSubject(*subject)) return Refused("subject");
  if (rules.subject_claim == "email" && claims->contains("email_verified") &&
      claims->at("email_verified") != true) {
    return Refused("subject");
  }
  return VerifiedToken{*std::move(subject), expires};
}

absl::StatusOr<VerifiedToken> VerifyToken(std::string_view token, const KeySet& keys,
                                          const TokenRules& rules, absl::Time now) {
  if (token.size() > kMaxTokenBytes) return Refused("too_long");
  const std::optional<Parts> parts = Split(token);
  if (!parts.has_value()) return Refused("malformed");
  const std::optional<std::string> header_text = DecodeBase64Url(parts->header);
  const std::optional<std::string> payload = DecodeBase64Url(parts->payload);
  const std::optional<std::string> signature = DecodeBase64Url(parts->signature);
  if (!header_text.has_value() || !payload.has_value() || !signature.has_value()) {
    return Refused("malformed");
  }
  RC_ASSIGN_OR_RETURN(const Header header, ParseHeader(*header_text));
  RC_ASSIGN_OR_RETURN(const SigningKey* key, FindKey(header, keys));
  if (!key->Verify(parts->signed_text, *signature)) return Refused("signature");
  return CheckClaims(*payload, rules, now);
}

}  // namespace rollcall::access
