#include "server/audit/audit_log.h"

#include <openssl/rand.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "server/audit/audit_tables.h"
#include "storage/audit_store.h"
#include "storage/register_tables.h"
#include "storage/status.h"

namespace rollcall::audit {
namespace {

// Entries at the end of the log whose bytes are hashed again when it is opened.
constexpr std::int64_t kEntriesCheckedAtOpen = 64;
// Random bytes drawn at once: a salt takes 16.
constexpr std::size_t kRandomBytes = 1024;

absl::Status Damaged(std::string_view what) {
  return MakeError(absl::StatusCode::kDataLoss, "AUDIT_LOG_DAMAGED",
                   absl::StrCat("the audit log is damaged: ", ToAbsl(what),
                                "; stop the server, keep the database as evidence, and restore a "
                                "backup"));
}

absl::StatusOr<std::string> Origin(Store* store, absl::Time now) {
  std::string origin;
  const WriteOptions options{"audit.open", "internal", now, nullptr, "internal"};
  RC_RETURN_IF_ERROR(store->Write(options, [&](WriteTx& tx) -> absl::Status {
    RC_ASSIGN_OR_RETURN(origin, GetSetting(tx, kOriginSetting));
    if (!origin.empty()) return absl::OkStatus();
    std::array<unsigned char, 8> bytes{};
    if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1) {
      return absl::InternalError("no random bytes can be had");
    }
    origin = absl::StrCat("rollcall.local/",
                          absl::BytesToHexString(absl::string_view(
                              reinterpret_cast<const char*>(bytes.data()), bytes.size())));
    return SetSetting(tx, kOriginSetting, origin);
  }));
  if (!IsKeyName(origin)) return Damaged("the name of the log is none");
  return origin;
}

}  // namespace

absl::StatusOr<std::unique_ptr<AuditLog>> AuditLog::Open(Store* store, const SigningKey* key,
                                                         AuditLogOptions options, absl::Time now) {
  RC_ASSIGN_OR_RETURN(std::string origin, Origin(store, now));
  std::unique_ptr<AuditLog> log(
      new AuditLog(key, std::move(options), NoteKey{std::move(origin), key->public_key()}));
  RC_RETURN_IF_ERROR(store->Read(nullptr, [&](ReadTx& tx) { return log->Load(tx); }));
  return log;
}

absl::Status AuditLog::Load(ReadTx& tx) {
  RC_ASSIGN_OR_RETURN(const std::int64_t count, CountAuditEntries(tx));
  const absl::StatusOr<AuditCheckpointRow> newest = GetAuditCheckpoint(tx, kNewest);
  if (!newest.ok() && !absl::IsNotFound(newest.status())) return newest.status();
  if (!newest.ok() && count > 0) return Damaged("it has entries and no checkpoint");
  if (newest.ok()) {
    const absl::StatusOr<Checkpoint> head = OpenCheckpoint(newest->note, note_key_);
    if (!head.ok()) {
      return MakeError(
          absl::StatusCode::kFailedPrecondition, "AUDIT_KEY_OTHER",
          absl::StrCat("the newest checkpoint of the audit log was not signed with the "
                       "key of audit_key_file: ",
                       head.status().message(), "; name the file of the key that signed it"));
    }
    if (head->size != static_cast<std::uint64_t>(count)) {
      return Damaged(absl::StrCat("its newest checkpoint covers ", head->size, " entries, and ",
                                  count, " are there"));
    }
    absl::StatusOr<Frontier> tree = Frontier::Load(head->size, StoredNodes(tx));
    if (absl::IsNotFound(tree.status())) return Damaged("a node of its tree is missing");
    if (!tree.ok()) return tree.status();
    if (tree->Root() != head->root) return Damaged("its nodes do not have the root of its head");
    tree_ = *std::move(tree);
    pending_tree_ = tree_;
    head_ = newest->note;
  }
  RC_RETURN_IF_ERROR(ReadAuditEntries(tx, std::max<std::int64_t>(0, count - kEntriesCheckedAtOpen),
                                      [&](const AuditRow& row) -> absl::StatusOr<bool> {
                                        RC_RETURN_IF_ERROR(CheckRow(row));
                                        last_time_ = absl::FromUnixMicros(row.time_us);
                                        return true;
                                      }));
  return CheckHeadFile(tx);
}

