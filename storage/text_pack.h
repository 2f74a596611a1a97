// Several short texts as one, before it is sealed.
//
// A varint whose bit n says that text n is not empty; then for each of these, in order, its length
// as a varint and its bytes. Varints are little-endian base 128, as in Protocol Buffers. A row of
// a person with ten values costs twelve bytes beside them.

#ifndef ROLLCALL_STORAGE_TEXT_PACK_H_
#define ROLLCALL_STORAGE_TEXT_PACK_H_

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace rollcall {

// Texts of one pack, at most.
inline constexpr std::size_t kMaxPackedTexts = 32;

// Replaces `*packed`.
void PackTexts(std::span<const std::string_view> texts, std::string* packed);

// Fills all of `texts` with views into `packed`. False if the bytes are not such a pack, or one of
// more texts.
bool UnpackTexts(std::string_view packed, std::span<std::string_view> texts);

// A day (days since 1970-01-01) as a text of a pack: four bytes, little-endian; empty if unset.
class PackedDay {
 public:
  explicit PackedDay(std::optional<std::int32_t> day);
  std::string_view text() const { return {bytes_, size_}; }

  // False if the text is of no day and not empty.
  static bool Read(std::string_view text, std::optional<std::int32_t>* day);

 private:
  char bytes_[4];
  std::size_t size_;
};

// Appends a varint, and takes one off the front of `*bytes`; unset if there is none.
void AppendVarint(std::uint64_t value, std::string* out);
std::optional<std::uint64_t> TakeVarint(std::string_view* bytes);

}  // namespace rollcall

#endif  // ROLLCALL_STORAGE_TEXT_PACK_H_
