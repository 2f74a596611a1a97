// Sets of people as bits: one bit for each ordinal of a World, 64 in a word.

#ifndef ROLLCALL_SERVER_EXPOSURE_BITS_H_
#define ROLLCALL_SERVER_EXPOSURE_BITS_H_

#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

// Compiles a function a second time for processors with vector and bit-counting instructions; which
// one runs is decided when the program is loaded. Not where a sanitizer would be in its way.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && \
    !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define ROLLCALL_VECTOR_CLONES __attribute__((target_clones("arch=x86-64-v3", "default")))
#else
#define ROLLCALL_VECTOR_CLONES
#endif

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

// Adds the members of `from`, which is not larger than `into`.
void OrInto(const Bits& from, Bits& into);

// Adds the members of `people` that are in `condition` and not in `except`; null stands for no
// condition and no exception. All have the size of `into`.
void AddProduct(const Bits& people, const Bits* condition, const Bits* except, Bits& into);

std::uint64_t CountBits(const Bits& bits);

// The sizes of intersections. Sets may be of different size.
std::uint64_t CountCommon(const Bits& a, const Bits& b);
std::uint64_t CountCommonOfThree(const Bits& a, const Bits& b, const Bits& c);

// Adds to counts[field], for each bit `field` of `fields`, how many members of `mask` have a bit in
// block `block` of sets[field].
void CountFields(Word mask, std::uint32_t fields, const std::vector<Bits>& sets, std::size_t block,
                 std::uint64_t* counts);

// Calls visit(position) for every bit of `word`, ascending, counted from `base`.
template <typename Visit>
void ForEachBit(Word word, std::size_t base, Visit&& visit) {
  for (; word != 0; word &= word - 1) {
    visit(base + static_cast<std::size_t>(std::countr_zero(word)));
  }
}

}  // namespace rollcall::exposure

#endif  // ROLLCALL_SERVER_EXPOSURE_BITS_H_
