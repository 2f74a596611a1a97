// The access service: one line a method.

#ifndef ROLLCALL_SERVER_RPC_ACCESS_SERVICE_H_
#define ROLLCALL_SERVER_RPC_ACCESS_SERVICE_H_

#include <string>

#include "rollcall/v1/access_service.grpc.pb.h"
#include "server/access/directory.h"
#include "server/access/grants.h"
#include "server/access/roles.h"
#include "server/access/separation.h"
#include "server/access/tokens.h"
#include "server/rpc/standard_calls.h"
#include "storage/status.h"
#include "storage/value_codec.h"

namespace rollcall::rpc {

class AccessService final : public v1::AccessService::Service {
 public:
  // `directory` outlives the service.
  AccessService(const StandardCalls& calls, access::AccessDirectory* directory)
      : calls_(calls), directory_(directory) {}

  grpc::Status GetRole(grpc::ServerContext* context, const v1::GetRoleRequest* request,
                       v1::Role* response) override {
    return calls_.Get(context, access::Roles(), request, response);
  }

  grpc::Status ListRoles(grpc::ServerContext* context, const v1::ListRolesRequest* request,
                         v1::ListRolesResponse* response) override {
    return calls_.List(context, access::Roles(), request, response);
  }

  grpc::Status CreateRole(grpc::ServerContext* context, const v1::CreateRoleRequest* request,
                          v1::Role* response) override {
    return Write(context, request, response, [&](WriteTx& tx, const CallContext& call) {
      return access::CreateRole(tx, Today(call), calls_.ids(), *request, response);
    });
  }

  grpc::Status UpdateRole(grpc::ServerContext* context, const v1::UpdateRoleRequest* request,
                          v1::Role* response) override {
    return Write(context, request, response, [&](WriteTx& tx, const CallContext& call) {
      return access::UpdateRole(tx, Today(call), *request, response);
    });
  }

  grpc::Status DeleteRole(grpc::ServerContext* context, const v1::DeleteRoleRequest* request,
                          google::protobuf::Empty* response) override {
    return Write(context, request, response,
                 [&](WriteTx& tx, const CallContext&) { return access::DeleteRole(tx, *request); });
  }

  grpc::Status GetGrant(grpc::ServerContext* context, const v1::GetGrantRequest* request,
                        v1::Grant* response) override {
    return calls_.Get(context, access::Grants(), request, response);
  }

  grpc::Status ListGrants(grpc::ServerContext* context, const v1::ListGrantsRequest* request,
                          v1::ListGrantsResponse* response) override {
    return calls_.List(context, access::Grants(), request, response);
  }

  grpc::Status CreateGrant(grpc::ServerContext* context, const v1::CreateGrantRequest* request,
                           v1::Grant* response) override {
    return Write(context, request, response, [&](WriteTx& tx, const CallContext& call) {
      return access::CreateGrant(tx, Today(call), calls_.ids(), *request, response);
    });
  }

  grpc::Status DeleteGrant(grpc::ServerContext* context, const v1::DeleteGrantRequest* request,
                           google::protobuf::Empty* response) override {
    return Write(context, request, response, [&](WriteTx& tx, const CallContext&) {
      return access::DeleteGrant(tx, *request);
    });
  }

  grpc::Status GetToken(grpc::ServerContext* context, const v1::GetTokenRequest* request,
                        v1::Token* response) override {
    return calls_.Get(context, access::Tokens(), request, response);
  }

  grpc::Status ListTokens(grpc::ServerContext* context, const v1::ListTokensRequest* request,
                          v1::ListTokensResponse* response) override {
    return calls_.List(context, access::Tokens(), request, response);
  }

  grpc::Status CreateToken(grpc::ServerContext* context, const v1::CreateTokenRequest* request,
                           v1::CreateTokenResponse* response) override {
    // The secret joins the answer only after the transaction, which keeps the answer for a retry.
    std::string secret;
    const grpc::Status status =
        Write(context, request, response, [&](WriteTx& tx, const CallContext& call) {
          return access::CreateToken(tx, Today(call), calls_.ids(), *request,
                                     response->mutable_token(), &secret);
        });
    if (status.ok() && !request->validate_only()) response->set_secret(secret);
    return status;
  }

  grpc::Status RevokeToken(grpc::ServerContext* context, const v1::RevokeTokenRequest* request,
                           v1::Token* response) override {
    return Write(context, request, response, [&](WriteTx& tx, const CallContext&) {
      return access::RevokeToken(tx, request->name(), response);
    });
  }

  grpc::Status GetSeparationRule(grpc::ServerContext* context,
                                 const v1::GetSeparationRuleRequest* request,
                                 v1::SeparationRule* response) override {
    return calls_.Get(context, access::SeparationRules(), request, response);
  }

  grpc::Status ListSeparationRules(grpc::ServerContext* context,
                                   const v1::ListSeparationRulesRequest* request,
                                   v1::ListSeparationRulesResponse* response) override {
    return calls_.List(context, access::SeparationRules(), request, response);
  }

  grpc::Status UpdateSeparationRule(grpc::ServerContext* context,
                                    const v1::UpdateSeparationRuleRequest* request,
                                    v1::SeparationRule* response) override {
    return calls_.Update(context, access::SeparationRules(), request, response);
  }

  grpc::Status WhoAmI(grpc::ServerContext* context, const v1::WhoAmIRequest* request,
                      v1::WhoAmIResponse* response) override {
    return calls_.pipeline()->Read(
        context, *request, response, [&](ReadTx& tx, const CallContext& call) -> absl::Status {
          RC_ASSIGN_OR_RETURN(const auto view, directory_->Current(tx));
          response->set_principal(call.principal);
          for (const access::HeldRole& held : view->Roles(call.principal, call.start)) {
            v1::HeldRole* role = response->add_roles();
            role->set_role(held.role);
            if (held.expires != absl::InfiniteFuture()) {
              *role->mutable_expire_time() = ToTimestamp(held.expires);
            }
          }
          for (const v1::Permission right : view->Permissions(call.principal, call.start)) {
            response->add_permissions(right);
          }
          return absl::OkStatus();
        });
  }

 private:
  template <typename Request, typename Response>
  grpc::Status Write(grpc::ServerContext* context, const Request* request, Response* response,
                     Pipeline::WriteUseCase use_case) {
    return calls_.pipeline()->Write(context, *request, response, use_case);
  }

  absl::CivilDay Today(const CallContext& call) const { return calls_.district().Today(call); }

  StandardCalls calls_;
  access::AccessDirectory* const directory_;
};

}  // namespace rollcall::rpc

#endif  // ROLLCALL_SERVER_RPC_ACCESS_SERVICE_H_
