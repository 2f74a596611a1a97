#include "client/cli/call_token.h"

#include <algorithm>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "client/cli/oidc_client.h"

namespace rollcall::cli {
namespace {

// The server refuses longer ones.
constexpr std::size_t kMaxTokenBytes = 16 * 1024;
// A token must outlive the start of the call that it goes with.
constexpr absl::Duration kAboutToExpire = absl::Seconds(60);

absl::StatusOr<std::string> TokenInFile(const std::string& path) {
  absl::StatusOr<std::string> text = ReadSecretFile(path, kMaxTokenBytes);
  if (!text.ok()) return text.status();
  absl::StripAsciiWhitespace(&*text);
  if (text->empty() ||
      std::any_of(text->begin(), text->end(), [](char c) { return c <= ' ' || c > '~'; })) {
    return absl::FailedPreconditionError(absl::StrCat(path, " is not one line with a token"));
  }
  return text;
}

bool IsFresh(const SignIn& one) { return one.expires > absl::Now() + kAboutToExpire; }

absl::Status SignInAgain(const std::string& why) {
  return absl::PermissionDeniedError(absl::StrCat(why, "; sign in again with: rollcall login"));
}

absl::Status Renew(SignIn* one) {
  if (one->refresh_token.empty()) return SignInAgain("the sign-in has expired");
  OidcClient client(one->issuer, one->client_id, one->ca_file);
  if (absl::Status status = client.Discover(); !status.ok()) return status;
  const absl::StatusOr<Tokens> tokens = client.Refresh(one->refresh_token);
  if (absl::IsPermissionDenied(tokens.status())) {
    return SignInAgain(std::string(tokens.status().message()));
  }
  if (!tokens.ok()) return tokens.status();
  // Kept even if the rest of the answer is of no use: the old one may be spent.
  one->refresh_token = tokens->refresh_token;
  one->token = one->send_access ? tokens->access_token : tokens->id_token;
  one->expires = one->send_access ? tokens->access_expires : tokens->id_expires;
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::string> TokenForCall(const std::string& token_file, const std::string& address,
                                         TokenStore* store) {
  if (!token_file.empty()) return TokenInFile(token_file);
  const absl::StatusOr<SignIns> kept = store->Read();
  if (!kept.ok()) return kept.status();
  const auto found = kept->find(address);
  if (found == kept->end()) return "";
  if (IsFresh(found->second)) return found->second.token;
  std::string token;
  const absl::Status status = store->Change([&](SignIns& all) {
    const auto current = all.find(address);
    if (current == all.end()) return absl::OkStatus();
    // Another process may have renewed it while this one waited.
    if (!IsFresh(current->second)) {
      if (absl::Status renewed = Renew(&current->second); !renewed.ok()) return renewed;
    }
    token = current->second.token;
    return absl::OkStatus();
  });
  if (!status.ok()) return status;
  if (token.empty()) return SignInAgain("the issuer gave no new token");
  return token;
}

}  // namespace rollcall::cli