absl::Status AuditLog::CheckHeadFile(ReadTx& tx) {
  const std::string note = head_file_.Read();
  if (note.empty()) return absl::OkStatus();
  const absl::StatusOr<Checkpoint> head = OpenCheckpoint(note, note_key_);
  if (!head.ok()) {
    return MakeError(
        absl::StatusCode::kFailedPrecondition, "AUDIT_HEAD_UNREADABLE",
        absl::StrCat(head_file_.path(),
                     " is not a checkpoint of this log: ", head.status().message(),
                     "; if the database beside it is the right one, move the file away"));
  }
  if (head->size > tree_.size()) {
    if (restored_) {
      lost_head_ = note;
      return absl::OkStatus();
    }
    return MakeError(
        absl::StatusCode::kFailedPrecondition, "AUDIT_LOG_SHORTER",
        absl::StrCat(
            "the database has ", tree_.size(), " entries of the audit log, and ", head_file_.path(),
            " says that there were ", head->size,
            ": an older database lies in the place of a newer one; put the newer one back, "
            "or restore the older one with 'rollcalld restore', which leaves a trace"));
  }
  RC_ASSIGN_OR_RETURN(const Hash root, RootOf(head->size, StoredNodes(tx)));
  if (root != head->root) {
    return MakeError(
        absl::StatusCode::kFailedPrecondition, "AUDIT_LOG_REWRITTEN",
        absl::StrCat("the first ", head->size,
                     " entries of the audit log are not those "
                     "of ",
                     head_file_.path(),
                     ": another database lies in the place of this one; put it back, or "
                     "restore the other with 'rollcalld restore'"));
  }
  return absl::OkStatus();
}

std::int64_t AuditLog::Mark() { return static_cast<std::int64_t>(pending_.size()); }

void AuditLog::Discard(std::int64_t mark) {
  if (pending_.size() <= static_cast<std::size_t>(mark)) return;
  pending_.resize(static_cast<std::size_t>(mark));
  pending_tree_ = tree_;
  for (const Pending& pending : pending_) pending_tree_.Append(pending.leaf);
}

Salt AuditLog::NewSalt() {
  Salt salt;
  if (random_.size() < salt.size()) {
    random_.resize(kRandomBytes);
    // Without random bytes nothing that a salt hides would be hidden.
    if (RAND_bytes(reinterpret_cast<unsigned char*>(random_.data()),
                   static_cast<int>(random_.size())) != 1) {
      std::abort();
    }
  }
  std::copy_n(random_.end() - static_cast<std::ptrdiff_t>(salt.size()), salt.size(), salt.begin());
  random_.resize(random_.size() - salt.size());
  return salt;
}

void AuditLog::AddPeople(const std::vector<std::int64_t>& people, Entry* entry,
                         std::vector<HiddenValue>* hidden) {
  for (const std::int64_t number : people) {
    const std::string subject = absl::StrCat("people/", number);
    hidden->push_back({subject, NewSalt()});
    entry->people.push_back(Commitment(hidden->back().salt, subject));
  }
}

absl::Status AuditLog::Append(WriteTx& tx) {
  const WriteOptions& options = tx.options();
  Entry entry;
  std::vector<HiddenValue> hidden;
  entry.time = options.time;
  entry.kind = kChange;
  entry.principal = options.principal;
  entry.via = options.via;
  entry.source = options.source;
  entry.method = options.method;
  entry.purpose = options.purpose;
  entry.correlation_id = options.correlation_id;
  entry.revision = tx.revision() + 1;
  for (const RecordChange& change : tx.notes().records) {
    entry.changes.push_back(differ_.Diff(
        change, [this] { return NewSalt(); }, &hidden));
  }
  for (const auto& [name, value] : tx.notes().facts) {
    if (name == kKindFact) {
      entry.kind = value;
      continue;
    }
    std::string& fact = entry.facts[name];
    absl::StrAppend(&fact, fact.empty() ? "" : ", ", value);
  }
  if (!tx.notes().people.empty()) {
    entry.people_count = static_cast<std::int64_t>(tx.notes().people.size());
    AddPeople(tx.notes().people, &entry, &hidden);
  }
  return Put(tx, std::move(entry), hidden);
}

