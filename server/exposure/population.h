// Finding the people whom a population means, by the spells that the World keeps by fact.

#ifndef ROLLCALL_SERVER_EXPOSURE_POPULATION_H_
#define ROLLCALL_SERVER_EXPOSURE_POPULATION_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "server/exposure/bits.h"
#include "server/exposure/question.h"
#include "server/exposure/types.h"
#include "server/exposure/world.h"

namespace rollcall::exposure {

// Which enrollment spells count, and on which days: what a share's population and the scope of a
// question come to. A spell passes if kind, school year, school and grade are accepted and it has
// a day in `days` on which, if programs are named, the person was in one of them.
class SpellFilter {
 public:
  // Everything that the population accepts in `days` (already cut to its dates); school years
  // also limited to `scope_years` unless that is empty.
  SpellFilter(const World& world, const Population& population,
              const std::vector<std::int16_t>& scope_years, const Interval& days);

  // The same filter on other days.
  SpellFilter On(const Interval& days) const;

  // False if no spell can pass, whoever has it: no day, or no school year in common.
  bool possible() const { return possible_; }

  // Adds everybody with a spell that passes. If `by_year` is not null, it has a set for each
  // position in World::school_years(), and the person is added to that of the spell. `people` must
  // have World::words() words; sets of years may be empty and are made when they are needed.
  void AddPeople(Bits* people, std::vector<Bits>* by_year) const;

  // From the first to the last day on which a spell of this person passes; nullopt if none does. A
  // spell without beginning or end gives the first or the last of `days`.
  std::optional<Interval> Span(std::uint32_t ordinal) const;

 private:
  bool Accepts(const EnrollmentSpell& spell) const;
  void AddClasses(std::uint32_t begin, std::uint32_t end, Bits* people, Bits* of_year) const;
  void AddCell(const SchoolCell& cell, Bits* people, Bits* of_year) const;
  void AddThroughPrograms(Bits* people, std::vector<Bits>* by_year) const;

  const World& world_;
  SubjectKind subject_;
  Interval days_;
  bool possible_;
  std::vector<bool> years_;             // By position in World::school_years().
  std::vector<std::uint16_t> schools_;  // Ascending, each once; empty means all.
  std::vector<bool> school_accepted_;   // By code; empty means all.
  std::vector<bool> grade_accepted_;    // By code; empty means all.
  bool any_program_ = true;
  std::vector<std::uint16_t> programs_;  // Ascending, each once.
};

// Adds everybody with a spell in `program` that has a day in `days`.
void AddInProgram(const World& world, std::uint16_t program, const Interval& days, Bits* people);

// True if the person has such a spell.
bool InProgram(const World& world, std::uint16_t program, const Interval& days,
               std::uint32_t ordinal);

// Adds everybody of whom a spell of one of these school years (whatever its days) is known, and
// everybody without any spell.
void AddOfSchoolYears(const World& world, const std::vector<std::int16_t>& school_years,
                      Bits* people);

}  // namespace rollcall::exposure

#endif  // ROLLCALL_SERVER_EXPOSURE_POPULATION_H_
