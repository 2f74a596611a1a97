// The embedded engine: SQLite through SQLiteCpp, one file in write-ahead-log mode.
//
// Durability: synchronous=FULL, so a commit that was answered survives a crash of the process
// and of the machine. Integrity: foreign keys on, STRICT tables, trusted_schema off. See
// README.md in this folder.

#ifndef ROLLCALL_STORAGE_SQLITE_SQLITE_DRIVER_H_
#define ROLLCALL_STORAGE_SQLITE_SQLITE_DRIVER_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "storage/driver.h"

namespace rollcall {

// Opens or creates the database file at `path`; its folder must exist. The file is readable and
// writable by its owner only. What an earlier process left in the write-ahead log is brought into
// the database. The folder of the first database that a process opens also takes the engine's
// temporary files, which have no name and end with whoever made them.
// Errors: kFailedPrecondition, reasons NOT_OUR_DATABASE (of another program) and RESTORE_UNFINISHED
// (there is no database, but beside its place lies what a restore left that did not end, or a
// write-ahead log that a new database would throw away); kDataLoss, kInternal.
absl::StatusOr<std::unique_ptr<Driver>> OpenSqlite(const std::string& path);

// Driver::Check, for a file that no driver has open.
absl::StatusOr<DatabaseFacts> CheckSqliteFile(const std::string& path,
                                              const ProgressCheck& progress,
                                              const DatabaseVisit& visit);

}  // namespace rollcall

#endif  // ROLLCALL_STORAGE_SQLITE_SQLITE_DRIVER_H_
