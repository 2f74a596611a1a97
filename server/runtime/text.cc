#include "server/runtime/text.h"

namespace rollcall::runtime {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";
constexpr std::string_view kEllipsis = "...";

unsigned char ByteAt(std::string_view text, std::size_t at) {
  return at < text.size() ? static_cast<unsigned char>(text[at]) : 0;
}

// Length of the well-formed character at the start of `text`, or 0. Table 3-7 of the Unicode
// standard: only the second byte has bounds that depend on the first.
std::size_t CharacterLength(std::string_view text) {
  const unsigned char lead = ByteAt(text, 0);
  if (lead < 0x80) return 1;
  std::size_t length = 0;
  unsigned char low = 0x80;
  unsigned char high = 0xBF;
  if (lead >= 0xC2 && lead <= 0xDF) {
    length = 2;
  } else if (lead >= 0xE0 && lead <= 0xEF) {
    length = 3;
    if (lead == 0xE0) low = 0xA0;
    if (lead == 0xED) high = 0x9F;
  } else if (lead >= 0xF0 && lead <= 0xF4) {
    length = 4;
    if (lead == 0xF0) low = 0x90;
    if (lead == 0xF4) high = 0x8F;
  } else {
    return 0;
  }
  if (ByteAt(text, 1) < low || ByteAt(text, 1) > high) return 0;
  for (std::size_t i = 2; i < length; ++i) {
    if ((ByteAt(text, i) & 0xC0U) != 0x80U) return 0;
  }
  return length;
}

}  // namespace

std::string CleanText(std::string_view text, std::size_t max_bytes) {
  std::string clean;
  std::size_t cut = 0;  // The longest prefix of `clean` that leaves room for the ellipsis.
  while (!text.empty()) {
    const std::size_t length = CharacterLength(text);
    const std::string_view piece = length == 0 ? kReplacement : text.substr(0, length);
    if (clean.size() + piece.size() > max_bytes) {
      clean.resize(cut);
      clean += kEllipsis;
      return clean;
    }
    clean += piece;
    if (clean.size() + kEllipsis.size() <= max_bytes) cut = clean.size();
    text.remove_prefix(length == 0 ? 1 : length);
  }
  return clean;
}

}  // namespace rollcall::runtime
