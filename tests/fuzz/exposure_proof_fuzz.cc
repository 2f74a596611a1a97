// Feeds arbitrary bytes to the client's reader of proofs: no input may crash it or the check, and
// whatever it takes for a proof must be what the server would write for the same content.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "client/cli/exposure_proof.h"
#include "server/casework/exposure_proof.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto proof = rollcall::cli::ParseProof(text);
  if (!proof.ok()) return 0;
  rollcall::cli::CheckProof(*proof).IgnoreError();
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\r') plain.push_back(text[i]);
  }
  if (rollcall::ProofText(*proof) != plain) std::abort();
  return 0;
}
