#include "client/cli/completion.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <string>

#include "tests/cli/fake_server.h"

namespace rollcall::cli {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

// What bash offers after these words, the last of which is being typed.
std::string Offered(const std::string& words) {
  const TempFolder folder;
  const std::string script = folder.Write(
      "test.sh",
      RunClient({"completion", "bash"}).out + "\nCOMP_WORDS=(" + words +
          ")\nCOMP_CWORD=$((${#COMP_WORDS[@]}-1))\n_rollcall\necho \" ${COMPREPLY[*]} \"\n");
  FILE* pipe = popen(("bash --norc " + script + " 2>&1").c_str(), "r");
  std::string text;
  std::array<char, 4096> block{};
  while (pipe != nullptr) {
    const size_t got = fread(block.data(), 1, block.size(), pipe);
    if (got == 0) break;
    text.append(block.data(), got);
  }
  if (pipe != nullptr) pclose(pipe);
  return text;
}

TEST(Completion, BashOffersNounsVerbsAndFlags) {
  EXPECT_THAT(Offered("rollcall ven"), HasSubstr(" vendor "));
  EXPECT_THAT(Offered("rollcall vendor ''"), HasSubstr(" list "));
  EXPECT_THAT(Offered("rollcall --output json vendor g"), HasSubstr(" get "));
  const std::string flags = Offered("rollcall vendor create cleo --");
  EXPECT_THAT(flags, HasSubstr(" --legal-name "));
  EXPECT_THAT(flags, HasSubstr(" --output "));
  EXPECT_THAT(flags, Not(HasSubstr(" list ")));
  EXPECT_THAT(Offered("rollcall transfer ''"),
              AllOf(HasSubstr(" record "), HasSubstr(" check "), HasSubstr(" unmatched ")));
  EXPECT_THAT(
      Offered("rollcall transfer check cleo --"),
      AllOf(HasSubstr(" --file-list "), HasSubstr(" --element "), HasSubstr(" --positions ")));
  EXPECT_THAT(Offered("rollcall exposure ''"), AllOf(HasSubstr(" person "), HasSubstr(" vendors "),
                                                     HasSubstr(" compare "), HasSubstr(" prove ")));
  EXPECT_THAT(Offered("rollcall exposure summary --"),
              AllOf(HasSubstr(" --what-if "), HasSubstr(" --ids-file ")));
}

TEST(Completion, EveryShellGetsEveryNoun) {
  for (const char* shell : {"bash", "zsh", "fish"}) {
    const std::string script = RunClient({"completion", shell}).out;
    for (const char* word : {"vendor", "clause-kind", "exposure", "record-sent", "legal-name",
                             "disposition", "subprocessor", "upstream"}) {
      EXPECT_THAT(script, HasSubstr(word)) << shell;
    }
  }
  EXPECT_EQ(RunClient({"completion", "tcsh"}).code, 2);
}

}  // namespace
}  // namespace rollcall::cli
