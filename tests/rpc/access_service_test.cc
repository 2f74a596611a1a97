// The methods of access on a running server.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "rollcall/v1/access_service.grpc.pb.h"
#include "rollcall/v1/vendor_service.grpc.pb.h"
#include "tests/support/server_fixture.h"

namespace rollcall::testing {
namespace {

using Access = v1::AccessService;

class AccessServiceTest : public ::testing::Test {
 protected:
  // Makes a token of `user:ana`.
  v1::CreateTokenResponse Token(const std::string& request_id = "") {
    v1::CreateTokenRequest request;
    request.set_token_id("laptop");
    request.mutable_token()->set_principal("user:ana");
    request.set_request_id(request_id);
    v1::CreateTokenResponse response;
    const grpc::Status status =
        server_.Call<Access>(&Access::Stub::CreateToken, request, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return response;
  }

  v1::Grant Grant(const std::string& role) {
    v1::CreateGrantRequest request;
    request.mutable_grant()->set_principal("user:ana");
    request.mutable_grant()->set_role(role);
    v1::Grant grant;
    const grpc::Status status = server_.Call<Access>(&Access::Stub::CreateGrant, request, &grant);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return grant;
  }

  // Who somebody is who shows a token over TLS.
  grpc::Status Ask(const std::string& token, v1::WhoAmIResponse* response) {
    grpc::ClientContext context;
    if (!token.empty()) context.AddMetadata("authorization", "Bearer " + token);
    return Access::NewStub(server_.Connect())->WhoAmI(&context, v1::WhoAmIRequest(), response);
  }

  grpc::Status ListVendors(const std::string& token) {
    grpc::ClientContext context;
    context.AddMetadata("authorization", "Bearer " + token);
    v1::ListVendorsResponse response;
    return v1::VendorService::NewStub(server_.Connect())
        ->ListVendors(&context, v1::ListVendorsRequest(), &response);
  }

  TestServer server_;
};

constexpr char kRequestId[] = "123e4567-e89b-42d3-a456-426614174000";

TEST_F(AccessServiceTest, TheSecretIsToldOnce) {
  const v1::CreateTokenResponse made = Token(kRequestId);
  EXPECT_EQ(made.secret().size(), 53U);
  const v1::CreateTokenResponse again = Token(kRequestId);
  EXPECT_EQ(again.token().name(), made.token().name());
  EXPECT_TRUE(again.secret().empty());
  // Nor is it in the answer that is kept for the retry, or anywhere else.
  for (const auto& [table, rows] : server_.reg().Tables()) {
    for (const std::string& row : rows) {
      EXPECT_EQ(row.find(made.secret().substr(4, 20)), std::string::npos) << table;
    }
  }
}

TEST_F(AccessServiceTest, ATokenIsItsHolderUntilItIsRevoked) {
  const v1::CreateTokenResponse made = Token();
  v1::WhoAmIResponse who;
  ASSERT_TRUE(Ask(made.secret(), &who).ok());
  EXPECT_EQ(who.principal(), "user:ana");
  EXPECT_EQ(who.roles_size(), 0);
  EXPECT_THAT(who.permissions(), ::testing::ElementsAre(v1::PERMISSION_SIGNED_IN));

  Grant("roles/transfer-system");
  ASSERT_TRUE(Ask(made.secret(), &who).ok());
  ASSERT_EQ(who.roles_size(), 1);
  EXPECT_EQ(who.roles(0).role(), "roles/transfer-system");
  EXPECT_FALSE(who.roles(0).has_expire_time());
  EXPECT_EQ(who.permissions_size(), 5);

  v1::RevokeTokenRequest revoke;
  revoke.set_name("tokens/laptop");
  v1::Token revoked;
  ASSERT_TRUE(server_.Call<Access>(&Access::Stub::RevokeToken, revoke, &revoked).ok());
  EXPECT_TRUE(revoked.has_revoke_time());
  const grpc::Status refused = Ask(made.secret(), &who);
  EXPECT_EQ(refused.error_code(), grpc::StatusCode::UNAUTHENTICATED);
  EXPECT_EQ(ReasonOf(refused), "TOKEN_REFUSED");
  EXPECT_EQ(Ask("", &who).error_code(), grpc::StatusCode::UNAUTHENTICATED);
}

TEST_F(AccessServiceTest, AGrantHoldsFromTheNextCallOnAndNoLonger) {
  const std::string token = Token().secret();
  EXPECT_EQ(ListVendors(token).error_code(), grpc::StatusCode::PERMISSION_DENIED);
  const v1::Grant grant = Grant("roles/viewer");
  EXPECT_TRUE(ListVendors(token).ok());
  v1::DeleteGrantRequest request;
  request.set_name(grant.name());
  google::protobuf::Empty nothing;
  ASSERT_TRUE(server_.Call<Access>(&Access::Stub::DeleteGrant, request, &nothing).ok());
  EXPECT_EQ(ListVendors(token).error_code(), grpc::StatusCode::PERMISSION_DENIED);
}

TEST_F(AccessServiceTest, BuiltInRolesAndTheRuleOfLettersAreThere) {
  v1::ListRolesResponse roles;
  ASSERT_TRUE(server_.Call<Access>(&Access::Stub::ListRoles, v1::ListRolesRequest(), &roles).ok());
  EXPECT_EQ(roles.roles_size(), 8);
  v1::UpdateSeparationRuleRequest request;
  request.mutable_separation_rule()->set_name("separationRules/letters");
  request.mutable_separation_rule()->set_first_duty(v1::DUTY_APPROVE);
  request.mutable_separation_rule()->set_note("one person only");
  request.mutable_update_mask()->add_paths("active");
  request.mutable_update_mask()->add_paths("note");
  request.mutable_update_mask()->add_paths("first_duty");
  v1::SeparationRule rule;
  ASSERT_TRUE(server_.Call<Access>(&Access::Stub::UpdateSeparationRule, request, &rule).ok());
  EXPECT_FALSE(rule.active());
  EXPECT_TRUE(rule.required());
  EXPECT_EQ(rule.first_duty(), v1::DUTY_SCOPE);
  EXPECT_EQ(rule.note(), "one person only");
}

TEST_F(AccessServiceTest, ADryRunMakesNoToken) {
  v1::CreateTokenRequest request;
  request.mutable_token()->set_principal("user:ana");
  request.set_validate_only(true);
  v1::CreateTokenResponse response;
  ASSERT_TRUE(server_.Call<Access>(&Access::Stub::CreateToken, request, &response).ok());
  EXPECT_TRUE(response.secret().empty());
  v1::ListTokensResponse tokens;
  ASSERT_TRUE(
      server_.Call<Access>(&Access::Stub::ListTokens, v1::ListTokensRequest(), &tokens).ok());
  EXPECT_EQ(tokens.tokens_size(), 0);
}

}  // namespace
}  // namespace rollcall::testing
