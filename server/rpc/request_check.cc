#include "server/rpc/request_check.h"

#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "google/api/field_behavior.pb.h"
#include "google/type/date.pb.h"
#include "storage/status.h"
#include "storage/value_codec.h"

namespace rollcall::rpc {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

bool HasBehavior(const FieldDescriptor* field, google::api::FieldBehavior behavior) {
  const auto& options = field->options();
  for (int i = 0; i < options.ExtensionSize(google::api::field_behavior); ++i) {
    if (options.GetExtension(google::api::field_behavior, i) == behavior) return true;
  }
  return false;
}

bool IsUuid(const std::string& text) {
  if (text.size() != 36) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    const auto byte = static_cast<unsigned char>(text[i]);
    if (dash ? byte != '-' : !absl::ascii_isxdigit(byte)) return false;
  }
  return true;
}

class Checker {
 public:
  // In a `partial` message required fields may be unset: the resource of an update, whose result
  // the use case checks.
  void Check(const Message& message, const std::string& prefix, bool partial = false) {
    const auto* type = message.GetDescriptor();
    const Reflection* reflection = message.GetReflection();
    if (type == google::type::Date::descriptor()) {
      google::type::Date date;
      date.CopyFrom(message);
      if (!IsValidDate(date)) {
        Add(prefix.substr(0, prefix.size() - 1),
            "is not a day of the calendar between 1900-01-01 and 2200-12-31");
      }
      return;
    }
    if (absl::StartsWith(type->full_name(), "google.protobuf.")) return;
    const bool is_update = prefix.empty() && type->FindFieldByName("update_mask") != nullptr;
    for (int i = 0; i < type->field_count(); ++i) {
      const FieldDescriptor* field = type->field(i);
      if (HasBehavior(field, google::api::OUTPUT_ONLY)) continue;
      const std::string path = absl::StrCat(prefix, field->name());
      if (field->is_repeated()) {
        const int size = reflection->FieldSize(message, field);
        if (size > kMaxListEntries) {
          Add(path,
              absl::StrCat("has ", size, " entries; at most ", kMaxListEntries, " are allowed"));
          continue;
        }
        if (size == 0 && !partial && HasBehavior(field, google::api::REQUIRED)) {
          Add(path, "is required: give at least one entry");
        }
        for (int j = 0; j < size; ++j) {
          CheckValue(message, reflection, field, j, absl::StrCat(path, "[", j, "]"));
        }
      } else if (!reflection->HasField(message, field)) {
        if (!partial && HasBehavior(field, google::api::REQUIRED)) Add(path, "is required");
      } else if (is_update && field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
        Check(reflection->GetMessage(message, field), path + ".", /*partial=*/true);
      } else {
        CheckValue(message, reflection, field, -1, path);
      }
    }
  }

  absl::Status Result() {
    return violations_.empty() ? absl::OkStatus() : InvalidFields(std::move(violations_));
  }

 private:
  void Add(std::string field, std::string description) {
    violations_.push_back({std::move(field), std::move(description)});
  }

  // `index` is -1 for a field that is not a list.
  void CheckValue(const Message& message, const Reflection* reflection,
                  const FieldDescriptor* field, int index, const std::string& path) {
    switch (field->cpp_type()) {
      case FieldDescriptor::CPPTYPE_MESSAGE:
        Check(index < 0 ? reflection->GetMessage(message, field)
                        : reflection->GetRepeatedMessage(message, field, index),
              path + ".");
        return;
      case FieldDescriptor::CPPTYPE_STRING: {
        if (field->type() == FieldDescriptor::TYPE_BYTES) return;
        std::string scratch;
        const std::string& text =
            index < 0 ? reflection->GetStringReference(message, field, &scratch)
                      : reflection->GetRepeatedStringReference(message, field, index, &scratch);
        if (text.size() > kMaxTextBytes) {
          Add(path, absl::StrCat("is ", text.size(), " bytes long; at most ", kMaxTextBytes,
                                 " are allowed"));
        } else if (text.find('\0') != std::string::npos) {
          Add(path, "contains a NUL byte");
        } else if (field->name() == "request_id" && !IsUuid(text)) {
          Add(path, "is not a UUID such as 123e4567-e89b-42d3-a456-426614174000");
        } else if (index >= 0 && text.empty()) {
          Add(path, "is empty");
        }
        return;
      }
      case FieldDescriptor::CPPTYPE_ENUM: {
        const int number = index < 0 ? reflection->GetEnumValue(message, field)
                                     : reflection->GetRepeatedEnumValue(message, field, index);
        if (field->enum_type()->FindValueByNumber(number) == nullptr) {
          Add(path, absl::StrCat(number, " is not a value of ", field->enum_type()->name()));
        }
        return;
      }
      case FieldDescriptor::CPPTYPE_INT32:
        if (index < 0 && field->name() == "page_size" && reflection->GetInt32(message, field) < 0) {
          Add(path, "must not be negative");
        }
        return;
      default:
        return;
    }
  }

  std::vector<FieldViolation> violations_;
};

}  // namespace

absl::Status CheckRequest(const Message& request) {
  Checker checker;
  checker.Check(request, "");
  return checker.Result();
}

}  // namespace rollcall::rpc
