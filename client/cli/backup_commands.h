// rollcall backup create and verify: calls that tell how far they are.
#ifndef ROLLCALL_CLIENT_CLI_BACKUP_COMMANDS_H_
#define ROLLCALL_CLIENT_CLI_BACKUP_COMMANDS_H_

#include "client/cli/command_tree.h"

namespace rollcall::cli {

void AddBackupCommands(CommandTree* tree);

}  // namespace rollcall::cli

#endif  // ROLLCALL_CLIENT_CLI_BACKUP_COMMANDS_H_
