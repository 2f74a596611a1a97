// A small log with every kind of member, the same every time.

#ifndef ROLLCALL_TESTS_AUDIT_SAMPLE_LOG_H_
#define ROLLCALL_TESTS_AUDIT_SAMPLE_LOG_H_

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "server/audit/checkpoint.h"
#include "server/audit/entry.h"
#include "server/audit/log_check.h"
#include "server/audit/merkle_tree.h"
#include "tests/audit/test_signer.h"

namespace rollcall::testing {

inline TestSigner SampleSigner() { return TestSigner("rollcall.local/sample"); }

inline audit::Salt SampleSalt() {
  audit::Salt salt;
  salt.fill(0xa5);
  return salt;
}

inline audit::ChangedValue Json(std::string json) {
  return {audit::ChangedValue::Form::kJson, std::move(json), {}};
}

// Seven entries.
inline std::vector<audit::Entry> SampleEntries() {
  const absl::Time start = absl::FromUnixSeconds(1804601106);  // 2027-03-09T14:05:06Z
  std::vector<audit::Entry> entries(7);
  for (std::size_t i = 0; i < entries.size(); ++i) {
    entries[i].index = i;
    entries[i].time = start + absl::Seconds(i) + absl::Microseconds(i);
    entries[i].kind = audit::kChange;
    entries[i].principal = "user:kim";
    entries[i].source = "ipv4:10.0.0.7";
  }
  entries[0].kind = audit::kStart;
  entries[0].principal = "internal";
  entries[0].source = "internal";
  entries[0].facts["format"] = "1";

  audit::EntryChange vendor{"vendors/larkspur", {}};
  vendor.fields.push_back({"display_name", {}, Json("\"Larkspur \\\"Bus\\\" \\u000a\xc3\xa9\"")});
  audit::ChangedValue mail;
  mail.form = audit::ChangedValue::Form::kCommitment;
  mail.commitment = audit::Commitment(SampleSalt(), "\"ann@larkspur.example\"");
  vendor.fields.push_back({"email", {}, mail});
  entries[1].changes.push_back(vendor);
  entries[1].method = "rollcall.v1.VendorService.CreateVendor";
  entries[1].purpose = "new contract";
  entries[1].correlation_id = "c-1";
  entries[1].via = "spiffe://d.example/system/gateway";
  entries[1].revision = 1;

  entries[2].kind = audit::kReading;
  entries[2].method = "rollcall.v1.RosterService.ListPeople";
  entries[2].purpose = "call the parents";
  entries[2].people_count = 2;
  entries[2].people = {audit::Commitment(SampleSalt(), "people/17"),
                       audit::Commitment(SampleSalt(), "people/18")};
  entries[2].elements = {"student.birth_date", "student.name"};

  entries[3].principal = "user:lee";
  entries[3].changes.push_back({"vendors/larkspur",
                                {{"state", Json("\"STATE_ACTIVE\""), Json("\"STATE_ENDED\"")},
                                 {"tags", Json("[\"bus\",\"gps\"]"), {}}}});
  entries[3].revision = 2;
  entries[3].facts["clock_went_back_ms"] = "1500";
  entries[3].time = start;
  entries[4].kind = audit::kErasure;
  entries[4].people_count = 1;
  entries[4].people = {audit::Commitment(SampleSalt(), "people/17")};
  entries[5].kind = audit::kKeyRotation;
  entries[5].facts["data_key"] = "2";
  entries[6].kind = audit::kRestored;
  return entries;
}

// The sample with checkpoints after three, five and all seven entries.
inline std::string SampleCopy() {
  const TestSigner signer = SampleSigner();
  audit::Frontier tree;
  std::string copy = absl::StrCat(audit::kCopyHeader, "\n");
  for (const audit::Entry& entry : SampleEntries()) {
    const std::string bytes = audit::EncodeEntry(entry);
    tree.Append(audit::LeafHash(bytes));
    copy += audit::EntryLine(bytes);
    if (tree.size() == 3 || tree.size() == 5 || tree.size() == 7) {
      copy += audit::CheckpointLine(signer.Sign(tree.size(), tree.Root()));
    }
  }
  return copy;
}

// The proof of one entry of the sample, as text.
inline std::string SampleProof(std::uint64_t index) {
  std::map<std::pair<int, std::uint64_t>, audit::Hash> nodes;
  audit::Frontier tree;
  for (const audit::Entry& entry : SampleEntries()) {
    tree.Append(audit::LeafHash(audit::EncodeEntry(entry)),
                [&](int level, std::uint64_t at, const audit::Hash& hash) {
                  nodes[{level, at}] = hash;
                });
  }
  const auto path = audit::InclusionProof(index, tree.size(), [&](int level, std::uint64_t at) {
    return absl::StatusOr<audit::Hash>(nodes.at({level, at}));
  });
  return audit::ProofText({index, *path, SampleSigner().Sign(tree.size(), tree.Root())});
}

}  // namespace rollcall::testing

#endif  // ROLLCALL_TESTS_AUDIT_SAMPLE_LOG_H_
