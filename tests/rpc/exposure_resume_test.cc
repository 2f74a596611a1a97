// Streams that break and go on, lists under every filter, and questions that are too large.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "rollcall/v1/disposition_service.grpc.pb.h"
#include "rollcall/v1/exposure_service.grpc.pb.h"
#include "server/casework/portfolio.h"
#include "server/registry/page_token.h"
#include "server/rpc/exposure_service.h"
#include "tests/rpc/fixed_gate.h"
#include "tests/support/server_fixture.h"

namespace rollcall::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// Adds students who are in the shares of the register, numbered from 1001 on.
void AddStudents(SmallRegister& reg, int count) {
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
}

// What came of a stream, batch by batch.
struct Received {
  grpc::Status status;
  std::optional<v1::ExposureHeader> header;
  std::vector<v1::ExposureBatch> batches;
  std::optional<v1::ExposureClosing> closing;

  std::vector<std::pair<std::int64_t, std::uint32_t>> People(std::size_t batches_read) const {
    std::vector<std::pair<std::int64_t, std::uint32_t>> people;
    for (std::size_t i = 0; i < batches_read; ++i) {
      for (int j = 0; j < batches[i].people_size(); ++j) {
        people.emplace_back(batches[i].people(j), batches[i].sets(j));
      }
    }
    return people;
  }
};

// Reads a stream to its end, or cuts it behind so many batches.
Received Receive(const TestServer& server, const v1::StreamExposureRequest& request,
                 std::optional<std::size_t> cut_behind = std::nullopt) {
  Received received;
  grpc::ClientContext context;
  TestServer::StatePurpose(&context);
  const auto stub = server.Stub<v1::ExposureService>();
  const auto reader = stub->StreamExposure(&context, request);
  v1::StreamExposureResponse message;
  while (reader->Read(&message)) {
    if (message.has_header()) received.header = message.header();
    if (message.has_batch()) received.batches.push_back(message.batch());
    if (message.has_closing()) received.closing = message.closing();
    if (cut_behind && received.batches.size() == *cut_behind) {
      context.TryCancel();
      break;
    }
  }
  received.status = reader->Finish();
  return received;
}

class ExposureResumeTest : public ::testing::Test {
 protected:
  ExposureResumeTest() { server_.reg().State("list_use: LIST_USE_ADDS", {"5004", "9999"}); }

  TestServer server_;
};

TEST_F(ExposureResumeTest, AStreamThatIsCutAnywhereAndResumedIsTheSameList) {
  std::size_t people_there = 6 + 9000;
  AddStudents(server_.reg(), 9000);
  for (const bool details : {false, true}) {
    v1::StreamExposureRequest request;
    request.set_name("incidents/breach");
    request.set_with_details(details);
    const Received whole = Receive(server_, request);
    ASSERT_TRUE(whole.status.ok()) << whole.status.error_message();
    ASSERT_TRUE(whole.closing.has_value());
    ASSERT_EQ(whole.batches.size(), details ? 10U : 3U);
    const auto everybody = whole.People(whole.batches.size());
    EXPECT_EQ(everybody.size(), people_there);
    for (std::size_t cut = 1; cut <= whole.batches.size(); ++cut) {
      SCOPED_TRACE(cut);
      const Received first = Receive(server_, request, cut);
      EXPECT_FALSE(first.closing.has_value());
      // Meanwhile the register goes on; the list is of the revision that it began at.
      if (cut % 2 == 1) {
        AddStudents(server_.reg(), 1);
        ++people_there;
      }
      if (cut == 2) server_.reg().State("school_years: 1999");
      v1::StreamExposureRequest again = request;
      again.set_cursor(first.batches.back().cursor());
      const Received rest = Receive(server_, again);
      ASSERT_TRUE(rest.status.ok()) << rest.status.error_message();
      if (cut == 1) {
        ASSERT_TRUE(rest.header.has_value());
        EXPECT_EQ(rest.header->SerializeAsString(), whole.header->SerializeAsString());
      }
      auto people = first.People(cut);
      const auto more = rest.People(rest.batches.size());
      people.insert(people.end(), more.begin(), more.end());
      if (cut == 1) {
        EXPECT_EQ(people, everybody);
        EXPECT_EQ(rest.closing->SerializeAsString(), whole.closing->SerializeAsString());
      }
      // Cuts behind the first begin at a later revision; the closing says of how many.
      EXPECT_EQ(rest.closing->people(), static_cast<std::int64_t>(people.size()));
      EXPECT_EQ(rest.closing->revision(), first.header->basis().revision());
      std::set<std::int64_t> distinct;
      for (const auto& [person, set] : people) distinct.insert(person);
      EXPECT_EQ(distinct.size(), people.size());
      if (cut == 2) server_.reg().State("list_use: LIST_USE_ADDS", {"5004", "9999"});
    }
  }
}

