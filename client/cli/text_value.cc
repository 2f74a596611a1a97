#include "client/cli/text_value.h"

#include <google/protobuf/field_mask.pb.h>
#include <google/protobuf/timestamp.pb.h>
#include <google/protobuf/util/time_util.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "client/cli/field_words.h"
#include "client/cli/resource_name.h"
#include "google/type/money.pb.h"
#include "rollcall/v1/catalog_service.pb.h"
#include "rollcall/v1/common.pb.h"
#include "rollcall/v1/share_service.pb.h"
#include "rollcall/v1/transfer_service.pb.h"

namespace rollcall::cli {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

template <typename... Parts>
absl::Status Bad(const Parts&... parts) {
  return absl::InvalidArgumentError(absl::StrCat(parts...));
}

bool IsType(const FieldDescriptor& field, const google::protobuf::Descriptor* type) {
  return field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE && field.message_type() == type;
}

absl::StatusOr<bool> ParseBool(const std::string& text) {
  bool value = false;
  if (!absl::SimpleAtob(text, &value)) return Bad("'", text, "' is neither true nor false");
  return value;
}

absl::StatusOr<google::type::Money> ParseMoney(const std::string& text) {
  const std::vector<std::string> parts = absl::StrSplit(text, ' ', absl::SkipEmpty());
  const auto bad = [&] {
    return Bad("'", text, "' is not an amount; write a currency and a number, such as USD 1000000");
  };
  if (parts.size() != 2 || parts[0].size() != 3) return bad();
  const std::vector<std::string> number = absl::StrSplit(parts[1], '.');
  google::type::Money money;
  std::int64_t units = 0;
  if (number.size() > 2 || !absl::SimpleAtoi(number[0], &units)) return bad();
  std::int32_t nanos = 0;
  if (number.size() == 2) {
    std::string digits = number[1];
    if (digits.empty() || digits.size() > 9 ||
        digits.find_first_not_of("0123456789") != std::string::npos) {
      return bad();
    }
    digits.resize(9, '0');
    if (!absl::SimpleAtoi(digits, &nanos)) return bad();
  }
  money.set_currency_code(parts[0]);
  money.set_units(units);
  money.set_nanos(number[0].front() == '-' ? -nanos : nanos);
  return money;
}

std::string MoneyText(const google::type::Money& money) {
  std::string text = absl::StrCat(money.currency_code(), " ");
  if (money.units() == 0 && money.nanos() < 0) text += '-';
  absl::StrAppend(&text, money.units());
  if (money.nanos() != 0) {
    std::string digits = absl::StrFormat("%09d", std::abs(money.nanos()));
    digits.erase(digits.find_last_not_of('0') + 1);
    absl::StrAppend(&text, ".", digits);
  }
  return text;
}

std::string PeriodText(const v1::NoticePeriod& period) {
  std::vector<std::string> parts;
  if (period.length() != 0) parts.push_back(absl::StrCat(period.length()));
  const Message& message = period;
  for (const char* name : {"unit", "start_event"}) {
    std::string word = TextOf(message, *v1::NoticePeriod::descriptor()->FindFieldByName(name),
                              NameStyle::kFull, "");
    if (word.empty()) continue;
    if (std::string_view(name) == "start_event") parts.emplace_back("from");
    parts.push_back(std::move(word));
  }
  return absl::StrJoin(parts, " ");
}

std::string TimeText(const google::protobuf::Timestamp& time) {
  google::protobuf::Timestamp whole = time;
  whole.set_nanos(0);
  return google::protobuf::util::TimeUtil::ToString(whole);
}

// Sets an element of a file from `ELEMENT` or `ELEMENT=POPULATED`.
absl::Status ParseTransferElement(const std::string& text, std::string_view context,
                                  v1::TransferElement* element) {
  const size_t equals = text.find('=');
  if (equals != std::string::npos) {
    std::int64_t populated = 0;
    if (!absl::SimpleAtoi(text.substr(equals + 1), &populated) || populated < 0) {
      return Bad("'", text, "' needs a count after the =, such as student.medicaid_id=812");
    }
    element->set_populated(populated);
  }
  return SetFromText(*v1::TransferElement::descriptor()->FindFieldByName("data_element"),
                     text.substr(0, equals), context, element);
}

template <typename Value>
void Put(const FieldDescriptor& field, Message* message, Value value,
         void (Reflection::*set)(Message*, const FieldDescriptor*, Value) const,
         void (Reflection::*add)(Message*, const FieldDescriptor*, Value) const) {
  const Reflection* reflection = message->GetReflection();
  (reflection->*(field.is_repeated() ? add : set))(message, &field, value);
}

Message* PutMessage(const FieldDescriptor& field, Message* message) {
  const Reflection* reflection = message->GetReflection();
  return field.is_repeated() ? reflection->AddMessage(message, &field)
                             : reflection->MutableMessage(message, &field);
}

absl::Status SetInteger(const FieldDescriptor& field, const std::string& text, Message* message) {
  std::int64_t number = 0;
  if (IsSchoolYear(field)) {
    const absl::StatusOr<int> year = ParseSchoolYear(text);
    if (!year.ok()) return year.status();
    number = *year;
  } else if (!absl::SimpleAtoi(text, &number)) {
    return Bad("'", text, "' is not a whole number");
  }
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT32:
      if (number < INT32_MIN || number > INT32_MAX) return Bad("'", text, "' is too large");
      Put(field, message, static_cast<std::int32_t>(number), &Reflection::SetInt32,
          &Reflection::AddInt32);
      return absl::OkStatus();
    case FieldDescriptor::CPPTYPE_UINT32:
      if (number < 0 || number > UINT32_MAX) return Bad("'", text, "' is out of range");
      Put(field, message, static_cast<std::uint32_t>(number), &Reflection::SetUInt32,
          &Reflection::AddUInt32);
      return absl::OkStatus();
    default:
      Put(field, message, number, &Reflection::SetInt64, &Reflection::AddInt64);
      return absl::OkStatus();
  }
}

