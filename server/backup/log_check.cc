#include "server/backup/log_check.h"

#include <cstddef>
#include <cstdint>
#include <string>

#include "server/audit/audit_log.h"
#include "server/audit/audit_tables.h"
#include "storage/audit_store.h"
#include "storage/register_tables.h"
#include "storage/status.h"

namespace rollcall::backup {
namespace {

constexpr std::size_t kBatchBytes = std::size_t{1} << 20;

}  // namespace

CheckLog LogCheckWith(const audit::PublicKey& key) {
  return [key](ReadTx& tx, v1::Backup* backup) -> absl::Status {
    RC_ASSIGN_OR_RETURN(const std::string origin, GetSetting(tx, audit::kOriginSetting));
    const absl::StatusOr<AuditCheckpointRow> newest = GetAuditCheckpoint(tx, kNewest);
    if (absl::IsNotFound(newest.status())) return absl::OkStatus();
    RC_RETURN_IF_ERROR(newest.status());
    const auto size = static_cast<std::uint64_t>(newest->size);
    audit::TableReader reader({origin, key}, 0, size, size);
    while (size > 0 && !reader.done()) {
      RC_RETURN_IF_ERROR(reader.Next(tx, kBatchBytes).status());
    }
    backup->set_log_size(newest->size);
    backup->set_log_checkpoint(newest->note);
    return absl::OkStatus();
  };
}

}  // namespace rollcall::backup
