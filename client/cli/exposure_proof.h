// The proof that one person is in an exposure, as text: read and checked here, with nothing of the
// server. Written from docs/exposure-format.md alone.
#ifndef ROLLCALL_CLIENT_CLI_EXPOSURE_PROOF_H_
#define ROLLCALL_CLIENT_CLI_EXPOSURE_PROOF_H_

#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "rollcall/v1/exposure_service.pb.h"

namespace rollcall::cli {

// Reads the text of a proof. All fields of the result but `text` are set.
// Errors: InvalidArgument, with the line and what should stand there, for whatever does not follow
// the form to the letter. Never what does stand there: it belongs to a person.
absl::StatusOr<v1::ExposureProof> ParseProof(std::string_view text);

// OK if the proof leads to its own digest. `proof` is a result of ParseProof().
// Errors: DataLoss, with the step that fails.
absl::Status CheckProof(const v1::ExposureProof& proof);

}  // namespace rollcall::cli

#endif  // ROLLCALL_CLIENT_CLI_EXPOSURE_PROOF_H_
