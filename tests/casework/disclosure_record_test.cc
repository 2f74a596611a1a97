// The record of disclosures of one student, counted by hand.

#include "server/casework/disclosure_record.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "tests/casework/register_with_vendors.h"

namespace rollcall::casework {
namespace {

using ::rollcall::testing::DayOf;
using ::rollcall::testing::Parse;
using ::rollcall::testing::RegisterWithVendors;
using ::rollcall::testing::SmallRegister;
using ::testing::Contains;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr char kCleoAna[] =
    "AUTHORISED cleo DECLARED 2017-09-01..2025-06-15 birth_date local_id medicaid_id name "
    "[tasks]";

std::string LastPart(const std::string& name) { return name.substr(name.rfind('/') + 1); }

std::string Day(bool set, const google::type::Date& date) { return set ? DateText(date) : "?"; }

// `KIND party EVIDENCE first..last element element-gone ... [shares] incident (statement) {cases}`,
// without what is empty. An element of a case that is not stated any more has a `~` before it.
std::string Line(const v1::Disclosure& row) {
  std::string line =
      absl::StrCat(v1::DisclosureKind_Name(row.kind()).substr(16), " ", LastPart(row.party()), " ");
  if (row.evidence() != v1::REASON_KIND_UNSPECIFIED) {
    absl::StrAppend(&line, v1::ReasonKind_Name(row.evidence()).substr(12), " ");
  }
  absl::StrAppend(&line, Day(row.has_first_date(), row.first_date()), "..",
                  Day(row.has_last_date(), row.last_date()));
  for (const v1::DisclosedElement& element : row.elements()) {
    std::string name = LastPart(element.data_element());
    if (name.starts_with("student.")) name.erase(0, 8);
    const bool unstated = row.kind() == v1::DISCLOSURE_KIND_UNAUTHORISED && !element.stated();
    absl::StrAppend(&line, unstated ? " ~" : " ", name,
                    element.certainty() == v1::CERTAINTY_CONFIRMED ? "!" : "");
    for (const std::string& disposition : element.dispositions()) {
      absl::StrAppend(&line, "-", LastPart(disposition));
    }
  }
  if (!row.grounds().empty()) {
    std::vector<std::string> shares;
    for (const auto& ground : row.grounds()) shares.push_back(LastPart(ground.share()));
    absl::StrAppend(&line, " [", absl::StrJoin(shares, ","), "]");
  }
  if (!row.incident().empty()) {
    absl::StrAppend(&line, " ", LastPart(row.incident()));
    if (!row.statement().empty()) absl::StrAppend(&line, " (", LastPart(row.statement()), ")");
  }
  if (!row.cases().empty()) {
    std::vector<std::string> cases;
    for (const std::string& name : row.cases()) cases.push_back(LastPart(name));
    absl::StrAppend(&line, " {", absl::StrJoin(cases, ","), "}");
  }
  return line;
}

template <typename Rows>
std::vector<std::string> Lines(const Rows& rows) {
  std::vector<std::string> lines;
  for (const v1::Disclosure& row : rows) lines.push_back(Line(row));
  return lines;
}

class DisclosureRecordTest : public ::testing::Test {
 protected:
  absl::StatusOr<v1::DisclosureRecord> Ask(const std::string& name, std::int64_t revision = 0) {
    v1::GetDisclosureRecordRequest request;
    request.set_name(name);
    request.set_revision(revision);
    v1::DisclosureRecord record;
    RC_RETURN_IF_ERROR(register_.Read([&](ReadTx& tx) {
      return GetDisclosureRecord(tx, register_.portfolio, register_.today(), request, &record);
    }));
    return record;
  }

  v1::DisclosureRecord Of(int person, std::int64_t revision = 0) {
    auto record = Ask(absl::StrCat("people/", person), revision);
    SmallRegister::Must(record.status());
    return *record;
  }

  std::vector<std::string> LinesOf(int person, std::int64_t revision = 0) {
    return Lines(Of(person, revision).disclosures());
  }

  void AddCloud() {
    register_.AddVendor("cloud");
    register_.AddEdge(R"(
        parent: "vendors/cleo" subprocessor_id: "cloud"
        subprocessor {
          processor: "vendors/cloud" purpose: "hosting"
          start_date { year: 2019 month: 1 day: 1 }
          data_elements: "dataElements/student.name"
          data_elements: "dataElements/student.birth_date" })");
  }

