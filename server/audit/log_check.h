// Reading a log from its first entry to its last and saying where it is bad, and the file in which
// a copy of a log is kept:
//
//   rollcall-audit-log 1
//   + <base64 of the leaf's hash> <the bytes of entry 0>
//   + ...
//   = <base64 of a checkpoint over all entries before this line>
//   ...
//
// The last line is a checkpoint. What is bad is found by the hashes beside the entries, by the
// checkpoints between them, and by checkpoints that somebody else kept.
//
// Pure. Not thread-safe.

#ifndef ROLLCALL_SERVER_AUDIT_LOG_CHECK_H_
#define ROLLCALL_SERVER_AUDIT_LOG_CHECK_H_

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/audit/checkpoint.h"
#include "server/audit/hash.h"
#include "server/audit/merkle_tree.h"
#include "server/audit/signed_note.h"

namespace rollcall::audit {

// The first line of the file of a copy, without its newline.
inline constexpr char kCopyHeader[] = "rollcall-audit-log 1";

// The lines of a copy, each with its newline.
std::string EntryLine(std::string_view entry);
std::string CheckpointLine(std::string_view note);

// Checks a log as it comes. Memory does not grow with the log.
// Errors of all: kDataLoss; the message names the first bad entry, or the range of entries in which
// it is. After an error nothing more may be added.
class LogChecker {
 public:
  // `witnessed` are checkpoints of the same log that somebody kept, in any order; each of them must
  // hold for the log too.
  LogChecker(NoteKey key, const std::vector<Checkpoint>& witnessed);

  // The next entry with the leaf hash that was kept beside it.
  absl::Status AddEntry(std::string_view entry, const Hash& leaf);

  // A signed checkpoint over all entries so far.
  absl::Status AddCheckpoint(std::string_view note);

  // The end: the newest checkpoint must cover all entries, and every witnessed one have been
  // passed.
  absl::StatusOr<Checkpoint> Finish();

  std::uint64_t size() const { return tree_.size(); }

 private:
  absl::Status Diverged(const char* whose) const;

  const NoteKey key_;
  std::multimap<std::uint64_t, Hash> witnessed_;  // Roots by size.
  Frontier tree_;
  Checkpoint newest_;
  bool any_checkpoint_ = false;
  std::uint64_t good_size_ = 0;  // What the last checkpoint that held covers.
};

// Checks a whole copy as it comes, line by line.
class CopyChecker {
 public:
  CopyChecker(NoteKey key, const std::vector<Checkpoint>& witnessed)
      : log_(std::move(key), witnessed) {}

  // The next line, without its newline.
  absl::Status AddLine(std::string_view line);
  absl::StatusOr<Checkpoint> Finish();

 private:
  LogChecker log_;
  bool begun_ = false;
};

// Checks the text of a whole copy.
absl::StatusOr<Checkpoint> CheckCopy(std::string_view text, const NoteKey& key,
                                     const std::vector<Checkpoint>& witnessed);

}  // namespace rollcall::audit

#endif  // ROLLCALL_SERVER_AUDIT_LOG_CHECK_H_
