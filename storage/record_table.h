// The generic table of a collection of resources: maps an API message to real columns and
// keeps every earlier version.
//
// A record's table has the columns name, revision_from, revision_to, create_time, update_time,
// for nested collections parent, and one column per listed field: numbers, booleans and enums
// as INTEGER, strings as TEXT, references as TEXT or NULL, dates as ISO TEXT or NULL, lists and
// messages as JSON TEXT.

#ifndef ROLLCALL_STORAGE_RECORD_TABLE_H_
#define ROLLCALL_STORAGE_RECORD_TABLE_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"
#include "storage/store.h"

namespace rollcall {

// How one field is kept.
struct RecordColumn {
  std::string field;       // Name of the field and of the column.
  bool reference = false;  // Empty is stored as NULL, so that the foreign key rests.
};

// Stateless but for its description; thread-safe.
class RecordTable {
 public:
  // `table` names the SQL table; `nested` says that it has a parent column, filled with the
  // record's name up to the second last slash.
  RecordTable(const google::protobuf::Descriptor* type, std::string table, bool nested,
              std::vector<RecordColumn> columns);

  // Reads the version of `name` that held at `revision`. kNotFound if there was none. Fills
  // name, etag, create_time, update_time and revision where the message has them.
  absl::Status Get(ReadTx& tx, std::string_view name, std::int64_t revision,
                   google::protobuf::Message* record) const;

  // Visits records in ascending byte order of name, beginning behind `after`, that held at
  // `revision`. `parent` empty means all parents. The visitor returns false to stop.
  absl::Status List(
      ReadTx& tx, std::string_view parent, std::string_view after, std::int64_t revision,
      google::protobuf::Message* scratch,
      absl::FunctionRef<absl::StatusOr<bool>(const google::protobuf::Message&)> visit) const;

  // The names of records that a revision behind `since`, up to `until`, wrote or ended; ascending,
  // each once.
  absl::StatusOr<std::vector<std::string>> ChangedNames(ReadTx& tx, std::int64_t since,
                                                        std::int64_t until) const;

  // Insert, Replace and Close also note the change for the journal.

  // Writes a new record. kAlreadyExists if one of that name holds now. On success the record's
  // output-only tail (etag, times, revision) is filled in.
  absl::Status Insert(WriteTx& tx, google::protobuf::Message* record) const;

  // Ends the current version and writes `record` as the next one. kNotFound if none holds.
  absl::Status Replace(WriteTx& tx, google::protobuf::Message* record) const;

  // Ends the current version. kNotFound if none holds.
  absl::Status Close(WriteTx& tx, std::string_view name) const;

  // True if a record that holds now names `value` in `field`: a stored text field, a list of
  // texts, or `parent`.
  absl::StatusOr<bool> Names(ReadTx& tx, const std::string& field, std::string_view value) const;

  const google::protobuf::Descriptor* type() const { return type_; }
  const std::string& table() const { return table_; }

 private:
  absl::Status CloseRow(WriteTx& tx, std::string_view name) const;
  absl::Status Write(WriteTx& tx, std::int64_t create_time,
                     google::protobuf::Message* record) const;
  absl::Status ReadRow(Statement& row, google::protobuf::Message* record) const;
  void FillTail(std::int64_t revision, std::int64_t create_time, std::int64_t update_time,
                google::protobuf::Message* record) const;

  const google::protobuf::Descriptor* type_;
  std::string table_;
  bool nested_;
  std::vector<const google::protobuf::FieldDescriptor*> fields_;
  std::vector<bool> reference_;
  std::string select_one_;
  std::string select_all_;
  std::string select_children_;
  std::string insert_;
  std::string close_;
};

// The parent of a nested resource's name: `vendors/cleo` for `vendors/cleo/shares/x`. Empty for a
// top-level name.
std::string_view ParentName(std::string_view name);

// The string field of a message; empty if it has no such field.
std::string StringField(const google::protobuf::Message& message, const std::string& field);

// Sets a string field if the message has it.
void SetStringField(google::protobuf::Message* message, const std::string& field,
                    std::string value);

}  // namespace rollcall

#endif  // ROLLCALL_STORAGE_RECORD_TABLE_H_
