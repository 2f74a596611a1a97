// The record of disclosures, printed, as CSV and as pages.
#include <gmock/gmock.h>
#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/cli/fake_server.h"

namespace rollcall::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

v1::DisclosureRecord Record() {
  v1::DisclosureRecord record;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(
      R"pb(
        person: "people/7"
        revision: 41
        made_date { year: 2026 month: 12 day: 1 }
        citation: "34 CFR 99.32"
        current: true
        district_id: "5001"
        given_name: "Ana"
        family_name: "Ex\nample"
        disclosures {
          kind: DISCLOSURE_KIND_AUTHORISED
          party: "vendors/cloud"
          party_name: "Cloud Inc."
          first_date { year: 2019 month: 1 day: 1 }
          last_date { year: 2026 month: 12 day: 1 }
          evidence: REASON_KIND_DECLARED
          elements {
            data_element: "dataElements/student.birth_date"
            certainty: CERTAINTY_BELIEVED
            dispositions: "vendors/cloud/dispositions/purge"
          }
          elements { data_element: "dataElements/student.name" certainty: CERTAINTY_BELIEVED }
          grounds {
            share: "vendors/cleo/shares/tasks"
            contract: "vendors/cleo/contracts/main"
            purpose: "homework"
          }
          onward {
            subprocessor: "vendors/cleo/subprocessors/cloud"
            party: "vendors/cloud"
            party_name: "Cloud Inc."
            purpose: "hosting"
          }
          additional_parties: "vendors/vault"
          ends {
            disposition: "vendors/cloud/dispositions/purge"
            nature: DISPOSITION_NATURE_DESTROYED
            disposition_date { year: 2025 month: 12 day: 31 }
          }
          exemption {
            ground: DISCLOSURE_EXEMPTION_GROUND_SCHOOL_OFFICIAL
            citation: "34 CFR 99.32(d)"
            clause: "vendors/cleo/contracts/main/clauses/official"
          }
        }
        disclosures {
          kind: DISCLOSURE_KIND_UNDECLARED
          party: "vendors/cleo"
          last_date { year: 2024 month: 1 day: 2 }
          evidence: REASON_KIND_OBSERVED
          transfers: 2
          received_by: "vendors/direct"
          findings: TRANSFER_FINDING_REASON_NO_SHARE
          elements { data_element: "dataElements/student.name" certainty: CERTAINTY_CONFIRMED }
        }
        disclosures {
          kind: DISCLOSURE_KIND_UNAUTHORISED
          party: "vendors/cleo"
          party_name: "Cleo LLC"
          first_date { year: 2024 month: 11 day: 10 }
          last_date { year: 2024 month: 11 day: 10 }
          incident: "incidents/breach"
          statement: "incidents/breach/statements/2"
          cases: "cases/one"
          elements {
            data_element: "dataElements/student.name"
            certainty: CERTAINTY_BELIEVED
            stated: true
            cases: "cases/one"
          }
        }
        unstated_incidents: "incidents/other"
        limits: "What was told and never written down is not in the register, and therefore not here.")pb",
      &record));
  return record;
}

class DisclosureCommandsTest : public ::testing::Test {
 protected:
  DisclosureCommandsTest() {
    server_.get_disclosure_record = [this](const v1::GetDisclosureRecordRequest& request,
                                           v1::DisclosureRecord* response) {
      asked_.push_back(request.name() + " " + std::to_string(request.revision()));
      *response = Record();
      return grpc::Status::OK;
    };
  }

  FakeServer server_;
  std::vector<std::string> asked_;
};

TEST_F(DisclosureCommandsTest, ThePrintHasEveryEntryInPlainWords) {
  const Outcome outcome = RunClient(server_, {"person", "disclosures", "7", "--revision", "41"});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(asked_, ElementsAre("people/7 41"));
  const std::string& out = outcome.out;
  EXPECT_THAT(out, StartsWith("Record of disclosures, 34 CFR 99.32\n"
                              "Student   people/7, Ana Ex ample, district number 5001, in the "
                              "current roster\n"
                              "Made on   2026-12-01, from revision 41 of the register\n"));
  for (const char* part :
       {"1. authorised  Cloud Inc. (cloud)  2019-01-01 to 2026-12-01",
        "student.birth_date, student.name",
        "share tasks of cleo, contract cleo/main, for: homework",
        "Cloud Inc. (cloud), for: hosting, subprocessor cleo/cloud",
        "destroyed by 2025-12-31, disposition cloud/purge: student.birth_date",
        "school-official, 34 CFR 99.32(d),\n", "2. undeclared  cleo  unknown to 2024-01-02",
        "2 files sent to direct", "no-share", "3. unauthorised  Cleo LLC (cleo)  2024-11-10\n",
        "incidents/breach/statements/2", "cases/one", "incidents/other: nothing is stated yet",
        "What this record cannot know", "told and never written down"}) {
    EXPECT_THAT(out, HasSubstr(part));
  }
}

