#include <algorithm>
#include <set>
#include <string>

#include "client/district/calendar.h"
#include "client/district/world.h"

namespace rollcall::district {
namespace {

template <typename Person>
bool InYear(const Person& person, int year) {
  return std::any_of(person.stays.begin(), person.stays.end(),
                     [year](const Stay& stay) { return stay.year == year; });
}

template <typename Person>
bool InWindow(const Person& person, const NamedWindow& window) {
  return std::any_of(person.stays.begin(), person.stays.end(), [&](const Stay& stay) {
    return stay.begin <= window.until && window.from <= stay.end;
  });
}

bool OnMedicaid(const Student& student, const NamedWindow& window) {
  return std::any_of(student.spells.begin(), student.spells.end(), [&](const ProgramSpell& spell) {
    return spell.program == Program::kMedicaid && spell.begin <= window.until &&
           window.from <= spell.end;
  });
}

std::int64_t Spells(const Student& student, Program program) {
  return std::count_if(student.spells.begin(), student.spells.end(),
                       [&](const ProgramSpell& spell) { return spell.program == program; });
}

void CountContacts(const World& world, const Student& student, ContactTruth& truth) {
  const Household& household = world.households[student.household];
  const bool guardian_email =
      std::any_of(household.guardians.begin(), household.guardians.end(),
                  [](const Guardian& guardian) { return guardian.has_email; });
  const auto [begin, end] = AddressRange(world, student);
  ++truth.students;
  truth.with_guardian += !household.guardians.empty();
  truth.with_guardian_email += guardian_email;
  truth.with_own_email += HasEmail(student, student.stays.back().grade);
  truth.with_address += begin != end;
  truth.with_neither += !guardian_email && begin == end;
}

// Whether a person came, came back or left between `year` - 1 and `year`.
template <typename Person>
void CountComings(const Person& person, int year, std::int64_t HeadCount::*kind, YearTruth& truth) {
  const bool now = InYear(person, year);
  const bool before = InYear(person, year - 1);
  if (now && !before) {
    HeadCount& count = person.stays.front().year < year ? truth.returned : truth.arrived;
    ++(count.*kind);
  }
  if (before && !now) ++(truth.left.*kind);
}

YearTruth CountYear(const World& world, int year) {
  YearTruth truth;
  truth.year = year;
  truth.begin = SchoolYearBegin(year);
  truth.end = SchoolYearEnd(year);
  std::set<std::uint32_t> guardians;
  for (const Student& student : world.students) {
    CountComings(student, year, &HeadCount::students, truth);
    const auto [begin, end] = StaysOfYear(student, year);
    if (begin == end) continue;
    ++truth.people.students;
    truth.two_school += end - begin == 2;
    ++truth.grades[std::string(GradeCode(begin->grade))];
    for (const Stay* stay = begin; stay != end; ++stay) {
      ++truth.schools[world.schools[stay->school].id];
    }
    for (const Guardian& guardian : world.households[student.household].guardians) {
      guardians.insert(guardian.id);
    }
  }
  for (const Staff& staff : world.staff) {
    CountComings(staff, year, &HeadCount::staff, truth);
    truth.people.staff += InYear(staff, year);
  }
  truth.guardians = static_cast<std::int64_t>(guardians.size());
  return truth;
}

WindowTruth CountWindow(const World& world, const NamedWindow& window) {
  WindowTruth truth;
  truth.window = window;
  for (const Student& student : world.students) {
    if (!InWindow(student, window)) continue;
    const bool current = InYear(student, world.to_year);
    const bool medicaid = OnMedicaid(student, window);
    ++truth.people.students;
    truth.current.students += current;
    truth.students_with_medicaid += medicaid;
    truth.current_with_medicaid += current && medicaid;
  }
  for (const Staff& staff : world.staff) {
    if (!InWindow(staff, window)) continue;
    ++truth.people.staff;
    truth.current.staff += InYear(staff, world.to_year);
  }
  return truth;
}

}  // namespace

DistrictTruth CountTruth(const World& world, const std::vector<NamedWindow>& windows) {
  DistrictTruth truth;
  truth.option_seed = world.seed;
  truth.from_year = world.from_year;
  truth.to_year = world.to_year;
  truth.as_of = world.as_of;
  truth.schools = static_cast<std::int64_t>(world.schools.size());
  truth.charter_schools = std::count_if(
      world.schools.begin(), world.schools.end(),
      [](const School& school) { return school.name.find("Charter") != std::string::npos; });
  truth.guardians = world.guardians;

  for (const Student& student : world.students) {
    const bool current = InYear(student, world.to_year);
    ++truth.people.students;
    ++(current ? truth.current : truth.former).students;
    truth.former_students_since_2018 += !current && student.stays.back().year >= 2018;
    const std::int64_t medicaid = Spells(student, Program::kMedicaid);
    truth.with_medicaid += medicaid > 0;
    truth.with_reopened_medicaid += medicaid > 1;
    truth.with_iep += Spells(student, Program::kIep) > 0;
    truth.with_el += Spells(student, Program::kEl) > 0;
    truth.without_birth_date += student.birth_blank;
    truth.born_on_leap_day += !student.birth_blank && IsLeapDay(student.birth);
    truth.without_gender += student.gender == Gender::kBlank;
    truth.without_state_id += student.state_id == 0;
    const std::string_view language = world.households[student.household].language;
    if (!language.empty()) ++truth.languages[std::string(language)];
    CountContacts(world, student, current ? truth.current_contacts : truth.former_contacts);
  }
  for (const Staff& staff : world.staff) {
    ++truth.people.staff;
    ++(InYear(staff, world.to_year) ? truth.current : truth.former).staff;
  }
  for (int year = world.from_year; year <= world.to_year; ++year) {
    truth.years.push_back(CountYear(world, year));
  }
  for (const NamedWindow& window : windows) truth.windows.push_back(CountWindow(world, window));
  return truth;
}

}  // namespace rollcall::district
