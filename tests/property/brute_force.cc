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
constexpr int kObserved = 4;
constexpr int kObservedUpstream = 5;

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
bool BruteForce::OnDay(const DeclaredShare& share, Day day, After after) const {
  if (!HasDay(share.period, day)) return false;
  if (after.has_value() && day <= *after) return false;
  if (day > question_.window_last) return false;
  return HasDay(share.population.dates, day);
}

bool BruteForce::YearAllowed(const DeclaredShare& share, int year) const {
  return EmptyOrHas(share.population.school_years, year) &&
         EmptyOrHas(question_.scope.school_years, year);
}

bool BruteForce::InScope(const DeclaredShare& share) const {
  bool has_day = false;
  for (const Day day : days_) has_day = has_day || OnDay(share, day, std::nullopt);
  bool has_year = false;
  for (int year = 1900; year <= 2100 && !has_year; ++year) {
    has_year = YearAllowed(share, year);
  }
  return has_day && has_year;
}

bool BruteForce::Matches(const DeclaredShare& share, const Pupil& pupil,
                         const EnrollmentSpell& spell, After after) const {
  if (!InScope(share)) return false;
  if (pupil.facts.kind != share.population.subject) return false;
  for (const Day day : days_) {
    if (!OnDay(share, day, after)) continue;
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

bool BruteForce::Matches(const DeclaredShare& share, const Pupil& pupil, After after) const {
  for (const EnrollmentSpell& spell : pupil.enrollments) {
    if (Matches(share, pupil, spell, after)) return true;
  }
  return false;
}

bool BruteForce::Declares(const DeclaredShare& share, const Pupil& pupil, std::uint16_t element,
                          After after) const {
  if (!Matches(share, pupil, after)) return false;
  for (const SharedElement& shared : share.elements) {
    if (shared.element != element) continue;
    if (!shared.condition_program.has_value()) return true;
    for (const Day day : days_) {
      for (const ProgramSpell& program : pupil.programs) {
        if (OnDay(share, day, after) && HasDay(program, day) &&
            program.program == *shared.condition_program) {
          return true;
        }
      }
    }
  }
  return false;
}

// The statement names an element that no share lists, and this share matches.
bool BruteForce::Names(const DeclaredShare& share, const Pupil& pupil, std::uint16_t element,
                       After after) const {
  if (!Has(question_.statement_elements, element)) return false;
  for (const DeclaredShare& other : question_.shares) {
    for (const SharedElement& shared : other.elements) {
      if (InScope(other) && shared.element == element) return false;
    }
  }
  return Fits(element, pupil) && Matches(share, pupil, after);
}

bool BruteForce::Observes(const exposure::ObservedTransfers& group, std::uint32_t p,
                          std::uint16_t element) const {
  const Pupil& pupil = pupils_[p];
  if (!Has(*group.people, p) || !Has(group.elements, element) || !Fits(element, pupil)) {
    return false;
  }
  if (question_.scope.school_years.empty() || pupil.enrollments.empty()) return true;
  for (const EnrollmentSpell& spell : pupil.enrollments) {
    if (Has(question_.scope.school_years, spell.school_year)) return true;
  }
  return false;
}

bool BruteForce::Covers(std::uint16_t disposition, std::uint32_t p, std::uint16_t element) const {
  const exposure::Disposition& row = question_.dispositions[disposition];
  return EmptyOrHas(row.elements, element) && (row.people == nullptr || Has(*row.people, p));
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

bool BruteForce::OnList(std::uint32_t p) const {
  for (const exposure::ClaimedPerson& entry : question_.claimed) {
    if (entry.ordinal == p) return true;
  }
  return false;
}

bool BruteForce::NamedByList(std::uint32_t p, std::uint16_t element) const {
  for (const exposure::ClaimedPerson& entry : question_.claimed) {
    if (entry.ordinal == p && Has(entry.elements, element)) return true;
  }
  return false;
}

// An entry of the list that names no elements stands for this one. Elements of the statement that
// are out of scope are as if it did not name them.
bool BruteForce::MeantByList(std::uint32_t p, std::uint16_t element) const {
  const Pupil& pupil = pupils_[p];
  bool named_alone = false;
  for (const exposure::ClaimedPerson& entry : question_.claimed) {
    if (entry.ordinal == p && entry.elements.empty()) named_alone = true;
  }
  if (!named_alone || !Fits(element, pupil)) return false;
  bool statement_names_some = false;
  for (const std::uint16_t other : question_.statement_elements) {
    if (Fits(other, pupil) && ElementInScope(other)) statement_names_some = true;
  }
  if (statement_names_some) return Has(question_.statement_elements, element);
  for (const DeclaredShare& share : question_.shares) {
    if (!InScope(share)) continue;
    for (const SharedElement& shared : share.elements) {
      if (shared.element != element) continue;
      if (!shared.condition_program.has_value()) return true;
      for (const ProgramSpell& program : pupil.programs) {
        if (program.program == *shared.condition_program &&
            program.first <= question_.window_last) {
          return true;
        }
      }
    }
  }
  return false;
}

void BruteForce::AddGround(Grounds& grounds, const PlainReason& reason, bool stands,
                           const std::set<std::uint32_t>& covering) const {
  Ground& ground = grounds.of[reason];
  ground.stands = ground.stands || stands;
  if (!stands) ground.dispositions.insert(covering.begin(), covering.end());
}

BruteForce::Grounds BruteForce::GroundsOf(std::uint32_t p, std::uint16_t element) const {
  const Pupil& pupil = pupils_[p];
  Grounds grounds;
  if (NamedByList(p, element)) AddGround(grounds, {kClaimed, 0}, true, {});
  if (!ElementInScope(element)) return grounds;
  if (MeantByList(p, element)) AddGround(grounds, {kClaimed, 0}, true, {});
  if (question_.scope.limit_to_list && !OnList(p)) return grounds;

  for (const DeclaredShare& share : question_.shares) {
    After after;
    std::set<std::uint32_t> covering;
    for (const exposure::Cut& cut : share.cuts) {
      if (!Covers(cut.disposition, p, element)) continue;
      covering.insert(question_.dispositions[cut.disposition].disposition);
      after = after.has_value() ? std::max(*after, cut.removed_until) : cut.removed_until;
    }
    if (Declares(share, pupil, element, std::nullopt)) {
      AddGround(grounds, {kDeclared, share.share}, Declares(share, pupil, element, after),
                covering);
    }
    if (Names(share, pupil, element, std::nullopt)) {
      AddGround(grounds, {kNamed, 0}, Names(share, pupil, element, after), covering);
    }
  }
  for (const exposure::ObservedTransfers& group : question_.transfers) {
    if (!Observes(group, p, element)) continue;
    std::set<std::uint32_t> covering;
    for (const std::uint16_t disposition : group.cuts) {
      if (Covers(disposition, p, element)) {
        covering.insert(question_.dispositions[disposition].disposition);
      }
    }
    const bool stands = covering.empty();
    AddGround(grounds, {group.upstream ? kObservedUpstream : kObserved, group.group}, stands,
              covering);
    if (Has(group.overrule_empty, element)) {
      grounds.overruled_without = true;
      if (stands) grounds.overruled_with = true;
    }
  }
  return grounds;
}

void BruteForce::CountYears(const Pupil& pupil, PlainAnswer& answer) const {
  std::set<int> years;
  for (const EnrollmentSpell& spell : pupil.enrollments) {
    for (const DeclaredShare& share : question_.shares) {
      if (Matches(share, pupil, spell, std::nullopt)) years.insert(spell.school_year);
    }
  }
  if (years.empty()) {
    for (const EnrollmentSpell& spell : pupil.enrollments) {
      if (spell.first <= question_.window_last) years.insert(spell.school_year);
    }
  }
  for (const int year : years) ++answer.people_of_year[year];
}

PlainAnswer BruteForce::Answer() const {
  PlainAnswer answer;
  for (std::uint32_t p = 0; p < pupils_.size(); ++p) {
    const Pupil& pupil = pupils_[p];
    for (std::uint16_t element = 0; element < question_.elements.size(); ++element) {
      const Grounds grounds = GroundsOf(p, element);
      PlainReasons standing;
      PlainReasons taken;
      std::set<std::uint32_t> dispositions;
      for (const auto& [reason, ground] : grounds.of) {
        (ground.stands ? standing : taken).insert(reason);
        if (!ground.stands) {
          dispositions.insert(ground.dispositions.begin(), ground.dispositions.end());
        }
      }
      const bool empty = KnownEmpty(element, pupil) && !NamedByList(p, element);
      if (!standing.empty() && (!empty || grounds.overruled_with)) {
        answer.exposed[p][element] = standing;
        if (!dispositions.empty()) answer.dispositions[p][element] = dispositions;
      } else if (!grounds.of.empty() && (!empty || grounds.overruled_without)) {
        answer.removed[p][element] = taken;
        answer.removed_by[p][element] = dispositions;
      }
    }
    if (answer.exposed.contains(p)) CountYears(pupil, answer);
    if (OnList(p) && !answer.exposed.contains(p)) answer.listed_without_cells.insert(p);
  }
  return answer;
}

bool BruteForce::Confirmed(const PlainReasons& reasons) {
  for (const auto& [kind, source] : reasons) {
    if (kind == kClaimed || kind == kObserved) return true;
  }
  return false;
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
        ++sum.cells_populated;
      }
      if (Confirmed(reasons)) {
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

    std::set<int> programs;
    for (const ProgramSpell& spell : pupil.programs) {
      if (spell.first <= question_.window_last) programs.insert(spell.program);
    }
    for (const int program : programs) ++sum.by_program[program];
  }
  sum.by_school_year = answer.people_of_year;
  for (const auto& [p, cells] : answer.removed) {
    if (!answer.exposed.contains(p)) ++sum.people_removed;
    for (const auto& [element, reasons] : cells) {
      ++sum.cells_removed;
      ++sum.by_element[element].removed;
    }
  }
  return sum;
}

}  // namespace rollcall::testing
