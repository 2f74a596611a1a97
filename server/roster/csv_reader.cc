#include "server/roster/csv_reader.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "server/roster/text.h"

namespace rollcall::roster {
namespace {

constexpr std::size_t kFirstBuffer = std::size_t{256} << 10;

// Bytes that end an unquoted field or may not stand in one.
constexpr std::array<bool, 256> kSpecial = [] {
  std::array<bool, 256> table{};
  table[','] = table['\n'] = table['\r'] = table['"'] = true;
  return table;
}();

}  // namespace

CsvReader::CsvReader(std::unique_ptr<ByteSource> source, std::string_view file, Warnings* warnings)
    : source_(std::move(source)), file_(file), warnings_(warnings), buffer_(kFirstBuffer) {}

absl::Status CsvReader::Refuse(std::size_t column, std::string_view what) const {
  return Refusal(file_, row_,
                 column < column_names_.size() ? column_names_[column] : std::to_string(column + 1),
                 what);
}

// Makes room behind the row that is being read and fills it, so that a row is scanned again only
// after the buffer has doubled.
absl::Status CsvReader::Fill() {
  if (begin_ > 0) {
    std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
    discarded_ += begin_;
    end_ -= begin_;
    next_ = begin_ = 0;
  }
  if (end_ == buffer_.size()) buffer_.resize(buffer_.size() * 2);
  while (!eof_ && end_ < buffer_.size()) {
    absl::StatusOr<std::size_t> size =
        source_->Read(std::span<char>(buffer_.data() + end_, buffer_.size() - end_));
    if (!size.ok()) return size.status();
    eof_ = *size == 0;
    end_ += *size;
  }
  return absl::OkStatus();
}

absl::Status CsvReader::Start() {
  started_ = true;
  if (absl::Status status = Fill(); !status.ok()) return status;
  const std::string_view head(buffer_.data(), end_);
  if (head.starts_with("\xFF\xFE") || head.starts_with("\xFE\xFF")) {
    return Refusal(file_, 1, "", "is written in UTF-16; save it as UTF-8");
  }
  if (head.starts_with("\xEF\xBB\xBF")) {
    warnings_->Add(file_, WarningCode::kByteOrderMark, 1);
    begin_ = next_ = 3;
  }
  return absl::OkStatus();
}

CsvReader::Scanned CsvReader::Scan() {
  cells_.clear();
  lone_return_ = false;
  const char* const base = buffer_.data();
  const char* const end = base + end_;
  const char* p = base + begin_;
  const auto stop = [&](Scanned result) {
    stop_ = static_cast<std::size_t>(p - base);
    return result;
  };
  for (;;) {
    if (cells_.size() == kMaxColumns) return stop(Scanned::kTooMany);
    const char* start = p;
    bool escaped = false;
    const bool quoted = p != end && *p == '"';
    if (quoted) {
      start = ++p;
      for (;;) {
        const void* quote = std::memchr(p, '"', static_cast<std::size_t>(end - p));
        p = quote == nullptr ? end : static_cast<const char*>(quote);
        const bool cut = p == end || (p + 1 == end && !eof_);
        if (cut) {
          cells_.push_back({static_cast<std::size_t>(start - base),
                            static_cast<std::size_t>(end - start), true, escaped});
          return stop(eof_ ? Scanned::kUnterminated : Scanned::kMore);
        }
        if (p + 1 == end || p[1] != '"') break;
        escaped = true;
        p += 2;
      }
    } else {
      while (p != end && !kSpecial[static_cast<unsigned char>(*p)]) ++p;
    }
    cells_.push_back({static_cast<std::size_t>(start - base), static_cast<std::size_t>(p - start),
                      quoted, escaped});
    if (quoted) ++p;
    if (p == end) {
      if (!eof_) return stop(Scanned::kMore);
      next_ = end_;
      return stop(next_ == begin_ ? Scanned::kEnd : Scanned::kRow);
    }
    if (*p == ',') {
      ++p;
      continue;
    }
    if (*p != '\n' && *p != '\r') {
      return stop(quoted ? Scanned::kTextAfterQuote : Scanned::kStrayQuote);
    }
    if (*p == '\r') {
      if (p + 1 == end && !eof_) return stop(Scanned::kMore);
      if (p + 1 != end && p[1] == '\n') {
        ++p;
      } else {
        lone_return_ = true;
      }
    }
    ++p;
    next_ = static_cast<std::size_t>(p - base);
    return stop(Scanned::kRow);
  }
}

absl::Status CsvReader::CheckSizes() const {
  const std::size_t size = stop_ - begin_;
  if (size <= kMaxFieldBytes) return absl::OkStatus();
  for (std::size_t i = 0; i < cells_.size(); ++i) {
    if (cells_[i].size > kMaxFieldBytes) {
      return Refuse(i,
                    cells_[i].quoted
                        ? "the field is longer than 1 MiB; is its closing quotation mark missing?"
                        : "the field is longer than 1 MiB");
    }
  }
  if (size > kMaxRowBytes) {
    return Refuse(cells_.empty() ? 0 : cells_.size() - 1, "the row is longer than 4 MiB");
  }
  return absl::OkStatus();
}

absl::Status CsvReader::CheckText(std::size_t end) const {
  const std::size_t bad = FindBadText(std::string_view(buffer_.data() + begin_, end - begin_));
  if (bad == std::string_view::npos) return absl::OkStatus();
  std::size_t column = 0;
  while (column + 1 < cells_.size() && cells_[column + 1].begin <= begin_ + bad) ++column;
  return Refuse(column, buffer_[begin_ + bad] == '\0'
                            ? "holds a NUL byte; the file is damaged or not text"
                            : "holds bytes that are not UTF-8; save the file as UTF-8");
}

void CsvReader::MakeFields() {
  fields_.clear();
  bool line_break = false;
  for (const Cell& cell : cells_) {
    char* text = buffer_.data() + cell.begin;
    std::size_t size = cell.size;
    if (cell.escaped) {
      // Of each pair of quotation marks the second one is dropped.
      char* out = text;
      for (std::size_t i = 0; i < size; ++i) {
        *out++ = text[i];
        if (text[i] == '"') ++i;
      }
      size = static_cast<std::size_t>(out - text);
    }
    fields_.emplace_back(text, size);
    if (cell.quoted && fields_.back().find_first_of("\r\n") != std::string_view::npos) {
      line_break = true;
    }
  }
  if (line_break) warnings_->Add(file_, WarningCode::kLineBreakInField, row_);
  if (lone_return_) warnings_->Add(file_, WarningCode::kLoneCarriageReturn, row_);
}

absl::StatusOr<bool> CsvReader::Next() {
  if (!started_) {
    if (absl::Status status = Start(); !status.ok()) return status;
  }
  begin_ = next_;
  ++row_;
  for (;;) {
    const Scanned scanned = Scan();
    if (scanned == Scanned::kEnd) return false;
    if (absl::Status status = CheckSizes(); !status.ok()) return status;
    if (scanned == Scanned::kMore) {
      if (absl::Status status = Fill(); !status.ok()) return status;
      continue;
    }
    // What is wrong with the bytes explains most of what is wrong with the quotation marks.
    if (absl::Status status = CheckText(stop_); !status.ok()) return status;
    const std::size_t column = cells_.empty() ? 0 : cells_.size() - 1;
    switch (scanned) {
      case Scanned::kUnterminated:
        return Refuse(column, "the quotation mark that opens this field is never closed");
      case Scanned::kStrayQuote:
        return Refuse(column,
                      "a quotation mark stands inside an unquoted field; put the whole field in "
                      "quotation marks and double the inner ones");
      case Scanned::kTextAfterQuote:
        return Refuse(column,
                      "text follows the closing quotation mark; double the quotation marks "
                      "inside the field");
      case Scanned::kTooMany:
        return Refuse(column, "the row has more than 1,000 columns");
      default:
        break;
    }
    if (cells_.size() == 1 && cells_[0].size == 0 && !cells_[0].quoted) {
      warnings_->Add(file_, WarningCode::kBlankLine, row_);
      begin_ = next_;
      ++row_;
      continue;
    }
    MakeFields();
    return true;
  }
}

}  // namespace rollcall::roster
