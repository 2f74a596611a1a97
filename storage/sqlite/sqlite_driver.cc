#include "storage/sqlite/sqlite_driver.h"

#include <SQLiteCpp/SQLiteCpp.h>
#include <sqlite3.h>
#include <sys/stat.h>

#include <array>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <system_error>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "storage/sqlite/migrations.h"
#include "storage/sqlite/sqlite_backup.h"
#include "storage/sqlite/sqlite_errors.h"
#include "storage/status.h"

namespace rollcall {
namespace {

constexpr int kBusyTimeoutMs = 10'000;
constexpr int kProgressSteps = 10'000;

// What a connection's statements must know of its transaction.
struct TransactionState {
  sqlite3* database = nullptr;
  bool writing = false;  // Between BeginWrite and Commit or Rollback.
  bool in_savepoint = false;
  bool statement_writes = false;  // The statement that runs can change the database.
};

// Whether a statement that was prepared from `sql` can change the database. SQLiteCpp keeps its
// handle to itself, so it is looked for among the connection's; the newest is the first.
bool CanWrite(sqlite3* database, const std::string& sql) {
  sqlite3_stmt* statement = sqlite3_next_stmt(database, nullptr);
  while (statement != nullptr && sql != sqlite3_sql(statement)) {
    statement = sqlite3_next_stmt(database, statement);
  }
  return statement == nullptr || sqlite3_stmt_readonly(statement) == 0;
}

class SqliteStatement final : public Statement {
 public:
  SqliteStatement(SQLite::Database& database, const std::string& sql, TransactionState& transaction)
      : statement_(database, sql),
        writes_(CanWrite(database.getHandle(), sql)),
        transaction_(transaction),
        buffers_(static_cast<std::size_t>(statement_.getBindParameterCount())) {
    // Parameters are bound by position, so $1, $2, ... must first appear in this order.
    for (int i = 0; i < statement_.getBindParameterCount(); ++i) {
      if (statement_.getIndex(absl::StrCat("$", i + 1).c_str()) != i + 1) {
        throw SQLite::Exception("parameters out of order");
      }
    }
  }

  void BindInt(int parameter, std::int64_t value) override {
    Bind([&] { statement_.bind(parameter, value); });
  }
  void BindText(int parameter, std::string_view value) override {
    Bind([&] {
      std::string& buffer = buffers_.at(static_cast<std::size_t>(parameter - 1));
      buffer.assign(value);
      statement_.bindNoCopy(parameter, buffer);
    });
  }
  void BindBlob(int parameter, std::string_view value) override {
    Bind([&] {
      statement_.bindNoCopy(parameter,
                            value.data() == nullptr ? static_cast<const void*>("") : value.data(),
                            static_cast<int>(value.size()));
    });
  }
  void BindNull(int parameter) override {
    Bind([&] { statement_.bind(parameter); });
  }

  absl::StatusOr<bool> Step() override {
    if (!bind_error_.ok()) {
      absl::Status error = bind_error_;
      Reset();
      return error;
    }
    if (transaction_.writing && sqlite3_get_autocommit(transaction_.database) != 0) {
      Reset();
      return MakeError(absl::StatusCode::kAborted, "COMMIT_LOST",
                       "the storage gave up this change; nothing of it was kept; send it again");
    }
    fresh_ = false;
    transaction_.statement_writes = writes_;
    absl::StatusOr<bool> row =
        Guard([&]() -> absl::StatusOr<bool> { return statement_.executeStep(); });
    if (!row.ok() || !*row) Reset();
    return row;
  }

  absl::Status Run() override {
    while (true) {
      const absl::StatusOr<bool> row = Step();
      if (!row.ok()) return row.status();
      if (!*row) return absl::OkStatus();
    }
  }

  std::int64_t Int(int column) override { return statement_.getColumn(column).getInt64(); }
  std::string_view Text(int column) override { return Bytes(column); }
  std::string_view Blob(int column) override { return Bytes(column); }
  bool IsNull(int column) override { return statement_.getColumn(column).isNull(); }

  const std::string& sql() const { return statement_.getQuery(); }

