// The register's store: transactions over a database, and the schema they rely on.
//
// Every committed change has a revision, 1, 2, 3, ...; facts are closed at a revision rather
// than overwritten, so that any earlier state can be read again.

#ifndef ROLLCALL_STORAGE_STORE_H_
#define ROLLCALL_STORAGE_STORE_H_

#include <chrono>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "storage/driver.h"
#include "storage/journal.h"

namespace rollcall {

class PersonKeyStore;
class Vault;
class WriteQueue;
struct QueuedWrite;

// Reads the newest state when used as a revision.
inline constexpr std::int64_t kNewest = std::numeric_limits<std::int64_t>::max();

// The newest revision that a connection sees in its transaction; 0 in an empty register.
absl::StatusOr<std::int64_t> NewestRevision(Connection& connection);

// A consistent view of the register. Lives only inside Store::Read or Store::Write.
class ReadTx {
 public:
  ReadTx(Connection& connection, std::int64_t revision, Vault* vault);
  ~ReadTx();
  ReadTx(const ReadTx&) = delete;
  ReadTx& operator=(const ReadTx&) = delete;

  // Statements; see Connection::Prepare.
  absl::StatusOr<Statement*> Prepare(std::string_view sql) { return connection_.Prepare(sql); }

  // The newest revision that this view sees; 0 in an empty register.
  std::int64_t revision() const { return revision_; }

  // What seals and opens personal fields. Null in a store that was opened without one, which
  // can keep everything but people.
  Vault* vault() const { return vault_; }

  // What seals and opens the personal fields of people in this transaction.
  PersonKeyStore& person_keys() { return *person_keys_; }

 protected:
  Connection& connection_;

 private:
  std::int64_t revision_;
  Vault* vault_;
  std::unique_ptr<PersonKeyStore> person_keys_;
};

// Who writes, for the row that every revision leaves and for the journal.
struct WriteOptions {
  std::string method;     // Full name of the API method, or an internal word.
  std::string principal;  // The caller's identity; never a name of a person in the roster.
  absl::Time time;        // The time that all rows of the transaction carry.
  std::function<bool()> cancelled;  // See Connection::SetCancelCheck.
  std::string source{};             // Where the call came from: an address, `unix` or `internal`.
  std::string purpose{};            // What the caller stated; empty if nothing.
  std::string correlation_id{};     // Of the call; empty for internal work.
  std::string via{};                // The certificate, if a token said who calls.
  // True for work that takes long, such as an import: it shares its commit with nobody, so that
  // those who came before it are not kept waiting for it.
  bool alone = false;
};

// A change in the making.
class WriteTx : public ReadTx {
 public:
  WriteTx(Connection& connection, std::int64_t revision, Vault* vault, const WriteOptions& options)
      : ReadTx(connection, revision, vault), options_(options) {}

  // The revision that this transaction gets if it commits. Calling it marks the register as
  // changed; a transaction that never calls it leaves no revision.
  std::int64_t NewRevision() {
    changed_ = true;
    return revision() + 1;
  }

  bool changed() const { return changed_; }

  // Tells that the body appended an entry to the journal by itself, so that the commit is sealed
  // although it may leave no revision.
  void NoteAppended() { appended_ = true; }
  bool appended() const { return appended_; }

  absl::Time time() const { return options_.time; }
  const WriteOptions& options() const { return options_; }
  std::int64_t Changes() { return connection_.Changes(); }

  // What the journal is told of this transaction: records that were written, by RecordTable
  // itself, and whatever else is worth knowing.
  JournalNotes& notes() { return notes_; }

  // Asks for a rollback although the body returns OK: used for dry runs.
  void Abandon() { abandoned_ = true; }
  bool abandoned() const { return abandoned_; }

 private:
  const WriteOptions& options_;
  JournalNotes notes_;
  bool changed_ = false;
  bool appended_ = false;
  bool abandoned_ = false;
};

// Thread-safe.
class Store {
 public:
  // Opens the database and brings its schema up to date, each step in a transaction of its own.
  // `vault` outlives the store; without one no person can be kept or read. What an older program
  // kept in the open is not seen before SealPlainRows (storage/seal_plain_rows.h) has run.
  // Errors: kFailedPrecondition (the database is newer than the program, or an applied step
  // differs from the program's), and the driver's.
  static absl::StatusOr<std::unique_ptr<Store>> Open(std::unique_ptr<Driver> driver, absl::Time now,
                                                     Vault* vault = nullptr);
  ~Store();

