// Who gets in and what for, over real connections: certificates, tokens, rights that are taken away
// while something runs, and callers who do not read.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "rollcall/v1/access_service.grpc.pb.h"
#include "rollcall/v1/audit_service.grpc.pb.h"
#include "rollcall/v1/exposure_service.grpc.pb.h"
#include "rollcall/v1/roster_service.grpc.pb.h"
#include "rollcall/v1/vendor_service.grpc.pb.h"
#include "tests/rpc/log_capture.h"
#include "tests/support/server_fixture.h"

namespace rollcall::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

class AccessTest : public ::testing::Test {
 protected:
  explicit AccessTest(const std::function<void(runtime::Config*)>& change = nullptr)
      : server_(change) {}

  v1::Grant Give(const std::string& principal, const std::string& role) {
    v1::CreateGrantRequest request;
    request.mutable_grant()->set_principal(principal);
    request.mutable_grant()->set_role(role);
    v1::Grant grant;
    const grpc::Status status =
        server_.Call<v1::AccessService>(&v1::AccessService::Stub::CreateGrant, request, &grant);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return grant;
  }

  void Take(const v1::Grant& grant) {
    v1::DeleteGrantRequest request;
    request.set_name(grant.name());
    google::protobuf::Empty nothing;
    const grpc::Status status =
        server_.Call<v1::AccessService>(&v1::AccessService::Stub::DeleteGrant, request, &nothing);
    EXPECT_TRUE(status.ok()) << status.error_message();
  }

  v1::CreateTokenResponse NewToken(const std::string& principal) {
    v1::CreateTokenRequest request;
    request.mutable_token()->set_principal(principal);
    request.mutable_token()->set_display_name("a test");
    v1::CreateTokenResponse token;
    const grpc::Status status =
        server_.Call<v1::AccessService>(&v1::AccessService::Stub::CreateToken, request, &token);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return token;
  }

  static grpc::Status ListVendors(const std::shared_ptr<grpc::Channel>& channel,
                                  const std::string& authorization = "") {
    grpc::ClientContext context;
    if (!authorization.empty()) context.AddMetadata("authorization", authorization);
    v1::ListVendorsResponse response;
    return v1::VendorService::NewStub(channel)->ListVendors(&context, {}, &response);
  }

  static std::string PrincipalOf(const std::shared_ptr<grpc::Channel>& channel,
                                 const std::string& authorization = "") {
    grpc::ClientContext context;
    if (!authorization.empty()) context.AddMetadata("authorization", authorization);
    v1::WhoAmIResponse response;
    const grpc::Status status =
        v1::AccessService::NewStub(channel)->WhoAmI(&context, {}, &response);
    return status.ok() ? response.principal() : status.error_message();
  }

  void AddStudents(int count) {
    SmallRegister& reg = server_.reg();
    SmallRegister::Must(reg.Write([&](WriteTx& tx) -> absl::Status {
      RC_ASSIGN_OR_RETURN(const std::int64_t largest, LargestPersonId(tx));
      for (int i = 1; i <= count; ++i) {
        const std::int64_t id = std::max<std::int64_t>(largest, 1000) + i;
        RC_RETURN_IF_ERROR(PutPerson(
            tx, PersonSpec{.id = id,
                           .current = true,
                           .number = absl::StrCat("n", id),
                           .name = "Student",
                           .stays = {{0, 2025, 1, "06", DayOf(2024, 9, 1), DayOf(2025, 6, 15)}}}));
      }
      return RecordImport(tx);
    }));
    reg.State("list_use: LIST_USE_ADDS", {"5004"});
  }

  TestServer server_;
};

TEST_F(AccessTest, NobodyIsNobody) {
  const auto channel = server_.Connect();
  const grpc::Status status = ListVendors(channel);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAUTHENTICATED);
  EXPECT_EQ(ReasonOf(status), "IDENTITY_MISSING");
}

TEST_F(AccessTest, ACertificateIsASystemThatHasWhatItWasGiven) {
  const auto channel = server_.Connect(server_.pki().System("sis"));
  EXPECT_EQ(PrincipalOf(channel), "spiffe://district.example/system/sis");
  EXPECT_EQ(ReasonOf(ListVendors(channel)), "RIGHT_MISSING");
  const v1::Grant grant = Give("spiffe://district.example/system/sis", "roles/viewer");
  EXPECT_TRUE(ListVendors(channel).ok());
  Take(grant);
  EXPECT_EQ(ReasonOf(ListVendors(channel)), "RIGHT_MISSING");
}

