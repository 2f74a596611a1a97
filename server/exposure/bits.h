// Sets of people as bits: one bit for each ordinal of a World, 64 in a word.

#ifndef ROLLCALL_SERVER_EXPOSURE_BITS_H_
#define ROLLCALL_SERVER_EXPOSURE_BITS_H_

#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace rollcall::exposure {

using Word = std::uint64_t;
inline constexpr std::size_t kWordBits = 64;

constexpr std::size_t WordsFor(std::size_t bits) { return (bits + kWordBits - 1) / kWordBits; }

// A set over ordinals 0 to 64 * words - 1. An empty vector stands for the empty set of any size.
using Bits = std::vector<Word>;

inline void SetBit(Bits& bits, std::size_t at) {
  bits[at / kWordBits] |= Word{1} << (at % kWordBits);
}

inline bool TestBit(const Bits& bits, std::size_t at) {
  return !bits.empty() && (bits[at / kWordBits] >> (at % kWordBits) & 1) != 0;
}

inline void OrInto(const Bits& from, Bits& into) {
  for (std::size_t i = 0; i < from.size(); ++i) into[i] |= from[i];
}

inline std::uint64_t CountBits(const Bits& bits) {
  std::uint64_t count = 0;
  for (const Word word : bits) count += static_cast<std::uint64_t>(std::popcount(word));
  return count;
}

// The size of the intersection.
inline std::uint64_t CountCommon(const Bits& a, const Bits& b) {
  std::uint64_t count = 0;
  const std::size_t words = a.size() < b.size() ? a.size() : b.size();
  for (std::size_t i = 0; i < words; ++i) {
    count += static_cast<std::uint64_t>(std::popcount(a[i] & b[i]));
  }
  return count;
}

// Calls visit(position) for every bit of `word`, ascending, counted from `base`.
template <typename Visit>
void ForEachBit(Word word, std::size_t base, Visit&& visit) {
  for (; word != 0; word &= word - 1) {
    visit(base + static_cast<std::size_t>(std::countr_zero(word)));
  }
}

}  // namespace rollcall::exposure

#endif  // ROLLCALL_SERVER_EXPOSURE_BITS_H_
