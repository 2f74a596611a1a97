#include "server/backup/restore.h"

#include <fcntl.h>
#include <stdio.h>

#include <cerrno>
#include <filesystem>
#include <string_view>
#include <system_error>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "storage/driver.h"
#include "storage/durable_path.h"
#include "storage/status.h"

namespace rollcall::backup {
namespace {

namespace fs = std::filesystem;

// What may stand beside a database and belongs to it.
constexpr char kLog[] = "-wal";
constexpr char kLogIndex[] = "-shm";

absl::Status NotWritable(std::string_view what, const std::error_code& error) {
  return MakeError(absl::StatusCode::kFailedPrecondition, "RESTORE_NOT_WRITABLE",
                   absl::StrCat("the data directory ", ToAbsl(what), " (", error.message(), ")"));
}

absl::Status NotCopied(const std::error_code& error) {
  if (error == std::errc::no_space_on_device || error == std::errc::file_too_large) {
    return MakeError(absl::StatusCode::kResourceExhausted, "DISK_FULL",
                     "the disk is full; nothing was replaced");
  }
  return NotWritable("does not take the copy; nothing was replaced", error);
}

bool Exists(const std::string& path) {
  std::error_code error;
  return fs::exists(path, error) || error;
}

std::error_code RenameToNew(const std::string& from, const std::string& to) {
  const bool renamed =
      renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) == 0;
  return {renamed ? 0 : errno, std::generic_category()};
}

std::error_code SyncFolderOf(const std::string& path) {
  return SyncPath(fs::path(path).parent_path().string());
}

bool HasContent(const std::string& path) {
  std::error_code error;
  const std::uintmax_t size = fs::file_size(path, error);
  return !error && size > 0;
}

void RemoveDatabase(const std::string& path) {
  std::error_code ignored;
  for (const char* suffix : {kLogIndex, kLog, ""}) fs::remove(path + suffix, ignored);
}

std::error_code CopyFile(const std::string& from, const std::string& to) {
  std::error_code error;
  fs::copy_file(from, to, error);
  if (!error) fs::permissions(to, fs::perms::owner_read | fs::perms::owner_write, error);
  return error ? error : SyncPath(to);
}

// Copies a database with what is only in its log.
std::error_code CopyDatabase(const std::string& from, const std::string& to) {
  RemoveDatabase(to);
  std::error_code error = CopyFile(from, to);
  if (!error && HasContent(from + kLog)) error = CopyFile(from + kLog, to + kLog);
  return error;
}

// Moves a database from one name to another, with its log. Until the database itself moves its log
// has both names, so that after a crash it is whole under one name or the other, and no other file
// is ever a second name of it. A log or an index that lies there without a database moves too.
std::error_code MoveDatabase(const std::string& from, const std::string& to) {
  std::error_code error;
  const bool log = Exists(from + kLog);
  if (Exists(to + kLog)) return std::make_error_code(std::errc::file_exists);
  if (log) fs::create_hard_link(from + kLog, to + kLog, error);
  if (error) return error;
  if (Exists(from)) error = RenameToNew(from, to);
  if (error) {
    std::error_code ignored;
    if (log) fs::remove(to + kLog, ignored);
    return error;
  }
  if (log) fs::remove(from + kLog, error);
  if (!error && Exists(from + kLogIndex)) fs::rename(from + kLogIndex, to + kLogIndex, error);
  return error ? error : SyncFolderOf(from);
}

// Puts the copy into a place where nothing is.
std::error_code PutInPlace(const std::string& incoming, const std::string& path) {
  std::error_code error;
  const bool log = Exists(incoming + kLog);
  if (log) {
    error = RenameToNew(incoming + kLog, path + kLog);
    if (error) return error;
    error = SyncFolderOf(path);
  }
  if (!error) error = RenameToNew(incoming, path);
  if (error && log) RenameToNew(path + kLog, incoming + kLog);
  return error;
}

// Undoes MoveDatabase of a database that has moved already.
std::error_code PutBack(const std::string& aside, const std::string& path) {
  std::error_code error;
  const bool log = Exists(aside + kLog);
  if (log && !Exists(path + kLog)) fs::create_hard_link(aside + kLog, path + kLog, error);
  // A log of another database would be taken for this one's.
  if (!error && Exists(path + kLog) && !(log && fs::equivalent(aside + kLog, path + kLog, error))) {
    error = std::make_error_code(std::errc::file_exists);
  }
  if (!error) error = RenameToNew(aside, path);
  if (error) return error;
  fs::remove(aside + kLog, error);
  fs::remove(aside + kLogIndex, error);
  return SyncFolderOf(path);
}

}  // namespace

absl::StatusOr<Restored> Restore(const std::string& backup_path, const std::string& database_path,
                                 const CheckDatabase& check_database, const CheckLog& check_log,
                                 absl::Time now) {
  Restored restored;
  RC_ASSIGN_OR_RETURN(restored.backup, Verify(backup_path, check_database, check_log, nullptr));

  const std::string incoming = database_path + kIncomingSuffix;
  std::error_code error;
  if (fs::equivalent(backup_path, incoming, error)) {
    return MakeError(absl::StatusCode::kFailedPrecondition, "RESTORE_NOT_WRITABLE",
                     absl::StrCat(incoming,
                                  " is the name that a restore copies to; give the file "
                                  "another name first; nothing was replaced"));
  }
  error = CopyDatabase(backup_path, incoming);
  if (error) {
    RemoveDatabase(incoming);
    return NotCopied(error);
  }
  // Between the reading above and here the file may have changed, or the disk may be bad.
  const absl::StatusOr<v1::Backup> copied = Examine(incoming, check_database, check_log, nullptr);
  const std::string difference = copied.ok()
                                     ? Difference(restored.backup, *copied, check_log != nullptr)
                                     : std::string(copied.status().message());
  if (!difference.empty()) {
    RemoveDatabase(incoming);
    return MakeError(absl::StatusCode::kDataLoss, "BACKUP_DAMAGED",
                     absl::StrCat("the copy in the data directory is not like the backup (",
                                  difference, "); look at the disk"));
  }
  // Reading a database that is in write-ahead mode leaves these.
  fs::remove(incoming + kLogIndex, error);
  if (!HasContent(incoming + kLog)) fs::remove(incoming + kLog, error);

  const std::string aside = absl::StrCat(
      database_path, ".replaced-",
      absl::AsciiStrToLower(absl::FormatTime("%Y%m%dT%H%M%SZ", now, absl::UTCTimeZone())));
  const bool replaces = Exists(database_path);
  error = MoveDatabase(database_path, aside);
  if (!error) error = PutInPlace(incoming, database_path);
  if (error) {
    if (replaces && !Exists(database_path) && PutBack(aside, database_path)) {
      // The copy stays: while it lies there no server begins an empty register in this place.
      return NotWritable(
          absl::StrCat("does not let the database be replaced; what was there is ", aside), error);
    }
    RemoveDatabase(incoming);
    return NotWritable("does not let the database be replaced; nothing was replaced", error);
  }
  error = SyncFolderOf(database_path);
  if (error) {
    return NotWritable(
        "cannot be made durable; the backup is in its place, and what was there "
        "before is beside it",
        error);
  }
  if (replaces) restored.set_aside = aside;
  return restored;
}

}  // namespace rollcall::backup
