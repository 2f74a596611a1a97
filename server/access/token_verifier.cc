#include "server/access/token_verifier.h"

#include <unistd.h>

#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/access/issuer_key_source.h"
#include "server/runtime/logging.h"
#include "storage/status.h"

namespace rollcall::access {
namespace {

void ReportLoad(const KeySet* set, const absl::Status& failure) {
  if (set != nullptr) {
    runtime::LogEvent(runtime::LogLevel::kDebug, "oidc_keys_loaded",
                      {{"keys", set->keys.size()}, {"skipped", set->skipped}});
  } else {
    runtime::LogEvent(runtime::LogLevel::kWarning, "oidc_keys_not_loaded",
                      {{"cause", ToStd(failure.message())}});
  }
}

}  // namespace

absl::StatusOr<std::unique_ptr<TokenVerifier>> TokenVerifier::Create(
    const runtime::OidcSettings& settings, const KeyPace& pace) {
  if (!settings.ca_file.empty() && ::access(settings.ca_file.c_str(), R_OK) != 0) {
    return MakeError(absl::StatusCode::kFailedPrecondition, "OIDC_KEYS",
                     absl::StrCat("oidc_ca_file: ", settings.ca_file, " cannot be read"));
  }
  absl::StatusOr<KeySet> first = LoadKeySet(settings, std::stop_token());
  if (!first.ok() && !settings.jwks_file.empty()) {
    return MakeError(absl::StatusCode::kFailedPrecondition, "OIDC_KEYS",
                     absl::StrCat("oidc_jwks_file: ", first.status().message()));
  }
  ReportLoad(first.ok() ? &*first : nullptr, first.status());
  return std::unique_ptr<TokenVerifier>(
      new TokenVerifier(settings, first.ok() ? *std::move(first) : KeySet(), pace));
}

TokenVerifier::TokenVerifier(const runtime::OidcSettings& settings, KeySet first,
                             const KeyPace& pace)
    : rules_{settings.issuer, settings.audience, settings.subject_claim, settings.clock_skew},
      keys_(
          std::move(first),
          [settings](const std::stop_token& stop) { return LoadKeySet(settings, stop); },
          ReportLoad, pace) {}

absl::StatusOr<VerifiedToken> TokenVerifier::Verify(std::string_view token, absl::Time now) {
  absl::StatusOr<VerifiedToken> verified = VerifyToken(token, *keys_.Current(), rules_, now);
  if (verified.status().message() == "unknown_key") {
    verified = VerifyToken(token, *keys_.Renew(), rules_, now);
  }
  if (verified.ok()) return verified;
  runtime::LogEvent(runtime::LogLevel::kWarning, "token_refused",
                    {{"cause", ToStd(verified.status().message())}});
  return MakeError(absl::StatusCode::kUnauthenticated, "TOKEN_REFUSED",
                   "the token is not accepted; sign in again with: rollcall login");
}

}  // namespace rollcall::access
