#include "server/admin/replace_key.h"

#include <filesystem>
#include <memory>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "server/access/key_file.h"
#include "server/access/key_ring.h"
#include "storage/status.h"

namespace rollcall::admin {
namespace {

absl::StatusOr<runtime::Config> LoadSettings(const std::vector<std::string>& settings) {
  std::vector<const char*> arguments = {"rollcalld"};
  for (const std::string& setting : settings) arguments.push_back(setting.c_str());
  RC_ASSIGN_OR_RETURN(runtime::Config config,
                      runtime::LoadConfig(static_cast<int>(arguments.size()), arguments.data()));
  if (config.action != runtime::Config::Action::kServe) {
    return MakeError(absl::StatusCode::kInvalidArgument, "INVALID_CONFIGURATION",
                     "only settings of the server can follow, such as --config FILE");
  }
  return config;
}

std::string LineOfConfiguration(const access::KeyOrigin& origin) {
  if (!origin.file.empty()) return absl::StrCat("key_file = \"", origin.file, "\"");
  if (!origin.credential.empty()) {
    return absl::StrCat("key_credential = \"", origin.credential, "\"");
  }
  return absl::StrCat("key_command = [\"", absl::StrJoin(origin.command, "\", \""), "\"]");
}

}  // namespace

absl::Status ReplaceKey(const ReplaceKeyOptions& options, const Surroundings& surroundings) {
  RC_ASSIGN_OR_RETURN(const runtime::Config config, LoadSettings(options.settings));
  access::KeyOrigin next = options.next;
  if (!next.file.empty()) next.file = std::filesystem::absolute(next.file).lexically_normal();
  const access::KeyOrigin current{config.key_file, config.key_credential, config.key_command};
  if (LineOfConfiguration(next) == LineOfConfiguration(current)) {
    return MakeError(absl::StatusCode::kInvalidArgument, "INVALID_CONFIGURATION",
                     "the new key is the one that the configuration names already");
  }
  std::error_code error;
  if (!next.file.empty() && !std::filesystem::exists(next.file, error)) {
    RC_RETURN_IF_ERROR(access::MakeKeyFile(next.file));
    surroundings.out << "made " << next.file << "\n";
  }
  RC_ASSIGN_OR_RETURN(const std::unique_ptr<access::KeyEncryptionKey> old_key,
                      access::OpenKeyEncryptionKey(current));
  RC_ASSIGN_OR_RETURN(const std::unique_ptr<access::KeyEncryptionKey> new_key,
                      access::OpenKeyEncryptionKey(next));
  int keys = 0;
  RC_RETURN_IF_ERROR(surroundings.with_register(config, [&](Store& store) -> absl::Status {
    RC_ASSIGN_OR_RETURN(keys,
                        access::RewrapKeys(store, *old_key, *new_key, surroundings.clock.Now()));
    // The log of SQLite still has the rows as they were before. The keys are wrapped anew even if
    // that fails; then closing the store, or opening it again, does it.
    store.Checkpoint().IgnoreError();
    return absl::OkStatus();
  }));
  surroundings.out
      << "the " << keys << " data keys of the register are wrapped with the new key\n"
      << "Next:\n"
      << "  put this in the place of the earlier key into the configuration, then start the "
      << "server:\n"
      << "  " << LineOfConfiguration(next) << "\n"
      << "  keep a copy of the new key apart from the backups, and the earlier one for as long as "
      << "a backup from before is kept\n";
  return absl::OkStatus();
}

}  // namespace rollcall::admin
