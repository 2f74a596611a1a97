#include "server/casework/id_list.h"

#include <algorithm>
#include <bit>
#include <roaring/roaring.hh>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "server/registry/page_token.h"
#include "storage/digest.h"
#include "storage/roster_store.h"
#include "storage/status.h"

namespace rollcall::casework {
namespace {

// Numbers below a limit, as bits.
class NumberSet {
 public:
  explicit NumberSet(std::size_t limit) : words_(limit / 64 + 1) {}

  // False if the number was there.
  bool Insert(std::uint32_t number) {
    std::uint64_t& word = words_[number / 64];
    const std::uint64_t bit = std::uint64_t{1} << (number % 64);
    const bool fresh = (word & bit) == 0;
    word |= bit;
    return fresh;
  }

  std::vector<std::uint32_t> Ascending(std::size_t size) const {
    std::vector<std::uint32_t> numbers;
    numbers.reserve(size);
    for (std::size_t i = 0; i < words_.size(); ++i) {
      for (std::uint64_t word = words_[i]; word != 0; word &= word - 1) {
        numbers.push_back(static_cast<std::uint32_t>(i * 64) +
                          static_cast<std::uint32_t>(std::countr_zero(word)));
      }
    }
    return numbers;
  }

 private:
  std::vector<std::uint64_t> words_;
};

}  // namespace

absl::Status IdList::Add(std::string_view id) {
  const std::string_view trimmed = ToStd(absl::StripAsciiWhitespace(ToAbsl(id)));
  const auto field = [this] { return absl::StrCat("ids[", size(), "]"); };
  if (trimmed.empty()) return InvalidField(field(), "is empty");
  if (trimmed.size() > kMaxIdBytes) return InvalidField(field(), "is longer than 256 bytes");
  if (trimmed.find('\0') != std::string_view::npos) {
    return InvalidField(field(), "contains a NUL byte");
  }
  if (size() == kMaxIds || text_.size() + trimmed.size() > kMaxBytes) {
    return MakeError(absl::StatusCode::kResourceExhausted, "LIST_TOO_LONG",
                     "the list has more than 5,000,000 ids or 1 GiB of them");
  }
  text_.append(trimmed);
  ends_.push_back(static_cast<std::uint32_t>(text_.size()));
  return absl::OkStatus();
}

std::string IdList::Digest() const {
  Sha256 digest;
  digest.Update({reinterpret_cast<const char*>(ends_.data()), ends_.size() * sizeof(ends_[0])});
  digest.Update(text_);
  return Hex(digest.Finish());
}

absl::StatusOr<MatchedIds> MatchIds(ReadTx& tx, roster::IdIndexCache& indexes, const IdList& ids,
                                    v1::ListIdKind id_kind, v1::SubjectKind subject) {
  RC_ASSIGN_OR_RETURN(const roster::IdIndexCache::Entry entry,
                      indexes.Get(tx, id_kind, tx.revision()));
  MatchedIds matched;
  matched.roster_revision = entry.roster_revision;
  matched.person.resize(ids.size());
  std::vector<std::string_view> views;
  views.reserve(ids.size());
  for (std::size_t i = 0; i < ids.size(); ++i) views.push_back(ids[i]);

  // An id of the index is known again by its place there, any other by its text.
  NumberSet places(entry.index->place_count());
  absl::flat_hash_set<std::string_view> strangers;
  NumberSet people(entry.index->person_limit());
  std::size_t distinct = 0;
  entry.index->Find(views, subject, [&](std::size_t at, const roster::IdIndex::Match& match) {
    const bool fresh = match.place == roster::IdIndex::kNoPlace ? strangers.insert(views[at]).second
                                                                : places.Insert(match.place);
    if (!fresh) ++matched.repeated;
    const auto position = static_cast<std::uint32_t>(at);
    if (match.people.empty()) {
      matched.unmatched.Add(position + 1, views[at]);
      return;
    }
    matched.person[at] = match.people.front();
    if (match.people.size() > 1) ++matched.ambiguous;
    for (const std::uint32_t person : match.people) {
      if (person != match.people.front()) matched.further.emplace_back(position, person);
      if (people.Insert(person)) ++distinct;
    }
  });
  matched.people = people.Ascending(distinct);
  return matched;
}

void KeepUnambiguous(MatchedIds* matched) {
  if (matched->further.empty()) return;
  std::vector<std::uint32_t> people;
  auto further = matched->further.begin();
  for (std::uint32_t at = 0; at < matched->person.size(); ++at) {
    const bool several = further != matched->further.end() && further->first == at;
    while (further != matched->further.end() && further->first == at) ++further;
    if (!several && matched->person[at] != 0) people.push_back(matched->person[at]);
  }
  std::sort(people.begin(), people.end());
  people.erase(std::unique(people.begin(), people.end()), people.end());
  matched->people = std::move(people);
}

absl::Status RefreshMatch(ReadTx& tx, roster::IdIndexCache& indexes, const IdList& ids,
                          v1::ListIdKind id_kind, v1::SubjectKind subject, MatchedIds* matched) {
  RC_ASSIGN_OR_RETURN(const std::int64_t revision, RosterRevision(tx, tx.revision()));
  if (revision == matched->roster_revision) return absl::OkStatus();
  RC_ASSIGN_OR_RETURN(*matched, MatchIds(tx, indexes, ids, id_kind, subject));
  return absl::OkStatus();
}

absl::Status PutMatchedPeople(WriteTx& tx, std::string_view owner, const MatchedIds& matched) {
  Roaring set(matched.people.size(), matched.people.data());
  set.runOptimize();
  std::string bytes(set.getSizeInBytes(), '\0');
  set.write(bytes.data());
  tx.notes().facts.emplace_back("people_sha256", Sha256Hex(bytes));
  return PutPeople(tx, owner, bytes, static_cast<std::int64_t>(matched.people.size()),
                   matched.unmatched);
}

absl::Status ListUnmatched(ReadTx& tx, std::string_view owner, std::int64_t revision,
                           const google::protobuf::Message& request,
                           google::protobuf::RepeatedPtrField<v1::UnmatchedEntry>* entries,
                           std::string* next_page_token) {
  RC_ASSIGN_OR_RETURN(const registry::PagePosition position, registry::ReadPageToken(request));
  std::int64_t after = 0;
  if (!position.key.empty() && !absl::SimpleAtoi(position.key, &after)) {
    return InvalidField("page_token", "cannot be read; start again without a token");
  }
  const int page_size = registry::PageSize(request);
  RC_ASSIGN_OR_RETURN(const std::string bytes, GetUnmatched(tx, owner, revision));
  return ForEachUnmatchedId(
      bytes, [&](std::int64_t place, std::string_view id) -> absl::StatusOr<bool> {
        if (place <= after) return true;
        if (entries->size() == page_size) {
          *next_page_token = registry::MakePageToken(
              request, {absl::StrCat(entries->Get(page_size - 1).position()), 0});
          return false;
        }
        v1::UnmatchedEntry* entry = entries->Add();
        entry->set_position(place);
        entry->set_id(std::string(id));
        return true;
      });
}

}  // namespace rollcall::casework
