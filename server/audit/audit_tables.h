// The log's tables as the server reads them: checked row by row as they come.

#ifndef ROLLCALL_SERVER_AUDIT_AUDIT_TABLES_H_
#define ROLLCALL_SERVER_AUDIT_AUDIT_TABLES_H_

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/audit/checkpoint.h"
#include "server/audit/hash.h"
#include "server/audit/merkle_tree.h"
#include "storage/audit_store.h"

namespace rollcall::audit {

// Reads nodes of the tree in a view, for the functions of merkle_tree.h. As long as `tx` lives.
std::function<absl::StatusOr<Hash>(int level, std::uint64_t index)> StoredNodes(ReadTx& tx);

// OK if the entry has its hash and its index, and the columns beside it say what it says.
// Errors: kDataLoss, reason AUDIT_LOG_DAMAGED, naming the entry.
absl::Status CheckRow(const AuditRow& row);

// Reads the log from one entry on to its end, in batches, each in a view of its own, and holds all
// that the tables say against each other: hashes, columns, nodes of the tree, roots and signatures
// of checkpoints, salts of people. Not thread-safe.
class TableReader {
 public:
  // `size` is what is read up to: the size of a checkpoint. `every` is the distance of checkpoints
  // that are given out, in entries; the last is always given.
  TableReader(NoteKey key, std::uint64_t begin, std::uint64_t size, std::uint64_t every);

  struct Batch {
    std::vector<AuditRow> rows;
    std::string checkpoint;  // Over all rows so far, or nothing.
  };

  // The next rows: at most `max_bytes` of entries, but at least one, or none at the end; the batch
  // ends where a checkpoint is given out.
  // Errors: kDataLoss, reason AUDIT_LOG_DAMAGED, with the first bad entry.
  absl::StatusOr<Batch> Next(ReadTx& tx, std::size_t max_bytes);

  // Checks the signatures of all checkpoints, which takes longer than all the rest. Otherwise only
  // those are checked that are given out; roots always are.
  void CheckAllSignatures() { all_signatures_ = true; }

  bool done() const { return loaded_ && tree_.size() >= size_; }

 private:
  absl::Status Take(ReadTx& tx, const AuditRow& row);
  absl::Status CheckPeople(ReadTx& tx, const AuditRow& row);

  const NoteKey key_;
  const std::uint64_t begin_;
  const std::uint64_t size_;
  const std::uint64_t every_;
  Frontier tree_;
  bool loaded_ = false;
  bool all_signatures_ = false;
  std::uint64_t next_checkpoint_;
};

// Reads and checks all tables of the log in one view.
// Errors: kDataLoss, reason AUDIT_LOG_DAMAGED.
absl::Status CheckTables(ReadTx& tx, const NoteKey& key);

}  // namespace rollcall::audit

#endif  // ROLLCALL_SERVER_AUDIT_AUDIT_TABLES_H_
