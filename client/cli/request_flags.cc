#include "client/cli/request_flags.h"

#include <algorithm>
#include <map>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/cli/api_methods.h"
#include "client/cli/field_words.h"
#include "client/cli/text_value.h"
#include "client/cli/yaml_message.h"

namespace rollcall::cli {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

// The comment on the field. One that says "As in Statement" is that of the same field there.
std::string CommentOn(const FieldDescriptor& field) {
  std::string comment = SummaryOf(field);
  constexpr std::string_view kAsIn = "As in ";
  if (comment.compare(0, kAsIn.size(), kAsIn) != 0) return comment;
  const google::protobuf::Descriptor* other = field.file()->pool()->FindMessageTypeByName(
      absl::StrCat(field.file()->package(), ".", comment.substr(kAsIn.size())));
  const FieldDescriptor* same =
      other == nullptr ? nullptr : other->FindFieldByName(std::string(field.name()));
  return same == nullptr ? comment : SummaryOf(*same);
}

// The message whose field the path leads to.
Message* OwnerOf(const std::vector<const FieldDescriptor*>& path, Message* message) {
  Message* owner = message;
  for (size_t i = 0; i + 1 < path.size(); ++i) {
    owner = owner->GetReflection()->MutableMessage(owner, path[i]);
  }
  return owner;
}

// The vendor that the message names beside its other fields; empty if it names none.
std::string VendorIn(const Message& message) {
  const FieldDescriptor* vendor = message.GetDescriptor()->FindFieldByName("vendor");
  if (vendor == nullptr || vendor->type() != FieldDescriptor::TYPE_STRING ||
      vendor->is_repeated()) {
    return {};
  }
  return message.GetReflection()->GetString(message, vendor);
}

bool IsIdList(const FieldDescriptor& field) {
  return field.is_repeated() && field.type() == FieldDescriptor::TYPE_STRING &&
         field.name() == "ids";
}

// What makes up a flattened message stands among the flags of the others: the field that the
// message cannot do without says what the whole is, and is needed only with it.
bool StandsForFlattened(const std::vector<const FieldDescriptor*>& path) {
  return path.size() > 1 && IsFlattened(*path[path.size() - 2]) && IsRequired(*path.back());
}

std::string HelpOf(const std::vector<const FieldDescriptor*>& path) {
  const FieldDescriptor& field = *path.back();
  const bool whole = StandsForFlattened(path);
  std::string help = whole ? absl::StrCat(CommentOn(*path[path.size() - 2]), ": ") : std::string();
  absl::StrAppend(&help, CommentOn(field));
  if (field.cpp_type() == FieldDescriptor::CPPTYPE_ENUM) {
    absl::StrAppend(&help, ": ", absl::StrJoin(EnumWords(*field.enum_type()), ", "));
  }
  if (field.is_repeated()) help += " (repeatable)";
  if (IsRequired(field) && !whole) help += " (required)";
  return help;
}

std::string TypeWord(const FieldDescriptor& field) {
  if (IsSchoolYear(field)) return "YEAR";
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING:
    case FieldDescriptor::CPPTYPE_ENUM:
      return "TEXT";
    case FieldDescriptor::CPPTYPE_MESSAGE:
      if (field.message_type()->name() == "Date") return "DATE";
      if (field.message_type()->name() == "Money") return "AMOUNT";
      if (field.message_type()->name() == "Timestamp") return "TIME";
      return TakesText(field) ? "TEXT" : "YAML";
    default:
      return "NUMBER";
  }
}

}  // namespace

void RequestFlags::AddTo(CLI::App* command, const google::protobuf::Descriptor& type,
                         const std::set<std::string>& except, const std::string& body) {
  std::vector<const FieldDescriptor*> path;
  AddFields(command, type, &path, "", except, body);
}

void RequestFlags::AddFields(CLI::App* command, const google::protobuf::Descriptor& type,
                             std::vector<const FieldDescriptor*>* path, const std::string& prefix,
                             const std::set<std::string>& except, const std::string& body) {
  for (int i = 0; i < type.field_count(); ++i) {
    const FieldDescriptor& field = *type.field(i);
    const bool is_body = path->empty() && field.name() == body;
    if (except.count(field.name()) > 0 || IsOutputOnly(field)) continue;
    path->push_back(&field);
    const bool opens = field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE &&
                       !field.is_repeated() && !TakesText(field);
    if (is_body || IsFlattened(field)) {
      AddFields(command, *field.message_type(), path, prefix,
                is_body ? std::set<std::string>{"name", "create_time", "update_time", "revision"}
                        : std::set<std::string>{},
                "");
    } else if (opens) {
      AddFields(command, *field.message_type(), path,
                absl::StrCat(prefix, FlagWord(field.name()), "."), {}, "");
    } else {
      AddFlag(command, *path, prefix);
      if (IsIdList(field)) AddIdsFile(command, *path, prefix);
    }
    path->pop_back();
  }
}

