// Feeds arbitrary bytes to everything that reads the audit log's texts: no input may crash it, what
// is read back is what was written, and nothing that was not signed holds.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "server/audit/checkpoint.h"
#include "server/audit/entry.h"
#include "server/audit/json_text.h"
#include "server/audit/log_check.h"

namespace {

// The key of the golden log.
const rollcall::audit::NoteKey& Key() {
  static const auto key = rollcall::audit::ParseVerifierLine(
      "rollcall.local/sample+0b132133+AepKbGPinFIKvvVQexMuxfmVR3auvr57kkIe6mkURtIs");
  return *key;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  namespace audit = rollcall::audit;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  static_cast<void>(audit::CheckCopy(text, Key(), {}));
  static_cast<void>(audit::OpenCheckpoint(text, Key()));
  static_cast<void>(audit::SplitNotes(text));
  static_cast<void>(audit::ParseVerifierLine(text));
  const auto proof = audit::ParseProofText(text);
  if (proof.ok()) {
    if (audit::ProofText(*proof) != text) std::abort();
    static_cast<void>(audit::CheckProof(*proof, text, Key()));
  }
  const auto head = audit::ParseCheckpointText(text);
  if (head.ok() && audit::CheckpointText(*head) != text) std::abort();
  if (audit::EntryIndex(text).ok() && !audit::IsUtf8(text)) std::abort();
  std::string quoted;
  audit::AppendJsonString(text, &quoted);
  if (!audit::ReadJsonObject("{\"a\":" + quoted + "}").ok()) std::abort();
  return 0;
}
