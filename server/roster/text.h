// Small text helpers of the roster readers: the check that every byte of a file passes, trimming
// and comparing of cells, and the one way to put a message together.
//
// All functions are pure and safe to call from any thread.

#ifndef ROLLCALL_SERVER_ROSTER_TEXT_H_
#define ROLLCALL_SERVER_ROSTER_TEXT_H_

#include <concepts>
#include <cstddef>
#include <string>
#include <string_view>

#include "absl/hash/hash.h"

namespace rollcall::roster {

// Returns the offset of the first byte of `text` that is NUL or does not belong to a well-formed
// UTF-8 sequence (RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF), or
// `std::string_view::npos` when there is none.
std::size_t FindBadText(std::string_view text);

// Returns `text` without the spaces and tabs at both ends.
std::string_view Trim(std::string_view text);

// Returns `text` with the ASCII letters in lower case; other bytes are kept.
std::string LowerAscii(std::string_view text);

// Reports whether `a` and `b` are equal when the case of ASCII letters is ignored.
bool EqualsIgnoreCase(std::string_view a, std::string_view b);

// Returns the ASCII letters and digits of `text` in lower case and nothing else, which is how two
// spellings of one header or type name are compared (`State ID`, `state_id`, `stateId`).
std::string LooseName(std::string_view text);

// Returns `name` cut to 80 bytes and with every byte that is not printable ASCII replaced by `?`,
// so that the name of a file or of a header can be shown in a message.
std::string Printable(std::string_view name);

// Takes the next item off a comma-separated list in `rest` and returns it trimmed. Blank items
// come back as empty strings; the caller loops while `rest` is not empty.
std::string_view NextListItem(std::string_view& rest);

namespace internal {
inline void Append(std::string& out, std::string_view part) { out.append(part); }
template <std::integral T>
void Append(std::string& out, T part) {
  out.append(std::to_string(part));
}
}  // namespace internal

// Joins texts and whole numbers into one string.
template <typename... Parts>
std::string Cat(const Parts&... parts) {
  std::string out;
  (internal::Append(out, parts), ...);
  return out;
}

// Hashes and compares texts for maps that are asked with views.
struct TextHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const {
    return absl::HashOf(absl::string_view(text.data(), text.size()));
  }
};
struct TextEqual {
  using is_transparent = void;
  bool operator()(std::string_view a, std::string_view b) const { return a == b; }
};

}  // namespace rollcall::roster

#endif  // ROLLCALL_SERVER_ROSTER_TEXT_H_
