// The list that a vendor's statement came with, and whom of the roster its entries name.
//
// An entry's id lies as its fingerprint (storage/person_id.h), which is matched with those of
// people, and sealed, for whoever must read what the vendor wrote.

#ifndef ROLLCALL_STORAGE_STATEMENT_STORE_H_
#define ROLLCALL_STORAGE_STATEMENT_STORE_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "rollcall/v1/incident_service.pb.h"
#include "storage/store.h"

namespace rollcall {

// Appends an entry; positions count from 1.
absl::Status InsertStatementEntry(WriteTx& tx, std::string_view statement, std::int64_t position,
                                  const v1::StatementEntry& entry);

// One pair of an entry and a person whom it names.
struct EntryMatch {
  std::int64_t position;
  std::int64_t person_id;  // 0 if the entry names nobody.
  std::vector<std::string> data_elements;
};

// Visits every entry in order of position, once for each person it names as of a revision
// (any version of the person's facts counts, guardians never), or once with person 0.
// `subject` unspecified means students and staff.
absl::Status ForEachEntryMatch(ReadTx& tx, std::string_view statement, v1::ListIdKind id_kind,
                               v1::SubjectKind subject, std::int64_t revision,
                               absl::FunctionRef<absl::Status(const EntryMatch&)> visit);

// Visits the entries behind a position that name nobody now; the visitor returns false to stop.
// Errors: kDataLoss, SEALED_VALUE_UNREADABLE, for an id that was changed or moved.
absl::Status ForEachUnmatchedEntry(
    ReadTx& tx, std::string_view statement, v1::ListIdKind id_kind, v1::SubjectKind subject,
    std::int64_t after,
    absl::FunctionRef<absl::StatusOr<bool>(std::int64_t position, std::string_view id)> visit);

// Entries that repeat the id of an earlier one.
absl::StatusOr<std::int64_t> CountRepeatedEntries(ReadTx& tx, std::string_view statement);

}  // namespace rollcall

#endif  // ROLLCALL_STORAGE_STATEMENT_STORE_H_
