#include "server/access/tokens.h"

#include "absl/strings/match.h"
#include "server/access/end_time.h"
#include "server/access/principal.h"
#include "server/access/token_text.h"
#include "storage/access_store.h"
#include "storage/register_tables.h"
#include "storage/status.h"
#include "storage/value_codec.h"

namespace rollcall::access {
namespace {

using google::protobuf::Message;

constexpr std::size_t kEndingCharacters = 4;

absl::Status CheckToken(ReadTx&, const Message*, Message* record) {
  const auto& token = dynamic_cast<const v1::Token&>(*record);
  RC_RETURN_IF_ERROR(CheckPrincipal(token.principal(), "token.principal"));
  if (!absl::StartsWith(token.principal(), ToAbsl(kUserPrefix))) {
    return InvalidField("token.principal",
                        "must be user:NAME; systems have certificates, and identities of a "
                        "provider have tokens of the provider");
  }
  return absl::OkStatus();
}

bool MatchesToken(const Message& request, const Message& record) {
  const auto& list = dynamic_cast<const v1::ListTokensRequest&>(request);
  return list.principal().empty() ||
         list.principal() == dynamic_cast<const v1::Token&>(record).principal();
}

}  // namespace

const registry::Collection& Tokens() {
  static const registry::Collection collection = {.table = &TokenTable(),
                                                  .pattern = "tokens/{token}",
                                                  .check = CheckToken,
                                                  .matches = MatchesToken};
  return collection;
}

absl::Status CreateToken(WriteTx& tx, absl::CivilDay today, runtime::IdGenerator& ids,
                         const v1::CreateTokenRequest& request, v1::Token* response,
                         std::string* secret) {
  v1::CreateTokenRequest complete = request;
  v1::Token* token = complete.mutable_token();
  if (!token->has_expire_time()) {
    *token->mutable_expire_time() = ToTimestamp(tx.time() + kDefaultTokenLife);
  }
  RC_RETURN_IF_ERROR(CheckEnd(token->expire_time(), tx.time(), "token.expire_time"));
  if (FromTimestamp(token->expire_time()) > tx.time() + kLongestTokenLife) {
    return InvalidField("token.expire_time", "is later than 366 days from now");
  }
  RC_ASSIGN_OR_RETURN(*secret, NewTokenText());
  RC_RETURN_IF_ERROR(registry::CreateRecord(tx, Tokens(), today, ids, complete, response));
  // The ending is for the server to say, so that CreateRecord does not take it from a request.
  response->set_ending(secret->substr(secret->size() - kEndingCharacters));
  RC_RETURN_IF_ERROR(TokenTable().Replace(tx, response));
  RC_RETURN_IF_ERROR(InsertTokenDigest(tx, response->name(), TokenDigest(*secret)));
  return NoteAccessChange(tx);
}

absl::Status RevokeToken(WriteTx& tx, std::string_view name, v1::Token* response) {
  RC_RETURN_IF_ERROR(registry::CheckName(Tokens(), name, "name"));
  RC_RETURN_IF_ERROR(TokenTable().Get(tx, name, kNewest, response));
  if (response->has_revoke_time()) return absl::OkStatus();
  *response->mutable_revoke_time() = ToTimestamp(tx.time());
  RC_RETURN_IF_ERROR(TokenTable().Replace(tx, response));
  return NoteAccessChange(tx);
}

}  // namespace rollcall::access
