// Without the right to personal data and a stated purpose, what belongs to people comes masked;
// with them, the reading is recorded before the answer leaves.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "rollcall/v1/exposure_service.grpc.pb.h"
#include "rollcall/v1/roster_service.grpc.pb.h"
#include "rollcall/v1/vendor_service.grpc.pb.h"
#include "server/rpc/personal_fields.h"
#include "server/rpc/pipeline.h"
#include "server/rpc/purpose.h"
#include "storage/register_tables.h"
#include "storage/status.h"
#include "tests/rpc/fixed_gate.h"
#include "tests/support/server_fixture.h"

namespace rollcall::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// --- Messages ----------------------------------------------------------------------------------

TEST(PersonalFieldsTest, TextsAreMaskedAndTheRestIsCleared) {
  auto page = Parse<v1::ListPeopleResponse>(
      "people { name: 'people/7' kind: SUBJECT_KIND_STUDENT given_name: 'Ana' family_name: 'Sol' "
      "birth_date { year: 2010 month: 2 day: 3 } guardians { given_name: 'Eva' } } "
      "people { name: 'people/9' } next_page_token: 'x'");
  EXPECT_TRUE(rpc::MaskPersonalFields(&page));
  EXPECT_EQ(page.people(0).name(), "people/7");
  EXPECT_EQ(page.people(0).given_name(), rpc::kMask);
  EXPECT_EQ(page.people(0).family_name(), rpc::kMask);
  EXPECT_EQ(page.people(0).middle_name(), "");
  EXPECT_FALSE(page.people(0).has_birth_date());
  EXPECT_EQ(page.people(0).guardians_size(), 0);
  EXPECT_EQ(page.people_size(), 2);
  EXPECT_EQ(page.next_page_token(), "x");
}

TEST(PersonalFieldsTest, NothingPersonalMeansNothingMasked) {
  auto page = Parse<v1::ListPeopleResponse>("people { name: 'people/9' current: true }");
  const std::string before = page.SerializeAsString();
  EXPECT_FALSE(rpc::MaskPersonalFields(&page));
  EXPECT_EQ(page.SerializeAsString(), before);
  EXPECT_FALSE(rpc::HasPersonalFields(page));
}

TEST(PersonalFieldsTest, ListsOfTextsKeepTheirLength) {
  auto request = Parse<v1::GetExposureSummaryRequest>("what_if { ids: 'a' ids: 'b' }");
  EXPECT_TRUE(rpc::HasPersonalFields(request));
  EXPECT_TRUE(rpc::MaskPersonalFields(&request));
  EXPECT_THAT(request.what_if().ids(), ElementsAre(rpc::kMask, rpc::kMask));
}

TEST(PersonalFieldsTest, ContentCountsPeopleAndNamesFields) {
  const auto content = rpc::FindPersonalContent(Parse<v1::ListPeopleResponse>(
      "people { name: 'people/7' given_name: 'Ana' guardians { given_name: 'Eva' } } "
      "people { name: 'people/9' family_name: 'Lux' } people { name: 'people/11' }"));
  EXPECT_EQ(content.people, 2);
  EXPECT_THAT(content.fields, ElementsAre("family_name", "given_name", "guardians"));
  EXPECT_THAT(content.numbers, ElementsAre(7, 9));
}

// --- Purposes ----------------------------------------------------------------------------------

TEST(PurposeTest, PercentSignsCarryOtherCharacters) {
  EXPECT_EQ(*rpc::ParsePurpose("  letters %C3%A1 100%25 "), "letters \xC3\xA1 100%");
}

TEST(PurposeTest, WhatIsNoPurposeIsRefused) {
  for (const std::string& text :
       {std::string(), std::string("ab"), std::string("   a   "), std::string("%00abc"),
        std::string("abc%"), std::string("abc%4"), std::string("abc%zz"), std::string("a\x01z"),
        std::string("abc%ff"), std::string("abc%C3"), std::string(rpc::kMaxPurposeBytes + 1, 'x'),
        std::string(1'000'000, '%')}) {
    const auto purpose = rpc::ParsePurpose(text);
    EXPECT_TRUE(absl::IsInvalidArgument(purpose.status())) << text.substr(0, 20);
  }
  EXPECT_TRUE(rpc::ParsePurpose(std::string(rpc::kMaxPurposeBytes, 'x')).ok());
}

