// What belongs to a person stays in the register and in the answers that ask for it: it reaches no
// log line and no text of an error.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "rollcall/v1/case_service.grpc.pb.h"
#include "rollcall/v1/exposure_service.grpc.pb.h"
#include "rollcall/v1/incident_service.grpc.pb.h"
#include "tests/rpc/log_capture.h"
#include "tests/support/server_fixture.h"

namespace rollcall::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

// Stands in every field of a person, in no other text.
constexpr char kMarker[] = "Zquvx";

class PrivacyTest : public ::testing::Test {
 protected:
  void ExpectClean(const grpc::Status& status) {
    EXPECT_THAT(status.error_message() + status.error_details(), Not(HasSubstr(kMarker)));
  }

  static v1::ImportRosterConfig Config() {
    return Parse<v1::ImportRosterConfig>(
        "format: ROSTER_FORMAT_ONE_ROSTER as_of_date { year: 2026 month: 10 day: 1 } "
        "school_year: 2027");
  }

  // A package whose student has the marker in every field.
  static roster::PackageBuilder Marked() {
    roster::PackageBuilder package;
    package.Append("users.csv",
                   "Zquvx-s,,,true,north,student,Zquvx-u,{State:Zquvx-st},Zquvx-g,Zquvx-f,Zquvx-m,"
                   "Zquvx-i,Zquvx@x.org,,Zquvx-p,Zquvx-gs,5,Zquvx-pw\n"
                   "Zquvx-gs,,,true,north,parent,,,Zquvx-gg,Zquvx-gf,,,Zquvxg@x.org,,,,,\n");
    package.Append("enrollments.csv", "e9,,,math,north,Zquvx-s,student,,,\n");
    return package;
  }

  TestServer server_;
};

TEST_F(PrivacyTest, CallsThatSucceedLogNothingOfPeople) {
  ASSERT_TRUE(server_.Import(Config(), Marked().files()).status.ok());
  v1::ListPeopleResponse people;
  ASSERT_TRUE(server_
                  .Call<v1::RosterService>(&v1::RosterService::Stub::ListPeople,
                                           Parse<v1::ListPeopleRequest>("district_id: 'Zquvx-i'"),
                                           &people)
                  .ok());
  ASSERT_EQ(people.people_size(), 1);
  EXPECT_THAT(people.people(0).family_name(), HasSubstr(kMarker));
  v1::Statement statement;
  ASSERT_TRUE(server_
                  .Call<v1::IncidentService>(
                      &v1::IncidentService::Stub::CreateStatement,
                      Parse<v1::CreateStatementRequest>(
                          "parent: 'incidents/breach' statement { list_use: LIST_USE_ADDS } "
                          "entries { id: 'Zquvx-i' } entries { id: 'Zquvx-nobody' }"),
                      &statement)
                  .ok());
  EXPECT_EQ(statement.list_people(), 1);
  v1::Case opened;
  ASSERT_TRUE(server_
                  .Call<v1::CaseService>(&v1::CaseService::Stub::OpenCase,
                                         Parse<v1::OpenCaseRequest>("incident: 'incidents/breach'"),
                                         &opened)
                  .ok());
  v1::ListNoticesRequest notices;
  notices.set_parent(opened.name());
  v1::ListNoticesResponse page;
  ASSERT_TRUE(
      server_.Call<v1::CaseService>(&v1::CaseService::Stub::ListNotices, notices, &page).ok());
  const std::string log = LogText();
  EXPECT_THAT(log, HasSubstr("ListNotices"));
  EXPECT_THAT(log, HasSubstr("ImportRoster"));
  EXPECT_THAT(log, Not(HasSubstr(kMarker)));
}