TEST_F(ExposureResumeTest, ACursorBehindTheLastBatchGivesTheClosingOnly) {
  v1::StreamExposureRequest request;
  request.set_name("incidents/breach");
  const Received whole = Receive(server_, request);
  request.set_cursor(whole.batches.back().cursor());
  const Received rest = Receive(server_, request);
  EXPECT_TRUE(rest.batches.empty());
  ASSERT_TRUE(rest.closing.has_value());
  EXPECT_EQ(rest.closing->SerializeAsString(), whole.closing->SerializeAsString());
}

TEST_F(ExposureResumeTest, AVendorIsResumedOnTheDayOnWhichItBegan) {
  AddStudents(server_.reg(), 5000);
  v1::StreamExposureRequest request;
  request.set_name("vendors/cleo");
  const Received first = Receive(server_, request, 1);
  server_.reg().clock.Advance(absl::Hours(48));
  request.set_cursor(first.batches.back().cursor());
  const Received rest = Receive(server_, request);
  ASSERT_TRUE(rest.status.ok()) << rest.status.error_message();
  EXPECT_EQ(rest.header->SerializeAsString(), first.header->SerializeAsString());
  EXPECT_EQ(rest.closing->people(),
            static_cast<std::int64_t>(first.People(1).size() + rest.People(1).size()));
}

