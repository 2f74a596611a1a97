// Copies of an SQLite database, made while it is in use, and the check of such a copy.

#ifndef ROLLCALL_STORAGE_SQLITE_SQLITE_BACKUP_H_
#define ROLLCALL_STORAGE_SQLITE_SQLITE_BACKUP_H_

#include <string>

#include "absl/status/statusor.h"
#include "storage/driver.h"

namespace rollcall {

// See Driver::Backup; `source` is the database file. The copy is made by SQLite's backup interface
// from one read transaction: no writer waits for it, but the write-ahead log cannot be
// emptied while it runs and grows by what is written meanwhile. The copy is in rollback mode, so
// that it is whole without a second file.
absl::StatusOr<DatabaseFacts> BackupSqlite(const std::string& source, const std::string& path,
                                           const ProgressCheck& progress);

// See Driver::Check: integrity_check, foreign_key_check and the schema's steps.
absl::StatusOr<DatabaseFacts> CheckSqlite(const std::string& path, const ProgressCheck& progress);

}  // namespace rollcall

#endif  // ROLLCALL_STORAGE_SQLITE_SQLITE_BACKUP_H_
