#include "server/access/first_access.h"

#include "absl/strings/str_cat.h"
#include "rollcall/v1/access_service.pb.h"
#include "server/access/grants.h"
#include "server/access/principal.h"
#include "server/access/roles.h"
#include "server/access/separation.h"
#include "server/access/tokens.h"
#include "storage/register_tables.h"
#include "storage/status.h"
#include "storage/value_codec.h"

namespace rollcall::access {
namespace {

using google::protobuf::Message;

WriteOptions Internal(const char* what, absl::Time now) {
  return {what, "rollcalld", now, nullptr, "internal"};
}

absl::Status PutBuiltIns(WriteTx& tx) {
  RC_RETURN_IF_ERROR(PutBuiltInRoles(tx));
  return PutBuiltInRules(tx);
}

absl::StatusOr<bool> HasRecord(ReadTx& tx, const RecordTable& table, Message* scratch) {
  bool found = false;
  RC_RETURN_IF_ERROR(
      table.List(tx, "", "", kNewest, scratch, [&](const Message&) -> absl::StatusOr<bool> {
        found = true;
        return false;
      }));
  return found;
}

// Set-up does not depend on the district's day.
constexpr absl::CivilDay kNoDay;

}  // namespace

absl::Status PrepareAccess(Store& store, absl::Time now) {
  return store.Write(Internal("prepare access", now), PutBuiltIns);
}

absl::StatusOr<FirstAdministrator> MakeFirstAdministrator(Store& store, absl::Time now,
                                                          runtime::IdGenerator& ids,
                                                          std::string_view user) {
  FirstAdministrator made;
  made.principal = absl::StrCat(ToAbsl(kUserPrefix), ToAbsl(user));
  RC_RETURN_IF_ERROR(CheckPrincipal(made.principal, "user"));
  RC_RETURN_IF_ERROR(
      store.Write(Internal("make first administrator", now), [&](WriteTx& tx) -> absl::Status {
        v1::Grant grant;
        v1::Token token;
        RC_ASSIGN_OR_RETURN(const bool granted, HasRecord(tx, GrantTable(), &grant));
        RC_ASSIGN_OR_RETURN(const bool handed_out, HasRecord(tx, TokenTable(), &token));
        if (granted || handed_out) {
          return MakeError(absl::StatusCode::kFailedPrecondition, "ACCESS_EXISTS",
                           "the register has grants or tokens already; its administrators make "
                           "others, and so does whoever reaches its Unix socket");
        }
        RC_RETURN_IF_ERROR(PutBuiltIns(tx));
        v1::CreateGrantRequest grant_request;
        grant_request.mutable_grant()->set_principal(made.principal);
        grant_request.mutable_grant()->set_role(kAdministratorRole);
        grant_request.mutable_grant()->set_note("the first administrator");
        RC_RETURN_IF_ERROR(CreateGrant(tx, kNoDay, ids, grant_request, &grant));
        v1::CreateTokenRequest token_request;
        token_request.mutable_token()->set_principal(made.principal);
        token_request.mutable_token()->set_display_name("made with the register");
        RC_RETURN_IF_ERROR(CreateToken(tx, kNoDay, ids, token_request, &token, &made.secret));
        made.grant = grant.name();
        made.token = token.name();
        made.expires = FromTimestamp(token.expire_time());
        return absl::OkStatus();
      }));
  return made;
}

absl::Status GiveRole(WriteTx& tx, runtime::IdGenerator& ids, std::string_view principal,
                      std::string_view role, std::string_view note) {
  v1::CreateGrantRequest request;
  request.mutable_grant()->set_principal(std::string(principal));
  request.mutable_grant()->set_role(std::string(role));
  request.mutable_grant()->set_note(std::string(note));
  v1::Grant grant;
  const absl::Status given = CreateGrant(tx, kNoDay, ids, request, &grant);
  return ErrorReason(given) == "GRANT_EXISTS" ? absl::OkStatus() : given;
}

}  // namespace rollcall::access
