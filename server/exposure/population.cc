#include "server/exposure/population.h"

#include <algorithm>

namespace rollcall::exposure {
namespace {

std::vector<std::uint16_t> SortedUnique(std::vector<std::uint16_t> codes) {
  std::sort(codes.begin(), codes.end());
  codes.erase(std::unique(codes.begin(), codes.end()), codes.end());
  return codes;
}

// Acceptance by code for codes below `limit`; empty for an empty list, which accepts all.
std::vector<bool> Accepted(const std::vector<std::uint16_t>& codes, std::size_t limit) {
  if (codes.empty()) return {};
  std::vector<bool> accepted(std::max<std::size_t>(limit, 1));
  for (const std::uint16_t code : codes) {
    if (code < accepted.size()) accepted[code] = true;
  }
  return accepted;
}

// The set of a year, made if it is new; null if nobody asks for years.
Bits* YearSet(const World& world, std::vector<Bits>* by_year, std::size_t year) {
  if (by_year == nullptr) return nullptr;
  Bits& people = (*by_year)[year];
  if (people.empty()) people.resize(world.words());
  return &people;
}

bool Has(const std::vector<std::int16_t>& years, std::int16_t year) {
  return std::find(years.begin(), years.end(), year) != years.end();
}

}  // namespace

SpellFilter::SpellFilter(const World& world, const Population& population,
                         const std::vector<std::int16_t>& scope_years, const Interval& days)
    : world_(world),
      subject_(population.subject),
      days_(days),
      schools_(SortedUnique(population.schools)),
      school_accepted_(Accepted(population.schools, world.school_limit())),
      grade_accepted_(Accepted(population.grades, world.grade_limit())),
      any_program_(population.programs.empty()),
      programs_(SortedUnique(population.programs)) {
  const auto accepts = [&](std::int16_t year) {
    return (population.school_years.empty() || Has(population.school_years, year)) &&
           (scope_years.empty() || Has(scope_years, year));
  };
  years_.reserve(world.school_years().size());
  for (const std::int16_t year : world.school_years()) years_.push_back(accepts(year));
  // Whether the years have one in common is asked of the lists, not of the roster.
  possible_ = !days.empty() &&
              (population.school_years.empty() || scope_years.empty() ||
               std::any_of(scope_years.begin(), scope_years.end(),
                           [&](std::int16_t year) { return Has(population.school_years, year); }));
}

SpellFilter SpellFilter::On(const Interval& days) const {
  SpellFilter other = *this;
  other.days_ = days;
  other.possible_ = possible_ && !days.empty();
  return other;
}

bool SpellFilter::Accepts(const EnrollmentSpell& spell) const {
  return years_[world_.YearIndex(spell.school_year)] &&
         (school_accepted_.empty() || school_accepted_[spell.school]) &&
         (grade_accepted_.empty() || grade_accepted_[spell.grade]);
}

void SpellFilter::AddClasses(std::uint32_t begin, std::uint32_t end, Bits* people,
                             Bits* of_year) const {
  for (const std::uint32_t ordinal : world_.people_of(begin, end)) SetBit(*people, ordinal);
  if (of_year == nullptr) return;
  for (const std::uint32_t ordinal : world_.people_of(begin, end)) SetBit(*of_year, ordinal);
}

void SpellFilter::AddCell(const SchoolCell& cell, Bits* people, Bits* of_year) const {
  if (cell.zone.NoneOverlaps(days_)) return;
  if (grade_accepted_.empty() && cell.zone.AllOverlap(days_)) {
    AddClasses(cell.begin, cell.end, people, of_year);
    return;
  }
  for (std::uint32_t c = cell.begin; c < cell.end; ++c) {
    const EnrollmentSpell& spell = world_.spell(c);
    if (!grade_accepted_.empty() && !grade_accepted_[spell.grade]) continue;
    if (spell.days().Overlaps(days_)) AddClasses(c, c + 1, people, of_year);
  }
}

void SpellFilter::AddPeople(Bits* people, std::vector<Bits>* by_year) const {
  if (!possible_) return;
  if (!any_program_) {
    AddThroughPrograms(people, by_year);
    return;
  }
  for (std::size_t year = 0; year < years_.size(); ++year) {
    if (!years_[year]) continue;
    const Cohort& cohort = world_.cohort(subject_, year);
    if (cohort.begin == cohort.end || cohort.zone.NoneOverlaps(days_)) continue;
    Bits* of_year = YearSet(world_, by_year, year);
    if (schools_.empty() && grade_accepted_.empty() && cohort.zone.AllOverlap(days_)) {
      const Bits& everybody = world_.people_of_cohort(subject_, year);
      OrInto(everybody, *people);
      if (of_year != nullptr) OrInto(everybody, *of_year);
      continue;
    }
    const auto cells =
        world_.school_cells().subspan(cohort.cells_begin, cohort.cells_end - cohort.cells_begin);
    if (schools_.empty()) {
      for (const SchoolCell& cell : cells) AddCell(cell, people, of_year);
      continue;
    }
    auto cell = cells.begin();
    for (const std::uint16_t school : schools_) {
      cell = std::lower_bound(cell, cells.end(), school,
                              [](const SchoolCell& c, std::uint16_t s) { return c.school < s; });
      if (cell == cells.end()) break;
      if (cell->school == school) AddCell(*cell, people, of_year);
    }
  }
}

void SpellFilter::AddThroughPrograms(Bits* people, std::vector<Bits>* by_year) const {
  for (const std::uint16_t program : programs_) {
    const ProgramGroup* group = world_.FindProgram(program);
    if (group == nullptr || group->zone.NoneOverlaps(days_)) continue;
    for (const ProgramEntry& entry : world_.entries(*group)) {
      const Interval days = days_.Intersect({entry.first, entry.last});
      if (days.empty() || world_.kind(entry.ordinal) != subject_) continue;
      for (const std::uint32_t c : world_.enrollments(entry.ordinal)) {
        const EnrollmentSpell& spell = world_.spell(c);
        if (!spell.days().Overlaps(days) || !Accepts(spell)) continue;
        SetBit(*people, entry.ordinal);
        if (Bits* of_year = YearSet(world_, by_year, world_.YearIndex(spell.school_year))) {
          SetBit(*of_year, entry.ordinal);
        }
      }
    }
  }
}

std::optional<Interval> SpellFilter::Span(std::uint32_t ordinal) const {
  std::optional<Interval> span;
  if (!possible_ || world_.kind(ordinal) != subject_) return span;
  const auto take = [&](const Interval& days) {
    if (days.empty()) return;
    if (!span.has_value()) span = days;
    span = {std::min(span->first, days.first), std::max(span->last, days.last)};
  };
  for (const std::uint32_t c : world_.enrollments(ordinal)) {
    const EnrollmentSpell& spell = world_.spell(c);
    const Interval days = spell.days().Intersect(days_);
    if (days.empty() || !Accepts(spell)) continue;
    if (any_program_) {
      take(days);
      continue;
    }
    for (const ProgramSpell& program : world_.program_spells(ordinal)) {
      if (std::binary_search(programs_.begin(), programs_.end(), program.program)) {
        take(days.Intersect(program.days()));
      }
    }
  }
  return span;
}

void AddInProgram(const World& world, std::uint16_t program, const Interval& days, Bits* people) {
  const ProgramGroup* group = world.FindProgram(program);
  if (group == nullptr || days.empty() || group->zone.NoneOverlaps(days)) return;
  for (const ProgramEntry& entry : world.entries(*group)) {
    if (entry.first <= days.last && entry.last >= days.first) SetBit(*people, entry.ordinal);
  }
}

bool InProgram(const World& world, std::uint16_t program, const Interval& days,
               std::uint32_t ordinal) {
  if (days.empty()) return false;
  for (const ProgramSpell& spell : world.program_spells(ordinal)) {
    if (spell.program == program && spell.days().Overlaps(days)) return true;
  }
  return false;
}

void AddOfSchoolYears(const World& world, const std::vector<std::int16_t>& school_years,
                      Bits* people) {
  Bits with_spell(world.words());
  for (std::size_t year = 0; year < world.school_years().size(); ++year) {
    for (const SubjectKind kind : {SubjectKind::kStudent, SubjectKind::kStaff}) {
      OrInto(world.people_of_cohort(kind, year), with_spell);
      if (Has(school_years, world.school_years()[year])) {
        OrInto(world.people_of_cohort(kind, year), *people);
      }
    }
  }
  for (std::size_t i = 0; i < with_spell.size(); ++i) (*people)[i] |= ~with_spell[i];
  // The last word has places for nobody.
  if (world.size() % kWordBits != 0) {
    people->back() &= (Word{1} << (world.size() % kWordBits)) - 1;
  }
}

}  // namespace rollcall::exposure
