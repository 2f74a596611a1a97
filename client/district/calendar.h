// Days, dates and the school year's calendar.

#ifndef ROLLCALL_CLIENT_DISTRICT_CALENDAR_H_
#define ROLLCALL_CLIENT_DISTRICT_CALENDAR_H_

#include <optional>
#include <string>
#include <string_view>

#include "client/district/truth.h"

namespace rollcall::district {

// Marks an end that is open.
inline constexpr Day kOpenDay = INT32_MAX;

// The day of a date, which must exist. Month and day count from 1.
Day DayOf(int year, unsigned month, unsigned day);

// Appends `day` as YYYY-MM-DD. For years 1000 to 9999.
void AppendDate(Day day, std::string& out);
std::string DateText(Day day);

// Reads YYYY-MM-DD; nothing if the text is anything else or the date does not exist.
std::optional<Day> ParseDate(std::string_view text);

bool IsLeapDay(Day day);  // 29 February.

// First and last day, both inclusive, of the school year that ends in `year`: from the last Monday
// of August to the third Friday of June.
Day SchoolYearBegin(int year);
Day SchoolYearEnd(int year);

}  // namespace rollcall::district

#endif  // ROLLCALL_CLIENT_DISTRICT_CALENDAR_H_
