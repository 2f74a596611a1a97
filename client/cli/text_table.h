// Tables for people: columns aligned by the width that a terminal gives to the text.
#ifndef ROLLCALL_CLIENT_CLI_TEXT_TABLE_H_
#define ROLLCALL_CLIENT_CLI_TEXT_TABLE_H_

#include <ostream>
#include <string>
#include <string_view>
#include <vector>

namespace rollcall::cli {

// Columns that a terminal needs for UTF-8 text: combining marks take none, East Asian wide
// characters two. Bytes that are not UTF-8 count one each.
size_t DisplayWidth(std::string_view text);

// The text with line feeds, tabs and control characters replaced, so that no value can break a
// line or steer the terminal.
std::string OneLine(std::string_view text);

// The same for a text that may have several lines: its line feeds stay.
std::string ManyLines(std::string_view text);

// A table that is written when it is complete. Columns of numbers are aligned to the right.
class TextTable {
 public:
  // Columns without a title have an empty string; if all are empty no heading is written.
  explicit TextTable(std::vector<std::string> titles);

  // Missing cells at the end count as empty; more cells than titles are dropped.
  void AddRow(std::vector<std::string> cells);
  size_t rows() const { return rows_.size(); }

  // Writes heading and rows, each line after `indent` blanks, columns two blanks apart, without
  // blanks at the end of a line. With `bold` the heading is in bold type.
  void Write(std::ostream& out, bool bold = false, size_t indent = 0) const;

 private:
  std::vector<std::string> titles_;
  std::vector<std::vector<std::string>> rows_;
};

// 1234567 as 1,234,567.
std::string Grouped(long long number);

}  // namespace rollcall::cli

#endif  // ROLLCALL_CLIENT_CLI_TEXT_TABLE_H_