  // Runs `body` on a view that does not change while it runs. `cancelled` as in Connection.
  // The view must not be kept open across a network write.
  absl::Status Read(const std::function<bool()>& cancelled,
                    absl::FunctionRef<absl::Status(ReadTx&)> body);

  // Runs `body` in one write transaction; writers take turns, first come, first served. If `body`
  // returns OK and the commit succeeds, all its effects are durable when Write returns; otherwise
  // none is there.
  //
  // Callers that wait at the same time share one commit of the database, unless they ask to be
  // `alone`. Each still sees what those before it did, has its own revision and its own status.
  // `body` therefore may run on another caller's thread, while its own waits; what it throws is
  // thrown here. It runs once at most.
  //
  // Errors: the body's; kDeadlineExceeded (the cancel check said so while it waited: it did not
  // run); kAborted, reason COMMIT_LOST (another body broke the commit that they shared) and the
  // engine's. A body that wrote nothing may be told of a failed commit too.
  absl::Status Write(const WriteOptions& options, absl::FunctionRef<absl::Status(WriteTx&)> body);

  // From now on calls `committed` after each commit that left revisions, on a writer's thread,
  // before their Writes return. It must be quick and must not call the store. Empty: nobody is
  // told.
  void OnCommit(std::function<void()> committed);

  // From now on every body that leaves a revision is told to `journal`, which outlives the
  // store; null: nobody is told. See Journal.
  void SetJournal(Journal* journal);

  // OK if the database answers. To be called now and then: does what a Checkpoint left undone, if
  // no writer is at work.
  absl::Status Ready();

  // Leaves nothing of earlier states in the engine's log. Writers wait, a few milliseconds for each
  // megabyte of the log, but nobody waits for readers. What fails is tried again, after commits and
  // in Ready, until it succeeds; opening a store does it too, so a restart loses nothing.
  // Errors: kUnavailable, reason CHECKPOINT_BUSY (a reader, such as a backup, still needs the log),
  // and the engine's.
  absl::Status Checkpoint();

  // Leaves no deleted bytes in the database's files and gives freed space back; the engine's log
  // follows as in Checkpoint, at once or once no reader needs it. Takes as long as copying the
  // database, and as much room on its disk; writers wait.
  absl::Status Compact();

  // See Driver::Backup and Driver::Check.
  absl::StatusOr<DatabaseFacts> Backup(const std::string& path, const ProgressCheck& progress) {
    return driver_->Backup(path, progress);
  }
  absl::StatusOr<DatabaseFacts> Check(const std::string& path, const ProgressCheck& progress,
                                      const DatabaseVisit& visit) {
    return driver_->Check(path, progress, visit);
  }

  int schema_version() const { return schema_version_; }
  std::string_view engine() const { return driver_->engine(); }

 private:
  Store(std::unique_ptr<Driver> driver, std::unique_ptr<Connection> writer, int schema_version,
        Vault* vault);

  void Lead(const QueuedWrite& own);
  absl::Status CheckpointLocked();  // Needs writer_mutex_.
  absl::StatusOr<std::unique_ptr<Connection>> TakeReader();
  void ReturnReader(std::unique_ptr<Connection> reader);

  const std::unique_ptr<Driver> driver_;
  const int schema_version_;
  Vault* const vault_;
  const std::unique_ptr<WriteQueue> queue_;
  std::mutex writer_mutex_;             // Held by the leader while it leads.
  std::unique_ptr<Connection> writer_;  // Guarded by writer_mutex_.
  std::function<void()> committed_;     // Guarded by writer_mutex_.
  Journal* journal_ = nullptr;          // Guarded by writer_mutex_.
  bool checkpoint_owed_ = false;        // Guarded by writer_mutex_. The last one failed.
  std::chrono::steady_clock::time_point last_checkpoint_;  // Guarded by writer_mutex_.
  std::mutex readers_mutex_;
  std::vector<std::unique_ptr<Connection>> idle_readers_;  // Guarded by readers_mutex_.
};

}  // namespace rollcall

#endif  // ROLLCALL_STORAGE_STORE_H_
