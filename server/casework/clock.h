// Counting days for legal clocks. Pure: no wall clock, no storage, no proto; the same
// arguments give the same answer on every machine with the same time zone data.
//
// A day is an absl::CivilDay of the proleptic Gregorian calendar, with no time zone of its own;
// only LocalDay and DueInstant tie days to instants. A clock's due date is the last day on
// which acting is in time, inclusive.
//
// How days are counted: the first day is excluded and the last is included (5 ILCS 70/1.11). That
// section is also remembered to move a last day that falls on a Saturday, a Sunday or a statutory
// holiday to a later one. That part is not verified and is NOT applied here: the date without
// the move is never the later of the two, so whoever keeps it is in time under both readings.
//
// Time zones come from the system's IANA files (/usr/share/zoneinfo, the package `tzdata`), which
// must be installed.
//
// All functions are thread-safe.

#ifndef ROLLCALL_SERVER_CASEWORK_CLOCK_H_
#define ROLLCALL_SERVER_CASEWORK_CLOCK_H_

#include <cstdint>
#include <span>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"

namespace rollcall::casework {

// What the length of a clock is counted in.
enum class ClockUnit {
  kHours,
  kCalendarDays,
  kBusinessDays,  // Monday to Friday, less the holidays that the caller names.
};

// The longest clock, about a century: anything longer is a mistake in the data.
inline constexpr std::int64_t kMaxClockDays = 36'600;
inline constexpr std::int64_t kMaxClockHours = kMaxClockDays * 24;

// Years whose days may be counted, inclusive.
inline constexpr std::int64_t kMinClockYear = 1900;
inline constexpr std::int64_t kMaxClockYear = 9999;

// Returns the last day, inclusive, of a clock that starts on `start`.
//
// Input:   `length` in `unit`, [0, kMaxClockDays] or [0, kMaxClockHours]; 0 is due on `start`.
//          `holidays` in any order, repetitions allowed, read for kBusinessDays only. A holiday
//          left out makes the due date earlier, never later, so an empty list is the safe one.
// Output:  kCalendarDays: start + length.
//          kBusinessDays: the length-th business day after `start`; `start` need not be one.
//          kHours: start + ceil(length / 24). Only the day of the start is known here, not its
//          hour, so the day on which the last hour may fall is the answer: 72 hours from the
//          8th are over at some moment of the 11th, and the 11th is due. A caller that knows
//          the hour adds hours to it instead.
// Errors:  kInvalidArgument: `length` out of range, or `start` outside the years above.
absl::StatusOr<absl::CivilDay> DueDate(absl::CivilDay start, std::int64_t length, ClockUnit unit,
                                       std::span<const absl::CivilDay> holidays = {});

// Returns the calendar days from `today` to `due`: 0 on the due date itself, negative once it is
// past. The same subtraction tells the days between two events.
std::int64_t DaysLeft(absl::CivilDay today, absl::CivilDay due);

// Returns true for a day from Monday to Friday that is not in `holidays`.
bool IsBusinessDay(absl::CivilDay day, std::span<const absl::CivilDay> holidays = {});

// Returns the time zone with this IANA name, such as `America/Chicago`, or `UTC`.
//
// Errors:  kInvalidArgument: the name is not one of the system's zones. Paths, `localtime` and
//          fixed offsets are refused, so that a name means the same on every machine.
absl::StatusOr<absl::TimeZone> LoadZone(std::string_view name);

// Returns the day on which `instant` falls in `zone`.
absl::CivilDay LocalDay(absl::Time instant, absl::TimeZone zone);

// Returns the first instant that is too late for `due`: the beginning of the following day in
// `zone`. Where that day does not begin at midnight because clocks are set forward then, it is
// the instant of the change; where midnight comes twice, the first.
absl::Time DueInstant(absl::CivilDay due, absl::TimeZone zone);

}  // namespace rollcall::casework

#endif  // ROLLCALL_SERVER_CASEWORK_CLOCK_H_
