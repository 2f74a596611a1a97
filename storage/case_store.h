// The frozen exposure of a case and the state of its notices, as sets of person numbers.
//
// A set is the portable serialisation of a 32-bit Roaring bitmap; this file only moves bytes.

#ifndef ROLLCALL_STORAGE_CASE_STORE_H_
#define ROLLCALL_STORAGE_CASE_STORE_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "rollcall/v1/exposure_service.pb.h"
#include "storage/store.h"

namespace rollcall {

// One distinct set of exposed elements and the people it concerns.
struct CaseGroup {
  v1::ExposureSet elements;
  std::string people;
};

// One sending of notices.
struct CaseSending {
  std::int64_t position = 0;  // From 1, in the order of recording.
  std::string sent_date;      // ISO.
  std::string evidence;
  std::string people;
};

absl::Status InsertCaseGroup(WriteTx& tx, std::string_view case_name, std::int64_t position,
                             const CaseGroup& group);
absl::Status InsertCasePeople(WriteTx& tx, std::string_view case_name, std::string_view role,
                              std::string_view people);
absl::Status InsertCaseSending(WriteTx& tx, std::string_view case_name, const CaseSending& sending);

// In ascending order of position.
absl::StatusOr<std::vector<CaseGroup>> CaseGroups(ReadTx& tx, std::string_view case_name);
absl::StatusOr<std::vector<CaseSending>> CaseSendings(ReadTx& tx, std::string_view case_name);

// Everybody who scoped a case: principals of the revisions that wrote its incident or a statement
// about it, and of the one that opened it. Each once, in ascending order.
absl::StatusOr<std::vector<std::string>> CaseScopers(ReadTx& tx, std::string_view case_name,
                                                     std::string_view incident);

// The set of a role; an empty string if the case has none.
absl::StatusOr<std::string> CasePeople(ReadTx& tx, std::string_view case_name,
                                       std::string_view role);

}  // namespace rollcall

#endif  // ROLLCALL_STORAGE_CASE_STORE_H_
