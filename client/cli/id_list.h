// Lists of people's ids in CSV files, one person on a line.
//
// The first line is a heading if the options name a column, or if one of its cells is called `id`,
// `student_id`, `district_id`, `state_id`, `source_id`, `sourcedId`, `employee_id` or the like;
// the ids are in the column that the options name, else in that one. A file without a heading has
// its ids in the first column.
#ifndef ROLLCALL_CLIENT_CLI_ID_LIST_H_
#define ROLLCALL_CLIENT_CLI_ID_LIST_H_

#include <istream>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "client/cli/csv.h"

namespace rollcall::cli {

// What the options that choose a column are called on the command line, for help texts.
inline constexpr std::string_view kIdColumnHelp =
    "Title of the column of ids; without it a column called id, student_id or the like, else the "
    "first column of a file without a heading";

// Titles are compared without regard to letters' case.
struct IdListColumns {
  // Title of the column of ids; empty leaves it to the heading.
  std::string id;
  // Title of a second column to read; empty if there is none.
  std::string second;
};

// One line of a list.
struct IdListRow {
  // Never empty, without spaces around it.
  std::string id;
  // The cell of the second column, without spaces around it; empty if there is none.
  std::string second;
  // The line of the file on which it stands, from 1.
  int line = 0;
};

// Reads a list entry by entry. Not thread-safe.
class IdListReader {
 public:
  // `input` outlives the reader.
  IdListReader(std::istream& input, IdListColumns columns);

  // True and the next row, or false at the end.
  // Errors: InvalidArgument, with the line, for an empty id, an id that is not UTF-8, a column that
  // the heading does not have, or broken CSV; InvalidArgument for a file without any id, since to
  // the server no ids may mean everybody; DataLoss if reading fails.
  absl::StatusOr<bool> Next(IdListRow* row);

 private:
  absl::Status TakeHeading(const std::vector<std::string>& cells);
  absl::StatusOr<bool> Fill(const std::vector<std::string>& cells, IdListRow* row);
  absl::StatusOr<bool> AtEnd() const;

  CsvReader reader_;
  IdListColumns columns_;
  bool opened_ = false;
  bool has_heading_ = false;
  bool any_ = false;
  int id_ = 0;
  int second_ = -1;
};

// All ids of the file at `path`, never none.
// Errors: NotFound if it cannot be opened, and those of IdListReader; the text names the file.
absl::StatusOr<std::vector<std::string>> ReadIdList(const std::string& path,
                                                    const IdListColumns& columns);

}  // namespace rollcall::cli

#endif  // ROLLCALL_CLIENT_CLI_ID_LIST_H_
