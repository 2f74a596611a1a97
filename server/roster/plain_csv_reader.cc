#include "server/roster/plain_csv_reader.h"

#include <array>
#include <cctype>
#include <cstddef>
#include <optional>
#include <span>
#include <utility>

#include "absl/status/statusor.h"
#include "server/roster/calendar.h"
#include "server/roster/table_reader.h"
#include "server/roster/text.h"
#include "server/roster/words.h"

namespace rollcall::roster {
namespace {

enum ProgramColumn : std::size_t {
  kProgramStudent,
  kProgramName,
  kProgramBegin,
  kProgramEnd,
  kProgramIdentifier
};
constexpr std::array kProgramColumns = std::to_array<Column>({{"student_id", Need::kRequired},
                                                              {"program", Need::kRequired},
                                                              {"begin_date", Need::kRequired},
                                                              {"end_date", Need::kExpected},
                                                              {"identifier"}});

enum AddressColumn : std::size_t { kAddressStudent, kAddressEmployee, kAddressLine1 };
constexpr std::size_t kAddressValidFrom = kAddressLine1 + 6;
constexpr std::array kAddressColumns = std::to_array<Column>({{"student_id"},
                                                              {"employee_id"},
                                                              {"line1", Need::kRequired},
                                                              {"line2"},
                                                              {"city", Need::kExpected},
                                                              {"state", Need::kExpected},
                                                              {"postal_code", Need::kExpected},
                                                              {"country"},
                                                              {"valid_from"}});

enum GuardianColumn : std::size_t {
  kGuardianStudent,
  kGuardianId,
  kGuardianGiven,
  kGuardianFamily,
  kGuardianEmail,
  kGuardianPhone,
  kGuardianLine1
};
constexpr std::array kGuardianColumns = std::to_array<Column>({{"student_id", Need::kRequired},
                                                               {"guardian_id"},
                                                               {"given_name"},
                                                               {"family_name"},
                                                               {"email"},
                                                               {"phone"},
                                                               {"line1"},
                                                               {"line2"},
                                                               {"city"},
                                                               {"state"},
                                                               {"postal_code"},
                                                               {"country"}});

enum LanguageColumn : std::size_t { kLanguageStudent, kLanguageTag };
constexpr std::array kLanguageColumns = std::to_array<Column>(
    {{"student_id", Need::kRequired}, {"language", Need::kRequired, "home_language"}});

enum HistoryColumn : std::size_t {
  kHistoryStudent,
  kHistoryEmployee,
  kHistoryStateId,
  kHistoryGiven,
  kHistoryMiddle,
  kHistoryFamily,
  kHistoryBirthDate,
  kHistoryGender,
  kHistoryEmail,
  kHistoryPhone,
  kHistoryYear,
  kHistorySchool,
  kHistorySchoolName,
  kHistoryGrade,
  kHistoryBegin,
  kHistoryEnd,
  kHistorySubject
};
constexpr std::array kHistoryColumns =
    std::to_array<Column>({{"student_id", Need::kOptional, "person_id"},
                           {"employee_id"},
                           {"state_id"},
                           {"given_name", Need::kRequired},
                           {"middle_name"},
                           {"family_name", Need::kRequired},
                           {"birth_date"},
                           {"gender", Need::kOptional, "sex"},
                           {"email"},
                           {"phone"},
                           {"school_year", Need::kRequired},
                           {"school_id", Need::kRequired},
                           {"school_name"},
                           {"grade"},
                           {"begin_date"},
                           {"end_date"},
                           {"subject"}});

using RowReader = absl::FunctionRef<absl::Status(TableReader&)>;

absl::Status EachRow(std::unique_ptr<ByteSource> source, std::string_view file,
                     std::span<const Column> columns, Warnings* warnings, RowReader read) {
  absl::StatusOr<std::unique_ptr<TableReader>> table =
      TableReader::Open(std::move(source), file, columns, warnings);
  if (!table.ok()) return table.status();
  for (;;) {
    absl::StatusOr<bool> more = (*table)->Next();
    if (!more.ok()) return more.status();
    if (!*more) break;
    if (absl::Status status = read(**table); !status.ok()) return status;
  }
  if ((*table)->rows() == 0) warnings->Add(file, WarningCode::kEmptyFile);
  return absl::OkStatus();
}

absl::Status ReadId(const TableReader& table, std::size_t column, std::string& out) {
  absl::StatusOr<std::string_view> id = table.GetId(column);
  if (!id.ok()) return id.status();
  out = *id;
  return absl::OkStatus();
}

// Reads the one of student_id and employee_id that is filled.
absl::Status ReadWho(const TableReader& table, std::size_t student, std::size_t employee,
                     Kind& kind, std::string& district_id) {
  const bool staff = !table.Get(employee).empty();
  if (staff && !table.Get(student).empty()) {
    return table.Refuse(employee, "student_id and employee_id are both filled; fill one of them");
  }
  kind = staff ? Kind::kStaff : Kind::kStudent;
  return ReadId(table, staff || !table.Has(student) ? employee : student, district_id);
}

// Reads inclusive days; a blank one stays kNoDay.
absl::Status ReadInclusive(TableReader& table, std::size_t begin_column, std::size_t end_column,
                           Day& begin, Day& end) {
  absl::StatusOr<Day> first = table.GetDay(begin_column);
  if (!first.ok()) return first.status();
  absl::StatusOr<Day> last = table.GetDay(end_column);
  if (!last.ok()) return last.status();
  begin = *first;
  end = *last;
  if (begin != kNoDay && end != kNoDay && end < begin) {
    return table.Refuse(end_column, "the end lies before the begin");
  }
  return absl::OkStatus();
}

void ReadPostal(const TableReader& table, std::size_t line1, PostalAddress& address) {
  address.line1 = table.Get(line1);
  address.line2 = table.Get(line1 + 1);
  address.city = table.Get(line1 + 2);
  address.state = table.Get(line1 + 3);
  address.postal_code = table.Get(line1 + 4);
  address.country = table.Get(line1 + 5);
}

// Puts a tag into its usual case (RFC 5646, section 2.1.1) or returns nothing when it is not
// well-formed: a primary language of two or three letters, then subtags of one to eight letters
// and digits.
std::optional<std::string> NormalTag(std::string_view tag) {
  std::string out;
  bool single = false;
  for (bool first = true; first || !tag.empty(); first = false) {
    const std::size_t dash = tag.find('-');
    std::string part = LowerAscii(tag.substr(0, dash));
    if (dash != std::string_view::npos && dash + 1 == tag.size()) return std::nullopt;
    tag = dash == std::string_view::npos ? std::string_view() : tag.substr(dash + 1);
    if (part.empty() || part.size() > 8 || LooseName(part) != part) return std::nullopt;
    if (first) {
      const bool letters = part.find_first_of("0123456789") == std::string::npos;
      if (!letters || part.size() < 2 || part.size() > 3) return std::nullopt;
      out = part;
      continue;
    }
    if (!single && part.size() == 2) {
      for (char& c : part) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    } else if (!single && part.size() == 4) {
      part[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(part[0])));
    }
    single = single || part.size() == 1;
    out += Cat("-", part);
  }
  return out;
}

absl::Status ReadSubject(TableReader& table, HistoryRow& row) {
  const std::string_view subject = table.Get(kHistorySubject);
  if (subject.empty()) return absl::OkStatus();
  const bool student = EqualsIgnoreCase(subject, "student");
  if (!student && !EqualsIgnoreCase(subject, "staff")) {
    return table.Refuse(kHistorySubject, "the subject is neither student nor staff");
  }
  if (student && row.kind == Kind::kStaff) {
    return table.Refuse(kHistorySubject, "says student, but employee_id is filled");
  }
  if (!student && row.kind == Kind::kStudent) {
    // Some systems number staff and students alike and export one column.
    row.kind = Kind::kStaff;
  }
  return absl::OkStatus();
}

absl::Status ReadStay(TableReader& table, HistoryRow& row) {
  const auto year = ParseSchoolYear(table.Get(kHistoryYear));
  if (!year.has_value()) {
    return table.Refuse(kHistoryYear, "is not a school year; write 2018-2019, or the year it ends");
  }
  row.school_year = year->last;
  if (absl::Status status = ReadInclusive(table, kHistoryBegin, kHistoryEnd, row.begin, row.end);
      !status.ok()) {
    return status;
  }
  const Day first = SchoolYearBegin(row.school_year);
  const Day last = SchoolYearEnd(row.school_year);
  if (row.begin == kNoDay) row.begin = first;
  if (row.end == kNoDay) row.end = last;
  if (row.begin > last || row.end < first || row.end < row.begin) {
    return table.Refuse(kHistoryYear, "the dates lie outside the school year");
  }
  row.grade.clear();
  if (row.kind == Kind::kStaff || table.Get(kHistoryGrade).empty()) return absl::OkStatus();
  Word<std::string> grade = ParseGrade(table.Get(kHistoryGrade));
  if (grade.spelling == Spelling::kExtension) {
    table.Warn(WarningCode::kUnknownGrade, kHistoryGrade);
  }
  row.grade = std::move(grade.value);
  return absl::OkStatus();
}

void SetPopulated(const TableReader& table, HistoryRow& row) {
  row.populated = 0;
  const auto set = [&](int field, std::size_t column) {
    if (!table.Get(column).empty()) row.populated |= FieldBit(field);
  };
  set(kFieldName, kHistoryGiven);
  set(kFieldName, kHistoryFamily);
  set(kFieldDistrictId, kHistoryStudent);
  set(kFieldDistrictId, kHistoryEmployee);
  set(kFieldStateId, kHistoryStateId);
  set(kFieldBirthDate, kHistoryBirthDate);
  set(kFieldGender, kHistoryGender);
  set(kFieldEmail, kHistoryEmail);
  set(kFieldPhone, kHistoryPhone);
  set(kFieldSchool, kHistorySchool);
  if (!row.grade.empty()) row.populated |= FieldBit(kFieldGrade);
}

}  // namespace

