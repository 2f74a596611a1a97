#include "client/cli/exposure_proof.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_replace.h"
#include "client/cli/exposure_verify.h"
#include "tests/cli/fake_server.h"

namespace rollcall::cli {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

std::string PathOf(const std::string& name) {
  return std::string(ROLLCALL_SOURCE_DIR) + "/tests/exposure/golden/" + name;
}
std::string Golden(const std::string& name) { return ReadFile(PathOf(name)); }

// True if the text is a proof that holds.
bool Holds(const std::string& text) {
  const auto proof = ParseProof(text);
  return proof.ok() && CheckProof(*proof).ok();
}

TEST(ExposureProof, GoldenOnesHold) {
  for (const char* name : {"one.proof", "three_first.proof", "three_last.proof", "eleven.proof"}) {
    EXPECT_TRUE(Holds(Golden(name))) << name;
  }
}

TEST(ExposureProof, IsReadIntoTheMessageOfTheApi) {
  const auto proof = ParseProof(Golden("three_first.proof"));
  ASSERT_TRUE(proof.ok()) << proof.status();
  EXPECT_EQ(proof->digest_format(), 2);
  EXPECT_EQ(proof->people(), 3);
  EXPECT_EQ(proof->tree_size(), 3);
  EXPECT_EQ(proof->cells(), 4);
  EXPECT_EQ(proof->person(), 7);
  ASSERT_EQ(proof->elements_size(), 2);
  EXPECT_EQ(proof->elements(1).id(), "student.name");
  EXPECT_EQ(proof->elements(1).certainty(), v1::CERTAINTY_CONFIRMED);
  EXPECT_EQ(proof->salt().size(), 16U);
  EXPECT_EQ(proof->path_size(), 2);
}

TEST(ExposureProof, EveryByteCounts) {
  for (const char* name : {"one.proof", "three_first.proof", "three_last.proof", "eleven.proof"}) {
    const std::string good = Golden(name);
    for (std::size_t at = 0; at < good.size(); ++at) {
      for (const int flip : {1, 2, 4, 8, 16, 32, 64, 128, 255}) {
        std::string bad = good;
        bad[at] = static_cast<char>(bad[at] ^ flip);
        EXPECT_FALSE(Holds(bad)) << name << " " << at << " " << flip;
      }
      EXPECT_FALSE(Holds(good.substr(0, at))) << name << " " << at;
      EXPECT_FALSE(Holds(good.substr(0, at) + good.substr(at + 1))) << name << " " << at;
    }
  }
}

TEST(ExposureProof, MayHaveLinesThatEndAsOnWindowsButNothingBehindIt) {
  const std::string good = Golden("three_last.proof");
  EXPECT_TRUE(Holds(absl::StrReplaceAll(good, {{"\n", "\r\n"}})));
  for (const char* more : {"\n", " ", "path", "path 00\n", "x"}) EXPECT_FALSE(Holds(good + more));
}

TEST(ExposureProof, ErrorsNameTheLineButNotItsContent) {
  const auto error = [](const char* from, const char* to) {
    return std::string(ParseProof(absl::StrReplaceAll(Golden("three_first.proof"), {{from, to}}))
                           .status()
                           .message());
  };
  EXPECT_EQ(error("person 7", "person 07"), "line 5 of the proof is not 'person NUMBER'");
  EXPECT_EQ(error("people 3", "people 9223372036854775808"),
            "line 3 of the proof is not 'people NUMBER'");
  EXPECT_EQ(error(" CONFIRMED", " SURE"), "line 7 of the proof is not 'element NAME CERTAINTY'");
  EXPECT_EQ(error("student.name", "staff.name"), "line 7 of the proof: the elements do not ascend");
  EXPECT_EQ(error("leaf 0\n", ""), "line 9 of the proof is not 'leaf NUMBER'");
}

TEST(ExposureVerify, SaysWhatIsProven) {
  const Outcome outcome = RunClient({"exposure", "verify", PathOf("three_first.proof")});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_EQ(outcome.out,
            "OK        people/7 is in the exposure\n"
            "Digest    254612d38f3733d76077c74fe5e2701a6d6996967b80f0448aa2c214d21ddc5e\n"
            "People    3\nFields    4\n"
            "Element   student.birth_date  believed\nElement   student.name  confirmed\n");
  EXPECT_THAT(outcome.err, HasSubstr("compare it"));
}

TEST(ExposureVerify, ComparesWithThePublishedDigest) {
  const std::string file = PathOf("three_first.proof");
  const std::string digest = "254612d38f3733d76077c74fe5e2701a6d6996967b80f0448aa2c214d21ddc5e";
  const Outcome same = RunClient({"exposure", "verify", file, "--digest", digest});
  EXPECT_EQ(same.code, 0);
  EXPECT_EQ(same.err, "");
  const Outcome other = RunClient({"exposure", "verify", file, "--digest", digest.substr(1)});
  EXPECT_EQ(other.code, 10);
  EXPECT_THAT(other.err, HasSubstr("NOT PROVEN: it is a proof for the digest " + digest));
}

TEST(ExposureVerify, WritesTheProofAsJson) {
  const Outcome outcome =
      RunClient({"exposure", "verify", PathOf("three_first.proof"), "--output", "json"});
  EXPECT_EQ(outcome.code, 0);
  EXPECT_THAT(outcome.out, AllOf(HasSubstr("\"person\""), HasSubstr("CERTAINTY_CONFIRMED")));
}

TEST(ExposureVerify, TellsWhichStepFails) {
  const TempFolder folder;
  const auto verify = [&](const char* from, const char* to) {
    return RunClient(
        {"exposure", "verify",
         folder.Write("p", absl::StrReplaceAll(Golden("three_first.proof"), {{from, to}}))});
  };
  const Outcome other_person = verify("person 7", "person 8");
  EXPECT_EQ(other_person.code, 10);
  EXPECT_THAT(other_person.err, HasSubstr("NOT PROVEN: it leads to the digest "));
  const Outcome other_size = verify("people 3", "people 5");
  EXPECT_EQ(other_size.code, 10);
  EXPECT_THAT(other_size.err, HasSubstr("its path is not as long"));
  const Outcome other_place = verify("leaf 0", "leaf 3");
  EXPECT_EQ(other_place.code, 10);
  EXPECT_THAT(other_place.err, HasSubstr("its position is not among its people"));
  EXPECT_EQ(verify("proof 2", "proof 1").code, 2);
  EXPECT_EQ(RunClient({"exposure", "verify", folder.Path("missing")}).code, 9);
}

TEST(ExposureProve, PrintsTheTextOfTheProof) {
  FakeServer server;
  v1::ProveExposureRequest asked;
  server.prove_exposure = [&](const v1::ProveExposureRequest& request, v1::ExposureProof* proof) {
    asked = request;
    proof->set_text(Golden("three_first.proof"));
    return grpc::Status::OK;
  };
  const Outcome outcome = RunClient(server, {"exposure", "prove", "cases/cleo", "--person", "7"});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_EQ(outcome.out, Golden("three_first.proof"));
  EXPECT_EQ(asked.name(), "cases/cleo");
  EXPECT_EQ(asked.person(), "people/7");
  RunClient(server, {"exposure", "prove", "leak/2", "--person", "7"});
  EXPECT_EQ(asked.name(), "incidents/leak/statements/2");
  RunClient(server, {"exposure", "prove", "vendors/cleo", "--person", "7"});
  EXPECT_EQ(asked.name(), "vendors/cleo");
}

}  // namespace
}  // namespace rollcall::cli
