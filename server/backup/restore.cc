#include "server/backup/restore.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <system_error>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "storage/status.h"

namespace rollcall::backup {
namespace {

absl::Status NotWritable(std::string_view what, const std::error_code& error) {
  if (error == std::errc::no_space_on_device || error == std::errc::file_too_large) {
    return MakeError(absl::StatusCode::kResourceExhausted, "DISK_FULL",
                     "the disk is full; nothing was replaced");
  }
  return MakeError(absl::StatusCode::kFailedPrecondition, "RESTORE_NOT_WRITABLE",
                   absl::StrCat("the data directory ", ToAbsl(what), " (", error.message(), ")"));
}

std::error_code Sync(const std::string& path) {
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return {errno, std::generic_category()};
  const int result = fsync(file);
  const std::error_code error(result == 0 ? 0 : errno, std::generic_category());
  close(file);
  return error;
}

}  // namespace

absl::StatusOr<Restored> Restore(const std::string& backup_path, const std::string& database_path,
                                 const CheckDatabase& check_database, const CheckLog& check_log,
                                 absl::Time now) {
  namespace fs = std::filesystem;
  Restored restored;
  RC_ASSIGN_OR_RETURN(restored.backup, Verify(backup_path, check_database, check_log, nullptr));

  std::error_code error;
  const std::string incoming = database_path + ".restoring";
  fs::copy_file(backup_path, incoming, fs::copy_options::overwrite_existing, error);
  if (!error) {
    fs::permissions(incoming, fs::perms::owner_read | fs::perms::owner_write, error);
  }
  if (!error) error = Sync(incoming);
  if (error) {
    std::error_code ignored;
    fs::remove(incoming, ignored);
    return NotWritable("does not take the copy", error);
  }
  // Between the reading above and here the file may have changed, or the disk may be bad.
  const absl::StatusOr<v1::Backup> copied = Examine(incoming, check_database, check_log, nullptr);
  if (!copied.ok() || copied->sha256() != restored.backup.sha256()) {
    fs::remove(incoming, error);
    return MakeError(absl::StatusCode::kDataLoss, "BACKUP_DAMAGED",
                     "the copy in the data directory is not like the backup; look at the disk");
  }

  if (fs::exists(database_path, error)) {
    restored.set_aside = absl::StrCat(
        database_path, ".replaced-",
        absl::AsciiStrToLower(absl::FormatTime("%Y%m%dT%H%M%SZ", now, absl::UTCTimeZone())));
    // A second name first, so that the database is never without its place.
    fs::create_hard_link(database_path, restored.set_aside, error);
    for (const char* suffix : {"-wal", "-shm"}) {
      if (error || !fs::exists(database_path + suffix)) continue;
      fs::rename(database_path + suffix, restored.set_aside + suffix, error);
    }
  }
  if (!error) fs::rename(incoming, database_path, error);
  if (!error) error = Sync(fs::path(database_path).parent_path().string());
  if (error) {
    return NotWritable(absl::StrCat("does not let the database be replaced; what was there is ",
                                    restored.set_aside.empty() ? "nowhere" : restored.set_aside),
                       error);
  }
  return restored;
}

}  // namespace rollcall::backup
