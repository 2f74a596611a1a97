// Random numbers that are the same on every machine and with every standard library.

#ifndef ROLLCALL_CLIENT_DISTRICT_RANDOM_H_
#define ROLLCALL_CLIENT_DISTRICT_RANDOM_H_

#include <cstdint>
#include <initializer_list>

namespace rollcall::district {

// The SplitMix64 sequence (Steele, Lea and Flood, "Fast splittable pseudorandom number
// generators", 2014). Not for secrets. Not thread-safe; copies go on independently.
class Random {
 public:
  // A sequence of its own for each (seed, stream) pair.
  Random(std::uint64_t seed, std::uint64_t stream) : state_(Mix(seed ^ Mix(stream + kGamma))) {}

  std::uint64_t Next() { return Mix(state_ += kGamma); }

  // 0 .. bound - 1, where bound is 1 .. 2^32 - 1. The bias is below bound / 2^32.
  std::uint32_t Below(std::uint32_t bound) {
    return static_cast<std::uint32_t>(((Next() >> 32) * bound) >> 32);
  }

  // low .. high, both inclusive; low <= high.
  std::int32_t Between(std::int32_t low, std::int32_t high) {
    return low + static_cast<std::int32_t>(Below(static_cast<std::uint32_t>(high - low) + 1));
  }

  // True in `per_mille` of a thousand calls on average.
  bool Chance(std::uint32_t per_mille) { return Below(1000) < per_mille; }

  // An index into `weights` with a probability in proportion; the weights are not all 0.
  std::uint32_t Weighted(std::initializer_list<std::uint32_t> weights) {
    std::uint32_t total = 0;
    for (const std::uint32_t weight : weights) total += weight;
    std::uint32_t rest = Below(total);
    std::uint32_t index = 0;
    for (const std::uint32_t weight : weights) {
      if (rest < weight) break;
      rest -= weight;
      ++index;
    }
    return index;
  }

 private:
  static constexpr std::uint64_t kGamma = 0x9e3779b97f4a7c15;

  static constexpr std::uint64_t Mix(std::uint64_t z) {
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }

  std::uint64_t state_;
};

}  // namespace rollcall::district

#endif  // ROLLCALL_CLIENT_DISTRICT_RANDOM_H_