absl::Status SetString(const FieldDescriptor& field, const std::string& text,
                       std::string_view context, Message* message) {
  std::string value = text;
  if (const auto patterns = NamePatterns(field); !patterns.empty() && !text.empty()) {
    absl::StatusOr<std::string> name = ExpandName(text, patterns, context);
    if (!name.ok()) return name.status();
    value = *std::move(name);
  }
  Put(field, message, std::move(value), &Reflection::SetString, &Reflection::AddString);
  return absl::OkStatus();
}

absl::Status SetMessage(const FieldDescriptor& field, const std::string& text,
                        std::string_view context, Message* message) {
  if (IsType(field, google::type::Date::descriptor())) {
    const absl::StatusOr<google::type::Date> date = ParseDate(text);
    if (!date.ok()) return date.status();
    PutMessage(field, message)->CopyFrom(*date);
    return absl::OkStatus();
  }
  if (IsType(field, google::type::Money::descriptor())) {
    const absl::StatusOr<google::type::Money> money = ParseMoney(text);
    if (!money.ok()) return money.status();
    PutMessage(field, message)->CopyFrom(*money);
    return absl::OkStatus();
  }
  if (IsType(field, google::protobuf::FieldMask::descriptor())) {
    google::protobuf::FieldMask mask;
    for (const auto path : absl::StrSplit(text, ',', absl::SkipWhitespace())) {
      mask.add_paths(std::string(absl::StripAsciiWhitespace(path)));
    }
    PutMessage(field, message)->CopyFrom(mask);
    return absl::OkStatus();
  }
  if (IsType(field, google::protobuf::Timestamp::descriptor())) {
    google::protobuf::Timestamp time;
    if (!google::protobuf::util::TimeUtil::FromString(text, &time)) {
      return Bad("'", text, "' is not a time; write it as 2025-02-08T14:03:11Z");
    }
    PutMessage(field, message)->CopyFrom(time);
    return absl::OkStatus();
  }
  if (IsType(field, v1::TransferElement::descriptor())) {
    v1::TransferElement element;
    absl::Status parsed = ParseTransferElement(text, context, &element);
    if (parsed.ok()) PutMessage(field, message)->CopyFrom(element);
    return parsed;
  }
  if (const FieldDescriptor* bare = BareTextField(*field.message_type())) {
    Message* value = PutMessage(field, message);
    absl::Status set = SetFromText(*bare, text, context, value);
    if (!set.ok() && field.is_repeated()) message->GetReflection()->RemoveLast(message, &field);
    return set;
  }
  return Bad("a text cannot stand for ", field.name(), "; give its fields");
}

