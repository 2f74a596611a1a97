// rollcall transfer record: a file that was sent, with its list of people of any length.
#ifndef ROLLCALL_CLIENT_CLI_TRANSFER_RECORD_H_
#define ROLLCALL_CLIENT_CLI_TRANSFER_RECORD_H_

#include "client/cli/command_tree.h"

namespace rollcall::cli {

void AddTransferRecord(CommandTree* tree);

}  // namespace rollcall::cli

#endif  // ROLLCALL_CLIENT_CLI_TRANSFER_RECORD_H_
