// The tamper-evident log as it is kept: entries are appended in the transaction of what they tell,
// and every commit ends with a signed head of the tree. docs/audit-log-format.md has the format.
//
// The right edge of the tree is in memory, everything else in the database: appending takes a few
// rows and a few hashes, however long the log is.

#ifndef ROLLCALL_SERVER_AUDIT_AUDIT_LOG_H_
#define ROLLCALL_SERVER_AUDIT_AUDIT_LOG_H_

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/audit/checkpoint.h"
#include "server/audit/entry.h"
#include "server/audit/head_file.h"
#include "server/audit/merkle_tree.h"
#include "server/audit/record_changes.h"
#include "server/audit/signing_key.h"
#include "storage/journal.h"
#include "storage/store.h"

namespace rollcall::audit {

// The setting with the name of the log, `rollcall.local/` and sixteen hexadecimal digits, drawn
// when the log is opened for the first time.
inline constexpr char kOriginSetting[] = "audit_origin";

// A fact of a transaction's notes under this name is the kind of its entry, such as ERASURE, and is
// not listed among the facts. Without one the kind is CHANGE.
inline constexpr char kKindFact[] = "kind";

// Of so many people at most a reading keeps who they were; beyond, only how many.
inline constexpr std::size_t kMaxPeopleOfReading = 100;

// Personal fields that were read or exported unmasked.
struct Reading {
  std::string principal;
  std::string via;     // The certificate, if a token said who calls.
  std::string source;  // As in WriteOptions.
  std::string method;
  std::string purpose;
  std::string correlation_id;
  std::int64_t people_count = 0;
  std::vector<std::int64_t> people;   // Their numbers, or nothing if they are many.
  std::vector<std::string> elements;  // Ascending.
};

struct AuditLogOptions {
  // Where the newest checkpoint is kept beside the database.
  std::string head_path;
  // True only for a restore: a log that is shorter than its head file is opened all the same, and
  // AppendRestored must be called before anything else.
  bool restored = false;
};

// Appending is for the store's writer, one thread at a time; the rest is thread-safe.
class AuditLog final : public Journal {
 public:
  // Reads the end of the log, a few rows, and checks that it fits together: the newest checkpoint
  // is signed by `key` and has the root of the nodes, the last entries have their hashes, the head
  // file is a beginning of it. `store` and `key` outlive the log.
  // Errors: kFailedPrecondition, reasons AUDIT_LOG_SHORTER (an older database was put in the place
  // of a newer one), AUDIT_LOG_REWRITTEN (the head file is of another history), AUDIT_KEY_OTHER
  // (another key signed it), AUDIT_HEAD_UNREADABLE; kDataLoss, reason AUDIT_LOG_DAMAGED.
  static absl::StatusOr<std::unique_ptr<AuditLog>> Open(Store* store, const SigningKey* key,
                                                        AuditLogOptions options, absl::Time now);

  // Journal. Append writes one entry with the transaction's options and notes.
  std::int64_t Mark() override;
  void Discard(std::int64_t mark) override;
  absl::Status Append(WriteTx& tx) override;
  absl::Status Seal(WriteTx& tx) override;
  void Sealed(bool committed) override;

  // Appends in the transaction of a body of its own; such a body need not leave a revision.
  absl::Status AppendReading(WriteTx& tx, const Reading& reading);
  // START, BACKUP and whatever else changes no record: principal, method and source are those of
  // the transaction. Such a body need not leave a revision either.
  absl::Status AppendEvent(WriteTx& tx, const std::string& kind,
                           std::map<std::string, std::string> facts);
  // START, in a transaction of its own: from now on the log is kept by this version of the program.
  absl::Status RecordStart(Store& store, absl::Time now, const std::string& version);
  // RESTORED, with the head that was lost, the one of the backup, and its name if it has one.
  absl::Status AppendRestored(WriteTx& tx, const std::string& backup = "");

  // Whose signature the checkpoints carry.
  const NoteKey& key() const { return note_key_; }
  // The newest signed checkpoint; empty as long as there is no entry.
  std::string head() const;

 private:
  AuditLog(const SigningKey* key, AuditLogOptions options, NoteKey note_key)
      : key_(key),
        restored_(options.restored),
        note_key_(std::move(note_key)),
        head_file_(std::move(options.head_path)) {}

  absl::Status Load(ReadTx& tx);
  absl::Status CheckHeadFile(ReadTx& tx);
  Salt NewSalt();
  absl::Status Put(WriteTx& tx, Entry entry, const std::vector<HiddenValue>& hidden);
  void AddPeople(const std::vector<std::int64_t>& people, Entry* entry,
                 std::vector<HiddenValue>* hidden);

  // An entry that was appended and is not yet sealed.
  struct Pending {
    Hash leaf;
    absl::Time time;
  };

  const SigningKey* const key_;
  const bool restored_;
  const NoteKey note_key_;

  // Of the writer only.
  HeadFile head_file_;
  RecordDiffer differ_;
  std::string random_;                           // Random bytes that no salt has used yet.
  Frontier tree_;                                // What is committed.
  absl::Time last_time_ = absl::InfinitePast();  // Of the last committed entry.
  std::vector<Pending> pending_;
  Frontier pending_tree_;  // With what is pending.
  std::string sealed_note_;
  std::string lost_head_;  // If restored: what the head file says.

  mutable std::mutex mutex_;
  std::string head_;  // Guarded by mutex_.
};

}  // namespace rollcall::audit

#endif  // ROLLCALL_SERVER_AUDIT_AUDIT_LOG_H_
