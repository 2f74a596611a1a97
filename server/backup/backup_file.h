// One backup as files: `ID.db`, the copy of the database, and `ID.json`, what was true of it when
// it was made (the message Backup in JSON).

#ifndef ROLLCALL_SERVER_BACKUP_BACKUP_FILE_H_
#define ROLLCALL_SERVER_BACKUP_BACKUP_FILE_H_

#include <functional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "rollcall/v1/backup_service.pb.h"
#include "storage/driver.h"
#include "storage/store.h"

namespace rollcall::backup {

// Told the phase of long work and how far it is in it, in [0, 1]; false ends the work with
// kDeadlineExceeded. Empty: nobody is told.
using Report = std::function<bool(std::string_view phase, double fraction)>;

// Driver::Check of the engine in use.
using CheckDatabase = std::function<absl::StatusOr<DatabaseFacts>(
    const std::string& path, const ProgressCheck& progress, const DatabaseVisit& visit)>;

// Verifies the log of what happened in a database and fills log_size and log_checkpoint.
// Errors: kDataLoss, naming the first bad entry. Empty: the log is not looked at.
using CheckLog = std::function<absl::Status(ReadTx& tx, v1::Backup* backup)>;

// The id of a backup: `20260205t031500z-r1234`.
std::string BackupId(absl::Time time, std::int64_t revision);

// True if `id` has this form and therefore can be part of a path.
bool IsBackupId(std::string_view id);

// Where the description of a database file stands: the same name with `.json`.
std::string DescriptionPath(const std::string& database_path);

// Writes a description, readable by its owner only and durable.
// Errors: kFailedPrecondition, reason BACKUP_NOT_WRITABLE; kResourceExhausted.
absl::Status WriteDescription(const std::string& path, const v1::Backup& backup);

// Errors: kNotFound; kDataLoss, reason BACKUP_DAMAGED (it cannot be read as a description).
absl::StatusOr<v1::Backup> ReadDescription(const std::string& path);

// Reads a database file to its end and tells what is true of it: all but the name, the time and
// the version of the program.
// Errors: of the two checks; kNotFound; kDeadlineExceeded.
absl::StatusOr<v1::Backup> Examine(const std::string& path, const CheckDatabase& check_database,
                                   const CheckLog& check_log, const Report& report);

// What of `actual` is not as `described`: size, hash, revision, schema, rows and, if both logs were
// checked, the log; empty if all is.
std::string Difference(const v1::Backup& described, const v1::Backup& actual, bool log_checked);

// Examines a file and holds it against the description beside it, if there is one: its size,
// hash, revision, rows and log. Returns the description, or without one what is true of the file.
// Errors: as Examine; kDataLoss, reason BACKUP_DAMAGED, naming what differs.
absl::StatusOr<v1::Backup> Verify(const std::string& path, const CheckDatabase& check_database,
                                  const CheckLog& check_log, const Report& report);

}  // namespace rollcall::backup

#endif  // ROLLCALL_SERVER_BACKUP_BACKUP_FILE_H_
