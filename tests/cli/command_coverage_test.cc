// Every method of the API has a command: counted in the .proto files themselves, so that a service
// that nobody links cannot be forgotten.
#include <gtest/gtest.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <set>
#include <string>

#include "client/cli/api_methods.h"
#include "client/cli/command_tree.h"
#include "client/cli/program.h"

namespace rollcall::cli {
namespace {

std::set<std::string> MethodsInProtoFiles() {
  std::set<std::string> methods;
  const std::filesystem::path folder =
      std::filesystem::path(ROLLCALL_SOURCE_DIR) / "proto" / "rollcall" / "v1";
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    std::ifstream file(entry.path());
    const std::string text((std::istreambuf_iterator<char>(file)),
                           std::istreambuf_iterator<char>());
    const std::regex rpc(R"(\n\s*rpc\s+(\w+)\s*\()");
    for (std::sregex_iterator match(text.begin(), text.end(), rpc), end; match != end; ++match) {
      methods.insert((*match)[1]);
    }
  }
  return methods;
}

CLI::App* Command(CLI::App& app, const ApiMethod& method) {
  CLI::App* group = &app;
  if (!method.noun.empty()) group = app.get_subcommand(method.noun);
  return group->get_subcommand(method.verb);
}

TEST(CommandCoverage, EveryRpcOfTheProtoFilesHasACommand) {
  CLI::App app;
  CommandTree tree(&app);
  AddAllCommands(&tree);
  std::set<std::string> reached;
  for (const ApiMethod& method : ApiMethods()) {
    EXPECT_NO_THROW(Command(app, method)) << method.noun << " " << method.verb;
    reached.insert(method.descriptor->name());
  }
  const std::set<std::string> declared = MethodsInProtoFiles();
  EXPECT_GT(declared.size(), 50U);
  EXPECT_EQ(reached, declared);
}

TEST(CommandCoverage, NoTwoMethodsShareACommand) {
  std::set<std::string> words;
  for (const ApiMethod& method : ApiMethods()) {
    EXPECT_TRUE(words.insert(method.noun + " " + method.verb).second)
        << method.descriptor->full_name();
  }
}

TEST(CommandCoverage, EveryCommandAndOptionIsExplained) {
  CLI::App app;
  CommandTree tree(&app);
  AddAllCommands(&tree);
  int commands = 0;
  for (const CLI::App* group : app.get_subcommands([](const CLI::App*) { return true; })) {
    EXPECT_FALSE(group->get_description().empty()) << group->get_name();
    for (const CLI::App* command : group->get_subcommands([](const CLI::App*) { return true; })) {
      ++commands;
      EXPECT_FALSE(command->get_description().empty()) << command->get_name();
      for (const CLI::Option* option : command->get_options()) {
        EXPECT_FALSE(option->get_description().empty())
            << group->get_name() << " " << command->get_name() << " " << option->get_name();
      }
    }
  }
  EXPECT_GT(commands, 50);
}

TEST(CommandCoverage, EveryMethodDeclaresATimeThatItMayTake) {
  for (const ApiMethod& method : ApiMethods()) {
    if (method.descriptor->name() == "ImportRoster") {
      EXPECT_EQ(DefaultTimeout(*method.descriptor), std::chrono::hours(2));
    }
    if (method.descriptor->name() == "GetVendor") {
      EXPECT_EQ(DefaultTimeout(*method.descriptor), std::chrono::seconds(30));
    }
  }
}

}  // namespace
}  // namespace rollcall::cli
