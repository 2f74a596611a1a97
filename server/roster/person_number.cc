#include "server/roster/person_number.h"

#include <limits>
#include <string>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "storage/status.h"

namespace rollcall::roster {

std::optional<std::uint64_t> NumberAfter(std::string_view name, std::string_view prefix) {
  if (!name.starts_with(prefix)) return std::nullopt;
  const std::string_view digits = name.substr(prefix.size());
  std::uint64_t number = 0;
  // A number has one spelling, so that a person has one name.
  if (!absl::SimpleAtoi(ToAbsl(digits), &number) || digits != std::to_string(number)) {
    return std::nullopt;
  }
  return number;
}

absl::StatusOr<std::uint64_t> PersonNumber(std::string_view name, std::string_view field) {
  const std::optional<std::uint64_t> number = NumberAfter(name, "people/");
  if (!number || *number < 1 || *number > std::numeric_limits<std::int64_t>::max()) {
    return InvalidField(field, "must have the form people/{number}");
  }
  return *number;
}

}  // namespace rollcall::roster
