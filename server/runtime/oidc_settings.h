// Where people's tokens come from: the settings `oidc_*`.

#ifndef ROLLCALL_SERVER_RUNTIME_OIDC_SETTINGS_H_
#define ROLLCALL_SERVER_RUNTIME_OIDC_SETTINGS_H_

#include <string>

#include "absl/time/time.h"

namespace rollcall::runtime {

struct OidcSettings {
  // `oidc_issuer`: the `iss` of every token, to the letter, and where discovery starts. Empty: no
  // token of OpenID Connect is taken, and nothing below is set.
  std::string issuer;
  // `oidc_audience`: what a token's `aud` must name; for ID tokens that is the client's id. Not
  // empty if `issuer` is not.
  std::string audience;
  // `oidc_jwks_url`, `oidc_jwks_file`: where the issuer's keys are; at most one is set. With
  // neither, the issuer's discovery document tells.
  std::string jwks_url;
  std::string jwks_file;
  // `oidc_subject_claim`: the claim that names the person.
  std::string subject_claim = "sub";
  // `oidc_clock_skew_seconds`: how far the issuer's clock may be from ours, [0, 600] seconds.
  absl::Duration clock_skew = absl::Seconds(60);
  // `oidc_ca_file`: PEM certificates that alone are trusted when the keys are fetched; empty means
  // the system's.
  std::string ca_file;
};

}  // namespace rollcall::runtime

#endif  // ROLLCALL_SERVER_RUNTIME_OIDC_SETTINGS_H_