// --- Calls -------------------------------------------------------------------------------------

class MaskingTest : public ::testing::Test {
 protected:
  grpc::Status People(const std::string& purpose, const std::string& request,
                      v1::ListPeopleResponse* response, bool* masked = nullptr) {
    grpc::ClientContext context;
    if (!purpose.empty()) context.AddMetadata(rpc::kPurposeMetadata, purpose);
    const auto stub = server_.Stub<v1::RosterService>();
    const grpc::Status status =
        stub->ListPeople(&context, Parse<v1::ListPeopleRequest>(request), response);
    if (masked != nullptr) {
      *masked = context.GetServerTrailingMetadata().contains(rpc::kMaskedMetadata);
    }
    return status;
  }

  TestServer server_;
};

TEST_F(MaskingTest, WithoutAPurposeNamesAreMaskedAndCountsWork) {
  v1::ListPeopleResponse open;
  bool masked = true;
  ASSERT_TRUE(People("letters", "", &open, &masked).ok());
  EXPECT_FALSE(masked);
  v1::ListPeopleResponse closed;
  ASSERT_TRUE(People("", "", &closed, &masked).ok());
  EXPECT_TRUE(masked);
  ASSERT_GT(open.people_size(), 0);
  ASSERT_EQ(closed.people_size(), open.people_size());
  for (int i = 0; i < open.people_size(); ++i) {
    EXPECT_EQ(closed.people(i).name(), open.people(i).name());
    if (!open.people(i).district_id().empty()) {
      EXPECT_NE(open.people(i).district_id(), rpc::kMask);
      EXPECT_EQ(closed.people(i).district_id(), rpc::kMask);
    }
  }
}

TEST_F(MaskingTest, AskingByANumberNeedsAPurpose) {
  v1::ListPeopleResponse response;
  // The same for a number that exists and for one that does not.
  for (const char* request : {"district_id: 'D1'", "district_id: 'no-such-number'"}) {
    const grpc::Status status = People("", request, &response);
    EXPECT_EQ(status.error_code(), grpc::StatusCode::PERMISSION_DENIED);
    EXPECT_EQ(ReasonOf(status), "PURPOSE_MISSING");
    EXPECT_TRUE(People("letters", request, &response).ok());
  }
}

TEST_F(MaskingTest, WhatIsKnownOfOnePersonNeedsAPurpose) {
  const auto roster = server_.Stub<v1::RosterService>();
  const auto exposures = server_.Stub<v1::ExposureService>();
  for (const bool purpose : {false, true}) {
    const auto ask = [&](auto call) {
      grpc::ClientContext context;
      if (purpose) context.AddMetadata(rpc::kPurposeMetadata, "letters");
      const grpc::Status status = call(&context);
      EXPECT_EQ(status.ok(), purpose) << status.error_message();
      EXPECT_EQ(ReasonOf(status), purpose ? "" : "PURPOSE_MISSING");
    };
    ask([&](grpc::ClientContext* context) {
      v1::ListEnrollmentsResponse response;
      return roster->ListEnrollments(
          context, Parse<v1::ListEnrollmentsRequest>("parent: 'people/1'"), &response);
    });
    ask([&](grpc::ClientContext* context) {
      v1::ListProgramSpellsResponse response;
      return roster->ListProgramSpells(
          context, Parse<v1::ListProgramSpellsRequest>("parent: 'people/1'"), &response);
    });
    ask([&](grpc::ClientContext* context) {
      v1::PersonExposure response;
      return exposures->GetPersonExposure(
          context, Parse<v1::GetPersonExposureRequest>("name: 'people/1'"), &response);
    });
    ask([&](grpc::ClientContext* context) {
      v1::ExposureSummary response;
      return exposures->GetExposureSummary(
          context,
          Parse<v1::GetExposureSummaryRequest>("what_if { vendor: 'vendors/cleo' ids: '5001' }"),
          &response);
    });
  }
}