// The text of one value, where `index` is -1 for a singular field.
std::string OneText(const Message& message, const FieldDescriptor& field, int index,
                    NameStyle names);

std::string PairsText(const Message& message, NameStyle names) {
  std::vector<const FieldDescriptor*> fields;
  message.GetReflection()->ListFields(message, &fields);
  std::vector<std::string> pairs;
  for (const FieldDescriptor* field : fields) {
    pairs.push_back(
        absl::StrCat(FlagWord(field->name()), ": ", TextOf(message, *field, names, " ")));
  }
  return absl::StrJoin(pairs, ", ");
}

std::string MessageText(const Message& value, NameStyle names) {
  const google::protobuf::Descriptor* type = value.GetDescriptor();
  if (type == google::type::Date::descriptor()) {
    return DateText(static_cast<const google::type::Date&>(value));
  }
  if (type == google::type::Money::descriptor()) {
    return MoneyText(static_cast<const google::type::Money&>(value));
  }
  if (type == google::protobuf::Timestamp::descriptor()) {
    return TimeText(static_cast<const google::protobuf::Timestamp&>(value));
  }
  if (type == google::protobuf::FieldMask::descriptor()) {
    return absl::StrJoin(static_cast<const google::protobuf::FieldMask&>(value).paths(), ",");
  }
  if (type == v1::NoticePeriod::descriptor()) {
    return PeriodText(static_cast<const v1::NoticePeriod&>(value));
  }
  if (type == v1::LocalizedText::descriptor()) {
    const auto& text = static_cast<const v1::LocalizedText&>(value);
    return absl::StrCat(text.language_code(), ": ", text.text());
  }
  if (type == v1::Citation::descriptor()) {
    const auto& citation = static_cast<const v1::Citation&>(value);
    return absl::StrCat(citation.reference(), citation.verified() ? "" : " (not verified)");
  }
  if (type == v1::SharedElement::descriptor()) {
    const auto& shared = static_cast<const v1::SharedElement&>(value);
    const FieldDescriptor& element = *v1::SharedElement::descriptor()->FindFieldByNumber(1);
    return absl::StrCat(TextOf(value, element, names, ""), shared.optional() ? " (optional)" : "",
                        shared.condition_program().empty() ? "" : " if ",
                        shared.condition_program());
  }
  if (type == v1::TransferElement::descriptor()) {
    const auto& element = static_cast<const v1::TransferElement&>(value);
    const FieldDescriptor& name = *v1::TransferElement::descriptor()->FindFieldByNumber(1);
    return element.has_populated()
               ? absl::StrCat(TextOf(value, name, names, ""), "=", element.populated())
               : TextOf(value, name, names, "");
  }
  if (const FieldDescriptor* bare = BareTextField(*type); bare != nullptr) {
    std::vector<const FieldDescriptor*> fields;
    value.GetReflection()->ListFields(value, &fields);
    if (fields.size() <= 1 || type->name() == "ExposedElement" ||
        type->name() == "RemovedElement") {
      return TextOf(value, *bare, names, "");
    }
  }
  return PairsText(value, names);
}

std::string OneText(const Message& message, const FieldDescriptor& field, int index,
                    NameStyle names) {
  const Reflection* r = message.GetReflection();
  const bool repeated = index >= 0;
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING: {
      std::string text =
          repeated ? r->GetRepeatedString(message, &field, index) : r->GetString(message, &field);
      if (names == NameStyle::kShort) {
        for (const std::string& pattern : NamePatterns(field)) {
          std::string shortened = ShortenName(text, pattern);
          if (shortened != text) return shortened;
        }
      }
      return text;
    }
    case FieldDescriptor::CPPTYPE_BOOL:
      return (repeated ? r->GetRepeatedBool(message, &field, index) : r->GetBool(message, &field))
                 ? "yes"
                 : "no";
    case FieldDescriptor::CPPTYPE_ENUM:
      return EnumWord(
          *(repeated ? r->GetRepeatedEnum(message, &field, index) : r->GetEnum(message, &field)));
    case FieldDescriptor::CPPTYPE_INT32: {
      const std::int32_t number =
          repeated ? r->GetRepeatedInt32(message, &field, index) : r->GetInt32(message, &field);
      if (IsSchoolYear(field)) return number == 0 ? std::string() : SchoolYearText(number);
      return absl::StrCat(number);
    }
    case FieldDescriptor::CPPTYPE_INT64:
      return absl::StrCat(repeated ? r->GetRepeatedInt64(message, &field, index)
                                   : r->GetInt64(message, &field));
    case FieldDescriptor::CPPTYPE_UINT32:
      return absl::StrCat(repeated ? r->GetRepeatedUInt32(message, &field, index)
                                   : r->GetUInt32(message, &field));
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return absl::StrFormat("%.6g", repeated ? r->GetRepeatedDouble(message, &field, index)
                                              : r->GetDouble(message, &field));
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return MessageText(
          repeated ? r->GetRepeatedMessage(message, &field, index) : r->GetMessage(message, &field),
          names);
    default:
      return {};
  }
}

}  // namespace

