// Lists of ids that other systems and vendors send, and whom of the roster they name.

#ifndef ROLLCALL_SERVER_CASEWORK_ID_LIST_H_
#define ROLLCALL_SERVER_CASEWORK_ID_LIST_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "google/protobuf/message.h"
#include "rollcall/v1/common.pb.h"
#include "rollcall/v1/incident_service.pb.h"
#include "server/roster/id_index.h"
#include "storage/people_set_store.h"
#include "storage/store.h"

namespace rollcall::casework {

// Ids in the order in which they came, in one text: no allocation for each. Not thread-safe.
class IdList {
 public:
  // At most so many ids, of so many bytes each and together.
  static constexpr std::size_t kMaxIds = 5'000'000;
  static constexpr std::size_t kMaxIdBytes = 256;
  static constexpr std::size_t kMaxBytes = std::size_t{1} << 30;

  // Appends an id without the spaces around it.
  // Errors: kInvalidArgument for an id that is empty, longer than 256 bytes or has a NUL byte,
  // naming its place (from 0) as `ids[n]`; kResourceExhausted, LIST_TOO_LONG.
  absl::Status Add(std::string_view id);

  void Reserve(std::size_t ids) { ends_.reserve(ids); }

  std::size_t size() const { return ends_.size(); }
  std::string_view operator[](std::size_t index) const {
    const std::uint32_t begin = index == 0 ? 0 : ends_[index - 1];
    return std::string_view(text_).substr(begin, ends_[index] - begin);
  }

  // SHA-256 of the list, 64 hexadecimal digits: different for different lists.
  std::string Digest() const;

 private:
  std::string text_;
  std::vector<std::uint32_t> ends_;  // The end of each id in the text.
};

// Whom a list names. Positions count from 0 here.
struct MatchedIds {
  // The revision of the roster that was matched against; see RosterRevision.
  std::int64_t roster_revision = 0;
  // By position: the number of the person, 0 if the id names nobody; of several people the first.
  std::vector<std::uint32_t> person;
  // (position, person) for the other people of an id that names several, ascending.
  std::vector<std::pair<std::uint32_t, std::uint32_t>> further;
  // Everybody whom the list names, ascending, each once.
  std::vector<std::uint32_t> people;
  UnmatchedIds unmatched;      // Repetitions included; its positions count from 1.
  std::int64_t repeated = 0;   // Ids that repeat an earlier one.
  std::int64_t ambiguous = 0;  // Ids that name several people, repetitions included.
};

// Matches a list with the roster as of the transaction. `subject` unspecified means students and
// staff.
absl::StatusOr<MatchedIds> MatchIds(ReadTx& tx, roster::IdIndexCache& indexes, const IdList& ids,
                                    v1::ListIdKind id_kind, v1::SubjectKind subject);

// Takes out of `people` whoever is named only by ids that name others as well.
void KeepUnambiguous(MatchedIds* matched);

// Makes `matched` hold for this transaction: matches again if the roster has changed since.
absl::Status RefreshMatch(ReadTx& tx, roster::IdIndexCache& indexes, const IdList& ids,
                          v1::ListIdKind id_kind, v1::SubjectKind subject, MatchedIds* matched);

// Keeps the people and the ids without people of a record written in this transaction.
absl::Status PutMatchedPeople(WriteTx& tx, std::string_view owner, const MatchedIds& matched);

// A page of the ids of a record that match nobody: `request` has page_size and page_token,
// `entries` and `next_page_token` are the answer's. `revision` is the record's own.
absl::Status ListUnmatched(ReadTx& tx, std::string_view owner, std::int64_t revision,
                           const google::protobuf::Message& request,
                           google::protobuf::RepeatedPtrField<v1::UnmatchedEntry>* entries,
                           std::string* next_page_token);

}  // namespace rollcall::casework

#endif  // ROLLCALL_SERVER_CASEWORK_ID_LIST_H_
