// What changed in a record, as the log says it.

#ifndef ROLLCALL_SERVER_AUDIT_RECORD_CHANGES_H_
#define ROLLCALL_SERVER_AUDIT_RECORD_CHANGES_H_

#include <string>
#include <unordered_map>
#include <vector>

#include "absl/functional/function_ref.h"
#include "google/protobuf/message.h"
#include "server/audit/entry.h"
#include "storage/journal.h"

namespace rollcall::audit {

// A value that stands in an entry as a commitment.
struct HiddenValue {
  std::string subject;  // The resource that it belongs to.
  Salt salt{};
};

// Makes a fresh random salt.
using NewSalt = absl::FunctionRef<Salt()>;

// Compares records field by field. Not thread-safe: it remembers which types are personal.
class RecordDiffer {
 public:
  // The fields whose values differ, in the order of their numbers. Fields that say nothing of their
  // own (name, etag, revision, create_time, update_time) are left out. The value of a field that is
  // personal, or holds anything personal at any depth, is hidden; salts are appended in the order
  // in which the commitments stand in the bytes of an entry.
  EntryChange Diff(const RecordChange& change, NewSalt new_salt, std::vector<HiddenValue>* hidden);

 private:
  bool IsPersonal(const google::protobuf::FieldDescriptor* field);
  bool HasPersonal(const google::protobuf::Descriptor* type);

  std::unordered_map<const google::protobuf::Descriptor*, bool> personal_types_;
};

}  // namespace rollcall::audit

#endif  // ROLLCALL_SERVER_AUDIT_RECORD_CHANGES_H_
