#include "server/audit/json_text.h"

#include <algorithm>
#include <cstdint>

namespace rollcall::audit {
namespace {

constexpr int kMaxDepth = 64;
constexpr char kReplacement[] = "\xef\xbf\xbd";

bool IsContinuation(unsigned char byte) { return (byte & 0xc0U) == 0x80U; }

// The length of the valid UTF-8 sequence at the beginning of `text`, which is not empty; 0 if there
// is none.
std::size_t SequenceLength(std::string_view text) {
  const auto first = static_cast<unsigned char>(text[0]);
  if (first < 0x80) return 1;
  const std::size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || text.size() < length) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if (!IsContinuation(static_cast<unsigned char>(text[i]))) return 0;
  }
  const auto second = static_cast<unsigned char>(text[1]);
  if ((first == 0xe0 && second < 0xa0) || (first == 0xed && second > 0x9f) ||
      (first == 0xf0 && second < 0x90) || (first == 0xf4 && second > 0x8f)) {
    return 0;
  }
  return length;
}

// Whether a character of ASCII stands in a string of JSON as it is.
bool StandsForItself(char c) { return c >= 0x20 && c != '"' && c != '\\'; }

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsHexDigit(char c) { return IsDigit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

// Walks over JSON text without building anything.
class Walker {
 public:
  explicit Walker(std::string_view text) : text_(text) {}

  bool AtEnd() const { return at_ == text_.size(); }
  std::size_t at() const { return at_; }

  bool Take(char c) {
    if (AtEnd() || text_[at_] != c) return false;
    ++at_;
    return true;
  }

  bool Value(int depth) {
    if (AtEnd() || depth > kMaxDepth) return false;
    switch (text_[at_]) {
      case '{':
        return List('{', '}', depth, true);
      case '[':
        return List('[', ']', depth, false);
      case '"':
        return String();
      case 't':
        return Word("true");
      case 'f':
        return Word("false");
      case 'n':
        return Word("null");
      default:
        return Number();
    }
  }

  bool String() {
    if (!Take('"')) return false;
    while (!AtEnd()) {
      const char c = text_[at_++];
      if (c == '"') return true;
      if (static_cast<unsigned char>(c) < 0x20) return false;
      if (c == '\\' && !Escape()) return false;
    }
    return false;
  }

 private:
  bool List(char open, char close, int depth, bool named) {
    if (!Take(open)) return false;
    if (Take(close)) return true;
    do {
      if (named && (!String() || !Take(':'))) return false;
      if (!Value(depth + 1)) return false;
    } while (Take(','));
    return Take(close);
  }

  bool Escape() {
    if (AtEnd()) return false;
    const char c = text_[at_++];
    if (c != 'u') return std::string_view("\"\\/bfnrt").find(c) != std::string_view::npos;
    for (int i = 0; i < 4; ++i, ++at_) {
      if (AtEnd() || !IsHexDigit(text_[at_])) return false;
    }
    return true;
  }

  bool Word(std::string_view word) {
    if (text_.substr(at_, word.size()) != word) return false;
    at_ += word.size();
    return true;
  }

  bool Digits() {
    const std::size_t begin = at_;
    while (!AtEnd() && IsDigit(text_[at_])) ++at_;
    return at_ > begin;
  }

  bool Number() {
    Take('-');
    if (!Take('0') && !Digits()) return false;
    if (Take('.') && !Digits()) return false;
    if (Take('e') || Take('E')) {
      if (!Take('+')) Take('-');
      return Digits();
    }
    return true;
  }

  const std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace

void AppendJsonString(std::string_view text, std::string* out) {
  constexpr char kDigits[] = "0123456789abcdef";
  out->push_back('"');
  while (!text.empty()) {
    const std::size_t plain = static_cast<std::size_t>(
        std::find_if_not(text.begin(), text.end(), StandsForItself) - text.begin());
    out->append(text.substr(0, plain));
    text.remove_prefix(plain);
    if (text.empty()) break;
    const std::size_t length = SequenceLength(text);
    const char c = text[0];
    if (length == 0) {
      out->append(kReplacement);
    } else if (length > 1) {
      out->append(text.substr(0, length));
    } else if (c == '"' || c == '\\') {
      out->push_back('\\');
      out->push_back(c);
    } else {
      out->append("\\u00");
      out->push_back(kDigits[static_cast<unsigned char>(c) >> 4U]);
      out->push_back(kDigits[static_cast<unsigned char>(c) & 15U]);
    }
    text.remove_prefix(length == 0 ? 1 : length);
  }
  out->push_back('"');
}

bool IsUtf8(std::string_view text) {
  while (!text.empty()) {
    const std::size_t length = SequenceLength(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

absl::StatusOr<std::vector<std::pair<std::string_view, std::string_view>>> ReadJsonObject(
    std::string_view text) {
  std::vector<std::pair<std::string_view, std::string_view>> members;
  Walker walker(text);
  bool good = walker.Take('{') && IsUtf8(text);
  bool more = good && !walker.Take('}');
  const bool empty = good && !more;
  while (good && more) {
    const std::size_t name = walker.at();
    good = walker.String();
    const std::size_t colon = walker.at();
    good = good && walker.Take(':') && walker.Value(1);
    if (!good) break;
    members.emplace_back(text.substr(name + 1, colon - name - 2),
                         text.substr(colon + 1, walker.at() - colon - 1));
    good = members.size() == 1 || members[members.size() - 2].first < members.back().first;
    more = walker.Take(',');
  }
  if (!good || (!empty && !walker.Take('}')) || !walker.AtEnd()) {
    return absl::InvalidArgumentError("it is not one JSON object in the log's form");
  }
  return members;
}

}  // namespace rollcall::audit
