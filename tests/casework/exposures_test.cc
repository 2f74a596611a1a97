// Exposures through the store: from what vendors and districts recorded to who is affected.

#include "server/casework/exposures.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/casework/small_register.h"

namespace rollcall::casework {
namespace {

using ::rollcall::testing::DayOf;
using ::rollcall::testing::Parse;
using ::rollcall::testing::PersonSpec;
using ::rollcall::testing::PutPerson;
using ::rollcall::testing::RecordImport;
using ::rollcall::testing::SmallRegister;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class ExposuresTest : public ::testing::Test {
 protected:
  absl::Status Resolve(const std::string& name, std::int64_t revision = 0) {
    return register_.Read([&](ReadTx& tx) {
      return register_.exposures.Resolve(tx, {name, nullptr, revision, register_.today()}).status();
    });
  }

  void UpdateIncident(std::string_view incident, const std::string& path) {
    v1::UpdateIncidentRequest request;
    *request.mutable_incident() = Parse<v1::Incident>(incident);
    request.mutable_update_mask()->add_paths(path);
    v1::Incident response;
    const absl::Status status = register_.Write([&](WriteTx& tx) {
      return registry::UpdateRecord(tx, Incidents(), register_.today(), request, &response);
    });
    ASSERT_TRUE(status.ok()) << status;
  }

  SmallRegister register_;
};

TEST_F(ExposuresTest, AStatementWithoutLimitsExposesWhatTheSharesCover) {
  register_.State("");
  // Dee left before the share began. Ben's birth date is empty for certain. Cal's time in Medicaid
  // was over before the share began.
  EXPECT_THAT(register_.Exposed(),
              ElementsAre("1: birth_date local_id medicaid_id name", "2: local_id name",
                          "3: birth_date local_id name", "5: birth_date local_id medicaid_id name",
                          "6: staff.name"));
}

TEST_F(ExposuresTest, SummaryCountsInEveryDirection) {
  register_.State("");
  const v1::ExposureSummary summary = register_.Summary();
  EXPECT_EQ(summary.people(), 5);
  EXPECT_EQ(summary.cells(), 14);
  EXPECT_EQ(summary.current_students(), 2);
  EXPECT_EQ(summary.former_students(), 2);
  EXPECT_EQ(summary.current_staff(), 1);
  EXPECT_EQ(summary.former_staff(), 0);
  EXPECT_EQ(summary.enrollment(), 2);
  EXPECT_DOUBLE_EQ(summary.share_of_enrollment(), 1.0);
  std::map<std::string, std::int64_t> elements;
  for (const auto& row : summary.by_element()) {
    elements[row.data_element()] = row.people();
    EXPECT_NE(row.label(), "");
  }
  EXPECT_EQ(elements, (std::map<std::string, std::int64_t>{{"dataElements/staff.name", 1},
                                                           {"dataElements/student.birth_date", 3},
                                                           {"dataElements/student.local_id", 4},
                                                           {"dataElements/student.medicaid_id", 2},
                                                           {"dataElements/student.name", 4}}));
  const auto counts = [](const auto& rows) {
    std::map<std::string, std::int64_t> by_key;
    for (const auto& row : rows) by_key[row.key()] = row.people();
    return by_key;
  };
  using Counts = std::map<std::string, std::int64_t>;
  EXPECT_EQ(counts(summary.by_school()), (Counts{{"schools/100", 3}, {"schools/200", 2}}));
  EXPECT_EQ(counts(summary.by_grade()),
            (Counts{{"", 1}, {"06", 1}, {"07", 1}, {"08", 1}, {"12", 1}}));
  EXPECT_EQ(counts(summary.by_school_year()),
            (Counts{{"2018", 1}, {"2019", 1}, {"2020", 1}, {"2025", 3}}));
  EXPECT_EQ(counts(summary.by_program()), (Counts{{"medicaid", 3}}));
  EXPECT_EQ(counts(summary.by_certainty()), (Counts{{"BELIEVED", 5}}));
  EXPECT_EQ(counts(summary.by_language()), (Counts{{"", 5}}));
  EXPECT_EQ(summary.digest().size(), 64U);
  EXPECT_EQ(summary.basis().statement(), "incidents/breach/statements/1");
  EXPECT_THAT(summary.basis().shares(),
              ElementsAre("vendors/cleo/shares/staffing", "vendors/cleo/shares/tasks"));
}

TEST_F(ExposuresTest, NamedProductsLeaveOutSharesOfOthers) {
  register_.State("products: 'vendors/cleo/products/staffing'");
  EXPECT_THAT(register_.Exposed(), ElementsAre("6: staff.name"));
}

TEST_F(ExposuresTest, ShareOfTheWholeVendorIsInScopeOfEveryProduct) {
  SmallRegister::Must(register_
                          .Create<v1::Share>(registry::Shares(), Parse<v1::CreateShareRequest>(R"(
              parent: "vendors/cleo" share_id: "whole"
              share { elements { data_element: "dataElements/student.gender" }
                      population { subject: SUBJECT_KIND_STUDENT grades: "08" }
                      start_date { year: 2017 month: 7 day: 1 } })"))
                          .status());
  register_.State("products: 'vendors/cleo/products/staffing'");
  EXPECT_THAT(register_.Exposed(), ElementsAre("5: gender", "6: staff.name"));
}

TEST_F(ExposuresTest, SchoolYearsOfTheStatementLimitTheStays) {
  register_.State("school_years: 2018 school_years: 2019");
  EXPECT_THAT(register_.Exposed(), ElementsAre("1: birth_date local_id medicaid_id name",
                                               "3: birth_date local_id name"));
}

TEST_F(ExposuresTest, TheWindowCutsSharesAtItsLastDay) {
  UpdateIncident(R"(name: "incidents/breach"
                    window_start_date { year: 2018 month: 5 day: 1 }
                    window_end_date { year: 2018 month: 8 day: 31 }
                    vendor_learned_date { year: 2024 month: 12 day: 20 })",
                 "window_start_date");
  UpdateIncident(R"(name: "incidents/breach"
                    window_end_date { year: 2018 month: 8 day: 31 })",
                 "window_end_date");
  register_.State("");
  EXPECT_THAT(register_.Exposed(), ElementsAre("1: birth_date local_id medicaid_id name"));
}

TEST_F(ExposuresTest, AnOpenWindowCutsNothingAndSaysSo) {
  UpdateIncident(R"(name: "incidents/breach")", "window_end_date");
  register_.State("");
  EXPECT_EQ(register_.Summary().people(), 5);
  EXPECT_THAT(register_.Summary().basis().warnings(), Contains(HasSubstr("no end")));
}

TEST_F(ExposuresTest, NamedElementsLimitAndNamedOnesThatNoShareListsCount) {
  register_.State(
      "data_elements: 'dataElements/student.name' data_elements: 'dataElements/student.gender'");
  EXPECT_THAT(register_.Exposed(),
              ElementsAre("1: gender name", "2: gender name", "3: gender name", "5: gender name"));
  const v1::ExposureSummary summary = register_.Summary();
  EXPECT_THAT(summary.basis().warnings(), Contains(HasSubstr("dataElements/student.gender")));
  EXPECT_THAT(summary.basis().warnings(), Not(Contains(HasSubstr("dataElements/student.name"))));
}

TEST_F(ExposuresTest, AListAddsPeopleWhomNoShareCovers) {
  register_.State("list_use: LIST_USE_ADDS", {"5004", "9999"});
  EXPECT_THAT(register_.Exposed(),
              ElementsAre("1: birth_date local_id medicaid_id name", "2: local_id name",
                          "3: birth_date local_id name", "4: birth_date! local_id! name!",
                          "5: birth_date local_id medicaid_id name", "6: staff.name"));
  const v1::ExposureSummary summary = register_.Summary();
  EXPECT_EQ(summary.unmatched_entries(), 1);
  EXPECT_THAT(summary.basis().warnings(), Contains(HasSubstr("match nobody")));
}

TEST_F(ExposuresTest, AListThatLimitsLeavesOnlyThePeopleOnIt) {
  register_.State("list_use: LIST_USE_LIMITS", {"5002", "7001"});
  EXPECT_THAT(register_.Exposed(), ElementsAre("2: local_id! name!", "6: staff.name!"));
}

TEST_F(ExposuresTest, AnEntryStandsForTheElementsThatItNames) {
  v1::CreateStatementRequest request;
  request.set_parent("incidents/breach");
  request.mutable_statement()->set_list_use(v1::LIST_USE_LIMITS);
  v1::StatementEntry* entry = request.add_entries();
  entry->set_id("  5002 ");
  // Known to be empty, but the vendor has seen it.
  entry->add_data_elements("dataElements/student.birth_date");
  ASSERT_TRUE(register_.State(request).ok());
  EXPECT_THAT(register_.Exposed(), ElementsAre("2: birth_date! local_id name"));
}

TEST_F(ExposuresTest, ListedPeopleWithoutElementsAreReported) {
  register_.State("list_use: LIST_USE_LIMITS data_elements: 'dataElements/student.birth_date'",
                  {"5002"});
  EXPECT_THAT(register_.Exposed(), IsEmpty());
  EXPECT_THAT(register_.Summary().basis().warnings(), Contains(HasSubstr("have no element left")));
}

TEST_F(ExposuresTest, SharesOutsideAnyContractAreNamed) {
  register_.State("");
  EXPECT_THAT(register_.Summary().basis().warnings(),
              Contains(HasSubstr("outside any contract: vendors/cleo/shares/staffing")));
}

TEST_F(ExposuresTest, AVendorWithoutSharesIsSaidToBeUnknown) {
  SmallRegister::Must(
      register_
          .Create<v1::Vendor>(registry::Vendors(), Parse<v1::CreateVendorRequest>(R"(
              vendor_id: "empty" vendor { legal_name: "E" kind: VENDOR_KIND_OPERATOR })"))
          .status());
  SmallRegister::Must(register_
                          .Create<v1::Incident>(Incidents(), Parse<v1::CreateIncidentRequest>(R"(
              incident_id: "other" incident { vendor: "vendors/empty" title: "Other" })"))
                          .status());
  register_.State("", {}, "incidents/other");
  const v1::ExposureSummary summary = register_.Summary("incidents/other");
  EXPECT_EQ(summary.people(), 0);
  EXPECT_THAT(summary.basis().warnings(), Contains(HasSubstr("cannot tell who is affected")));
}

TEST_F(ExposuresTest, AnEarlierRevisionGivesTheEarlierAnswer) {
  register_.State("");
  const std::int64_t then = register_.Revision();
  const auto people_then = register_.Exposed();
  const v1::ExposureSummary summary_then = register_.Summary();

  SmallRegister::Must(register_.Write([&](WriteTx& tx) -> absl::Status {
    RC_RETURN_IF_ERROR(PutPerson(
        tx, PersonSpec{.id = 12,
                       .current = true,
                       .number = "5012",
                       .name = "New",
                       .stays = {{0, 2025, 1, "06", DayOf(2024, 9, 1), DayOf(2025, 6, 15)}}}));
    // Ben gets a birth date and Eve leaves Medicaid.
    RC_ASSIGN_OR_RETURN(PersonFact ben, GetPersonFact(tx, 2));
    ben.populated |= roster::FieldBit(roster::kFieldBirthDate);
    RC_RETURN_IF_ERROR(WritePersonFact(tx, ben, /*existed=*/true));
    RC_RETURN_IF_ERROR(WriteProgramSpell(
        tx, {5, "medicaid", DayOf(2019, 1, 1), DayOf(2019, 1, 2), "M5"}, /*existed=*/true));
    return RecordImport(tx);
  }));
  SmallRegister::Must(register_
                          .Create<v1::Share>(registry::Shares(), Parse<v1::CreateShareRequest>(R"(
              parent: "vendors/cleo" share_id: "more"
              share { elements { data_element: "dataElements/student.gender" }
                      population { subject: SUBJECT_KIND_STUDENT }
                      start_date { year: 2017 month: 7 day: 1 } })"))
                          .status());
  register_.State("school_years: 2018");

  EXPECT_EQ(register_.Exposed("incidents/breach", then), people_then);
  EXPECT_EQ(register_.Summary("incidents/breach", then).SerializeAsString(),
            summary_then.SerializeAsString());
  EXPECT_THAT(register_.Exposed(), ElementsAre("1: birth_date gender local_id medicaid_id name"));
  // The first statement, read against the register of now.
  EXPECT_THAT(
      register_.Exposed("incidents/breach/statements/1"),
      ElementsAre("1: birth_date gender local_id medicaid_id name",
                  "2: birth_date gender local_id name", "3: birth_date gender local_id name",
                  "5: birth_date gender local_id medicaid_id name", "6: staff.name",
                  "12: birth_date gender local_id name"));
}

TEST_F(ExposuresTest, ATakenBackShareStillCountsAtItsRevision) {
  register_.State("");
  const std::int64_t then = register_.Revision();
  v1::DeleteShareRequest request;
  request.set_name("vendors/cleo/shares/tasks");
  SmallRegister::Must(register_.Write(
      [&](WriteTx& tx) { return registry::DeleteRecord(tx, registry::Shares(), request); }));
  EXPECT_THAT(register_.Exposed(), ElementsAre("6: staff.name"));
  EXPECT_EQ(register_.Exposed("incidents/breach", then).size(), 5U);
}

TEST_F(ExposuresTest, RefusesNamesAndRevisionsThatAreNotThere) {
  EXPECT_EQ(ErrorReason(Resolve("incidents/breach")), "NO_STATEMENT");
  EXPECT_EQ(Resolve("incidents/breach").code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(Resolve("incidents/nothing").code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(Resolve("incidents/breach/statements/1").code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(Resolve("vendors/cleo/shares/tasks").code(), absl::StatusCode::kInvalidArgument);
  register_.State("");
  EXPECT_TRUE(Resolve("incidents/breach").ok());
  EXPECT_EQ(Resolve("incidents/breach", -1).code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(Resolve("incidents/breach", register_.Revision() + 1).code(),
            absl::StatusCode::kInvalidArgument);
  // Before the incident was recorded.
  EXPECT_EQ(Resolve("incidents/breach", 1).code(), absl::StatusCode::kNotFound);
}

TEST_F(ExposuresTest, FiltersNarrowTheList) {
  register_.State("list_use: LIST_USE_ADDS", {"5003"});
  const auto numbers = [&](std::string_view filter) {
    v1::ListExposedPeopleRequest request;
    request.set_parent("incidents/breach");
    *request.mutable_filter() = Parse<v1::ExposureFilter>(filter);
    v1::ListExposedPeopleResponse response;
    SmallRegister::Must(register_.Read([&](ReadTx& tx) {
      return ListExposedPeople(tx, register_.exposures, register_.today(), request, &response);
    }));
    EXPECT_EQ(response.total_size(), response.people_size());
    std::vector<std::string> people;
    for (const auto& person : response.people()) people.push_back(person.person());
    return people;
  };
  // For Cal the list counts, and it looks at all of his time in Medicaid.
  EXPECT_THAT(numbers("data_element: 'dataElements/student.medicaid_id'"),
              ElementsAre("people/1", "people/3", "people/5"));
  EXPECT_THAT(numbers("school: 'schools/200'"), ElementsAre("people/1", "people/5"));
  EXPECT_THAT(numbers("school: 'schools/999'"), IsEmpty());
  EXPECT_THAT(numbers("status: ROSTER_STATUS_FORMER"), ElementsAre("people/3", "people/5"));
  EXPECT_THAT(numbers("kind: SUBJECT_KIND_STAFF"), ElementsAre("people/6"));
  EXPECT_THAT(numbers("certainty: CERTAINTY_CONFIRMED"), ElementsAre("people/3"));
}

}  // namespace
}  // namespace rollcall::casework
