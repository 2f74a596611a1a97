// Writes the files of a make-believe school district, for the quickstart, the tests and the
// benchmarks: several school years of students, staff and guardians, with what OneRoster lacks
// (program spells, addresses, home languages) beside it, and the truth about all of them.
//
// Nothing here is taken from a real person or school. Names are drawn from short built-in lists and
// combined at random, phone numbers use the 555-01xx block kept for fiction, mail addresses end in
// the reserved `.example`, and every made-up Medicaid number begins with 00.
//
// The simulation goes forward a school year at a time: students enter (mostly in PK, KG and 09),
// move up a grade, change schools, leave, sometimes come back after one to three years, and
// graduate after 12. About `students` are enrolled in every year (within 1 %, and exactly that many
// in the last), so the number of former students grows by some 13 % of that each year.
//
// Files, in `out_dir` (created if it is not there; files of the same names are replaced):
//
//   roster-<year>.zip        A OneRoster bulk package for each school year. Years before the last
//                            hold everybody who was enrolled in that year, as on its last day; the
//                            last holds everybody enrolled on DistrictTruth::as_of. Version 1.1;
//                            the last year's is 1.2 with roles.csv if asked for.
//   roster-<year>-changed.zip  The last package with some rows of users.csv changed; only if asked.
//   enrollment-history.csv   Instead of the packages of the earlier years, if asked:
//                            subject,person_id,state_id,given_name,middle_name,family_name,
//                            birth_date,gender,email,school_year,school_id,school_name,grade,
//                            begin_date,end_date. `subject` is student or staff, `person_id` the
//                            district's number, one row for each stay at a school. Staff rows have
//                            no state id, birth date, gender or grade.
//   program-spells.csv       student_id,program,begin_date,end_date,identifier. `program` is
//                            medicaid, iep or el; a blank end is open; only medicaid has an
//                            identifier, the same in all spells of a student.
//   addresses.csv            student_id,employee_id,line1,line2,city,state,postal_code,country,
//                            valid_from. Exactly one of the first two is filled. A person has a row
//                            for each address that was in force while enrolled; the newest is where
//                            the family was last known to live.
//   home-languages.csv       student_id,language (ISO 639-1), at most one row for a student.
//   vendor-lists/noble.csv   student_id. The students in grades 06 to 08 in school year 2017 less
//                            about 2 % of them, and three numbers that the district never gave out.
//                            Only if 2017 is among the years.
//   truth.json               DistrictTruth, as TruthToJson writes it.
//
// Conventions:
// - A school year is named by the calendar year in which it ends: 2017 is 2016-17. It begins on the
//   last Monday of August and ends with the third Friday of June.
// - In OneRoster files an end date is exclusive (the first day that is no longer covered); in the
//   plain CSV files it is inclusive. Packages have CRLF line ends, plain CSV files LF.
// - A person's sourcedId (S..., T..., G...) and district number never change and are never reused.
//   Students have eight-digit numbers from 50000000 up, staff six-digit ones from 300001 up,
//   guardians none. The id of a school is also its identifier.
// - Every class enrollment of a student spans the whole stay at that school. Staff stay the whole
//   year at one school; those that teach no class have their school in users.csv only.
// - About one user in twenty has a cleartext password that begins with `made-up-`, so that a test
//   can look for it where it must not be.
// - Equal options give equal bytes (with the same zlib), on any machine and in any time zone.

#ifndef ROLLCALL_CLIENT_DISTRICT_DISTRICT_GENERATOR_H_
#define ROLLCALL_CLIENT_DISTRICT_DISTRICT_GENERATOR_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "client/district/truth.h"

namespace rollcall::district {

// Largest accepted values. They bound memory: a simulated student takes about 300 bytes and a
// package about 100 bytes a class enrollment while it is written.
inline constexpr int kMaxStudents = 1'000'000;
inline constexpr int kMaxYears = 30;
inline constexpr int kMaxClassesPerStudent = 8;

struct DistrictOptions {
  int students = 5000;               // Enrolled in a year, 50 .. kMaxStudents.
  std::uint64_t seed = 1;            // Any number; another seed is another district.
  int from_year = 2016;              // First school year, 1990 .. to_year.
  int to_year = 2027;                // Last (current) school year, at most 2100.
  std::string out_dir;               // Not empty.
  bool last_year_v1p2 = false;       // The last year's package in OneRoster 1.2 instead of 1.1.
  bool history_csv = false;          // Earlier years as enrollment-history.csv instead of packages.
  int classes_per_student = 2;       // 1 .. kMaxClassesPerStudent.
  int change_percent = 0;            // 0: no changed package. Otherwise 1 .. 100.
  std::uint64_t change_seed = 1;     // Chooses the changed rows.
  std::vector<NamedWindow> windows;  // More windows to count in the truth than the default ones.
};

struct WrittenFile {
  std::string name;         // Relative to `out_dir`.
  std::uint64_t rows = 0;   // Data rows, of all files in a package together; 0 for truth.json.
  std::uint64_t bytes = 0;  // Size on disk.
};

struct DistrictReport {
  std::vector<WrittenFile> files;  // In the order of writing.
  DistrictTruth truth;
};

// Simulates a district and writes its files. Existing files that this run does not write are left
// alone. Not atomic: after an error some files may have been written.
//
// Errors: INVALID_ARGUMENT if an option is out of range or a window ends before it begins, UNKNOWN
// or the code that matches errno if a file cannot be written.
// Thread-safe for different directories.
absl::StatusOr<DistrictReport> GenerateDistrict(const DistrictOptions& options);

}  // namespace rollcall::district

#endif  // ROLLCALL_CLIENT_DISTRICT_DISTRICT_GENERATOR_H_
