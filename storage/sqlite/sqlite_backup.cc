#include "storage/sqlite/sqlite_backup.h"

#include <SQLiteCpp/Backup.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <functional>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "storage/digest.h"
#include "storage/durable_path.h"
#include "storage/sqlite/migrations.h"
#include "storage/sqlite/sqlite_errors.h"

namespace rollcall {
namespace {

constexpr int kPagesAtATime = 256;
constexpr int kStepsBetweenChecks = 100'000;

absl::Status TimeIsOver() {
  return MakeError(absl::StatusCode::kDeadlineExceeded, "DEADLINE",
                   "the time for this call is over");
}

absl::Status NotWritable(std::string_view what) {
  switch (errno) {
    case EEXIST:
      return MakeError(absl::StatusCode::kAlreadyExists, "ALREADY_EXISTS",
                       "a file of the copy's name exists already; it was left alone");
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
      return MakeError(absl::StatusCode::kResourceExhausted, "DISK_FULL",
                       "the disk is full; no copy was kept");
    default:
      return MakeError(absl::StatusCode::kFailedPrecondition, "BACKUP_NOT_WRITABLE",
                       absl::StrCat("the copy ", ToAbsl(what), " (error ", errno,
                                    "); check the folder and who may write to it"));
  }
}

absl::Status MakeDurable(const std::string& path) {
  const std::error_code error = SyncPath(path);
  if (!error) return absl::OkStatus();
  errno = error.value();
  return NotWritable("cannot be made durable");
}

// Removes a file and what SQLite may have put beside it, unless it was kept.
class UnfinishedFile {
 public:
  explicit UnfinishedFile(std::string path) : path_(std::move(path)) {}
  ~UnfinishedFile() {
    if (kept_) return;
    for (const char* suffix : {"", "-journal", "-wal", "-shm"}) unlink((path_ + suffix).c_str());
  }
  UnfinishedFile(const UnfinishedFile&) = delete;
  UnfinishedFile& operator=(const UnfinishedFile&) = delete;
  void Keep() { kept_ = true; }

 private:
  const std::string path_;
  bool kept_ = false;
};

// Asks `progress` while a statement runs; how far it is cannot be known.
class ProgressGuard {
 public:
  ProgressGuard(SQLite::Database& database, double fraction, const ProgressCheck& progress)
      : database_(database.getHandle()),
        check_([fraction, &progress] { return progress && !progress(fraction); }) {
    sqlite3_progress_handler(
        database_, kStepsBetweenChecks,
        [](void* check) { return (*static_cast<std::function<bool()>*>(check))() ? 1 : 0; },
        &check_);
  }
  ~ProgressGuard() { sqlite3_progress_handler(database_, 0, nullptr, nullptr); }
  ProgressGuard(const ProgressGuard&) = delete;
  ProgressGuard& operator=(const ProgressGuard&) = delete;

