// The bytes of docs/audit-log-format.md: entries, notes, checkpoints, proofs and copies.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "server/audit/checkpoint.h"
#include "server/audit/entry.h"
#include "server/audit/json_text.h"
#include "server/audit/log_check.h"
#include "tests/audit/sample_log.h"
#include "tests/audit/test_signer.h"

namespace rollcall::testing {
namespace {

using audit::CheckCopy;
using audit::Checkpoint;
using audit::EncodeEntry;
using audit::Entry;
using ::testing::HasSubstr;

std::string Golden(const std::string& name, const std::string& made) {
  const std::string path = absl::StrCat(ROLLCALL_GOLDEN_DIR, "/", name);
  if (std::getenv("ROLLCALL_WRITE_GOLDEN") != nullptr) {
    std::ofstream(path, std::ios::binary) << made;
  }
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

std::string MessageOf(const absl::Status& status) { return std::string(status.message()); }

TEST(Entry, HasTheGoldenBytes) {
  const std::vector<Entry> entries = SampleEntries();
  EXPECT_EQ(
      EncodeEntry(entries[0]),
      "{\"facts\":{\"format\":\"1\"},\"index\":0,\"kind\":\"START\",\"principal\":\"internal\","
      "\"source\":\"internal\",\"time\":\"2027-03-09T14:05:06.000000Z\"}");
  EXPECT_EQ(
      EncodeEntry(entries[1]),
      "{\"changes\":[{\"fields\":[{\"after\":\"Larkspur \\\"Bus\\\" \\u000a\xc3\xa9\",\"field\":"
      "\"display_name\"},{\"after_commitment\":\"" +
          audit::Base64(audit::Bytes(audit::Commitment(SampleSalt(), "\"ann@larkspur.example\""))) +
          "\",\"field\":\"email\"}],\"name\":\"vendors/larkspur\"}],\"correlation_id\":\"c-1\","
          "\"index\":1,\"kind\":\"CHANGE\",\"method\":\"rollcall.v1.VendorService.CreateVendor\","
          "\"principal\":\"user:kim\",\"purpose\":\"new contract\",\"revision\":1,\"source\":"
          "\"ipv4:10.0.0.7\",\"time\":\"2027-03-09T14:05:07.000001Z\",\"via\":"
          "\"spiffe://d.example/system/gateway\"}");
}

TEST(Entry, AByteThatIsNoTextDoesNotGetIn) {
  Entry entry = SampleEntries()[1];
  entry.purpose = "a\xff\xed\xa0\x80z";
  const std::string bytes = EncodeEntry(entry);
  EXPECT_TRUE(audit::IsUtf8(bytes));
  EXPECT_THAT(bytes,
              HasSubstr("\"purpose\":\"a\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbdz\""));
}

TEST(Entry, ALongOneIsShortenedInSteps) {
  Entry entry = SampleEntries()[1];
  const std::string value = absl::StrCat("\"", std::string(70'000, 'x'), "\"");
  entry.changes[0].fields[0].after.json = value;
  std::string bytes = EncodeEntry(entry);
  EXPECT_LT(bytes.size(), 1000U);
  EXPECT_THAT(bytes,
              HasSubstr(absl::StrCat("{\"after_sha256\":\"",
                                     audit::Base64(audit::Bytes(audit::Sha256(value))), "\"")));
  EXPECT_THAT(bytes, HasSubstr("\"shortened\":true"));

  entry.changes.assign(2000, SampleEntries()[1].changes[0]);
  bytes = EncodeEntry(entry);
  EXPECT_LT(bytes.size(), 1000U);
  EXPECT_THAT(bytes, HasSubstr("{\"changes_count\":2000,\"changes_sha256\":\""));

  entry.elements.assign(9000, "student.name");
  bytes = EncodeEntry(entry);
  EXPECT_LT(bytes.size(), 1000U);
  EXPECT_EQ(*audit::EntryIndex(bytes), 1U);
}

TEST(Entry, OnlyTheLogsFormIsRead) {
  for (const char* bad : {"",
                          "{",
                          "{}",
                          "[]",
                          "{\"index\":1",
                          "{\"index\":1}x",
                          "{\"index\": 1}",
                          "{\"index\":-1}",
                          "{\"index\":\"1\"}",
                          "{\"index\":1.0}",
                          "{\"index\":01}",
                          "{\"kind\":\"A\",\"index\":1}",
                          "{\"index\":1,\"index\":1}",
                          "{\"index\":1,}",
                          "{\"index\":1,\"a\":\"\n\"}",
                          "{\"index\":1,\"kind\":\"\xff\"}",
                          "{\"index\":1,\"kind\":\"\\x\"}",
                          "{\"index\":1,\"kind\":tru}",
                          "{\"index\":99999999999999999999}",
                          "null"}) {
    EXPECT_FALSE(audit::EntryIndex(bad).ok()) << bad;
  }
  EXPECT_EQ(*audit::EntryIndex("{\"a\":[1,{\"z\":null,\"b\":-1.5e+3}],\"index\":12}"), 12U);
  EXPECT_FALSE(audit::EntryIndex(std::string(100, '[')).ok());
}

TEST(SignedNote, ANoteMadeElsewhereIsRead) {
  // The example of the Go module golang.org/x/mod/sumdb/note.
  const auto key = audit::ParseVerifierLine(
      "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW");
  ASSERT_TRUE(key.ok()) << key.status();
  const std::string text =
      "If you think cryptography is the answer to your problem,\n"
      "then you don't know what your problem is.\n";
  const std::string note =
      text +
      "\n\xe2\x80\x94 PeterNeumann "
      "x08go/ZJkuBS9UG/"
      "SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";
  const auto opened = audit::OpenNote(note, *key);
  ASSERT_TRUE(opened.ok()) << opened.status();
  EXPECT_EQ(*opened, text);
  EXPECT_FALSE(audit::ParseVerifierLine("PeterNeumann+c74f20a4+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/"
                                        "LDE4izWy10TW")
                   .ok());
}

TEST(SignedNote, OtherSignersAreIgnoredAndFalseOnesAreNot) {
  const TestSigner ours("log.example/a");
  const TestSigner other("witness.example/w", 9);
  const std::string note = ours.Sign(1, audit::LeafHash("x"));
  const std::string by_other = other.Sign(audit::CheckpointText({"log.example/a", 1, {}}));
  const std::string line = by_other.substr(by_other.find("\n\n") + 2);
  EXPECT_TRUE(audit::OpenCheckpoint(note + line, ours.key()).ok());
  EXPECT_FALSE(audit::OpenCheckpoint(note, other.key()).ok());
  // A key of the right name that is another one.
  EXPECT_FALSE(audit::OpenCheckpoint(note, TestSigner("log.example/a", 9).key()).ok());
  // The right key, signing for another log.
  const std::string foreign = ours.Sign(audit::CheckpointText({"log.example/b", 1, {}}));
  EXPECT_THAT(MessageOf(audit::OpenCheckpoint(foreign, ours.key()).status()),
              HasSubstr("it is a checkpoint of log.example/b"));
}

TEST(Checkpoint, EveryByteCounts) {
  const TestSigner signer("log.example/a");
  const std::string note = signer.Sign(12, audit::LeafHash("x"));
  ASSERT_TRUE(audit::OpenCheckpoint(note, signer.key()).ok());
  for (std::size_t at = 0; at < note.size(); ++at) {
    for (int bit = 0; bit < 8; ++bit) {
      std::string bad = note;
      bad[at] = static_cast<char>(bad[at] ^ (1 << bit));
      EXPECT_FALSE(audit::OpenCheckpoint(bad, signer.key()).ok()) << at << " " << bit;
    }
    EXPECT_FALSE(audit::OpenCheckpoint(note.substr(0, at), signer.key()).ok()) << at;
  }
}

TEST(Checkpoint, NumbersHaveOneForm) {
  const std::string root = audit::Base64(audit::Bytes(audit::LeafHash("x")));
  const auto parse = [&](const std::string& size) {
    return audit::ParseCheckpointText("log.example/a\n" + size + "\n" + root + "\n").ok();
  };
  EXPECT_TRUE(parse("0"));
  EXPECT_TRUE(parse("9223372036854775807"));
  for (const char* bad : {"", "00", "01", "+1", "-1", " 1", "1 ", "9223372036854775808", "1e3"}) {
    EXPECT_FALSE(parse(bad)) << bad;
  }
}

TEST(Copy, HasTheGoldenBytes) {
  const std::string copy = SampleCopy();
  EXPECT_EQ(copy, Golden("seven.audit-log", copy));
  EXPECT_EQ(SampleProof(4), Golden("four.tlog-proof", SampleProof(4)));
  EXPECT_EQ(EncodeEntry(SampleEntries()[4]), Golden("four.entry", EncodeEntry(SampleEntries()[4])));
  const std::string key = audit::VerifierLine(SampleSigner().key());
  EXPECT_EQ(key, Golden("key", key));
  const auto head = CheckCopy(copy, SampleSigner().key(), {});
  ASSERT_TRUE(head.ok()) << head.status();
  EXPECT_EQ(head->size, 7U);
}

TEST(Copy, EveryFlippedByteIsFound) {
  const std::string copy = SampleCopy();
  const audit::NoteKey key = SampleSigner().key();
  for (std::size_t at = 0; at < copy.size(); ++at) {
    for (const int flip : {0x01, 0x20, 0x80, 0xff}) {
      std::string bad = copy;
      bad[at] = static_cast<char>(bad[at] ^ flip);
      EXPECT_FALSE(CheckCopy(bad, key, {}).ok()) << at << " " << flip;
    }
  }
}

TEST(Copy, EveryCutIsFoundUnlessItEndsWithACheckpoint) {
  const std::string copy = SampleCopy();
  const audit::NoteKey key = SampleSigner().key();
  int whole = 0;
  for (std::size_t size = 0; size < copy.size(); ++size) {
    whole += CheckCopy(copy.substr(0, size), key, {}).ok() ? 1 : 0;
  }
  // After entries 2 and 4 there are checkpoints: what ends there is the log as it once was.
  EXPECT_EQ(whole, 2);
  // Whoever kept a later checkpoint sees it.
  const auto head = CheckCopy(copy, key, {});
  ASSERT_TRUE(head.ok());
  const std::size_t cut = copy.find("\n+", copy.find("\n= ") + 1) + 1;
  ASSERT_TRUE(CheckCopy(copy.substr(0, cut), key, {}).ok());
  EXPECT_THAT(MessageOf(CheckCopy(copy.substr(0, cut), key, {*head}).status()),
              HasSubstr("the log was cut: it has 3 entries, and a checkpoint that was kept "
                        "elsewhere has 7"));
}

// The lines of the sample with other entries, all hashes and the last checkpoint made anew.
std::string Rewritten(std::vector<std::string> entries, const TestSigner& signer) {
  audit::Frontier tree;
  std::string copy = absl::StrCat(audit::kCopyHeader, "\n");
  for (const std::string& entry : entries) {
    tree.Append(audit::LeafHash(entry));
    absl::StrAppend(&copy, audit::EntryLine(entry));
  }
  absl::StrAppend(&copy, audit::CheckpointLine(signer.Sign(tree.size(), tree.Root())));
  return copy;
}

std::vector<std::string> SampleBytes() {
  std::vector<std::string> bytes;
  for (const Entry& entry : SampleEntries()) bytes.push_back(EncodeEntry(entry));
  return bytes;
}

TEST(Copy, NamesTheFirstBadEntry) {
  const TestSigner signer = SampleSigner();
  const std::string copy = SampleCopy();
  const std::vector<std::string> bytes = SampleBytes();
  const auto verdict = [&](const std::string& text) {
    return MessageOf(CheckCopy(text, signer.key(), {}).status());
  };
  const auto without = [&](const std::string& part) {
    return absl::StrReplaceAll(copy, {{part, ""}});
  };
  const std::string line3 = audit::EntryLine(bytes[3]);
  const std::string line4 = audit::EntryLine(bytes[4]);
  EXPECT_THAT(verdict(absl::StrReplaceAll(copy, {{"user:lee", "user:leo"}})),
              HasSubstr("entry 3 is bad: its bytes do not have the hash kept with it"));
  EXPECT_THAT(verdict(without(line3)), HasSubstr("entry 3 is bad: entry 4 stands in its place"));
  EXPECT_THAT(verdict(absl::StrReplaceAll(copy, {{line3, line3 + line3}})),
              HasSubstr("entry 4 is bad: entry 3 stands in its place"));
  EXPECT_THAT(verdict(absl::StrReplaceAll(copy, {{line3 + line4, line4 + line3}})),
              HasSubstr("entry 3 is bad: entry 4 stands in its place"));
  // With its hash made anew, the next checkpoint tells.
  const std::string other = absl::StrReplaceAll(bytes[3], {{"user:lee", "user:leo"}});
  EXPECT_THAT(verdict(absl::StrReplaceAll(copy, {{line3, audit::EntryLine(other)}})),
              HasSubstr("the first bad entry is one of 3 to 4"));
  const std::string last = absl::StrReplaceAll(bytes[6], {{"user:kim", "user:tim"}});
  EXPECT_THAT(
      verdict(absl::StrReplaceAll(copy, {{audit::EntryLine(bytes[6]), audit::EntryLine(last)}})),
      HasSubstr("the first bad entry is one of 5 to 6"));
}

TEST(Copy, AHistoryWrittenAnewIsFoundByWhoKeptACheckpoint) {
  const TestSigner signer = SampleSigner();
  std::vector<std::string> bytes = SampleBytes();
  const auto before = CheckCopy(SampleCopy(), signer.key(), {});
  ASSERT_TRUE(before.ok());
  bytes[2] = absl::StrReplaceAll(bytes[2], {{"people_count\":2", "people_count\":1"}});
  const std::string copy = Rewritten(bytes, signer);
  EXPECT_TRUE(CheckCopy(copy, signer.key(), {}).ok());
  EXPECT_THAT(MessageOf(CheckCopy(copy, signer.key(), {*before}).status()),
              HasSubstr("do not have the root of the checkpoint that was kept elsewhere"));
  // Signed by somebody else.
  EXPECT_FALSE(
      CheckCopy(Rewritten(SampleBytes(), TestSigner(signer.key().name, 8)), signer.key(), {}).ok());
}

TEST(Proof, HoldsForItsEntryAloneAndEveryByteCounts) {
  const audit::NoteKey key = SampleSigner().key();
  const std::vector<std::string> bytes = SampleBytes();
  for (std::uint64_t index = 0; index < bytes.size(); ++index) {
    const std::string text = SampleProof(index);
    const auto proof = audit::ParseProofText(text);
    ASSERT_TRUE(proof.ok()) << proof.status();
    EXPECT_EQ(audit::ProofText(*proof), text);
    for (std::uint64_t other = 0; other < bytes.size(); ++other) {
      EXPECT_EQ(audit::CheckProof(*proof, bytes[other], key).ok(), other == index);
    }
  }
  const std::string text = SampleProof(4);
  for (std::size_t at = 0; at < text.size(); ++at) {
    for (const int flip : {0x01, 0x20, 0x80, 0xff}) {
      std::string bad = text;
      bad[at] = static_cast<char>(bad[at] ^ flip);
      const auto proof = audit::ParseProofText(bad);
      EXPECT_FALSE(proof.ok() && audit::CheckProof(*proof, bytes[4], key).ok()) << at;
    }
  }
}

TEST(WitnessFile, NotesAreSplitAsTheyWereJoined) {
  const TestSigner signer("log.example/a");
  const std::string one = signer.Sign(1, audit::LeafHash("x"));
  const std::string two = signer.Sign(2, audit::LeafHash("y"));
  EXPECT_EQ(*audit::SplitNotes(one + "\n" + two), (std::vector<std::string>{one, two}));
  EXPECT_EQ(*audit::SplitNotes(one + "\n\n\n" + two + "\n\n"),
            (std::vector<std::string>{one, two}));
  EXPECT_EQ(*audit::SplitNotes(one), std::vector<std::string>{one});
  EXPECT_TRUE(audit::SplitNotes("")->empty());
  EXPECT_FALSE(audit::SplitNotes("log.example/a\n1\n").ok());
}

}  // namespace
}  // namespace rollcall::testing