  void Reset() override {
    if (fresh_) return;
    statement_.tryReset();
    statement_.clearBindings();
    bind_error_ = absl::OkStatus();
    fresh_ = true;
  }

 private:
  std::string_view Bytes(int column) {
    const SQLite::Column value = statement_.getColumn(column);
    const void* data = value.getBlob();
    return {static_cast<const char*>(data),
            data == nullptr ? 0U : static_cast<std::size_t>(value.getBytes())};
  }

  template <typename Function>
  void Bind(Function&& function) {
    fresh_ = false;
    const absl::Status status = Guard([&] {
      function();
      return absl::OkStatus();
    });
    if (!status.ok()) bind_error_ = status;
  }

  SQLite::Statement statement_;
  const bool writes_;
  TransactionState& transaction_;
  std::vector<std::string> buffers_;  // Texts bound by reference live here.
  absl::Status bind_error_;
  bool fresh_ = true;  // Nothing was bound or run since the last Reset().
};

class SqliteConnection final : public Connection {
 public:
  SqliteConnection(const std::string& path, bool read_only)
      : database_(path,
                  // One thread at a time uses a connection: SQLite need not lock it.
                  SQLite::OPEN_NOMUTEX | (read_only ? SQLite::OPEN_READONLY
                                                    : SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE),
                  kBusyTimeoutMs) {
    transaction_.database = database_.getHandle();
    sqlite3_extended_result_codes(database_.getHandle(), 1);
    database_.exec("PRAGMA foreign_keys=ON");
    database_.exec("PRAGMA trusted_schema=OFF");
    database_.exec("PRAGMA synchronous=FULL");
    // 64 MB for the writer, 8 MB for each reader: the whole process has 300 bytes a person.
    database_.exec(read_only ? "PRAGMA cache_size=-8192" : "PRAGMA cache_size=-65536");
    // No sorter or temporary table may reach the disk, and what is deleted (a person's key, a
    // row that was replaced) is overwritten with zeros and not only unlinked.
    database_.exec("PRAGMA temp_store=MEMORY");
    database_.exec("PRAGMA secure_delete=ON");
  }

  ~SqliteConnection() override {
    sqlite3_progress_handler(database_.getHandle(), 0, nullptr, nullptr);
  }

  absl::StatusOr<Statement*> Prepare(std::string_view sql) override {
    // Most texts are literals, which keep their address: comparing one text is cheaper than
    // hashing it.
    Recent& recent = recent_[(reinterpret_cast<std::uintptr_t>(sql.data()) >> 3U) % recent_.size()];
    if (recent.address == sql.data() && recent.statement->sql() == sql) {
      recent.statement->Reset();
      return recent.statement;
    }
    auto found = statements_.find(ToAbsl(sql));
    if (found == statements_.end()) {
      std::string text(sql);
      absl::StatusOr<std::unique_ptr<SqliteStatement>> made =
          Guard([&]() -> absl::StatusOr<std::unique_ptr<SqliteStatement>> {
            return std::make_unique<SqliteStatement>(database_, text, transaction_);
          });
      if (!made.ok()) return std::move(made).status();
      found = statements_.emplace(std::move(text), *std::move(made)).first;
    }
    recent = {sql.data(), found->second.get()};
    found->second->Reset();
    return found->second.get();
  }

  absl::Status Execute(const std::string& sql) override {
    return Guard([&] {
      database_.exec(sql);
      return absl::OkStatus();
    });
  }

  absl::Status BeginRead() override { return RunPrepared("BEGIN DEFERRED"); }
  absl::Status BeginWrite() override {
    const absl::Status status = RunPrepared("BEGIN IMMEDIATE");
    transaction_.writing = status.ok();
    return status;
  }
  absl::Status Commit() override {
    const absl::Status status = RunPrepared("COMMIT");
    if (status.ok()) transaction_.writing = false;
    return status;
  }
  absl::Status Rollback() override {
    for (auto& [sql, statement] : statements_) statement->Reset();
    transaction_.writing = false;
    transaction_.in_savepoint = false;
    // A failed commit or a full disk may have ended the transaction already.
    if (sqlite3_get_autocommit(database_.getHandle()) != 0) return absl::OkStatus();
    return RunPrepared("ROLLBACK");
  }

