// Incidents and the statements about them: what is recorded, counted and refused.

#include "server/casework/incidents.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "storage/register_tables.h"
#include "tests/casework/small_register.h"

namespace rollcall::casework {
namespace {

using ::rollcall::testing::Parse;
using ::rollcall::testing::PersonSpec;
using ::rollcall::testing::PutPerson;
using ::rollcall::testing::RecordImport;
using ::rollcall::testing::SmallRegister;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class IncidentsTest : public ::testing::Test {
 protected:
  // Expects that a statement is refused, blaming this field, and that nothing is recorded.
  void ExpectRefused(std::string_view request, absl::StatusCode code, const std::string& field) {
    const auto before = register_.Tables();
    auto parsed = Parse<v1::CreateStatementRequest>(request);
    if (parsed.parent().empty()) parsed.set_parent("incidents/breach");
    const auto refused = register_.State(parsed);
    EXPECT_EQ(refused.status().code(), code) << request << ": " << refused.status();
    EXPECT_THAT(refused.status().ToString(), ::testing::HasSubstr(field)) << request;
    EXPECT_EQ(register_.Tables() == before, true);
  }

  absl::Status Report(std::string_view incident) {
    v1::CreateIncidentRequest request;
    *request.mutable_incident() = Parse<v1::Incident>(incident);
    request.mutable_incident()->set_title("Other");
    return register_.Create<v1::Incident>(Incidents(), request).status();
  }

  std::vector<std::string> Unmatched(const std::string& statement, int page_size = 0) {
    v1::ListUnmatchedEntriesRequest request;
    request.set_parent(statement);
    request.set_page_size(page_size);
    std::vector<std::string> entries;
    do {
      v1::ListUnmatchedEntriesResponse response;
      SmallRegister::Must(
          register_.Read([&](ReadTx& tx) { return ListUnmatchedEntries(tx, request, &response); }));
      for (const auto& entry : response.entries()) {
        entries.push_back(absl::StrCat(entry.position(), " ", entry.id()));
      }
      request.set_page_token(response.next_page_token());
    } while (!request.page_token().empty());
    return entries;
  }

  SmallRegister register_;
};

// --- Incidents -------------------------------------------------------------------------------

TEST_F(IncidentsTest, DatesOutOfOrderAreRefused) {
  const auto code = [&](std::string_view dates) {
    return Report(absl::StrCat("vendor: 'vendors/cleo' ", ToAbsl(dates))).code();
  };
  constexpr char kMarch[] = "{ year: 2025 month: 3 day: 1 }";
  constexpr char kApril[] = "{ year: 2025 month: 4 day: 1 }";
  const auto pair = [&](const char* early, const char* late) {
    const std::string right = absl::StrCat(early, kMarch, " ", late, kApril);
    const std::string wrong = absl::StrCat(early, kApril, " ", late, kMarch);
    EXPECT_EQ(code(right), absl::StatusCode::kOk) << right;
    EXPECT_EQ(code(wrong), absl::StatusCode::kInvalidArgument) << wrong;
    const std::string same = absl::StrCat(early, kApril, " ", late, kApril);
    EXPECT_EQ(code(same), absl::StatusCode::kOk) << same;
  };
  pair("window_start_date ", "window_end_date ");
  pair("vendor_learned_date ", "vendor_confirmed_date ");
  pair("vendor_learned_date ", "vendor_notice_date ");
  pair("vendor_notice_date ", "district_received_date ");
  pair("vendor_learned_date ", "district_received_date ");
}

TEST_F(IncidentsTest, AnUnknownVendorIsRefused) {
  EXPECT_EQ(Report("vendor: 'vendors/nobody'").code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(Report("vendor: 'vendors/cleo/products/tasks'").code(),
            absl::StatusCode::kFailedPrecondition);
}

TEST_F(IncidentsTest, TheVendorStaysOnceThereIsAStatement) {
  SmallRegister::Must(register_.Write([&](WriteTx& tx) {
    auto other = Parse<v1::Vendor>("name: 'vendors/other' legal_name: 'Other'");
    return VendorTable().Insert(tx, &other);
  }));
  const auto move_to = [&](const std::string& vendor) {
    v1::UpdateIncidentRequest request;
    request.mutable_incident()->set_name("incidents/breach");
    request.mutable_incident()->set_vendor(vendor);
    request.mutable_update_mask()->add_paths("vendor");
    v1::Incident response;
    return register_.Write([&](WriteTx& tx) {
      return registry::UpdateRecord(tx, Incidents(), register_.today(), request, &response);
    });
  };
  EXPECT_EQ(move_to("vendors/other"), absl::OkStatus());
  EXPECT_EQ(move_to("vendors/cleo"), absl::OkStatus());
  register_.State("");
  const absl::Status refused = move_to("vendors/other");
  EXPECT_EQ(refused.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(refused.ToString(), ::testing::HasSubstr("incidents/breach/statements/1"));
}

TEST_F(IncidentsTest, EventDaysFollowTheIncident) {
  const v1::Incident incident = register_.GetIncident(absl::CivilDay(2025, 2, 20));
  EXPECT_EQ(EventDay(incident, v1::START_EVENT_INCIDENT), absl::CivilDay(2024, 11, 10));
  EXPECT_EQ(EventDay(incident, v1::START_EVENT_VENDOR_NOTICE_DATED), absl::CivilDay(2025, 2, 7));
  EXPECT_EQ(EventDay(incident, v1::START_EVENT_DISTRICT_DETERMINED), std::nullopt);
  EXPECT_EQ(EventDay(incident, v1::START_EVENT_DISTRICT_RECEIVED_OR_DETERMINED),
            absl::CivilDay(2025, 2, 8));
  EXPECT_EQ(EventDay(incident, v1::START_EVENT_UNSPECIFIED), std::nullopt);
  EXPECT_EQ(incident.days_to_notice(), 90);
}

// --- Statements ------------------------------------------------------------------------------

TEST_F(IncidentsTest, StatementsAreNumberedVersions) {
  EXPECT_EQ(register_.GetIncident(absl::CivilDay(2025, 2, 20)).latest_statement(), "");
  for (int i = 1; i <= 11; ++i) {
    EXPECT_EQ(register_.State("").name(), absl::StrCat("incidents/breach/statements/", i));
  }
  // By number, not by text.
  EXPECT_EQ(register_.GetIncident(absl::CivilDay(2025, 2, 20)).latest_statement(),
            "incidents/breach/statements/11");
  auto request = Parse<v1::ListStatementsRequest>("parent: 'incidents/breach' page_size: 4");
  std::vector<int> numbers;
  do {
    v1::ListStatementsResponse response;
    SmallRegister::Must(
        register_.Read([&](ReadTx& tx) { return ListStatements(tx, request, &response); }));
    for (const auto& statement : response.statements()) {
      numbers.push_back(StatementNumber(statement.name()));
    }
    request.set_page_token(response.next_page_token());
  } while (!request.page_token().empty());
  EXPECT_THAT(numbers, ElementsAre(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11));
}

TEST_F(IncidentsTest, OutputOnlyFieldsOfTheCallerAreIgnored) {
  const v1::Statement statement =
      register_.State("name: 'incidents/x/statements/7' list_people: 99 list_unmatched: 5");
  EXPECT_EQ(statement.name(), "incidents/breach/statements/1");
  EXPECT_EQ(statement.list_people(), 0);
  EXPECT_EQ(statement.list_unmatched(), 0);
}

TEST_F(IncidentsTest, AListIsCountedAndUnmatchedEntriesAreKept) {
  const v1::Statement statement = register_.State(
      "list_use: LIST_USE_ADDS", {"5001", " 5001\t", "9998", "7001", "9999", "9998", "5004"});
  EXPECT_EQ(statement.list_entries(), 7);
  EXPECT_EQ(statement.list_people(), 3);
  EXPECT_EQ(statement.list_repeated(), 2);
  EXPECT_EQ(statement.list_unmatched(), 3);
  EXPECT_EQ(statement.list_ambiguous(), 0);
  EXPECT_THAT(Unmatched(statement.name()), ElementsAre("3 9998", "5 9999", "6 9998"));
  EXPECT_THAT(Unmatched(statement.name(), 1), ElementsAre("3 9998", "5 9999", "6 9998"));
}

TEST_F(IncidentsTest, AListOfOneKindDoesNotNameTheOther) {
  const v1::Statement statement = register_.State(
      "list_use: LIST_USE_ADDS list_subject: SUBJECT_KIND_STUDENT", {"5001", "7001"});
  EXPECT_EQ(statement.list_people(), 1);
  EXPECT_THAT(Unmatched(statement.name()), ElementsAre("2 7001"));
}

TEST_F(IncidentsTest, ListsGoByTheIdsOfTheStateOrOfTheSource) {
  SmallRegister::Must(register_.Write([&](WriteTx& tx) -> absl::Status {
    RC_ASSIGN_OR_RETURN(PersonFact ana, GetPersonFact(tx, 1));
    ana.state_id = "IL1";
    ana.source_id = "src-ana";
    return WritePersonFact(tx, ana, /*existed=*/true);
  }));
  EXPECT_EQ(register_.State("list_id_kind: LIST_ID_KIND_STATE_ID", {"IL1", "5002"}).list_people(),
            1);
  EXPECT_EQ(
      register_.State("list_id_kind: LIST_ID_KIND_SOURCE_ID", {"src-ana", "IL1"}).list_people(), 1);
}

TEST_F(IncidentsTest, AnIdOfTwoPeopleIsAmbiguousAndBothCount) {
  SmallRegister::Must(register_.Write([&](WriteTx& tx) -> absl::Status {
    RC_RETURN_IF_ERROR(
        PutPerson(tx, PersonSpec{.id = 20, .kind = v1::SUBJECT_KIND_STAFF, .number = "5001"}));
    return RecordImport(tx);
  }));
  const v1::Statement statement = register_.State("list_use: LIST_USE_LIMITS", {"5001", "5002"});
  EXPECT_EQ(statement.list_people(), 3);
  EXPECT_EQ(statement.list_ambiguous(), 1);
}

TEST_F(IncidentsTest, ANumberThatAPersonOnceHadStillNamesHim) {
  SmallRegister::Must(register_.Write([&](WriteTx& tx) -> absl::Status {
    RC_ASSIGN_OR_RETURN(PersonFact ana, GetPersonFact(tx, 1));
    ana.district_id = "6001";
    return WritePersonFact(tx, ana, /*existed=*/true);
  }));
  const v1::Statement statement = register_.State("list_use: LIST_USE_LIMITS", {"5001", "6001"});
  EXPECT_EQ(statement.list_people(), 1);
  EXPECT_EQ(statement.list_unmatched(), 0);
}

TEST_F(IncidentsTest, AnEntryMatchedByALaterImportIsNoLongerUnmatched) {
  const v1::Statement statement = register_.State("list_use: LIST_USE_ADDS", {"5020"});
  EXPECT_THAT(Unmatched(statement.name()), ElementsAre("1 5020"));
  SmallRegister::Must(register_.Write([&](WriteTx& tx) -> absl::Status {
    RC_RETURN_IF_ERROR(PutPerson(tx, PersonSpec{.id = 20, .number = "5020", .name = "Late"}));
    return RecordImport(tx);
  }));
  EXPECT_THAT(Unmatched(statement.name()), IsEmpty());
  EXPECT_EQ(register_.Summary().unmatched_entries(), 0);
  EXPECT_EQ(register_.Exposed().back(), "20: birth_date! local_id! name!");
}

TEST_F(IncidentsTest, WrongStatementsAreRefused) {
  using Code = absl::StatusCode;
  ExpectRefused("parent: 'incidents/none' statement {}", Code::kNotFound, "incidents/none");
  ExpectRefused("parent: 'vendors/cleo' statement {}", Code::kInvalidArgument, "parent");
  ExpectRefused("statement { list_use: LIST_USE_ADDS }", Code::kInvalidArgument, "list_use");
  ExpectRefused("statement { list_use: LIST_USE_LIMITS }", Code::kInvalidArgument, "list_use");
  ExpectRefused("statement { data_elements: 'dataElements/student.none' }",
                Code::kFailedPrecondition, "statement.data_elements[0]");
  ExpectRefused("statement { products: 'vendors/other/products/x' }", Code::kInvalidArgument,
                "statement.products[0]");
  ExpectRefused("statement { products: 'vendors/cleo/products/none' }", Code::kFailedPrecondition,
                "statement.products[0]");
  ExpectRefused("statement { school_years: 18 }", Code::kInvalidArgument,
                "statement.school_years[0]");
  ExpectRefused("statement { list_subject: SUBJECT_KIND_GUARDIAN } entries { id: '5001' }",
                Code::kInvalidArgument, "list_subject");
  ExpectRefused("statement { document: 'documents/none' }", Code::kFailedPrecondition,
                "statement.document");
  ExpectRefused("statement {} entries { id: '5001' } entries { id: '  ' }", Code::kInvalidArgument,
                "entries[1].id");
  ExpectRefused(absl::StrCat("statement {} entries { id: '", std::string(257, '5'), "' }"),
                Code::kInvalidArgument, "entries[0].id");
  ExpectRefused("statement {} entries { id: '5001' data_elements: 'dataElements/x' }",
                Code::kFailedPrecondition, "entries[0].data_elements[0]");
}

TEST_F(IncidentsTest, NumbersOfStatementsAreRead) {
  EXPECT_EQ(StatementNumber("incidents/a/statements/12"), 12);
  EXPECT_EQ(StatementNumber("incidents/a/statements/0"), 0);
  EXPECT_EQ(StatementNumber("incidents/a/statements/-3"), 0);
  EXPECT_EQ(StatementNumber("incidents/a/statements/x"), 0);
  EXPECT_EQ(StatementNumber("12"), 0);
}

}  // namespace
}  // namespace rollcall::casework
