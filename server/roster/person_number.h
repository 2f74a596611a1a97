// Numbers in names: `people/{number}`, and others that end in a person's number.

#ifndef ROLLCALL_SERVER_ROSTER_PERSON_NUMBER_H_
#define ROLLCALL_SERVER_ROSTER_PERSON_NUMBER_H_

#include <cstdint>
#include <optional>
#include <string_view>

#include "absl/status/statusor.h"

namespace rollcall::roster {

// The number that `name` has behind `prefix`; nullopt if it does not begin so or anything but a
// number in decimal digits, without leading zeros, is behind it.
std::optional<std::uint64_t> NumberAfter(std::string_view name, std::string_view prefix);

// The number in `people/{number}`, at least 1 and at most 2^63 - 1. kInvalidArgument, which names
// `field`, for any other form.
absl::StatusOr<std::uint64_t> PersonNumber(std::string_view name, std::string_view field);

}  // namespace rollcall::roster

#endif  // ROLLCALL_SERVER_ROSTER_PERSON_NUMBER_H_
