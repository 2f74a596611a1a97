#include "server/registry/collection.h"

#include <google/protobuf/util/field_mask_util.h>
#include <google/protobuf/util/message_differencer.h>

#include <memory>
#include <set>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "google/api/field_behavior.pb.h"
#include "google/protobuf/field_mask.pb.h"
#include "server/registry/page_token.h"
#include "storage/register_tables.h"
#include "storage/status.h"

namespace rollcall::registry {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::FieldMask;
using google::protobuf::Message;
using google::protobuf::util::FieldMaskUtil;
using google::protobuf::util::MessageDifferencer;

constexpr std::size_t kMaxIdLength = 64;

bool HasBehavior(const FieldDescriptor* field, google::api::FieldBehavior behavior) {
  const auto& options = field->options();
  for (int i = 0; i < options.ExtensionSize(google::api::field_behavior); ++i) {
    if (options.GetExtension(google::api::field_behavior, i) == behavior) return true;
  }
  return false;
}

bool IsIdEdge(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }

std::string IdProblem(std::string_view id) {
  if (id.empty() || id.size() > kMaxIdLength)
    return "has an id that is not 1 to 64 characters long";
  for (const char c : id) {
    if (!IsIdEdge(c) && c != '-' && c != '.' && c != '_') {
      return "has an id with other characters than a-z, 0-9, '-', '.', '_'";
    }
  }
  if (!IsIdEdge(id.front()) || !IsIdEdge(id.back())) {
    return "has an id that does not begin and end with a letter or digit";
  }
  return "";
}

// The field of a request that carries the resource itself.
const FieldDescriptor* ResourceField(const Message& message, const Descriptor* type) {
  for (int i = 0; i < message.GetDescriptor()->field_count(); ++i) {
    const FieldDescriptor* field = message.GetDescriptor()->field(i);
    if (field->message_type() == type) return field;
  }
  return nullptr;
}

// True if a name lies under a parent in which `-` stands for any id.
bool UnderParent(std::string_view name, std::string_view parent) {
  const std::vector<absl::string_view> have = absl::StrSplit(ToAbsl(name), '/');
  const std::vector<absl::string_view> want = absl::StrSplit(ToAbsl(parent), '/');
  if (have.size() <= want.size()) return false;
  for (std::size_t i = 0; i < want.size(); ++i) {
    if (want[i] != "-" && want[i] != have[i]) return false;
  }
  return true;
}

// OK if `parent` has the form of the pattern without its last two segments; `-` is an id too.
absl::Status CheckParent(const Collection& collection, std::string_view parent) {
  const std::vector<std::string> pattern = absl::StrSplit(collection.pattern, '/');
  const std::vector<absl::string_view> parts = absl::StrSplit(ToAbsl(parent), '/');
  bool fits = parts.size() + 2 == pattern.size();
  for (std::size_t i = 0; fits && i < parts.size(); ++i) {
    fits =
        i % 2 == 0 ? parts[i] == pattern[i] : parts[i] == "-" || IdProblem(ToStd(parts[i])).empty();
  }
  if (fits) return absl::OkStatus();
  return InvalidField("parent",
                      absl::StrCat("must have the form ", ToAbsl(ParentName(collection.pattern))));
}

absl::Status Decorate(ReadTx& tx, const Collection& collection, absl::CivilDay today,
                      Message* record) {
  return collection.decorate ? collection.decorate(tx, today, record) : absl::OkStatus();
}

absl::Status CheckEtag(std::string_view given, const Message& current) {
  if (given.empty() || given == StringField(current, "etag")) return absl::OkStatus();
  return MakeError(absl::StatusCode::kAborted, "ETAG_MISMATCH",
                   absl::StrCat(StringField(current, "name"),
                                " was changed since it was read; read it again and repeat"),
                   {{"resource", StringField(current, "name")}});
}

// The mask of an update, checked: without one, every field that is set; `*` means all fields.
absl::Status ResolveMask(const Message& request, const Message& record, FieldMask* mask) {
  const FieldDescriptor* field = request.GetDescriptor()->FindFieldByName("update_mask");
  if (field != nullptr && request.GetReflection()->HasField(request, field)) {
    mask->CopyFrom(request.GetReflection()->GetMessage(request, field));
  }
  const Descriptor* type = record.GetDescriptor();
  const bool all = mask->paths_size() == 1 && mask->paths(0) == "*";
  if (mask->paths_size() == 0 || all) {
    mask->Clear();
    for (int i = 0; i < type->field_count(); ++i) {
      const FieldDescriptor* candidate = type->field(i);
      const bool set = candidate->is_repeated()
                           ? record.GetReflection()->FieldSize(record, candidate) > 0
                           : record.GetReflection()->HasField(record, candidate);
      if (all || set) mask->add_paths(candidate->name());
    }
  }
  FieldMask writable;
  for (const std::string& path : mask->paths()) {
    if (!FieldMaskUtil::GetFieldDescriptors(
            type, google::protobuf::StringPiece(path.data(), path.size()), nullptr)) {
      return InvalidField("update_mask",
                          absl::StrCat("names ", path, ", which is no field of a ", type->name()));
    }
    const FieldDescriptor* first = type->FindFieldByName(path.substr(0, path.find('.')));
    if (HasBehavior(first, google::api::OUTPUT_ONLY) ||
        HasBehavior(first, google::api::IDENTIFIER) || first->name() == "etag") {
      continue;
    }
    writable.add_paths(path);
  }
  mask->Swap(&writable);
  return absl::OkStatus();
}

// Required fields can be emptied by an update, which the check of the request cannot see.
absl::Status CheckRequired(const Collection& collection, const Message& record) {
  std::vector<FieldViolation> violations;
  const Descriptor* type = record.GetDescriptor();
  for (int i = 0; i < type->field_count(); ++i) {
    const FieldDescriptor* field = type->field(i);
    if (!HasBehavior(field, google::api::REQUIRED)) continue;
    const bool set = field->is_repeated() ? record.GetReflection()->FieldSize(record, field) > 0
                                          : record.GetReflection()->HasField(record, field);
    if (!set)
      violations.push_back(
          {absl::StrCat(collection.table->table(), ".", field->name()), "is required"});
  }
  return violations.empty() ? absl::OkStatus() : InvalidFields(std::move(violations));
}

absl::Status Check(ReadTx& tx, const Collection& collection, const Message* before,
                   Message* record) {
  RC_RETURN_IF_ERROR(CheckRequired(collection, *record));
  return collection.check ? collection.check(tx, before, record) : absl::OkStatus();
}

}  // namespace

