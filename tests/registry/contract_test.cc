// Rules of contracts and clauses, and the state that follows from their dates.

#include "absl/strings/str_cat.h"
#include "server/registry/contract_state.h"
#include "tests/registry/registry_fixture.h"

namespace rollcall::registry {
namespace {

using testing::IsError;
using testing::IsInvalidField;

std::string Date(const std::string& field, int year, int month = 1, int day = 1) {
  return absl::StrCat(field, "_date { year: ", year, " month: ", month, " day: ", day, " } ");
}

auto UnknownReference() {
  return IsError(absl::StatusCode::kFailedPrecondition, "REFERENCE_UNKNOWN");
}

class ContractTest : public RegistryTest {
 protected:
  absl::StatusOr<v1::Contract> Add(const std::string& id, const std::string& text) {
    return Create<v1::Contract>("vendors/acme", id, "form: CONTRACT_FORM_CUSTOM " + text);
  }
  absl::StatusOr<v1::Contract> Terminate(const std::string& name, int year, int month, int day,
                                         const std::string& etag = "") {
    v1::TerminateContractRequest request;
    request.set_name(name);
    request.set_etag(etag);
    request.set_reason("no longer used");
    request.mutable_termination_date()->set_year(year);
    request.mutable_termination_date()->set_month(month);
    request.mutable_termination_date()->set_day(day);
    v1::Contract response;
    RC_RETURN_IF_ERROR(
        Write([&](WriteTx& tx) { return TerminateContract(tx, today_, request, &response); }));
    return response;
  }
  v1::ContractState State(const std::string& id) {
    const auto contract = Get<v1::Contract>("vendors/acme/contracts/" + id);
    RC_EXPECT_OK(contract);
    return contract.ok() ? contract->state() : v1::CONTRACT_STATE_UNSPECIFIED;
  }
};

TEST_F(ContractTest, DaysAreInOrder) {
  const struct {
    std::string text;
    std::string wrong;
  } cases[] = {
      {Date("effective", 2024) + Date("expiry", 2023), "contract.expiry_date"},
      {Date("signed", 2020) + Date("effective", 2024) + Date("termination", 2023),
       "contract.termination_date"},
      {Date("signed", 2024) + Date("expiry", 2023), "contract.expiry_date"},
      {Date("signed", 2024) + Date("termination", 2023), "contract.termination_date"},
      {Date("effective", 2024) + Date("termination", 2025), "contract.termination_date"},
      {Date("termination", 2025), "contract.termination_date"},
  };
  for (const auto& test : cases) {
    EXPECT_THAT(Add("", test.text), IsInvalidField(test.wrong)) << test.text;
  }
}

TEST_F(ContractTest, DaysThatAreInOrderAreTaken) {
  for (const std::string& text :
       {std::string(), Date("signed", 2024), Date("effective", 2024) + Date("expiry", 2024),
        Date("signed", 2024) + Date("effective", 2023) + Date("expiry", 2023, 6),
        Date("signed", 2024) + Date("expiry", 2024) + Date("termination", 2024),
        Date("expiry", 2024)}) {
    RC_EXPECT_OK(Add("", text)) << text;
  }
}

TEST_F(ContractTest, TheFormIsRequiredAlsoWhenAnUpdateEmptiesIt) {
  EXPECT_EQ(Create<v1::Contract>("vendors/acme", "c", "").status().code(),
            absl::StatusCode::kInvalidArgument);
  RC_ASSERT_OK(Add("c", ""));
  EXPECT_EQ(Update<v1::Contract>("name: 'vendors/acme/contracts/c'", "form").status().code(),
            absl::StatusCode::kInvalidArgument);
}

TEST_F(ContractTest, TheStateFollowsFromTheDay) {
  const std::string signed_contract = Date("signed", 2024, 1, 10);
  const struct {
    std::string text;
    absl::CivilDay day;
    v1::ContractState state;
  } cases[] = {
      {Date("effective", 2024), absl::CivilDay(2025, 1, 1), v1::CONTRACT_STATE_DRAFT},
      {signed_contract, absl::CivilDay(2024, 1, 9), v1::CONTRACT_STATE_SIGNED},
      {signed_contract, absl::CivilDay(2024, 1, 10), v1::CONTRACT_STATE_ACTIVE},
      {signed_contract + Date("effective", 2024, 7), absl::CivilDay(2024, 6, 30),
       v1::CONTRACT_STATE_SIGNED},
      {signed_contract + Date("effective", 2024, 7), absl::CivilDay(2024, 7, 1),
       v1::CONTRACT_STATE_ACTIVE},
      {signed_contract + Date("expiry", 2024, 6, 30), absl::CivilDay(2024, 6, 30),
       v1::CONTRACT_STATE_ACTIVE},
      {signed_contract + Date("expiry", 2024, 6, 30), absl::CivilDay(2024, 7, 1),
       v1::CONTRACT_STATE_EXPIRED},
      {signed_contract + Date("termination", 2024, 6, 30), absl::CivilDay(2024, 6, 30),
       v1::CONTRACT_STATE_ACTIVE},
      {signed_contract + Date("termination", 2024, 6, 30), absl::CivilDay(2024, 7, 1),
       v1::CONTRACT_STATE_TERMINATED},
      {signed_contract + Date("termination", 2024, 6, 30) + Date("expiry", 2025),
       absl::CivilDay(2026, 1, 1), v1::CONTRACT_STATE_TERMINATED},
  };
  for (const auto& test : cases) {
    const auto contract = Proto<v1::Contract>(test.text);
    EXPECT_EQ(StateOf(contract, /*replaced=*/false, test.day), test.state)
        << test.text << " on " << absl::FormatCivilTime(test.day);
    const bool can_be_replaced =
        test.state == v1::CONTRACT_STATE_SIGNED || test.state == v1::CONTRACT_STATE_ACTIVE;
    EXPECT_EQ(StateOf(contract, /*replaced=*/true, test.day),
              can_be_replaced ? v1::CONTRACT_STATE_SUPERSEDED : test.state)
        << test.text;
  }
}

TEST_F(ContractTest, FirstAndLastDayAreTheDaysInForce) {
  EXPECT_FALSE(FirstDay(v1::Contract()).has_value());
  EXPECT_FALSE(LastDay(v1::Contract()).has_value());
  const auto contract = Proto<v1::Contract>(Date("signed", 2024, 3) + Date("effective", 2024, 2) +
                                            Date("expiry", 2025, 6) + Date("termination", 2025, 5));
  EXPECT_EQ(FirstDay(contract), absl::CivilDay(2024, 2, 1));
  EXPECT_EQ(LastDay(contract), absl::CivilDay(2025, 5, 1));
  EXPECT_EQ(FirstDay(Proto<v1::Contract>(Date("signed", 2024, 3))), absl::CivilDay(2024, 3, 1));
  EXPECT_EQ(LastDay(Proto<v1::Contract>(Date("expiry", 2024, 3))), absl::CivilDay(2024, 3, 1));
}

TEST_F(ContractTest, AnAmendmentTakesItsPlaceOnTheDayItIsInForce) {
  RC_ASSERT_OK(Add("a", Date("signed", 2024)));
  RC_ASSERT_OK(Add("b", Date("effective", 2025, 2, 9) + "supersedes: 'vendors/acme/contracts/a'"));
  EXPECT_EQ(State("a"), v1::CONTRACT_STATE_ACTIVE) << "the amendment is a draft";
  EXPECT_EQ(Get<v1::Contract>("vendors/acme/contracts/a")->superseded_by(),
            "vendors/acme/contracts/b");
  RC_ASSERT_OK(Update<v1::Contract>("name: 'vendors/acme/contracts/b' " + Date("signed", 2025)));
  EXPECT_EQ(State("a"), v1::CONTRACT_STATE_ACTIVE) << "the amendment begins tomorrow";
  today_ = absl::CivilDay(2025, 2, 9);
  EXPECT_EQ(State("a"), v1::CONTRACT_STATE_SUPERSEDED);
  EXPECT_EQ(State("b"), v1::CONTRACT_STATE_ACTIVE);
}

TEST_F(ContractTest, ADraftOfASecondAmendmentDoesNotReviveTheContract) {
  RC_ASSERT_OK(Add("a", Date("signed", 2024)));
  RC_ASSERT_OK(Add("b", Date("signed", 2025) + "supersedes: 'vendors/acme/contracts/a'"));
  ASSERT_EQ(State("a"), v1::CONTRACT_STATE_SUPERSEDED);
  RC_ASSERT_OK(Add("c", "supersedes: 'vendors/acme/contracts/a'"));
  EXPECT_EQ(State("a"), v1::CONTRACT_STATE_SUPERSEDED);
}

TEST_F(ContractTest, AChainOfAmendmentsEndsAndStaysWithOneVendor) {
  RC_ASSERT_OK(Add("a", ""));
  RC_ASSERT_OK(Add("b", "supersedes: 'vendors/acme/contracts/a'"));
  RC_ASSERT_OK(Add("c", "supersedes: 'vendors/acme/contracts/b'"));
  EXPECT_THAT(Update<v1::Contract>("name: 'vendors/acme/contracts/a' "
                                   "supersedes: 'vendors/acme/contracts/c'"),
              IsInvalidField("contract.supersedes"));
  EXPECT_THAT(Update<v1::Contract>("name: 'vendors/acme/contracts/a' "
                                   "supersedes: 'vendors/acme/contracts/a'"),
              IsInvalidField("contract.supersedes"));
  EXPECT_THAT(Add("d", "supersedes: 'vendors/acme/contracts/d'"),
              IsInvalidField("contract.supersedes"));
  EXPECT_THAT(Add("d", "supersedes: 'vendors/acme/contracts/none'"), UnknownReference());
  RC_ASSERT_OK(Create<v1::Contract>("vendors/other", "x", "form: CONTRACT_FORM_CUSTOM"));
  EXPECT_THAT(Add("d", "supersedes: 'vendors/other/contracts/x'"),
              IsInvalidField("contract.supersedes"));
}

TEST_F(ContractTest, ProductsAndDocumentExistAndAreOfTheVendor) {
  RC_EXPECT_OK(Add("a", "products: 'vendors/acme/products/app'"));
  EXPECT_THAT(
      Add("b", "products: 'vendors/acme/products/app' products: 'vendors/acme/products/app'"),
      IsInvalidField("contract.products[1]"));
  EXPECT_THAT(Add("b", "products: 'vendors/other/products/app'"),
              IsInvalidField("contract.products[0]"));
  EXPECT_THAT(Add("b", "products: 'vendors/acme/products/none'"), UnknownReference());
  EXPECT_THAT(Add("b", "document: 'documents/" + std::string(64, 'a') + "'"), UnknownReference());
}

TEST_F(ContractTest, AContractIsTerminatedOnce) {
  RC_ASSERT_OK(Add("a", Date("signed", 2024) + Date("expiry", 2026)));
  const std::string name = "vendors/acme/contracts/a";
  const auto before = Get<v1::Contract>(name);
  EXPECT_THAT(Terminate(name, 2025, 1, 31, "\"1\""),
              IsError(absl::StatusCode::kAborted, "ETAG_MISMATCH"));
  EXPECT_THAT(Terminate(name, 2023, 12, 31), IsInvalidField("termination_date"));
  const auto ended = Terminate(name, 2025, 1, 31, before->etag());
  RC_ASSERT_OK(ended);
  EXPECT_EQ(ended->state(), v1::CONTRACT_STATE_TERMINATED);
  EXPECT_EQ(ended->termination_reason(), "no longer used");
  EXPECT_NE(ended->etag(), before->etag());
  EXPECT_EQ(Get<v1::Contract>(name)->termination_date().day(), 31);
  EXPECT_THAT(Terminate(name, 2025, 2, 1),
              IsError(absl::StatusCode::kFailedPrecondition, "CONTRACT_STATE"));
}

TEST_F(ContractTest, WhatIsNotInForceCannotBeTerminated) {
  const auto refused = IsError(absl::StatusCode::kFailedPrecondition, "CONTRACT_STATE");
  RC_ASSERT_OK(Add("draft", ""));
  EXPECT_THAT(Terminate("vendors/acme/contracts/draft", 2025, 1, 1), refused);
  RC_ASSERT_OK(Add("expired", Date("signed", 2020) + Date("expiry", 2021)));
  EXPECT_THAT(Terminate("vendors/acme/contracts/expired", 2020, 6, 1), refused);
  EXPECT_THAT(Terminate("vendors/acme/contracts/none", 2025, 1, 1),
              IsError(absl::StatusCode::kNotFound, "NOT_FOUND"));
  EXPECT_THAT(Terminate("vendors/acme", 2025, 1, 1), IsInvalidField("name"));
}

TEST_F(ContractTest, ContractsAreListedByStateAndEnd) {
  RC_ASSERT_OK(Add("active", Date("signed", 2024) + Date("expiry", 2025, 6, 30)));
  RC_ASSERT_OK(Add("draft", ""));
  RC_ASSERT_OK(Add("expired", Date("signed", 2020) + Date("expiry", 2021)));
  v1::ListContractsRequest request;
  request.set_parent("vendors/acme");
  const auto ids = [&] {
    std::vector<std::string> found;
    const auto response = List<v1::ListContractsResponse>(Contracts(), request);
    RC_EXPECT_OK(response);
    for (const v1::Contract& contract : response->contracts()) {
      found.push_back(contract.name().substr(contract.name().rfind('/') + 1));
    }
    return found;
  };
  using Ids = std::vector<std::string>;
  EXPECT_EQ(ids(), (Ids{"active", "draft", "expired"}));
  request.set_state(v1::CONTRACT_STATE_ACTIVE);
  EXPECT_EQ(ids(), Ids{"active"});
  request.clear_state();
  *request.mutable_ending_by() = Proto<google::type::Date>("year: 2025 month: 6 day: 29");
  EXPECT_EQ(ids(), Ids{"expired"});
  request.mutable_ending_by()->set_day(30);
  EXPECT_EQ(ids(), (Ids{"active", "expired"}));
}

TEST_F(ContractTest, WhatSomethingRestsOnCannotBeDeleted) {
  const auto in_use = IsError(absl::StatusCode::kFailedPrecondition, "IN_USE");
  RC_ASSERT_OK(Add("a", ""));
  RC_ASSERT_OK(Add("b", "supersedes: 'vendors/acme/contracts/a'"));
  EXPECT_THAT(Delete<v1::Contract>("vendors/acme/contracts/a"), in_use);
  RC_ASSERT_OK(Delete<v1::Contract>("vendors/acme/contracts/b"));
  RC_ASSERT_OK(Create<v1::Share>("vendors/acme", "s",
                                 "contract: 'vendors/acme/contracts/a' "
                                 "elements { data_element: 'dataElements/student.test_name' } "
                                 "population { subject: SUBJECT_KIND_STUDENT } " +
                                     Date("start", 2024)));
  EXPECT_THAT(Delete<v1::Contract>("vendors/acme/contracts/a"), in_use);
  RC_ASSERT_OK(Delete<v1::Share>("vendors/acme/shares/s"));
  RC_EXPECT_OK(Delete<v1::Contract>("vendors/acme/contracts/a"));
}

TEST_F(ContractTest, ClausesEndWithTheirContractAndNotWithItsNeighbour) {
  for (const char* id : {"a", "ab"}) {
    RC_ASSERT_OK(Add(id, ""));
    RC_ASSERT_OK(Create<v1::Clause>(absl::StrCat("vendors/acme/contracts/", id), "x",
                                    "clause_kind: 'clauseKinds/security' "
                                    "status: CLAUSE_STATUS_PRESENT"));
  }
  const std::int64_t before = Revision();
  RC_ASSERT_OK(Delete<v1::Contract>("vendors/acme/contracts/a"));
  EXPECT_THAT(Get<v1::Clause>("vendors/acme/contracts/a/clauses/x"),
              IsError(absl::StatusCode::kNotFound, "NOT_FOUND"));
  RC_EXPECT_OK(Get<v1::Clause>("vendors/acme/contracts/ab/clauses/x"));
  RC_EXPECT_OK(Read([&](ReadTx& tx) {
    v1::Clause clause;
    return ClauseTable().Get(tx, "vendors/acme/contracts/a/clauses/x", before, &clause);
  }));
}

class ClauseTest : public ContractTest {
 protected:
  void SetUp() override {
    ContractTest::SetUp();
    RC_ASSERT_OK(ContractTest::Add("c", ""));
    for (const char* type :
         {"DAYS", "COST_ALLOCATION", "COUNTRIES", "FRAMEWORK", "AMOUNT", "TEXT"}) {
      std::string id = type;
      for (char& c : id) c = c == '_' ? '-' : static_cast<char>(c - 'A' + 'a');
      RC_ASSERT_OK(
          Create<v1::ClauseKind>("", id,
                                 absl::StrCat("value_type: CLAUSE_VALUE_TYPE_", type,
                                              " labels { language_code: 'en' text: 'e' } "
                                              "labels { language_code: 'es' text: 's' }")));
    }
  }
  absl::Status Add(const std::string& kind, const std::string& value,
                   const std::string& status = "PRESENT") {
    return Create<v1::Clause>("vendors/acme/contracts/c", "",
                              absl::StrCat("clause_kind: 'clauseKinds/", kind,
                                           "' status: CLAUSE_STATUS_", status, " ", value))
        .status();
  }
};

TEST_F(ClauseTest, AValueHasTheTypeOfItsKindAndNoOther) {
  const std::vector<std::pair<std::string, std::string>> values = {
      {"notice",
       "value { notice_period { length: 72 unit: PERIOD_UNIT_HOURS "
       "start_event: START_EVENT_VENDOR_CONFIRMED } }"},
      {"days", "value { days: 60 }"},
      {"cost-allocation", "value { cost_allocation { notice: COST_BEARER_VENDOR } }"},
      {"countries", "value { countries { country_codes: 'US' } }"},
      {"framework", "value { framework { framework: 'NIST CSF' } }"},
      {"amount", "value { amount { currency_code: 'USD' units: 1000000 } }"},
      {"text", "value { text: 'words' }"},
  };
  for (const auto& [kind, unused] : values) {
    for (const auto& [type, value] : values) {
      if (kind == type) {
        RC_EXPECT_OK(Add(kind, value));
      } else {
        EXPECT_THAT(Add(kind, value), IsInvalidField("clause.value")) << kind << " " << value;
      }
    }
    EXPECT_THAT(Add("security", unused), IsInvalidField("clause.value"));
    RC_EXPECT_OK(Add(kind, "")) << "a term may be there without a value";
  }
}

TEST_F(ClauseTest, AnAbsentTermHasNoValue) {
  RC_EXPECT_OK(Add("days", "", "ABSENT"));
  EXPECT_THAT(Add("days", "value { days: 1 }", "ABSENT"), IsInvalidField("clause.value"));
  RC_EXPECT_OK(Add("days", "value { days: 1 }", "MODIFIED"));
}

TEST_F(ClauseTest, ANoticePeriodIsWhole) {
  const auto period = [&](int length, const char* unit, const char* event) {
    return Add("notice",
               absl::StrCat("value { notice_period { length: ", length, " unit: PERIOD_UNIT_", unit,
                            " start_event: START_EVENT_", event, " } }"));
  };
  RC_EXPECT_OK(period(30, "CALENDAR_DAYS", "VENDOR_LEARNED"));
  RC_EXPECT_OK(period(0, "WITHOUT_DELAY", "VENDOR_LEARNED"));
  RC_EXPECT_OK(period(10'000, "HOURS", "INCIDENT"));
  EXPECT_THAT(period(30, "UNSPECIFIED", "INCIDENT"), IsInvalidField("clause.value.notice_period"));
  EXPECT_THAT(period(30, "HOURS", "UNSPECIFIED"), IsInvalidField("clause.value.notice_period"));
  for (const int length : {0, -1, 10'001}) {
    EXPECT_THAT(period(length, "HOURS", "INCIDENT"),
                IsInvalidField("clause.value.notice_period.length"));
  }
  EXPECT_THAT(period(1, "WITHOUT_DELAY", "INCIDENT"),
              IsInvalidField("clause.value.notice_period.length"));
}

TEST_F(ClauseTest, DaysAndCountriesHaveBounds) {
  RC_EXPECT_OK(Add("days", "value { days: 0 }"));
  RC_EXPECT_OK(Add("days", "value { days: 36500 }"));
  EXPECT_THAT(Add("days", "value { days: -1 }"), IsInvalidField("clause.value.days"));
  EXPECT_THAT(Add("days", "value { days: 36501 }"), IsInvalidField("clause.value.days"));
  EXPECT_THAT(Add("countries", "value { countries { country_codes: 'US' country_codes: 'USA' } }"),
              IsInvalidField("clause.value.countries.country_codes"));
}

TEST_F(ClauseTest, TheKindIsKnown) { EXPECT_THAT(Add("none", ""), UnknownReference()); }

}  // namespace
}  // namespace rollcall::registry
