// The audit commands against files and against a server. The log is that of tests/audit.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "server/audit/checkpoint.h"
#include "server/audit/merkle_tree.h"
#include "tests/audit/sample_log.h"
#include "tests/cli/fake_server.h"

namespace rollcall::cli {
namespace {

using rollcall::testing::SampleEntries;
using rollcall::testing::SampleProof;
using rollcall::testing::SampleSigner;
using ::testing::HasSubstr;
using ::testing::Not;

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

TEST(AuditVerify, AWitnessFileWithoutACheckpointWitnessesNothing) {
  const TempFolder folder;
  for (const char* text : {"", "\n\n"}) {
    const std::string witness = folder.Write("kept", text);
    const Outcome done = Verify(PathOf("seven.audit-log"), {"--witness", witness});
    EXPECT_EQ(done.code, 9);
    EXPECT_THAT(done.err, HasSubstr("kept has no checkpoint"));
    EXPECT_EQ(Verify(PathOf("seven.audit-log"), {"--witness", witness, "--witness-append"}).code,
              0);
    EXPECT_EQ(Verify(PathOf("seven.audit-log"), {"--witness", witness}).code, 0);
  }
  EXPECT_EQ(Verify(PathOf("seven.audit-log"),
                   {"--witness", folder.Path(std::string(300, 'x')), "--witness-append"})
                .code,
            9);
}

TEST(AuditVerify, EmptyLinesAtTheEndOfAWitnessFileDoNoHarm) {
  const TempFolder folder;
  const std::string witness = folder.Write("kept", Head() + "\n");
  ASSERT_EQ(Verify(PathOf("seven.audit-log"), {"--witness", witness, "--witness-append"}).code, 0);
  const Outcome done = Verify(PathOf("seven.audit-log"), {"--witness", witness});
  EXPECT_EQ(done.code, 0) << done.err;
  EXPECT_THAT(done.out, HasSubstr("Witnessed 2 earlier"));
}

TEST(AuditVerify, ACopyThatCannotBeReadIsNotABadLog) {
  const TempFolder folder;
  EXPECT_EQ(Verify(folder.Path("")).code, 9);
  EXPECT_EQ(Verify("/proc/self/mem").code, 9);
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

TEST(AuditCheckProof, TheEntryItselfSaysWhereItStands) {
  // A log whose first entry calls itself the second.
  const std::string entry = audit::EncodeEntry(SampleEntries()[1]);
  const std::string note = SampleSigner().Sign(1, audit::LeafHash(entry));
  const TempFolder folder;
  const Outcome done = RunClient(
      {"audit", "check-proof", folder.Write("proof", audit::ProofText({0, {}, note})), "--entry",
       folder.Write("entry", entry), "--public-key", audit::VerifierLine(SampleSigner().key())});
  EXPECT_EQ(done.code, 10);
  EXPECT_THAT(done.err, HasSubstr("entry 1 stands in the place of entry 0"));
}

TEST(AuditProve, TheProofIsOfTheEntryThatWasAskedFor) {
  FakeServer server;
  server.get_inclusion_proof = [](const v1::GetInclusionProofRequest&, v1::InclusionProof* answer) {
    answer->set_entry(audit::EncodeEntry(SampleEntries()[4]));
    answer->set_proof(SampleProof(4));
    answer->set_verifier_key(audit::VerifierLine(SampleSigner().key()));
    return grpc::Status::OK;
  };
  EXPECT_EQ(RunClient(server, {"audit", "prove", "4"}).out, SampleProof(4));
  const Outcome other = RunClient(server, {"audit", "prove", "5"});
  EXPECT_EQ(other.code, 10);
  EXPECT_EQ(other.out, "");
  EXPECT_THAT(other.err, HasSubstr("the proof that came is of entry 4"));
}

// The tree over the sample, at all its sizes.
class SampleTree {
 public:
  SampleTree() {
    audit::Frontier tree;
    roots_.push_back(tree.Root());
    for (const audit::Entry& entry : SampleEntries()) {
      tree.Append(audit::LeafHash(audit::EncodeEntry(entry)),
                  [&](int level, std::uint64_t at, const audit::Hash& hash) {
                    nodes_[{level, at}] = hash;
                  });
      roots_.push_back(tree.Root());
    }
  }
  std::string Note(std::int64_t size) const {
    return SampleSigner().Sign(static_cast<std::uint64_t>(size),
                               roots_[static_cast<std::size_t>(size)]);
  }
  std::vector<audit::Hash> Consistency(std::int64_t old_size, std::int64_t size) const {
    return *audit::ConsistencyProof(static_cast<std::uint64_t>(old_size),
                                    static_cast<std::uint64_t>(size),
                                    [&](int level, std::uint64_t at) {
                                      return absl::StatusOr<audit::Hash>(nodes_.at({level, at}));
                                    });
  }

 private:
  std::map<std::pair<int, std::uint64_t>, audit::Hash> nodes_;
  std::vector<audit::Hash> roots_;
};

TEST(AuditExport, IsCompleteOnlyWithACheckpointOverAllEntries) {
  FakeServer server;
  std::string note;
  std::string key;
  server.stream_audit_entries = [&](grpc::ServerWriter<v1::StreamAuditEntriesResponse>* writer) {
    v1::StreamAuditEntriesResponse message;
    for (const audit::Entry& entry : SampleEntries()) {
      message.add_records()->set_entry(audit::EncodeEntry(entry));
    }
    message.set_checkpoint(note);
    message.set_verifier_key(key);
    writer->Write(message);
    return grpc::Status::OK;
  };
  const TempFolder folder;
  const std::string file = folder.Path("log");
  const std::string good_key = audit::VerifierLine(SampleSigner().key());
  const std::vector<std::pair<std::string, std::string>> wrong = {
      {"", good_key}, {SampleTree().Note(3), good_key}, {SampleTree().Note(7), "\x1b[2Jkey"}};
  for (const auto& [a_note, a_key] : wrong) {
    note = a_note;
    key = a_key;
    const Outcome done = RunClient(server, {"audit", "export", "--out", file});
    EXPECT_EQ(done.code, 8) << note;
    EXPECT_THAT(done.err, Not(HasSubstr("\x1b")));
    EXPECT_FALSE(FileExists(file));
  }
  note = SampleTree().Note(7);
  key = good_key;
  const Outcome done = RunClient(server, {"audit", "export", "--out", file});
  EXPECT_EQ(done.code, 0) << done.err;
  EXPECT_EQ(Verify(file).code, 0);
}

TEST(AuditConsistency, IsCheckedBeforeItIsShown) {
  FakeServer server;
  const SampleTree tree;
  bool wrong = false;
  server.get_audit_checkpoint = [&](const v1::GetAuditCheckpointRequest& request,
                                    v1::AuditCheckpoint* answer) {
    const std::int64_t asked = request.tree_size();
    answer->set_note(tree.Note(asked == 0 ? 7 : asked == 4 ? 3 : asked));
    answer->set_verifier_key(audit::VerifierLine(SampleSigner().key()));
    return grpc::Status::OK;
  };
  server.get_consistency_proof = [&](const v1::GetConsistencyProofRequest& request,
                                     v1::ConsistencyProof* answer) {
    answer->set_old_size(request.old_size());
    answer->set_tree_size(request.tree_size());
    for (audit::Hash hash : tree.Consistency(request.old_size(), request.tree_size())) {
      if (wrong) hash[0] ^= 1;
      answer->add_hashes(std::string(audit::Bytes(hash)));
    }
    return grpc::Status::OK;
  };
  const auto ask = [&](const std::string& old_size, std::vector<std::string> more = {}) {
    std::vector<std::string> words = {"audit",  "consistency", "--old-size",
                                      old_size, "--output",    "json"};
    words.insert(words.end(), more.begin(), more.end());
    return RunClient(server, words);
  };
  const Outcome done = ask("3");
  EXPECT_EQ(done.code, 0) << done.err;
  EXPECT_THAT(done.out, HasSubstr("\"treeSize\": \"7\""));
  EXPECT_THAT(done.err, HasSubstr("The log of 3 entries is the beginning of that of 7"));
  EXPECT_EQ(ask("3", {"--tree-size", "5", "--public-key", PathOf("key")}).code, 0);
  EXPECT_EQ(ask("3", {"--public-key",
                      audit::VerifierLine(rollcall::testing::TestSigner("another").key())})
                .code,
            10);
  EXPECT_THAT(ask("4").err, HasSubstr("no checkpoint covers exactly 4 entries"));
  wrong = true;
  const Outcome refused = ask("3");
  EXPECT_EQ(refused.code, 10);
  EXPECT_EQ(refused.out, "");
}

}  // namespace
}  // namespace rollcall::cli
