// The ids of a file that was sent, or is about to be: how they are given on the command line and
// how they go to the server.
#ifndef ROLLCALL_CLIENT_CLI_TRANSFER_LIST_H_
#define ROLLCALL_CLIENT_CLI_TRANSFER_LIST_H_

#include <CLI/CLI.hpp>
#include <cstdint>
#include <functional>
#include <string>

#include "absl/status/statusor.h"
#include "client/cli/id_list.h"
#include "rollcall/v1/transfer_service.pb.h"

namespace rollcall::cli {

// The list as the command line names it.
struct TransferListOptions {
  std::string file;
  IdListColumns columns;
};

// Adds --file-list and --id-column.
void AddTransferListOptions(CLI::App* command, TransferListOptions* options);

// Reads a list to its end, batch by batch in the order of the file: at most 20,000 ids, and no id
// more once a batch has 512 KiB.
class TransferListSender {
 public:
  // Sends one batch; false if the server has stopped listening.
  using SendBatch = std::function<bool(const v1::TransferIds&)>;
  // Is told of each row before its batch is sent.
  using Row = std::function<void(const IdListRow&)>;

  // `list` outlives the sender.
  explicit TransferListSender(IdListReader* list) : list_(list) {}

  // True if all was sent, false if the server stopped listening: then its status says why.
  // Errors: those of IdListReader.
  absl::StatusOr<bool> Send(const SendBatch& send, const Row& row = {});

  // Ids that were read.
  std::int64_t total() const { return total_; }

 private:
  IdListReader* list_;
  std::int64_t total_ = 0;
};

}  // namespace rollcall::cli

#endif  // ROLLCALL_CLIENT_CLI_TRANSFER_LIST_H_
