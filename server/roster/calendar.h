// Days and school years of roster files.
//
// A school year is named by the year in which it ends, as OneRoster does (2026-27 is 2027), and
// runs from 1 July to 30 June unless the district's own sessions say otherwise. 1 July is also
// the first day of the fiscal year of Illinois.
//
// All functions are pure and safe to call from any thread.

#ifndef ROLLCALL_SERVER_ROSTER_CALENDAR_H_
#define ROLLCALL_SERVER_ROSTER_CALENDAR_H_

#include <optional>
#include <string_view>

#include "server/roster/records.h"

namespace rollcall::roster {

// Returns the day, or kNoDay when there is no such day in the Gregorian calendar.
Day MakeDay(int year, int month, int day);

// How a date was written.
enum class DateForm {
  kInvalid,         // No date at all, a day that does not exist, or outside 1900 .. 9999.
  kIso,             // YYYY-MM-DD.
  kIsoWithTime,     // YYYY-MM-DDThh:mm... (or a space for the T); the date part counts.
  kYearFirst,       // YYYY/M/D or YYYYMMDD.
  kMonthFirst,      // M/D/YYYY that cannot be read day first, since D > 12 or D = M.
  kMonthOrDayFirst  // M/D/YYYY that could be D/M/YYYY as well; `day` is the reading as M/D.
};

struct ParsedDate {
  Day day = kNoDay;  // kNoDay exactly for kInvalid.
  DateForm form = DateForm::kInvalid;
};

// Reads one date. Two-digit years, names of months and other separators are kInvalid, and so is
// x/y/YYYY with x > 12: no guess is made that the day comes first.
ParsedDate ParseDate(std::string_view text);

// The school year in which `day` lies, by 1 July.
int SchoolYearOf(Day day);

// 1 July before and 30 June in the year `school_year`, both inclusive.
Day SchoolYearBegin(int school_year);
Day SchoolYearEnd(int school_year);

// A school year as a file writes it: `2027`, `2026-2027`, `2026-27` or `2026/2027`.
struct SchoolYearText {
  int last = 0;       // The last year that is named.
  bool pair = false;  // Two consecutive years were written.
};

// Returns nothing when `text` has none of the forms or the two years are not consecutive.
std::optional<SchoolYearText> ParseSchoolYear(std::string_view text);

}  // namespace rollcall::roster

#endif  // ROLLCALL_SERVER_ROSTER_CALENDAR_H_