void RequestFlags::AddFlag(CLI::App* command, const std::vector<const FieldDescriptor*>& path,
                           const std::string& prefix) {
  const FieldDescriptor& field = *path.back();
  Flag& flag = flags_.emplace_back();
  flag.path = path;
  flag.word = absl::StrCat("--", prefix, FlagWord(field.name()));
  std::string words = flag.word;
  for (const std::string& alias : FieldAliases(field)) {
    absl::StrAppend(&words, ",--", prefix, FlagWord(alias));
  }
  if (flag.word == "--validate-only") words += ",--dry-run";
  if (field.cpp_type() == FieldDescriptor::CPPTYPE_BOOL && !field.is_repeated()) {
    flag.option = command->add_flag(words, flag.values, HelpOf(path));
    return;
  }
  flag.option = command->add_option(words, flag.values, HelpOf(path))
                    ->type_name(TypeWord(field))
                    ->type_size(1)
                    ->expected(1);
  flag.option->multi_option_policy(field.is_repeated() ? CLI::MultiOptionPolicy::TakeAll
                                                       : CLI::MultiOptionPolicy::Throw);
}

void RequestFlags::AddIdsFile(CLI::App* command, const std::vector<const FieldDescriptor*>& path,
                              const std::string& prefix) {
  IdsFile& ids = ids_files_.emplace_back();
  ids.path = path;
  ids.word = absl::StrCat("--", prefix, "ids-file");
  command->add_option(ids.word, ids.file, "CSV file with one id on a line, beside those of --ids")
      ->type_name("FILE");
  command->add_option(absl::StrCat("--", prefix, "id-column"), ids.columns.id,
                      std::string(kIdColumnHelp));
}

absl::Status RequestFlags::FillFromIdsFile(const IdsFile& ids, Message* message) {
  if (ids.file.empty()) return absl::OkStatus();
  const absl::StatusOr<std::vector<std::string>> read = ReadIdList(ids.file, ids.columns);
  if (!read.ok()) {
    return absl::Status(read.status().code(),
                        absl::StrCat(ids.word, ": ", std::string(read.status().message())));
  }
  Message* owner = OwnerOf(ids.path, message);
  for (const std::string& id : *read) {
    owner->GetReflection()->AddString(owner, ids.path.back(), id);
  }
  return absl::OkStatus();
}

absl::Status RequestFlags::FillFlag(const Flag& flag, std::string_view context, Message* message) {
  Message* owner = OwnerOf(flag.path, message);
  const FieldDescriptor& field = *flag.path.back();
  const std::string vendor = context.empty() ? VendorIn(*owner) : std::string();
  if (context.empty()) context = vendor;
  // A flag speaks of the whole list, also where a file has given one.
  if (field.is_repeated()) owner->GetReflection()->ClearField(owner, &field);
  for (const std::string& value : flag.option->results()) {
    const bool yaml = field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE &&
                      (!TakesText(field) || (!value.empty() && value.front() == '{'));
    if (!yaml) {
      const absl::Status set = SetFromText(field, value, context, owner);
      if (!set.ok()) {
        return absl::InvalidArgumentError(
            absl::StrCat(flag.word, ": ", std::string(set.message())));
      }
      continue;
    }
    std::vector<FileProblem> problems;
    const YAML::Node node = ParseYaml(value, &problems);
    if (problems.empty()) {
      Message* item = field.is_repeated() ? owner->GetReflection()->AddMessage(owner, &field)
                                          : owner->GetReflection()->MutableMessage(owner, &field);
      FillFromYaml(node, "", context, item, &problems);
    }
    if (!problems.empty()) {
      const FileProblem& first = problems.front();
      return absl::InvalidArgumentError(
          absl::StrCat(flag.word, ": ", first.key, first.key.empty() ? "" : ": ", first.what));
    }
  }
  return absl::OkStatus();
}

absl::Status RequestFlags::Fill(std::string_view context, Message* message) const {
  // Two flags for the same choice would silently undo each other.
  std::map<const google::protobuf::OneofDescriptor*, const Flag*> chosen;
  for (const Flag& flag : flags_) {
    if (flag.option->count() == 0) continue;
    for (const FieldDescriptor* field : flag.path) {
      const auto* oneof = field->real_containing_oneof();
      if (oneof == nullptr) continue;
      const auto [other, fresh] = chosen.emplace(oneof, &flag);
      const auto& path = other->second->path;
      if (!fresh && std::find(path.begin(), path.end(), field) == path.end()) {
        return absl::InvalidArgumentError(
            absl::StrCat(flag.word, " and ", other->second->word, " exclude each other"));
      }
    }
    absl::Status filled = FillFlag(flag, context, message);
    if (!filled.ok()) return filled;
  }
  for (const IdsFile& ids : ids_files_) {
    absl::Status filled = FillFromIdsFile(ids, message);
    if (!filled.ok()) return filled;
  }
  return absl::OkStatus();
}

std::vector<std::string> RequestFlags::GivenPaths(const std::string& body) const {
  std::vector<std::string> paths;
  for (const Flag& flag : flags_) {
    if (flag.option->count() == 0 || flag.path.size() < 2 || flag.path.front()->name() != body ||
        flag.path.back()->name() == "etag") {
      continue;
    }
    std::string path;
    for (size_t i = 1; i < flag.path.size(); ++i) {
      if (i > 1 && flag.path[i]->real_containing_oneof() != nullptr) break;
      absl::StrAppend(&path, path.empty() ? "" : ".", flag.path[i]->name());
    }
    if (std::find(paths.begin(), paths.end(), path) == paths.end()) paths.push_back(path);
  }
  return paths;
}

}  // namespace rollcall::cli
