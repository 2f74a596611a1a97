#include "client/district/calendar.h"

#include <chrono>

namespace rollcall::district {
namespace {

using std::chrono::year_month_day;

year_month_day DateOf(Day day) {
  return year_month_day(std::chrono::sys_days(std::chrono::days(day)));
}

Day ToDay(std::chrono::sys_days day) { return static_cast<Day>(day.time_since_epoch().count()); }

void AppendTwo(unsigned value, std::string& out) {
  out += static_cast<char>('0' + value / 10 % 10);
  out += static_cast<char>('0' + value % 10);
}

}  // namespace

Day DayOf(int year, unsigned month, unsigned day) {
  return ToDay(std::chrono::sys_days(
      year_month_day(std::chrono::year(year), std::chrono::month(month), std::chrono::day(day))));
}

void AppendDate(Day day, std::string& out) {
  const year_month_day date = DateOf(day);
  const auto year = static_cast<unsigned>(static_cast<int>(date.year()));
  AppendTwo(year / 100, out);
  AppendTwo(year, out);
  out += '-';
  AppendTwo(static_cast<unsigned>(date.month()), out);
  out += '-';
  AppendTwo(static_cast<unsigned>(date.day()), out);
}

std::string DateText(Day day) {
  std::string text;
  AppendDate(day, text);
  return text;
}

std::optional<Day> ParseDate(std::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return std::nullopt;
  int parts[3] = {0, 0, 0};
  int part = 0;
  for (const char c : text) {
    if (c == '-') {
      ++part;
      if (part > 2) return std::nullopt;
    } else if (c >= '0' && c <= '9') {
      parts[part] = parts[part] * 10 + (c - '0');
    } else {
      return std::nullopt;
    }
  }
  const year_month_day date{std::chrono::year{parts[0]},
                            std::chrono::month{static_cast<unsigned>(parts[1])},
                            std::chrono::day{static_cast<unsigned>(parts[2])}};
  if (parts[0] < 1000 || !date.ok()) return std::nullopt;
  return ToDay(std::chrono::sys_days(date));
}

bool IsLeapDay(Day day) {
  const year_month_day date = DateOf(day);
  return date.month() == std::chrono::February && date.day() == std::chrono::day(29);
}

Day SchoolYearBegin(int year) {
  return ToDay(std::chrono::sys_days(std::chrono::year(year - 1) / std::chrono::August /
                                     std::chrono::Monday[std::chrono::last]));
}

Day SchoolYearEnd(int year) {
  return ToDay(
      std::chrono::sys_days(std::chrono::year(year) / std::chrono::June / std::chrono::Friday[3]));
}

}  // namespace rollcall::district
