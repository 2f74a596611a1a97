// Who is exposed, with which elements: the truth model, computed.
//
// Enumerate() is a pure function: the same World and Question always give the same Exposure. Its
// rules, as far as a question can express them, are these (docs/decisions/0003 and 0006 say why
// where more than one reading was possible):
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
// Observed: a group of transfers gives its people each of its elements that belongs to their kind.
//   If the scope names school years, only people with a spell in one of them (on whatever days),
//   and people without any spell.
// Claimed: a person on the list has the elements that the list names for him or her. An entry
//   that names none stands for those elements of the statement that belong to the person's kind;
//   if there are none, for all elements of that kind in in-scope shares, a conditional one
//   only if the person was in the condition's program on some day up to window_last.
// Dispositions: a disposition covers a person and an element if it names both or does not limit
//   itself in that respect. What a share gives of a covered element (declared or named) is worked
//   out anew as if the share began on the day after the latest `removed_until` of those of its
//   cuts that cover person and element: matching and condition must hold in what is left of the
//   effective period. What a group of transfers gives is taken away by any of its cuts that
//   covers person and element. Claimed elements are never taken away.
// Less: with limit_to_list, declared, named and observed count only for people on the list.
//   Outside the scope's elements an element is not exposed at all, unless the list names it for
//   that very person. Where the roster knows the field to be empty for the person, it is not
//   exposed either, unless the list names it for that very person or a group of transfers that
//   gives it overrules that.
//
// What remains is the exposure: for every person with at least one element left, these elements,
// each with *all* its reasons. An element is CONFIRMED if the list or a group of transfers that
// is not upstream is one of them, else BELIEVED. What only dispositions took away is kept beside
// it, as `removed`: an element that would be exposed without them and is not.

#ifndef ROLLCALL_SERVER_EXPOSURE_ENGINE_H_
#define ROLLCALL_SERVER_EXPOSURE_ENGINE_H_

#include <compare>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "server/exposure/bits.h"
#include "server/exposure/question.h"
#include "server/exposure/world.h"

namespace rollcall::exposure {

// Where a (person, element) comes from. The numbers are those of rollcall.v1.ReasonKind.
enum class ReasonKind : std::uint8_t {
  kDeclared = 1,
  kClaimedByList = 2,
  kNamedByStatement = 3,
  kObserved = 4,
  kObservedUpstream = 5,
};

// The numbers are those of rollcall.v1.Certainty, and the bytes of docs/exposure-format.md.
enum class Certainty : std::uint8_t { kBelieved = 1, kConfirmed = 2 };

struct Reason {
  ReasonKind kind = ReasonKind::kDeclared;
  // DeclaredShare::share for kDeclared, ObservedTransfers::group for the observed kinds, else 0.
  std::uint32_t source = 0;

  friend auto operator<=>(const Reason&, const Reason&) = default;
};

// One exposed element of a person.
struct Cell {
  std::uint16_t element = 0;
  Certainty certainty = Certainty::kBelieved;
  std::vector<Reason> reasons;  // Ascending, each once, never empty.
  // Disposition::disposition of those that took some other reason away; ascending, each once.
  std::vector<std::uint32_t> dispositions;

  friend bool operator==(const Cell&, const Cell&) = default;
};

// An element that would be exposed but for dispositions.
struct RemovedCell {
  std::uint16_t element = 0;
  std::vector<Reason> reasons;              // Those taken away; ascending, each once, never empty.
  std::vector<std::uint32_t> dispositions;  // Ascending, each once, never empty.

  friend bool operator==(const RemovedCell&, const RemovedCell&) = default;
};

// What is exposed of a person. Very many people share few different sets.
struct ElementSet {
  std::vector<Cell> cells;           // Ascending by element, each once.
  std::vector<RemovedCell> removed;  // Ascending by element, each once, none of them in `cells`.

  friend bool operator==(const ElementSet&, const ElementSet&) = default;
};

// People and the set of each, as two columns of the same length.
struct PeopleColumns {
  std::vector<std::uint32_t> ordinals;  // Ascending.
  std::vector<std::uint32_t> set_of;    // Position in Exposure::sets.

  friend bool operator==(const PeopleColumns&, const PeopleColumns&) = default;
};

// Exposed people of one block of 64 ordinals who have the same set.
struct PeopleRun {
  std::uint32_t block = 0;
  std::uint32_t set = 0;
  Word people = 0;  // Bit i stands for ordinal 64 * block + i; never 0.

  friend bool operator==(const PeopleRun&, const PeopleRun&) = default;
};

// The answer.
struct Exposure {
  std::uint64_t revision = 0;    // Of the World it was computed from.
  std::vector<ElementSet> sets;  // All different, each with a cell or a removed cell.

  // The exposed people; their sets have at least one cell.
  std::vector<std::uint32_t> ordinals;  // Ascending.
  std::vector<std::uint32_t> set_of;    // Position in `sets`.
  Bits people;                          // The same people as a set.
  std::vector<PeopleRun> runs;          // The same people by block and set; blocks ascend.

  // People of whom dispositions removed everything; their sets have removed cells only.
  PeopleColumns removed;

  // By school year, as a position in World::school_years(): the exposed people with a spell that
  // an in-scope share matched in that year; those whom no share matches at all count in each year
  // of which a spell of theirs begins on or before window_last.
  std::vector<std::uint32_t> people_of_year;

  // DeclaredShare::share of shares in scope whose population nobody matches; ascending, each once.
  std::vector<std::uint32_t> shares_without_people;

  // People on the list for whom nothing is left to be exposed, ascending. They are in no column
  // of exposed people, and must be shown to the reader: a list that names somebody is never
  // silently cut.
  std::vector<std::uint32_t> listed_without_cells;
};

// Sizes beyond which Enumerate() gives up at once, so that no question can exhaust the process.
// The defaults are far above what a district of a million people asks.
struct Limits {
  std::size_t max_shares = std::size_t{1} << 16;           // Parts of shares.
  std::size_t max_shared_elements = std::size_t{1} << 20;  // In all shares together.
  std::size_t max_claimed = std::size_t{1} << 26;          // Entries, and elements named in them.
  std::size_t max_transfer_groups = std::size_t{1} << 14;
  std::size_t max_signature_words = std::size_t{1} << 26;  // 8 bytes each, for different people.
  std::size_t max_reasons = std::size_t{1} << 24;          // In all sets together.
  std::size_t max_bitmap_bytes = std::size_t{1} << 29;     // For the populations of one question.
};

// Computes the exposure. Linear in the people that it names; one thread.
//
// Errors; a list is complete or there is none:
//   INVALID_ARGUMENT: an element, ordinal, disposition, subject or roster field out of range; a
//     period or a population's dates that end before they begin; a population that is neither of
//     students nor of staff; a share that lists an element of another subject than its population
//     (guardians belong to students); two groups of transfers, or two dispositions, with one
//     number; people of a group or disposition that do not ascend.
//   RESOURCE_EXHAUSTED: `limits` passed; the message says which.
absl::StatusOr<Exposure> Enumerate(const World& world, const Question& question,
                                   const Limits& limits = {});

}  // namespace rollcall::exposure

#endif  // ROLLCALL_SERVER_EXPOSURE_ENGINE_H_
