#include "server/rpc/purpose.h"

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "server/runtime/text.h"
#include "storage/status.h"

namespace rollcall::rpc {
namespace {

absl::Status Wrong(std::string_view why) { return InvalidField(kPurposeMetadata, why); }

}  // namespace

absl::StatusOr<std::string> ParsePurpose(std::string_view text) {
  if (text.size() > 3 * kMaxPurposeBytes) {
    return Wrong(absl::StrCat("must have at most ", kMaxPurposeBytes, " bytes"));
  }
  std::string decoded;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      decoded.push_back(text[i]);
      continue;
    }
    if (i + 2 >= text.size() || !absl::ascii_isxdigit(static_cast<unsigned char>(text[i + 1])) ||
        !absl::ascii_isxdigit(static_cast<unsigned char>(text[i + 2]))) {
      return Wrong("has a percent sign without two hexadecimal digits; write %25 for the sign");
    }
    decoded += absl::HexStringToBytes(absl::string_view(text.data() + i + 1, 2));
    i += 2;
  }
  decoded = std::string(absl::StripAsciiWhitespace(decoded));
  if (decoded.size() < kMinPurposeBytes || decoded.size() > kMaxPurposeBytes) {
    return Wrong(absl::StrCat("must have ", kMinPurposeBytes, " to ", kMaxPurposeBytes,
                              " bytes; say in some words what the data is needed for"));
  }
  for (const char c : decoded) {
    if (absl::ascii_iscntrl(static_cast<unsigned char>(c))) return Wrong("has control characters");
  }
  if (runtime::CleanText(decoded, 2 * kMaxPurposeBytes) != decoded) return Wrong("is not UTF-8");
  return decoded;
}

}  // namespace rollcall::rpc
