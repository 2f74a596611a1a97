// `rollcall token create`: makes a personal token and hands its secret over once, on the screen or
// in a file that only its owner can read.
#ifndef ROLLCALL_CLIENT_CLI_TOKEN_CREATE_H_
#define ROLLCALL_CLIENT_CLI_TOKEN_CREATE_H_

#include "client/cli/command_tree.h"

namespace rollcall::cli {

void AddTokenCreate(CommandTree* tree);

}  // namespace rollcall::cli

#endif  // ROLLCALL_CLIENT_CLI_TOKEN_CREATE_H_
