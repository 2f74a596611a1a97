// Counting without naming: the few numbers by which parties are compared.

#ifndef ROLLCALL_SERVER_EXPOSURE_TALLY_H_
#define ROLLCALL_SERVER_EXPOSURE_TALLY_H_

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "server/exposure/engine.h"
#include "server/exposure/question.h"
#include "server/exposure/world.h"

namespace rollcall::exposure {

// How many people Enumerate() would name, without naming them. Much faster where neither a list
// nor dispositions are part of the question. Errors as Enumerate().
absl::StatusOr<std::uint64_t> CountExposed(const World& world, const Question& question,
                                           const Limits& limits = {});

// The few numbers by which many parties are compared.
struct Tally {
  std::uint64_t people = 0;
  std::uint64_t current_students = 0;
  std::uint64_t cells = 0;            // Pairs of person and element.
  std::uint64_t cells_sensitive = 0;  // Those of elements that the caller calls sensitive.
  std::uint64_t cells_populated = 0;  // Those that the roster knows a value for.

  friend bool operator==(const Tally&, const Tally&) = default;
};

// What Enumerate() and Summarize() would count, without naming anybody. `sensitive` says of each
// element whether it counts as sensitive; it has as many places as Question::elements. Fast under
// the same conditions as CountExposed(). Errors as Enumerate().
absl::StatusOr<Tally> TallyExposed(const World& world, const Question& question,
                                   const std::vector<bool>& sensitive, const Limits& limits = {});

}  // namespace rollcall::exposure

#endif  // ROLLCALL_SERVER_EXPOSURE_TALLY_H_
