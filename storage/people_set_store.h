// The people that transfers and dispositions name, and the ids that match nobody.
//
// A set is the portable serialisation of a 32-bit Roaring bitmap of person numbers; this file
// only moves bytes. Equal sets are kept once, by their SHA-256: the same list goes out night
// after night.

#ifndef ROLLCALL_STORAGE_PEOPLE_SET_STORE_H_
#define ROLLCALL_STORAGE_PEOPLE_SET_STORE_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "rollcall/v1/transfer_service.pb.h"
#include "storage/store.h"

namespace rollcall {

// Ids that match nobody, with their places in the list, in one text without an allocation for
// each: for every id the step from the place before (varint, from 0), its length (varint) and its
// bytes.
class UnmatchedIds {
 public:
  // Places count from 1 and ascend strictly.
  void Add(std::uint32_t position, std::string_view id);

  std::int64_t size() const { return size_; }
  const std::string& bytes() const { return bytes_; }

 private:
  std::string bytes_;
  std::uint32_t last_ = 0;
  std::int64_t size_ = 0;
};

// Visits the ids of UnmatchedIds::bytes() in order; the visitor returns false to stop.
// Errors: kDataLoss if the bytes are not such a list.
absl::Status ForEachUnmatchedId(
    std::string_view bytes,
    absl::FunctionRef<absl::StatusOr<bool>(std::int64_t position, std::string_view id)> visit);

// Keeps whom `owner`, a record written in this transaction, names: `people` are the bytes of a
// set of `size` people. kAlreadyExists if that was done in this transaction before.
absl::Status PutPeople(WriteTx& tx, std::string_view owner, std::string_view people,
                       std::int64_t size, const UnmatchedIds& unmatched);

// Whom a record names.
struct NamedPeople {
  std::string people;     // The bytes of the set.
  std::int64_t size = 0;  // How many people.
};

// `revision` is the one that the record `owner` carries, so that a name that was used twice is no
// danger. kNotFound if PutPeople was not called for it.
absl::StatusOr<NamedPeople> GetPeople(ReadTx& tx, std::string_view owner, std::int64_t revision);

// The bytes of a set by its SHA-256 (32 bytes), as TransferRow gives it. kNotFound if there is
// none.
absl::StatusOr<std::string> GetPeopleSet(ReadTx& tx, std::string_view sha256);

// The ids that matched nobody, for ForEachUnmatchedId; empty if there are none. As GetPeople. They
// lie sealed.
// Errors: kDataLoss, SEALED_VALUE_UNREADABLE, if they were changed or moved.
absl::StatusOr<std::string> GetUnmatched(ReadTx& tx, std::string_view owner, std::int64_t revision);

// Keeps what TransfersOf needs beside the record, which is written in this transaction.
absl::Status PutTransferParts(WriteTx& tx, const v1::Transfer& transfer);

// What an exposure needs of a transfer; views are valid inside the visit only.
struct TransferRow {
  std::string_view name;
  std::string_view vendor;    // The vendor that received it.
  bool carried;               // The vendor asked for did not receive it, but carried it.
  std::string_view share;     // Empty if none was named.
  std::string_view product;   // Empty if none was named.
  std::int32_t send_day;      // Days since 1970-01-01.
  std::string_view elements;  // A serialized v1::Transfer with nothing but its elements.
  v1::ListIdKind id_kind;
  v1::SubjectKind subject;
  std::int64_t ids;
  std::int64_t people;
  std::int64_t unmatched;          // If above 0, see GetUnmatched.
  bool undeclared;                 // Something in it was outside every share.
  std::string_view people_sha256;  // See GetPeopleSet; the same for equal sets.
  std::int64_t revision;           // The revision that recorded it.
};

// Visits the transfers that a vendor received, then those that it carried for another, as they
// held at a revision; each group in ascending order of name. Reads no set of people.
absl::Status TransfersOf(ReadTx& tx, std::string_view vendor, std::int64_t revision,
                         absl::FunctionRef<absl::Status(const TransferRow&)> visit);

// Visits every vendor that received or carried a transfer which a revision behind `since`, up to
// `until`, recorded, with the newest such revision.
absl::Status ForEachNewTransfer(
    ReadTx& tx, std::int64_t since, std::int64_t until,
    absl::FunctionRef<absl::Status(std::string_view vendor, std::int64_t revision)> visit);

}  // namespace rollcall

#endif  // ROLLCALL_STORAGE_PEOPLE_SET_STORE_H_
