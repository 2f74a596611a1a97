#include "server/access/grants.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "server/access/end_time.h"
#include "server/access/principal.h"
#include "storage/access_store.h"
#include "storage/register_tables.h"
#include "storage/status.h"
#include "storage/value_codec.h"

namespace rollcall::access {
namespace {

using google::protobuf::Message;

absl::Status CheckGrant(ReadTx& tx, const Message*, Message* record) {
  const auto& grant = dynamic_cast<const v1::Grant&>(*record);
  RC_RETURN_IF_ERROR(CheckPrincipal(grant.principal(), "grant.principal"));
  return registry::RequireRecord(tx, RoleTable(), grant.role(), "grant.role");
}

bool MatchesGrant(const Message& request, const Message& record) {
  const auto& list = dynamic_cast<const v1::ListGrantsRequest&>(request);
  const auto& grant = dynamic_cast<const v1::Grant&>(record);
  return (list.principal().empty() || list.principal() == grant.principal()) &&
         (list.role().empty() || list.role() == grant.role());
}

bool Ended(const v1::Grant& grant, absl::Time now) {
  return grant.has_expire_time() && FromTimestamp(grant.expire_time()) <= now;
}

// OK if the principal does not hold the role yet.
absl::Status CheckNew(WriteTx& tx, const v1::Grant& grant) {
  std::string holding;
  v1::Grant scratch;
  RC_RETURN_IF_ERROR(GrantTable().List(
      tx, "", "", kNewest, &scratch, [&](const Message& record) -> absl::StatusOr<bool> {
        const auto& other = dynamic_cast<const v1::Grant&>(record);
        if (other.principal() == grant.principal() && other.role() == grant.role() &&
            !Ended(other, tx.time())) {
          holding = other.name();
        }
        return holding.empty();
      }));
  if (holding.empty()) return absl::OkStatus();
  return MakeError(
      absl::StatusCode::kAlreadyExists, "GRANT_EXISTS",
      absl::StrCat(holding, " gives this role to this principal; to change it, delete that first"),
      {{"resource", holding}});
}

}  // namespace

const registry::Collection& Grants() {
  static const registry::Collection collection = {.table = &GrantTable(),
                                                  .pattern = "grants/{grant}",
                                                  .check = CheckGrant,
                                                  .matches = MatchesGrant};
  return collection;
}

absl::Status CreateGrant(WriteTx& tx, absl::CivilDay today, runtime::IdGenerator& ids,
                         const v1::CreateGrantRequest& request, v1::Grant* response) {
  if (request.grant().has_expire_time()) {
    RC_RETURN_IF_ERROR(CheckEnd(request.grant().expire_time(), tx.time(), "grant.expire_time"));
  }
  RC_RETURN_IF_ERROR(CheckNew(tx, request.grant()));
  RC_RETURN_IF_ERROR(registry::CreateRecord(tx, Grants(), today, ids, request, response));
  return NoteAccessChange(tx);
}

absl::Status DeleteGrant(WriteTx& tx, const v1::DeleteGrantRequest& request) {
  RC_RETURN_IF_ERROR(registry::DeleteRecord(tx, Grants(), request));
  return NoteAccessChange(tx);
}

}  // namespace rollcall::access
