#include "server/backup/backup_folder.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <memory>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/runtime/version.h"
#include "storage/durable_path.h"
#include "storage/status.h"
#include "storage/value_codec.h"

namespace rollcall::backup {
namespace {

constexpr char kNamePrefix[] = "backups/";
constexpr char kPartialName[] = "unfinished.db.partial";
constexpr std::size_t kIdTimeSize = sizeof("20260205t031500z") - 1;

absl::Status NotWritable(std::string_view what) {
  return MakeError(absl::StatusCode::kFailedPrecondition, "BACKUP_NOT_WRITABLE",
                   absl::StrCat("the folder of backups ", ToAbsl(what), " (error ", errno,
                                "); check backup_dir and who may write to it"));
}

absl::Status SyncFolder(const std::string& folder) {
  const std::error_code error = SyncPath(folder);
  if (!error) return absl::OkStatus();
  errno = error.value();
  return NotWritable("cannot be made durable");
}

// Gives a file its final name unless that is taken.
absl::Status RenameToNew(const std::string& from, const std::string& to) {
  if (renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) == 0) {
    return absl::OkStatus();
  }
  if (errno == EEXIST) {
    return MakeError(absl::StatusCode::kAlreadyExists, "ALREADY_EXISTS",
                     "a backup of this second and revision exists already");
  }
  return NotWritable("does not let a file be renamed");
}

CheckDatabase CheckWith(Store* store) {
  return [store](const std::string& path, const ProgressCheck& progress,
                 const DatabaseVisit& visit) { return store->Check(path, progress, visit); };
}

// The time of a backup as its id has it; later ones are greater.
std::string_view TimeOf(std::string_view id) { return id.substr(0, kIdTimeSize); }

void RemoveFile(const std::string& path) {
  std::error_code error;
  std::filesystem::remove(path, error);
}

}  // namespace

std::string BackupFolder::PathOf(std::string_view id) const {
  return absl::StrCat(options_.folder, "/", ToAbsl(id), ".db");
}

absl::StatusOr<std::unique_ptr<runtime::LockFile>> BackupFolder::Lock() const {
  auto lock = runtime::LockFile::Acquire(absl::StrCat(options_.folder, "/backup.lock"));
  if (lock.ok()) return lock;
  if (ErrorReason(lock.status()) == "DATA_DIRECTORY_IN_USE") {
    return MakeError(absl::StatusCode::kAborted, "BACKUP_RUNNING",
                     "another backup is being made or checked; wait for it");
  }
  return NotWritable("does not take files");
}

absl::StatusOr<v1::Backup> BackupFolder::Create(const std::string& request_id,
                                                const Report& report) {
  if (mkdir(options_.folder.c_str(), 0700) != 0 && errno != EEXIST) {
    return NotWritable("cannot be made");
  }
  RC_ASSIGN_OR_RETURN(const std::unique_ptr<runtime::LockFile> lock, Lock());
  RC_ASSIGN_OR_RETURN(std::vector<v1::Backup> present, List());
  for (v1::Backup& made : present) {
    if (made.request_id() == request_id) return std::move(made);
  }
  const std::string partial = absl::StrCat(options_.folder, "/", kPartialName);
  v1::Backup backup;
  backup.set_request_id(request_id);
  const absl::Status status = CreateIn(partial, report, &backup);
  for (const char* suffix : {"", "-journal", "-wal", "-shm"}) RemoveFile(partial + suffix);
  RemoveFile(DescriptionPath(partial));
  RC_RETURN_IF_ERROR(status);
  RemoveOld(backup.name().substr(sizeof(kNamePrefix) - 1));
  return backup;
}

