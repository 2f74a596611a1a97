// The proof that somebody is in an exposure, as the text that a letter or a file carries.

#ifndef ROLLCALL_SERVER_CASEWORK_EXPOSURE_PROOF_H_
#define ROLLCALL_SERVER_CASEWORK_EXPOSURE_PROOF_H_

#include <string>

#include "rollcall/v1/exposure_service.pb.h"

namespace rollcall {

// The text of a proof after docs/exposure-format.md, from all fields of `proof` but `text`, of
// which `digest_format` is 2 and `tree_size` equals `people`. Elements are taken in the order in
// which they stand, which must be ascending. Pure; any thread.
std::string ProofText(const v1::ExposureProof& proof);

}  // namespace rollcall

#endif  // ROLLCALL_SERVER_CASEWORK_EXPOSURE_PROOF_H_
