#include "client/cli/csv.h"

#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace rollcall::cli {
namespace {

bool LooksLikeFormula(const std::string& text) {
  if (text.empty() || std::string_view("=+-@\t\r").find(text.front()) == std::string_view::npos) {
    return false;
  }
  double number = 0;
  const bool numeric = text.find_first_not_of("+-.0123456789eE") == std::string::npos &&
                       absl::SimpleAtod(text, &number);
  return !numeric;
}

}  // namespace

std::string CsvCell(std::string_view text) {
  std::string cell(text);
  if (LooksLikeFormula(cell)) cell.insert(cell.begin(), '\'');
  if (cell.find_first_of(",\"\r\n") == std::string::npos) return cell;
  std::string quoted = "\"";
  for (const char c : cell) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + '"';
}

std::string CsvLine(const std::vector<std::string>& cells) {
  std::string line;
  for (size_t i = 0; i < cells.size(); ++i) {
    if (i > 0) line += ',';
    line += CsvCell(cells[i]);
  }
  return line + "\r\n";
}

absl::StatusOr<bool> CsvReader::Next(std::vector<std::string>* cells) {
  cells->clear();
  std::string cell;
  bool quoted = false;
  bool closed = false;
  record_line_ = line_;
  if (!std::exchange(started_, true) && input_.peek() == 0xEF) {
    char mark[3] = {};
    input_.read(mark, 3);
    if (std::string_view(mark, 3) != "\xEF\xBB\xBF") {
      return absl::InvalidArgumentError("line 1: the file is not UTF-8");
    }
  }
  for (int next = input_.get(); next != std::istream::traits_type::eof(); next = input_.get()) {
    const char c = static_cast<char>(next);
    if (c == '\n') ++line_;
    if (quoted) {
      if (c != '"') {
        cell += c;
      } else if (input_.peek() == '"') {
        cell += static_cast<char>(input_.get());
      } else {
        quoted = false;
        closed = true;
      }
      continue;
    }
    if (c == '"' && cell.empty() && !closed) {
      quoted = true;
    } else if (c == ',') {
      cells->push_back(std::exchange(cell, {}));
      closed = false;
    } else if (c == '\n') {
      if (cells->empty() && cell.empty() && !closed) {
        record_line_ = line_;
        continue;
      }
      cells->push_back(std::move(cell));
      return true;
    } else if (c == '\r' && (input_.peek() == '\n' || input_.peek() == EOF)) {
      continue;
    } else if (closed) {
      return absl::InvalidArgumentError(
          absl::StrCat("line ", record_line_, ": there is text after a closing quotation mark"));
    } else {
      cell += c;
    }
  }
  if (input_.bad()) return absl::DataLossError("the file cannot be read to its end");
  if (quoted) {
    return absl::InvalidArgumentError(
        absl::StrCat("line ", record_line_, ": a quotation mark is never closed"));
  }
  if (cells->empty() && cell.empty() && !closed) return false;
  cells->push_back(std::move(cell));
  return true;
}

}  // namespace rollcall::cli
