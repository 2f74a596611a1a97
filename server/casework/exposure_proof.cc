#include "server/casework/exposure_proof.h"

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

namespace rollcall {

std::string ProofText(const v1::ExposureProof& proof) {
  std::string text =
      absl::StrCat("rollcall-exposure-proof 2\ndigest ", proof.digest(), "\npeople ",
                   proof.people(), "\ncells ", proof.cells(), "\nperson ", proof.person(), "\n");
  for (const v1::ProvenElement& element : proof.elements()) {
    absl::StrAppend(
        &text, "element ", element.id(),
        element.certainty() == v1::CERTAINTY_CONFIRMED ? " CONFIRMED\n" : " BELIEVED\n");
  }
  absl::StrAppend(&text, "salt ", absl::BytesToHexString(proof.salt()), "\nleaf ",
                  proof.leaf_index(), "\n");
  for (const std::string& hash : proof.path()) {
    absl::StrAppend(&text, "path ", absl::BytesToHexString(hash), "\n");
  }
  return text;
}

}  // namespace rollcall