 private:
  sqlite3* const database_;
  std::function<bool()> check_;
};

// Names come from the schema, never from a caller.
std::string QuotedName(const std::string& name) {
  std::string quoted = "\"";
  for (const char c : name) quoted.append(c == '"' ? 2U : 1U, c);
  return quoted + "\"";
}

DatabaseFacts ReadFacts(SQLite::Database& database) {
  DatabaseFacts facts;
  std::vector<std::string> tables;
  SQLite::Statement list(database,
                         "SELECT name FROM sqlite_master WHERE type = 'table' AND "
                         "name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name");
  while (list.executeStep()) tables.push_back(list.getColumn(0).getString());
  for (const std::string& table : tables) {
    facts.rows[table] =
        database.execAndGet(absl::StrCat("SELECT COUNT(*) FROM ", QuotedName(table))).getInt64();
  }
  facts.schema_version =
      database.execAndGet("SELECT COALESCE(MAX(version), 0) FROM schema_migration").getInt();
  facts.revision =
      database.execAndGet("SELECT COALESCE(MAX(revision), 0) FROM revision").getInt64();
  return facts;
}

absl::Status CheckSchema(SQLite::Database& database) {
  SQLite::Statement applied(database,
                            "SELECT version, sha256 FROM schema_migration ORDER BY version");
  const std::vector<Migration>& known = SqliteMigrations();
  std::size_t count = 0;
  for (; applied.executeStep(); ++count) {
    if (count >= known.size()) {
      return MakeError(absl::StatusCode::kFailedPrecondition, "SCHEMA_NEWER",
                       "the file was written by a newer version of this program; use that one");
    }
    if (applied.getColumn(0).getInt() != known[count].version ||
        applied.getColumn(1).getString() != Sha256Hex(known[count].sql)) {
      return MakeError(absl::StatusCode::kFailedPrecondition, "SCHEMA_MISMATCH",
                       absl::StrCat("step ", known[count].version,
                                    " of the file's schema is another than this program's"));
    }
  }
  if (count == 0) {
    return MakeError(absl::StatusCode::kFailedPrecondition, "NOT_OUR_DATABASE",
                     "the file is a database of this program that was never filled");
  }
  return absl::OkStatus();
}

absl::Status CheckStructure(SQLite::Database& database, const ProgressCheck& progress) {
  if (progress && !progress(0)) return TimeIsOver();
  const ProgressGuard guard(database, 0.5, progress);
  const std::string integrity = database.execAndGet("PRAGMA integrity_check(1)").getString();
  if (integrity != "ok") {
    // The engine's words name pages, tables, columns and row numbers, no values.
    return MakeError(
        absl::StatusCode::kDataLoss, "DATABASE_CORRUPT",
        absl::StrCat("the database file is damaged (", integrity, "); restore a backup"));
  }
  SQLite::Statement references(database, "PRAGMA foreign_key_check");
  if (references.executeStep()) {
    return MakeError(
        absl::StatusCode::kDataLoss, "DATABASE_CORRUPT",
        absl::StrCat("the database file is damaged (a row of ", references.getColumn(0).getString(),
                     " refers to one that is not there); restore a backup"));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<DatabaseFacts> BackupSqlite(const std::string& source, const std::string& path,
                                           const ProgressCheck& progress) {
  const int file = open(path.c_str(), O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0600);
  if (file < 0) return NotWritable("cannot be created");
  close(file);
  UnfinishedFile unfinished(path);
  DatabaseFacts facts;
  const absl::Status copied = Guard([&]() -> absl::Status {
    SQLite::Database from(source, SQLite::OPEN_READONLY);
    // One read transaction from the first page to the last: what is written meanwhile does not make
    // the copy start anew, and the facts are of the same moment.
    from.exec("BEGIN");
    facts = ReadFacts(from);
    SQLite::Database to(path, SQLite::OPEN_READWRITE);
    // The file is made durable as a whole at the end, and is thrown away if anything fails.
    to.exec("PRAGMA synchronous=OFF");
    SQLite::Backup backup(to, from);
    double done = 0;
    do {
      if (progress && !progress(done)) return TimeIsOver();
      if (backup.executeStep(kPagesAtATime) == SQLITE_DONE) break;
      done = 1.0 - static_cast<double>(backup.getRemainingPageCount()) /
                       std::max(1, backup.getTotalPageCount());
    } while (true);
    return absl::OkStatus();
  });
  if (!copied.ok()) return copied;
  RC_RETURN_IF_ERROR(Guard([&]() -> absl::Status {
    SQLite::Database to(path, SQLite::OPEN_READWRITE);
    to.execAndGet("PRAGMA journal_mode=DELETE");
    return absl::OkStatus();
  }));
  RC_RETURN_IF_ERROR(MakeDurable(path));
  RC_RETURN_IF_ERROR(MakeDurable(std::filesystem::path(path).parent_path().string()));
  unfinished.Keep();
  return facts;
}

absl::StatusOr<DatabaseFacts> CheckSqlite(const std::string& path, const ProgressCheck& progress) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(path, error)) {
    return MakeError(absl::StatusCode::kNotFound, "NOT_FOUND", "there is no such file");
  }
  return Guard([&]() -> absl::StatusOr<DatabaseFacts> {
    SQLite::Database database(path, SQLite::OPEN_READONLY);
    database.exec("PRAGMA trusted_schema=OFF");
    database.exec("BEGIN");
    if (database.execAndGet("PRAGMA application_id").getInt() != kApplicationId) {
      return MakeError(absl::StatusCode::kFailedPrecondition, "NOT_OUR_DATABASE",
                       "the file is a database of another program");
    }
    RC_RETURN_IF_ERROR(CheckStructure(database, progress));
    RC_RETURN_IF_ERROR(CheckSchema(database));
    const ProgressGuard guard(database, 0.9, progress);
    return ReadFacts(database);
  });
}

}  // namespace rollcall
