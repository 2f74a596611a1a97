#include "storage/record_table.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "storage/status.h"
#include "storage/value_codec.h"

namespace rollcall {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

constexpr int kHeadColumns = 4;  // name, revision_from, create_time, update_time.

bool IsDate(const FieldDescriptor* field) {
  return !field->is_repeated() && field->message_type() == google::type::Date::descriptor();
}

// A message of the same type that holds only `field`: its JSON is how lists and structures are
// stored.
std::string FieldJson(const Message& record, const FieldDescriptor* field) {
  const std::unique_ptr<Message> holder(record.New());
  const Reflection* reflection = record.GetReflection();
  if (field->is_repeated()) {
    for (int i = 0; i < reflection->FieldSize(record, field); ++i) {
      if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
        reflection->AddMessage(holder.get(), field)
            ->CopyFrom(reflection->GetRepeatedMessage(record, field, i));
      } else if (field->cpp_type() == FieldDescriptor::CPPTYPE_STRING) {
        reflection->AddString(holder.get(), field, reflection->GetRepeatedString(record, field, i));
      } else if (field->cpp_type() == FieldDescriptor::CPPTYPE_ENUM) {
        reflection->AddEnumValue(holder.get(), field,
                                 reflection->GetRepeatedEnumValue(record, field, i));
      } else {
        reflection->AddInt32(holder.get(), field, reflection->GetRepeatedInt32(record, field, i));
      }
    }
  } else if (reflection->HasField(record, field)) {
    reflection->MutableMessage(holder.get(), field)
        ->CopyFrom(reflection->GetMessage(record, field));
  }
  return MessageToJson(*holder);
}

absl::Status BindField(Statement& statement, int parameter, const Message& record,
                       const FieldDescriptor* field, bool reference, std::string* buffer) {
  const Reflection* reflection = record.GetReflection();
  if (IsDate(field)) {
    if (!reflection->HasField(record, field)) {
      statement.BindNull(parameter);
      return absl::OkStatus();
    }
    google::type::Date date;
    date.CopyFrom(reflection->GetMessage(record, field));
    *buffer = DateText(date);
    statement.BindText(parameter, *buffer);
    return absl::OkStatus();
  }
  if (field->is_repeated() || field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
    *buffer = FieldJson(record, field);
    statement.BindText(parameter, *buffer);
    return absl::OkStatus();
  }
  switch (field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING:
      *buffer = reflection->GetString(record, field);
      if (reference && buffer->empty()) {
        statement.BindNull(parameter);
      } else {
        statement.BindText(parameter, *buffer);
      }
      return absl::OkStatus();
    case FieldDescriptor::CPPTYPE_BOOL:
      statement.BindInt(parameter, reflection->GetBool(record, field) ? 1 : 0);
      return absl::OkStatus();
    case FieldDescriptor::CPPTYPE_ENUM:
      statement.BindInt(parameter, reflection->GetEnumValue(record, field));
      return absl::OkStatus();
    case FieldDescriptor::CPPTYPE_INT32:
      statement.BindInt(parameter, reflection->GetInt32(record, field));
      return absl::OkStatus();
    case FieldDescriptor::CPPTYPE_INT64:
      statement.BindInt(parameter, reflection->GetInt64(record, field));
      return absl::OkStatus();
    default:
      return absl::InternalError(absl::StrCat("no column type for ", field->full_name()));
  }
}

