#include "server/admin/backup_command.h"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/str_cat.h"
#include "server/runtime/lock_file.h"
#include "storage/status.h"

namespace rollcall::admin {
namespace {

// The configuration without the command and its file.
absl::StatusOr<runtime::Config> Settings(int argc, const char* const* argv, int skip) {
  std::vector<const char*> rest = {argv[0]};
  rest.insert(rest.end(), argv + skip, argv + argc);
  return runtime::LoadConfig(static_cast<int>(rest.size()), rest.data());
}

absl::StatusOr<std::unique_ptr<runtime::LockFile>> Lock(const runtime::Config& config) {
  return runtime::LockFile::Acquire(absl::StrCat(config.data_dir, "/rollcalld.lock"));
}

std::string DatabasePath(const runtime::Config& config) {
  return absl::StrCat(config.data_dir, "/register.db");
}

std::string Summary(const v1::Backup& backup) {
  return absl::StrCat("revision ", backup.revision(), ", ", backup.size_bytes(), " bytes, ",
                      backup.log_size(), " entries in its log, SHA-256 ", backup.sha256());
}

absl::Status VerifyRegister(int argc, const char* const* argv, const BackupTools& tools) {
  RC_ASSIGN_OR_RETURN(const runtime::Config config, Settings(argc, argv, 2));
  RC_ASSIGN_OR_RETURN(const backup::CheckLog check_log, tools.log_check(config));
  RC_ASSIGN_OR_RETURN(const std::unique_ptr<runtime::LockFile> lock, Lock(config));
  RC_ASSIGN_OR_RETURN(
      const v1::Backup found,
      backup::Examine(DatabasePath(config), tools.check_database, check_log, nullptr));
  tools.out << "the register is whole: revision " << found.revision() << ", " << found.log_size()
            << " entries in its log\n";
  return absl::OkStatus();
}

absl::Status VerifyBackup(int argc, const char* const* argv, const BackupTools& tools) {
  RC_ASSIGN_OR_RETURN(const runtime::Config config, Settings(argc, argv, 3));
  // On another machine than the server's there is no key.
  const absl::StatusOr<backup::CheckLog> check_log = tools.log_check(config);
  RC_ASSIGN_OR_RETURN(const v1::Backup found,
                      backup::Verify(argv[2], tools.check_database,
                                     check_log.ok() ? *check_log : nullptr, nullptr));
  tools.out << "the backup is whole: " << Summary(found) << "\n";
  if (!check_log.ok()) {
    tools.out << "its log was not verified: " << std::string(check_log.status().message()) << "\n";
  }
  if (found.name().empty()) {
    tools.out << "there is no description beside it to compare it with\n";
  }
  return absl::OkStatus();
}

absl::Status RestoreBackup(int argc, const char* const* argv, const BackupTools& tools) {
  RC_ASSIGN_OR_RETURN(const runtime::Config config, Settings(argc, argv, 3));
  RC_ASSIGN_OR_RETURN(const backup::CheckLog check_log, tools.log_check(config));
  RC_ASSIGN_OR_RETURN(const backup::Restored restored, [&]() -> absl::StatusOr<backup::Restored> {
    RC_ASSIGN_OR_RETURN(const std::unique_ptr<runtime::LockFile> lock, Lock(config));
    return backup::Restore(argv[2], DatabasePath(config), tools.check_database, check_log,
                           tools.clock.Now());
  }());
  tools.out << "restored: " << Summary(restored.backup) << "\n";
  if (!restored.set_aside.empty()) {
    tools.out << "what was there is now " << restored.set_aside << "\n";
  }
  return tools.after_restore ? tools.after_restore(config, restored) : absl::OkStatus();
}

}  // namespace

std::optional<int> RunBackupCommand(int argc, const char* const* argv, const BackupTools& tools) {
  const std::string_view name = argc > 1 ? argv[1] : "";
  absl::Status status;
  if (name == "verify") {
    status = VerifyRegister(argc, argv, tools);
  } else if ((name == "verify-backup" || name == "restore") && argc >= 3) {
    if (std::string_view(argv[2]).starts_with("-")) {
      status = absl::InvalidArgumentError(
          absl::StrCat("the file comes first: rollcalld ", ToAbsl(name), " FILE"));
    } else {
      status =
          name == "restore" ? RestoreBackup(argc, argv, tools) : VerifyBackup(argc, argv, tools);
    }
  } else if (name == "verify-backup" || name == "restore") {
    status = absl::InvalidArgumentError(
        absl::StrCat("name the file of a backup: rollcalld ", ToAbsl(name), " FILE"));
  } else {
    return std::nullopt;
  }
  if (status.ok()) return 0;
  tools.err << "rollcalld: " << std::string(status.message()) << "\n";
  return 1;
}

}  // namespace rollcall::admin
