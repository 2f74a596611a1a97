// rollcall roster import: sends a package or file and shows how the server gets on.
#ifndef ROLLCALL_CLIENT_CLI_ROSTER_IMPORT_H_
#define ROLLCALL_CLIENT_CLI_ROSTER_IMPORT_H_

#include "client/cli/command_tree.h"

namespace rollcall::cli {

void AddRosterImport(CommandTree* tree);

}  // namespace rollcall::cli

#endif  // ROLLCALL_CLIENT_CLI_ROSTER_IMPORT_H_
