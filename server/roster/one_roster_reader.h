// Reads a OneRoster 1.1 or 1.2 CSV package, bulk or delta, into plain records.
//
// Everything but users.csv is read when the package is opened, into an index of a few dozen bytes
// a person; then users.csv is streamed, one person at a time, as often as asked. No name, address
// or password is kept, and the column `password` is never looked at.
//
// What the rows mean:
//
// - Kind. From users.role (1.1) or roles.csv (1.2): student, staff (teacher, administrator, aide,
//   proctor, counselor, principal, ...), guardian (parent, guardian, relative). A person with
//   several roles is a student before staff before guardian. Without any role the enrollments
//   decide; without these either, the package is refused.
// - Stays. One spell per person, school, grade and school year, from the earliest first day to the
//   latest last day of the person's class enrollments and dated roles there. OneRoster's endDate
//   is exclusive, so the last day is the one before; begin and end on the same day are read as
//   that day. Dates that an enrollment leaves blank come from the class's terms, else from the
//   session of the school year. A school named only by orgSourcedIds, primaryOrgSourcedId or an
//   undated role gives a stay over assumed_begin() .. assumed_end().
//   An end in 2100 or later is read as blank.
// - Other years. What lies outside the imported school year gives a stay for each school year that
//   it touches, cut at 1 July, each under its own year and without a grade, since users.grades
//   speaks of the imported year.
// - Districts. Organisations that are not schools stand in schools() only when someone's stay needs
//   them. A student at no school stays at the district that is named, else at the only one of
//   orgs.csv, so that nobody falls out of a population by date; guardians have no stays.
// - Grades. Codes as in ParseGrade; a student with several grades has a spell for each.
// - Blank columns. A column that is blank in every row of a kind is taken as not exported rather
//   than as empty for everybody: its field is not `known` for that kind. The standard makes every
//   column obligatory, so an empty one is no evidence. See `blank_column_is_unknown`.
// - Guardian fields of a student: name, e-mail and phone of the users that agentSourcedIds lists.
// - Deltas. Rows about a person who is not in users.csv come through ForEachPartial(). A deleted
//   enrollment, role or demographics row ends nothing, since other classes may hold the person at
//   the school. Organisations and classes that are not in the package are taken on trust.
//
// Refused, naming file, row and column: unknown references in a bulk package, duplicate ids (both
// rows named), one district number for two students, dates that end before they begin, stays that
// begin in 2100 or later or cover more than kMaxStayYears, words outside the vocabularies,
// `tobedeleted` in a bulk file, a delta in which no user has a status, and everything that
// package.h, csv_reader.h and table_reader.h refuse.

#ifndef ROLLCALL_SERVER_ROSTER_ONE_ROSTER_READER_H_
#define ROLLCALL_SERVER_ROSTER_ONE_ROSTER_READER_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/roster/package.h"
#include "server/roster/records.h"
#include "server/roster/warnings.h"

namespace rollcall::roster {

// A stay over more school years has a placeholder for a date, and would fill the register with
// years in which nobody was at school.
inline constexpr int kMaxStayYears = 64;

// How far the reading of one file is.
struct ReadProgress {
  std::string_view file;
  std::uint64_t bytes_done = 0;   // Of this file.
  std::uint64_t bytes_total = 0;  // As the package declares it.
  std::uint64_t rows = 0;         // Without the header.
};

struct OneRosterOptions {
  int school_year = 0;  // The year in which it ends: 2027 for 2026-27.
  Day as_of = kNoDay;   // Birth dates after it are refused; kNoDay checks nothing.
  // Days of a stay without dates when no session covers the school year; both inclusive. kNoDay
  // stands for 1 July and 30 June.
  Day default_begin = kNoDay;
  Day default_end = kNoDay;
  bool blank_column_is_unknown = true;
  // Called some hundred times while reading, and at the end of each file. An error it returns
  // ends the reading and is passed on. May be empty.
  std::function<absl::Status(const ReadProgress&)> progress;
};

// Not thread-safe.
class OneRosterReader {
 public:
  // Reads all files but users.csv, and of that the ids. `package` and `warnings` must outlive the
  // reader.
  static absl::StatusOr<std::unique_ptr<OneRosterReader>> Open(Package& package,
                                                               const OneRosterOptions& options,
                                                               Warnings* warnings);
  ~OneRosterReader();

  // Whether people who are not in the package stay as they are. Also true for a package without
  // users.csv.
  bool delta() const;

  // 11 or 12, for OneRoster 1.1 or 1.2.
  int version() const;

  // The schools, and those other organisations that a stay is at, in the order of orgs.csv, then
  // those that are only referenced (delta).
  const std::vector<SchoolRecord>& schools() const;

  // First and last day, inclusive, of a stay without dates of its own: the session of the school
  // year, else the default. In a delta a spell with exactly these days may say no more than that
  // the person is at the school.
  Day assumed_begin() const;
  Day assumed_end() const;

  // Rows of users.csv.
  std::uint64_t people() const;

  // Streams the people in the order of users.csv. The record is reused: copy what must last, or
  // swap it for another one, whose contents are overwritten. An error of `visit` ends the reading
  // and is passed on.
  absl::Status ForEachPerson(absl::FunctionRef<absl::Status(PersonRecord&)> visit);

  // Delta only: what the package says about people who are not in its users.csv: stays and
  // demographics under their source ids. `kind` follows the enrollments and is kStudent by
  // default; `row` is the row of the first file that names the person. Names are blank and
  // `known` does not claim otherwise.
  absl::Status ForEachPartial(absl::FunctionRef<absl::Status(PersonRecord&)> visit);

 private:
  class Impl;
  explicit OneRosterReader(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace rollcall::roster

#endif  // ROLLCALL_SERVER_ROSTER_ONE_ROSTER_READER_H_
