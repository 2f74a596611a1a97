// The record tables of the register: which message lives in which table, with which columns.

#ifndef ROLLCALL_STORAGE_REGISTER_TABLES_H_
#define ROLLCALL_STORAGE_REGISTER_TABLES_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "storage/record_table.h"

namespace rollcall {

// Each returns one table description that lives as long as the program.
const RecordTable& DataElementTable();
const RecordTable& ClauseKindTable();
const RecordTable& RegimeTable();
const RecordTable& VendorTable();
const RecordTable& ProductTable();
const RecordTable& ContactTable();
const RecordTable& DocumentTable();
const RecordTable& ContractTable();
const RecordTable& ClauseTable();
const RecordTable& ShareTable();
const RecordTable& IncidentTable();
const RecordTable& StatementTable();
const RecordTable& CaseTable();
const RecordTable& SubprocessorTable();
const RecordTable& DispositionTable();
const RecordTable& TransferTable();
const RecordTable& RoleTable();
const RecordTable& GrantTable();
const RecordTable& TokenTable();
const RecordTable& SeparationRuleTable();

// The setting with the register's own secret, 64 hexadecimal digits: Store::Open makes it once, at
// random. The salts of exposures' digests are derived from it, so it must never change.
inline constexpr char kExposureSecretSetting[] = "exposure_secret";

// Values of the register itself, such as `catalog_version`; empty if never set.
absl::StatusOr<std::string> GetSetting(ReadTx& tx, std::string_view key);
absl::Status SetSetting(WriteTx& tx, std::string_view key, std::string_view value);

// An answer given to a request with an id. It lies sealed: an answer may hold what its caller
// sent, and the digest of a request lets somebody try requests out.
struct StoredAnswer {
  std::string request_sha256;
  std::string response;  // Serialized message.
};

// Looks for the answer to (principal, method, request id). kNotFound if there is none, kDataLoss,
// SEALED_VALUE_UNREADABLE, if it was changed or moved.
absl::StatusOr<StoredAnswer> GetAnswer(ReadTx& tx, std::string_view principal,
                                       std::string_view method, std::string_view request_id);

// Keeps an answer, in the transaction of the change it answers.
absl::Status PutAnswer(WriteTx& tx, std::string_view request_id, const StoredAnswer& answer);

// The name of the contract that supersedes this one: of several the signed one that is in force
// first; a draft only if there is nothing else. Empty if there is none.
absl::StatusOr<std::string> ContractSuccessor(ReadTx& tx, std::string_view contract);

// The vendors to whom a vendor passes data on, by the edges that hold now, each once, in ascending
// order of name; and those that pass data on to it.
absl::StatusOr<std::vector<std::string>> ProcessorsOf(ReadTx& tx, std::string_view vendor);
absl::StatusOr<std::vector<std::string>> SuppliersOf(ReadTx& tx, std::string_view vendor);

}  // namespace rollcall

#endif  // ROLLCALL_STORAGE_REGISTER_TABLES_H_