bool TakesText(const FieldDescriptor& field) {
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return IsType(field, google::type::Date::descriptor()) ||
             IsType(field, google::type::Money::descriptor()) ||
             IsType(field, google::protobuf::FieldMask::descriptor()) ||
             IsType(field, google::protobuf::Timestamp::descriptor()) ||
             BareTextField(*field.message_type()) != nullptr;
    case FieldDescriptor::CPPTYPE_STRING:
      return field.type() == FieldDescriptor::TYPE_STRING;
    default:
      return true;
  }
}

absl::Status SetFromText(const FieldDescriptor& field, std::string_view text,
                         std::string_view context, Message* message) {
  if (!IsUtf8(text)) return Bad("the text is not valid UTF-8");
  const std::string value(text);
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING:
      if (field.type() != FieldDescriptor::TYPE_STRING) break;
      return SetString(field, value, context, message);
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return SetMessage(field, value, context, message);
    case FieldDescriptor::CPPTYPE_BOOL: {
      const absl::StatusOr<bool> parsed = ParseBool(value);
      if (!parsed.ok()) return parsed.status();
      Put(field, message, *parsed, &Reflection::SetBool, &Reflection::AddBool);
      return absl::OkStatus();
    }
    case FieldDescriptor::CPPTYPE_ENUM: {
      const auto* found = FindEnumValue(*field.enum_type(), text);
      if (found == nullptr) {
        return Bad("'", value, "' is not known here; one of: ",
                   absl::StrJoin(EnumWords(*field.enum_type()), ", "));
      }
      Put(field, message, found, &Reflection::SetEnum, &Reflection::AddEnum);
      return absl::OkStatus();
    }
    case FieldDescriptor::CPPTYPE_INT32:
    case FieldDescriptor::CPPTYPE_INT64:
    case FieldDescriptor::CPPTYPE_UINT32:
      return SetInteger(field, value, message);
    case FieldDescriptor::CPPTYPE_DOUBLE: {
      double number = 0;
      if (!absl::SimpleAtod(value, &number)) return Bad("'", value, "' is not a number");
      Put(field, message, number, &Reflection::SetDouble, &Reflection::AddDouble);
      return absl::OkStatus();
    }
    default:
      break;
  }
  return Bad("a text cannot stand for ", field.name());
}

std::string TextOf(const Message& message, const FieldDescriptor& field, NameStyle names,
                   std::string_view separator) {
  const Reflection* reflection = message.GetReflection();
  if (!field.is_repeated()) {
    if (field.has_presence() && !reflection->HasField(message, &field)) return {};
    return OneText(message, field, -1, names);
  }
  std::string joined;
  const int count = reflection->FieldSize(message, &field);
  for (int i = 0; i < count; ++i) {
    if (i > 0) joined += separator;
    joined += OneText(message, field, i, names);
  }
  return joined;
}

std::string WritableText(const Message& message, const FieldDescriptor& field, int index,
                         std::string_view context) {
  if (field.cpp_type() == FieldDescriptor::CPPTYPE_BOOL) {
    return OneText(message, field, index, NameStyle::kFull) == "yes" ? "true" : "false";
  }
  std::string text = OneText(message, field, index, NameStyle::kFull);
  for (const std::string& pattern : NamePatterns(field)) {
    std::string shortened = ShortenName(text, pattern, context);
    if (shortened != text) return shortened;
  }
  return text;
}

