#include "server/roster/csv_reader.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "server/roster/text.h"

namespace rollcall::roster {
namespace {

constexpr std::size_t kFirstBuffer = std::size_t{256} << 10;

// What 64 bytes hold, a bit for each byte.
struct Block {
  std::uint64_t marks = 0;  // Comma, quotation mark, line feed, carriage return.
  std::uint64_t odd = 0;    // NUL, or not ASCII.
};
constexpr std::size_t kBlockBytes = 64;

#ifdef __SSE2__
Block LookAt(const char* bytes) {
  Block block;
  for (std::size_t i = 0; i < kBlockBytes; i += sizeof(__m128i)) {
    const __m128i part = _mm_loadu_si128(reinterpret_cast<const __m128i*>(bytes + i));
    const auto equal = [&](char c) { return _mm_cmpeq_epi8(part, _mm_set1_epi8(c)); };
    const auto bits = [&](__m128i lanes) {
      return std::uint64_t{static_cast<std::uint32_t>(_mm_movemask_epi8(lanes))} << i;
    };
    block.marks |= bits(
        _mm_or_si128(_mm_or_si128(equal(','), equal('"')), _mm_or_si128(equal('\n'), equal('\r'))));
    block.odd |= bits(_mm_or_si128(part, equal('\0')));
  }
  return block;
}
#else
Block LookAt(const char* bytes) {
  Block block;
  for (std::size_t i = 0; i < kBlockBytes; ++i) {
    const char c = bytes[i];
    const bool mark = c == ',' || c == '"' || c == '\n' || c == '\r';
    const bool odd = c == '\0' || static_cast<unsigned char>(c) >= 0x80;
    block.marks |= std::uint64_t{mark} << i;
    block.odd |= std::uint64_t{odd} << i;
  }
  return block;
}
#endif

}  // namespace

CsvReader::CsvReader(std::unique_ptr<ByteSource> source, std::string_view file, Warnings* warnings)
    : source_(std::move(source)),
      file_(file),
      warnings_(warnings),
      buffer_(kFirstBuffer + kBlockBytes),
      marks_(kFirstBuffer / 4),
      fields_(kMaxColumns),
      writing_(kMaxColumns) {}

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
  std::size_t room = buffer_.size() - kBlockBytes;
  if (end_ == room) {
    room *= 2;
    buffer_.resize(room + kBlockBytes);
  }
  while (!eof_ && end_ < room) {
    absl::StatusOr<std::size_t> size =
        source_->Read(std::span<char>(buffer_.data() + end_, room - end_));
    if (!size.ok()) return size.status();
    eof_ = *size == 0;
    end_ += *size;
  }
  FindMarks();
  return absl::OkStatus();
}

// Finds the few bytes that mean something to the format all at once, so that a row is made by
// going from one to the next instead of from byte to byte.
void CsvReader::FindMarks() {
  mark_ = mark_count_ = 0;
  std::uint64_t odd = 0;
  for (std::size_t at = 0; at < end_; at += kBlockBytes) {
    Block block = LookAt(buffer_.data() + at);
    if (end_ - at < kBlockBytes) {
      const std::uint64_t mine = (std::uint64_t{1} << (end_ - at)) - 1;
      block.marks &= mine;
      block.odd &= mine;
    }
    odd |= block.odd;
    if (marks_.size() - mark_count_ < kBlockBytes) marks_.resize(marks_.size() * 2);
    std::uint32_t* out = marks_.data() + mark_count_;
    for (std::uint64_t left = block.marks; left != 0; left &= left - 1) {
      *out++ = static_cast<std::uint32_t>(at) + static_cast<std::uint32_t>(std::countr_zero(left));
    }
    mark_count_ = static_cast<std::size_t>(out - marks_.data());
  }
  plain_text_ = odd == 0;
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
  count_ = 0;
  lone_return_ = false;
  any_quoted_ = false;
  const char* const base = buffer_.data();
  const char* const end = base + end_;
  const std::uint32_t* mark = marks_.data() + mark_;
  const std::uint32_t* const last_mark = marks_.data() + mark_count_;
  const char* p = base + begin_;
  const auto stop = [&](Scanned result) {
    stop_ = static_cast<std::size_t>(p - base);
    return result;
  };
  const auto add = [&](const char* start, const char* behind, std::uint8_t writing) {
    fields_[count_] = {start, static_cast<std::size_t>(behind - start)};
    writing_[count_] = writing;
    ++count_;
  };
  for (;;) {
    if (count_ == kMaxColumns) return stop(Scanned::kTooMany);
    // Here `mark` is the first one at or behind p, which begins a cell.
    const bool quoted = p != end && *p == '"';
    if (quoted) {
      any_quoted_ = true;
      const char* const start = ++p;
      ++mark;
      std::uint8_t writing = kQuoted;
      for (;;) {
        while (mark != last_mark && base[*mark] != '"') ++mark;
        p = mark == last_mark ? end : base + *mark++;
        const bool cut = p == end || (p + 1 == end && !eof_);
        if (cut) {
          p = end;
          add(start, end, writing);
          return stop(eof_ ? Scanned::kUnterminated : Scanned::kMore);
        }
        if (p + 1 == end || p[1] != '"') break;
        writing |= kEscaped;
        p += 2;
        ++mark;
      }
      add(start, p, writing);
      ++p;
    } else {
      const char* const start = p;
      p = mark == last_mark ? end : base + *mark;
      add(start, p, 0);
    }
    if (p == end) {
      if (!eof_) return stop(Scanned::kMore);
      next_ = end_;
      mark_ = mark_count_;
      return stop(next_ == begin_ ? Scanned::kEnd : Scanned::kRow);
    }
    if (*p == ',') {
      ++p;
      ++mark;
      continue;
    }
    if (*p != '\n' && *p != '\r') {
      return stop(quoted ? Scanned::kTextAfterQuote : Scanned::kStrayQuote);
    }
    if (*p == '\r') {
      if (p + 1 == end && !eof_) return stop(Scanned::kMore);
      if (p + 1 != end && p[1] == '\n') {
        ++p;
        ++mark;
      } else {
        lone_return_ = true;
      }
    }
    ++p;
    ++mark;
    mark_ = static_cast<std::size_t>(mark - marks_.data());
    next_ = static_cast<std::size_t>(p - base);
    return stop(Scanned::kRow);
  }
}

