// How single values of the API's messages look in the database.

#ifndef ROLLCALL_STORAGE_VALUE_CODEC_H_
#define ROLLCALL_STORAGE_VALUE_CODEC_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "google/protobuf/message.h"
#include "google/protobuf/timestamp.pb.h"
#include "google/type/date.pb.h"

namespace rollcall {

// Days since 1970-01-01 and back. Every value of int32 has a civil day.
std::int32_t ToDayNumber(absl::CivilDay day);
absl::CivilDay FromDayNumber(std::int32_t day);

// The API's date and back. ToCivilDay expects a valid date.
absl::CivilDay ToCivilDay(const google::type::Date& date);
google::type::Date ToDate(absl::CivilDay day);

// True if the date names a day of the calendar between 1900-01-01 and 2200-12-31.
bool IsValidDate(const google::type::Date& date);

// `2025-02-08`.
std::string DateText(const google::type::Date& date);
std::optional<google::type::Date> ParseDateText(std::string_view text);

// Microsecond precision, as in the database.
google::protobuf::Timestamp ToTimestamp(absl::Time time);
absl::Time FromTimestamp(const google::protobuf::Timestamp& timestamp);

// A message or a repeated field as the API's JSON, with fields named as in the .proto.
// Deterministic for one version of the program; never hashed.
std::string MessageToJson(const google::protobuf::Message& message);
absl::Status JsonToMessage(std::string_view json, google::protobuf::Message* message);

}  // namespace rollcall

#endif  // ROLLCALL_STORAGE_VALUE_CODEC_H_