absl::Status ReadProgramSpells(std::unique_ptr<ByteSource> source, std::string_view file,
                               Warnings* warnings,
                               absl::FunctionRef<absl::Status(const ProgramSpellRow&)> visit) {
  ProgramSpellRow row;
  return EachRow(
      std::move(source), file, kProgramColumns, warnings, [&](TableReader& table) -> absl::Status {
        row.row = table.row();
        absl::Status status = ReadId(table, kProgramStudent, row.student_id);
        if (status.ok()) status = ReadId(table, kProgramName, row.program);
        if (status.ok()) {
          status = ReadInclusive(table, kProgramBegin, kProgramEnd, row.begin, row.end);
        }
        if (!status.ok()) return status;
        if (row.begin == kNoDay) return table.Refuse(kProgramBegin, "the date is blank");
        if (table.Get(kProgramIdentifier).size() > kMaxIdBytes) {
          return table.Refuse(kProgramIdentifier, "the identifier is longer than 255 bytes");
        }
        row.identifier = table.Get(kProgramIdentifier);
        return visit(row);
      });
}

absl::Status ReadAddresses(std::unique_ptr<ByteSource> source, std::string_view file,
                           Warnings* warnings,
                           absl::FunctionRef<absl::Status(const AddressRow&)> visit) {
  AddressRow row;
  return EachRow(
      std::move(source), file, kAddressColumns, warnings, [&](TableReader& table) -> absl::Status {
        row.row = table.row();
        if (absl::Status status =
                ReadWho(table, kAddressStudent, kAddressEmployee, row.kind, row.district_id);
            !status.ok()) {
          return status;
        }
        ReadPostal(table, kAddressLine1, row.address);
        if (row.address.line1.empty()) return table.Refuse(kAddressLine1, "the cell is blank");
        absl::StatusOr<Day> from = table.GetDay(kAddressValidFrom);
        if (!from.ok()) return from.status();
        row.valid_from = *from;
        return visit(row);
      });
}

