// The standard methods of every collection of the register, written once: get, list, create,
// update and delete of resources whose messages follow the API's conventions.
//
// Requests and responses are recognised by their field names (`name`, `parent`, `page_size`,
// `page_token`, `update_mask`, `etag`, `{resource}_id`); a test holds every standard request of
// the API to them. What is special about a collection is in its Collection value.

#ifndef ROLLCALL_SERVER_REGISTRY_COLLECTION_H_
#define ROLLCALL_SERVER_REGISTRY_COLLECTION_H_

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/civil_time.h"
#include "google/protobuf/message.h"
#include "server/runtime/ids.h"
#include "storage/record_table.h"
#include "storage/store.h"

namespace rollcall::registry {

// Something that forbids to delete a resource while it holds.
struct Hindrance {
  const RecordTable* table;  // A current record of this table ...
  const char* field;         // ... names the resource in this field or list.
  const char* what;          // `a share names it`.
};

// One collection and its rules. All functions may be empty.
struct Collection {
  const RecordTable* table = nullptr;
  // Segments in braces are ids: `vendors/{vendor}/products/{product}`.
  std::string pattern;
  // The collection of the parent; null for top-level ones.
  const RecordTable* parent_table = nullptr;
  // Checks an id that a caller chose, beyond the general form; empty text if it is right.
  std::function<std::string(std::string_view id)> check_id{};
  // Normalises a record and checks it against the rest of the register, before it is written.
  // `before` is the current version, null for a new one. Errors name fields as in the request.
  std::function<absl::Status(ReadTx&, const google::protobuf::Message* before,
                             google::protobuf::Message* record)>
      check{};
  // Fills the output-only fields that are not stored. `today` is the district's local day.
  std::function<absl::Status(ReadTx&, absl::CivilDay today, google::protobuf::Message* record)>
      decorate{};
  // True if a record belongs to the answer of a list request.
  std::function<bool(const google::protobuf::Message& request,
                     const google::protobuf::Message& record)>
      matches{};
  std::vector<Hindrance> hindrances{};
  // Ends what belongs to a record, before the record itself is ended.
  std::function<absl::Status(WriteTx&, std::string_view name)> before_delete{};
};

// The standard methods. `today` is the district's local day. Errors as the API documents.
absl::Status GetRecord(ReadTx& tx, const Collection& collection, absl::CivilDay today,
                       const google::protobuf::Message& request,
                       google::protobuf::Message* response);
absl::Status ListRecords(ReadTx& tx, const Collection& collection, absl::CivilDay today,
                         const google::protobuf::Message& request,
                         google::protobuf::Message* response);
absl::Status CreateRecord(WriteTx& tx, const Collection& collection, absl::CivilDay today,
                          runtime::IdGenerator& ids, const google::protobuf::Message& request,
                          google::protobuf::Message* response);
absl::Status UpdateRecord(WriteTx& tx, const Collection& collection, absl::CivilDay today,
                          const google::protobuf::Message& request,
                          google::protobuf::Message* response);
absl::Status DeleteRecord(WriteTx& tx, const Collection& collection,
                          const google::protobuf::Message& request);

// Writes a record under the name it carries: makes it, changes it, or finds it unchanged.
enum class PutResult { kCreated, kUpdated, kUnchanged };
absl::StatusOr<PutResult> PutRecord(WriteTx& tx, const Collection& collection,
                                    google::protobuf::Message* record);

// OK if `name` has the form of the pattern, with ids of the right form. `field` is the path to
// blame.
absl::Status CheckName(const Collection& collection, std::string_view name, std::string_view field);

// OK if a record of the collection with this name holds now, else kFailedPrecondition that says
// which field names what.
absl::Status RequireRecord(ReadTx& tx, const RecordTable& table, std::string_view name,
                           std::string_view field);

// OK if every name of a list is an element of the catalogue and stands in it once; else
// kInvalidArgument or kFailedPrecondition that blames `field` with the index.
absl::Status CheckDataElements(ReadTx& tx,
                               const google::protobuf::RepeatedPtrField<std::string>& names,
                               std::string_view field);

// Removes output-only fields and the etag, so that two records can be compared.
void ClearOutputOnly(google::protobuf::Message* record);

}  // namespace rollcall::registry

#endif  // ROLLCALL_SERVER_REGISTRY_COLLECTION_H_
