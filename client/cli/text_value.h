// Texts to values and back: what people type in a flag or a file, and what they read in a table.
#ifndef ROLLCALL_CLIENT_CLI_TEXT_VALUE_H_
#define ROLLCALL_CLIENT_CLI_TEXT_VALUE_H_

#include <google/protobuf/message.h>

#include <chrono>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "google/type/date.pb.h"

namespace rollcall::cli {

// Sets a singular field, or adds to a repeated one, from text:
//   dates          2025-02-08, a day that exists
//   times          2025-02-08T14:03:11Z, or with an offset such as -06:00 instead of Z
//   school years   2027 or 2026-27
//   booleans       true, false, yes, no
//   enums          by word, see EnumWord
//   money          USD 1000000 or USD 0.25
//   field masks    paths separated by commas
//   names          full or short, see ExpandName, with `context` for ids left out
//   messages with a bare-text field: that field, for instance the element of a shared element
//   elements of a transfer: the element, or the element and for how many ids it had a value,
//                  student.medicaid_id=812
// `message` must be of the field's containing type. On an error it is left unchanged.
// Errors: InvalidArgument, whose text says what was expected; also for text that is not UTF-8.
absl::Status SetFromText(const google::protobuf::FieldDescriptor& field, std::string_view text,
                         std::string_view context, google::protobuf::Message* message);

// True if SetFromText can fill the field.
bool TakesText(const google::protobuf::FieldDescriptor& field);

// How names are written by TextOf.
enum class NameStyle { kFull, kShort };

// The text for a field, empty if it is not set: dates as 2025-02-08, enums as words, amounts as
// USD 1000, periods as `72 hours from vendor-confirmed`, times as 2025-02-08T14:03:11Z, values of
// repeated fields joined by `separator`, other messages as `key: value` pairs.
std::string TextOf(const google::protobuf::Message& message,
                   const google::protobuf::FieldDescriptor& field, NameStyle names,
                   std::string_view separator);

// The text that SetFromText with the same context turns back into this value: of a singular field
// (`index` is -1) or of one value of a repeated one. The field is set and TakesText.
std::string WritableText(const google::protobuf::Message& message,
                         const google::protobuf::FieldDescriptor& field, int index,
                         std::string_view context);

// Dates. ParseDate accepts exactly YYYY-MM-DD.
absl::StatusOr<google::type::Date> ParseDate(std::string_view text);
std::string DateText(const google::type::Date& date);

// 2027 for `2027`, `2026-27` and `2026-2027`; and back, as `2026-27`.
absl::StatusOr<int> ParseSchoolYear(std::string_view text);
std::string SchoolYearText(int year);

// A length of time such as 500ms, 30s, 5m or 2h; a bare number counts seconds. At least 1 ms.
absl::StatusOr<std::chrono::milliseconds> ParseDuration(std::string_view text);

// True if the bytes are UTF-8 as the API takes it.
bool IsUtf8(std::string_view text);

}  // namespace rollcall::cli

#endif  // ROLLCALL_CLIENT_CLI_TEXT_VALUE_H_