absl::Status ReadField(Statement& row, int column, const FieldDescriptor* field, Message* record) {
  const Reflection* reflection = record->GetReflection();
  if (IsDate(field)) {
    if (row.IsNull(column)) return absl::OkStatus();
    const auto date = ParseDateText(row.Text(column));
    if (!date) {
      return MakeError(absl::StatusCode::kDataLoss, "RECORD_UNREADABLE",
                       "a stored date cannot be read");
    }
    reflection->MutableMessage(record, field)->CopyFrom(*date);
    return absl::OkStatus();
  }
  if (field->is_repeated() || field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
    // Most lists and structures are empty, and reading JSON takes longer than the rest of a row.
    if (row.Text(column) == "{}") return absl::OkStatus();
    const std::unique_ptr<Message> holder(record->New());
    RC_RETURN_IF_ERROR(JsonToMessage(row.Text(column), holder.get()));
    record->MergeFrom(*holder);
    return absl::OkStatus();
  }
  switch (field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING:
      reflection->SetString(record, field, std::string(row.Text(column)));
      return absl::OkStatus();
    case FieldDescriptor::CPPTYPE_BOOL:
      reflection->SetBool(record, field, row.Int(column) != 0);
      return absl::OkStatus();
    case FieldDescriptor::CPPTYPE_ENUM:
      reflection->SetEnumValue(record, field, static_cast<int>(row.Int(column)));
      return absl::OkStatus();
    case FieldDescriptor::CPPTYPE_INT32:
      reflection->SetInt32(record, field, static_cast<std::int32_t>(row.Int(column)));
      return absl::OkStatus();
    case FieldDescriptor::CPPTYPE_INT64:
      reflection->SetInt64(record, field, row.Int(column));
      return absl::OkStatus();
    default:
      return absl::InternalError(absl::StrCat("no column type for ", field->full_name()));
  }
}

void SetTime(Message* record, const char* name, std::int64_t micros) {
  const FieldDescriptor* field = record->GetDescriptor()->FindFieldByName(name);
  if (field == nullptr) return;
  record->GetReflection()
      ->MutableMessage(record, field)
      ->CopyFrom(ToTimestamp(absl::FromUnixMicros(micros)));
}

constexpr char kHolds[] = "revision_from <= $2 AND (revision_to IS NULL OR revision_to > $2)";

std::unique_ptr<Message> Copy(const Message& message) {
  std::unique_ptr<Message> copy(message.New());
  copy->CopyFrom(message);
  return copy;
}

}  // namespace

std::string_view ParentName(std::string_view name) {
  const std::size_t last = name.rfind('/');
  if (last == std::string_view::npos || last == 0) return {};
  const std::size_t before = name.rfind('/', last - 1);
  return before == std::string_view::npos ? std::string_view() : name.substr(0, before);
}

std::string StringField(const Message& message, const std::string& field) {
  const FieldDescriptor* descriptor = message.GetDescriptor()->FindFieldByName(field);
  return descriptor == nullptr ? std::string()
                               : message.GetReflection()->GetString(message, descriptor);
}

void SetStringField(Message* message, const std::string& field, std::string value) {
  const FieldDescriptor* descriptor = message->GetDescriptor()->FindFieldByName(field);
  if (descriptor != nullptr) {
    message->GetReflection()->SetString(message, descriptor, std::move(value));
  }
}

RecordTable::RecordTable(const google::protobuf::Descriptor* type, std::string table, bool nested,
                         std::vector<RecordColumn> columns)
    : type_(type), table_(std::move(table)), nested_(nested) {
  std::string names = "name, revision_from, create_time, update_time";
  std::string insert_names = "name, revision_from, create_time, update_time";
  std::string places = "$1, $2, $3, $4";
  int parameter = kHeadColumns;
  for (const RecordColumn& column : columns) {
    fields_.push_back(type->FindFieldByName(column.field));
    reference_.push_back(column.reference);
    absl::StrAppend(&names, ", ", column.field);
    absl::StrAppend(&insert_names, ", ", column.field);
    absl::StrAppend(&places, ", $", ++parameter);
  }
  if (nested) {
    absl::StrAppend(&insert_names, ", parent");
    absl::StrAppend(&places, ", $", ++parameter);
  }
  select_one_ = absl::StrCat("SELECT ", names, " FROM ", table_, " WHERE name = $1 AND ", kHolds);
  select_all_ = absl::StrCat("SELECT ", names, " FROM ", table_, " WHERE name > $1 AND ", kHolds,
                             " ORDER BY name");
  select_children_ = absl::StrCat("SELECT ", names, " FROM ", table_, " WHERE name > $1 AND ",
                                  kHolds, " AND parent = $3 ORDER BY name");
  insert_ = absl::StrCat("INSERT INTO ", table_, " (", insert_names, ") VALUES (", places, ")");
  close_ = absl::StrCat("UPDATE ", table_,
                        " SET revision_to = $1 WHERE name = $2 AND revision_to IS NULL");
}

