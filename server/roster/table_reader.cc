#include "server/roster/table_reader.h"

#include <algorithm>

#include "server/roster/calendar.h"
#include "server/roster/text.h"

namespace rollcall::roster {
namespace {

constexpr std::string_view kExtensionPrefix = "metadata.";

bool IsBlank(char c) { return c == ' ' || c == '\t'; }

bool IsPadded(std::string_view cell) {
  return !cell.empty() && (IsBlank(cell.front()) || IsBlank(cell.back()));
}

}  // namespace

TableReader::TableReader(std::unique_ptr<ByteSource> source, std::string_view file,
                         std::span<const Column> columns, Warnings* warnings)
    : csv_(std::move(source), file, warnings),
      columns_(columns),
      warnings_(warnings),
      position_(columns.size(), kAbsent),
      cells_(columns.size()),
      last_day_(columns.size()) {}

absl::StatusOr<std::unique_ptr<TableReader>> TableReader::Open(std::unique_ptr<ByteSource> source,
                                                               std::string_view file,
                                                               std::span<const Column> columns,
                                                               Warnings* warnings) {
  std::unique_ptr<TableReader> reader(new TableReader(std::move(source), file, columns, warnings));
  if (absl::Status status = reader->ReadHeader(); !status.ok()) return status;
  return reader;
}

absl::Status TableReader::MatchHeader(std::size_t place, std::size_t column) {
  if (position_[column] != kAbsent) {
    return Refusal(file(), row(), columns_[column].name,
                   "the column is there twice; leave one of them out");
  }
  position_[column] = place;
  if (header_[place] != columns_[column].name) {
    warnings_->Add(file(), WarningCode::kMisspeltHeader, row(), Printable(header_[place]));
  }
  return absl::OkStatus();
}

absl::Status TableReader::ReadHeader() {
  absl::StatusOr<bool> found = csv_.Next();
  if (!found.ok()) return found.status();
  if (!*found) return Refusal(file(), 0, "", "is empty; a header row is needed");
  std::vector<std::string> loose;
  for (const std::string_view field : csv_.fields()) {
    header_.emplace_back(Trim(field));
    loose.push_back(LooseName(field));
  }
  std::vector<bool> taken(header_.size(), false);
  // Exact names go first, so that a column under its own name never loses to another spelling.
  for (int round = 0; round < 3; ++round) {
    for (std::size_t place = 0; place < header_.size(); ++place) {
      if (taken[place]) continue;
      for (std::size_t column = 0; column < columns_.size(); ++column) {
        const Column& want = columns_[column];
        const bool match =
            round == 0   ? header_[place] == want.name
            : round == 1 ? loose[place] == LooseName(want.name)
                         : !want.other_name.empty() && loose[place] == LooseName(want.other_name);
        if (!match) continue;
        if (absl::Status status = MatchHeader(place, column); !status.ok()) return status;
        taken[place] = true;
        break;
      }
    }
  }
  for (std::size_t place = 0; place < header_.size(); ++place) {
    if (taken[place] || header_[place].empty()) continue;
    for (std::size_t other = 0; other < place; ++other) {
      if (header_[other] == header_[place]) {
        return Refusal(file(), row(), Printable(header_[place]),
                       "the column is there twice; leave one of them out");
      }
    }
    if (EqualsIgnoreCase(header_[place].substr(0, kExtensionPrefix.size()), kExtensionPrefix)) {
      continue;
    }
    warnings_->Add(file(), WarningCode::kExtraColumn, row(), Printable(header_[place]));
  }
  if (std::all_of(position_.begin(), position_.end(),
                  [](std::size_t place) { return place == kAbsent; })) {
    return Refusal(file(), row(), "",
                   Cat("the first row names none of the columns of this file; it must begin with ",
                       columns_[0].name));
  }
  std::size_t last = 0;
  bool ordered = true;
  for (std::size_t column = 0; column < columns_.size(); ++column) {
    if (position_[column] == kAbsent) {
      if (columns_[column].need == Need::kRequired) {
        return Refusal(file(), row(), columns_[column].name, "the column is missing");
      }
      if (columns_[column].need == Need::kExpected) {
        warnings_->Add(file(), WarningCode::kMissingColumn, row(), columns_[column].name);
      }
      continue;
    }
    ordered = ordered && position_[column] >= last;
    last = position_[column];
  }
  for (std::size_t column = 0; column < columns_.size(); ++column) {
    if (position_[column] == kAbsent || columns_[column].need == Need::kSecret) continue;
    taken_.push_back({column, position_[column]});
  }
  if (!ordered) warnings_->Add(file(), WarningCode::kReorderedColumns, row());
  std::vector<std::string> names;
  for (const std::string& name : header_) names.push_back(Printable(name));
  csv_.set_column_names(std::move(names));
  return absl::OkStatus();
}

absl::Status TableReader::EvenOut() {
  const std::span<const std::string_view> fields = csv_.fields();
  if (fields.size() == header_.size()) return absl::OkStatus();
  warnings_->Add(file(), WarningCode::kRaggedRow, row());
  for (std::size_t i = header_.size(); i < fields.size(); ++i) {
    if (!Trim(fields[i]).empty()) {
      return Refusal(file(), row(), std::to_string(i + 1),
                     Cat("the row has more cells than the header has columns (", header_.size(),
                         "); is a list without quotation marks?"));
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<bool> TableReader::Next() {
  for (;;) {
    absl::StatusOr<bool> found = csv_.Next();
    if (!found.ok()) return found.status();
    if (!*found) {
      if (open_date_row_ != 0 && !month_first_) {
        return Refusal(file(), open_date_row_, NameOf(open_date_column_),
                       "the date can be read with the month or the day first, and no date of the "
                       "file settles it; write dates as YYYY-MM-DD");
      }
      return false;
    }
    const std::span<const std::string_view> fields = csv_.fields();
    if (std::all_of(fields.begin(), fields.end(),
                    [](std::string_view field) { return Trim(field).empty(); })) {
      warnings_->Add(file(), WarningCode::kBlankLine, row());
      continue;
    }
    if (absl::Status status = EvenOut(); !status.ok()) return status;
    for (const auto& [column, place] : taken_) {
      std::string_view cell = place < fields.size() ? fields[place] : std::string_view();
      if (IsPadded(cell)) {
        cell = Trim(cell);
        Warn(WarningCode::kPaddedCell, column);
      }
      if (cell.size() > kMaxCellBytes) {
        return Refuse(column, "the value is longer than 16 KiB");
      }
      cells_[column] = cell;
    }
    ++rows_;
    return true;
  }
}

std::string_view TableReader::GetAt(std::size_t place) const {
  const std::span<const std::string_view> fields = csv_.fields();
  if (place >= fields.size()) return {};
  return Trim(fields[place]);
}

absl::StatusOr<std::string_view> TableReader::GetId(std::size_t column) const {
  const std::string_view cell = cells_[column];
  if (cell.empty()) return Refuse(column, "the cell is blank, but a value is needed");
  if (cell.size() > kMaxIdBytes) return Refuse(column, "the identifier is longer than 255 bytes");
  return cell;
}

absl::StatusOr<Day> TableReader::GetDay(std::size_t column) {
  const std::string_view cell = cells_[column];
  if (cell.empty()) return kNoDay;
  LastDay& last = last_day_[column];
  if (cell == std::string_view(last.text.data(), last.text.size())) return last.day;
  const ParsedDate date = ParseDate(cell);
  switch (date.form) {
    case DateForm::kInvalid:
      return Refuse(column, "is not a date; write it as YYYY-MM-DD");
    case DateForm::kIso:
      std::copy(cell.begin(), cell.end(), last.text.begin());
      last.day = date.day;
      break;
    case DateForm::kIsoWithTime:
      Warn(WarningCode::kDateWithTime, column);
      break;
    case DateForm::kMonthOrDayFirst:
      if (open_date_row_ == 0) {
        open_date_row_ = row();
        open_date_column_ = column;
      }
      Warn(WarningCode::kLocalDate, column);
      break;
    case DateForm::kMonthFirst: {
      // 5/5/2025 reads the same both ways and so settles nothing about its neighbours.
      const std::size_t slash = cell.find('/');
      const std::string_view rest = cell.substr(slash + 1);
      if (rest.substr(0, rest.find('/')).size() == 2 && rest.substr(0, 2) > "12") {
        month_first_ = true;
      }
      Warn(WarningCode::kLocalDate, column);
      break;
    }
    case DateForm::kYearFirst:
      Warn(WarningCode::kLocalDate, column);
      break;
  }
  return date.day;
}

std::string_view TableReader::NameOf(std::size_t column) const {
  return position_[column] == kAbsent ? columns_[column].name
                                      : std::string_view(header_[position_[column]]);
}

absl::Status TableReader::Refuse(std::size_t column, std::string_view what) const {
  return Refusal(file(), row(), Printable(NameOf(column)), what);
}

void TableReader::Warn(WarningCode code, std::size_t column) const {
  warnings_->Add(file(), code, row(), columns_[column].name);
}

}  // namespace rollcall::roster
