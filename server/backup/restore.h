// Putting a backup in the place of a register. No server may run meanwhile: the caller holds the
// lock of the data directory.

#ifndef ROLLCALL_SERVER_BACKUP_RESTORE_H_
#define ROLLCALL_SERVER_BACKUP_RESTORE_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "rollcall/v1/backup_service.pb.h"
#include "server/backup/backup_file.h"

namespace rollcall::backup {

// What Restore did.
struct Restored {
  v1::Backup backup;      // See Verify.
  std::string set_aside;  // Where the replaced database is now; empty if there was none.
};

// Verifies `backup_path`, copies it beside `database_path`, sets the database that is there aside
// as `DATABASE.replaced-TIME` (with its write-ahead log, if it has one) and puts the copy in its
// place in one step. The next start goes on from the backup. What was at `database_path` is never
// removed, and it is still in place after every error but one of the last renaming, which says so.
// Errors: of Verify; kFailedPrecondition, reason RESTORE_NOT_WRITABLE; kResourceExhausted (no
// room).
absl::StatusOr<Restored> Restore(const std::string& backup_path, const std::string& database_path,
                                 const CheckDatabase& check_database, const CheckLog& check_log,
                                 absl::Time now);

}  // namespace rollcall::backup

#endif  // ROLLCALL_SERVER_BACKUP_RESTORE_H_