void RecordTable::FillTail(std::int64_t revision, std::int64_t create_time,
                           std::int64_t update_time, Message* record) const {
  SetStringField(record, "etag", absl::StrCat("\"", revision, "\""));
  SetTime(record, "create_time", create_time);
  SetTime(record, "update_time", update_time);
  const FieldDescriptor* field = type_->FindFieldByName("revision");
  if (field != nullptr) record->GetReflection()->SetInt64(record, field, revision);
}

absl::Status RecordTable::ReadRow(Statement& row, Message* record) const {
  record->Clear();
  SetStringField(record, "name", std::string(row.Text(0)));
  for (std::size_t i = 0; i < fields_.size(); ++i) {
    RC_RETURN_IF_ERROR(ReadField(row, kHeadColumns + static_cast<int>(i), fields_[i], record));
  }
  FillTail(row.Int(1), row.Int(2), row.Int(3), record);
  return absl::OkStatus();
}

absl::Status RecordTable::Get(ReadTx& tx, std::string_view name, std::int64_t revision,
                              Message* record) const {
  RC_ASSIGN_OR_RETURN(Statement * statement, tx.Prepare(select_one_));
  ScopedReset reset(statement);
  statement->BindText(1, name);
  statement->BindInt(2, revision);
  RC_ASSIGN_OR_RETURN(const bool found, statement->Step());
  if (!found) return NotFound(name);
  return ReadRow(*statement, record);
}

absl::Status RecordTable::List(
    ReadTx& tx, std::string_view parent, std::string_view after, std::int64_t revision,
    Message* scratch, absl::FunctionRef<absl::StatusOr<bool>(const Message&)> visit) const {
  RC_ASSIGN_OR_RETURN(Statement * statement,
                      tx.Prepare(parent.empty() ? select_all_ : select_children_));
  ScopedReset reset(statement);
  statement->BindText(1, after);
  statement->BindInt(2, revision);
  if (!parent.empty()) statement->BindText(3, parent);
  while (true) {
    RC_ASSIGN_OR_RETURN(const bool more, statement->Step());
    if (!more) return absl::OkStatus();
    RC_RETURN_IF_ERROR(ReadRow(*statement, scratch));
    RC_ASSIGN_OR_RETURN(const bool go_on, visit(*scratch));
    if (!go_on) return absl::OkStatus();
  }
}

absl::StatusOr<std::vector<std::string>> RecordTable::ChangedNames(ReadTx& tx, std::int64_t since,
                                                                   std::int64_t until) const {
  RC_ASSIGN_OR_RETURN(Statement * statement,
                      tx.Prepare(absl::StrCat(
                          "SELECT name FROM ", table_,
                          " WHERE revision_from > $1 AND revision_from <= $2 UNION SELECT name "
                          "FROM ",
                          table_, " WHERE revision_to > $1 AND revision_to <= $2 ORDER BY name")));
  ScopedReset reset(statement);
  statement->BindInt(1, since);
  statement->BindInt(2, until);
  std::vector<std::string> names;
  while (true) {
    RC_ASSIGN_OR_RETURN(const bool more, statement->Step());
    if (!more) return names;
    names.emplace_back(statement->Text(0));
  }
}

absl::Status RecordTable::Write(WriteTx& tx, std::int64_t create_time, Message* record) const {
  const std::string name = StringField(*record, "name");
  const std::int64_t revision = tx.NewRevision();
  const std::int64_t now = absl::ToUnixMicros(tx.time());
  RC_ASSIGN_OR_RETURN(Statement * statement, tx.Prepare(insert_));
  ScopedReset reset(statement);
  statement->BindText(1, name);
  statement->BindInt(2, revision);
  statement->BindInt(3, create_time);
  statement->BindInt(4, now);
  std::string buffer;
  int parameter = kHeadColumns;
  for (std::size_t i = 0; i < fields_.size(); ++i) {
    RC_RETURN_IF_ERROR(
        BindField(*statement, ++parameter, *record, fields_[i], reference_[i], &buffer));
  }
  if (nested_) statement->BindText(++parameter, ParentName(name));
  RC_RETURN_IF_ERROR(statement->Run());
  FillTail(revision, create_time, now, record);
  return absl::OkStatus();
}

