// Builds the text of a CSV file.

#ifndef ROLLCALL_CLIENT_DISTRICT_CSV_TEXT_H_
#define ROLLCALL_CLIENT_DISTRICT_CSV_TEXT_H_

#include <charconv>
#include <cstdint>
#include <string>
#include <string_view>

#include "client/district/calendar.h"

namespace rollcall::district {

// One CSV file (RFC 4180) with its header row. A row is written cell by cell, each by one call, and
// ended by EndRow; the caller writes as many cells as the header has.
class CsvText {
 public:
  // `header` without a line end; `line_end` is LF or CRLF and must outlive this object.
  CsvText(std::string_view header, std::string_view line_end) : text_(header), line_end_(line_end) {
    text_ += line_end_;
  }

  // Quoted where it has to be.
  void Cell(std::string_view value) {
    Separate();
    if (value.find_first_of("\",\r\n") == std::string_view::npos) {
      text_ += value;
      return;
    }
    text_ += '"';
    for (const char c : value) {
      if (c == '"') text_ += '"';
      text_ += c;
    }
    text_ += '"';
  }

  void Cell(std::uint64_t value) {
    char digits[20];
    const auto result = std::to_chars(digits, digits + sizeof(digits), value);
    Separate();
    text_.append(digits, result.ptr);
  }

  void DateCell(Day day) {
    Separate();
    AppendDate(day, text_);
  }

  void Blank(int cells = 1) {
    for (int i = 0; i < cells; ++i) Separate();
  }

  void EndRow() {
    text_ += line_end_;
    row_begun_ = false;
    ++rows_;
  }

  const std::string& text() const { return text_; }
  std::uint64_t rows() const { return rows_; }  // Without the header.

 private:
  void Separate() {
    if (row_begun_) text_ += ',';
    row_begun_ = true;
  }

  std::string text_;
  std::string_view line_end_;
  std::uint64_t rows_ = 0;
  bool row_begun_ = false;
};

}  // namespace rollcall::district

#endif  // ROLLCALL_CLIENT_DISTRICT_CSV_TEXT_H_
