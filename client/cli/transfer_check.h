// rollcall transfer check: whether a file may be sent, and about whom it may not.
#ifndef ROLLCALL_CLIENT_CLI_TRANSFER_CHECK_H_
#define ROLLCALL_CLIENT_CLI_TRANSFER_CHECK_H_

#include "client/cli/command_tree.h"

namespace rollcall::cli {

void AddTransferCheck(CommandTree* tree);

}  // namespace rollcall::cli

#endif  // ROLLCALL_CLIENT_CLI_TRANSFER_CHECK_H_
