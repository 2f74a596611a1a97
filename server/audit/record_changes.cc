#include "server/audit/record_changes.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/util/message_differencer.h>

#include <memory>

#include "absl/strings/str_cat.h"
#include "rollcall/v1/options.pb.h"
#include "server/audit/json_text.h"
#include "storage/value_codec.h"

namespace rollcall::audit {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;
using google::protobuf::util::MessageDifferencer;

bool SaysNothing(const FieldDescriptor* field) {
  const std::string& name = field->name();
  return name == "name" || name == "etag" || name == "create_time" || name == "update_time" ||
         name == "revision";
}

bool IsSet(const Message& record, const FieldDescriptor* field) {
  const Reflection* reflection = record.GetReflection();
  return field->is_repeated() ? reflection->FieldSize(record, field) > 0
                              : reflection->HasField(record, field);
}

// Lists, maps and structures: a record that holds only this field, as JSON, without its braces.
std::string JsonOfStructure(const Message& record, const FieldDescriptor* field) {
  const std::unique_ptr<Message> holder(record.New());
  holder->CopyFrom(record);
  std::vector<const FieldDescriptor*> set;
  const Reflection* reflection = holder->GetReflection();
  reflection->ListFields(*holder, &set);
  for (const FieldDescriptor* other : set) {
    if (other != field) reflection->ClearField(holder.get(), other);
  }
  const std::string json = MessageToJson(*holder);
  const std::size_t begin = json.find(':') + 1;
  return json.substr(begin, json.size() - begin - 1);
}

std::string JsonOf(const Message& record, const FieldDescriptor* field) {
  if (field->is_repeated()) return JsonOfStructure(record, field);
  const Reflection* reflection = record.GetReflection();
  std::string json;
  switch (field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING:
      if (field->type() == FieldDescriptor::TYPE_BYTES) return JsonOfStructure(record, field);
      AppendJsonString(reflection->GetString(record, field), &json);
      return json;
    case FieldDescriptor::CPPTYPE_BOOL:
      return reflection->GetBool(record, field) ? "true" : "false";
    case FieldDescriptor::CPPTYPE_INT32:
      return absl::StrCat(reflection->GetInt32(record, field));
    case FieldDescriptor::CPPTYPE_UINT32:
      return absl::StrCat(reflection->GetUInt32(record, field));
    case FieldDescriptor::CPPTYPE_INT64:
      return absl::StrCat("\"", reflection->GetInt64(record, field), "\"");
    case FieldDescriptor::CPPTYPE_UINT64:
      return absl::StrCat("\"", reflection->GetUInt64(record, field), "\"");
    default:
      return JsonOfStructure(record, field);
  }
}

// Spares making JSON of structures that did not change.
bool SameStructure(const Message& before, const Message& after, const FieldDescriptor* field) {
  if (field->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) return false;
  const Reflection* reflection = before.GetReflection();
  if (!field->is_repeated()) {
    return MessageDifferencer::Equals(reflection->GetMessage(before, field),
                                      reflection->GetMessage(after, field));
  }
  const int size = reflection->FieldSize(before, field);
  if (field->is_map() || size != reflection->FieldSize(after, field)) return false;
  for (int i = 0; i < size; ++i) {
    if (!MessageDifferencer::Equals(reflection->GetRepeatedMessage(before, field, i),
                                    reflection->GetRepeatedMessage(after, field, i))) {
      return false;
    }
  }
  return true;
}

}  // namespace

bool RecordDiffer::HasPersonal(const google::protobuf::Descriptor* type) {
  const auto [it, added] = personal_types_.emplace(type, false);
  if (!added) return it->second;
  bool personal = false;
  for (int i = 0; i < type->field_count() && !personal; ++i) personal = IsPersonal(type->field(i));
  return personal_types_[type] = personal;
}

bool RecordDiffer::IsPersonal(const FieldDescriptor* field) {
  return field->options().GetExtension(v1::personal) ||
         (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE &&
          HasPersonal(field->message_type()));
}

EntryChange RecordDiffer::Diff(const RecordChange& change, NewSalt new_salt,
                               std::vector<HiddenValue>* hidden) {
  EntryChange result{change.name, {}};
  const Message* const before = change.before.get();
  const Message* const after = change.after.get();
  const Message* const either = after != nullptr ? after : before;
  if (either == nullptr) return result;
  const google::protobuf::Descriptor* const type = either->GetDescriptor();
  for (int i = 0; i < type->field_count(); ++i) {
    const FieldDescriptor* const field = type->field(i);
    if (SaysNothing(field)) continue;
    const bool was = before != nullptr && IsSet(*before, field);
    const bool is = after != nullptr && IsSet(*after, field);
    if ((!was && !is) || (was && is && SameStructure(*before, *after, field))) continue;
    FieldChange changed{field->name(), {}, {}};
    if (is) changed.after = {ChangedValue::Form::kJson, JsonOf(*after, field), {}};
    if (was) changed.before = {ChangedValue::Form::kJson, JsonOf(*before, field), {}};
    if (was && is && changed.before.json == changed.after.json) continue;
    if (IsPersonal(field)) {
      for (ChangedValue* value : {&changed.after, &changed.before}) {
        if (value->form != ChangedValue::Form::kJson) continue;
        hidden->push_back({change.name, new_salt()});
        *value = {
            ChangedValue::Form::kCommitment, {}, Commitment(hidden->back().salt, value->json)};
      }
    }
    result.fields.push_back(std::move(changed));
  }
  return result;
}

}  // namespace rollcall::audit