  bool InTransaction() override { return sqlite3_get_autocommit(database_.getHandle()) == 0; }

  absl::Status Savepoint() override {
    const absl::Status status = RunPrepared("SAVEPOINT part");
    transaction_.in_savepoint = status.ok();
    return status;
  }
  absl::Status ReleaseSavepoint() override {
    transaction_.in_savepoint = false;
    return RunPrepared("RELEASE part");
  }
  absl::Status RollbackToSavepoint() override {
    for (auto& [sql, statement] : statements_) statement->Reset();
    transaction_.in_savepoint = false;
    const absl::Status status = RunPrepared("ROLLBACK TO part");
    return status.ok() ? RunPrepared("RELEASE part") : status;
  }

  std::int64_t Changes() override { return sqlite3_changes64(database_.getHandle()); }

  absl::Status Checkpoint() override {
    // Its caller holds up all writers: waiting for a reader would stop the register.
    sqlite3_busy_timeout(database_.getHandle(), 0);
    const absl::StatusOr<bool> busy = Guard([&]() -> absl::StatusOr<bool> {
      SQLite::Statement checkpoint(database_, "PRAGMA wal_checkpoint(TRUNCATE)");
      return checkpoint.executeStep() && checkpoint.getColumn(0).getInt() != 0;
    });
    sqlite3_busy_timeout(database_.getHandle(), kBusyTimeoutMs);
    RC_RETURN_IF_ERROR(busy.status());
    if (!*busy) return absl::OkStatus();
    return MakeError(absl::StatusCode::kUnavailable, "CHECKPOINT_BUSY",
                     "the write-ahead log cannot be emptied while a reader or another writer uses "
                     "it; it is tried again");
  }

  absl::Status Compact() override {
    // It copies the whole database into a temporary one, which must not be in memory. That holds
    // nothing that the database file does not hold.
    RC_RETURN_IF_ERROR(Execute("PRAGMA temp_store=FILE"));
    const absl::Status status = Execute("VACUUM");
    RC_RETURN_IF_ERROR(Execute("PRAGMA temp_store=MEMORY"));
    return status;
  }

  void SetCancelCheck(std::function<bool()> cancelled) override {
    cancelled_ = std::move(cancelled);
    if (cancelled_) {
      sqlite3_progress_handler(
          database_.getHandle(), kProgressSteps,
          [](void* self) { return static_cast<SqliteConnection*>(self)->MustEnd() ? 1 : 0; }, this);
    } else {
      sqlite3_progress_handler(database_.getHandle(), 0, nullptr, nullptr);
    }
  }

 private:
  // SQLite rolls the whole transaction back if a statement that writes is interrupted.
  bool MustEnd() const {
    return !(transaction_.in_savepoint && transaction_.statement_writes) && cancelled_();
  }

  // Every call begins and ends a transaction: these statements are not parsed each time.
  absl::Status RunPrepared(std::string_view sql) {
    absl::StatusOr<Statement*> statement = Prepare(sql);
    return statement.ok() ? (*statement)->Run() : statement.status();
  }

  // A statement that was prepared last from a text at this address.
  struct Recent {
    const char* address = nullptr;
    SqliteStatement* statement = nullptr;
  };

  SQLite::Database database_;
  TransactionState transaction_;
  absl::flat_hash_map<std::string, std::unique_ptr<SqliteStatement>> statements_;
  std::array<Recent, 64> recent_;
  std::function<bool()> cancelled_;
};

class SqliteDriver final : public Driver {
 public:
  explicit SqliteDriver(std::string path) : path_(std::move(path)) {}

  std::string_view engine() const override { return "sqlite"; }

  absl::StatusOr<std::unique_ptr<Connection>> Connect(bool read_only) override {
    return Guard([&]() -> absl::StatusOr<std::unique_ptr<Connection>> {
      return std::make_unique<SqliteConnection>(path_, read_only);
    });
  }

  const std::vector<Migration>& migrations() const override { return SqliteMigrations(); }

