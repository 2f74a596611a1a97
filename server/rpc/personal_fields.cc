#include "server/rpc/personal_fields.h"

#include "absl/container/flat_hash_map.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "rollcall/v1/options.pb.h"

namespace rollcall::rpc {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

// The fields of a type that matter here.
struct Plan {
  std::vector<const FieldDescriptor*> personal;
  std::vector<const FieldDescriptor*> messages;  // Not personal themselves.
  const FieldDescriptor* person = nullptr;       // May name a person.
};

const Plan& PlanOf(const Descriptor* type) {
  thread_local absl::flat_hash_map<const Descriptor*, std::unique_ptr<Plan>> plans;
  std::unique_ptr<Plan>& plan = plans[type];
  if (plan != nullptr) return *plan;
  plan = std::make_unique<Plan>();
  for (int i = 0; i < type->field_count(); ++i) {
    const FieldDescriptor* field = type->field(i);
    if (field->options().GetExtension(v1::personal)) {
      plan->personal.push_back(field);
    } else if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE &&
               !absl::StartsWith(field->message_type()->full_name(), "google.")) {
      plan->messages.push_back(field);
    }
  }
  for (const char* name : {"person", "name", "parent"}) {
    const FieldDescriptor* field = type->FindFieldByName(name);
    if (plan->person == nullptr && field != nullptr && !field->is_repeated() &&
        field->cpp_type() == FieldDescriptor::CPPTYPE_STRING) {
      plan->person = field;
    }
  }
  return *plan;
}

bool IsSet(const Message& message, const FieldDescriptor* field) {
  const Reflection* reflection = message.GetReflection();
  return field->is_repeated() ? reflection->FieldSize(message, field) > 0
                              : reflection->HasField(message, field);
}

// Calls `visit` for each message in a field.
template <typename Visit>
void ForEachChild(const Message& message, const FieldDescriptor* field, Visit visit) {
  const Reflection* reflection = message.GetReflection();
  if (field->is_repeated()) {
    const int size = reflection->FieldSize(message, field);
    for (int i = 0; i < size; ++i) visit(reflection->GetRepeatedMessage(message, field, i));
  } else if (reflection->HasField(message, field)) {
    visit(reflection->GetMessage(message, field));
  }
}

void MaskField(const FieldDescriptor* field, Message* message) {
  const Reflection* reflection = message->GetReflection();
  if (field->type() != FieldDescriptor::TYPE_STRING) {
    reflection->ClearField(message, field);
  } else if (field->is_repeated()) {
    for (int i = 0; i < reflection->FieldSize(*message, field); ++i) {
      reflection->SetRepeatedString(message, field, i, kMask);
    }
  } else {
    reflection->SetString(message, field, kMask);
  }
}

void Collect(const Message& message, PersonalContent* content) {
  const Plan& plan = PlanOf(message.GetDescriptor());
  bool any = false;
  for (const FieldDescriptor* field : plan.personal) {
    if (!IsSet(message, field)) continue;
    any = true;
    content->fields.insert(field->name());
  }
  if (!any) {
    for (const FieldDescriptor* field : plan.messages) {
      ForEachChild(message, field, [&](const Message& child) { Collect(child, content); });
    }
    return;
  }
  ++content->people;
  if (plan.person == nullptr || content->numbers.size() >= PersonalContent::kMaxNumbers) return;
  const std::string name = message.GetReflection()->GetString(message, plan.person);
  std::int64_t number = 0;
  if (absl::StartsWith(name, "people/") && absl::SimpleAtoi(name.substr(7), &number)) {
    content->numbers.push_back(number);
  }
}

}  // namespace

bool MaskPersonalFields(Message* message) {
  const Plan& plan = PlanOf(message->GetDescriptor());
  const Reflection* reflection = message->GetReflection();
  bool masked = false;
  for (const FieldDescriptor* field : plan.personal) {
    if (!IsSet(*message, field)) continue;
    MaskField(field, message);
    masked = true;
  }
  for (const FieldDescriptor* field : plan.messages) {
    if (field->is_repeated()) {
      const int size = reflection->FieldSize(*message, field);
      for (int i = 0; i < size; ++i) {
        masked |= MaskPersonalFields(reflection->MutableRepeatedMessage(message, field, i));
      }
    } else if (reflection->HasField(*message, field)) {
      masked |= MaskPersonalFields(reflection->MutableMessage(message, field));
    }
  }
  return masked;
}

bool HasPersonalFields(const Message& message) { return FindPersonalContent(message).people > 0; }

PersonalContent FindPersonalContent(const Message& message) {
  PersonalContent content;
  Collect(message, &content);
  return content;
}

}  // namespace rollcall::rpc
