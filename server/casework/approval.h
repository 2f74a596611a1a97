// Approval of a case, which is another's work than scoping it.
//
// Who did what is read from the revisions of the incident, its statements and the case, within the
// transaction that decides: writers take turns, so that nobody can slip in between.

#ifndef ROLLCALL_SERVER_CASEWORK_APPROVAL_H_
#define ROLLCALL_SERVER_CASEWORK_APPROVAL_H_

#include "absl/status/status.h"
#include "rollcall/v1/case_service.pb.h"
#include "server/casework/cases.h"
#include "storage/store.h"

namespace rollcall::casework {

// The method of the API; errors as documented there. The approver is the principal of `tx`.
absl::Status ApproveCase(WriteTx& tx, const LocalTime& local, const v1::ApproveCaseRequest& request,
                         v1::Case* response);

// OK if sendings of a case may be recorded: it is approved, or no separation rule asks for that.
// Errors: kFailedPrecondition, CASE_NOT_APPROVED.
absl::Status RequireApproval(ReadTx& tx, const v1::Case& record);

}  // namespace rollcall::casework

#endif  // ROLLCALL_SERVER_CASEWORK_APPROVAL_H_
