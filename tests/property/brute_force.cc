#include "tests/property/brute_force.h"

#include <algorithm>
#include <tuple>

namespace rollcall::testing {
namespace {

using exposure::Day;
using exposure::DeclaredShare;
using exposure::EnrollmentSpell;
using exposure::kMaxDay;
using exposure::kMinDay;
using exposure::ProgramSpell;
using exposure::SharedElement;
using exposure::SubjectKind;

constexpr int kDeclared = 1;
constexpr int kClaimed = 2;
constexpr int kNamed = 3;

template <typename List, typename Value>
bool Has(const List& list, const Value& value) {
  return std::find(list.begin(), list.end(), value) != list.end();
}

template <typename List, typename Value>
bool EmptyOrHas(const List& list, const Value& value) {
  return list.empty() || Has(list, value);
}

template <typename Spell>
bool HasDay(const Spell& spell, Day day) {
  return !(day < spell.first) && !(spell.last < day);
}

}  // namespace

BruteForce::BruteForce(std::vector<Pupil> pupils, exposure::Question question, Day first_day,
                       Day last_day)
    : pupils_(std::move(pupils)), question_(std::move(question)) {
  days_.push_back(kMinDay);
  for (Day day = first_day - 1; day <= last_day + 1; ++day) days_.push_back(day);
  days_.push_back(kMaxDay);
}

// Data went to the vendor under this share on this day, and the compromise could take it.
bool BruteForce::OnDay(const DeclaredShare& share, Day day) const {
  if (!HasDay(share.period, day)) return false;
  if (day > question_.window_last) return false;
  return HasDay(share.population.dates, day);
}

bool BruteForce::YearAllowed(const DeclaredShare& share, int year) const {
  return EmptyOrHas(share.population.school_years, year) &&
         EmptyOrHas(question_.scope.school_years, year);
}

bool BruteForce::InScope(const DeclaredShare& share) const {
  bool has_day = false;
  for (const Day day : days_) has_day = has_day || OnDay(share, day);
  bool has_year = false;
  for (int year = 1900; year <= 2100 && !has_year; ++year) {
    has_year = YearAllowed(share, year);
  }
  return has_day && has_year;
}

bool BruteForce::Matches(const DeclaredShare& share, const Pupil& pupil,
                         const EnrollmentSpell& spell) const {
  if (!InScope(share)) return false;
  if (pupil.facts.kind != share.population.subject) return false;
  for (const Day day : days_) {
    if (!OnDay(share, day)) continue;
    if (!HasDay(spell, day)) continue;
    if (!YearAllowed(share, spell.school_year)) continue;
    if (!EmptyOrHas(share.population.schools, spell.school)) continue;
    if (!EmptyOrHas(share.population.grades, spell.grade)) continue;
    if (share.population.programs.empty()) return true;
    for (const ProgramSpell& program : pupil.programs) {
      if (HasDay(program, day) && Has(share.population.programs, program.program)) return true;
    }
  }
  return false;
}

bool BruteForce::Matches(const DeclaredShare& share, const Pupil& pupil) const {
  for (const EnrollmentSpell& spell : pupil.enrollments) {
    if (Matches(share, pupil, spell)) return true;
  }
  return false;
}

bool BruteForce::Fits(std::uint16_t element, const Pupil& pupil) const {
  const bool of_staff = question_.elements[element].subject == SubjectKind::kStaff;
  return of_staff == (pupil.facts.kind == SubjectKind::kStaff);
}

bool BruteForce::ElementInScope(std::uint16_t element) const {
  return EmptyOrHas(question_.scope.elements, element);
}

bool BruteForce::KnownEmpty(std::uint16_t element, const Pupil& pupil) const {
  const int field = question_.elements[element].roster_field;
  if (field == 0) return false;
  const std::uint32_t bit = 1u << field;
  return (pupil.facts.known_fields & bit) != 0 && (pupil.facts.populated_fields & bit) == 0;
}

PlainAnswer BruteForce::Answer() const {
  PlainAnswer answer;
  for (std::uint32_t p = 0; p < pupils_.size(); ++p) {
    const Pupil& pupil = pupils_[p];
    std::map<std::uint16_t, PlainReasons> reasons;
    std::set<std::uint16_t> named_for_him;

    // Declared.
    bool matched_by_any = false;
    for (const DeclaredShare& share : question_.shares) {
      if (!Matches(share, pupil)) continue;
      matched_by_any = true;
      for (const SharedElement& shared : share.elements) {
        bool given = !shared.condition_program.has_value();
        for (const Day day : days_) {
          for (const ProgramSpell& program : pupil.programs) {
            if (OnDay(share, day) && HasDay(program, day) &&
                program.program == shared.condition_program) {
              given = true;
            }
          }
        }
        if (given && ElementInScope(shared.element)) {
          reasons[shared.element].insert({kDeclared, share.share});
        }
      }
    }

    // Named by the statement though no share lists it.
    for (const std::uint16_t element : question_.statement_elements) {
      bool listed_by_a_share = false;
      for (const DeclaredShare& share : question_.shares) {
        for (const SharedElement& shared : share.elements) {
          if (InScope(share) && shared.element == element) listed_by_a_share = true;
        }
      }
      if (matched_by_any && !listed_by_a_share && Fits(element, pupil) && ElementInScope(element)) {
        reasons[element].insert({kNamed, 0});
      }
    }

    bool on_list = false;
    for (const exposure::ClaimedPerson& entry : question_.claimed) {
      if (entry.ordinal == p) on_list = true;
    }
    if (question_.scope.limit_to_list && !on_list) reasons.clear();

    // Claimed.
    for (const exposure::ClaimedPerson& entry : question_.claimed) {
      if (entry.ordinal != p) continue;
      for (const std::uint16_t element : entry.elements) {
        reasons[element].insert({kClaimed, 0});
        named_for_him.insert(element);
      }
      if (!entry.elements.empty()) continue;
      std::set<std::uint16_t> meant;
      for (const std::uint16_t element : question_.statement_elements) {
        if (Fits(element, pupil) && ElementInScope(element)) meant.insert(element);
      }
      if (meant.empty()) {
        for (const DeclaredShare& share : question_.shares) {
          if (!InScope(share)) continue;
          for (const SharedElement& shared : share.elements) {
            bool given = !shared.condition_program.has_value();
            for (const ProgramSpell& program : pupil.programs) {
              if (program.program == shared.condition_program &&
                  program.first <= question_.window_last) {
                given = true;
              }
            }
            if (given && Fits(shared.element, pupil) && ElementInScope(shared.element)) {
              meant.insert(shared.element);
            }
          }
        }
      }
      for (const std::uint16_t element : meant) reasons[element].insert({kClaimed, 0});
    }

    // Less what is known to be empty.
    for (auto it = reasons.begin(); it != reasons.end();) {
      const bool gone = KnownEmpty(it->first, pupil) && !named_for_him.contains(it->first);
      it = gone ? reasons.erase(it) : std::next(it);
    }

    if (reasons.empty()) {
      if (on_list) answer.listed_without_cells.insert(p);
      continue;
    }
    answer.exposed[p] = reasons;
    std::set<int>& years = answer.matched_years[p];
    for (const EnrollmentSpell& spell : pupil.enrollments) {
      for (const DeclaredShare& share : question_.shares) {
        if (Matches(share, pupil, spell)) years.insert(spell.school_year);
      }
    }
  }
  return answer;
}

std::optional<EnrollmentSpell> BruteForce::Latest(const Pupil& pupil) {
  std::optional<EnrollmentSpell> latest;
  for (const EnrollmentSpell& spell : pupil.enrollments) {
    const auto rank = [](const EnrollmentSpell& s) {
      return std::make_tuple(s.last, s.first, s.school, s.grade);
    };
    if (!latest.has_value() || rank(spell) > rank(*latest)) latest = spell;
  }
  return latest;
}

PlainSummary BruteForce::Count(const PlainAnswer& answer) const {
  PlainSummary sum;
  for (const auto& [p, cells] : answer.exposed) {
    const Pupil& pupil = pupils_[p];
    const bool staff = pupil.facts.kind == SubjectKind::kStaff;
    ++sum.people;
    if (!staff && pupil.facts.current) ++sum.current_students;
    if (!staff && !pupil.facts.current) ++sum.former_students;
    if (staff && pupil.facts.current) ++sum.current_staff;
    if (staff && !pupil.facts.current) ++sum.former_staff;

    const std::optional<EnrollmentSpell> latest = Latest(pupil);
    if (latest.has_value()) {
      ++sum.by_school[latest->school];
      ++sum.by_grade[latest->grade];
    } else {
      ++sum.no_school;
      ++sum.by_grade[0];
    }
    ++sum.by_language[pupil.facts.language];

    bool any_confirmed = false;
    std::vector<std::uint16_t> elements;
    for (const auto& [element, reasons] : cells) {
      ++sum.cells;
      ++sum.by_element[element].people;
      const int field = question_.elements[element].roster_field;
      if (field != 0 && (pupil.facts.populated_fields >> field & 1u) != 0) {
        ++sum.by_element[element].populated;
      }
      if (reasons.contains({kClaimed, 0})) {
        any_confirmed = true;
        ++sum.cells_confirmed;
        ++sum.by_element[element].confirmed;
      } else {
        ++sum.cells_believed;
      }
      if (latest.has_value()) ++sum.by_school_and_element[{latest->school, element}];
      elements.push_back(element);
    }
    ++(any_confirmed ? sum.people_confirmed : sum.people_believed);
    ++sum.tiers[elements];

    std::set<int> years = answer.matched_years.at(p);
    if (years.empty()) {
      for (const EnrollmentSpell& spell : pupil.enrollments) {
        if (spell.first <= question_.window_last) years.insert(spell.school_year);
      }
    }
    for (const int year : years) ++sum.by_school_year[year];

    std::set<int> programs;
    for (const ProgramSpell& spell : pupil.programs) {
      if (spell.first <= question_.window_last) programs.insert(spell.program);
    }
    for (const int program : programs) ++sum.by_program[program];
  }
  return sum;
}

}  // namespace rollcall::testing
