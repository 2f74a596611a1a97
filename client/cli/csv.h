// Comma-separated values after RFC 4180, with lines that end in CR LF.
#ifndef ROLLCALL_CLIENT_CLI_CSV_H_
#define ROLLCALL_CLIENT_CLI_CSV_H_

#include <istream>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace rollcall::cli {

// One cell, quoted where needed. A text that a spreadsheet would run as a formula (it begins with
// = + - @, a tab or a carriage return and is not a number) gets a leading apostrophe.
std::string CsvCell(std::string_view text);

// One line with its CR LF.
std::string CsvLine(const std::vector<std::string>& cells);

// Reads records one by one; lines may end in LF or CR LF, quoted cells may hold line feeds, a
// byte-order mark before the first cell is dropped, blank lines are passed over.
class CsvReader {
 public:
  // `input` outlives the reader.
  explicit CsvReader(std::istream& input) : input_(input) {}

  // True and the next record, or false at the end.
  // Errors: InvalidArgument with the line for a quoted cell that does not end or has text after
  // its end; DataLoss if reading fails.
  absl::StatusOr<bool> Next(std::vector<std::string>* cells);

  // The line on which the last record began, from 1.
  int line() const { return record_line_; }

 private:
  std::istream& input_;
  int line_ = 1;
  int record_line_ = 0;
  bool started_ = false;
};

}  // namespace rollcall::cli

#endif  // ROLLCALL_CLIENT_CLI_CSV_H_
