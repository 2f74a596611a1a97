// The small interface that a storage engine implements: connections, statements,
// transactions. Everything above it speaks SQL that every engine understands ($1
// parameters, ON CONFLICT, RETURNING, CTEs), written once.

#ifndef ROLLCALL_STORAGE_DRIVER_H_
#define ROLLCALL_STORAGE_DRIVER_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace rollcall {

// A prepared statement of one connection. Parameters and columns are numbered as in SQL and
// as in C++ respectively: `$1` is parameter 1, the first column is column 0. Not thread-safe.
class Statement {
 public:
  virtual ~Statement() = default;

  // Bind a value to a parameter. Texts and blobs are not copied: they must live until the next
  // Step returned false, Run returned, or Reset. A binding error is reported by the next Step.
  virtual void BindInt(int parameter, std::int64_t value) = 0;
  virtual void BindText(int parameter, std::string_view value) = 0;
  virtual void BindBlob(int parameter, std::string_view value) = 0;
  virtual void BindNull(int parameter) = 0;

  // Moves to the next row: true if there is one, false at the end, after which the statement is
  // reset and may be bound again.
  // Errors: see Connection.
  virtual absl::StatusOr<bool> Step() = 0;

  // Runs a statement that returns no rows, then resets it.
  virtual absl::Status Run() = 0;

  // Values of the current row. Views are valid until the next Step, Run or Reset. NULL reads as
  // 0 or as an empty view.
  virtual std::int64_t Int(int column) = 0;
  virtual std::string_view Text(int column) = 0;
  virtual std::string_view Blob(int column) = 0;
  virtual bool IsNull(int column) = 0;

  // Gives up the current result and the bindings.
  virtual void Reset() = 0;
};

// Resets a statement at the end of a scope, so that an early return leaves no open result
// behind (an open result would hold a read transaction).
class ScopedReset {
 public:
  explicit ScopedReset(Statement* statement) : statement_(statement) {}
  ~ScopedReset() { statement_->Reset(); }
  ScopedReset(const ScopedReset&) = delete;
  ScopedReset& operator=(const ScopedReset&) = delete;

 private:
  Statement* statement_;
};

// One connection to the database. Not thread-safe.
//
// Errors of all methods: kAlreadyExists (unique or primary key), kFailedPrecondition (foreign
// key, check, a number that is no number), kAborted (busy; the caller may run the transaction
// again), kResourceExhausted (disk full), kDataLoss (corrupt file), kDeadlineExceeded (the
// cancel check said so), kInternal (anything else). Messages name no value.
class Connection {
 public:
  virtual ~Connection() = default;

  // Returns the statement for a text, prepared once per connection and reset. The statement
  // belongs to the connection; the same text may not be used in two nested loops.
  virtual absl::StatusOr<Statement*> Prepare(std::string_view sql) = 0;

  // Runs one or more statements without parameters.
  virtual absl::Status Execute(const std::string& sql) = 0;

  // Transactions. BeginWrite takes the engine's write lock at once.
  virtual absl::Status BeginRead() = 0;
  virtual absl::Status BeginWrite() = 0;
  virtual absl::Status Commit() = 0;
  virtual absl::Status Rollback() = 0;

  // False once the engine has ended a write transaction by itself, as some errors make it. From
  // then until Rollback no statement runs: it would be outside of the transaction.
  virtual bool InTransaction() = 0;

  // A part of a write transaction that can be undone alone; only one at a time. While it is open
  // the cancel check ends statements that read but none that writes, because an engine may end the
  // whole transaction with it.
  virtual absl::Status Savepoint() = 0;
  virtual absl::Status ReleaseSavepoint() = 0;
  virtual absl::Status RollbackToSavepoint() = 0;

  // Rows touched by the last data-changing statement.
  virtual std::int64_t Changes() = 0;

  // Writes the engine's log into the database and empties it; not inside a transaction. Waits for
  // nobody.
  // Errors: kUnavailable, reason CHECKPOINT_BUSY: a reader still needs the log, or another writer
  // has the database. What could be written was, and the log still has states of before.
  virtual absl::Status Checkpoint() = 0;

  // Rewrites the database without what was deleted; not inside a transaction. The engine's log has
  // the states of before until Checkpoint. Needs as much room again as the database has, on its
  // disk and not in memory.
  virtual absl::Status Compact() = 0;

  // Asked now and then while a statement runs; true ends the statement with kDeadlineExceeded.
  // An empty function never ends it.
  virtual void SetCancelCheck(std::function<bool()> cancelled) = 0;
};

// One numbered step of the schema. Applied steps never change.
struct Migration {
  int version = 0;       // 1, 2, 3, ... without a gap.
  std::string name;      // The file's name.
  std::string_view sql;  // The script; runs in one transaction.
};

// What a database holds in numbers, to compare a copy with its original.
struct DatabaseFacts {
  int schema_version = 0;
  std::int64_t revision = 0;                 // The newest one; 0 in an empty register.
  std::map<std::string, std::int64_t> rows;  // By table, all tables.

  friend bool operator==(const DatabaseFacts&, const DatabaseFacts&) = default;
};

// Told now and then how far long work is, as a fraction in [0, 1]; false ends the work with
// kDeadlineExceeded.
using ProgressCheck = std::function<bool(double)>;

// Looks at more of a database inside a read transaction.
using DatabaseVisit = std::function<absl::Status(Connection&)>;

// The end of the name of a database that is being put in the place of another one. While a file of
// this name lies beside a place without a database, no new database is begun there.
inline constexpr char kIncomingSuffix[] = ".restoring";

// Opens connections to one database. Thread-safe.
class Driver {
 public:
  virtual ~Driver() = default;

  // The engine's name: `sqlite`.
  virtual std::string_view engine() const = 0;

  // Opens a connection of its own for each caller.
  virtual absl::StatusOr<std::unique_ptr<Connection>> Connect(bool read_only) = 0;

  // The steps of this engine's schema, ascending.
  virtual const std::vector<Migration>& migrations() const = 0;

  // Copies the database, as it is at one moment, into a new file at `path`, and says what the copy
  // must hold. Readers and writers go on meanwhile. The copy is one file that needs no other, is
  // readable by its owner only, and durable when this returns. After an error nothing is at `path`.
  // Errors: kAlreadyExists (something is at `path`), kFailedPrecondition, reason
  // BACKUP_NOT_WRITABLE (the folder cannot be written to), kResourceExhausted (no room), kDataLoss,
  // kDeadlineExceeded.
  virtual absl::StatusOr<DatabaseFacts> Backup(const std::string& path,
                                               const ProgressCheck& progress) = 0;

  // Reads the whole file at `path`, which nobody has open, with the engine's own checks of
  // structure and references, lets `visit`, which may be empty, look at it, and says what it holds.
  // Changes nothing.
  // Errors: those of `visit`; kNotFound; kDataLoss, reason DATABASE_CORRUPT (damage, with what the
  // engine says of it); kFailedPrecondition (no database of this program, or a schema that this
  // program does not know: reasons NOT_OUR_DATABASE, SCHEMA_NEWER, SCHEMA_MISMATCH);
  // kDeadlineExceeded.
  virtual absl::StatusOr<DatabaseFacts> Check(const std::string& path,
                                              const ProgressCheck& progress,
                                              const DatabaseVisit& visit) = 0;
};

}  // namespace rollcall

#endif  // ROLLCALL_STORAGE_DRIVER_H_
