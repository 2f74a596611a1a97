#include "client/cli/yaml_message.h"

#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "client/cli/field_words.h"
#include "client/cli/text_value.h"
#include "google/type/date.pb.h"

namespace rollcall::cli {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

bool IsMessage(const FieldDescriptor& field) {
  return field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE;
}

// The field that a key speaks of, also within a flattened field; `*owner` becomes the message
// that has it.
const FieldDescriptor* FindFieldThrough(std::string_view key, Message** owner) {
  const Descriptor* type = (*owner)->GetDescriptor();
  if (const FieldDescriptor* field = FindField(*type, key)) return field;
  for (int i = 0; i < type->field_count(); ++i) {
    const FieldDescriptor* outer = type->field(i);
    if (!IsFlattened(*outer)) continue;
    if (const FieldDescriptor* field = FindField(*outer->message_type(), key)) {
      *owner = (*owner)->GetReflection()->MutableMessage(*owner, outer);
      return field;
    }
  }
  return nullptr;
}

std::string KnownKeys(const Descriptor& type) {
  std::string keys;
  for (int i = 0; i < type.field_count(); ++i) {
    const FieldDescriptor* field = type.field(i);
    if (IsOutputOnly(*field) || field->name() == "etag") continue;
    if (!keys.empty()) keys += ", ";
    if (IsFlattened(*field)) {
      keys += KnownKeys(*field->message_type());
      continue;
    }
    const std::vector<std::string> aliases = FieldAliases(*field);
    keys += aliases.empty() ? field->name() : aliases.front();
  }
  return keys;
}

void FillOne(const YAML::Node& node, const std::string& key, std::string_view context,
             const FieldDescriptor& field, Message* message, std::vector<FileProblem>* problems) {
  if (node.IsScalar()) {
    if (!TakesText(field)) {
      problems->push_back(ProblemAt(
          node, key,
          absl::StrCat("must be a mapping with the keys ", KnownKeys(*field.message_type()))));
      return;
    }
    const absl::Status set = SetFromText(field, node.Scalar(), context, message);
    if (!set.ok()) problems->push_back(ProblemAt(node, key, std::string(set.message())));
    return;
  }
  if (!IsMessage(field) || !node.IsMap()) {
    problems->push_back(ProblemAt(node, key, "must be a single value"));
    return;
  }
  const Reflection* reflection = message->GetReflection();
  Message* value = field.is_repeated() ? reflection->AddMessage(message, &field)
                                       : reflection->MutableMessage(message, &field);
  FillFromYaml(node, key, context, value, problems);
}

// True for a text that other readers of YAML would take for a number or a truth value.
bool LooksTyped(const std::string& text) {
  double number = 0;
  const std::string lower = absl::AsciiStrToLower(text);
  return absl::SimpleAtod(text, &number) || lower == "yes" || lower == "no" || lower == "on" ||
         lower == "off" || lower == "true" || lower == "false" || lower == "y" || lower == "n";
}

void EmitText(const FieldDescriptor& field, const std::string& text, YAML::Emitter* out) {
  if (field.cpp_type() == FieldDescriptor::CPPTYPE_STRING && LooksTyped(text)) {
    *out << YAML::DoubleQuoted;
  }
  *out << text;
}

void EmitValue(const Message& message, const FieldDescriptor& field, int index,
               std::string_view context, YAML::Emitter* out) {
  if (!IsMessage(field)) {
    EmitText(field, WritableText(message, field, index, context), out);
    return;
  }
  const Reflection* reflection = message.GetReflection();
  const Message& value = index >= 0 ? reflection->GetRepeatedMessage(message, &field, index)
                                    : reflection->GetMessage(message, &field);
  if (const FieldDescriptor* bare = BareTextField(*field.message_type())) {
    std::vector<const FieldDescriptor*> set;
    value.GetReflection()->ListFields(value, &set);
    if (set.size() == 1 && set.front() == bare) {
      EmitText(*bare, WritableText(value, *bare, -1, context), out);
      return;
    }
  } else if (TakesText(field)) {
    *out << WritableText(message, field, index, context);
    return;
  }
  *out << (index >= 0 ? YAML::Flow : YAML::Block) << YAML::BeginMap;
  EmitFields(value, context, {}, out);
  *out << YAML::EndMap;
}

}  // namespace

std::string ProblemsText(const std::string& file, const std::vector<FileProblem>& problems) {
  std::string text;
  for (const FileProblem& problem : problems) {
    absl::StrAppend(&text, file);
    if (problem.line > 0) absl::StrAppend(&text, ":", problem.line, ":", problem.column);
    absl::StrAppend(&text, ": ", problem.key, problem.key.empty() ? "" : ": ", problem.what, "\n");
  }
  return text;
}

