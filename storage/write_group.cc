#include "storage/write_group.h"

#include "storage/person_key_store.h"
#include "storage/status.h"

namespace rollcall {
namespace {

absl::Status PutRevision(WriteTx& tx) {
  RC_ASSIGN_OR_RETURN(Statement * statement,
                      tx.Prepare("INSERT INTO revision (revision, commit_time, method, principal) "
                                 "VALUES ($1, $2, $3, $4)"));
  statement->BindInt(1, tx.NewRevision());
  statement->BindInt(2, absl::ToUnixMicros(tx.time()));
  statement->BindText(3, tx.options().method);
  statement->BindText(4, tx.options().principal);
  return statement->Run();
}

absl::Status CommitLost() {
  return MakeError(absl::StatusCode::kAborted, "COMMIT_LOST",
                   "the storage gave up the commit that this change was to be part of; nothing of "
                   "it was kept; send it again");
}

}  // namespace

WriteGroup::~WriteGroup() {
  if (open_) GiveUp();
}

absl::Status WriteGroup::Begin() {
  RC_RETURN_IF_ERROR(connection_.BeginWrite());
  open_ = true;
  kept_ = 0;
  if (journal_ != nullptr) first_mark_ = journal_->Mark();
  const absl::StatusOr<std::int64_t> newest = NewestRevision(connection_);
  if (!newest.ok()) GiveUp();
  revision_ = newest.value_or(0);
  return newest.status();
}

bool WriteGroup::Run(QueuedWrite& write) {
  if (write.options.cancelled && write.options.cancelled()) {
    write.result = TurnCameTooLate();
    return true;
  }
  if (!open_) {
    write.result = Begin();
    if (!write.result.ok()) return false;
  }
  const bool inside_savepoint = kept_ > 0;
  const std::int64_t mark = journal_ == nullptr ? 0 : journal_->Mark();
  if (inside_savepoint) {
    write.result = connection_.Savepoint();
    if (!write.result.ok()) {
      lost_ = true;
      return false;
    }
  }
  connection_.SetCancelCheck(write.options.cancelled);
  WriteTx tx(connection_, revision_, vault_, write.options);
  write.result = RunBody(tx, write);
  connection_.SetCancelCheck(nullptr);

  const bool keep = write.result.ok() && write.exception == nullptr && !tx.abandoned();
  if (keep && inside_savepoint) write.result = connection_.ReleaseSavepoint();
  if (!connection_.InTransaction()) {
    if (write.result.ok()) write.result = CommitLost();
    lost_ = true;
    return false;
  }
  if (!keep || !write.result.ok()) {
    Undo(inside_savepoint, mark);
    if (inside_savepoint) relying_.push_back(&write);
    return !lost_;
  }
  relying_.push_back(&write);
  ++kept_;
  newest_ = &write.options;
  if (tx.changed()) {
    revision_ = tx.NewRevision();
    changed_ = true;
  }
  if (tx.appended() || (tx.changed() && journal_ != nullptr)) appended_ = true;
  return true;
}

absl::Status WriteGroup::RunBody(WriteTx& tx, QueuedWrite& write) {
  try {
    RC_RETURN_IF_ERROR(write.body(tx));
  } catch (...) {
    write.exception = std::current_exception();
    return absl::OkStatus();
  }
  if (tx.abandoned()) return absl::OkStatus();
  RC_RETURN_IF_ERROR(tx.person_keys().Flush());
  if (!tx.changed()) return absl::OkStatus();
  RC_RETURN_IF_ERROR(PutRevision(tx));
  return journal_ == nullptr ? absl::OkStatus() : journal_->Append(tx);
}

void WriteGroup::Undo(bool inside_savepoint, std::int64_t mark) {
  if (!inside_savepoint) {
    GiveUp();
    return;
  }
  if (journal_ != nullptr) journal_->Discard(mark);
  lost_ = !connection_.RollbackToSavepoint().ok();
}

void WriteGroup::GiveUp() {
  connection_.SetCancelCheck(nullptr);
  connection_.Rollback().IgnoreError();
  if (journal_ != nullptr) journal_->Discard(first_mark_);
  open_ = false;
}

absl::Status WriteGroup::Commit() {
  if (!open_) return absl::OkStatus();
  absl::Status status = lost_ ? CommitLost() : SealAndCommit();
  if (status.ok()) {
    open_ = false;
  } else {
    for (QueuedWrite* write : relying_) write->result = status;
    GiveUp();
  }
  return status;
}

absl::Status WriteGroup::SealAndCommit() {
  const bool seal = appended_ && journal_ != nullptr;
  absl::Status status;
  if (seal) {
    WriteTx tx(connection_, revision_, vault_, *newest_);
    status = journal_->Seal(tx);
  }
  if (status.ok()) status = connection_.Commit();
  if (seal) journal_->Sealed(status.ok());
  return status;
}

}  // namespace rollcall
