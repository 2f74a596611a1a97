// What the readers say about a file that is not as the standard wants it: counted warnings where
// the meaning is certain all the same, and refusals where it is not.
//
// Neither ever holds a value of a person's record. They name the file, the row, the column and
// what is wrong; header names and words of fixed vocabularies are all that is quoted.

#ifndef ROLLCALL_SERVER_ROSTER_WARNINGS_H_
#define ROLLCALL_SERVER_ROSTER_WARNINGS_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"

namespace rollcall::roster {

// Every deviation that is accepted. The comment says how it is read.
enum class WarningCode : std::uint8_t {
  // The bytes and the shape of the file.
  kByteOrderMark,       // UTF-8 byte order mark: skipped.
  kLoneCarriageReturn,  // Lines end in CR alone: read as line ends.
  kLineBreakInField,    // A quoted field goes over lines: kept as it is.
  kBlankLine,           // A line with no cell filled: skipped, but counted as a row.
  kRaggedRow,           // Trailing cells missing, or trailing blank cells too many.
  kPaddedCell,          // Spaces around a value: removed.
  kEmptyFile,           // A header and no rows: read as a file that says nothing.
  // Headers.
  kMisspeltHeader,    // A known other spelling of a column.
  kReorderedColumns,  // Columns in another order than the standard's: found by name.
  kExtraColumn,       // A column that the standard does not know: not read.
  kMissingColumn,     // A column of the standard is missing: nothing is known of that field.
  // The package.
  kTopFolder,         // All files lie in one folder: taken from there.
  kFileNameCase,      // Another case of letters in a file name.
  kUnknownFile,       // A file that the standard does not know: not read.
  kNoManifest,        // No manifest.csv: read as a bulk package.
  kManifestMismatch,  // A file that the manifest calls absent or does not name: read.
  kVersionMismatch,   // The manifest's version and the files differ: the files decide.
  // Row states.
  kBlankStatus,            // Blank status in a delta: active.
  kBulkStatusSet,          // Status or date of change given in a bulk file: not needed.
  kIllegalStatusAccepted,  // `inactive`, or another case of letters: the row is kept as active.
  kDeletedRowSkipped,      // Delta: a deleted enrollment, role or demographics row: ends no stay.
  // Values.
  kLocalDate,             // M/D/YYYY (settled by the file), YYYY/M/D or YYYYMMDD.
  kDateWithTime,          // A time after the date: the date counts.
  kOneDaySpell,           // beginDate equals endDate: one day, though the standard says none.
  kSchoolYearForm,        // Another way to write the school year, certain by the dates.
  kNoSchoolYearSession,   // No school year session for the year: 1 July to 30 June.
  kOtherSchoolYear,       // Days outside the imported year: a stay without a grade.
  kBooleanSpelling,       // yes, no, 1, 0 or another case of letters.
  kWordSpelling,          // Another spelling of a role, type or sex.
  kExtensionWord,         // An `ext:` word: role read as staff, organisation as school.
  kUnknownGrade,          // A grade outside the known codes: kept as it is.
  kMultipleRoles,         // Several roles: student before staff before guardian.
  kStudentWithoutSchool,  // No school named: the stay is at the district.
  kGuardianEnrollment,    // A class enrollment of a guardian: not read.
  kAgentNotGuardian,      // A student named as another one's agent: not read as a guardian.
  kOrphanEnrollment,      // Delta: a row about a user who is not in users.csv: handed on.
};

// The stable name of a code, such as `BLANK_STATUS`.
std::string_view WarningName(WarningCode code);

// One sentence in plain English on what was met and how it was read.
std::string_view WarningText(WarningCode code);

// One kind of deviation in one column of one file.
struct Warning {
  std::string file;  // Name in the package; `package` for the package itself.
  WarningCode code{};
  std::string column;           // Header name; empty where no column is meant.
  std::uint64_t count = 0;      // How many times, at least 1.
  std::uint64_t first_row = 0;  // Row of the first, the header being 1; 0 where no row is meant.
};

// Counts warnings by file, code and column. Not thread-safe.
class Warnings {
 public:
  void Add(std::string_view file, WarningCode code, std::uint64_t row = 0,
           std::string_view column = {});

  // Adds all that `warning` has counted.
  void Merge(const Warning& warning);

  // In the order in which each kind was first met.
  const std::vector<Warning>& list() const { return list_; }

  // How many times `code` was met, in all files together.
  std::uint64_t Count(WarningCode code) const;

 private:
  std::vector<Warning> list_;
};

// An INVALID_ARGUMENT that refuses a file: "users.csv, row 12, column grades: <what>". `row` 0 and
// an empty `column` leave that part out. `what` says what is wrong and what to do.
absl::Status Refusal(std::string_view file, std::uint64_t row, std::string_view column,
                     std::string_view what);

}  // namespace rollcall::roster

#endif  // ROLLCALL_SERVER_ROSTER_WARNINGS_H_
