// rollcall audit export, verify, prove and check-proof: the log is checked here, with nothing but
// its bytes and the key that signs it.
#ifndef ROLLCALL_CLIENT_CLI_AUDIT_COMMANDS_H_
#define ROLLCALL_CLIENT_CLI_AUDIT_COMMANDS_H_

#include "client/cli/command_tree.h"

namespace rollcall::cli {

void AddAuditCommands(CommandTree* tree);

}  // namespace rollcall::cli

#endif  // ROLLCALL_CLIENT_CLI_AUDIT_COMMANDS_H_