// A vendor's address is no secret, and whoever writes back what was read must not lose it.
TEST_F(MaskingTest, AddressesOfVendorsComeAsTheyAre) {
  const std::string vendor =
      "name: 'vendors/acme' legal_name: 'Acme' kind: VENDOR_KIND_OPERATOR "
      "business_address { lines: '1 Main St' city: 'Springfield' postal_code: '62701' }";
  SmallRegister::Must(server_.reg().Write([&](WriteTx& tx) {
    auto record = Parse<v1::Vendor>(vendor);
    return VendorTable().Insert(tx, &record);
  }));
  v1::Vendor found;
  grpc::ClientContext context;
  ASSERT_TRUE(server_.Stub<v1::VendorService>()
                  ->GetVendor(&context, Parse<v1::GetVendorRequest>("name: 'vendors/acme'"), &found)
                  .ok());
  EXPECT_EQ(found.business_address().DebugString(),
            Parse<v1::Vendor>(vendor).business_address().DebugString());
}

TEST_F(MaskingTest, AWrongPurposeIsRefused) {
  v1::ListPeopleResponse response;
  const grpc::Status status = People("x", "", &response);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_THAT(DetailsOf(status).fields, ElementsAre(rpc::kPurposeMetadata));
  EXPECT_EQ(response.people_size(), 0);
}

TEST_F(MaskingTest, AStreamWithDetailsIsMaskedToo) {
  server_.reg().State("list_use: LIST_USE_ADDS", {"5004"});
  grpc::ClientContext context;
  const auto stub = server_.Stub<v1::ExposureService>();
  const auto reader = stub->StreamExposure(
      &context, Parse<v1::StreamExposureRequest>("name: 'incidents/breach' with_details: true"));
  v1::StreamExposureResponse message;
  int people = 0;
  while (reader->Read(&message)) {
    for (const v1::ExposedPerson& person : message.batch().details()) {
      ++people;
      EXPECT_TRUE(person.given_name().empty() || person.given_name() == rpc::kMask);
      EXPECT_TRUE(person.district_id().empty() || person.district_id() == rpc::kMask);
    }
  }
  ASSERT_TRUE(reader->Finish().ok());
  EXPECT_GT(people, 0);
  EXPECT_TRUE(context.GetServerTrailingMetadata().contains(rpc::kMaskedMetadata));
}

// --- The record of readings --------------------------------------------------------------------

class ReadingTest : public ::testing::Test {
 private:
  class Service final : public v1::RosterService::Service {
   public:
    explicit Service(rpc::Pipeline* pipeline) : pipeline_(pipeline) {}
    grpc::Status GetPerson(grpc::ServerContext* context, const v1::GetPersonRequest* request,
                           v1::Person* response) override {
      return pipeline_->Read(context, *request, response, [&](ReadTx&, const rpc::CallContext&) {
        response->set_name("people/7");
        response->set_given_name("Ana");
        return absl::OkStatus();
      });
    }
    // Somebody without any.
    grpc::Status ListEnrollments(grpc::ServerContext* context,
                                 const v1::ListEnrollmentsRequest* request,
                                 v1::ListEnrollmentsResponse* response) override {
      return pipeline_->Read(context, *request, response,
                             [&](ReadTx&, const rpc::CallContext&) { return absl::OkStatus(); });
    }

   private:
    rpc::Pipeline* const pipeline_;
  };

