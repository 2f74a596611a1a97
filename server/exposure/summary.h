// An exposure in numbers.

#ifndef ROLLCALL_SERVER_EXPOSURE_SUMMARY_H_
#define ROLLCALL_SERVER_EXPOSURE_SUMMARY_H_

#include <cstdint>
#include <vector>

#include "server/exposure/engine.h"
#include "server/exposure/question.h"
#include "server/exposure/types.h"
#include "server/exposure/world.h"

namespace rollcall::exposure {

// People by one code (a school, a grade, ...).
struct CodeCount {
  std::uint16_t code = 0;
  std::uint64_t people = 0;

  friend bool operator==(const CodeCount&, const CodeCount&) = default;
};

// People by school year (the year in which it ends).
struct YearCount {
  std::int16_t school_year = 0;
  std::uint64_t people = 0;

  friend bool operator==(const YearCount&, const YearCount&) = default;
};

struct ElementCount {
  std::uint16_t element = 0;
  std::uint64_t people = 0;     // For whom it is exposed.
  std::uint64_t populated = 0;  // Those of them for whom the roster knows a value; always 0 for
                                // an element that the roster does not hold.
  std::uint64_t confirmed = 0;  // Those of them for whom it is CONFIRMED.
  std::uint64_t removed = 0;    // People for whom it would be exposed but for dispositions.

  friend bool operator==(const ElementCount&, const ElementCount&) = default;
};

struct SchoolElementCount {
  std::uint16_t school = 0;
  std::uint16_t element = 0;
  std::uint64_t people = 0;

  friend bool operator==(const SchoolElementCount&, const SchoolElementCount&) = default;
};

// People who have exactly these elements exposed, whatever the reasons.
struct Tier {
  std::vector<std::uint16_t> elements;  // Ascending.
  std::uint64_t people = 0;

  friend bool operator==(const Tier&, const Tier&) = default;
};

// Every list is in ascending order of its codes and holds no zero counts. "The latest enrollment"
// is World::latest_enrollment(), over the whole history of the person and not only the part that
// is exposed: it tells where the family is to be found.
struct Summary {
  std::uint64_t people = 0;
  std::uint64_t cells = 0;  // Pairs of person and element.

  std::uint64_t current_students = 0;
  std::uint64_t former_students = 0;
  std::uint64_t current_staff = 0;
  std::uint64_t former_staff = 0;

  std::uint64_t people_confirmed = 0;  // With at least one CONFIRMED element.
  std::uint64_t people_believed = 0;   // With none.
  std::uint64_t cells_confirmed = 0;
  std::uint64_t cells_believed = 0;
  std::uint64_t cells_populated = 0;  // That the roster knows a value for.

  std::uint64_t people_removed = 0;  // Of whom dispositions removed everything.
  std::uint64_t cells_removed = 0;   // In removed cells of anybody.

  std::vector<ElementCount> by_element;

  // By the school of the latest enrollment; each person counts once.
  std::vector<CodeCount> by_school;
  std::uint64_t no_school = 0;  // People with no enrollment at all.
  // By the grade of the latest enrollment; each person counts once. Code 0 are those whose latest
  // enrollment states no grade, and those with no enrollment.
  std::vector<CodeCount> by_grade;
  // By school year. A person counts in each year in which an in-scope share matched one of his or
  // her spells; if there is none (exposed by the list alone), in each year of which a spell
  // begins on or before the last day of the window.
  std::vector<YearCount> by_school_year;
  // By home language; each person counts once. Code 0: not known.
  std::vector<CodeCount> by_language;
  // By program. A person counts in each program of which a spell begins on or before the last day
  // of the window.
  std::vector<CodeCount> by_program;

  // By school of the latest enrollment and element; people with no enrollment are not in it.
  // In ascending order of (school, element); only elements that are exposed for somebody there.
  std::vector<SchoolElementCount> by_school_and_element;

  // The largest first; equal ones in ascending order of elements.
  std::vector<Tier> tiers;

  friend bool operator==(const Summary&, const Summary&) = default;
};

// Counts `exposure`, which must be what Enumerate() gave for this same `world` and `question`.
// Linear in the people exposed and in the program spells of the world. Pure; any thread.
Summary Summarize(const World& world, const Exposure& exposure, const Question& question);

}  // namespace rollcall::exposure

#endif  // ROLLCALL_SERVER_EXPOSURE_SUMMARY_H_
