// Completion scripts for shells, generated from the command tree.
#ifndef ROLLCALL_CLIENT_CLI_COMPLETION_H_
#define ROLLCALL_CLIENT_CLI_COMPLETION_H_

#include <CLI/CLI.hpp>
#include <string>

#include "client/cli/command_tree.h"

namespace rollcall::cli {

// `rollcall completion bash|zsh|fish`. Added last, so that it knows all other commands.
void AddCompletion(CommandTree* tree);

// The script for one of the three shells. It needs nothing but the shell.
std::string CompletionScript(const CLI::App& root, const std::string& shell);

}  // namespace rollcall::cli

#endif  // ROLLCALL_CLIENT_CLI_COMPLETION_H_
