// One database transaction in which the bodies of several callers run, each of them whole or not
// at all.

#ifndef ROLLCALL_STORAGE_WRITE_GROUP_H_
#define ROLLCALL_STORAGE_WRITE_GROUP_H_

#include <cstdint>
#include <vector>

#include "absl/status/status.h"
#include "storage/driver.h"
#include "storage/journal.h"
#include "storage/store.h"
#include "storage/write_queue.h"

namespace rollcall {

// Rolls back at the end of its life unless it was committed. Not thread-safe.
//
// The first body of a transaction runs as if it were alone. Each later one runs inside a
// savepoint, so that it can be undone without its neighbours.
class WriteGroup {
 public:
  // `vault` and `journal` may be null.
  WriteGroup(Connection& connection, Vault* vault, Journal* journal)
      : connection_(connection), vault_(vault), journal_(journal) {}
  ~WriteGroup();
  WriteGroup(const WriteGroup&) = delete;
  WriteGroup& operator=(const WriteGroup&) = delete;

  // Runs one body, gives it a revision if it asks for one, tells the journal, and puts what
  // became of it into `write`, for good only once Commit returned. Returns false if the engine
  // cannot begin a transaction or ended the open one by itself, with all that was in it: then no
  // further body may run.
  bool Run(QueuedWrite& write);

  // Commits what the bodies left. If that fails nothing of the group is there, and all who relied
  // on it are told, also those who were refused in view of what now never was.
  // Errors: kAborted, reason COMMIT_LOST (see Run), the journal's, and the engine's.
  absl::Status Commit();

  // True if a body that is kept has left a revision.
  bool changed() const { return changed_; }

 private:
  absl::Status Begin();
  absl::Status RunBody(WriteTx& tx, QueuedWrite& write);
  absl::Status SealAndCommit();
  void Undo(bool inside_savepoint, std::int64_t mark);
  void GiveUp();

  Connection& connection_;
  Vault* const vault_;
  Journal* const journal_;
  bool open_ = false;                     // A transaction is open.
  bool lost_ = false;                     // The engine ended the transaction by itself.
  bool changed_ = false;                  // See changed().
  bool appended_ = false;                 // A kept body left something for the journal to seal.
  int kept_ = 0;                          // Bodies whose effects are in the open transaction.
  std::int64_t revision_ = 0;             // The newest one, with those of kept bodies.
  std::int64_t first_mark_ = 0;           // The journal's, before the first body.
  const WriteOptions* newest_ = nullptr;  // Of the last kept body.
  std::vector<QueuedWrite*> relying_;     // Whose result depends on the commit.
};

}  // namespace rollcall

#endif  // ROLLCALL_STORAGE_WRITE_GROUP_H_
