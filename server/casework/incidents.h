// Incidents and statements: their rules, and how the vendor kept its duty to tell.

#ifndef ROLLCALL_SERVER_CASEWORK_INCIDENTS_H_
#define ROLLCALL_SERVER_CASEWORK_INCIDENTS_H_

#include <functional>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/time/civil_time.h"
#include "rollcall/v1/incident_service.pb.h"
#include "server/registry/collection.h"
#include "storage/store.h"

namespace rollcall::casework {

// The collections of incidents and of statements; statements are only read through it.
const registry::Collection& Incidents();
const registry::Collection& Statements();

// The day of an event of an incident; unset if it is not known.
std::optional<absl::CivilDay> EventDay(const v1::Incident& incident, v1::StartEvent event);

// Gives the next entry of a statement's list; false at the end.
using NextEntry = std::function<absl::StatusOr<bool>(v1::StatementEntry*)>;

// Records the next version of a statement with the entries that `next` gives. Ids of entries are
// trimmed; an empty one is refused with its position. Errors as the API documents.
absl::Status CreateStatement(WriteTx& tx, const v1::CreateStatementRequest& request,
                             const NextEntry& next, v1::Statement* response);

// The entries of a request, for CreateStatement.
NextEntry EntriesOf(const v1::CreateStatementRequest& request);

// One page of the entries that match nobody.
absl::Status ListUnmatchedEntries(ReadTx& tx, const v1::ListUnmatchedEntriesRequest& request,
                                  v1::ListUnmatchedEntriesResponse* response);

// One page of statements of an incident, in ascending order of number.
absl::Status ListStatements(ReadTx& tx, const v1::ListStatementsRequest& request,
                            v1::ListStatementsResponse* response);

// The number of a statement's name; 0 if it is not one.
int StatementNumber(std::string_view name);

}  // namespace rollcall::casework

#endif  // ROLLCALL_SERVER_CASEWORK_INCIDENTS_H_
