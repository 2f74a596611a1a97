// The rows of the tamper-evident log. What they mean and how they hang together is the business of
// server/audit; here they are bytes.
//
// Errors of all: the driver's.

#ifndef ROLLCALL_STORAGE_AUDIT_STORE_H_
#define ROLLCALL_STORAGE_AUDIT_STORE_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "storage/store.h"

namespace rollcall {

// One entry with what lists need to know of it.
struct AuditRow {
  std::int64_t index = 0;  // 0, 1, 2, ...
  std::int64_t time_us = 0;
  std::string kind;
  std::string principal;
  std::string method;
  std::string leaf_hash;  // 32 bytes.
  std::string nodes;      // Nodes of the tree that it completes, from level 1 on, 32 bytes each.
  std::string entry;      // The bytes that were hashed.
};

// A signed head.
struct AuditCheckpointRow {
  std::int64_t size = 0;
  std::string note;
};

// What opens one commitment of an entry.
struct AuditSaltRow {
  std::int64_t place = 0;  // Counted in the order of the entry's bytes.
  std::string subject;     // The resource that the value belongs to.
  std::string salt;        // 16 bytes.
};

// How many entries there are: one more than the largest index.
absl::StatusOr<std::int64_t> CountAuditEntries(ReadTx& tx);

absl::Status PutAuditEntry(WriteTx& tx, const AuditRow& row);

// kNotFound if there is no such entry.
absl::StatusOr<AuditRow> GetAuditEntry(ReadTx& tx, std::int64_t index);

// Entries from `begin` on in ascending order, until there are no more or `take` returns false.
absl::Status ReadAuditEntries(ReadTx& tx, std::int64_t begin,
                              absl::FunctionRef<absl::StatusOr<bool>(const AuditRow&)> take);

// Which entries a list asks for; what is empty or 0 does not restrict.
struct AuditFilter {
  std::string principal;
  std::string method;
  std::string kind;
  std::string subject;             // Entries with a salt of this resource.
  std::int64_t begin_time_us = 0;  // At or after.
  std::int64_t end_time_us = 0;    // Before.
};

// Matching entries with an index below `before`, newest first, until `take` returns false.
absl::Status ListAuditEntries(ReadTx& tx, const AuditFilter& filter, std::int64_t before,
                              absl::FunctionRef<absl::StatusOr<bool>(const AuditRow&)> take);

// Node `index` of a level of the tree, 32 bytes. Of level 0 the leaf's hash. kNotFound if there is
// no such node.
absl::StatusOr<std::string> GetAuditNode(ReadTx& tx, int level, std::int64_t index);

absl::Status PutAuditCheckpoint(WriteTx& tx, const AuditCheckpointRow& row);
// The newest checkpoint over at most `size` entries. kNotFound if there is none.
absl::StatusOr<AuditCheckpointRow> GetAuditCheckpoint(ReadTx& tx, std::int64_t size);
// Checkpoints over more than `size` entries in ascending order, at most `limit`.
absl::StatusOr<std::vector<AuditCheckpointRow>> AuditCheckpointsAfter(ReadTx& tx, std::int64_t size,
                                                                      std::int64_t limit);

absl::Status PutAuditSalt(WriteTx& tx, std::int64_t entry, const AuditSaltRow& row);
// In ascending order of place.
absl::StatusOr<std::vector<AuditSaltRow>> GetAuditSalts(ReadTx& tx, std::int64_t entry);
// Removes the salts of one resource, such as `people/17`, so that what the log says of it can no
// longer be held against anything. Returns how many there were.
absl::StatusOr<std::int64_t> EraseAuditSalts(WriteTx& tx, std::string_view subject);

}  // namespace rollcall

#endif  // ROLLCALL_STORAGE_AUDIT_STORE_H_
