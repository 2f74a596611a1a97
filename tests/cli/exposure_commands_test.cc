// Questions to the exposure service, and the other commands that come with them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/cli/fake_server.h"

namespace rollcall::cli {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(ExposureSummaryCommand, TakesNamesOfAllFourKinds) {
  FakeServer server;
  std::vector<std::string> names;
  server.get_exposure_summary = [&](const v1::GetExposureSummaryRequest& request,
                                    v1::ExposureSummary*) {
    names.push_back(request.name());
    EXPECT_FALSE(request.has_what_if());
    return grpc::Status::OK;
  };
  for (const char* name : {"leak", "leak/2", "vendors/cleo", "cleo/tasks", "incidents/leak",
                           "vendors/cleo/products/7"}) {
    EXPECT_EQ(RunClient(server, {"exposure", "summary", name}).code, 0) << name;
  }
  EXPECT_THAT(names, ElementsAre("incidents/leak", "incidents/leak/statements/2", "vendors/cleo",
                                 "vendors/cleo/products/tasks", "incidents/leak",
                                 "vendors/cleo/products/7"));
  EXPECT_THAT(RunClient({"exposure", "summary", "--help"}).out,
              AllOf(HasSubstr("INCIDENT|INCIDENT/STATEMENT|vendors/VENDOR|VENDOR/PRODUCT"),
                    HasSubstr("a vendor only in full"),
                    HasSubstr("Instead of a name: vendors/{vendor}: the party\n"),
                    HasSubstr("Only these shares of the vendor")));
}

TEST(ExposureSummaryCommand, AsksWhatIf) {
  const TempFolder folder;
  FakeServer server;
  v1::GetExposureSummaryRequest asked;
  server.get_exposure_summary = [&](const v1::GetExposureSummaryRequest& request,
                                    v1::ExposureSummary*) {
    asked = request;
    return grpc::Status::OK;
  };
  const Outcome outcome = RunClient(server, {"exposure",
                                             "summary",
                                             "--what-if",
                                             "cleo",
                                             "--window-start-date",
                                             "2024-10-01",
                                             "--products",
                                             "harmony",
                                             "--shares",
                                             "bolt/all",
                                             "--elements",
                                             "student.name",
                                             "--school-years",
                                             "2023-24",
                                             "--ids",
                                             "5",
                                             "--ids-file",
                                             folder.Write("ids.csv", "pupil\n6\n7\n"),
                                             "--id-column",
                                             "pupil",
                                             "--list-use",
                                             "limits",
                                             "--omit-digest"});
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_EQ(asked.name(), "");
  EXPECT_TRUE(asked.omit_digest());
  const v1::WhatIf& what_if = asked.what_if();
  EXPECT_EQ(what_if.vendor(), "vendors/cleo");
  EXPECT_EQ(what_if.window_start_date().month(), 10);
  EXPECT_THAT(what_if.products(), ElementsAre("vendors/cleo/products/harmony"));
  EXPECT_THAT(what_if.shares(), ElementsAre("vendors/bolt/shares/all"));
  EXPECT_THAT(what_if.data_elements(), ElementsAre("dataElements/student.name"));
  EXPECT_THAT(what_if.school_years(), ElementsAre(2024));
  EXPECT_THAT(what_if.ids(), ElementsAre("5", "6", "7"));
  EXPECT_EQ(what_if.list_use(), v1::LIST_USE_LIMITS);
}

TEST(ExposureSummaryCommand, WantsEitherANameOrWhatIf) {
  FakeServer server;
  for (const std::vector<std::string>& more :
       {std::vector<std::string>{}, {"leak", "--what-if", "cleo"}, {"leak", "--products", "c/p"}}) {
    std::vector<std::string> arguments = {"exposure", "summary"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const Outcome outcome = RunClient(server, arguments);
    EXPECT_EQ(outcome.code, 2);
    EXPECT_THAT(outcome.err, HasSubstr("--what-if VENDOR"));
  }
  EXPECT_EQ(RunClient(server, {"exposure", "summary", "--what-if", "cleo", "--ids-file",
                               "/nonexistent/ids.csv"})
                .code,
            9);
}

TEST(ExposureListCommand, TellsTheFilterFromTheScope) {
  FakeServer server;
  server.list_exposed_people = [](const v1::ListExposedPeopleRequest& request,
                                  v1::ListExposedPeopleResponse* response) {
    EXPECT_EQ(request.what_if().vendor(), "vendors/cleo");
    EXPECT_EQ(request.filter().data_element(), "dataElements/student.name");
    EXPECT_EQ(request.filter().certainty(), v1::CERTAINTY_CONFIRMED);
    EXPECT_TRUE(request.filter().removed_people());
    v1::ExposedPerson* person = response->add_people();
    person->set_person("people/7");
    person->add_removed()->set_data_element("dataElements/student.name");
    response->set_total_size(1);
    return grpc::Status::OK;
  };
  const Outcome outcome =
      RunClient(server, {"exposure", "list", "--what-if", "cleo", "--element", "student.name",
                         "--certainty", "confirmed", "--removed-people"});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(outcome.out, AllOf(HasSubstr("REMOVED"), HasSubstr("student.name")));
}

class CompareCommand : public ::testing::Test {
 protected:
  CompareCommand() {
    server_.compare_exposures = [this](const v1::CompareExposuresRequest& request,
                                       v1::CompareExposuresResponse* response) {
      asked_.push_back(request);
      response->mutable_base()->set_revision(5);
      response->mutable_other()->set_revision(request.page_token().empty() ? 9 : second_revision_);
      response->set_people_added(added_);
      response->set_people_changed(1);
      v1::PersonDifference* person = response->add_people();
      person->set_person(request.page_token().empty() ? "people/1" : "people/2");
      person->add_added("dataElements/student.name");
      if (request.page_token().empty()) response->set_next_page_token("2");
      return grpc::Status::OK;
    };
  }

  std::vector<v1::CompareExposuresRequest> asked_;
  int second_revision_ = 9;
  int added_ = 1;
  FakeServer server_;
};

TEST_F(CompareCommand, FollowsAllPages) {
  const Outcome table = RunClient(server_, {"exposure", "compare", "leak/1", "leak/2"});
  EXPECT_EQ(table.code, 0) << table.err;
  ASSERT_EQ(asked_.size(), 2U);
  EXPECT_EQ(asked_[0].base(), "incidents/leak/statements/1");
  EXPECT_EQ(asked_[1].other(), "incidents/leak/statements/2");
  EXPECT_THAT(table.out, AllOf(HasSubstr("people/1"), HasSubstr("people/2")));
  EXPECT_EQ(
      RunClient(server_, {"exposure", "compare", "leak", "vendors/cleo", "--output", "csv"}).out,
      "person,added,removed\r\npeople/1,dataElements/student.name,\r\n"
      "people/2,dataElements/student.name,\r\n");
  const Outcome json =
      RunClient(server_, {"exposure", "compare", "leak/1", "leak/2", "--output", "json"});
  EXPECT_THAT(json.out, AllOf(HasSubstr("people/2"), HasSubstr("\"nextPageToken\": \"\"")));
}

TEST_F(CompareCommand, OneNameIsComparedWithItselfAtAnotherRevision) {
  ASSERT_EQ(RunClient(server_, {"exposure", "compare", "leak/1", "--base-revision", "5"}).code, 0);
  EXPECT_EQ(asked_[0].other(), asked_[0].base());
  EXPECT_EQ(asked_[0].base_revision(), 5);
  EXPECT_EQ(RunClient(server_, {"exposure", "compare", "leak/1"}).code, 2);
}

TEST_F(CompareCommand, AListThatDoesNotAgreeWithItsCountsIsIncomplete) {
  added_ = 2;
  const Outcome outcome = RunClient(server_, {"exposure", "compare", "leak/1", "leak/2"});
  EXPECT_EQ(outcome.code, 8);
  EXPECT_EQ(outcome.out, "");
  EXPECT_EQ(RunClient(server_, {"exposure", "compare", "leak/1", "leak/2", "--limit", "1"}).code,
            0);
  added_ = 1;
  second_revision_ = 10;
  EXPECT_EQ(RunClient(server_, {"exposure", "compare", "leak/1", "leak/2"}).code, 8);
}

TEST(ProveCommand, TakesThePersonAfterTheExposure) {
  FakeServer server;
  std::vector<std::string> asked;
  server.prove_exposure = [&](const v1::ProveExposureRequest& request, v1::ExposureProof*) {
    asked.push_back(request.name() + " " + request.person());
    return grpc::Status::OK;
  };
  EXPECT_EQ(RunClient(server, {"exposure", "prove", "leak", "7"}).code, 0);
  EXPECT_EQ(RunClient(server, {"exposure", "prove", "cases/leak", "--person", "people/7"}).code, 0);
  EXPECT_THAT(asked, ElementsAre("incidents/leak people/7", "cases/leak people/7"));
  EXPECT_EQ(RunClient(server, {"exposure", "prove", "leak"}).code, 2);
}

TEST(PersonCommand, ShowsWhatIsKnownAsTableOrCsv) {
  FakeServer server;
  server.get_person_exposure = [](const v1::GetPersonExposureRequest& request,
                                  v1::PersonExposure* response) {
    response->set_person(request.name());
    v1::PersonHolding* holding = response->add_holdings();
    holding->set_vendor("vendors/cleo");
    v1::HeldElement* element = holding->add_elements();
    element->set_data_element("dataElements/student.name");
    element->set_certainty(v1::CERTAINTY_BELIEVED);
    v1::ExposureReason* reason = element->add_reasons();
    reason->set_kind(v1::REASON_KIND_DECLARED);
    reason->set_share("vendors/cleo/shares/students");
    return grpc::Status::OK;
  };
  EXPECT_THAT(RunClient(server, {"exposure", "person", "7"}).out,
              AllOf(HasSubstr("people/7"), HasSubstr("share students of cleo")));
  EXPECT_EQ(RunClient(server, {"exposure", "person", "7", "--output", "csv"}).out,
            "person,vendor,incident,cases,element,certainty,since_date,ground\r\n"
            "people/7,vendors/cleo,,,student.name,believed,,share students of cleo\r\n");
}

TEST(PortfolioCommand, KeepsTheOrderAndShowsMissingCountsAsMissing) {
  FakeServer server;
  server.list_vendor_exposures = [](const v1::ListVendorExposuresRequest& request,
                                    v1::ListVendorExposuresResponse* response) {
    EXPECT_EQ(request.order_by(), "sensitive");
    EXPECT_TRUE(request.exposed_only());
    v1::VendorExposure* large = response->add_vendors();
    large->set_vendor("vendors/cleo");
    large->set_people(12345);
    large->set_share_of_enrollment(0.375);
    large->set_cells_sensitive(77);
    v1::VendorExposure* unknown = response->add_vendors();
    unknown->set_vendor("vendors/acme");
    unknown->set_problem("too large");
    response->set_total_size(2);
    return grpc::Status::OK;
  };
  const Outcome outcome =
      RunClient(server, {"exposure", "vendors", "--order-by", "sensitive", "--exposed-only"});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(outcome.out,
              AllOf(HasSubstr("cleo    12,345          37.5%"), HasSubstr("77"),
                    HasSubstr("too large"), HasSubstr("acme "), Not(HasSubstr("acme         0"))));
  EXPECT_LT(outcome.out.find("cleo"), outcome.out.find("acme"));
}

TEST(UpstreamCommand, ShowsDepthAndChain) {
  FakeServer server;
  server.list_upstream_vendors = [](const v1::ListUpstreamVendorsRequest& request,
                                    v1::ListUpstreamVendorsResponse* response) {
    EXPECT_EQ(request.parent(), "vendors/nimbus");
    v1::UpstreamVendor* vendor = response->add_vendors();
    vendor->set_vendor("vendors/cleo");
    vendor->set_depth(2);
    for (const char* name : {"vendors/cleo", "vendors/acme", "vendors/nimbus"}) {
      vendor->add_chain(name);
    }
    vendor->add_shares("vendors/cleo/shares/students");
    return grpc::Status::OK;
  };
  EXPECT_THAT(RunClient(server, {"vendor", "upstream", "nimbus"}).out,
              HasSubstr("cleo        2  cleo > acme > nimbus  all"));
  EXPECT_EQ(RunClient(server, {"vendor", "upstream"}).code, 2) << "a party is wanted, not all";
}

TEST(DispositionCommand, IdsComeFromAFile) {
  const TempFolder folder;
  FakeServer server;
  server.create_disposition = [](const v1::CreateDispositionRequest& request, v1::Disposition*) {
    EXPECT_EQ(request.parent(), "vendors/cleo");
    EXPECT_EQ(request.disposition_id(), "d1");
    EXPECT_THAT(request.ids(), ElementsAre("1", "2"));
    EXPECT_THAT(request.disposition().shares(), ElementsAre("vendors/cleo/shares/students"));
    EXPECT_EQ(request.disposition().nature(), v1::DISPOSITION_NATURE_DESTROYED);
    return grpc::Status::OK;
  };
  const std::string ids = folder.Write("ids.csv", "student_id\n1\n2\n");
  EXPECT_EQ(RunClient(server, {"disposition", "create", "cleo/d1", "--nature", "destroyed",
                               "--disposition-date", "2024-06-30", "--shares", "students",
                               "--ids-file", ids})
                .code,
            0);
  const Outcome wrong = RunClient(
      server, {"disposition", "create", "cleo/d1", "--ids-file", ids, "--id-column", "nr"});
  EXPECT_EQ(wrong.code, 2);
  EXPECT_THAT(wrong.err, AllOf(HasSubstr("--ids-file"), HasSubstr("there is no column nr")));
  // To the server no ids would mean everybody.
  bool asked = false;
  server.create_disposition = [&](const v1::CreateDispositionRequest&, v1::Disposition*) {
    asked = true;
    return grpc::Status::OK;
  };
  const Outcome empty = RunClient(
      server, {"disposition", "create", "cleo/d1", "--ids-file", folder.Write("gone.csv", "id\n")});
  EXPECT_EQ(empty.code, 2);
  EXPECT_THAT(empty.err, HasSubstr("gone.csv: there is no id in the file"));
  EXPECT_FALSE(asked);
}

}  // namespace
}  // namespace rollcall::cli