FileProblem ProblemAt(const YAML::Node& node, std::string key, std::string what) {
  const YAML::Mark mark = node.Mark();
  const bool placed = !mark.is_null();
  return {placed ? mark.line + 1 : 0, placed ? mark.column + 1 : 0, std::move(key),
          std::move(what)};
}

YAML::Node ParseYaml(const std::string& text, std::vector<FileProblem>* problems) {
  if (!IsUtf8(text)) {
    problems->push_back({0, 0, "", "the file is not valid UTF-8"});
    return YAML::Node();
  }
  try {
    const std::vector<YAML::Node> documents = YAML::LoadAll(text);
    if (documents.size() == 1) return documents.front();
    problems->push_back(
        {0, 0, "",
         documents.empty() ? "the file is empty" : "the file holds more than one document"});
  } catch (const YAML::Exception& error) {
    problems->push_back({error.mark.is_null() ? 0 : error.mark.line + 1,
                         error.mark.is_null() ? 0 : error.mark.column + 1, "",
                         absl::StrCat("this is not YAML: ", error.msg)});
  }
  return YAML::Node();
}

void FillFromYaml(const YAML::Node& node, const std::string& key, std::string_view context,
                  Message* message, std::vector<FileProblem>* problems) {
  if (!node.IsMap()) {
    problems->push_back(ProblemAt(
        node, key,
        absl::StrCat("must be a mapping with the keys ", KnownKeys(*message->GetDescriptor()))));
    return;
  }
  std::set<const FieldDescriptor*> seen;
  for (const auto& entry : node) {
    const std::string word = entry.first.IsScalar() ? entry.first.Scalar() : std::string();
    const std::string path = key.empty() ? word : absl::StrCat(key, ".", word);
    Message* owner = message;
    const FieldDescriptor* field = FindFieldThrough(word, &owner);
    if (field == nullptr) {
      problems->push_back(ProblemAt(entry.first, path,
                                    absl::StrCat("there is no such key here; known are ",
                                                 KnownKeys(*message->GetDescriptor()))));
      continue;
    }
    if (!seen.insert(field).second) {
      problems->push_back(ProblemAt(entry.first, path, "the key stands here for the second time"));
      continue;
    }
    if (field->real_containing_oneof() != nullptr && !entry.second.IsNull()) {
      const auto* oneof = field->real_containing_oneof();
      if (owner->GetReflection()->HasOneof(*owner, oneof)) {
        problems->push_back(ProblemAt(entry.first, path, "only one value of this sort can be set"));
        continue;
      }
    }
    if (IsOutputOnly(*field)) continue;
    FillFieldFromYaml(entry.second, path, context, *field, owner, problems);
  }
}

void FillFieldFromYaml(const YAML::Node& node, const std::string& key, std::string_view context,
                       const FieldDescriptor& field, Message* message,
                       std::vector<FileProblem>* problems) {
  if (node.IsNull()) return;
  if (!field.is_repeated()) {
    FillOne(node, key, context, field, message, problems);
    return;
  }
  if (!node.IsSequence()) {
    problems->push_back(ProblemAt(node, key, "must be a list"));
    return;
  }
  int index = 0;
  for (const YAML::Node& item : node) {
    const std::string path = absl::StrCat(key, "[", index++, "]");
    if (item.IsNull()) {
      problems->push_back(ProblemAt(item, path, "is empty"));
      continue;
    }
    FillOne(item, path, context, field, message, problems);
  }
}

void EmitFields(const Message& message, std::string_view context,
                const std::set<std::string>& except, YAML::Emitter* out) {
  std::vector<const FieldDescriptor*> fields;
  message.GetReflection()->ListFields(message, &fields);
  for (const FieldDescriptor* field : fields) {
    if (IsOutputOnly(*field) || field->name() == "etag" || except.count(field->name()) > 0) {
      continue;
    }
    if (IsFlattened(*field)) {
      EmitFields(message.GetReflection()->GetMessage(message, field), context, {}, out);
      continue;
    }
    const std::vector<std::string> aliases = FieldAliases(*field);
    *out << YAML::Key << (aliases.empty() ? field->name() : aliases.front()) << YAML::Value;
    if (!field->is_repeated()) {
      EmitValue(message, *field, -1, context, out);
      continue;
    }
    *out << (IsMessage(*field) ? YAML::Block : YAML::Flow) << YAML::BeginSeq;
    const int count = message.GetReflection()->FieldSize(message, field);
    for (int i = 0; i < count; ++i) EmitValue(message, *field, i, context, out);
    *out << YAML::EndSeq;
  }
}

}  // namespace rollcall::cli
