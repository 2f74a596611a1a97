// The record of disclosures over a channel: told for a purpose only, refused in plain words.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "rollcall/v1/disclosure_service.grpc.pb.h"
#include "tests/support/server_fixture.h"

namespace rollcall::testing {
namespace {

using Stub = v1::DisclosureService::Stub;

TEST(DisclosureServiceTest, TheRecordIsWholeAndToldForAPurposeOnly) {
  TestServer server;
  const auto request = Parse<v1::GetDisclosureRecordRequest>("name: 'people/1'");
  v1::DisclosureRecord open;
  ASSERT_TRUE(server.Call<v1::DisclosureService>(&Stub::GetDisclosureRecord, request, &open).ok());
  EXPECT_EQ(open.given_name(), "Ana");
  EXPECT_EQ(open.district_id(), "5001");
  EXPECT_EQ(open.disclosures_size(), 1);
  EXPECT_EQ(open.made_date().year(), 2025);

  grpc::ClientContext context;
  v1::DisclosureRecord closed;
  const grpc::Status refused =
      server.Stub<v1::DisclosureService>()->GetDisclosureRecord(&context, request, &closed);
  EXPECT_EQ(ReasonOf(refused), "PURPOSE_MISSING");
  EXPECT_EQ(closed.ByteSizeLong(), 0U);

  v1::ListDisclosuresResponse page;
  ASSERT_TRUE(server
                  .Call<v1::DisclosureService>(
                      &Stub::ListDisclosures,
                      Parse<v1::ListDisclosuresRequest>("parent: 'people/1' page_size: 1"), &page)
                  .ok());
  EXPECT_EQ(page.total_size(), 1);
  EXPECT_EQ(page.disclosures(0).DebugString(), open.disclosures(0).DebugString());
  EXPECT_EQ(page.next_page_token(), "");
}

TEST(DisclosureServiceTest, RefusalsSayWhy) {
  TestServer server;
  v1::DisclosureRecord record;
  const auto ask = [&](const std::string& name) {
    v1::GetDisclosureRecordRequest request;
    request.set_name(name);
    return server.Call<v1::DisclosureService>(&Stub::GetDisclosureRecord, request, &record);
  };
  EXPECT_EQ(ask("people/99").error_code(), grpc::StatusCode::NOT_FOUND);
  const grpc::Status form = ask("people/x");
  EXPECT_EQ(form.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(DetailsOf(form).fields, std::vector<std::string>{"name"});
  const grpc::Status staff = ask("people/6");
  EXPECT_EQ(staff.error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_EQ(ReasonOf(staff), "NOT_A_STUDENT");
}

}  // namespace
}  // namespace rollcall::testing
