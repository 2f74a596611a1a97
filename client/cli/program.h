// The program as a function, so that tests can run it within their own process.
#ifndef ROLLCALL_CLIENT_CLI_PROGRAM_H_
#define ROLLCALL_CLIENT_CLI_PROGRAM_H_

#include <string>
#include <vector>

#include "client/cli/command_context.h"
#include "client/cli/command_tree.h"

namespace rollcall::cli {

// Adds all commands of the program.
void AddAllCommands(CommandTree* tree);

// Runs one command line, `arguments` without the program's name, and returns the exit code. Reads
// the environment variables ROLLCALL_ADDRESS, ROLLCALL_OUTPUT, ROLLCALL_TIMEOUT, ROLLCALL_PURPOSE,
// ROLLCALL_TOKEN_FILE and NO_COLOR.
int RunProgram(const std::vector<std::string>& arguments, Io& io);

}  // namespace rollcall::cli

#endif  // ROLLCALL_CLIENT_CLI_PROGRAM_H_