TEST_F(ExposureResumeTest, ACursorOfAnotherQuestionIsRefused) {
  v1::StreamExposureRequest request;
  request.set_name("incidents/breach");
  const std::string cursor = Receive(server_, request).batches.back().cursor();
  const auto refused = [&](const v1::StreamExposureRequest& asked) {
    const Received received = Receive(server_, asked);
    EXPECT_FALSE(received.header.has_value());
    EXPECT_FALSE(received.closing.has_value());
    return received.status.error_code() == grpc::StatusCode::INVALID_ARGUMENT &&
           DetailsOf(received.status).fields == std::vector<std::string>{"cursor"};
  };
  request.set_cursor(cursor);
  EXPECT_TRUE(Receive(server_, request).status.ok());
  v1::StreamExposureRequest other = request;
  other.set_name("incidents/breach/statements/1");
  EXPECT_TRUE(refused(other));
  other = request;
  other.set_with_details(true);
  EXPECT_TRUE(refused(other));
  other = request;
  other.set_revision(server_.reg().Revision());
  EXPECT_TRUE(refused(other));
  other = request;
  other.clear_name();
  other.mutable_what_if()->set_vendor("vendors/cleo");
  EXPECT_TRUE(refused(other));
  other = request;
  other.set_cursor("AAAA");
  EXPECT_TRUE(refused(other));
  other = request;
  other.set_cursor(cursor.substr(1));
  EXPECT_TRUE(refused(other));

  // Of another caller: everybody here is `local`.
  const registry::PagePosition place{"2 20000", 3};
  EXPECT_EQ(registry::ReadCursor(request, "local").value().revision, server_.reg().Revision());
  other = request;
  other.set_cursor(registry::MakeCursor(request, "somebody", place));
  EXPECT_EQ(registry::ReadCursor(other, "somebody").value().key, place.key);
  EXPECT_EQ(registry::ReadCursor(other, "local").status().code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_TRUE(refused(other));
  // A cursor is no page token either.
  v1::ListExposedPeopleRequest list;
  list.set_parent("incidents/breach");
  list.set_page_token(cursor);
  v1::ListExposedPeopleResponse page;
  EXPECT_EQ(
      server_.Call<v1::ExposureService>(&v1::ExposureService::Stub::ListExposedPeople, list, &page)
          .error_code(),
      grpc::StatusCode::INVALID_ARGUMENT);
}

// --- Filters -----------------------------------------------------------------------------------

// Whether a filter wants a person, read from the row of the unfiltered list.
bool Wants(const v1::ExposureFilter& filter, const v1::ExposedPerson& person) {
  if (!filter.school().empty() && person.school() != filter.school()) return false;
  if (filter.status() != v1::ROSTER_STATUS_UNSPECIFIED &&
      person.current() != (filter.status() == v1::ROSTER_STATUS_CURRENT)) {
    return false;
  }
  if (filter.kind() != v1::SUBJECT_KIND_UNSPECIFIED && person.kind() != filter.kind()) return false;
  if (filter.data_element().empty() && filter.certainty() == v1::CERTAINTY_UNSPECIFIED) return true;
  const auto element_fits = [&](const std::string& name) {
    return filter.data_element().empty() || name == filter.data_element();
  };
  if (filter.removed_people()) {
    return std::any_of(person.removed().begin(), person.removed().end(),
                       [&](const auto& row) { return element_fits(row.data_element()); });
  }
  return std::any_of(person.elements().begin(), person.elements().end(), [&](const auto& row) {
    return element_fits(row.data_element()) && (filter.certainty() == v1::CERTAINTY_UNSPECIFIED ||
                                                row.certainty() == filter.certainty());
  });
}

TEST_F(ExposureResumeTest, EveryFilterChoosesFromTheWholeList) {
  v1::CreateDispositionRequest purge;
  purge.set_parent("vendors/cleo");
  purge.mutable_disposition()->set_nature(v1::DISPOSITION_NATURE_DESTROYED);
  *purge.mutable_disposition()->mutable_disposition_date() = DateOf(2024, 7, 31);
  v1::Disposition recorded;
  const grpc::Status made = server_.Call<v1::DispositionService>(
      &v1::DispositionService::Stub::CreateDisposition, purge, &recorded);
  ASSERT_TRUE(made.ok()) << made.error_message();

  const auto list = [&](const v1::ExposureFilter& filter) {
    v1::ListExposedPeopleRequest request;
    request.set_parent("incidents/breach");
    *request.mutable_filter() = filter;
    v1::ListExposedPeopleResponse response;
    const grpc::Status status = server_.Call<v1::ExposureService>(
        &v1::ExposureService::Stub::ListExposedPeople, request, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return response;
  };
  std::set<std::size_t> sizes;
  int compared = 0;
  for (const bool removed : {false, true}) {
    v1::ExposureFilter none;
    none.set_removed_people(removed);
    const v1::ListExposedPeopleResponse whole = list(none);
    EXPECT_EQ(whole.people_size(), removed ? 2 : 4);
    for (const char* element : {"", "dataElements/student.birth_date",
                                "dataElements/student.medicaid_id", "dataElements/staff.name"}) {
      for (const char* school : {"", "schools/100", "schools/200", "schools/999"}) {
        for (const auto status :
             {v1::ROSTER_STATUS_UNSPECIFIED, v1::ROSTER_STATUS_CURRENT, v1::ROSTER_STATUS_FORMER}) {
          for (const auto kind :
               {v1::SUBJECT_KIND_UNSPECIFIED, v1::SUBJECT_KIND_STUDENT, v1::SUBJECT_KIND_STAFF}) {
            for (const auto certainty :
                 {v1::CERTAINTY_UNSPECIFIED, v1::CERTAINTY_BELIEVED, v1::CERTAINTY_CONFIRMED}) {
              if (removed && certainty != v1::CERTAINTY_UNSPECIFIED) continue;
              v1::ExposureFilter filter = none;
              filter.set_data_element(element);
              filter.set_school(school);
              filter.set_status(status);
              filter.set_kind(kind);
              filter.set_certainty(certainty);
              std::vector<std::string> expected;
              for (const auto& person : whole.people()) {
                if (Wants(filter, person)) expected.push_back(person.person());
              }
              const v1::ListExposedPeopleResponse chosen = list(filter);
              std::vector<std::string> actual;
              for (const auto& person : chosen.people()) actual.push_back(person.person());
              EXPECT_EQ(actual, expected) << filter.ShortDebugString();
              EXPECT_EQ(chosen.total_size(), std::ssize(expected)) << filter.ShortDebugString();
              sizes.insert(expected.size());
              ++compared;
            }
          }
        }
      }
    }
  }
  EXPECT_EQ(compared, 4 * 4 * 3 * 3 * (3 + 1));
  EXPECT_GT(sizes.size(), 3U);
}

TEST_F(ExposureResumeTest, FiltersThatCannotBeAreRefused) {
  const auto list = [&](std::string_view filter) {
    v1::ListExposedPeopleRequest request;
    request.set_parent("incidents/breach");
    *request.mutable_filter() = Parse<v1::ExposureFilter>(filter);
    v1::ListExposedPeopleResponse response;
    return server_.Call<v1::ExposureService>(&v1::ExposureService::Stub::ListExposedPeople, request,
                                             &response);
  };
  const grpc::Status mixed = list("removed_people: true certainty: CERTAINTY_CONFIRMED");
  EXPECT_EQ(mixed.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_THAT(DetailsOf(mixed).fields, ElementsAre("filter.certainty"));
  EXPECT_EQ(list("data_element: 'dataElements/none'").error_code(), grpc::StatusCode::NOT_FOUND);
}

// --- Limits ------------------------------------------------------------------------------------

// The service of exposures alone, with limits of the test's.
class SmallService {
 public:
  SmallService(SmallRegister& reg, const exposure::Limits& limits) : exposures_(limits) {
    rpc::PipelineParts parts;
    parts.store = &reg.store();
    parts.clock = &reg.clock;
    parts.ids = &reg.ids;
    parts.gatekeeper = &gate_;
    auto pipeline =
        rpc::Pipeline::Create(parts, {v1::ExposureSummary::descriptor()->file()->service(0)});
    SmallRegister::Must(pipeline.status());
    pipeline_ = *std::move(pipeline);
    service_ = std::make_unique<rpc::ExposureService>(
        rpc::StandardCalls(pipeline_.get(), &district_, &reg.ids), &reg.store(), &exposures_,
        &portfolio_);
    grpc::ServerBuilder builder;
    int port = 0;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
    builder.RegisterService(service_.get());
    server_ = builder.BuildAndStart();
    grpc::ChannelArguments arguments;
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    stub_ = v1::ExposureService::NewStub(grpc::CreateCustomChannel(
        absl::StrCat("127.0.0.1:", port), grpc::InsecureChannelCredentials(), arguments));
  }

  v1::ExposureService::Stub& stub() { return *stub_; }

 private:
  OpenGate gate_;
  rpc::District district_{"UTC", absl::UTCTimeZone()};
  casework::Exposures exposures_;
  casework::Portfolio portfolio_{&exposures_};
  std::unique_ptr<rpc::Pipeline> pipeline_;
  std::unique_ptr<rpc::ExposureService> service_;
  std::unique_ptr<grpc::Server> server_;  // Gone before what it calls.
  std::unique_ptr<v1::ExposureService::Stub> stub_;
};

TEST(ExposureLimits, AQuestionThatIsTooLargeIsRefusedAndTheServiceLives) {
  SmallRegister reg;
  SmallRegister::Must(reg.Create<v1::Vendor>(registry::Vendors(), Parse<v1::CreateVendorRequest>(R"(
             vendor_id: "small" vendor { legal_name: "Small" kind: VENDOR_KIND_OPERATOR })"))
                          .status());
  SmallRegister::Must(reg.Create<v1::Share>(registry::Shares(), Parse<v1::CreateShareRequest>(R"(
             parent: "vendors/small" share_id: "names" share {
               elements { data_element: "dataElements/student.name" }
               population { subject: SUBJECT_KIND_STUDENT }
               start_date { year: 2017 month: 7 day: 1 } })"))
                          .status());
  exposure::Limits limits;
  limits.max_bitmap_bytes = 8;  // One population of up to 64 people.
  SmallService service(reg, limits);

  const auto summary = [&](const std::string& name, v1::ExposureSummary* response) {
    grpc::ClientContext context;
    v1::GetExposureSummaryRequest request;
    request.set_name(name);
    return service.stub().GetExposureSummary(&context, request, response);
  };
  v1::ExposureSummary response;
  for (int round = 0; round < 3; ++round) {
    const grpc::Status status = summary("vendors/cleo", &response);
    EXPECT_EQ(status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED) << status.error_message();
    EXPECT_THAT(status.error_message(), HasSubstr("the question is too large: more than 8 bytes"));
    ASSERT_TRUE(summary("vendors/small", &response).ok());
    EXPECT_EQ(response.people(), 4);
  }
  {
    grpc::ClientContext context;
    v1::StreamExposureRequest request;
    request.set_name("vendors/cleo");
    const auto reader = service.stub().StreamExposure(&context, request);
    v1::StreamExposureResponse message;
    EXPECT_FALSE(reader->Read(&message));
    EXPECT_EQ(reader->Finish().error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  }
}

}  // namespace
}  // namespace rollcall::testing
