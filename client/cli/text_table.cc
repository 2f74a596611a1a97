#include "client/cli/text_table.h"

#include <algorithm>
#include <cstdint>
#include <utility>

namespace rollcall::cli {
namespace {

// One code point of UTF-8 and the bytes it took; a wrong byte is taken as it is.
std::pair<std::uint32_t, size_t> NextPoint(std::string_view text) {
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(0);
  const size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC0 ? 2 : 1;
  if (length == 1 || length > text.size()) return {lead, 1};
  std::uint32_t point = lead & (0xFFU >> (length + 1));
  for (size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0U) != 0x80U) return {lead, 1};
    point = (point << 6U) | (byte(i) & 0x3FU);
  }
  return {point, length};
}

bool IsCombining(std::uint32_t p) {
  return (p >= 0x0300 && p <= 0x036F) || (p >= 0x0591 && p <= 0x05BD) ||
         (p >= 0x064B && p <= 0x065F) || (p >= 0x1AB0 && p <= 0x1AFF) ||
         (p >= 0x20D0 && p <= 0x20FF) || (p >= 0xFE00 && p <= 0xFE0F) ||
         (p >= 0xFE20 && p <= 0xFE2F) || p == 0x200B || p == 0x200D || p == 0xFEFF;
}

bool IsWide(std::uint32_t p) {
  return (p >= 0x1100 && p <= 0x115F) || (p >= 0x2E80 && p <= 0x303E) ||
         (p >= 0x3041 && p <= 0xA4CF) || (p >= 0xAC00 && p <= 0xD7A3) ||
         (p >= 0xF900 && p <= 0xFAFF) || (p >= 0xFE30 && p <= 0xFE6F) ||
         (p >= 0xFF00 && p <= 0xFF60) || (p >= 0xFFE0 && p <= 0xFFE6) ||
         (p >= 0x1F300 && p <= 0x1F64F) || (p >= 0x1F900 && p <= 0x1F9FF) ||
         (p >= 0x20000 && p <= 0x3FFFD);
}

bool IsNumber(const std::string& text) {
  return !text.empty() && text.find_first_not_of("0123456789,.-%") == std::string::npos &&
         text.find_first_of("0123456789") != std::string::npos &&
         std::count(text.begin(), text.end(), '-') <= (text.front() == '-' ? 1 : 0);
}

std::string WithoutControls(std::string_view text, bool keep_line_feeds) {
  std::string clean;
  while (!text.empty()) {
    const auto [point, length] = NextPoint(text);
    const bool control = point < 0x20 || point == 0x7F || (point >= 0x80 && point < 0xA0);
    if (control && !(keep_line_feeds && point == U'\n')) {
      clean += ' ';
    } else {
      clean += text.substr(0, length);
    }
    text.remove_prefix(length);
  }
  return clean;
}

}  // namespace

size_t DisplayWidth(std::string_view text) {
  size_t width = 0;
  while (!text.empty()) {
    const auto [point, length] = NextPoint(text);
    text.remove_prefix(length);
    if (!IsCombining(point)) width += IsWide(point) ? 2 : 1;
  }
  return width;
}

std::string OneLine(std::string_view text) {
  return WithoutControls(text, /*keep_line_feeds=*/false);
}

std::string ManyLines(std::string_view text) {
  return WithoutControls(text, /*keep_line_feeds=*/true);
}

TextTable::TextTable(std::vector<std::string> titles) : titles_(std::move(titles)) {}

void TextTable::AddRow(std::vector<std::string> cells) {
  cells.resize(titles_.size());
  for (std::string& cell : cells) cell = OneLine(cell);
  rows_.push_back(std::move(cells));
}

void TextTable::Write(std::ostream& out, bool bold, size_t indent) const {
  std::vector<size_t> widths;
  std::vector<bool> numeric;
  for (size_t c = 0; c < titles_.size(); ++c) {
    size_t width = DisplayWidth(titles_[c]);
    bool all_numbers = !rows_.empty();
    for (const auto& row : rows_) {
      width = std::max(width, DisplayWidth(row[c]));
      all_numbers = all_numbers && (row[c].empty() || IsNumber(row[c]));
    }
    widths.push_back(width);
    numeric.push_back(all_numbers);
  }
  const auto write_row = [&](const std::vector<std::string>& row) {
    std::string line;
    size_t owed = indent;
    for (size_t c = 0; c < row.size(); ++c) {
      const size_t pad = widths[c] - DisplayWidth(row[c]);
      if (numeric[c]) owed += pad;
      if (!row[c].empty()) {
        line.append(owed, ' ');
        owed = 0;
        line += row[c];
      }
      owed += (numeric[c] ? 0 : pad) + 2;
    }
    return line;
  };
  if (std::any_of(titles_.begin(), titles_.end(), [](const auto& t) { return !t.empty(); })) {
    out << (bold ? "\x1b[1m" : "") << write_row(titles_) << (bold ? "\x1b[0m" : "") << "\n";
  }
  for (const auto& row : rows_) out << write_row(row) << "\n";
}

std::string Grouped(long long number) {
  std::string digits = std::to_string(number);
  const size_t start = digits.front() == '-' ? 1 : 0;
  for (size_t i = digits.size(); i > start + 3; i -= 3) digits.insert(i - 3, 1, ',');
  return digits;
}

}  // namespace rollcall::cli