absl::StatusOr<google::type::Date> ParseDate(std::string_view text) {
  const std::string value(text);
  const std::vector<std::string> parts = absl::StrSplit(value, '-');
  google::type::Date date;
  std::int32_t year = 0;
  std::int32_t month = 0;
  std::int32_t day = 0;
  const bool shaped = parts.size() == 3 && parts[0].size() == 4 && parts[1].size() == 2 &&
                      parts[2].size() == 2 &&
                      value.find_first_not_of("0123456789-") == std::string::npos &&
                      absl::SimpleAtoi(parts[0], &year) && absl::SimpleAtoi(parts[1], &month) &&
                      absl::SimpleAtoi(parts[2], &day);
  if (!shaped) return Bad("'", value, "' is not a date; write it as 2025-02-08");
  const std::chrono::year_month_day ymd(std::chrono::year(year),
                                        std::chrono::month(static_cast<unsigned>(month)),
                                        std::chrono::day(static_cast<unsigned>(day)));
  if (year < 1 || !ymd.ok()) return Bad("there is no day ", value);
  date.set_year(year);
  date.set_month(month);
  date.set_day(day);
  return date;
}

std::string DateText(const google::type::Date& date) {
  return absl::StrFormat("%04d-%02d-%02d", date.year(), date.month(), date.day());
}

absl::StatusOr<int> ParseSchoolYear(std::string_view text) {
  const std::string value(text);
  const std::vector<std::string> parts = absl::StrSplit(value, '-');
  int first = 0;
  int last = 0;
  const auto bad = [&] {
    return Bad("'", value,
               "' is not a school year; write 2026-27, or 2027 for the year it ends in");
  };
  if (value.find_first_not_of("0123456789-") != std::string::npos || parts[0].size() != 4 ||
      !absl::SimpleAtoi(parts[0], &first)) {
    return bad();
  }
  if (parts.size() == 1) return first;
  if (parts.size() != 2 || !absl::SimpleAtoi(parts[1], &last)) return bad();
  const bool follows = parts[1].size() == 4   ? last == first + 1
                       : parts[1].size() == 2 ? last == (first + 1) % 100
                                              : false;
  if (!follows) return bad();
  return first + 1;
}

std::string SchoolYearText(int year) { return absl::StrFormat("%04d-%02d", year - 1, year % 100); }

absl::StatusOr<std::chrono::milliseconds> ParseDuration(std::string_view text) {
  const std::string value(text);
  const size_t digits = value.find_first_not_of("0123456789");
  const std::string unit = digits == std::string::npos ? "s" : value.substr(digits);
  constexpr std::int64_t kLongestSeconds = 7 * 24 * 3600;
  std::int64_t number = 0;
  std::int64_t factor = 0;
  if (unit == "ms") factor = 1;
  if (unit == "s") factor = 1000;
  if (unit == "m") factor = 60 * 1000;
  if (unit == "h") factor = 3600 * 1000;
  if (factor == 0 || !absl::SimpleAtoi(value.substr(0, digits), &number) || number < 1 ||
      number > kLongestSeconds * 1000 / factor) {
    return Bad("'", value, "' is not a length of time; write 500ms, 30s, 5m or 2h, a week at most");
  }
  return std::chrono::milliseconds(number * factor);
}

bool IsUtf8(std::string_view text) {
  size_t i = 0;
  while (i < text.size()) {
    const auto lead = static_cast<unsigned char>(text[i]);
    if (lead < 0x80) {
      ++i;
      continue;
    }
    const size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
    if (lead < 0xC2 || lead > 0xF4 || i + length > text.size()) return false;
    std::uint32_t point = lead & (0xFFU >> (length + 1));
    for (size_t k = 1; k < length; ++k) {
      const auto next = static_cast<unsigned char>(text[i + k]);
      if ((next & 0xC0U) != 0x80U) return false;
      point = (point << 6U) | (next & 0x3FU);
    }
    constexpr std::uint32_t kSmallest[] = {0, 0, 0x80, 0x800, 0x10000};
    if (point < kSmallest[length] || point > 0x10FFFF || (point >= 0xD800 && point <= 0xDFFF)) {
      return false;
    }
    i += length;
  }
  return true;
}

}  // namespace rollcall::cli
