#include "server/audit/audit_tables.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "server/audit/entry.h"
#include "server/audit/json_text.h"
#include "storage/status.h"

namespace rollcall::audit {
namespace {

absl::Status Damaged(std::int64_t index, std::string_view what) {
  return MakeError(
      absl::StatusCode::kDataLoss, "AUDIT_LOG_DAMAGED",
      absl::StrCat("entry ", index, " of the audit log is the first bad one: ", ToAbsl(what)),
      {{"entry", absl::StrCat(index)}});
}

// The signed lines of a note.
std::string_view TextOf(std::string_view note) {
  const std::size_t end = note.rfind("\n\n");
  return note.substr(0, end == std::string_view::npos ? 0 : end + 1);
}

std::string Quoted(std::string_view text) {
  std::string json;
  AppendJsonString(text, &json);
  return json;
}

}  // namespace

std::function<absl::StatusOr<Hash>(int level, std::uint64_t index)> StoredNodes(ReadTx& tx) {
  return [&tx](int level, std::uint64_t index) -> absl::StatusOr<Hash> {
    RC_ASSIGN_OR_RETURN(const std::string hash,
                        GetAuditNode(tx, level, static_cast<std::int64_t>(index)));
    return FromBytes(hash);
  };
}

absl::Status CheckRow(const AuditRow& row) {
  if (Bytes(LeafHash(row.entry)) != row.leaf_hash) {
    return Damaged(row.index, "its bytes do not have the hash kept with it");
  }
  const auto members = ReadJsonObject(row.entry);
  const absl::StatusOr<std::uint64_t> index = EntryIndex(row.entry);
  if (!members.ok() || !index.ok()) return Damaged(row.index, "it is not in the form of an entry");
  if (*index != static_cast<std::uint64_t>(row.index)) {
    return Damaged(row.index, "another entry stands in its place");
  }
  const auto says = [&](std::string_view name, const std::string& value) {
    const auto it = std::find_if(members->begin(), members->end(),
                                 [&](const auto& member) { return member.first == name; });
    return it == members->end() ? value.empty() : it->second == Quoted(value);
  };
  if (!says("kind", row.kind) || !says("principal", row.principal) || !says("method", row.method) ||
      !says("time", TimeText(absl::FromUnixMicros(row.time_us)))) {
    return Damaged(row.index, "the columns beside it say something else");
  }
  return absl::OkStatus();
}

TableReader::TableReader(NoteKey key, std::uint64_t begin, std::uint64_t size, std::uint64_t every)
    : key_(std::move(key)),
      begin_(begin),
      size_(size),
      every_(std::max<std::uint64_t>(1, every)),
      next_checkpoint_(begin + every_) {}

absl::Status TableReader::CheckPeople(ReadTx& tx, const AuditRow& row) {
  RC_ASSIGN_OR_RETURN(const std::vector<AuditSaltRow> salts, GetAuditSalts(tx, row.index));
  for (const AuditSaltRow& kept : salts) {
    // Other values than people's numbers are not kept beside the log: of those only the form is
    // seen.
    if (kept.subject.rfind("people/", 0) != 0) continue;
    Salt salt{};
    std::copy_n(kept.salt.begin(), std::min(kept.salt.size(), salt.size()), salt.begin());
    if (row.entry.find(Base64(Bytes(Commitment(salt, kept.subject)))) == std::string::npos) {
      return Damaged(row.index, "a salt kept with it opens no commitment of it");
    }
  }
  return absl::OkStatus();
}

absl::Status TableReader::Take(ReadTx& tx, const AuditRow& row) {
  if (static_cast<std::uint64_t>(row.index) != tree_.size()) {
    return Damaged(static_cast<std::int64_t>(tree_.size()), "it is missing");
  }
  RC_RETURN_IF_ERROR(CheckRow(row));
  RC_RETURN_IF_ERROR(CheckPeople(tx, row));
  std::string nodes;
  tree_.Append(FromBytes(row.leaf_hash), [&](int level, std::uint64_t, const Hash& hash) {
    if (level > 0) nodes.append(Bytes(hash));
  });
  if (nodes != row.nodes) return Damaged(row.index, "nodes of the tree above it are others");
  return absl::OkStatus();
}

absl::StatusOr<TableReader::Batch> TableReader::Next(ReadTx& tx, std::size_t max_bytes) {
  if (!loaded_) {
    absl::StatusOr<Frontier> tree = Frontier::Load(begin_, StoredNodes(tx));
    if (absl::IsNotFound(tree.status())) {
      return Damaged(static_cast<std::int64_t>(begin_), "a node of the tree before it is missing");
    }
    if (!tree.ok()) return tree.status();
    tree_ = *std::move(tree);
    loaded_ = true;
  }
  Batch batch;
  if (done()) return batch;
  RC_ASSIGN_OR_RETURN(std::vector<AuditCheckpointRow> checkpoints,
                      AuditCheckpointsAfter(tx, static_cast<std::int64_t>(tree_.size()), 4096));
  auto checkpoint = checkpoints.begin();
  std::size_t bytes = 0;
  RC_RETURN_IF_ERROR(ReadAuditEntries(
      tx, static_cast<std::int64_t>(tree_.size()),
      [&](const AuditRow& row) -> absl::StatusOr<bool> {
        RC_RETURN_IF_ERROR(Take(tx, row));
        bytes += row.entry.size();
        batch.rows.push_back(row);
        if (checkpoint != checkpoints.end() &&
            static_cast<std::uint64_t>(checkpoint->size) == tree_.size()) {
          const bool give_out = tree_.size() >= next_checkpoint_ || tree_.size() == size_;
          const absl::StatusOr<Checkpoint> head =
              give_out || all_signatures_ ? OpenCheckpoint(checkpoint->note, key_)
                                          : ParseCheckpointText(TextOf(checkpoint->note));
          if (!head.ok() || head->size != tree_.size() || head->root != tree_.Root()) {
            return Damaged(row.index, "the checkpoint after it is not one over the entries so far");
          }
          if (give_out) {
            batch.checkpoint = checkpoint->note;
            next_checkpoint_ = tree_.size() + every_;
          }
          ++checkpoint;
        }
        return tree_.size() < size_ && batch.checkpoint.empty() && bytes < max_bytes &&
               checkpoint != checkpoints.end();
      }));
  if (batch.rows.empty()) {
    return Damaged(static_cast<std::int64_t>(tree_.size()), "it is missing");
  }
  if (done() && batch.checkpoint.empty()) {
    return Damaged(batch.rows.back().index, "the checkpoint after it is missing");
  }
  return batch;
}

absl::Status CheckTables(ReadTx& tx, const NoteKey& key) {
  RC_ASSIGN_OR_RETURN(const std::int64_t count, CountAuditEntries(tx));
  const auto size = static_cast<std::uint64_t>(count);
  TableReader reader(key, 0, size, size);
  reader.CheckAllSignatures();
  while (count > 0 && !reader.done()) {
    RC_RETURN_IF_ERROR(reader.Next(tx, std::size_t{1} << 20).status());
  }
  RC_ASSIGN_OR_RETURN(const std::vector<AuditCheckpointRow> beyond,
                      AuditCheckpointsAfter(tx, count, 1));
  if (!beyond.empty()) return Damaged(count, "it is missing, and a checkpoint over it is there");
  return absl::OkStatus();
}

}  // namespace rollcall::audit