  absl::StatusOr<DatabaseFacts> Backup(const std::string& path,
                                       const ProgressCheck& progress) override {
    return BackupSqlite(path_, path, progress);
  }

  absl::StatusOr<DatabaseFacts> Check(const std::string& path, const ProgressCheck& progress,
                                      const DatabaseVisit& visit) override {
    return CheckSqliteFile(path, progress, visit);
  }

 private:
  const std::string path_;
};

// Settings of SQLite for the whole process; only the first call, before any use, can make them.
bool ConfigureProcess(const std::string& path) {
  // Without its count of memory in use, which nobody asks for, SQLite takes no lock of the whole
  // process for each allocation.
  sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
  // Others may lie in memory, have too little room, or be read by somebody else.
  const std::string folder = std::filesystem::path(path).parent_path().string();
  if (sqlite3_initialize() == SQLITE_OK && !folder.empty()) {
    sqlite3_temp_directory = sqlite3_mprintf("%s", folder.c_str());
  }
  return true;
}

// A database that is missing from among its companions was not there by choice: a new one would
// hide what became of it, and SQLite would throw its log away.
absl::Status CheckNotMissing(const std::string& path) {
  std::error_code error;
  if (std::filesystem::exists(path, error) || error) return absl::OkStatus();
  const std::string incoming = path + kIncomingSuffix;
  const std::string log = path + "-wal";
  const bool half_restored = std::filesystem::exists(incoming, error);
  const auto log_size = std::filesystem::file_size(log, error);
  const bool has_log = !error && log_size > 0;
  if (!half_restored && !has_log) return absl::OkStatus();
  const std::string& found = half_restored ? incoming : log;
  return MakeError(
      absl::StatusCode::kFailedPrecondition, "RESTORE_UNFINISHED",
      absl::StrCat("there is no database at ", path, ", but ", found,
                   " lies beside its place: a restore did not end, or somebody moved the database; "
                   "run the restore again, or move the database back; to begin an empty register "
                   "move that file away"));
}

absl::Status Initialise(const std::string& path) {
  return Guard([&]() -> absl::Status {
    SQLite::Database database(path, SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE, kBusyTimeoutMs);
    const int id = database.execAndGet("PRAGMA application_id").getInt();
    if (id != 0 && id != kApplicationId) {
      return MakeError(absl::StatusCode::kFailedPrecondition, "NOT_OUR_DATABASE",
                       "the file is a database of another program");
    }
    if (id == 0) {
      if (database.execAndGet("SELECT COUNT(*) FROM sqlite_master").getInt() != 0) {
        return MakeError(absl::StatusCode::kFailedPrecondition, "NOT_OUR_DATABASE",
                         "the file is a database of another program");
      }
      database.exec(absl::StrCat("PRAGMA application_id=", kApplicationId));
    }
    database.execAndGet("PRAGMA journal_mode=WAL");
    return absl::OkStatus();
  });
}

}  // namespace

absl::StatusOr<DatabaseFacts> CheckSqliteFile(const std::string& path,
                                              const ProgressCheck& progress,
                                              const DatabaseVisit& visit) {
  RC_ASSIGN_OR_RETURN(DatabaseFacts facts, CheckSqlite(path, progress));
  if (!visit) return facts;
  RC_RETURN_IF_ERROR(Guard([&]() -> absl::Status {
    SqliteConnection connection(path, /*read_only=*/true);
    RC_RETURN_IF_ERROR(connection.BeginRead());
    const absl::Status status = visit(connection);
    connection.Rollback().IgnoreError();
    return status;
  }));
  return facts;
}

absl::StatusOr<std::unique_ptr<Driver>> OpenSqlite(const std::string& path) {
  static const bool configured = ConfigureProcess(path);
  static_cast<void>(configured);
  RC_RETURN_IF_ERROR(CheckNotMissing(path));
  const mode_t before = umask(0077);
  const absl::Status status = Initialise(path);
  umask(before);
  if (!status.ok()) return status;
  return std::make_unique<SqliteDriver>(path);
}

}  // namespace rollcall