absl::Status AuditLog::AppendReading(WriteTx& tx, const Reading& reading) {
  Entry entry;
  std::vector<HiddenValue> hidden;
  entry.time = tx.time();
  entry.kind = kReading;
  entry.principal = reading.principal;
  entry.via = reading.via;
  entry.source = reading.source;
  entry.method = reading.method;
  entry.purpose = reading.purpose;
  entry.correlation_id = reading.correlation_id;
  entry.people_count = reading.people_count;
  entry.elements = reading.elements;
  if (reading.people.size() <= kMaxPeopleOfReading) AddPeople(reading.people, &entry, &hidden);
  return Put(tx, std::move(entry), hidden);
}

absl::Status AuditLog::AppendEvent(WriteTx& tx, const std::string& kind,
                                   std::map<std::string, std::string> facts) {
  Entry entry;
  entry.time = tx.time();
  entry.kind = kind;
  entry.principal = tx.options().principal;
  entry.via = tx.options().via;
  entry.source = tx.options().source;
  entry.method = tx.options().method;
  entry.facts = std::move(facts);
  return Put(tx, std::move(entry), {});
}

absl::Status AuditLog::RecordStart(Store& store, absl::Time now, const std::string& version) {
  const WriteOptions options{"rollcalld", "internal", now, nullptr, "internal"};
  return store.Write(options, [&](WriteTx& tx) {
    return AppendEvent(tx, kStart, {{"format", "1"}, {"version", version}});
  });
}

absl::Status AuditLog::AppendRestored(WriteTx& tx, const std::string& backup) {
  std::map<std::string, std::string> facts = {{"checkpoint", head()}};
  if (!lost_head_.empty()) facts["lost_checkpoint"] = lost_head_;
  if (!backup.empty()) facts["backup"] = backup;
  return AppendEvent(tx, kRestored, std::move(facts));
}

absl::Status AuditLog::Put(WriteTx& tx, Entry entry, const std::vector<HiddenValue>& hidden) {
  const std::uint64_t index = pending_tree_.size();
  const absl::Time last = pending_.empty() ? last_time_ : pending_.back().time;
  entry.index = index;
  // What is stored has microseconds; more would make a clock seem to go back.
  entry.time = absl::FromUnixMicros(absl::ToUnixMicros(entry.time));
  if (entry.time < last) {
    entry.facts["clock_went_back_ms"] = absl::StrCat(absl::ToInt64Milliseconds(last - entry.time));
  }
  AuditRow row;
  row.index = static_cast<std::int64_t>(index);
  row.time_us = absl::ToUnixMicros(entry.time);
  row.kind = entry.kind;
  row.principal = entry.principal;
  row.method = entry.method;
  row.entry = EncodeEntry(entry);
  const Hash leaf = LeafHash(row.entry);
  row.leaf_hash = std::string(Bytes(leaf));
  pending_tree_.Append(leaf, [&](int level, std::uint64_t, const Hash& hash) {
    if (level > 0) row.nodes.append(Bytes(hash));
  });
  pending_.push_back({leaf, entry.time});
  tx.NoteAppended();
  RC_RETURN_IF_ERROR(PutAuditEntry(tx, row));
  for (std::size_t place = 0; place < hidden.size(); ++place) {
    const std::string salt(hidden[place].salt.begin(), hidden[place].salt.end());
    RC_RETURN_IF_ERROR(PutAuditSalt(
        tx, row.index, {static_cast<std::int64_t>(place), hidden[place].subject, salt}));
  }
  return absl::OkStatus();
}

absl::Status AuditLog::Seal(WriteTx& tx) {
  const Checkpoint checkpoint{note_key_.name, pending_tree_.size(), pending_tree_.Root()};
  RC_ASSIGN_OR_RETURN(sealed_note_,
                      SignNote(CheckpointText(checkpoint), note_key_,
                               [this](std::string_view bytes) { return key_->Sign(bytes); }));
  return PutAuditCheckpoint(tx, {static_cast<std::int64_t>(checkpoint.size), sealed_note_});
}

void AuditLog::Sealed(bool committed) {
  if (committed && !pending_.empty()) {
    tree_ = pending_tree_;
    last_time_ = pending_.back().time;
    pending_.clear();
    head_file_.Write(sealed_note_);
    const std::lock_guard<std::mutex> lock(mutex_);
    head_ = sealed_note_;
  }
  Discard(0);
}

std::string AuditLog::head() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return head_;
}

}  // namespace rollcall::audit