absl::Status BackupFolder::CreateIn(const std::string& partial, const Report& report,
                                    v1::Backup* backup) {
  // What an attempt left that the machine did not survive.
  RemoveFile(partial);
  const absl::Time now = clock_->Now();
  RC_ASSIGN_OR_RETURN(const DatabaseFacts facts, store_->Backup(partial, [&](double fraction) {
    return !report || report("copying", fraction);
  }));
  const std::string request_id = backup->request_id();
  RC_ASSIGN_OR_RETURN(*backup, Examine(partial, CheckWith(store_), options_.check_log, report));
  DatabaseFacts copied{backup->schema_version(), backup->revision(), {}};
  copied.rows.insert(backup->rows().begin(), backup->rows().end());
  if (copied != facts) {
    return MakeError(absl::StatusCode::kDataLoss, "BACKUP_DAMAGED",
                     "the copy does not hold what the register holds; look at the disk");
  }
  const std::string id = BackupId(now, facts.revision);
  backup->set_name(absl::StrCat(kNamePrefix, id));
  *backup->mutable_create_time() = ToTimestamp(now);
  backup->set_request_id(request_id);
  backup->set_program_version(runtime::kVersion);

  const std::string path = PathOf(id);
  RC_RETURN_IF_ERROR(WriteDescription(DescriptionPath(partial), *backup));
  RC_RETURN_IF_ERROR(RenameToNew(partial, path));
  absl::Status status = RenameToNew(DescriptionPath(partial), DescriptionPath(path));
  if (status.ok()) status = SyncFolder(options_.folder);
  if (!status.ok()) RemoveFile(path);
  return status;
}

absl::StatusOr<std::vector<std::string>> BackupFolder::Ids() const {
  std::vector<std::string> ids;
  std::error_code error;
  std::filesystem::directory_iterator folder(options_.folder, error);
  if (error == std::errc::no_such_file_or_directory) return ids;
  for (; !error && folder != std::filesystem::directory_iterator(); folder.increment(error)) {
    const std::filesystem::path& path = folder->path();
    if (path.extension() == ".db" && IsBackupId(path.stem().string())) {
      ids.push_back(path.stem().string());
    }
  }
  if (error) {
    errno = error.value();
    return NotWritable("cannot be read");
  }
  std::sort(ids.begin(), ids.end(), [](const std::string& a, const std::string& b) {
    // The times have one length, the revisions do not.
    return TimeOf(a) != TimeOf(b) ? a > b : a.size() != b.size() ? a.size() > b.size() : a > b;
  });
  return ids;
}

absl::StatusOr<std::vector<v1::Backup>> BackupFolder::List() const {
  RC_ASSIGN_OR_RETURN(const std::vector<std::string> ids, Ids());
  std::vector<v1::Backup> backups;
  for (const std::string& id : ids) {
    const std::string path = PathOf(id);
    absl::StatusOr<v1::Backup> backup = ReadDescription(DescriptionPath(path));
    if (!backup.ok()) {
      backup = v1::Backup();
      std::error_code error;
      const auto size = std::filesystem::file_size(path, error);
      if (!error) backup->set_size_bytes(static_cast<std::int64_t>(size));
    }
    backup->set_name(absl::StrCat(kNamePrefix, id));
    backups.push_back(*std::move(backup));
  }
  return backups;
}

absl::StatusOr<v1::Backup> BackupFolder::Verify(std::string_view name, const Report& report) const {
  constexpr std::size_t kPrefixSize = sizeof(kNamePrefix) - 1;
  if (!name.starts_with(kNamePrefix) || !IsBackupId(name.substr(kPrefixSize))) {
    return InvalidField("name", "must be backups/ and an id such as 20260205t031500z-r1234");
  }
  const std::string path = PathOf(name.substr(kPrefixSize));
  std::error_code error;
  if (!std::filesystem::is_regular_file(path, error)) return NotFound(name);
  RC_ASSIGN_OR_RETURN(const std::unique_ptr<runtime::LockFile> lock, Lock());
  RC_ASSIGN_OR_RETURN(v1::Backup backup,
                      backup::Verify(path, CheckWith(store_), options_.check_log, report));
  backup.set_name(std::string(name));
  return backup;
}

void BackupFolder::RemoveOld(std::string_view made) const {
  if (options_.keep <= 0) return;
  absl::StatusOr<std::vector<std::string>> ids = Ids();
  if (!ids.ok()) return;
  std::erase(*ids, made);
  // All others were made before. A later time is one of a clock that was wrong: trusting it would
  // keep these for good, and let every new backup make room for them. Revisions tell no better,
  // since they begin again after a restore.
  std::stable_partition(ids->begin(), ids->end(),
                        [made](const std::string& id) { return TimeOf(id) <= TimeOf(made); });
  for (std::size_t i = static_cast<std::size_t>(options_.keep) - 1; i < ids->size(); ++i) {
    RemoveFile(PathOf((*ids)[i]));
    RemoveFile(DescriptionPath(PathOf((*ids)[i])));
  }
}

}  // namespace rollcall::backup
