#include "client/cli/id_list.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "client/cli/local_file.h"
#include "client/cli/text_value.h"

namespace rollcall::cli {
namespace {

// A first line with one of these words is a heading, and its column holds the ids.
constexpr std::array<std::string_view, 9> kIdTitles = {"id",          "student_id",  "studentid",
                                                       "district_id", "state_id",    "source_id",
                                                       "sourcedid",   "employee_id", "student id"};

int Find(const std::vector<std::string>& titles, const std::string& title) {
  const auto found = std::find_if(titles.begin(), titles.end(), [&](const std::string& t) {
    return absl::EqualsIgnoreCase(std::string(absl::StripAsciiWhitespace(t)), title);
  });
  return found == titles.end() ? -1 : static_cast<int>(found - titles.begin());
}

absl::Status NoColumn(const std::string& title) {
  return absl::InvalidArgumentError(absl::StrCat("line 1: there is no column ", title));
}

}  // namespace

IdListReader::IdListReader(std::istream& input, IdListColumns columns)
    : reader_(input), columns_(std::move(columns)) {}

absl::StatusOr<bool> IdListReader::Next(IdListRow* row) {
  std::vector<std::string> cells;
  if (!opened_) {
    opened_ = true;
    const absl::StatusOr<bool> first = reader_.Next(&cells);
    if (!first.ok()) return first;
    if (!*first) return AtEnd();
    if (const absl::Status heading = TakeHeading(cells); !heading.ok()) return heading;
    if (!has_heading_) return Fill(cells, row);
  }
  const absl::StatusOr<bool> more = reader_.Next(&cells);
  if (!more.ok()) return more;
  return *more ? Fill(cells, row) : AtEnd();
}

absl::StatusOr<bool> IdListReader::AtEnd() const {
  if (any_) return false;
  return absl::InvalidArgumentError("there is no id in the file; name one with an id on each line");
}

absl::Status IdListReader::TakeHeading(const std::vector<std::string>& cells) {
  for (const std::string_view title : kIdTitles) {
    if (columns_.id.empty() && Find(cells, std::string(title)) >= 0 && !has_heading_) {
      has_heading_ = true;
      id_ = Find(cells, std::string(title));
    }
  }
  if (!columns_.id.empty()) {
    has_heading_ = true;
    id_ = Find(cells, columns_.id);
    if (id_ < 0) return NoColumn(columns_.id);
  }
  if (!columns_.second.empty()) {
    second_ = Find(cells, columns_.second);
    if (second_ < 0) return NoColumn(columns_.second);
    has_heading_ = true;
  }
  return absl::OkStatus();
}

absl::StatusOr<bool> IdListReader::Fill(const std::vector<std::string>& cells, IdListRow* row) {
  const auto cell = [&](int column) {
    return column >= 0 && static_cast<size_t>(column) < cells.size()
               ? std::string(absl::StripAsciiWhitespace(cells[static_cast<size_t>(column)]))
               : std::string();
  };
  row->id = cell(id_);
  row->second = cell(second_);
  row->line = reader_.line();
  any_ = true;
  if (row->id.empty() || !IsUtf8(row->id)) {
    return absl::InvalidArgumentError(absl::StrCat(
        "line ", row->line, row->id.empty() ? ": the id is empty" : ": the id is not UTF-8"));
  }
  return true;
}

absl::StatusOr<std::vector<std::string>> ReadIdList(const std::string& path,
                                                    const IdListColumns& columns) {
  absl::StatusOr<std::ifstream> file = OpenToRead(path);
  if (!file.ok()) return file.status();
  IdListReader reader(*file, columns);
  std::vector<std::string> ids;
  IdListRow row;
  while (true) {
    const absl::StatusOr<bool> more = reader.Next(&row);
    if (!more.ok()) {
      return absl::Status(more.status().code(),
                          absl::StrCat(path, ": ", std::string(more.status().message())));
    }
    if (!*more) return ids;
    ids.push_back(row.id);
  }
}

}  // namespace rollcall::cli
