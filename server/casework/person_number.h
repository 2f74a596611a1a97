// Numbers in names: `people/{number}`, and others that end in a person's number.

#ifndef ROLLCALL_SERVER_CASEWORK_PERSON_NUMBER_H_
#define ROLLCALL_SERVER_CASEWORK_PERSON_NUMBER_H_

#include <cstdint>
#include <optional>
#include <string_view>

#include "absl/status/statusor.h"

namespace rollcall::casework {

// The number that `name` has behind `prefix`; nullopt if it does not begin so or anything but a
// number in decimal digits, without leading zeros, is behind it.
std::optional<std::uint64_t> NumberAfter(std::string_view name, std::string_view prefix);

// The number in `people/{number}`. kInvalidArgument, which names `field`, for any other form.
absl::StatusOr<std::uint64_t> PersonNumber(std::string_view name, std::string_view field);

}  // namespace rollcall::casework

#endif  // ROLLCALL_SERVER_CASEWORK_PERSON_NUMBER_H_