TEST_F(DisclosureCommandsTest, CsvHasALineForEachEntryAndField) {
  EXPECT_EQ(
      RunClient(server_, {"person", "disclosures", "people/7", "--output", "csv"}).out,
      "person,revision,made_date,number,kind,party,party_name,first_date,last_date,element,"
      "certainty,known_by,grounds,why,through,additional_parties,incident,statement,cases,"
      "ended,"
      "may_be_left_out\r\n"
      "people/7,41,2026-12-01,1,authorised,vendors/cloud,Cloud Inc.,2019-01-01,2026-12-01,"
      "student.birth_date,believed,a share,\"share tasks of cleo, contract cleo/main, for: "
      "homework\",,\"Cloud Inc. (cloud), for: hosting, subprocessor "
      "cleo/cloud\",vendors/vault,,,,"
      "\"destroyed by 2025-12-31, disposition cloud/purge\",\"school-official, 34 CFR "
      "99.32(d), "
      "vendors/cleo/contracts/main/clauses/official\"\r\n"
      "people/7,41,2026-12-01,1,authorised,vendors/cloud,Cloud Inc.,2019-01-01,2026-12-01,"
      "student.name,believed,a share,\"share tasks of cleo, contract cleo/main, for: "
      "homework\",,\"Cloud Inc. (cloud), for: hosting, subprocessor "
      "cleo/cloud\",vendors/vault,,,,"
      ",\"school-official, 34 CFR 99.32(d), vendors/cleo/contracts/main/clauses/official\"\r\n"
      "people/7,41,2026-12-01,2,undeclared,vendors/cleo,,,2024-01-02,student.name,confirmed,"
      "2 files sent to direct,,no-share,,,,,,,\r\n"
      "people/7,41,2026-12-01,3,unauthorised,vendors/cleo,Cleo LLC,2024-11-10,2024-11-10,"
      "student.name,believed,incidents/breach/statements/2,,,,,incidents/breach,"
      "incidents/breach/statements/2,cases/one,,\r\n");
}

TEST_F(DisclosureCommandsTest, CsvTellsOnTheErrorStreamWhatItsLinesCannot) {
  const Outcome outcome = RunClient(server_, {"person", "disclosures", "7", "--output", "csv"});
  EXPECT_THAT(outcome.err, HasSubstr("WARNING  incidents/other: nothing is stated yet"));
  EXPECT_THAT(outcome.err, HasSubstr("What this record cannot know:\n- What was told"));
}

TEST_F(DisclosureCommandsTest, PagesAreReadToTheEnd) {
  int pages = 0;
  server_.list_disclosures = [&](const v1::ListDisclosuresRequest& request,
                                 v1::ListDisclosuresResponse* response) {
    EXPECT_EQ(request.parent(), "people/7");
    EXPECT_EQ(request.kind(), v1::DISCLOSURE_KIND_UNDECLARED);
    EXPECT_EQ(request.page_token(), pages == 0 ? "" : "next");
    *response->add_disclosures() = Record().disclosures(1);
    response->set_total_size(2);
    if (++pages == 1) response->set_next_page_token("next");
    return grpc::Status::OK;
  };
  const Outcome outcome = RunClient(server_, {"disclosure", "list", "7", "--kind", "undeclared"});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_EQ(pages, 2);
  EXPECT_THAT(outcome.err, HasSubstr("nothing is stated yet are not in this list; `rollcall person "
                                     "disclosures` names them"));
  EXPECT_THAT(outcome.out,
              HasSubstr("undeclared  cleo   unknown to 2024-01-02  2 files sent to direct  "
                        "student.name"));
}

TEST_F(DisclosureCommandsTest, NamesOfOtherThingsAreRefusedBeforeAnythingIsSent) {
  EXPECT_EQ(RunClient(server_, {"person", "disclosures", "vendors/cleo"}).code, 2);
  EXPECT_EQ(RunClient(server_, {"person", "disclosures"}).code, 2);
  EXPECT_THAT(asked_, ElementsAre());
}

}  // namespace
}  // namespace rollcall::cli