TEST_F(AccessTest, ATokenIsAPersonUntilItIsRevoked) {
  const auto channel = server_.Connect();
  const v1::CreateTokenResponse token = NewToken("user:kim");
  Give("user:kim", "roles/viewer");
  const std::string bearer = absl::StrCat("Bearer ", token.secret());
  EXPECT_EQ(PrincipalOf(channel, bearer), "user:kim");
  EXPECT_TRUE(ListVendors(channel, bearer).ok());
  v1::RevokeTokenRequest revoke;
  revoke.set_name(token.token().name());
  v1::Token revoked;
  ASSERT_TRUE(
      server_.Call<v1::AccessService>(&v1::AccessService::Stub::RevokeToken, revoke, &revoked)
          .ok());
  EXPECT_EQ(ListVendors(channel, bearer).error_code(), grpc::StatusCode::UNAUTHENTICATED);
}

TEST_F(AccessTest, TheLogSaysUnderWhichCertificateATokenCame) {
  const auto channel = server_.Connect(server_.pki().System("portal"));
  const std::string bearer = absl::StrCat("Bearer ", NewToken("user:kim").secret());
  Give("user:kim", "roles/procurement");
  grpc::ClientContext context;
  context.AddMetadata("authorization", bearer);
  v1::CreateVendorRequest create;
  create.set_vendor_id("larkspur");
  create.mutable_vendor()->set_legal_name("Larkspur");
  create.mutable_vendor()->set_kind(v1::VENDOR_KIND_OPERATOR);
  v1::Vendor vendor;
  const grpc::Status status =
      v1::VendorService::NewStub(channel)->CreateVendor(&context, create, &vendor);
  ASSERT_TRUE(status.ok()) << status.error_message();
  v1::ListAuditEntriesRequest request;
  request.set_principal("user:kim");
  v1::ListAuditEntriesResponse response;
  ASSERT_TRUE(
      server_.Call<v1::AuditService>(&v1::AuditService::Stub::ListAuditEntries, request, &response)
          .ok());
  ASSERT_EQ(response.audit_entries_size(), 1);
  EXPECT_EQ(response.audit_entries(0).via(), "spiffe://district.example/system/portal");
  EXPECT_EQ(response.audit_entries(0).source().find("spiffe"), std::string::npos);
}

TEST_F(AccessTest, ATokenEndsByItself) {
  const auto channel = server_.Connect();
  const std::string bearer = absl::StrCat("Bearer ", NewToken("user:kim").secret());
  EXPECT_EQ(PrincipalOf(channel, bearer), "user:kim");
  server_.reg().clock.Set(server_.reg().clock.Now() + absl::Hours(24 * 400));
  EXPECT_EQ(ListVendors(channel, bearer).error_code(), grpc::StatusCode::UNAUTHENTICATED);
}

TEST_F(AccessTest, ATokenBesideACertificateIsTheCaller) {
  const auto channel = server_.Connect(server_.pki().System("gateway"));
  const std::string bearer = absl::StrCat("Bearer ", NewToken("user:kim").secret());
  EXPECT_EQ(PrincipalOf(channel, bearer), "user:kim");
  EXPECT_EQ(PrincipalOf(channel), "spiffe://district.example/system/gateway");
}

TEST_F(AccessTest, WhatIsNoTokenIsRefusedAlike) {
  const auto channel = server_.Connect();
  const std::string good = NewToken("user:kim").secret();
  std::string other = good;
  other[10] = other[10] == 'A' ? 'B' : 'A';
  std::string text;
  for (const std::string& authorization :
       {absl::StrCat("Bearer ", other), absl::StrCat("Basic ", good), good, std::string("Bearer "),
        std::string("Bearer eyJhbGciOiJub25lIn0.e30."), std::string("rct_")}) {
    const grpc::Status status = ListVendors(channel, authorization);
    EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAUTHENTICATED) << authorization;
    EXPECT_THAT(LogText(), Not(HasSubstr(good.substr(4))));
  }
}

TEST_F(AccessTest, TwoTokensAreNoIdentity) {
  const auto channel = server_.Connect();
  const std::string bearer = absl::StrCat("Bearer ", NewToken("user:kim").secret());
  grpc::ClientContext context;
  context.AddMetadata("authorization", bearer);
  context.AddMetadata("authorization", bearer);
  v1::WhoAmIResponse response;
  const grpc::Status status = v1::AccessService::NewStub(channel)->WhoAmI(&context, {}, &response);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAUTHENTICATED);
}

