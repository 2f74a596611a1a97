#include "server/roster/warnings.h"

#include "server/roster/text.h"

namespace rollcall::roster {
namespace {

struct Description {
  std::string_view name;
  std::string_view text;
};

Description Describe(WarningCode code) {
  switch (code) {
    case WarningCode::kByteOrderMark:
      return {"BYTE_ORDER_MARK", "The file begins with a byte order mark; it was skipped."};
    case WarningCode::kLoneCarriageReturn:
      return {"LONE_CARRIAGE_RETURN", "Lines end in a carriage return alone; read as line ends."};
    case WarningCode::kLineBreakInField:
      return {"LINE_BREAK_IN_FIELD", "A quoted field goes over several lines; it was kept."};
    case WarningCode::kBlankLine:
      return {"BLANK_LINE", "A blank line was skipped."};
    case WarningCode::kRaggedRow:
      return {"RAGGED_ROW", "Trailing cells are missing or too many; they were read as blank."};
    case WarningCode::kPaddedCell:
      return {"PADDED_CELL", "Spaces around a value were removed."};
    case WarningCode::kEmptyFile:
      return {"EMPTY_FILE", "The file has a header and no rows; it was read as saying nothing."};
    case WarningCode::kMisspeltHeader:
      return {"MISSPELT_HEADER", "The header is a known other spelling; the column was used."};
    case WarningCode::kReorderedColumns:
      return {"REORDERED_COLUMNS", "The columns stand in another order; they were found by name."};
    case WarningCode::kExtraColumn:
      return {"EXTRA_COLUMN", "The format does not know this column; it was not read."};
    case WarningCode::kMissingColumn:
      return {"MISSING_COLUMN", "The column is missing; nothing is known about this field."};
    case WarningCode::kTopFolder:
      return {"TOP_FOLDER", "The files lie in a folder; they were taken from there."};
    case WarningCode::kFileNameCase:
      return {"FILE_NAME_CASE", "The file name differs in upper and lower case; it was used."};
    case WarningCode::kUnknownFile:
      return {"UNKNOWN_FILE", "The format does not know this file; it was not read."};
    case WarningCode::kNoManifest:
      return {"NO_MANIFEST", "There is no manifest.csv; the package was read as bulk."};
    case WarningCode::kManifestMismatch:
      return {"MANIFEST_MISMATCH", "The manifest does not announce this file; it was read."};
    case WarningCode::kVersionMismatch:
      return {"VERSION_MISMATCH", "The manifest's version does not fit the files; they decide."};
    case WarningCode::kBlankStatus:
      return {"BLANK_STATUS", "A delta row has no status; it was read as active."};
    case WarningCode::kBulkStatusSet:
      return {"BULK_STATUS_SET", "A bulk row has a status or date of change; it is not needed."};
    case WarningCode::kIllegalStatusAccepted:
      return {"ILLEGAL_STATUS_ACCEPTED", "The status is not a standard word; the row was kept."};
    case WarningCode::kDeletedRowSkipped:
      return {"DELETED_ROW_SKIPPED", "A deleted row was skipped; it ends no stay at a school."};
    case WarningCode::kLocalDate:
      return {"LOCAL_DATE", "The date is not written as YYYY-MM-DD; its meaning is certain."};
    case WarningCode::kDateWithTime:
      return {"DATE_WITH_TIME", "A time follows the date; only the date was used."};
    case WarningCode::kOneDaySpell:
      return {"ONE_DAY_SPELL", "Begin and end are the same day; read as that one day."};
    case WarningCode::kSchoolYearForm:
      return {"SCHOOL_YEAR_FORM",
              "The school year is not its last year alone; the dates settle it."};
    case WarningCode::kNoSchoolYearSession:
      return {"NO_SCHOOL_YEAR_SESSION",
              "No session covers the school year; its default days were used."};
    case WarningCode::kOtherSchoolYear:
      return {"OTHER_SCHOOL_YEAR", "The dates lie in another school year; kept without a grade."};
    case WarningCode::kBooleanSpelling:
      return {"BOOLEAN_SPELLING",
              "The value is not written true or false; its meaning is certain."};
    case WarningCode::kWordSpelling:
      return {"WORD_SPELLING", "The word is a known other spelling of a standard word."};
    case WarningCode::kExtensionWord:
      return {"EXTENSION_WORD", "An extension word: a role was read as staff, a type as school."};
    case WarningCode::kUnknownGrade:
      return {"UNKNOWN_GRADE", "The grade is not a known code; it was kept as it is."};
    case WarningCode::kMultipleRoles:
      return {"MULTIPLE_ROLES", "Several roles: student comes before staff before guardian."};
    case WarningCode::kStudentWithoutSchool:
      return {"STUDENT_WITHOUT_SCHOOL", "No school is named; the stay was put at the district."};
    case WarningCode::kGuardianEnrollment:
      return {"GUARDIAN_ENROLLMENT", "A class enrollment of a guardian was not read."};
    case WarningCode::kAgentNotGuardian:
      return {"AGENT_NOT_GUARDIAN", "A student stands as agent of another; not read as guardian."};
    case WarningCode::kOrphanEnrollment:
      return {"ORPHAN_ENROLLMENT",
              "The row's user is not in users.csv; looked up in the register."};
  }
  return {"UNSPECIFIED", ""};
}

}  // namespace

std::string_view WarningName(WarningCode code) { return Describe(code).name; }

std::string_view WarningText(WarningCode code) { return Describe(code).text; }

void Warnings::Add(std::string_view file, WarningCode code, std::uint64_t row,
                   std::string_view column) {
  for (Warning& warning : list_) {
    if (warning.code == code && warning.column == column && warning.file == file) {
      ++warning.count;
      return;
    }
  }
  list_.push_back({std::string(file), code, std::string(column), 1, row});
}

void Warnings::Merge(const Warning& warning) {
  Add(warning.file, warning.code, warning.first_row, warning.column);
  for (Warning& merged : list_) {
    if (merged.code == warning.code && merged.column == warning.column &&
        merged.file == warning.file) {
      merged.count += warning.count - 1;
    }
  }
}

std::uint64_t Warnings::Count(WarningCode code) const {
  std::uint64_t count = 0;
  for (const Warning& warning : list_) {
    if (warning.code == code) count += warning.count;
  }
  return count;
}

absl::Status Refusal(std::string_view file, std::uint64_t row, std::string_view column,
                     std::string_view what) {
  std::string message(file);
  if (row != 0) message += Cat(", row ", row);
  if (!column.empty()) message += Cat(", column ", column);
  return absl::InvalidArgumentError(Cat(message, ": ", what));
}

}  // namespace rollcall::roster
