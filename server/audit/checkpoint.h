// Checkpoints: the head of the log's tree at one size, signed (c2sp.org/tlog-checkpoint); the
// proof of one entry as text (c2sp.org/tlog-proof@v1); and files of many checkpoints.
//
// Pure; every function may be called from any thread.

#ifndef ROLLCALL_SERVER_AUDIT_CHECKPOINT_H_
#define ROLLCALL_SERVER_AUDIT_CHECKPOINT_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/audit/hash.h"
#include "server/audit/signed_note.h"

namespace rollcall::audit {

// The head of a tree.
struct Checkpoint {
  std::string origin;      // The name of the log, and of the key that signs.
  std::uint64_t size = 0;  // Number of entries.
  Hash root = EmptyRoot();

  friend bool operator==(const Checkpoint&, const Checkpoint&) = default;
};

// The three lines that are signed, and back. Lines beyond these are refused: this log has none.
// Errors: kInvalidArgument.
std::string CheckpointText(const Checkpoint& checkpoint);
absl::StatusOr<Checkpoint> ParseCheckpointText(std::string_view text);

// A checkpoint that `key` signed under the name of its origin.
// Errors: as OpenNote; kDataLoss if it is of another log.
absl::StatusOr<Checkpoint> OpenCheckpoint(std::string_view note, const NoteKey& key);

// Shows that one entry is in the log.
struct EntryProof {
  std::uint64_t index = 0;
  std::vector<Hash> path;  // From the leaf up.
  std::string checkpoint;  // The signed note, verbatim.
};

// The text of a proof, and back. `extra` data are refused: this log has none.
// Errors: kInvalidArgument.
std::string ProofText(const EntryProof& proof);
absl::StatusOr<EntryProof> ParseProofText(std::string_view text);

// The checkpoint under which `entry` is proven.
// Errors: kInvalidArgument (the checkpoint's form), kDataLoss (signature, path, entry).
absl::StatusOr<Checkpoint> CheckProof(const EntryProof& proof, std::string_view entry,
                                      const NoteKey& key);

// The notes of a witness file: checkpoints one after the other with an empty line, or more of them,
// between them.
// Errors: kInvalidArgument.
absl::StatusOr<std::vector<std::string>> SplitNotes(std::string_view text);

}  // namespace rollcall::audit

#endif  // ROLLCALL_SERVER_AUDIT_CHECKPOINT_H_