absl::Status RecordTable::Insert(WriteTx& tx, Message* record) const {
  const std::string name = StringField(*record, "name");
  const std::unique_ptr<Message> existing(record->New());
  const absl::Status found = Get(tx, name, kNewest, existing.get());
  if (found.ok()) {
    return MakeError(absl::StatusCode::kAlreadyExists, "ALREADY_EXISTS",
                     absl::StrCat(name, " exists already; choose another id or update it"),
                     {{"resource", name}});
  }
  if (!absl::IsNotFound(found)) return found;
  RC_ASSIGN_OR_RETURN(Statement * statement,
                      tx.Prepare("INSERT INTO resource (name, collection) VALUES ($1, $2) "
                                 "ON CONFLICT (name) DO NOTHING"));
  statement->BindText(1, name);
  statement->BindText(2, table_);
  RC_RETURN_IF_ERROR(statement->Run());
  RC_RETURN_IF_ERROR(Write(tx, absl::ToUnixMicros(tx.time()), record));
  tx.notes().records.push_back({name, nullptr, Copy(*record)});
  return absl::OkStatus();
}

absl::Status RecordTable::Replace(WriteTx& tx, Message* record) const {
  const std::string name = StringField(*record, "name");
  std::unique_ptr<Message> existing(record->New());
  RC_RETURN_IF_ERROR(Get(tx, name, kNewest, existing.get()));
  const FieldDescriptor* created = type_->FindFieldByName("create_time");
  google::protobuf::Timestamp create_time;
  create_time.CopyFrom(existing->GetReflection()->GetMessage(*existing, created));
  RC_RETURN_IF_ERROR(CloseRow(tx, name));
  RC_RETURN_IF_ERROR(Write(tx, absl::ToUnixMicros(FromTimestamp(create_time)), record));
  tx.notes().records.push_back({name, std::move(existing), Copy(*record)});
  return absl::OkStatus();
}

absl::Status RecordTable::Close(WriteTx& tx, std::string_view name) const {
  std::unique_ptr<Message> existing(
      google::protobuf::MessageFactory::generated_factory()->GetPrototype(type_)->New());
  RC_RETURN_IF_ERROR(Get(tx, name, kNewest, existing.get()));
  RC_RETURN_IF_ERROR(CloseRow(tx, name));
  tx.notes().records.push_back({std::string(name), std::move(existing), nullptr});
  return absl::OkStatus();
}

absl::Status RecordTable::CloseRow(WriteTx& tx, std::string_view name) const {
  // A version written earlier in this same transaction was never seen: it goes without a trace.
  RC_ASSIGN_OR_RETURN(
      Statement * remove,
      tx.Prepare(absl::StrCat("DELETE FROM ", table_, " WHERE name = $1 AND revision_from = $2")));
  remove->BindText(1, name);
  remove->BindInt(2, tx.NewRevision());
  RC_RETURN_IF_ERROR(remove->Run());
  if (tx.Changes() > 0) return absl::OkStatus();
  RC_ASSIGN_OR_RETURN(Statement * statement, tx.Prepare(close_));
  statement->BindInt(1, tx.NewRevision());
  statement->BindText(2, name);
  RC_RETURN_IF_ERROR(statement->Run());
  return tx.Changes() == 0 ? NotFound(name) : absl::OkStatus();
}

absl::StatusOr<bool> RecordTable::Names(ReadTx& tx, const std::string& field,
                                        std::string_view value) const {
  const FieldDescriptor* descriptor = type_->FindFieldByName(field);
  if (descriptor == nullptr || !descriptor->is_repeated()) {
    RC_ASSIGN_OR_RETURN(Statement * statement,
                        tx.Prepare(absl::StrCat("SELECT 1 FROM ", table_, " WHERE ", field,
                                                " = $1 AND revision_to IS NULL LIMIT 1")));
    ScopedReset reset(statement);
    statement->BindText(1, value);
    return statement->Step();
  }
  bool found = false;
  const std::unique_ptr<Message> scratch(
      google::protobuf::MessageFactory::generated_factory()->GetPrototype(type_)->New());
  RC_RETURN_IF_ERROR(
      List(tx, "", "", kNewest, scratch.get(), [&](const Message& record) -> absl::StatusOr<bool> {
        const Reflection* reflection = record.GetReflection();
        for (int i = 0; i < reflection->FieldSize(record, descriptor) && !found; ++i) {
          found = reflection->GetRepeatedString(record, descriptor, i) == value;
        }
        return !found;
      }));
  return found;
}

}  // namespace rollcall
