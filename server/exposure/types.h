// The few value types that every part of the exposure engine shares.

#ifndef ROLLCALL_SERVER_EXPOSURE_TYPES_H_
#define ROLLCALL_SERVER_EXPOSURE_TYPES_H_

#include <algorithm>
#include <cstdint>
#include <limits>

namespace rollcall::exposure {

// A calendar day as the number of days since 1970-01-01 (proleptic Gregorian; negative before).
// The engine only compares days; it never needs to know the month, the weekday or today's date.
using Day = std::int32_t;

// "Since ever" and "until further notice". Both are ordinary days for every comparison.
inline constexpr Day kMinDay = std::numeric_limits<Day>::min();
inline constexpr Day kMaxDay = std::numeric_limits<Day>::max();

// A run of days, both ends inclusive. The default is all days; an interval whose `last` is before
// its `first` contains no day.
struct Interval {
  Day first = kMinDay;
  Day last = kMaxDay;

  constexpr bool empty() const { return last < first; }
  constexpr bool Contains(Day day) const { return first <= day && day <= last; }
  constexpr bool Overlaps(const Interval& other) const {
    return std::max(first, other.first) <= std::min(last, other.last);
  }
  constexpr Interval Intersect(const Interval& other) const {
    return {std::max(first, other.first), std::min(last, other.last)};
  }

  friend bool operator==(const Interval&, const Interval&) = default;
};

// Whose record something belongs to. People are students or staff; a data element may also belong
// to a guardian, and is then part of the record of the student. The numbers are those of
// rollcall.v1.SubjectKind.
enum class SubjectKind : std::uint8_t { kStudent = 1, kStaff = 2, kGuardian = 3 };

// The kind of person whose record holds the elements of `subject`.
constexpr SubjectKind HolderOf(SubjectKind subject) {
  return subject == SubjectKind::kStaff ? SubjectKind::kStaff : SubjectKind::kStudent;
}

}  // namespace rollcall::exposure

#endif  // ROLLCALL_SERVER_EXPOSURE_TYPES_H_
