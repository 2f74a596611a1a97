// The commands of rollcalld that look after database files while no server uses them:
//
//   rollcalld verify [SETTINGS]              checks the register of the configuration
//   rollcalld verify-backup FILE [SETTINGS]  checks a backup, wherever it lies
//   rollcalld restore FILE [SETTINGS]        puts a backup in the register's place
//
// SETTINGS are the flags of the server, such as --config and --data-dir.

#ifndef ROLLCALL_SERVER_ADMIN_BACKUP_COMMAND_H_
#define ROLLCALL_SERVER_ADMIN_BACKUP_COMMAND_H_

#include <functional>
#include <optional>
#include <ostream>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/backup/backup_file.h"
#include "server/backup/restore.h"
#include "server/runtime/clock.h"
#include "server/runtime/config.h"

namespace rollcall::admin {

// What the commands work with; main knows the engine and the log.
struct BackupTools {
  std::ostream& out;
  std::ostream& err;
  const runtime::Clock& clock;
  backup::CheckDatabase check_database;
  // The check of the log, with the key that the configuration names. Errors: the key cannot be
  // read.
  std::function<absl::StatusOr<backup::CheckLog>(const runtime::Config& config)> log_check;
  // Called once the backup is in place and the lock of the data directory is free again; empty:
  // nothing more is done. An error is reported, but the backup stays where it is.
  std::function<absl::Status(const runtime::Config& config, const backup::Restored& restored)>
      after_restore;
};

// Runs the command that `argv[1]` names and returns the exit status of the process: 0 done, 1
// failed with one line on `err`. Returns nothing if it names none of these.
std::optional<int> RunBackupCommand(int argc, const char* const* argv, const BackupTools& tools);

}  // namespace rollcall::admin

#endif  // ROLLCALL_SERVER_ADMIN_BACKUP_COMMAND_H_
