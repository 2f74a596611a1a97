// The text of a proof is that of tests/exposure/golden, which other programs check.

#include "server/casework/exposure_proof.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "absl/strings/escaping.h"

namespace rollcall {
namespace {

std::string Golden(const std::string& name) {
  std::ifstream file(std::string(ROLLCALL_GOLDEN_DIR) + "/" + name, std::ios::binary);
  return std::string((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
}

v1::ExposureProof ProofOfSeven(const char* digest, const char* salt) {
  v1::ExposureProof proof;
  proof.set_digest(digest);
  proof.set_digest_format(2);
  proof.set_person(7);
  proof.set_salt(absl::HexStringToBytes(salt));
  v1::ProvenElement* element = proof.add_elements();
  element->set_id("student.birth_date");
  element->set_certainty(v1::CERTAINTY_BELIEVED);
  element = proof.add_elements();
  element->set_id("student.name");
  element->set_certainty(v1::CERTAINTY_CONFIRMED);
  return proof;
}

TEST(ProofText, IsGolden) {
  v1::ExposureProof proof =
      ProofOfSeven("254612d38f3733d76077c74fe5e2701a6d6996967b80f0448aa2c214d21ddc5e",
                   "6065f19fc6200506264e6e2cd72fd53d");
  proof.set_people(3);
  proof.set_tree_size(3);
  proof.set_cells(4);
  for (const char* hash : {"e9b7abddd27d646efde6dd29474859fd37816d1360900aff6864f37198308741",
                           "59c2cf9a498ef08492b0a43913adf0f813cef23988c25cdf524f91607fd84881"}) {
    proof.add_path(absl::HexStringToBytes(hash));
  }
  EXPECT_EQ(ProofText(proof), Golden("three_first.proof"));
}

TEST(ProofText, OfTheOnlyPersonHasNoPath) {
  v1::ExposureProof proof =
      ProofOfSeven("ab27bfd7fa6260a220a38ae0c926f1c0472001a998d715d39d33ac0dbe55e991",
                   "425dfc3a9e727bd3558eea60c8704caf");
  proof.set_people(1);
  proof.set_tree_size(1);
  proof.set_cells(2);
  EXPECT_EQ(ProofText(proof), Golden("one.proof"));
}

}  // namespace
}  // namespace rollcall
