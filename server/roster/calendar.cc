#include "server/roster/calendar.h"

#include <chrono>
#include <cstddef>

namespace rollcall::roster {
namespace {

constexpr int kFirstYear = 1900;
constexpr int kLastYear = 9999;
constexpr unsigned kFirstMonth = 7;

// The number written with exactly the digits of `text`, or -1.
int Digits(std::string_view text) {
  int value = 0;
  if (text.empty() || text.size() > 4) return -1;
  for (const char c : text) {
    if (c < '0' || c > '9') return -1;
    value = value * 10 + (c - '0');
  }
  return value;
}

ParsedDate Checked(int year, int month, int day, DateForm form) {
  if (year < kFirstYear || year > kLastYear) return {};
  const Day result = MakeDay(year, month, day);
  if (result == kNoDay) return {};
  return {result, form};
}

ParsedDate ParseSlashed(std::string_view text) {
  const std::size_t first = text.find('/');
  const std::size_t second = text.find('/', first + 1);
  if (second == std::string_view::npos) return {};
  const std::string_view a = text.substr(0, first);
  const std::string_view b = text.substr(first + 1, second - first - 1);
  const std::string_view c = text.substr(second + 1);
  if (a.size() == 4 && b.size() <= 2 && c.size() <= 2) {
    return Checked(Digits(a), Digits(b), Digits(c), DateForm::kYearFirst);
  }
  if (a.size() > 2 || b.size() > 2 || c.size() != 4) return {};
  const int month = Digits(a);
  const int day = Digits(b);
  return Checked(Digits(c), month, day,
                 day > 12 || day == month ? DateForm::kMonthFirst : DateForm::kMonthOrDayFirst);
}

// Reports whether `text` is what may follow a date: `T` or a space, then a time of day.
bool IsTime(std::string_view text) {
  if (text.size() < 6 || (text[0] != 'T' && text[0] != ' ')) return false;
  if (Digits(text.substr(1, 2)) < 0 || text[3] != ':' || Digits(text.substr(4, 2)) < 0) {
    return false;
  }
  return text.find_first_not_of("0123456789:.+-Z", 1) == std::string_view::npos;
}

}  // namespace

Day MakeDay(int year, int month, int day) {
  if (month < 1 || day < 1) return kNoDay;
  const std::chrono::year_month_day date{std::chrono::year{year},
                                         std::chrono::month{static_cast<unsigned>(month)},
                                         std::chrono::day{static_cast<unsigned>(day)}};
  if (!date.ok()) return kNoDay;
  return static_cast<Day>(std::chrono::sys_days{date}.time_since_epoch().count());
}

ParsedDate ParseDate(std::string_view text) {
  if (text.size() >= 10 && text[4] == '-' && text[7] == '-') {
    DateForm form = DateForm::kIso;
    if (text.size() > 10) {
      if (!IsTime(text.substr(10))) return {};
      form = DateForm::kIsoWithTime;
    }
    return Checked(Digits(text.substr(0, 4)), Digits(text.substr(5, 2)), Digits(text.substr(8, 2)),
                   form);
  }
  if (text.size() == 8 && text.find('/') == std::string_view::npos) {
    return Checked(Digits(text.substr(0, 4)), Digits(text.substr(4, 2)), Digits(text.substr(6, 2)),
                   DateForm::kYearFirst);
  }
  return ParseSlashed(text);
}

int SchoolYearOf(Day day) {
  const std::chrono::year_month_day date{std::chrono::sys_days{std::chrono::days{day}}};
  return static_cast<int>(date.year()) +
         (static_cast<unsigned>(date.month()) >= kFirstMonth ? 1 : 0);
}

Day SchoolYearBegin(int school_year) {
  return MakeDay(school_year - 1, static_cast<int>(kFirstMonth), 1);
}

Day SchoolYearEnd(int school_year) { return SchoolYearBegin(school_year + 1) - 1; }

std::optional<SchoolYearText> ParseSchoolYear(std::string_view text) {
  if (text.size() < 4) return std::nullopt;
  const int first = Digits(text.substr(0, 4));
  if (first < kFirstYear) return std::nullopt;
  if (text.size() == 4) return SchoolYearText{first, false};
  if (text[4] != '-' && text[4] != '/') return std::nullopt;
  const std::string_view rest = text.substr(5);
  const int second = Digits(rest);
  const bool follows = rest.size() == 4   ? second == first + 1
                       : rest.size() == 2 ? second == (first + 1) % 100
                                          : false;
  if (!follows) return std::nullopt;
  return SchoolYearText{first + 1, true};
}

}  // namespace rollcall::roster
