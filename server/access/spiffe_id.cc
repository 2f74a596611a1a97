#include "server/access/spiffe_id.h"

#include <algorithm>

namespace rollcall::access {
namespace {

constexpr std::string_view kSpiffeScheme = "spiffe://";
constexpr std::size_t kMaxTrustDomainBytes = 255;

bool IsDomainCharacter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_';
}

bool IsSegmentCharacter(char c) { return IsDomainCharacter(c) || (c >= 'A' && c <= 'Z'); }

bool IsSegment(std::string_view text) {
  return !text.empty() && text != "." && text != ".." &&
         std::all_of(text.begin(), text.end(), IsSegmentCharacter);
}

}  // namespace

bool IsSpiffeId(std::string_view text) {
  if (text.size() > kMaxSpiffeIdBytes || !text.starts_with(kSpiffeScheme)) return false;
  text.remove_prefix(kSpiffeScheme.size());
  const std::size_t slash = text.find('/');
  if (slash == std::string_view::npos || !IsTrustDomain(text.substr(0, slash))) return false;
  text.remove_prefix(slash + 1);
  while (true) {
    const std::size_t end = text.find('/');
    if (!IsSegment(text.substr(0, end))) return false;
    if (end == std::string_view::npos) return true;
    text.remove_prefix(end + 1);
  }
}

bool IsTrustDomain(std::string_view text) {
  return !text.empty() && text.size() <= kMaxTrustDomainBytes &&
         std::all_of(text.begin(), text.end(), IsDomainCharacter);
}

}  // namespace rollcall::access
