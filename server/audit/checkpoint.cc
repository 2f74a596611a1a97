#include "server/audit/checkpoint.h"

#include <charconv>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/audit/merkle_tree.h"

namespace rollcall::audit {
namespace {

constexpr std::string_view kProofHeader = "c2sp.org/tlog-proof@v1";
constexpr std::string_view kDash = "\xe2\x80\x94 ";
constexpr std::size_t kMaxPath = 63;

// Takes the next line off `text`, without its newline; false if there is none.
bool TakeLine(std::string_view* text, std::string_view* line) {
  const std::size_t end = text->find('\n');
  if (end == std::string_view::npos) return false;
  *line = text->substr(0, end);
  text->remove_prefix(end + 1);
  return true;
}

// A number below 2^63 as it is written: no sign, no leading zeros.
bool ParseNumber(std::string_view text, std::uint64_t* number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), *number);
  return error == std::errc() && end == text.data() + text.size() && (*number >> 63U) == 0 &&
         std::to_string(*number) == text;
}

bool ParseHash(std::string_view text, Hash* hash) {
  std::string bytes;
  if (!FromBase64(text, &bytes) || bytes.size() != hash->size()) return false;
  *hash = FromBytes(bytes);
  return true;
}

absl::Status NoCheckpoint(const char* why) {
  return absl::InvalidArgumentError(absl::StrCat("this is not a checkpoint: ", why));
}

absl::Status NoProof(const char* why) {
  return absl::InvalidArgumentError(absl::StrCat("this is not the text of a proof: ", why));
}

}  // namespace

std::string CheckpointText(const Checkpoint& checkpoint) {
  return absl::StrCat(checkpoint.origin, "\n", checkpoint.size, "\n",
                      Base64(Bytes(checkpoint.root)), "\n");
}

absl::StatusOr<Checkpoint> ParseCheckpointText(std::string_view text) {
  Checkpoint checkpoint;
  std::string_view origin;
  std::string_view size;
  std::string_view root;
  if (!TakeLine(&text, &origin) || !TakeLine(&text, &size) || !TakeLine(&text, &root)) {
    return NoCheckpoint("it has fewer than three lines");
  }
  if (!text.empty()) return NoCheckpoint("it has more than three lines");
  if (!IsKeyName(origin)) return NoCheckpoint("its first line is not the name of a log");
  if (!ParseNumber(size, &checkpoint.size)) return NoCheckpoint("its second line is not a size");
  if (!ParseHash(root, &checkpoint.root)) return NoCheckpoint("its third line is not a hash");
  checkpoint.origin = std::string(origin);
  return checkpoint;
}

absl::StatusOr<Checkpoint> OpenCheckpoint(std::string_view note, const NoteKey& key) {
  const absl::StatusOr<std::string> text = OpenNote(note, key);
  if (!text.ok()) return text.status();
  absl::StatusOr<Checkpoint> checkpoint = ParseCheckpointText(*text);
  if (checkpoint.ok() && checkpoint->origin != key.name) {
    return absl::DataLossError(
        absl::StrCat("it is a checkpoint of ", checkpoint->origin, ", not of ", key.name));
  }
  return checkpoint;
}

std::string ProofText(const EntryProof& proof) {
  std::string text = absl::StrCat(std::string(kProofHeader), "\nindex ", proof.index, "\n");
  for (const Hash& hash : proof.path) absl::StrAppend(&text, Base64(Bytes(hash)), "\n");
  absl::StrAppend(&text, "\n", proof.checkpoint);
  return text;
}

absl::StatusOr<EntryProof> ParseProofText(std::string_view text) {
  EntryProof proof;
  std::string_view line;
  if (!TakeLine(&text, &line) || line != kProofHeader) {
    return NoProof("it does not begin with c2sp.org/tlog-proof@v1");
  }
  if (!TakeLine(&text, &line) || line.substr(0, 6) != "index " ||
      !ParseNumber(line.substr(6), &proof.index)) {
    return NoProof("its second line does not say the index");
  }
  while (true) {
    if (!TakeLine(&text, &line)) return NoProof("it ends before the checkpoint");
    if (line.empty()) break;
    Hash hash;
    if (proof.path.size() == kMaxPath || !ParseHash(line, &hash)) {
      return NoProof("a line of the path is not a hash, or there are too many");
    }
    proof.path.push_back(hash);
  }
  proof.checkpoint = std::string(text);
  return proof;
}

absl::StatusOr<Checkpoint> CheckProof(const EntryProof& proof, std::string_view entry,
                                      const NoteKey& key) {
  absl::StatusOr<Checkpoint> checkpoint = OpenCheckpoint(proof.checkpoint, key);
  if (!checkpoint.ok()) return checkpoint;
  const absl::Status included =
      CheckInclusion(proof.index, checkpoint->size, LeafHash(entry), proof.path, checkpoint->root);
  if (!included.ok()) return included;
  return checkpoint;
}

absl::StatusOr<std::vector<std::string>> SplitNotes(std::string_view text) {
  std::vector<std::string> notes;
  while (!text.empty()) {
    if (text.front() == '\n') {
      text.remove_prefix(1);
      continue;
    }
    const std::size_t blank = text.find("\n\n");
    if (blank == std::string_view::npos) return NoCheckpoint("it has no signature");
    std::size_t end = blank + 2;
    while (text.substr(end, kDash.size()) == kDash) {
      const std::size_t newline = text.find('\n', end);
      if (newline == std::string_view::npos) return NoCheckpoint("its last line is not ended");
      end = newline + 1;
    }
    notes.emplace_back(text.substr(0, end));
    text.remove_prefix(end);
  }
  return notes;
}

}  // namespace rollcall::audit