absl::Status CsvReader::CheckSizes() const {
  const std::size_t size = stop_ - begin_;
  if (size <= kMaxFieldBytes) return absl::OkStatus();
  for (std::size_t i = 0; i < count_; ++i) {
    if (fields_[i].size() > kMaxFieldBytes) {
      return Refuse(i,
                    (writing_[i] & kQuoted) != 0
                        ? "the field is longer than 1 MiB; is its closing quotation mark missing?"
                        : "the field is longer than 1 MiB");
    }
  }
  if (size > kMaxRowBytes) {
    return Refuse(count_ == 0 ? 0 : count_ - 1, "the row is longer than 4 MiB");
  }
  return absl::OkStatus();
}

absl::Status CsvReader::CheckText(std::size_t end) const {
  if (plain_text_) return absl::OkStatus();
  const char* const row = buffer_.data() + begin_;
  const std::size_t bad = FindBadText(std::string_view(row, end - begin_));
  if (bad == std::string_view::npos) return absl::OkStatus();
  std::size_t column = 0;
  while (column + 1 < count_ && fields_[column + 1].data() <= row + bad) ++column;
  return Refuse(column, row[bad] == '\0'
                            ? "holds a NUL byte; the file is damaged or not text"
                            : "holds bytes that are not UTF-8; save the file as UTF-8");
}

void CsvReader::FinishQuotedFields() {
  bool line_break = false;
  for (std::size_t cell = 0; cell < count_; ++cell) {
    if ((writing_[cell] & kQuoted) == 0) continue;
    if ((writing_[cell] & kEscaped) != 0) {
      // Of each pair of quotation marks the second one is dropped.
      const std::string_view field = fields_[cell];
      char* const text = buffer_.data() + (field.data() - buffer_.data());
      char* out = text;
      for (std::size_t i = 0; i < field.size(); ++i) {
        *out++ = text[i];
        if (text[i] == '"') ++i;
      }
      fields_[cell] = {text, static_cast<std::size_t>(out - text)};
    }
    line_break = line_break || fields_[cell].find_first_of("\r\n") != std::string_view::npos;
  }
  if (line_break) warnings_->Add(file_, WarningCode::kLineBreakInField, row_);
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
    const std::size_t column = count_ == 0 ? 0 : count_ - 1;
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
    if (count_ == 1 && fields_[0].empty() && !any_quoted_) {
      warnings_->Add(file_, WarningCode::kBlankLine, row_);
      begin_ = next_;
      ++row_;
      continue;
    }
    if (any_quoted_) FinishQuotedFields();
    if (lone_return_) warnings_->Add(file_, WarningCode::kLoneCarriageReturn, row_);
    return true;
  }
}

}  // namespace rollcall::roster
