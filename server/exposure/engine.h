// Who is exposed, with which elements: the truth model, computed.
//
// Enumerate() is a pure function: the same World and Question always give the same Exposure. Its
// rules, as far as a question can express them, are these (docs/decisions/0003 says why where
// more than one reading was possible):
//
// Effective period of a share: the days of its period, not after window_last, within the dates of
//   its population. A share is *in scope* if its effective period has a day and its school years
//   and those of the scope have a year in common. Other shares count for nothing.
// Matching: an in-scope share matches an enrollment spell of a person if the person's kind is that
//   of the population, the spell's school year, school and grade pass all filters (the school
//   year also the scope's), and some day of the spell lies in the effective period, on which, if
//   the population names programs, the person was in one of them. It matches a person if it
//   matches one of his or her spells.
// Declared: a share that matches a person gives each of its elements; a conditional one only if
//   the person was in the condition's program on some day of the effective period.
// Named: an element that the statement names and that no in-scope share lists (conditionally or
//   not) counts for everybody whom any in-scope share matches, if it belongs to that kind.
// Claimed: a person on the list has the elements that the list names for him or her. An entry
//   that names none stands for those elements of the statement that belong to the person's kind;
//   if there are none, for all elements of that kind in in-scope shares, a conditional one
//   only if the person was in the condition's program on some day up to window_last.
// Less: with limit_to_list, declared and named count only for people on the list. Outside the
//   scope's elements, or where the roster knows the field to be empty for the person, an element
//   is not exposed at all, unless the list names it for that very person.
//
// What remains is the exposure: for every person with at least one element left, these elements,
// each with *all* its reasons. An element is CONFIRMED if the list is one of them, else BELIEVED.

#ifndef ROLLCALL_SERVER_EXPOSURE_ENGINE_H_
#define ROLLCALL_SERVER_EXPOSURE_ENGINE_H_

#include <compare>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "server/exposure/question.h"
#include "server/exposure/world.h"

namespace rollcall::exposure {

// Where a (person, element) comes from. The numbers are those of rollcall.v1.ReasonKind.
enum class ReasonKind : std::uint8_t {
  kDeclared = 1,
  kClaimedByList = 2,
  kNamedByStatement = 3,
};

// The numbers are those of rollcall.v1.Certainty, and the bytes of docs/exposure-format.md.
enum class Certainty : std::uint8_t { kBelieved = 1, kConfirmed = 2 };

struct Reason {
  ReasonKind kind = ReasonKind::kDeclared;
  std::uint32_t share = 0;  // DeclaredShare::share for kDeclared, else 0.

  friend auto operator<=>(const Reason&, const Reason&) = default;
};

// One exposed element of a person.
struct Cell {
  std::uint16_t element = 0;
  Certainty certainty = Certainty::kBelieved;
  std::vector<Reason> reasons;  // Ascending, each once, never empty.

  friend bool operator==(const Cell&, const Cell&) = default;
};

// What is exposed of a person. Very many people share few different sets.
struct ElementSet {
  std::vector<Cell> cells;  // Ascending by element, each once, never empty.

  friend bool operator==(const ElementSet&, const ElementSet&) = default;
};

// The answer. The three columns have the same length, one row per exposed person.
struct Exposure {
  std::uint64_t revision = 0;    // Of the World it was computed from.
  std::vector<ElementSet> sets;  // All different; in order of first use.

  std::vector<std::uint32_t> ordinals;  // The people, ascending.
  std::vector<std::uint32_t> set_of;    // Position in `sets`.
  // The school years in which an in-scope share matched a spell of the person: bit i stands for
  // World::school_years()[i]. 0 for people who are exposed by the list alone.
  std::vector<std::uint64_t> matched_years;

  // People on the list for whom nothing is left to be exposed, ascending. They are in no column
  // above, and must be shown to the reader: a list that names somebody is never silently cut.
  std::vector<std::uint32_t> listed_without_cells;
};

// Sizes beyond which Enumerate() gives up at once, so that no question can exhaust the process.
// The defaults are far above what a district of a million people asks.
struct Limits {
  std::size_t max_shares = 4096;
  std::size_t max_shared_elements = std::size_t{1} << 20;  // In all shares together.
  std::size_t max_claimed = std::size_t{1} << 26;          // Entries, and elements named in them.
  std::size_t max_filter_words = std::size_t{1} << 24;     // 8 bytes each, for the filters.
  std::size_t max_signature_words = std::size_t{1} << 26;  // 8 bytes each, for different people.
  std::size_t max_reasons = std::size_t{1} << 24;          // In all sets together.
};

// Computes the exposure. Linear in the people and spells of the World; one thread.
//
// Errors; a list is complete or there is none:
//   INVALID_ARGUMENT: an element, ordinal, subject or roster field out of range; a period or a
//     population's dates that end before they begin; a population that is neither of students nor
//     of staff; a share that lists an element of another subject than its population (guardians
//     belong to students); two shares with one number.
//   RESOURCE_EXHAUSTED: `limits` passed; the message says which.
absl::StatusOr<Exposure> Enumerate(const World& world, const Question& question,
                                   const Limits& limits = {});

}  // namespace rollcall::exposure

#endif  // ROLLCALL_SERVER_EXPOSURE_ENGINE_H_
