#include "client/cli/completion.h"

#include <memory>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"

namespace rollcall::cli {
namespace {

// What can follow the words of a command.
struct Node {
  // "rollcall", "rollcall vendor", "rollcall vendor get".
  std::string path;
  std::vector<const CLI::App*> commands;
  std::vector<std::string> options;
};

std::vector<std::string> LongOptions(const CLI::App& app) {
  std::vector<std::string> words;
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) words.push_back("--" + name);
  }
  return words;
}

void Collect(const CLI::App& app, const std::string& path, std::vector<Node>* nodes) {
  Node node;
  node.path = path;
  node.options = LongOptions(app);
  node.commands = app.get_subcommands([](const CLI::App*) { return true; });
  const std::vector<const CLI::App*> commands = node.commands;
  nodes->push_back(std::move(node));
  for (const CLI::App* command : commands) {
    Collect(*command, absl::StrCat(path, " ", command->get_name()), nodes);
  }
}

std::string CommandWords(const Node& node) {
  std::vector<std::string> words;
  for (const CLI::App* command : node.commands) words.push_back(command->get_name());
  return absl::StrJoin(words, " ");
}

// A function that finds the command typed so far and sets `words`. Bash and zsh read it alike.
std::string WalkFunction(const std::vector<Node>& nodes, const std::string& globals) {
  std::string script =
      "_rollcall_words() {\n"
      "  path=rollcall\n"
      "  _rollcall_known\n"
      "  for word in \"$@\"; do\n"
      "    case \" $commands \" in\n"
      "      *\" $word \"*) path=\"$path $word\"; _rollcall_known ;;\n"
      "    esac\n"
      "  done\n"
      "  words=\"$commands $options " +
      globals +
      "\"\n"
      "}\n"
      "_rollcall_known() {\n"
      "  case \"$path\" in\n";
  for (const Node& node : nodes) {
    absl::StrAppend(&script, "    \"", node.path, "\") commands=\"", CommandWords(node),
                    "\"; options=\"", absl::StrJoin(node.options, " "), "\" ;;\n");
  }
  return script + "  esac\n}\n";
}

std::string BashScript(const std::string& walk) {
  return walk +
         "_rollcall() {\n"
         "  local path commands options words word\n"
         "  local current=\"${COMP_WORDS[COMP_CWORD]}\"\n"
         "  _rollcall_words \"${COMP_WORDS[@]:1:COMP_CWORD-1}\"\n"
         "  COMPREPLY=($(compgen -W \"$words\" -- \"$current\"))\n"
         "}\n"
         "complete -o default -F _rollcall rollcall\n";
}

std::string ZshScript(const std::string& walk) {
  return "#compdef rollcall\n" + walk +
         "_rollcall() {\n"
         "  local path commands options word current_words\n"
         "  local -a typed\n"
         "  typed=(\"${(@)words[2,CURRENT-1]}\")\n"
         "  local words\n"
         "  _rollcall_words \"${typed[@]}\"\n"
         "  current_words=(${=words})\n"
         "  compadd -a current_words || _files\n"
         "}\n"
         "compdef _rollcall rollcall\n";
}

std::string FishQuoted(const std::string& text) {
  return absl::StrCat("'", absl::StrReplaceAll(text, {{"\\", "\\\\"}, {"'", "\\'"}}), "'");
}

std::string FishScript(const std::vector<Node>& nodes) {
  std::string script =
      "function __rollcall_at\n"
      "  set -l typed (commandline -opc)\n"
      "  set -e typed[1]\n"
      "  set -l plain\n"
      "  for word in $typed\n"
      "    string match -q -- '-*' $word; or set -a plain $word\n"
      "  end\n"
      "  test (count $plain) -ge (count $argv); or return 1\n"
      "  for i in (seq (count $argv))\n"
      "    test $plain[$i] = $argv[$i]; or return 1\n"
      "  end\n"
      "  test (count $argv) -eq 2; or test (count $plain) -eq (count $argv)\n"
      "end\n";
  for (const Node& node : nodes) {
    const std::string at =
        FishQuoted(absl::StrCat("__rollcall_at", node.path.substr(std::string("rollcall").size())));
    for (const CLI::App* command : node.commands) {
      absl::StrAppend(&script, "complete -c rollcall -f -n ", at, " -a ", command->get_name(),
                      " -d ", FishQuoted(command->get_description()), "\n");
    }
    for (const std::string& option : node.options) {
      absl::StrAppend(&script, "complete -c rollcall -n ", at, " -l ", option.substr(2), "\n");
    }
  }
  return script;
}

}  // namespace

std::string CompletionScript(const CLI::App& root, const std::string& shell) {
  std::vector<Node> nodes;
  Collect(root, "rollcall", &nodes);
  if (shell == "fish") return FishScript(nodes);
  const std::string walk = WalkFunction(nodes, absl::StrJoin(LongOptions(root), " "));
  return shell == "zsh" ? ZshScript(walk) : BashScript(walk);
}

void AddCompletion(CommandTree* tree) {
  CLI::App* command = tree->Add("", "completion", "Writes a completion script for a shell");
  const auto shell = tree->Keep(std::make_shared<std::string>());
  command->add_option("shell", *shell, "bash, zsh or fish")
      ->required()
      ->type_name("SHELL")
      ->check(CLI::IsMember({"bash", "zsh", "fish"}));
  command->footer("For bash: source <(rollcall completion bash)");
  const CLI::App* root = tree->root();
  tree->OnRun(
      command,
      [shell, root](const CommandContext& context) {
        context.io.out << CompletionScript(*root, *shell);
        return ExitCode::kOk;
      },
      Needs::kNoToken);
}

}  // namespace rollcall::cli
