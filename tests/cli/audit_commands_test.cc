// The audit commands against files: no server is asked. The golden log is that of tests/audit.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "server/audit/checkpoint.h"
#include "tests/cli/fake_server.h"

namespace rollcall::cli {
namespace {

using ::testing::HasSubstr;

std::string PathOf(const std::string& name) {
  return std::string(ROLLCALL_SOURCE_DIR) + "/tests/audit/golden/" + name;
}

// The checkpoint over all seven entries: the end of the golden proof.
std::string Head() {
  const std::string proof = ReadFile(PathOf("four.tlog-proof"));
  return proof.substr(proof.find("\n\n") + 2);
}

Outcome Verify(const std::string& file, std::vector<std::string> more = {}) {
  std::vector<std::string> words = {"audit", "verify",       "--file",
                                    file,    "--public-key", PathOf("key")};
  words.insert(words.end(), more.begin(), more.end());
  return RunClient(words);
}

TEST(AuditVerify, AGoodCopyIsWhole) {
  const Outcome done = Verify(PathOf("seven.audit-log"));
  EXPECT_EQ(done.code, 0) << done.err;
  EXPECT_THAT(done.out, HasSubstr("Entries   7\n"));
  // The key may also be given as its line.
  EXPECT_EQ(RunClient({"audit", "verify", "--file", PathOf("seven.audit-log"), "--public-key",
                       ReadFile(PathOf("key"))})
                .code,
            0);
}

TEST(AuditVerify, NamesTheFirstBadEntry) {
  const TempFolder folder;
  const std::string copy = ReadFile(PathOf("seven.audit-log"));
  const Outcome done =
      Verify(folder.Write("bad", absl::StrReplaceAll(copy, {{"user:lee", "user:leo"}})));
  EXPECT_EQ(done.code, 10);
  EXPECT_THAT(done.err, HasSubstr("entry 3 is bad"));
  EXPECT_EQ(Verify(folder.Write("open", copy.substr(0, copy.size() - 1))).code, 10);
  EXPECT_EQ(Verify(folder.Write("empty", "")).code, 10);
  EXPECT_EQ(Verify(folder.Path("missing")).code, 9);
}

TEST(AuditVerify, AWitnessFileExposesACutTail) {
  const TempFolder folder;
  const std::string copy = ReadFile(PathOf("seven.audit-log"));
  const std::string witness = folder.Path("kept");
  EXPECT_EQ(Verify(PathOf("seven.audit-log"), {"--witness", witness}).code, 9);
  ASSERT_EQ(Verify(PathOf("seven.audit-log"), {"--witness", witness, "--witness-append"}).code, 0);
  EXPECT_EQ(ReadFile(witness), Head());
  // What ends with its second checkpoint is a log by itself.
  const std::size_t second = copy.find("\n= ", copy.find("\n= ") + 1);
  const std::string cut = folder.Write("cut", copy.substr(0, copy.find('\n', second + 1) + 1));
  EXPECT_EQ(Verify(cut).code, 0);
  const Outcome done = Verify(cut, {"--witness", witness});
  EXPECT_EQ(done.code, 10);
  EXPECT_THAT(done.err, HasSubstr("the log was cut: it has 5 entries"));
  // A witness file that somebody else has signed is none.
  folder.Write("kept", absl::StrReplaceAll(Head(), {{"\n7\n", "\n8\n"}}));
  EXPECT_EQ(Verify(PathOf("seven.audit-log"), {"--witness", witness}).code, 10);
}

TEST(AuditVerify, ACopyNeedsAKey) {
  const Outcome done = RunClient({"audit", "verify", "--file", PathOf("seven.audit-log")});
  EXPECT_EQ(done.code, 2);
  EXPECT_THAT(done.err, HasSubstr("--public-key"));
  EXPECT_EQ(
      RunClient({"audit", "verify", "--file", PathOf("seven.audit-log"), "--public-key", "x"}).code,
      2);
}

TEST(AuditCheckProof, HoldsForItsEntryAlone) {
  const auto check = [&](const std::string& proof, const std::string& entry) {
    return RunClient({"audit", "check-proof", PathOf(proof), "--entry", PathOf(entry),
                      "--public-key", PathOf("key")})
        .code;
  };
  EXPECT_EQ(check("four.tlog-proof", "four.entry"), 0);
  EXPECT_EQ(check("four.tlog-proof", "key"), 10);
  EXPECT_EQ(check("four.entry", "four.entry"), 10);
  EXPECT_EQ(check("missing", "four.entry"), 9);
}

}  // namespace
}  // namespace rollcall::cli
