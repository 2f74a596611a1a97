#include "server/exposure/bits.h"

#include <algorithm>

namespace rollcall::exposure {
namespace {

std::uint64_t Count(Word word) { return static_cast<std::uint64_t>(std::popcount(word)); }

// The loops stand in functions of plain pointers: a clone cannot take in what was compiled for
// another processor.
ROLLCALL_VECTOR_CLONES void OrWords(const Word* from, std::size_t words, Word* into) {
  for (std::size_t i = 0; i < words; ++i) into[i] |= from[i];
}

ROLLCALL_VECTOR_CLONES void AddProductWords(const Word* people, const Word* condition,
                                            const Word* except, std::size_t words, Word* into) {
  if (condition == nullptr && except == nullptr) {
    for (std::size_t i = 0; i < words; ++i) into[i] |= people[i];
  } else if (condition == nullptr) {
    for (std::size_t i = 0; i < words; ++i) into[i] |= people[i] & ~except[i];
  } else if (except == nullptr) {
    for (std::size_t i = 0; i < words; ++i) into[i] |= people[i] & condition[i];
  } else {
    for (std::size_t i = 0; i < words; ++i) into[i] |= people[i] & condition[i] & ~except[i];
  }
}

ROLLCALL_VECTOR_CLONES std::uint64_t CountWords(const Word* a, std::size_t words) {
  std::uint64_t count = 0;
  for (std::size_t i = 0; i < words; ++i) {
    count += static_cast<std::uint64_t>(__builtin_popcountll(a[i]));
  }
  return count;
}

ROLLCALL_VECTOR_CLONES std::uint64_t CountCommonWords(const Word* a, const Word* b,
                                                      std::size_t words) {
  std::uint64_t count = 0;
  for (std::size_t i = 0; i < words; ++i) {
    count += static_cast<std::uint64_t>(__builtin_popcountll(a[i] & b[i]));
  }
  return count;
}

ROLLCALL_VECTOR_CLONES void CountFieldWords(Word mask, std::uint32_t fields, const Bits* sets,
                                            std::size_t block, std::uint64_t* counts) {
  for (; fields != 0; fields &= fields - 1) {
    const int field = __builtin_ctz(fields);
    counts[field] +=
        static_cast<std::uint64_t>(__builtin_popcountll(mask & sets[field].data()[block]));
  }
}

}  // namespace

void OrInto(const Bits& from, Bits& into) { OrWords(from.data(), from.size(), into.data()); }

void AddProduct(const Bits& people, const Bits* condition, const Bits* except, Bits& into) {
  AddProductWords(people.data(), condition == nullptr ? nullptr : condition->data(),
                  except == nullptr ? nullptr : except->data(), into.size(), into.data());
}

std::uint64_t CountBits(const Bits& bits) { return CountWords(bits.data(), bits.size()); }

std::uint64_t CountCommon(const Bits& a, const Bits& b) {
  return CountCommonWords(a.data(), b.data(), std::min(a.size(), b.size()));
}

std::uint64_t CountCommonOfThree(const Bits& a, const Bits& b, const Bits& c) {
  std::uint64_t count = 0;
  const std::size_t words = std::min({a.size(), b.size(), c.size()});
  for (std::size_t i = 0; i < words; ++i) count += Count(a[i] & b[i] & c[i]);
  return count;
}

void CountFields(Word mask, std::uint32_t fields, const std::vector<Bits>& sets, std::size_t block,
                 std::uint64_t* counts) {
  CountFieldWords(mask, fields, sets.data(), block, counts);
}

}  // namespace rollcall::exposure