absl::Status ReadGuardians(std::unique_ptr<ByteSource> source, std::string_view file,
                           Warnings* warnings,
                           absl::FunctionRef<absl::Status(const GuardianRow&)> visit) {
  GuardianRow row;
  return EachRow(
      std::move(source), file, kGuardianColumns, warnings, [&](TableReader& table) -> absl::Status {
        row.row = table.row();
        if (absl::Status status = ReadId(table, kGuardianStudent, row.student_id); !status.ok()) {
          return status;
        }
        if (table.Get(kGuardianId).size() > kMaxIdBytes) {
          return table.Refuse(kGuardianId, "the identifier is longer than 255 bytes");
        }
        row.guardian_id = table.Get(kGuardianId);
        row.given_name = table.Get(kGuardianGiven);
        row.family_name = table.Get(kGuardianFamily);
        row.email = table.Get(kGuardianEmail);
        row.phone = table.Get(kGuardianPhone);
        if (row.given_name.empty() && row.family_name.empty()) {
          return table.Refuse(kGuardianFamily, "the guardian has no name");
        }
        ReadPostal(table, kGuardianLine1, row.address);
        return visit(row);
      });
}

absl::Status ReadLanguages(std::unique_ptr<ByteSource> source, std::string_view file,
                           Warnings* warnings,
                           absl::FunctionRef<absl::Status(const LanguageRow&)> visit) {
  LanguageRow row;
  return EachRow(
      std::move(source), file, kLanguageColumns, warnings, [&](TableReader& table) -> absl::Status {
        row.row = table.row();
        if (absl::Status status = ReadId(table, kLanguageStudent, row.student_id); !status.ok()) {
          return status;
        }
        std::optional<std::string> tag = NormalTag(table.Get(kLanguageTag));
        if (!tag.has_value()) {
          return table.Refuse(kLanguageTag,
                              "is not a language tag; write es, zh-Hant and the like (BCP 47)");
        }
        row.language = *std::move(tag);
        return visit(row);
      });
}