absl::Status CheckName(const Collection& collection, std::string_view name,
                       std::string_view field) {
  const std::vector<std::string> pattern = absl::StrSplit(collection.pattern, '/');
  const std::vector<absl::string_view> parts = absl::StrSplit(ToAbsl(name), '/');
  bool fits = parts.size() == pattern.size();
  for (std::size_t i = 0; fits && i < parts.size(); i += 2) fits = parts[i] == pattern[i];
  if (!fits) {
    return InvalidField(field, absl::StrCat("must have the form ", collection.pattern));
  }
  for (std::size_t i = 1; i < parts.size(); i += 2) {
    std::string problem = IdProblem(ToStd(parts[i]));
    if (problem.empty() && i + 1 == parts.size() && collection.check_id) {
      problem = collection.check_id(ToStd(parts[i]));
    }
    if (!problem.empty()) return InvalidField(field, problem);
  }
  return absl::OkStatus();
}

absl::Status RequireRecord(ReadTx& tx, const RecordTable& table, std::string_view name,
                           std::string_view field) {
  const std::unique_ptr<Message> scratch(
      google::protobuf::MessageFactory::generated_factory()->GetPrototype(table.type())->New());
  const absl::Status status = table.Get(tx, name, kNewest, scratch.get());
  if (!absl::IsNotFound(status)) return status;
  return MakeError(absl::StatusCode::kFailedPrecondition, "REFERENCE_UNKNOWN",
                   absl::StrCat(ToAbsl(field), ": ", ToAbsl(name),
                                " does not exist; record it first, or correct the name"),
                   {{"field", std::string(field)}, {"resource", std::string(name)}});
}

absl::Status CheckDataElements(ReadTx& tx,
                               const google::protobuf::RepeatedPtrField<std::string>& names,
                               std::string_view field) {
  std::set<std::string> seen;
  for (int i = 0; i < names.size(); ++i) {
    const std::string place = absl::StrCat(ToAbsl(field), "[", i, "]");
    if (!seen.insert(names[i]).second) {
      return InvalidField(place, absl::StrCat(names[i], " stands in the list twice"));
    }
    RC_RETURN_IF_ERROR(RequireRecord(tx, DataElementTable(), names[i], place));
  }
  return absl::OkStatus();
}

