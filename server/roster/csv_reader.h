// A streaming reader of comma-separated files.
//
// It reads RFC 4180 in UTF-8 and, with a counted warning where the file is odd, what programs
// write in its name: a byte order mark, lines that end in LF, CRLF or CR, blank lines, quoted
// fields over several lines, a last line without an end. It holds one row and one read buffer, so
// that memory does not grow with the file.
//
// It refuses what has no certain meaning, always with the row and, where there is one, the column:
// NUL bytes, malformed UTF-8, UTF-16, a quotation mark inside an unquoted field, text after a
// closing quotation mark, a quoted field that never ends, and anything above the limits below.

#ifndef ROLLCALL_SERVER_ROSTER_CSV_READER_H_
#define ROLLCALL_SERVER_ROSTER_CSV_READER_H_

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
#include "server/roster/warnings.h"

namespace rollcall::roster {

inline constexpr std::size_t kMaxFieldBytes = std::size_t{1} << 20;
inline constexpr std::size_t kMaxRowBytes = std::size_t{4} << 20;
inline constexpr std::size_t kMaxColumns = 1000;

// Not thread-safe.
class CsvReader {
 public:
  // `file` is the name used in warnings and refusals; `warnings` must outlive the reader.
  CsvReader(std::unique_ptr<ByteSource> source, std::string_view file, Warnings* warnings);

  // Goes to the next row that is not blank. Returns false at the end of the file. A refusal is
  // INVALID_ARGUMENT; an error of the source is passed on. After an error the reader must not be
  // used again.
  absl::StatusOr<bool> Next();

  // The fields of the row, without quotation marks around them. Valid until the next Next().
  std::span<const std::string_view> fields() const { return {fields_.data(), count_}; }

  // Number of the row: the first line, which is the header, is 1. Blank lines count; a quoted
  // field over several lines does not count them. This is the row number a spreadsheet shows.
  std::uint64_t row() const { return row_; }

  // Bytes of the file that rows have been made of so far.
  std::uint64_t bytes() const { return discarded_ + next_; }

  const std::string& file() const { return file_; }

  // Names the columns in later refusals: without it they go by number.
  void set_column_names(std::vector<std::string> names) { column_names_ = std::move(names); }

 private:
  enum class Scanned { kRow, kEnd, kMore, kUnterminated, kStrayQuote, kTextAfterQuote, kTooMany };

  // How a cell is written; bits.
  static constexpr std::uint8_t kQuoted = 1;
  static constexpr std::uint8_t kEscaped = 2;  // Holds doubled quotation marks.

  absl::Status Start();
  absl::Status Fill();
  void FindMarks();
  Scanned Scan();
  absl::Status CheckSizes() const;
  absl::Status CheckText(std::size_t end) const;
  void FinishQuotedFields();
  absl::Status Refuse(std::size_t column, std::string_view what) const;

  std::unique_ptr<ByteSource> source_;
  std::string file_;
  Warnings* warnings_;
  std::vector<std::string> column_names_;
  std::vector<char> buffer_;          // With room for a block of FindMarks() behind its end.
  std::vector<std::uint32_t> marks_;  // Places of commas, quotation marks and line ends in it.
  std::size_t mark_count_ = 0;
  std::size_t mark_ = 0;    // The first one that belongs to no earlier row.
  bool plain_text_ = true;  // The buffer holds neither NUL nor anything but ASCII.
  std::size_t begin_ = 0;   // First byte of the row that is being read.
  std::size_t next_ = 0;    // First byte after it.
  std::size_t end_ = 0;     // End of what was read into the buffer.
  std::size_t stop_ = 0;    // Where the last scan ended.
  std::uint64_t discarded_ = 0;
  std::uint64_t row_ = 0;
  bool started_ = false;
  bool eof_ = false;
  bool lone_return_ = false;
  bool any_quoted_ = false;
  // The cells of the row; only the first count_ count.
  std::vector<std::string_view> fields_;
  std::vector<std::uint8_t> writing_;
  std::size_t count_ = 0;
};

}  // namespace rollcall::roster

#endif  // ROLLCALL_SERVER_ROSTER_CSV_READER_H_