TEST_F(AccessTest, WhoKeepsFailingHasToWait) {
  const auto channel = server_.Connect();
  std::string reason;
  for (int i = 0; i < 100 && reason != "TOO_MANY_FAILURES"; ++i) {
    reason = ReasonOf(ListVendors(channel, "Bearer rct_wrong"));
  }
  EXPECT_EQ(reason, "TOO_MANY_FAILURES");
  // Who sits at the machine is not locked out.
  v1::ListVendorsResponse response;
  EXPECT_TRUE(server_
                  .Call<v1::VendorService>(&v1::VendorService::Stub::ListVendors,
                                           v1::ListVendorsRequest(), &response)
                  .ok());
}

TEST_F(AccessTest, APageTokenIsOfTheCallerWhoGotIt) {
  AddStudents(5);
  Give("user:kim", "roles/privacy-officer");
  Give("user:lee", "roles/privacy-officer");
  const auto channel = server_.Connect();
  const auto list = [&](const std::string& secret, v1::ListPeopleRequest request,
                        v1::ListPeopleResponse* response) {
    grpc::ClientContext context;
    context.AddMetadata("authorization", absl::StrCat("Bearer ", secret));
    request.set_page_size(1);
    return v1::RosterService::NewStub(channel)->ListPeople(&context, request, response);
  };
  const std::string kim = NewToken("user:kim").secret();
  const std::string lee = NewToken("user:lee").secret();
  v1::ListPeopleRequest request;
  v1::ListPeopleResponse page;
  ASSERT_TRUE(list(kim, request, &page).ok());
  request.set_page_token(page.next_page_token());
  ASSERT_NE(request.page_token(), "");
  EXPECT_EQ(list(lee, request, &page).error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_TRUE(list(kim, request, &page).ok());
  // Without what binds it, it is nobody's.
  request.set_page_token(request.page_token().substr(0, request.page_token().find('~')));
  EXPECT_EQ(list(kim, request, &page).error_code(), grpc::StatusCode::INVALID_ARGUMENT);
}

TEST_F(AccessTest, ARoleThatIsTakenAwayEndsAStream) {
  AddStudents(200'000);
  const v1::Grant grant = Give("spiffe://district.example/system/sis", "roles/privacy-officer");
  const auto channel = server_.Connect(server_.pki().System("sis"));
  const auto stub = v1::ExposureService::NewStub(channel);
  grpc::ClientContext context;
  TestServer::StatePurpose(&context);
  const auto reader = stub->StreamExposure(
      &context, Parse<v1::StreamExposureRequest>("name: 'incidents/breach' with_details: true"));
  v1::StreamExposureResponse message;
  ASSERT_TRUE(reader->Read(&message));
  ASSERT_TRUE(reader->Read(&message));
  Take(grant);
  bool closed = false;
  while (reader->Read(&message)) closed = closed || message.has_closing();
  const grpc::Status status = reader->Finish();
  EXPECT_FALSE(closed);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::PERMISSION_DENIED);
  EXPECT_EQ(ReasonOf(status), "RIGHT_REVOKED");
}

class ImpatientTest : public AccessTest {
 protected:
  ImpatientTest()
      : AccessTest([](runtime::Config* config) { config->patience = absl::Milliseconds(300); }) {}
};

TEST_F(ImpatientTest, WhoDoesNotReadIsCutOff) {
  AddStudents(200'000);
  grpc::ClientContext context;
  TestServer::StatePurpose(&context);
  const auto stub = server_.Stub<v1::ExposureService>();
  const auto reader = stub->StreamExposure(
      &context, Parse<v1::StreamExposureRequest>("name: 'incidents/breach' with_details: true"));
  for (int i = 0; i < 1000 && LogText().find("SLOW_CALLER") == std::string::npos; ++i) {
    absl::SleepFor(absl::Milliseconds(20));
  }
  EXPECT_THAT(LogText(), HasSubstr("SLOW_CALLER"));
  v1::StreamExposureResponse message;
  bool closed = false;
  while (reader->Read(&message)) closed = closed || message.has_closing();
  EXPECT_FALSE(closed);
  EXPECT_FALSE(reader->Finish().ok());
}

}  // namespace
}  // namespace rollcall::testing
