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
// as `DATABASE.replaced-TIME` and puts the copy in its place. The next start goes on from the
// backup. A write-ahead log goes with its database, on both sides: what only the log of the
// restored file has is restored too, and one that lies at `database_path` is set aside even if the
// database itself is missing.
//
// What was at `database_path` is never removed. After an error it is in place as it was, or else
// the message says where it is. The end of the process or of the machine in the midst leaves it
// whole, in place or as `DATABASE.replaced-TIME`; in the second case no server begins a new
// register there (reason RESTORE_UNFINISHED, see OpenSqlite), and the restore is to be run again.
//
// Errors: of Verify; kDataLoss, reason BACKUP_DAMAGED, if the copy does not hold what the backup
// does; kFailedPrecondition, reason RESTORE_NOT_WRITABLE; kResourceExhausted (no room).
absl::StatusOr<Restored> Restore(const std::string& backup_path, const std::string& database_path,
                                 const CheckDatabase& check_database, const CheckLog& check_log,
                                 absl::Time now);

}  // namespace rollcall::backup

#endif  // ROLLCALL_SERVER_BACKUP_RESTORE_H_
