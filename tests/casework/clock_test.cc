#include "server/casework/clock.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"

namespace rollcall::casework {
namespace {

using absl::CivilDay;

absl::TimeZone Zone(std::string_view name) {
  const absl::StatusOr<absl::TimeZone> zone = LoadZone(name);
  EXPECT_TRUE(zone.ok()) << zone.status();
  return zone.value_or(absl::UTCTimeZone());
}

absl::Time Utc(absl::CivilSecond second) { return absl::FromCivil(second, absl::UTCTimeZone()); }

struct DueCase {
  CivilDay start;
  std::int64_t length;
  ClockUnit unit;
  CivilDay due;
};

TEST(DueDate, CountsFromTheDayAfterTheStart) {
  const DueCase cases[] = {
      // The three dates of the replayed incidents.
      {CivilDay(2025, 2, 8), 30, ClockUnit::kCalendarDays, CivilDay(2025, 3, 10)},
      {CivilDay(2022, 4, 26), 30, ClockUnit::kCalendarDays, CivilDay(2022, 5, 26)},
      // Leap years: 2024 and 2000 have a 29 February, 2023 and 2100 do not.
      {CivilDay(2024, 2, 1), 30, ClockUnit::kCalendarDays, CivilDay(2024, 3, 2)},
      {CivilDay(2023, 2, 1), 30, ClockUnit::kCalendarDays, CivilDay(2023, 3, 3)},
      {CivilDay(2000, 2, 28), 1, ClockUnit::kCalendarDays, CivilDay(2000, 2, 29)},
      {CivilDay(2100, 2, 28), 1, ClockUnit::kCalendarDays, CivilDay(2100, 3, 1)},
      {CivilDay(2024, 2, 29), 365, ClockUnit::kCalendarDays, CivilDay(2025, 2, 28)},
      {CivilDay(2024, 12, 2), 30, ClockUnit::kCalendarDays, CivilDay(2025, 1, 1)},
      {CivilDay(2025, 2, 8), 0, ClockUnit::kCalendarDays, CivilDay(2025, 2, 8)},
      // Ends on a Saturday and is not moved.
      {CivilDay(2025, 1, 16), 30, ClockUnit::kCalendarDays, CivilDay(2025, 2, 15)},
      {CivilDay(2025, 2, 8), 0, ClockUnit::kHours, CivilDay(2025, 2, 8)},
      {CivilDay(2025, 2, 8), 1, ClockUnit::kHours, CivilDay(2025, 2, 9)},
      {CivilDay(2025, 2, 8), 24, ClockUnit::kHours, CivilDay(2025, 2, 9)},
      {CivilDay(2025, 2, 8), 25, ClockUnit::kHours, CivilDay(2025, 2, 10)},
      {CivilDay(2025, 2, 8), 72, ClockUnit::kHours, CivilDay(2025, 2, 11)},
      // 2025-02-07 is a Friday, 2025-02-08 a Saturday.
      {CivilDay(2025, 2, 7), 1, ClockUnit::kBusinessDays, CivilDay(2025, 2, 10)},
      {CivilDay(2025, 2, 8), 1, ClockUnit::kBusinessDays, CivilDay(2025, 2, 10)},
      {CivilDay(2025, 2, 7), 10, ClockUnit::kBusinessDays, CivilDay(2025, 2, 21)},
      {CivilDay(2025, 2, 8), 0, ClockUnit::kBusinessDays, CivilDay(2025, 2, 8)},
  };
  for (const DueCase& c : cases) {
    const absl::StatusOr<CivilDay> due = DueDate(c.start, c.length, c.unit);
    ASSERT_TRUE(due.ok()) << due.status();
    EXPECT_EQ(*due, c.due) << c.start << " + " << c.length;
  }
}

TEST(DueDate, HolidaysMoveBusinessDaysOnly) {
  // Presidents' Day on Monday 2025-02-17, given twice, and a holiday on a Saturday.
  const std::vector<CivilDay> holidays = {CivilDay(2025, 2, 17), CivilDay(2025, 2, 15),
                                          CivilDay(2025, 2, 17)};
  EXPECT_EQ(*DueDate(CivilDay(2025, 2, 7), 10, ClockUnit::kBusinessDays, holidays),
            CivilDay(2025, 2, 24));
  EXPECT_EQ(*DueDate(CivilDay(2025, 2, 7), 10, ClockUnit::kCalendarDays, holidays),
            CivilDay(2025, 2, 17));
}

TEST(DueDate, NeverEarlierThanTheStartAndGrowsWithTheLength) {
  for (const ClockUnit unit :
       {ClockUnit::kHours, ClockUnit::kCalendarDays, ClockUnit::kBusinessDays}) {
    CivilDay previous(2023, 12, 20);
    for (std::int64_t length = 0; length <= 800; ++length) {
      const CivilDay due = *DueDate(CivilDay(2023, 12, 20), length, unit);
      EXPECT_GE(due, previous);
      previous = due;
    }
  }
}

TEST(DueDate, RefusesLengthsOutOfRange) {
  const CivilDay start(2025, 2, 8);
  EXPECT_TRUE(DueDate(start, kMaxClockDays, ClockUnit::kBusinessDays).ok());
  EXPECT_TRUE(DueDate(start, kMaxClockHours, ClockUnit::kHours).ok());
  const auto code = [&](std::int64_t length, ClockUnit unit) {
    return DueDate(start, length, unit).status().code();
  };
  EXPECT_EQ(code(-1, ClockUnit::kCalendarDays), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(code(kMaxClockDays + 1, ClockUnit::kCalendarDays), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(code(kMaxClockDays + 1, ClockUnit::kBusinessDays), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(code(kMaxClockHours + 1, ClockUnit::kHours), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(code(INT64_MAX, ClockUnit::kHours), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(code(INT64_MIN, ClockUnit::kHours), absl::StatusCode::kInvalidArgument);
}

TEST(DueDate, RefusesStartsInImpossibleYears) {
  EXPECT_TRUE(DueDate(CivilDay(1900, 1, 1), 1, ClockUnit::kCalendarDays).ok());
  EXPECT_TRUE(DueDate(CivilDay(9999, 12, 31), 1, ClockUnit::kCalendarDays).ok());
  EXPECT_FALSE(DueDate(CivilDay(1899, 12, 31), 1, ClockUnit::kCalendarDays).ok());
  EXPECT_FALSE(DueDate(CivilDay(10000, 1, 1), 1, ClockUnit::kCalendarDays).ok());
}

TEST(DaysLeft, IsZeroOnTheDueDateAndNegativeAfter) {
  const CivilDay due(2025, 3, 10);
  EXPECT_EQ(DaysLeft(CivilDay(2025, 2, 8), due), 30);
  EXPECT_EQ(DaysLeft(CivilDay(2025, 3, 10), due), 0);
  EXPECT_EQ(DaysLeft(CivilDay(2025, 3, 11), due), -1);
}

TEST(DaysLeft, CountsTheDaysBetweenBreachAndLetter) {
  EXPECT_EQ(DaysLeft(CivilDay(2021, 12, 1), CivilDay(2022, 4, 26)), 146);
}

TEST(LocalDay, FollowsTheZone) {
  const absl::TimeZone chicago = Zone("America/Chicago");
  EXPECT_EQ(LocalDay(Utc(absl::CivilSecond(2025, 2, 8, 5, 59, 59)), chicago), CivilDay(2025, 2, 7));
  EXPECT_EQ(LocalDay(Utc(absl::CivilSecond(2025, 2, 8, 6, 0, 0)), chicago), CivilDay(2025, 2, 8));
  EXPECT_EQ(LocalDay(Utc(absl::CivilSecond(2025, 7, 8, 4, 59, 59)), chicago), CivilDay(2025, 7, 7));
  EXPECT_EQ(LocalDay(Utc(absl::CivilSecond(2025, 7, 8, 5, 0, 0)), chicago), CivilDay(2025, 7, 8));
}

TEST(DueInstant, UsesTheOffsetOfTheDayItself) {
  const absl::TimeZone chicago = Zone("America/Chicago");
  // Daylight saving time began on 2025-03-09, between the start and the end of the clock.
  EXPECT_EQ(DueInstant(CivilDay(2025, 3, 10), chicago),
            Utc(absl::CivilSecond(2025, 3, 11, 5, 0, 0)));
  EXPECT_EQ(DueInstant(CivilDay(2025, 3, 7), chicago), Utc(absl::CivilSecond(2025, 3, 8, 6, 0, 0)));
  EXPECT_EQ(DueInstant(CivilDay(2022, 5, 26), chicago),
            Utc(absl::CivilSecond(2022, 5, 27, 5, 0, 0)));
  // It ended on 2025-11-02, a day of 25 hours.
  EXPECT_EQ(DueInstant(CivilDay(2025, 11, 2), chicago) - DueInstant(CivilDay(2025, 11, 1), chicago),
            absl::Hours(25));
  EXPECT_EQ(DueInstant(CivilDay(2025, 3, 9), chicago) - DueInstant(CivilDay(2025, 3, 8), chicago),
            absl::Hours(23));
}

TEST(DueInstant, IsTheChangeItselfWhereMidnightDoesNotExist) {
  // Clocks in Beirut went from 00:00 to 01:00 on 2021-03-28, at 22:00 UTC of the day before.
  EXPECT_EQ(DueInstant(CivilDay(2021, 3, 27), Zone("Asia/Beirut")),
            Utc(absl::CivilSecond(2021, 3, 27, 22, 0, 0)));
}

TEST(DueInstant, IsTheFirstMidnightWhereThereAreTwo) {
  // Clocks in Havana went from 01:00 back to 00:00 on 2021-11-07; the first midnight was 04:00 UTC.
  EXPECT_EQ(DueInstant(CivilDay(2021, 11, 6), Zone("America/Havana")),
            Utc(absl::CivilSecond(2021, 11, 7, 4, 0, 0)));
}

TEST(DueInstant, SeparatesTheDueDayFromTheNext) {
  for (const char* name :
       {"America/Chicago", "Asia/Beirut", "America/Havana", "America/Sao_Paulo", "UTC"}) {
    const absl::TimeZone zone = Zone(name);
    for (CivilDay day(2015, 1, 1); day < CivilDay(2027, 1, 1); ++day) {
      const absl::Time late = DueInstant(day, zone);
      ASSERT_EQ(LocalDay(late, zone), day + 1) << name;
      ASSERT_EQ(LocalDay(late - absl::Microseconds(1), zone), day) << name;
    }
  }
}

TEST(LoadZone, RefusesWhatIsNotAnIanaName) {
  for (const char* name : {"", "Chicago", "America/Chicag", "America/", "/etc/localtime",
                           "../zoneinfo/UTC", "America/../UTC", "localtime", "posixrules",
                           "file:/usr/share/zoneinfo/UTC", "libc:localtime", "Fixed/UTC+05:00:00",
                           "America", "zone.tab", "tzdata.zi", "America/Chicago ", " UTC"}) {
    EXPECT_EQ(LoadZone(name).status().code(), absl::StatusCode::kInvalidArgument) << name;
  }
  EXPECT_FALSE(LoadZone(std::string_view("UTC\0x", 5)).ok());
  EXPECT_FALSE(LoadZone(std::string(10'000'000, 'A')).ok());
}

TEST(LoadZone, KnowsTheZonesOfTheStates) {
  for (const char* name : {"America/Chicago", "America/New_York", "America/Indiana/Knox",
                           "Pacific/Honolulu", "UTC", "Etc/GMT+5"}) {
    EXPECT_TRUE(LoadZone(name).ok()) << name;
  }
}

}  // namespace
}  // namespace rollcall::casework