 protected:
  grpc::Status Get(std::set<v1::Permission> rights, bool purpose,
                   std::function<absl::Status(WriteTx&, const rpc::Reading&)> record,
                   v1::Person* response, bool enrollments = false) {
    FixedGate gate(std::move(rights));
    rpc::PipelineParts parts;
    parts.store = &register_.store();
    parts.clock = &register_.clock;
    parts.ids = &register_.ids;
    parts.gatekeeper = &gate;
    parts.record_reading = std::move(record);
    auto pipeline = rpc::Pipeline::Create(parts, {v1::Person::descriptor()->file()->service(0)});
    SmallRegister::Must(pipeline.status());
    Service service(pipeline->get());
    grpc::ServerBuilder builder;
    builder.RegisterService(&service);
    const std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
    const auto stub =
        v1::RosterService::NewStub(server->InProcessChannel(grpc::ChannelArguments()));
    grpc::ClientContext context;
    if (purpose) context.AddMetadata(rpc::kPurposeMetadata, "letters");
    if (enrollments) {
      v1::ListEnrollmentsResponse list;
      return stub->ListEnrollments(&context,
                                   Parse<v1::ListEnrollmentsRequest>("parent: 'people/7'"), &list);
    }
    v1::GetPersonRequest request;
    request.set_name("people/7");
    return stub->GetPerson(&context, request, response);
  }

  Register register_{/*with_catalog=*/false};
};

TEST_F(ReadingTest, AnUnmaskedAnswerIsRecordedFirst) {
  std::vector<rpc::Reading> readings;
  std::string purpose;
  v1::Person person;
  const grpc::Status status = Get(
      {v1::PERMISSION_ROSTER_READ, v1::PERMISSION_PERSONAL_READ}, true,
      [&](WriteTx& tx, const rpc::Reading& reading) {
        readings.push_back(reading);
        purpose = tx.options().purpose;
        return absl::OkStatus();
      },
      &person);
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(person.given_name(), "Ana");
  ASSERT_EQ(readings.size(), 1U);
  EXPECT_EQ(readings[0].people, 1);
  EXPECT_THAT(readings[0].fields, ElementsAre("given_name"));
  EXPECT_THAT(readings[0].numbers, ElementsAre(7));
  EXPECT_EQ(purpose, "letters");
}

TEST_F(ReadingTest, WhoIsAskedForIsRecordedAlsoIfThereIsNothing) {
  std::vector<rpc::Reading> readings;
  const grpc::Status status = Get(
      {v1::PERMISSION_ROSTER_READ, v1::PERMISSION_PERSONAL_READ}, true,
      [&](WriteTx&, const rpc::Reading& reading) {
        readings.push_back(reading);
        return absl::OkStatus();
      },
      nullptr, /*enrollments=*/true);
  ASSERT_TRUE(status.ok()) << status.error_message();
  ASSERT_EQ(readings.size(), 1U);
  EXPECT_EQ(readings[0].people, 1);
  EXPECT_THAT(readings[0].numbers, ElementsAre(7));
}

TEST_F(ReadingTest, WhatCannotBeRecordedIsNotTold) {
  v1::Person person;
  const grpc::Status status = Get(
      {v1::PERMISSION_ROSTER_READ, v1::PERMISSION_PERSONAL_READ}, true,
      [](WriteTx&, const rpc::Reading&) {
        return MakeError(absl::StatusCode::kResourceExhausted, "DISK_FULL", "no room for the log");
      },
      &person);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_EQ(person.ByteSizeLong(), 0U);
}

TEST_F(ReadingTest, MaskedAnswersAreNotReadings) {
  v1::Person person;
  const auto fail = [](WriteTx&, const rpc::Reading&) { return absl::InternalError("recorded"); };
  ASSERT_TRUE(
      Get({v1::PERMISSION_ROSTER_READ, v1::PERMISSION_PERSONAL_READ}, false, fail, &person).ok());
  EXPECT_EQ(person.given_name(), rpc::kMask);
  EXPECT_EQ(person.name(), "people/7");
}

TEST_F(ReadingTest, APurposeWithoutTheRightIsRefused) {
  v1::Person person;
  const grpc::Status status = Get({v1::PERMISSION_ROSTER_READ}, true, nullptr, &person);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::PERMISSION_DENIED);
  EXPECT_EQ(ReasonOf(status), "RIGHT_MISSING");
  EXPECT_THAT(status.error_message(), HasSubstr("PERSONAL_READ"));
}

}  // namespace
}  // namespace rollcall::testing
