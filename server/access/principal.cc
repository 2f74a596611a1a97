#include "server/access/principal.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "server/access/spiffe_id.h"
#include "storage/status.h"

namespace rollcall::access {
namespace {

bool IsWord(std::string_view word) {
  return !word.empty() && std::all_of(word.begin(), word.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_';
  });
}

// As the verifier of such tokens takes a subject. The bytes of UTF-8 beyond ASCII are taken as they
// are.
bool IsSubject(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte >= 0x20 && byte != 0x7f;
  });
}

bool StartsWith(std::string_view text, std::string_view prefix) {
  return text.substr(0, prefix.size()) == prefix;
}

bool IsPrincipal(std::string_view principal) {
  if (principal == kLocalPrincipal) return true;
  if (StartsWith(principal, kSystemPrefix)) return IsSpiffeId(principal);
  if (StartsWith(principal, kOidcPrefix)) return IsSubject(principal.substr(kOidcPrefix.size()));
  return StartsWith(principal, kUserPrefix) && IsWord(principal.substr(kUserPrefix.size()));
}

}  // namespace

absl::Status CheckPrincipal(std::string_view principal, std::string_view field) {
  if (principal.size() > kMaxPrincipalBytes) {
    return InvalidField(field, absl::StrCat("is longer than ", kMaxPrincipalBytes, " bytes"));
  }
  if (IsPrincipal(principal)) return absl::OkStatus();
  return InvalidField(
      field,
      "must be local, spiffe://DOMAIN/system/NAME, oidc:SUBJECT, or user:NAME with a "
      "NAME of a-z, 0-9, '-', '.', '_'");
}

}  // namespace rollcall::access
