#include "server/casework/approval.h"

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "server/access/separation.h"
#include "server/casework/cases.h"
#include "server/registry/collection.h"
#include "storage/case_store.h"
#include "storage/register_tables.h"
#include "storage/status.h"
#include "storage/value_codec.h"

namespace rollcall::casework {
namespace {

// OK unless an active rule keeps whoever scoped the case from approving it.
absl::Status CheckTwoHands(WriteTx& tx, const v1::Case& record) {
  RC_ASSIGN_OR_RETURN(const std::vector<v1::SeparationRule> rules, access::CurrentRules(tx));
  for (const v1::SeparationRule& rule : rules) {
    if (!rule.active() || rule.first_duty() != v1::DUTY_SCOPE ||
        rule.second_duty() != v1::DUTY_APPROVE) {
      continue;
    }
    RC_ASSIGN_OR_RETURN(const std::vector<std::string> scoped,
                        CaseScopers(tx, record.name(), record.incident()));
    if (std::find(scoped.begin(), scoped.end(), tx.options().principal) == scoped.end()) continue;
    return MakeError(
        absl::StatusCode::kFailedPrecondition, "SEPARATION_OF_DUTIES",
        absl::StrCat(
            "you have scoped ", record.name(),
            ", by its incident, a statement or its opening; somebody else must approve it"),
        {{"resource", record.name()}, {"rule", rule.name()}});
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status ApproveCase(WriteTx& tx, const LocalTime& local, const v1::ApproveCaseRequest& request,
                         v1::Case* response) {
  RC_RETURN_IF_ERROR(GetCase(tx, local, request.name(), response));
  v1::Case record;
  RC_RETURN_IF_ERROR(CaseTable().Get(tx, request.name(), kNewest, &record));
  if (record.state() == v1::CASE_STATE_CLOSED) {
    return MakeError(absl::StatusCode::kFailedPrecondition, "CASE_CLOSED",
                     absl::StrCat(record.name(), " is closed"), {{"resource", record.name()}});
  }
  if (record.has_approval()) {
    return MakeError(absl::StatusCode::kFailedPrecondition, "CASE_APPROVED",
                     absl::StrCat(record.name(), " is approved already"),
                     {{"resource", record.name()}});
  }
  if (!request.digest().empty() && request.digest() != record.digest()) {
    return InvalidField("digest", "is not the digest of the case; look at the case again");
  }
  RC_RETURN_IF_ERROR(CheckTwoHands(tx, record));
  // What was looked at is what goes out.
  RC_RETURN_IF_ERROR(CheckFrozenDigest(tx, record));
  v1::CaseApproval& approval = *record.mutable_approval();
  approval.set_principal(tx.options().principal);
  *approval.mutable_approve_time() = ToTimestamp(tx.time());
  approval.set_digest(record.digest());
  approval.set_note(request.note());
  RC_RETURN_IF_ERROR(CaseTable().Replace(tx, &record));
  return GetCase(tx, local, request.name(), response);
}

absl::Status RequireApproval(ReadTx& tx, const v1::Case& record) {
  if (record.has_approval()) return absl::OkStatus();
  RC_ASSIGN_OR_RETURN(const std::vector<v1::SeparationRule> rules, access::CurrentRules(tx));
  for (const v1::SeparationRule& rule : rules) {
    if (!rule.required() || rule.second_duty() != v1::DUTY_APPROVE) continue;
    return MakeError(absl::StatusCode::kFailedPrecondition, "CASE_NOT_APPROVED",
                     absl::StrCat(record.name(),
                                  " is not approved, so that none of its letters may go out; have "
                                  "somebody approve it who has not scoped it"),
                     {{"resource", record.name()}, {"rule", rule.name()}});
  }
  return absl::OkStatus();
}

}  // namespace rollcall::casework
