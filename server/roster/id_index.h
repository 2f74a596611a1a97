// People by their ids, in memory: one index for one kind of id.
//
// The rule is that of storage/statement_store.h: an id names everybody who has it in any version
// of the facts up to a revision; guardians have none, and an empty id names nobody. Ids are known
// by their fingerprints (storage/person_id.h), in the database as here.

#ifndef ROLLCALL_SERVER_ROSTER_ID_INDEX_H_
#define ROLLCALL_SERVER_ROSTER_ID_INDEX_H_

#include <array>
#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "rollcall/v1/common.pb.h"
#include "rollcall/v1/incident_service.pb.h"
#include "storage/person_id.h"
#include "storage/store.h"

namespace rollcall::roster {

// Immutable once built; then thread-safe. Costs about 27 bytes an id.
//
// A table of 32-bit slots, each a few bits of the fingerprint above the place of its entry. An
// entry is the fingerprint and a header (person, subject, whether more people have the id).
class IdIndex {
 public:
  // `vault` makes the fingerprints of the ids that are looked up, and outlives the index.
  explicit IdIndex(Vault* vault) : vault_(vault) {}

  // Places of entries, for marking which ids of a list were seen: below place_count().
  static constexpr std::uint32_t kNoPlace = 0xFFFFFFFF;

  // What one id names.
  struct Match {
    std::uint32_t place = kNoPlace;         // Of the id, whatever the subject; kNoPlace if none.
    std::span<const std::uint32_t> people;  // Person numbers, ascending; valid inside the visit.
  };

  // Adds an id of a person; all ids of one person in a row, persons ascending. An id that the
  // person has already, or that is empty, changes nothing.
  // Errors: kResourceExhausted for a person number of 2^30 or more, or for 2^28 ids.
  absl::Status Add(std::int64_t person, v1::SubjectKind kind, const BlindIndex& id);

  // Makes the index ready for look-ups; nothing may be added after.
  void Finish();

  // Looks up all ids, in order; exact bytes. `subject` unspecified means students and staff. Takes
  // about a microsecond an id.
  void Find(std::span<const std::string_view> ids, v1::SubjectKind subject,
            absl::FunctionRef<void(std::size_t index, const Match& match)> visit) const;

  std::uint32_t place_count() const { return static_cast<std::uint32_t>(entries_.size()); }

  // Above every person number in the index.
  std::uint32_t person_limit() const { return person_limit_; }

  // Bytes of memory in use.
  std::size_t memory() const;

 private:
  // Someone who has an id that others have too.
  struct Holder {
    std::uint32_t person;
    bool staff;
  };

  struct Entry {
    std::array<std::uint32_t, 4> id;  // The fingerprint.
    std::uint32_t header;
  };

  // The place of an id's entry, or kNoPlace; `*slot` becomes its slot, or the free one.
  std::uint32_t Locate(const Entry& id, std::size_t* slot) const;
  std::size_t FirstSlot(const Entry& id) const;
  std::uint32_t TagOf(const Entry& id) const;

  Vault* const vault_;
  std::vector<Entry> entries_;
  std::vector<std::uint32_t> slots_;  // 0xFFFFFFFF if free.
  std::vector<std::vector<Holder>> shared_;
  std::uint32_t person_limit_ = 0;
  int place_bits_ = 0;  // Of a slot; the rest is the tag.
  // The entries of the person added last.
  std::uint32_t last_person_ = 0;
  std::size_t last_begin_ = 0;
};

// Loads the index of a kind of id (unspecified: district ids) as of a revision.
// Errors: kFailedPrecondition, KEYS_NOT_LOADED, in a store without a vault.
absl::StatusOr<std::shared_ptr<const IdIndex>> LoadIdIndex(ReadTx& tx, v1::ListIdKind id_kind,
                                                           std::int64_t revision);

// Keeps the two indexes that were used last. Thread-safe; while one is being loaded, callers that
// want the same or another one wait.
class IdIndexCache {
 public:
  // The index and the revision of the roster (see RosterRevision) that it stands for.
  struct Entry {
    std::int64_t roster_revision = 0;
    std::shared_ptr<const IdIndex> index;
  };

  // The index as of `revision`, at most the transaction's own.
  absl::StatusOr<Entry> Get(ReadTx& tx, v1::ListIdKind id_kind, std::int64_t revision);

  // Forgets all indexes but those of this roster.
  void KeepOnly(std::int64_t roster_revision);

 private:
  static constexpr std::size_t kIndexes = 2;

  struct Kept {
    v1::ListIdKind id_kind;
    Entry entry;
  };

  std::mutex mutex_;
  std::list<Kept> kept_;  // Guarded by mutex_; newest use first.
};

}  // namespace rollcall::roster

#endif  // ROLLCALL_SERVER_ROSTER_ID_INDEX_H_
