// What is true of a generated district, counted from the simulation itself and not by the product,
// so that end-to-end tests can hold the product's answers against it.

#ifndef ROLLCALL_CLIENT_DISTRICT_TRUTH_H_
#define ROLLCALL_CLIENT_DISTRICT_TRUTH_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace rollcall::district {

// A calendar day as the count of days since 1970-01-01.
using Day = std::int32_t;

// Days from `from` to `until`, both inclusive.
struct NamedWindow {
  std::string name;  // Letters, digits and hyphens.
  Day from = 0;
  Day until = 0;
};

// Students and staff counted apart.
struct HeadCount {
  std::int64_t students = 0;
  std::int64_t staff = 0;
};

struct YearTruth {
  int year = 0;                 // Year in which the school year ends.
  Day begin = 0;                // First day.
  Day end = 0;                  // Last day, inclusive.
  HeadCount people;             // With at least one stay in the year.
  std::int64_t guardians = 0;   // In the year's package: those of the year's students.
  std::int64_t two_school = 0;  // Students with two stays, at different schools.
  HeadCount arrived;            // Not in the year before, nor in any earlier year.
  HeadCount returned;           // Not in the year before, but in an earlier one.
  HeadCount left;               // In the year before and not in this one, graduates included.
  std::map<std::string, std::int64_t> grades;   // Students by grade.
  std::map<std::string, std::int64_t> schools;  // Students by school id; two-school ones in both.
};

// People with at least one day of a stay inside a window.
struct WindowTruth {
  NamedWindow window;
  HeadCount people;
  HeadCount current;  // Those of `people` who are also in the last school year.
  // Students of `people` who have a Medicaid spell that overlaps the window by at least one day,
  // whether or not it overlaps the stay.
  std::int64_t students_with_medicaid = 0;
  std::int64_t current_with_medicaid = 0;
};

// Students by what the files know about reaching their families. Guardians are those of the
// student's last package; an address is any address on file for the student.
struct ContactTruth {
  std::int64_t students = 0;
  std::int64_t with_guardian = 0;
  std::int64_t with_guardian_email = 0;  // At least one guardian has one.
  std::int64_t with_own_email = 0;       // In the student's last package.
  std::int64_t with_address = 0;
  std::int64_t with_neither = 0;  // Neither a guardian's e-mail nor an address.
};

struct NobleTruth {
  std::int64_t in_grades = 0;  // Students in grades 06 to 08 in school year 2017.
  std::int64_t listed = 0;     // Rows of the list, unknown ones included.
  std::int64_t known = 0;      // Rows that are a student of the district.
};

struct ChangedTruth {
  std::int64_t students = 0;  // Rows of users.csv that differ, by the kind of user.
  std::int64_t staff = 0;
  std::int64_t guardians = 0;
};

struct DistrictTruth {
  // The options, as they came.
  std::int64_t option_students = 0;
  std::uint64_t option_seed = 0;
  int from_year = 0;
  int to_year = 0;

  Day as_of = 0;  // The day whose state the last package shows: 15 October.
  std::int64_t schools = 0;
  std::int64_t charter_schools = 0;  // Those with "Charter" in their name.

  HeadCount people;   // Ever in one of the school years.
  HeadCount current;  // In the last school year.
  HeadCount former;   // All others.
  // Former students with a stay in a school year from 2018 on.
  std::int64_t former_students_since_2018 = 0;
  std::int64_t guardians = 0;  // Ever in one of the packages.

  std::int64_t with_medicaid = 0;           // Students with at least one Medicaid spell.
  std::int64_t with_reopened_medicaid = 0;  // With more than one.
  std::int64_t with_iep = 0;
  std::int64_t with_el = 0;
  std::int64_t without_birth_date = 0;  // Students whose cell is blank.
  std::int64_t without_gender = 0;
  std::int64_t without_state_id = 0;
  std::int64_t born_on_leap_day = 0;  // Among those with a birth date.

  std::map<std::string, std::int64_t> languages;  // Students by home language; blank: unknown.
  ContactTruth current_contacts;
  ContactTruth former_contacts;
  std::vector<YearTruth> years;      // Ascending.
  std::vector<WindowTruth> windows;  // The default ones, then those asked for.
  NobleTruth noble;                  // Zeros if 2017 is not among the years.
  ChangedTruth changed;              // Zeros if no changed package was written.
};

// The windows that are always counted: the three replays, and each school year from 1 July to
// 30 June. `cleo` runs from 2017-07-01 to 2024-12-31, `battelle` covers the school years 2016 to
// 2019, `noble` the school year 2017. A window may lie outside the simulated years.
std::vector<NamedWindow> DefaultWindows(int from_year, int to_year);

// The truth as a JSON object with two-space indents and a line feed at the end. Its member `about`
// says what each other member means. Dates are ISO 8601. Equal truths give equal text.
std::string TruthToJson(const DistrictTruth& truth);

}  // namespace rollcall::district

#endif  // ROLLCALL_CLIENT_DISTRICT_TRUTH_H_