void ClearOutputOnly(Message* record) {
  const Descriptor* type = record->GetDescriptor();
  for (int i = 0; i < type->field_count(); ++i) {
    const FieldDescriptor* field = type->field(i);
    if (HasBehavior(field, google::api::OUTPUT_ONLY) || field->name() == "etag") {
      record->GetReflection()->ClearField(record, field);
    }
  }
}

absl::Status GetRecord(ReadTx& tx, const Collection& collection, absl::CivilDay today,
                       const Message& request, Message* response) {
  const std::string name = StringField(request, "name");
  RC_RETURN_IF_ERROR(CheckName(collection, name, "name"));
  RC_RETURN_IF_ERROR(collection.table->Get(tx, name, kNewest, response));
  return Decorate(tx, collection, today, response);
}

absl::Status ListRecords(ReadTx& tx, const Collection& collection, absl::CivilDay today,
                         const Message& request, Message* response) {
  const std::string parent = StringField(request, "parent");
  std::string stored_parent;
  if (collection.parent_table != nullptr) {
    RC_RETURN_IF_ERROR(CheckParent(collection, parent));
    if (!absl::StrContains(parent, "/-")) {
      stored_parent = parent;
      const std::unique_ptr<Message> scratch(google::protobuf::MessageFactory::generated_factory()
                                                 ->GetPrototype(collection.parent_table->type())
                                                 ->New());
      RC_RETURN_IF_ERROR(collection.parent_table->Get(tx, parent, kNewest, scratch.get()));
    }
  }
  RC_ASSIGN_OR_RETURN(const PagePosition position, ReadPageToken(request));
  const int page_size = PageSize(request);
  const FieldDescriptor* list = ResourceField(*response, collection.table->type());

  // The rows are collected first: what decorates them runs statements of its own.
  std::vector<std::unique_ptr<Message>> rows;
  const std::unique_ptr<Message> scratch(google::protobuf::MessageFactory::generated_factory()
                                             ->GetPrototype(collection.table->type())
                                             ->New());
  std::string last = position.key;
  std::size_t bytes = 0;
  bool more = false;
  RC_RETURN_IF_ERROR(collection.table->List(
      tx, stored_parent, position.key, kNewest, scratch.get(),
      [&](const Message& record) -> absl::StatusOr<bool> {
        if (collection.parent_table != nullptr && stored_parent.empty() &&
            !UnderParent(StringField(record, "name"), parent)) {
          return true;
        }
        if (static_cast<int>(rows.size()) == page_size || bytes > kMaxPageBytes) {
          more = true;
          return false;
        }
        bytes += record.ByteSizeLong();
        rows.emplace_back(record.New())->CopyFrom(record);
        last = StringField(record, "name");
        return true;
      }));
  for (const std::unique_ptr<Message>& row : rows) {
    RC_RETURN_IF_ERROR(Decorate(tx, collection, today, row.get()));
    if (collection.matches && !collection.matches(request, *row)) continue;
    response->GetReflection()->AddMessage(response, list)->CopyFrom(*row);
  }
  if (more) SetStringField(response, "next_page_token", MakePageToken(request, {last, 0}));
  return absl::OkStatus();
}

absl::Status CreateRecord(WriteTx& tx, const Collection& collection, absl::CivilDay today,
                          runtime::IdGenerator& ids, const Message& request, Message* response) {
  const FieldDescriptor* field = ResourceField(request, collection.table->type());
  response->CopyFrom(request.GetReflection()->GetMessage(request, field));
  ClearOutputOnly(response);
  std::string id = StringField(request, field->name() + "_id");
  if (id.empty()) id = ids.NewResourceId();
  std::string name;
  if (collection.parent_table != nullptr) {
    const std::string parent = StringField(request, "parent");
    RC_RETURN_IF_ERROR(CheckParent(collection, parent));
    if (absl::StrContains(parent, "/-")) {
      return InvalidField("parent", "must name one parent; `-` is for lists only");
    }
    const std::unique_ptr<Message> scratch(google::protobuf::MessageFactory::generated_factory()
                                               ->GetPrototype(collection.parent_table->type())
                                               ->New());
    RC_RETURN_IF_ERROR(collection.parent_table->Get(tx, parent, kNewest, scratch.get()));
    name = absl::StrCat(parent, "/");
  }
  const std::vector<std::string> pattern = absl::StrSplit(collection.pattern, '/');
  absl::StrAppend(&name, pattern[pattern.size() - 2], "/", id);
  RC_RETURN_IF_ERROR(CheckName(collection, name, field->name() + "_id"));
  SetStringField(response, "name", name);
  RC_RETURN_IF_ERROR(Check(tx, collection, nullptr, response));
  RC_RETURN_IF_ERROR(collection.table->Insert(tx, response));
  return Decorate(tx, collection, today, response);
}

