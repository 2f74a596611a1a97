// The ordinary commands: one for every method that takes one message and returns one, made from
// its descriptor. Lists are followed to their end.
#ifndef ROLLCALL_CLIENT_CLI_METHOD_COMMANDS_H_
#define ROLLCALL_CLIENT_CLI_METHOD_COMMANDS_H_

#include "client/cli/command_tree.h"

namespace rollcall::cli {

// Adds the commands of all methods except streams, those of the vendor file and the comparison of
// exposures, which are written by hand.
void AddMethodCommands(CommandTree* tree);

}  // namespace rollcall::cli

#endif  // ROLLCALL_CLIENT_CLI_METHOD_COMMANDS_H_
