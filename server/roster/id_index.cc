#include "server/roster/id_index.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <utility>

#include "storage/person_key_store.h"
#include "storage/roster_store.h"
#include "storage/status.h"

namespace rollcall::roster {
namespace {

constexpr std::uint32_t kFree = 0xFFFFFFFF;
constexpr std::int64_t kMaxPerson = (std::int64_t{1} << 30) - 1;
// Places must leave a few bits of a slot for the tag.
constexpr std::size_t kMaxEntries = std::size_t{1} << 28;
// Slots for each entry: few enough to be small, enough to find a free one soon.
constexpr double kSlotsPerEntry = 1.6;

// The header of an entry.
constexpr std::uint32_t kStaffBit = 1;
constexpr std::uint32_t kSharedBit = 2;
constexpr int kPersonShift = 2;

bool Wanted(bool staff, v1::SubjectKind subject) {
  switch (subject) {
    case v1::SUBJECT_KIND_STUDENT:
      return !staff;
    case v1::SUBJECT_KIND_STAFF:
      return staff;
    default:
      return subject == v1::SUBJECT_KIND_UNSPECIFIED;
  }
}

}  // namespace

// A fingerprint is as good as random: its words serve as its hash.
std::size_t IdIndex::FirstSlot(const Entry& id) const {
  return static_cast<std::size_t>((std::uint64_t{id.id[0]} * slots_.size()) >> 32U);
}

std::uint32_t IdIndex::TagOf(const Entry& id) const {
  return id.id[1] & ~((std::uint32_t{1} << place_bits_) - 1);
}

std::uint32_t IdIndex::Locate(const Entry& id, std::size_t* slot) const {
  const std::uint32_t mask = (std::uint32_t{1} << place_bits_) - 1;
  const std::uint32_t tag = TagOf(id);
  std::size_t at = FirstSlot(id);
  while (slots_[at] != kFree) {
    if ((slots_[at] & ~mask) == tag && entries_[slots_[at] & mask].id == id.id) {
      *slot = at;
      return slots_[at] & mask;
    }
    at = at + 1 == slots_.size() ? 0 : at + 1;
  }
  *slot = at;
  return kNoPlace;
}

absl::Status IdIndex::Add(std::int64_t person, v1::SubjectKind kind, const BlindIndex& id) {
  if (person > kMaxPerson) {
    return MakeError(absl::StatusCode::kResourceExhausted, "TOO_MANY_PEOPLE",
                     "a person's number is beyond what a list of people can hold");
  }
  if (id == kNoIdIndex) return absl::OkStatus();
  const auto number = static_cast<std::uint32_t>(person);
  if (number != last_person_) {
    last_person_ = number;
    last_begin_ = entries_.size();
  }
  Entry entry{};
  std::memcpy(entry.id.data(), id.data(), id.size());
  entry.header = number << kPersonShift | (kind == v1::SUBJECT_KIND_STAFF ? kStaffBit : 0U);
  for (std::size_t at = last_begin_; at < entries_.size(); ++at) {
    if (entries_[at].id == entry.id) return absl::OkStatus();
  }
  if (entries_.size() == kMaxEntries) {
    return MakeError(absl::StatusCode::kResourceExhausted, "TOO_MANY_PEOPLE",
                     "all people together have more ids than a list of people can hold");
  }
  entries_.push_back(entry);
  person_limit_ = std::max(person_limit_, number + 1);
  return absl::OkStatus();
}

void IdIndex::Finish() {
  entries_.shrink_to_fit();
  place_bits_ = static_cast<int>(std::bit_width(entries_.size() + 1));
  slots_.assign(static_cast<std::size_t>(static_cast<double>(entries_.size()) * kSlotsPerEntry) + 2,
                kFree);
  for (std::size_t at = 0; at < entries_.size(); ++at) {
    const auto place = static_cast<std::uint32_t>(at);
    std::size_t slot = 0;
    const std::uint32_t first = Locate(entries_[at], &slot);
    if (first == kNoPlace) {
      slots_[slot] = TagOf(entries_[at]) | place;
    } else {
      const auto holder = [](std::uint32_t header) {
        return Holder{header >> kPersonShift, (header & kStaffBit) != 0};
      };
      std::uint32_t& header = entries_[first].header;
      if ((header & kSharedBit) == 0) {
        shared_.push_back({holder(header)});
        header = static_cast<std::uint32_t>(shared_.size() - 1) << kPersonShift | kSharedBit;
      }
      shared_[header >> kPersonShift].push_back(holder(entries_[at].header));
    }
  }
}

void IdIndex::Find(std::span<const std::string_view> ids, v1::SubjectKind subject,
                   absl::FunctionRef<void(std::size_t index, const Match& match)> visit) const {
  // Memory is the cost beside the fingerprints: the slots of a batch are asked for first, then its
  // entries.
  constexpr std::size_t kBatch = 32;
  const std::uint32_t mask = (std::uint32_t{1} << place_bits_) - 1;
  std::array<Entry, kBatch> wanted{};
  std::vector<std::uint32_t> people;
  for (std::size_t begin = 0; begin < ids.size(); begin += kBatch) {
    const std::size_t count = std::min(kBatch, ids.size() - begin);
    for (std::size_t i = 0; i < count; ++i) {
      const BlindIndex index = PersonIdIndex(*vault_, ids[begin + i]);
      std::memcpy(wanted[i].id.data(), index.data(), index.size());
      __builtin_prefetch(&slots_[FirstSlot(wanted[i])]);
    }
    for (std::size_t i = 0; i < count; ++i) {
      const std::uint32_t slot = slots_[FirstSlot(wanted[i])];
      if (slot != kFree) __builtin_prefetch(&entries_[slot & mask]);
    }
    for (std::size_t i = 0; i < count; ++i) {
      std::size_t slot = 0;
      Match match;
      match.place = ids[begin + i].empty() ? kNoPlace : Locate(wanted[i], &slot);
      people.clear();
      if (match.place != kNoPlace) {
        const std::uint32_t header = entries_[match.place].header;
        if ((header & kSharedBit) != 0) {
          for (const Holder& holder : shared_[header >> kPersonShift]) {
            if (Wanted(holder.staff, subject)) people.push_back(holder.person);
          }
        } else if (Wanted((header & kStaffBit) != 0, subject)) {
          people.push_back(header >> kPersonShift);
        }
      }
      match.people = people;
      visit(begin + i, match);
    }
  }
}

std::size_t IdIndex::memory() const {
  std::size_t bytes = sizeof(*this) + entries_.capacity() * sizeof(Entry) +
                      slots_.capacity() * sizeof(std::uint32_t);
  for (const auto& holders : shared_)
    bytes += sizeof(holders) + holders.capacity() * sizeof(Holder);
  return bytes;
}

absl::StatusOr<std::shared_ptr<const IdIndex>> LoadIdIndex(ReadTx& tx, v1::ListIdKind id_kind,
                                                           std::int64_t revision) {
  const PersonIdColumn column = id_kind == v1::LIST_ID_KIND_STATE_ID    ? PersonIdColumn::kState
                                : id_kind == v1::LIST_ID_KIND_SOURCE_ID ? PersonIdColumn::kSource
                                                                        : PersonIdColumn::kDistrict;
  if (tx.vault() == nullptr) return KeysNotLoaded();
  auto index = std::make_shared<IdIndex>(tx.vault());
  RC_RETURN_IF_ERROR(ForEachPersonId(
      tx, column, revision, [&](std::int64_t person, int kind, const BlindIndex& id) {
        return index->Add(person, static_cast<v1::SubjectKind>(kind), id);
      }));
  index->Finish();
  return index;
}

absl::StatusOr<IdIndexCache::Entry> IdIndexCache::Get(ReadTx& tx, v1::ListIdKind id_kind,
                                                      std::int64_t revision) {
  if (id_kind == v1::LIST_ID_KIND_UNSPECIFIED) id_kind = v1::LIST_ID_KIND_DISTRICT_ID;
  RC_ASSIGN_OR_RETURN(const std::int64_t roster_revision, RosterRevision(tx, revision));
  const std::lock_guard<std::mutex> lock(mutex_);
  for (auto kept = kept_.begin(); kept != kept_.end(); ++kept) {
    if (kept->id_kind == id_kind && kept->entry.roster_revision == roster_revision) {
      kept_.splice(kept_.begin(), kept_, kept);
      return kept_.front().entry;
    }
  }
  // What is given up goes first: two indexes, not three, are in memory at any time.
  if (kept_.size() >= kIndexes) kept_.pop_back();
  RC_ASSIGN_OR_RETURN(std::shared_ptr<const IdIndex> index,
                      LoadIdIndex(tx, id_kind, roster_revision));
  kept_.push_front({id_kind, {roster_revision, std::move(index)}});
  return kept_.front().entry;
}

void IdIndexCache::KeepOnly(std::int64_t roster_revision) {
  const std::lock_guard<std::mutex> lock(mutex_);
  kept_.remove_if([&](const Kept& kept) { return kept.entry.roster_revision != roster_revision; });
}

}  // namespace rollcall::roster
