// A comma-separated file with a header row, read by the names of its columns.
//
// The reader is given the columns of a format in their standard order. It finds them in the file
// by name; other orders, known other spellings, extra and missing columns are counted as warnings
// where nothing is lost, and refused where something is. It makes rows of unequal length even,
// trims cells, and reads dates.

#ifndef ROLLCALL_SERVER_ROSTER_TABLE_READER_H_
#define ROLLCALL_SERVER_ROSTER_TABLE_READER_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/roster/byte_source.h"
#include "server/roster/csv_reader.h"
#include "server/roster/records.h"
#include "server/roster/warnings.h"

namespace rollcall::roster {

// What it means when a column is missing.
enum class Need : std::uint8_t {
  kRequired,  // The file is refused.
  kExpected,  // A warning.
  kOptional,  // Nothing.
  kSecret,    // Nothing; and when it is there, its cells are never looked at.
};

struct Column {
  std::string_view name;
  Need need = Need::kOptional;
  std::string_view other_name = {};  // Another spelling that is known to mean this column.
};

// No identifier and no other cell that is read may be longer; in bytes.
inline constexpr std::size_t kMaxIdBytes = 255;
inline constexpr std::size_t kMaxCellBytes = 16384;

// Not thread-safe.
class TableReader {
 public:
  // Reads the header. `columns` and `warnings` must outlive the reader. INVALID_ARGUMENT when the
  // file is empty, has none of the columns, lacks a required one or names one twice.
  //
  // A header matches a column when it is the same after letters are made lower case and everything
  // but letters and digits is left out; a match that is not exact is a warning. Headers that begin
  // with `metadata.` are the standard's place for extensions and no warning.
  static absl::StatusOr<std::unique_ptr<TableReader>> Open(std::unique_ptr<ByteSource> source,
                                                           std::string_view file,
                                                           std::span<const Column> columns,
                                                           Warnings* warnings);

  // Goes to the next row that has a cell filled. False at the end of the file, where dates that
  // stayed ambiguous are refused. Rows that lack trailing cells are read as if these were blank;
  // blank cells too many are dropped; filled cells too many are refused.
  absl::StatusOr<bool> Next();

  // Whether the file has the column with this index into `columns`.
  bool Has(std::size_t column) const { return position_[column] != kAbsent; }

  // The trimmed cell; empty when blank or when the file lacks the column. Valid until Next().
  std::string_view Get(std::size_t column) const { return cells_[column]; }

  // As Get(), but a blank cell, or one longer than an identifier may be, is refused.
  absl::StatusOr<std::string_view> GetId(std::size_t column) const;

  // The cell's day, kNoDay when blank. A date that is not one is refused.
  //
  // M/D/YYYY is read as such, with a warning, when the file settles that the month comes first:
  // some date in it has a second part above 12, and none a first part above 12. A file whose
  // slashed dates could all be read both ways is refused at its end, naming the first of them.
  absl::StatusOr<Day> GetDay(std::size_t column);

  // All header names as the file has them, trimmed.
  const std::vector<std::string>& header() const { return header_; }

  // Reads a column that is none of `columns`, by its place in header(). Same rules as Get().
  std::string_view GetAt(std::size_t place) const;

  // Number of the current row; the header is 1.
  std::uint64_t row() const { return csv_.row(); }

  // Rows handed out so far.
  std::uint64_t rows() const { return rows_; }

  // Bytes of the file consumed so far.
  std::uint64_t bytes() const { return csv_.bytes(); }

  const std::string& file() const { return csv_.file(); }

  // Refuses the current row because of a column, which is named as the file names it.
  absl::Status Refuse(std::size_t column, std::string_view what) const;

  // Counts a warning for a column of the current row.
  void Warn(WarningCode code, std::size_t column) const;

 private:
  static constexpr std::size_t kAbsent = static_cast<std::size_t>(-1);

  TableReader(std::unique_ptr<ByteSource> source, std::string_view file,
              std::span<const Column> columns, Warnings* warnings);

  absl::Status ReadHeader();
  absl::Status MatchHeader(std::size_t place, std::size_t column);
  absl::Status EvenOut();
  std::string_view NameOf(std::size_t column) const;

  CsvReader csv_;
  std::span<const Column> columns_;
  Warnings* warnings_;
  std::vector<std::string> header_;
  // A column that is read, and its place in a row.
  struct Taken {
    std::size_t column;
    std::size_t place;
  };
  // The last date of a column that was written as YYYY-MM-DD: neighbouring rows often repeat it.
  struct LastDay {
    std::array<char, 10> text{};
    Day day = kNoDay;
  };
  std::vector<std::size_t> position_;  // By column: its place in the header.
  std::vector<Taken> taken_;
  std::vector<std::string_view> cells_;  // By column; empty for those that are not taken.
  std::vector<LastDay> last_day_;        // By column.
  std::uint64_t rows_ = 0;
  bool month_first_ = false;         // A date settled the order of slashed dates.
  std::uint64_t open_date_row_ = 0;  // First slashed date that could be read both ways.
  std::size_t open_date_column_ = 0;
};

}  // namespace rollcall::roster

#endif  // ROLLCALL_SERVER_ROSTER_TABLE_READER_H_
