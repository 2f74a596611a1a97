// Imports: compares what files say with what the register holds, and writes the difference.
//
// How facts are merged (docs/decisions/0004 says why):
//   - A person is recognised by kind and source id, else by kind and the district's number.
//   - A field for which the files have no column keeps its earlier value.
//   - A bulk package ends, on the day before its date, the stays that it does not name any more,
//     of present and of absent people alike; days before its date that were recorded once stay
//     recorded. A stay never vanishes: it is at least one day long.
//   - Of other school years than its own a package only adds and extends stays.
//   - A bulk package that is older than the newest one that was imported is refused.
//   - A delta package only adds and extends; it ends the stays of people whom it deletes.
//   - The plain files only add and change; what they do not name stays. Histories extend stays.

#ifndef ROLLCALL_SERVER_ROSTER_IMPORTER_H_
#define ROLLCALL_SERVER_ROSTER_IMPORTER_H_

#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "rollcall/v1/roster_service.pb.h"
#include "server/roster/package.h"
#include "storage/store.h"

namespace rollcall::roster {

// What an import works on.
struct ImportInput {
  v1::ImportRosterConfig config;
  std::vector<SpooledFile> files;  // As received; one zip, or single files.
  std::string digest;              // For the record.
  PackageLimits limits;
};

// Told now and then how far the import is; an error ends the import.
using ProgressCallback = std::function<absl::Status(const v1::ImportProgress&)>;

// Checks the configuration: format, dates, school year. Errors: kInvalidArgument.
absl::Status CheckImportConfig(const v1::ImportRosterConfig& config);

// Runs one import inside `tx` and fills `result`. With dry_run everything is done and counted,
// and the transaction is abandoned.
// Errors: kInvalidArgument, reason IMPORT_REFUSED, naming file, row, column and what to do, or what
// the roster would have more of than an exposure can be computed with; kFailedPrecondition, reason
// IMPORT_OLDER, for a bulk package as of a day before that of the newest one that was imported; the
// storage's. The transaction must then be rolled back.
absl::Status RunImport(WriteTx& tx, const ImportInput& input, const ProgressCallback& progress,
                       v1::RosterImport* result);

// The counts of the roster as the API shows them.
absl::StatusOr<v1::RosterSummary> SummarizeRoster(ReadTx& tx);

}  // namespace rollcall::roster

#endif  // ROLLCALL_SERVER_ROSTER_IMPORTER_H_
