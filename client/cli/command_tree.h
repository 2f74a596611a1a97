// The tree of commands: nouns with their verbs, and what each does.
#ifndef ROLLCALL_CLIENT_CLI_COMMAND_TREE_H_
#define ROLLCALL_CLIENT_CLI_COMMAND_TREE_H_

#include <CLI/CLI.hpp>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "client/cli/command_context.h"
#include "client/cli/exit_code.h"

namespace rollcall::cli {

// What a command does once the whole command line is understood.
using Action = std::function<ExitCode(const CommandContext&)>;

// Whether a command's calls say who the caller is.
enum class Needs {
  kToken,    // The token is there before the command runs.
  kNoToken,  // It asks no server, or one that answers everybody.
};

class CommandTree {
 public:
  // `root` outlives the tree.
  explicit CommandTree(CLI::App* root) : root_(root) {}
  CommandTree(const CommandTree&) = delete;
  CommandTree& operator=(const CommandTree&) = delete;

  // Adds `rollcall NOUN VERB`, or `rollcall VERB` if `noun` is empty. The verb is new.
  CLI::App* Add(const std::string& noun, const std::string& verb, const std::string& help);

  // Sets what a command does.
  void OnRun(CLI::App* command, Action action, Needs needs = Needs::kToken);

  // Keeps the variables that a command's options write to, as long as the tree lives.
  template <typename State>
  std::shared_ptr<State> Keep(std::shared_ptr<State> state) {
    states_.push_back(state);
    return state;
  }

  CLI::App* root() const { return root_; }
  // The action of the command that was parsed; empty if none was.
  const Action& chosen() const { return chosen_; }
  // What the chosen command needs.
  Needs needs() const { return needs_; }

 private:
  CLI::App* root_;
  Action chosen_;
  Needs needs_ = Needs::kToken;
  std::map<std::string, CLI::App*> groups_;
  std::vector<std::shared_ptr<void>> states_;
};

}  // namespace rollcall::cli

#endif  // ROLLCALL_CLIENT_CLI_COMMAND_TREE_H_
