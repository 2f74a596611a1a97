#include "client/cli/transfer_list.h"

namespace rollcall::cli {
namespace {

// A message stays far below the size that servers take, whatever the ids look like.
constexpr int kMaxBatchIds = 20'000;
constexpr size_t kMaxBatchBytes = 512 * 1024;

}  // namespace

void AddTransferListOptions(CLI::App* command, TransferListOptions* options) {
  command->add_option("--file-list", options->file, "CSV file with the id of one person on a line")
      ->required()
      ->type_name("FILE");
  command->add_option("--id-column", options->columns.id, std::string(kIdColumnHelp));
}

absl::StatusOr<bool> TransferListSender::Send(const SendBatch& send, const Row& row) {
  v1::TransferIds batch;
  size_t bytes = 0;
  IdListRow read;
  while (true) {
    const absl::StatusOr<bool> more = list_->Next(&read);
    if (!more.ok()) return more.status();
    if (*more) {
      ++total_;
      if (row) row(read);
      bytes += read.id.size();
      batch.add_ids(read.id);
    }
    const int count = batch.ids_size();
    if (count > 0 && (!*more || count == kMaxBatchIds || bytes >= kMaxBatchBytes)) {
      if (!send(batch)) return false;
      batch.Clear();
      bytes = 0;
    }
    if (!*more) return true;
  }
}

}  // namespace rollcall::cli
