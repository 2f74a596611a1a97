// rollcall apply and rollcall export: a whole vendor in one file.
#ifndef ROLLCALL_CLIENT_CLI_VENDOR_FILE_COMMANDS_H_
#define ROLLCALL_CLIENT_CLI_VENDOR_FILE_COMMANDS_H_

#include "client/cli/command_tree.h"

namespace rollcall::cli {

void AddVendorFileCommands(CommandTree* tree);

}  // namespace rollcall::cli

#endif  // ROLLCALL_CLIENT_CLI_VENDOR_FILE_COMMANDS_H_
