#include "server/casework/clock.h"

#include <algorithm>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace rollcall::casework {
namespace {

bool IsZoneNameSyntax(std::string_view name) {
  if (name.empty() || name.size() > 64) return false;
  const auto is_letter = [](char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); };
  bool at_part_start = true;
  for (const char c : name) {
    if (at_part_start) {
      if (!is_letter(c)) return false;
      at_part_start = false;
    } else if (c == '/') {
      at_part_start = true;
    } else if (!is_letter(c) && !(c >= '0' && c <= '9') && c != '_' && c != '-' && c != '+') {
      return false;
    }
  }
  return !at_part_start;
}

absl::CivilDay AddBusinessDays(absl::CivilDay day, std::int64_t count,
                               std::span<const absl::CivilDay> holidays) {
  while (count > 0) {
    ++day;
    if (IsBusinessDay(day, holidays)) --count;
  }
  return day;
}

}  // namespace

absl::StatusOr<absl::CivilDay> DueDate(absl::CivilDay start, std::int64_t length, ClockUnit unit,
                                       std::span<const absl::CivilDay> holidays) {
  const std::int64_t longest = unit == ClockUnit::kHours ? kMaxClockHours : kMaxClockDays;
  if (length < 0 || length > longest) {
    return absl::InvalidArgumentError(
        absl::StrCat("a clock's length must be from 0 to ", longest, ", not ", length));
  }
  if (start.year() < kMinClockYear || start.year() > kMaxClockYear) {
    return absl::InvalidArgumentError(
        absl::StrCat("a clock must start in a year from ", kMinClockYear, " to ", kMaxClockYear));
  }
  switch (unit) {
    case ClockUnit::kHours:
      return start + (length + 23) / 24;
    case ClockUnit::kCalendarDays:
      return start + length;
    case ClockUnit::kBusinessDays:
      return AddBusinessDays(start, length, holidays);
  }
  return absl::InvalidArgumentError("a clock's unit is not known");
}

std::int64_t DaysLeft(absl::CivilDay today, absl::CivilDay due) { return due - today; }

bool IsBusinessDay(absl::CivilDay day, std::span<const absl::CivilDay> holidays) {
  const absl::Weekday weekday = absl::GetWeekday(day);
  if (weekday == absl::Weekday::saturday || weekday == absl::Weekday::sunday) return false;
  return std::find(holidays.begin(), holidays.end(), day) == holidays.end();
}

absl::StatusOr<absl::TimeZone> LoadZone(std::string_view name) {
  absl::TimeZone zone;
  const absl::string_view text(name.data(), name.size());
  // The library also reads files by path and understands names that differ between machines.
  if (!IsZoneNameSyntax(name) || name == "localtime" || name == "posixrules" ||
      name.starts_with("Fixed/") || !absl::LoadTimeZone(text, &zone)) {
    return absl::InvalidArgumentError(absl::StrCat(
        "'", text.substr(0, 64), "' is not a time zone of this system; write an IANA name such as ",
        "America/Chicago, and have the package tzdata installed"));
  }
  return zone;
}

absl::CivilDay LocalDay(absl::Time instant, absl::TimeZone zone) {
  return absl::ToCivilDay(instant, zone);
}

absl::Time DueInstant(absl::CivilDay due, absl::TimeZone zone) {
  return absl::FromCivil(due + 1, zone);
}

}  // namespace rollcall::casework
