#include "storage/sqlite/sqlite_errors.h"

#include <sqlite3.h>

#include "absl/strings/str_cat.h"

namespace rollcall {

absl::Status FromException(const SQLite::Exception& error) {
  // Errors of a backup come without the extended code.
  const int extended =
      error.getExtendedErrorCode() > 0 ? error.getExtendedErrorCode() : error.getErrorCode();
  switch (extended) {
    case SQLITE_CONSTRAINT_PRIMARYKEY:
    case SQLITE_CONSTRAINT_UNIQUE:
    case SQLITE_CONSTRAINT_ROWID:
      return MakeError(absl::StatusCode::kAlreadyExists, "ALREADY_EXISTS",
                       "a record with this key exists already");
    case SQLITE_CONSTRAINT_FOREIGNKEY:
      return MakeError(absl::StatusCode::kFailedPrecondition, "REFERENCE_UNKNOWN",
                       "a record that this one refers to does not exist");
    default:
      break;
  }
  switch (extended & 0xFF) {
    case SQLITE_CONSTRAINT:
      return MakeError(absl::StatusCode::kFailedPrecondition, "CONSTRAINT",
                       "a value breaks a rule of the register's storage");
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return MakeError(absl::StatusCode::kAborted, "BUSY",
                       "another writer holds the register; try again");
    case SQLITE_FULL:
      return MakeError(absl::StatusCode::kResourceExhausted, "DISK_FULL",
                       "the disk is full; nothing of this change was kept");
    case SQLITE_IOERR:
      return MakeError(absl::StatusCode::kResourceExhausted, "DISK_ERROR",
                       absl::StrCat("the disk did not take the change (code ", extended,
                                    "); nothing of it was kept"));
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return MakeError(absl::StatusCode::kDataLoss, "DATABASE_CORRUPT",
                       "the database file is damaged; restore a backup");
    case SQLITE_INTERRUPT:
      return MakeError(absl::StatusCode::kDeadlineExceeded, "DEADLINE",
                       "the time for this call is over");
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN:
      return MakeError(absl::StatusCode::kFailedPrecondition, "DATABASE_NOT_WRITABLE",
                       "the database file cannot be opened for writing");
    default:
      // A fault of ours in a statement: the engine's words name tables and columns, no values,
      // and go to the log only.
      return MakeError(
          absl::StatusCode::kInternal, "STORAGE",
          absl::StrCat("the storage engine failed (code ", extended, "): ", error.what()));
  }
}

}  // namespace rollcall