absl::Status ReadHistory(std::unique_ptr<ByteSource> source, std::string_view file,
                         Warnings* warnings,
                         absl::FunctionRef<absl::Status(const HistoryRow&)> visit) {
  HistoryRow row;
  return EachRow(
      std::move(source), file, kHistoryColumns, warnings, [&](TableReader& table) -> absl::Status {
        row.row = table.row();
        absl::Status status =
            ReadWho(table, kHistoryStudent, kHistoryEmployee, row.kind, row.district_id);
        if (status.ok()) status = ReadSubject(table, row);
        if (status.ok()) status = ReadId(table, kHistorySchool, row.school_id);
        if (status.ok()) status = ReadStay(table, row);
        if (!status.ok()) return status;
        row.state_id = table.Get(kHistoryStateId);
        row.given_name = table.Get(kHistoryGiven);
        row.middle_name = table.Get(kHistoryMiddle);
        row.family_name = table.Get(kHistoryFamily);
        if (row.given_name.empty() && row.family_name.empty()) {
          return table.Refuse(kHistoryFamily, "the person has no name");
        }
        row.email = table.Get(kHistoryEmail);
        row.phone = table.Get(kHistoryPhone);
        row.school_name = table.Get(kHistorySchoolName);
        absl::StatusOr<Day> birth = table.GetDay(kHistoryBirthDate);
        if (!birth.ok()) return birth.status();
        row.birth_date = *birth;
        if (row.birth_date != kNoDay && row.birth_date > row.end) {
          return table.Refuse(kHistoryBirthDate, "the birth date lies after the stay");
        }
        const auto sex = ParseSex(table.Get(kHistoryGender));
        if (!sex.has_value()) {
          return table.Refuse(kHistoryGender,
                              "the value is none of male, female, other and unspecified");
        }
        if (sex->spelling == Spelling::kVariant) {
          table.Warn(WarningCode::kWordSpelling, kHistoryGender);
        }
        row.gender = sex->value;
        SetPopulated(table, row);
        return visit(row);
      });
}

}  // namespace rollcall::roster
