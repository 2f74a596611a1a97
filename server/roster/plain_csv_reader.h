// Reads the plain CSV files for what OneRoster has no place for.
//
// Each file has a header row; columns are found by name, in any order, and other spellings in
// letters' case and punctuation are accepted with a warning. `student_id` and `employee_id` are
// the district's own numbers, as in users.identifier of OneRoster, never OneRoster's sourcedId.
// Dates are YYYY-MM-DD; table_reader.h says which other forms are read. Unlike OneRoster's, every
// end date is inclusive. Columns marked * must be there, cells marked * must be filled.
//
//   program spells     student_id* program* begin_date* end_date identifier
//   postal addresses   student_id or employee_id*, line1* line2 city state postal_code country
//                      valid_from
//   guardians          student_id* guardian_id given_name family_name email phone line1 line2 city
//                      state postal_code country
//   home languages     student_id* language*
//   history            student_id (or person_id, with a subject) or employee_id*, state_id
//   given_name* middle_name family_name*
//                      birth_date gender email phone school_year* school_id* school_name grade
//                      begin_date end_date subject
//
// Each function streams the rows of one file to `visit`, in file order, holding one row at a time;
// the record is reused, so copy what must last. Refusals are INVALID_ARGUMENT with file, row and
// column. An error of `visit` ends the reading and is passed on. Whether a student exists is for
// the caller to know; the record's `row` is there to name the place.

#ifndef ROLLCALL_SERVER_ROSTER_PLAIN_CSV_READER_H_
#define ROLLCALL_SERVER_ROSTER_PLAIN_CSV_READER_H_

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "server/roster/byte_source.h"
#include "server/roster/records.h"
#include "server/roster/warnings.h"

namespace rollcall::roster {

// A person's time in a program, such as Medicaid.
struct ProgramSpellRow {
  std::uint64_t row = 0;
  std::string student_id;
  std::string program;     // The district's word for the program, as written.
  Day begin = kNoDay;      // Inclusive; always known.
  Day end = kNoDay;        // Inclusive, never before `begin`; kNoDay while the spell is open.
  std::string identifier;  // The person's number in the program; may be empty.
};

struct PostalAddress {
  std::string line1;
  std::string line2;
  std::string city;
  std::string state;
  std::string postal_code;
  std::string country;

  friend bool operator==(const PostalAddress&, const PostalAddress&) = default;
};

struct AddressRow {
  std::uint64_t row = 0;
  Kind kind = Kind::kStudent;  // kStaff when employee_id is filled.
  std::string district_id;     // From student_id or employee_id, exactly one of which is filled.
  PostalAddress address;       // line1 is never empty.
  Day valid_from = kNoDay;
};

struct GuardianRow {
  std::uint64_t row = 0;
  std::string student_id;
  std::string guardian_id;  // May be empty; then only this row speaks of the guardian.
  std::string given_name;   // One of the two names, at least, is filled.
  std::string family_name;
  std::string email;
  std::string phone;
  PostalAddress address;  // All empty when the file has none.
};

struct LanguageRow {
  std::uint64_t row = 0;
  std::string student_id;
  std::string language;  // A well-formed BCP 47 tag in its usual case: `es`, `zh-Hant`, `pt-BR`.
};

// One stay in an earlier school year, with the person as he was known then.
struct HistoryRow {
  std::uint64_t row = 0;
  Kind kind = Kind::kStudent;  // `subject` student or staff; blank: by which id is filled.
  std::string district_id;
  std::string state_id;
  std::string given_name;
  std::string middle_name;
  std::string family_name;
  Day birth_date = kNoDay;
  std::string gender;  // Lower case: male, female, other, unspecified; or empty.
  std::string email;
  std::string phone;
  int school_year = 0;    // The year in which it ends; written 2019, 2018-2019 or 2018-19.
  std::string school_id;  // The district's number of the school.
  std::string school_name;
  std::string grade;   // As ParseGrade makes it; empty for staff or when not stated.
  Day begin = kNoDay;  // Inclusive; blank cells mean 1 July and 30 June of the school year.
  Day end = kNoDay;    // Inclusive, never before `begin`. Both overlap the school year.
  // Fields that this row fills. A blank cell says nothing: the field is then not known.
  FieldMask populated = 0;
};

absl::Status ReadProgramSpells(std::unique_ptr<ByteSource> source, std::string_view file,
                               Warnings* warnings,
                               absl::FunctionRef<absl::Status(const ProgramSpellRow&)> visit);

absl::Status ReadAddresses(std::unique_ptr<ByteSource> source, std::string_view file,
                           Warnings* warnings,
                           absl::FunctionRef<absl::Status(const AddressRow&)> visit);

absl::Status ReadGuardians(std::unique_ptr<ByteSource> source, std::string_view file,
                           Warnings* warnings,
                           absl::FunctionRef<absl::Status(const GuardianRow&)> visit);

absl::Status ReadLanguages(std::unique_ptr<ByteSource> source, std::string_view file,
                           Warnings* warnings,
                           absl::FunctionRef<absl::Status(const LanguageRow&)> visit);

absl::Status ReadHistory(std::unique_ptr<ByteSource> source, std::string_view file,
                         Warnings* warnings,
                         absl::FunctionRef<absl::Status(const HistoryRow&)> visit);

}  // namespace rollcall::roster

#endif  // ROLLCALL_SERVER_ROSTER_PLAIN_CSV_READER_H_