TEST_F(PrivacyTest, RefusedPackagesAreNamedByPlaceAndNotByContent) {
  ASSERT_TRUE(server_.Import(Config(), Marked().files()).status.ok());
  const std::string dup = "Zquvx-s,,,true,north,student,,,Zquvx-1,Zquvx-2,,Zquvx-i2,,,,,5,\n";
  const std::string same_number =
      "Zquvx-t,,,true,north,student,,,Zquvx-1,Zquvx-2,,Zquvx-i,,,,,5,\n";
  const std::string no_school =
      "Zquvx-t,,,true,Zquvx-org,student,,,Zquvx-1,Zquvx-2,,Zquvx-i3,,,,,5,\n";
  const std::string bad_role =
      "Zquvx-t,,,true,north,Zquvx-role,,,Zquvx-1,Zquvx-2,,Zquvx-i3,,,,,5,\n";
  const std::string no_guardian =
      "Zquvx-t,,,true,north,student,,,Zquvx-1,Zquvx-2,,Zquvx-i3,,,,Zquvx-none,5,\n";
  const std::string bad_grade =
      "Zquvx-t,,,true,north,student,,,Zquvx-1,Zquvx-2,,Zquvx-i3,,,,,Zquvx-grade,\n";
  int refused = 0;
  for (const std::string& row : {dup, same_number, no_school, bad_role, no_guardian, bad_grade}) {
    const StreamedImport outcome =
        server_.Import(Config(), Marked().Append("users.csv", row).files());
    if (!outcome.status.ok()) ++refused;
    ExpectClean(outcome.status);
    if (outcome.result) {
      EXPECT_THAT(outcome.result->ShortDebugString(), Not(HasSubstr(kMarker)));
    }
  }
  EXPECT_GE(refused, 4);
  const StreamedImport enrollment = server_.Import(
      Config(), Marked().Append("enrollments.csv", "e8,,,math,north,Zquvx-x,student,,,\n").files());
  EXPECT_FALSE(enrollment.status.ok());
  ExpectClean(enrollment.status);
  const StreamedImport birth = server_.Import(
      Config(),
      Marked().Append("demographics.csv", "Zquvx-s,,,Zquvx-date,female,,,,,,,,,,,\n").files());
  EXPECT_FALSE(birth.status.ok());
  ExpectClean(birth.status);
  EXPECT_THAT(LogText(), Not(HasSubstr(kMarker)));
}

TEST_F(PrivacyTest, RefusedPlainFilesAreNamedByPlaceAndNotByContent) {
  const std::vector<std::pair<v1::RosterFormat, std::string>> files = {
      {v1::ROSTER_FORMAT_PROGRAM_SPELLS,
       "student_id,program,begin_date,identifier\nZquvx,medicaid,2025-01-01,Zquvx\n"},
      {v1::ROSTER_FORMAT_PROGRAM_SPELLS, "student_id,program,begin_date\n5001,medicaid,Zquvx\n"},
      {v1::ROSTER_FORMAT_ADDRESSES, "student_id,line1\nZquvx,Zquvx Street\n"},
      {v1::ROSTER_FORMAT_GUARDIANS, "student_id,given_name\nZquvx,Zquvx\n"},
      {v1::ROSTER_FORMAT_HOME_LANGUAGES, "student_id,language\n5001,Zquvx Zquvx\n"},
      {v1::ROSTER_FORMAT_ENROLLMENT_HISTORY,
       "student_id,given_name,family_name,birth_date,school_year,school_id\n"
       "Zquvx,Zquvx,Zquvx,Zquvx,2020,100\n"}};
  for (const auto& [format, text] : files) {
    v1::ImportRosterConfig config;
    config.set_format(format);
    const StreamedImport outcome = server_.Import(config, {{"file.csv", text}});
    EXPECT_EQ(outcome.status.error_code(), grpc::StatusCode::INVALID_ARGUMENT)
        << outcome.status.error_message();
    EXPECT_THAT(outcome.status.error_message(), HasSubstr("row 2"));
    ExpectClean(outcome.status);
  }
  EXPECT_THAT(LogText(), Not(HasSubstr(kMarker)));
}

TEST_F(PrivacyTest, RefusedRequestsDoNotRepeatPersonalFields) {
  v1::Statement statement;
  const auto create = [&](const std::string& text) {
    const grpc::Status status =
        server_.Call<v1::IncidentService>(&v1::IncidentService::Stub::CreateStatement,
                                          Parse<v1::CreateStatementRequest>(text), &statement);
    EXPECT_FALSE(status.ok());
    ExpectClean(status);
  };
  create("parent: 'incidents/none' statement {} entries { id: 'Zquvx' }");
  create(
      "parent: 'incidents/breach' statement {} "
      "entries { id: 'Zquvx' data_elements: 'dataElements/none' }");
  std::string long_id = kMarker;
  long_id.append(300, 'x');
  create(absl::StrCat("parent: 'incidents/breach' statement {} entries { id: '", long_id, "' }"));
  v1::ListPeopleRequest people;
  people.set_district_id(std::string(kMarker) + '\0');
  v1::ListPeopleResponse response;
  const grpc::Status status =
      server_.Call<v1::RosterService>(&v1::RosterService::Stub::ListPeople, people, &response);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  ExpectClean(status);
  EXPECT_THAT(LogText(), Not(HasSubstr(kMarker)));
}

}  // namespace
}  // namespace rollcall::testing
