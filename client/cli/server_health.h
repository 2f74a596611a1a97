// rollcall server health: asks the standard health service.
#ifndef ROLLCALL_CLIENT_CLI_SERVER_HEALTH_H_
#define ROLLCALL_CLIENT_CLI_SERVER_HEALTH_H_

#include "client/cli/command_tree.h"

namespace rollcall::cli {

void AddServerHealth(CommandTree* tree);

}  // namespace rollcall::cli

#endif  // ROLLCALL_CLIENT_CLI_SERVER_HEALTH_H_
