#include "server/audit/log_check.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "server/audit/entry.h"

namespace rollcall::audit {
namespace {

constexpr std::string_view kEntryMark = "+ ";
constexpr std::string_view kCheckpointMark = "= ";
constexpr std::size_t kHashText = 44;

absl::Status Bad(const std::string& what) { return absl::DataLossError(what); }

std::string Text(absl::string_view message) { return std::string(message); }

}  // namespace

std::string EntryLine(std::string_view entry) {
  std::string line(kEntryMark);
  line.append(Base64(Bytes(LeafHash(entry))));
  line.push_back(' ');
  line.append(entry);
  line.push_back('\n');
  return line;
}

std::string CheckpointLine(std::string_view note) {
  return absl::StrCat(std::string(kCheckpointMark), Base64(note), "\n");
}

LogChecker::LogChecker(NoteKey key, const std::vector<Checkpoint>& witnessed)
    : key_(std::move(key)) {
  for (const Checkpoint& checkpoint : witnessed) {
    witnessed_.emplace(checkpoint.size, checkpoint.root);
  }
}

absl::Status LogChecker::Diverged(const char* whose) const {
  const std::string where =
      tree_.size() == good_size_ + 1
          ? absl::StrCat("entry ", good_size_, " is the first bad one")
          : absl::StrCat("the first bad entry is one of ", good_size_, " to ", tree_.size() - 1);
  return Bad(
      absl::StrCat(where, ": entries 0 to ", tree_.size() - 1, " do not have the root of ", whose));
}

absl::Status LogChecker::AddEntry(std::string_view entry, const Hash& leaf) {
  const std::uint64_t place = tree_.size();
  if (LeafHash(entry) != leaf) {
    return Bad(
        absl::StrCat("entry ", place, " is bad: its bytes do not have the hash kept with it"));
  }
  const absl::StatusOr<std::uint64_t> index = EntryIndex(entry);
  if (!index.ok()) {
    return Bad(absl::StrCat("entry ", place, " is bad: ", Text(index.status().message())));
  }
  if (*index != place) {
    return Bad(absl::StrCat("entry ", place, " is bad: entry ", *index, " stands in its place"));
  }
  tree_.Append(leaf);
  const auto [begin, end] = witnessed_.equal_range(tree_.size());
  if (begin == end) return absl::OkStatus();
  const Hash root = tree_.Root();
  for (auto it = begin; it != end; ++it) {
    if (it->second != root) return Diverged("the checkpoint that was kept elsewhere");
  }
  good_size_ = tree_.size();
  witnessed_.erase(begin, end);
  return absl::OkStatus();
}

absl::Status LogChecker::AddCheckpoint(std::string_view note) {
  absl::StatusOr<Checkpoint> checkpoint = OpenCheckpoint(note, key_);
  if (!checkpoint.ok()) {
    return Bad(absl::StrCat("the checkpoint after entry ", static_cast<std::int64_t>(size()) - 1,
                            " is bad: ", Text(checkpoint.status().message())));
  }
  if (checkpoint->size != size()) {
    return Bad(absl::StrCat("a checkpoint over ", checkpoint->size, " entries stands after ",
                            size(), ": entries are missing, or too many"));
  }
  if (checkpoint->root != tree_.Root()) return Diverged("their signed checkpoint");
  good_size_ = size();
  any_checkpoint_ = true;
  newest_ = *std::move(checkpoint);
  return absl::OkStatus();
}

absl::StatusOr<Checkpoint> LogChecker::Finish() {
  if (!any_checkpoint_) return Bad("the log has no checkpoint");
  if (newest_.size != size()) {
    return Bad(absl::StrCat("no checkpoint covers the entries from ", newest_.size, " on"));
  }
  const auto [begin, end] = witnessed_.equal_range(0);
  for (auto it = begin; it != end; ++it) {
    if (it->second != EmptyRoot()) return Bad("a checkpoint over no entries has another root");
  }
  witnessed_.erase(begin, end);
  if (!witnessed_.empty()) {
    return Bad(absl::StrCat("the log was cut: it has ", size(),
                            " entries, and a checkpoint that was "
                            "kept elsewhere has ",
                            witnessed_.rbegin()->first));
  }
  return newest_;
}

absl::Status CopyChecker::AddLine(std::string_view line) {
  if (!begun_) {
    if (line != kCopyHeader) return Bad("this is not the copy of a log: its first line is another");
    begun_ = true;
    return absl::OkStatus();
  }
  const std::string_view mark = line.substr(0, kEntryMark.size());
  line.remove_prefix(mark.size());
  std::string bytes;
  if (mark == kCheckpointMark && FromBase64(line, &bytes)) return log_.AddCheckpoint(bytes);
  if (mark == kEntryMark && line.size() > kHashText && line[kHashText] == ' ' &&
      FromBase64(line.substr(0, kHashText), &bytes) && bytes.size() == sizeof(Hash)) {
    return log_.AddEntry(line.substr(kHashText + 1), FromBytes(bytes));
  }
  return Bad(absl::StrCat("entry ", log_.size(),
                          " is bad: its line, or that of the checkpoint before it, is damaged"));
}

absl::StatusOr<Checkpoint> CopyChecker::Finish() {
  if (!begun_) return Bad("this is not the copy of a log: it is empty");
  return log_.Finish();
}

absl::StatusOr<Checkpoint> CheckCopy(std::string_view text, const NoteKey& key,
                                     const std::vector<Checkpoint>& witnessed) {
  CopyChecker checker(key, witnessed);
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    if (end == std::string_view::npos) return Bad("the last line of the copy is not ended");
    const absl::Status status = checker.AddLine(text.substr(0, end));
    if (!status.ok()) return status;
    text.remove_prefix(end + 1);
  }
  return checker.Finish();
}

}  // namespace rollcall::audit