  void OpenCase(const std::string& id) {
    v1::OpenCaseRequest request;
    request.set_case_id(id);
    request.set_incident("incidents/breach");
    v1::Case opened;
    SmallRegister::Must(register_.Write([&](WriteTx& tx) {
      return casework::OpenCase(tx, register_.exposures, SmallRegister::On(2025, 2, 20),
                                register_.ids, request, &opened);
    }));
  }

  void AddClause(std::string_view request) {
    SmallRegister::Must(
        register_.Create<v1::Clause>(registry::Clauses(), Parse<v1::CreateClauseRequest>(request))
            .status());
  }

  RegisterWithVendors register_;
};

TEST_F(DisclosureRecordTest, AShareIsADisclosureOnTheDaysOfTheStudentInIt) {
  const v1::DisclosureRecord record = Of(1);
  EXPECT_EQ(record.person(), "people/1");
  EXPECT_EQ(record.revision(), register_.Revision());
  EXPECT_EQ(ToCivilDay(record.made_date()), register_.today());
  EXPECT_EQ(record.citation(), "34 CFR 99.32");
  EXPECT_TRUE(record.current());
  EXPECT_EQ(record.district_id(), "5001");
  EXPECT_EQ(record.given_name(), "Ana");
  EXPECT_THAT(Lines(record.disclosures()), ElementsAre(kCleoAna));
  const v1::Disclosure& row = record.disclosures(0);
  EXPECT_EQ(row.party_name(), "Cleo LLC");
  ASSERT_EQ(row.grounds_size(), 1);
  EXPECT_EQ(row.grounds(0).contract(), "vendors/cleo/contracts/main");
  EXPECT_FALSE(row.grounds(0).outside_contract());
  EXPECT_THAT(record.unstated_incidents(), ElementsAre("incidents/breach"));
  EXPECT_THAT(record.limits(), Contains(HasSubstr("Requests for access")));
  EXPECT_THAT(record.limits(), Contains(HasSubstr("directory information")));
}

TEST_F(DisclosureRecordTest, AFormerStudentIsOnRecordUntilHisLastDay) {
  EXPECT_FALSE(Of(3).current());
  EXPECT_THAT(LinesOf(3), ElementsAre("AUTHORISED cleo DECLARED 2018-09-01..2019-06-15 "
                                      "birth_date local_id name [tasks]"));
}

TEST_F(DisclosureRecordTest, WhoWasNeverSharedHasAnEmptyRecordWithItsLimits) {
  const v1::DisclosureRecord record = Of(4);
  EXPECT_THAT(record.disclosures(), IsEmpty());
  EXPECT_THAT(record.unstated_incidents(), IsEmpty());
  EXPECT_THAT(record.limits(), Not(IsEmpty()));
}

TEST_F(DisclosureRecordTest, NamesThatAreNoStudentsAreRefused) {
  EXPECT_EQ(Ask("people/99").status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(Ask("people/11").status().code(), absl::StatusCode::kNotFound);  // A guardian.
  const absl::Status staff = Ask("people/6").status();
  EXPECT_EQ(staff.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(ErrorReason(staff), "NOT_A_STUDENT");
  for (const char* name : {"", "people/", "people/x", "people/01", "people/+1", "people/ 1",
                           "people/1/", "vendors/cleo", "people/18446744073709551616"}) {
    EXPECT_EQ(Ask(name).status().code(), absl::StatusCode::kInvalidArgument) << name;
  }
  EXPECT_EQ(Ask("people/1", register_.Revision() + 1).status().code(),
            absl::StatusCode::kInvalidArgument);
}

TEST_F(DisclosureRecordTest, AdditionalPartiesStandThereWithTheirInterestAndTheirDays) {
  AddCloud();
  register_.AddVendor("vault");
  register_.AddEdge(R"(
      parent: "vendors/cloud" subprocessor_id: "vault"
      subprocessor { processor: "vendors/vault" purpose: "backups"
                     end_date { year: 2020 month: 5 day: 31 } })");
  const v1::DisclosureRecord record = Of(1);
  // Ana was there when the vault could still get something; what came back in 2024 it did not get.
  EXPECT_THAT(Lines(record.disclosures()),
              ElementsAre(kCleoAna,
                          "AUTHORISED cloud DECLARED 2019-01-01..2026-12-01 birth_date name "
                          "[tasks]",
                          "AUTHORISED vault DECLARED 2019-01-01..2020-05-31 birth_date name "
                          "[tasks]"));
  EXPECT_THAT(record.disclosures(0).additional_parties(),
              ElementsAre("vendors/cloud", "vendors/vault"));
  EXPECT_THAT(record.disclosures(1).additional_parties(), ElementsAre("vendors/vault"));
  EXPECT_THAT(record.disclosures(2).additional_parties(), IsEmpty());
  const v1::Disclosure& vault = record.disclosures(2);
  ASSERT_EQ(vault.onward_size(), 2);
  EXPECT_EQ(vault.onward(0).subprocessor(), "vendors/cleo/subprocessors/cloud");
  EXPECT_EQ(vault.onward(0).party_name(), "cloud Inc.");
  EXPECT_EQ(vault.onward(0).purpose(), "hosting");
  EXPECT_EQ(vault.onward(1).party(), "vendors/vault");
  EXPECT_EQ(vault.onward(1).purpose(), "backups");
  // Ben came after the vault's end.
  EXPECT_THAT(LinesOf(2), Each(Not(HasSubstr("vault"))));
}

TEST_F(DisclosureRecordTest, FilesAreDividedIntoWhatSharesCoveredAndTheRest) {
  const std::string both =
      "elements { data_element: 'dataElements/student.name' } "
      "elements { data_element: 'dataElements/student.gender' }";
  register_.AddTransfer("vendors/cleo", DayOf(2017, 12, 1), both, {"5001", "5002"});
  register_.AddTransfer("vendors/cleo", DayOf(2018, 2, 1), both, {"5001"});
  register_.AddTransfer("vendors/cleo", DayOf(2018, 3, 1), both, {"5002"});
  register_.AddTransfer("vendors/cleo", DayOf(2016, 2, 3),
                        "elements { data_element: 'dataElements/student.name' }", {"5001"});
  const v1::DisclosureRecord record = Of(1);
  EXPECT_THAT(Lines(record.disclosures()),
              ElementsAre("UNDECLARED cleo OBSERVED 2016-02-03..2016-02-03 name!", kCleoAna,
                          "AUTHORISED cleo OBSERVED 2017-12-01..2018-02-01 name! [tasks]",
                          "UNDECLARED cleo OBSERVED 2017-12-01..2018-02-01 gender!"));
  EXPECT_EQ(record.disclosures(0).transfers(), 1);
  EXPECT_THAT(record.disclosures(0).findings(), ElementsAre(v1::TRANSFER_FINDING_REASON_NO_SHARE));
  EXPECT_EQ(record.disclosures(2).transfers(), 2);  // The third is Ben's.
  EXPECT_THAT(record.disclosures(2).findings(), IsEmpty());
  EXPECT_EQ(record.disclosures(3).transfers(), 2);
  EXPECT_THAT(record.disclosures(3).findings(),
              ElementsAre(v1::TRANSFER_FINDING_REASON_ELEMENT_NOT_SHARED));
  // Ben was enrolled in 2024: the share covers nothing of him in 2018.
  EXPECT_THAT(LinesOf(2),
              Contains("UNDECLARED cleo OBSERVED 2017-12-01..2018-03-01 gender! name!"));
}

TEST_F(DisclosureRecordTest, WhoCarriedAFileAndWhoStandsBehindItAreParties) {
  AddCloud();
  register_.AddVendor("direct");
  register_.AddTransfer("vendors/direct", DayOf(2024, 10, 1), R"(
      elements { data_element: 'dataElements/student.birth_date' } via: "vendors/cleo")",
                        {"5004"});
  const v1::DisclosureRecord record = Of(4);
  EXPECT_THAT(Lines(record.disclosures()),
              ElementsAre("UNDECLARED cleo OBSERVED 2024-10-01..2024-10-01 birth_date!",
                          "UNDECLARED cloud OBSERVED_UPSTREAM 2024-10-01..2026-12-01 birth_date",
                          "UNDECLARED direct OBSERVED 2024-10-01..2024-10-01 birth_date!"));
  EXPECT_EQ(record.disclosures(0).received_by(), "vendors/direct");
  EXPECT_THAT(record.disclosures(0).additional_parties(), ElementsAre("vendors/cloud"));
  ASSERT_EQ(record.disclosures(1).onward_size(), 1);
  EXPECT_EQ(record.disclosures(1).onward(0).purpose(), "hosting");
  EXPECT_EQ(record.disclosures(1).received_by(), "vendors/direct");
  EXPECT_EQ(record.disclosures(2).received_by(), "");
  EXPECT_THAT(record.disclosures(2).additional_parties(), IsEmpty());
}

TEST_F(DisclosureRecordTest, WhatWasDestroyedStaysOnRecordWithItsCertificate) {
  register_.AddTransfer("vendors/cleo", DayOf(2018, 2, 1),
                        "elements { data_element: 'dataElements/student.name' }", {"5001"});
  register_.AddDisposition(R"(
      parent: "vendors/cleo" disposition_id: "purge"
      disposition {
        nature: DISPOSITION_NATURE_RETURNED disposition_date { year: 2019 month: 12 day: 31 } })");
  register_.AddDisposition(R"(
      parent: "vendors/cleo" disposition_id: "medicaid"
      disposition {
        nature: DISPOSITION_NATURE_DESTROYED disposition_date { year: 2025 month: 12 day: 31 }
        data_elements: "dataElements/student.medicaid_id" })");
  // Ana's fields went out again in 2024, but the file of 2018 is gone, and so is what the second
  // certificate names.
  const v1::DisclosureRecord record = Of(1);
  EXPECT_THAT(Lines(record.disclosures()),
              ElementsAre("AUTHORISED cleo DECLARED 2017-09-01..2025-06-15 birth_date local_id "
                          "medicaid_id-medicaid-purge name [tasks]",
                          "AUTHORISED cleo OBSERVED 2018-02-01..2018-02-01 name!-purge [tasks]"));
  ASSERT_EQ(record.disclosures(1).ends_size(), 1);
  EXPECT_EQ(record.disclosures(1).ends(0).nature(), v1::DISPOSITION_NATURE_RETURNED);
  EXPECT_EQ(ToCivilDay(record.disclosures(1).ends(0).disposition_date()),
            absl::CivilDay(2019, 12, 31));
  // Cal left before: nothing of his is left, and everything is on record.
  EXPECT_THAT(LinesOf(3), ElementsAre("AUTHORISED cleo DECLARED 2018-09-01..2019-06-15 "
                                      "birth_date-purge local_id-purge name-purge [tasks]"));
}

TEST_F(DisclosureRecordTest, WhatACaseHasFrozenStaysWhenTheStatementShrinks) {
  register_.State("");
  const std::int64_t stated = register_.Revision();
  OpenCase("first");
  const std::string whole = "UNAUTHORISED cleo 2024-11-10..2024-12-31 birth_date local_id ";
  EXPECT_THAT(LinesOf(1), ElementsAre(kCleoAna, whole + "medicaid_id name breach (1) {first}"));
  EXPECT_THAT(Of(1).unstated_incidents(), IsEmpty());
  // Before the case was opened.
  EXPECT_THAT(LinesOf(1, stated), ElementsAre(kCleoAna, whole + "medicaid_id name breach (1)"));

  register_.State("data_elements: 'dataElements/student.name'");
  EXPECT_THAT(LinesOf(1), ElementsAre(kCleoAna,
                                      "UNAUTHORISED cleo 2024-11-10..2024-12-31 ~birth_date "
                                      "~local_id ~medicaid_id name breach (2) {first}"));
  const v1::Disclosure row = Of(1).disclosures(1);
  for (const v1::DisclosedElement& element : row.elements()) {
    EXPECT_THAT(element.cases(), ElementsAre("cases/first")) << element.data_element();
  }

  // Now only Ben.
  register_.State("list_use: LIST_USE_LIMITS", {"5002"});
  OpenCase("second");
  EXPECT_THAT(LinesOf(1), ElementsAre(kCleoAna,
                                      "UNAUTHORISED cleo 2024-11-10..2024-12-31 ~birth_date "
                                      "~local_id ~medicaid_id ~name breach {first}"));
  EXPECT_THAT(LinesOf(2), Contains("UNAUTHORISED cleo 2024-11-10..2024-12-31 local_id! name! "
                                   "breach (3) {first,second}"));
}

TEST_F(DisclosureRecordTest, AListMakesSomebodyADisclosureWhomNoShareCovers) {
  register_.State("list_use: LIST_USE_ADDS data_elements: 'dataElements/student.name'", {"5004"});
  EXPECT_THAT(LinesOf(4), ElementsAre("UNAUTHORISED cleo 2024-11-10..2024-12-31 name! breach (1)"));
}

TEST_F(DisclosureRecordTest, TheClauseOfASchoolOfficialMarksAnEntryAndLeavesItIn) {
  AddCloud();
  register_.AddTransfer("vendors/cleo", DayOf(2018, 2, 1),
                        "elements { data_element: 'dataElements/student.name' } "
                        "elements { data_element: 'dataElements/student.gender' }",
                        {"5001"});
  const v1::DisclosureRecord unmarked = Of(1);
  for (const v1::Disclosure& row : unmarked.disclosures()) EXPECT_FALSE(row.has_exemption());
  const std::int64_t before = register_.Revision();
  AddClause(R"(parent: "vendors/cleo/contracts/main" clause_id: "official"
               clause { clause_kind: "clauseKinds/soppa-15-4-c" status: CLAUSE_STATUS_PRESENT })");
  const v1::DisclosureRecord record = Of(1);
  ASSERT_EQ(record.disclosures_size(), 5);
  for (const v1::Disclosure& row : record.disclosures()) {
    const bool marked =
        row.kind() == v1::DISCLOSURE_KIND_AUTHORISED && row.party() == "vendors/cleo";
    EXPECT_EQ(row.has_exemption(), marked) << Line(row);
    if (!marked) continue;
    EXPECT_EQ(row.exemption().clause(), "vendors/cleo/contracts/main/clauses/official");
    EXPECT_THAT(row.exemption().citation(), HasSubstr("34 CFR 99.31(a)(1)(i)(B)"));
  }
  EXPECT_EQ(Of(1, before).DebugString(), unmarked.DebugString());
}

TEST_F(DisclosureRecordTest, AClauseThatIsAbsentMarksNothing) {
  AddClause(R"(parent: "vendors/cleo/contracts/main" clause_id: "official"
               clause { clause_kind: "clauseKinds/soppa-15-4-c" status: CLAUSE_STATUS_ABSENT })");
  EXPECT_FALSE(Of(1).disclosures(0).has_exemption());
}

TEST_F(DisclosureRecordTest, AnEarlierRevisionGivesTheEarlierRecord) {
  const std::int64_t then = register_.Revision();
  const std::string before = Of(1).DebugString();
  AddCloud();
  register_.State("");
  OpenCase("first");
  EXPECT_NE(Of(1).DebugString(), before);
  EXPECT_EQ(Of(1, then).DebugString(), before);
}

TEST_F(DisclosureRecordTest, PagesAreTheRecordInOrder) {
  AddCloud();
  register_.AddTransfer("vendors/cleo", DayOf(2016, 2, 3),
                        "elements { data_element: 'dataElements/student.name' }", {"5001"});
  register_.State("");
  const std::vector<std::string> whole = LinesOf(1);
  ASSERT_EQ(whole.size(), 5U);
  const auto list = [&](v1::ListDisclosuresRequest request, int pages) {
    std::vector<std::string> lines;
    std::int64_t total = 0;
    do {
      v1::ListDisclosuresResponse page;
      SmallRegister::Must(register_.Read([&](ReadTx& tx) {
        return ListDisclosures(tx, register_.portfolio, register_.today(), request, &page);
      }));
      total = page.total_size();
      for (std::string& line : Lines(page.disclosures())) lines.push_back(std::move(line));
      request.set_page_token(page.next_page_token());
      --pages;
      // Later pages are of the revision of the first.
      register_.AddVendor(absl::StrCat("v", register_.Revision()));
    } while (!request.page_token().empty());
    EXPECT_EQ(pages, 0);
    EXPECT_EQ(total, std::ssize(lines));
    return lines;
  };
  v1::ListDisclosuresRequest request;
  request.set_parent("people/1");
  request.set_page_size(2);
  EXPECT_EQ(list(request, 3), whole);
  request.set_kind(v1::DISCLOSURE_KIND_UNAUTHORISED);
  EXPECT_THAT(list(request, 1), ElementsAre(whole.back()));
  request.set_kind(v1::DISCLOSURE_KIND_UNSPECIFIED);
  request.set_page_token("x");
  v1::ListDisclosuresResponse page;
  EXPECT_EQ(register_
                .Read([&](ReadTx& tx) {
                  return ListDisclosures(tx, register_.portfolio, register_.today(), request,
                                         &page);
                })
                .code(),
            absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace rollcall::casework