absl::Status UpdateRecord(WriteTx& tx, const Collection& collection, absl::CivilDay today,
                          const Message& request, Message* response) {
  const FieldDescriptor* field = ResourceField(request, collection.table->type());
  const Message& change = request.GetReflection()->GetMessage(request, field);
  const std::string name = StringField(change, "name");
  RC_RETURN_IF_ERROR(CheckName(collection, name, field->name() + ".name"));
  RC_RETURN_IF_ERROR(collection.table->Get(tx, name, kNewest, response));
  RC_RETURN_IF_ERROR(CheckEtag(StringField(change, "etag"), *response));

  const std::unique_ptr<Message> before(response->New());
  before->CopyFrom(*response);
  FieldMask mask;
  RC_RETURN_IF_ERROR(ResolveMask(request, change, &mask));
  FieldMaskUtil::MergeOptions options;
  options.set_replace_message_fields(true);
  options.set_replace_repeated_fields(true);
  FieldMaskUtil::MergeMessageTo(change, mask, options, response);
  RC_RETURN_IF_ERROR(Check(tx, collection, before.get(), response));
  if (!MessageDifferencer::Equals(*before, *response)) {
    RC_RETURN_IF_ERROR(collection.table->Replace(tx, response));
  }
  return Decorate(tx, collection, today, response);
}

absl::Status DeleteRecord(WriteTx& tx, const Collection& collection, const Message& request) {
  const std::string name = StringField(request, "name");
  RC_RETURN_IF_ERROR(CheckName(collection, name, "name"));
  const std::unique_ptr<Message> current(google::protobuf::MessageFactory::generated_factory()
                                             ->GetPrototype(collection.table->type())
                                             ->New());
  RC_RETURN_IF_ERROR(collection.table->Get(tx, name, kNewest, current.get()));
  RC_RETURN_IF_ERROR(CheckEtag(StringField(request, "etag"), *current));
  for (const Hindrance& hindrance : collection.hindrances) {
    RC_ASSIGN_OR_RETURN(const bool holds, hindrance.table->Names(tx, hindrance.field, name));
    if (holds) {
      return MakeError(absl::StatusCode::kFailedPrecondition, "IN_USE",
                       absl::StrCat(name, " cannot be deleted: ", hindrance.what),
                       {{"resource", name}});
    }
  }
  if (collection.before_delete) RC_RETURN_IF_ERROR(collection.before_delete(tx, name));
  return collection.table->Close(tx, name);
}

absl::StatusOr<PutResult> PutRecord(WriteTx& tx, const Collection& collection, Message* record) {
  const std::string name = StringField(*record, "name");
  RC_RETURN_IF_ERROR(CheckName(collection, name, "name"));
  ClearOutputOnly(record);
  const std::unique_ptr<Message> current(record->New());
  const absl::Status found = collection.table->Get(tx, name, kNewest, current.get());
  if (absl::IsNotFound(found)) {
    if (collection.parent_table != nullptr) {
      RC_RETURN_IF_ERROR(RequireRecord(tx, *collection.parent_table, ParentName(name), "name"));
    }
    RC_RETURN_IF_ERROR(Check(tx, collection, nullptr, record));
    RC_RETURN_IF_ERROR(collection.table->Insert(tx, record));
    return PutResult::kCreated;
  }
  RC_RETURN_IF_ERROR(found);
  ClearOutputOnly(current.get());
  RC_RETURN_IF_ERROR(Check(tx, collection, current.get(), record));
  if (MessageDifferencer::Equals(*current, *record)) return PutResult::kUnchanged;
  RC_RETURN_IF_ERROR(collection.table->Replace(tx, record));
  return PutResult::kUpdated;
}

}  // namespace rollcall::registry
