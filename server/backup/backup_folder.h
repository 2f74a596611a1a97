// The folder of backups: making, listing, checking and thinning them out.

#ifndef ROLLCALL_SERVER_BACKUP_BACKUP_FOLDER_H_
#define ROLLCALL_SERVER_BACKUP_BACKUP_FOLDER_H_

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "rollcall/v1/backup_service.pb.h"
#include "server/backup/backup_file.h"
#include "server/runtime/clock.h"
#include "server/runtime/lock_file.h"
#include "storage/store.h"

namespace rollcall::backup {

// Where backups go and how many stay.
struct FolderOptions {
  std::string folder;  // Made with mode 0700 if it is not there; its parent must be.
  // Backups that stay after a new one was made; 0: all. These are the new one, whatever its time
  // says, and the newest of the others. What is dated later than the new one was made while the
  // clock was wrong and goes first.
  int keep = 0;
  CheckLog check_log;
};

// What it writes is readable by the owner only. A file has its final name only once it is whole,
// durable and was read back; what an interrupted attempt left is removed by the next one. Only
// files whose names are ids of backups are ever listed or removed.
//
// Thread-safe; one backup is made at a time, over all processes that use the folder.
class BackupFolder {
 public:
  // What is passed outlives the object.
  BackupFolder(FolderOptions options, Store* store, const runtime::Clock* clock)
      : options_(std::move(options)), store_(store), clock_(clock) {}

  // Makes a backup of the register as it is at one moment, see Store::Backup. If one is there that
  // was made with the same `request_id`, returns that.
  // Errors: kAborted, reason BACKUP_RUNNING; kFailedPrecondition, reason BACKUP_NOT_WRITABLE;
  // kAlreadyExists (one of this second and revision is there); kResourceExhausted (no room);
  // kDataLoss, reason BACKUP_DAMAGED (the copy is not like the register) or DATABASE_CORRUPT;
  // kDeadlineExceeded. After an error no backup was made or removed.
  absl::StatusOr<v1::Backup> Create(const std::string& request_id, const Report& report);

  // All, the newest by its time first. A folder that is not there has none.
  // Errors: kFailedPrecondition, reason BACKUP_NOT_WRITABLE (it cannot be read).
  absl::StatusOr<std::vector<v1::Backup>> List() const;

  // Verifies `backups/{id}`, see backup::Verify, while none is made or verified.
  // Errors: kNotFound; kAborted, reason BACKUP_RUNNING; those of backup::Verify.
  absl::StatusOr<v1::Backup> Verify(std::string_view name, const Report& report) const;

 private:
  absl::StatusOr<std::unique_ptr<runtime::LockFile>> Lock() const;
  absl::Status CreateIn(const std::string& partial, const Report& report, v1::Backup* backup);
  absl::StatusOr<std::vector<std::string>> Ids() const;
  void RemoveOld(std::string_view made) const;
  std::string PathOf(std::string_view id) const;

  const FolderOptions options_;
  Store* const store_;
  const runtime::Clock* const clock_;
};

}  // namespace rollcall::backup

#endif  // ROLLCALL_SERVER_BACKUP_BACKUP_FOLDER_H_
