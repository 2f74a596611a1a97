// The simulated district in memory: who went to which school when, and all that is known of them.

#ifndef ROLLCALL_CLIENT_DISTRICT_WORLD_H_
#define ROLLCALL_CLIENT_DISTRICT_WORLD_H_

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "client/district/names.h"
#include "client/district/truth.h"

namespace rollcall::district {

// Grades as numbers in order: PK is -1, KG is 0, 01 to 12 are themselves.
using Grade = std::int8_t;
inline constexpr Grade kPreKindergarten = -1;
inline constexpr Grade kLastElementaryGrade = 8;
inline constexpr Grade kLastGrade = 12;
inline constexpr Grade kNoGrade = -2;  // Staff.

// PK, KG, 01 .. 12; empty for kNoGrade.
std::string_view GradeCode(Grade grade);

struct School {
  std::string id;  // Also its identifier.
  std::string name;
  bool high = false;         // 09 to 12; otherwise PK to 08.
  std::uint32_t weight = 1;  // Relative size among the schools of its level.
};

// Days at one school in one school year, both inclusive.
struct Stay {
  std::int16_t year = 0;
  std::uint16_t school = 0;  // Index into World::schools.
  Grade grade = kNoGrade;
  Day begin = 0;
  Day end = 0;
};

enum class Program : std::uint8_t { kMedicaid, kIep, kEl };

struct ProgramSpell {
  Program program = Program::kMedicaid;
  Day begin = 0;
  Day end = 0;  // Inclusive, or kOpenDay.
};

struct Address {
  Day valid_from = 0;
  std::uint16_t house_number = 0;
  std::uint8_t street = 0;  // Index into StreetNames().
  std::uint8_t unit = 0;    // 0: none.
  bool out_of_state = false;
};

struct Phone {
  std::uint16_t area = 0;   // 0: unknown.
  std::uint8_t number = 0;  // Last two digits of 555-01xx.
};

struct Guardian {
  std::uint32_t id = 0;  // Counts from 1, over the whole district.
  const Name* given = nullptr;
  const Name* family = nullptr;
  Phone phone;
  bool has_email = false;
  bool phone_as_sms = false;
};

struct Household {
  const Name* family = nullptr;
  std::uint8_t group = 0;     // Index into NameGroups().
  std::string_view language;  // Empty: unknown.
  std::uint8_t members = 0;   // Students, current and former.
  bool poor = false;          // Most of its children are on Medicaid.
  std::vector<Guardian> guardians;
  std::vector<Address> addresses;  // By `valid_from`; empty: unknown.
};

enum class Gender : std::uint8_t { kBlank, kFemale, kMale };

struct Student {
  std::uint32_t household = 0;
  std::uint32_t number = 0;       // The district's.
  std::uint32_t state_id = 0;     // 0: blank.
  std::uint32_t medicaid_id = 0;  // Without the leading 00; meant only if there is a spell.
  const Name* given = nullptr;
  const Name* middle = nullptr;  // Null: none.
  const Name* family = nullptr;
  Gender gender = Gender::kBlank;
  Day birth = 0;
  bool birth_blank = false;
  std::uint8_t email_from_grade = 0;  // Has an e-mail address from this grade on.
  std::uint8_t races = 0;             // One bit for each OneRoster race column, in their order.
  std::vector<Stay> stays;            // By day.
  std::vector<ProgramSpell> spells;   // By program and day.
};

enum class StaffRole : std::uint8_t { kTeacher, kAide, kAdministrator };

struct Staff {
  std::uint32_t number = 0;  // The district's.
  const Name* given = nullptr;
  const Name* family = nullptr;
  StaffRole role = StaffRole::kTeacher;
  Phone phone;
  bool has_address = false;
  Address address;
  std::vector<Stay> stays;  // One for each year.
};

struct World {
  std::uint64_t seed = 0;
  int from_year = 0;
  int to_year = 0;
  Day as_of = 0;
  std::vector<School> schools;
  std::vector<Household> households;
  std::vector<Student> students;  // By first year.
  std::vector<Staff> staff;
  std::uint32_t guardians = 0;
  // Indices of those with a stay in year `from_year + n`, ascending.
  std::vector<std::vector<std::uint32_t>> students_of_year;
  std::vector<std::vector<std::uint32_t>> staff_of_year;

  std::size_t YearIndex(int year) const { return static_cast<std::size_t>(year - from_year); }
};

// The stays of `person` in a year; there is at least one if the person is listed for that year.
template <typename Person>
std::pair<const Stay*, const Stay*> StaysOfYear(const Person& person, int year) {
  const Stay* begin = person.stays.data();
  const Stay* const last = begin + person.stays.size();
  while (begin != last && begin->year < year) ++begin;
  const Stay* end = begin;
  while (end != last && end->year == year) ++end;
  return {begin, end};
}

// The addresses of a student's household that were in force between the student's first and last
// day; indices [first, second).
std::pair<std::size_t, std::size_t> AddressRange(const World& world, const Student& student);

bool HasEmail(const Student& student, Grade grade);

// Plays the years through. The arguments are in the ranges of DistrictOptions.
World Simulate(int students, std::uint64_t seed, int from_year, int to_year);

// Counts everything but `noble` and `changed`. Linear in the size of the world for each window.
DistrictTruth CountTruth(const World& world, const std::vector<NamedWindow>& windows);

}  // namespace rollcall::district

#endif  // ROLLCALL_CLIENT_DISTRICT_WORLD_H_
