// What vendors hold: exposures of vendors, products and parties behind them, what-ifs, files and
// certificates, the portfolio, one person, differences and proofs.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_join.h"
#include "server/casework/exposure_comparison.h"
#include "server/casework/person_exposure.h"
#include "storage/register_tables.h"
#include "tests/casework/register_with_vendors.h"

namespace rollcall::casework {
namespace {

using ::rollcall::testing::DayOf;
using ::rollcall::testing::Parse;
using ::rollcall::testing::RecordImport;
using ::rollcall::testing::RegisterWithVendors;
using ::rollcall::testing::SmallRegister;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr char kName[] = "dataElements/student.name";

class HoldingsTest : public ::testing::Test {
 protected:
  absl::StatusOr<v1::ExposureSummary> Ask(const v1::WhatIf* what_if, const std::string& name = "") {
    v1::ExposureSummary summary;
    RC_RETURN_IF_ERROR(register_.Read([&](ReadTx& tx) -> absl::Status {
      RC_ASSIGN_OR_RETURN(const auto resolved,
                          register_.exposures.Resolve(tx, {name, what_if, 0, register_.today()}));
      RC_ASSIGN_OR_RETURN(summary, SummarizeExposure(tx, *resolved, false));
      return absl::OkStatus();
    }));
    return summary;
  }

  v1::ListExposedPeopleResponse List(const v1::ListExposedPeopleRequest& request) {
    v1::ListExposedPeopleResponse response;
    SmallRegister::Must(register_.Read([&](ReadTx& tx) {
      return ListExposedPeople(tx, register_.exposures, register_.today(), request, &response);
    }));
    return response;
  }

  v1::ListExposedPeopleResponse List(std::string_view request) {
    return List(Parse<v1::ListExposedPeopleRequest>(request));
  }

  absl::StatusOr<v1::PersonExposure> Person(int number, std::int64_t revision = 0) {
    v1::GetPersonExposureRequest request;
    request.set_name(absl::StrCat("people/", number));
    request.set_revision(revision);
    v1::PersonExposure response;
    RC_RETURN_IF_ERROR(register_.Read([&](ReadTx& tx) {
      return GetPersonExposure(tx, register_.portfolio, register_.today(), request, &response);
    }));
    return response;
  }

  absl::StatusOr<v1::CompareExposuresResponse> Compare(const v1::CompareExposuresRequest& request) {
    v1::CompareExposuresResponse response;
    RC_RETURN_IF_ERROR(register_.Read([&](ReadTx& tx) {
      return CompareExposures(tx, register_.exposures, register_.today(), request, &response);
    }));
    return response;
  }

  absl::StatusOr<v1::ExposureProof> Prove(const std::string& name, int person) {
    v1::ProveExposureRequest request;
    request.set_name(name);
    request.set_person(absl::StrCat("people/", person));
    v1::ExposureProof response;
    RC_RETURN_IF_ERROR(register_.Read([&](ReadTx& tx) {
      return ProveExposure(tx, register_.exposures, register_.today(), request, &response);
    }));
    return response;
  }

  // `cloud` gets names and birth dates from cleo, from 2018 on.
  void AddCloud() {
    register_.AddVendor("cloud");
    register_.AddEdge(R"(
        parent: "vendors/cleo" subprocessor_id: "cloud"
        subprocessor {
          processor: "vendors/cloud" start_date { year: 2018 month: 1 day: 1 }
          data_elements: "dataElements/student.name"
          data_elements: "dataElements/student.birth_date" })");
  }

  void UpdateIncident(std::string_view incident, const std::string& path) {
    v1::UpdateIncidentRequest request;
    *request.mutable_incident() = Parse<v1::Incident>(incident);
    request.mutable_update_mask()->add_paths(path);
    v1::Incident response;
    SmallRegister::Must(register_.Write([&](WriteTx& tx) {
      return registry::UpdateRecord(tx, Incidents(), register_.today(), request, &response);
    }));
  }

  std::map<std::string, std::int64_t> PeopleByVendor() {
    std::map<std::string, std::int64_t> people;
    auto list = register_.Portfolio();
    SmallRegister::Must(list.status());
    for (const auto& row : list->vendors()) people[row.vendor()] = row.people();
    return people;
  }

  // How many vendors are computed anew when the list is asked for again.
  std::int64_t Recomputed() {
    const std::int64_t before = register_.portfolio.rows_computed();
    SmallRegister::Must(register_.Portfolio().status());
    return register_.portfolio.rows_computed() - before;
  }

  RegisterWithVendors register_;
};

// --- Vendors and products ----------------------------------------------------------------------

TEST_F(HoldingsTest, AVendorHoldsWhatItsSharesCoverToday) {
  EXPECT_THAT(register_.Exposed("vendors/cleo"),
              ElementsAre("1: birth_date local_id medicaid_id name", "2: local_id name",
                          "3: birth_date local_id name", "5: birth_date local_id medicaid_id name",
                          "6: staff.name"));
  const v1::ExposureBasis basis = register_.Summary("vendors/cleo").basis();
  EXPECT_EQ(basis.vendor(), "vendors/cleo");
  EXPECT_EQ(basis.incident(), "");
  EXPECT_EQ(basis.statement(), "");
  EXPECT_EQ(ToCivilDay(basis.window_start_date()), register_.today());
  EXPECT_EQ(ToCivilDay(basis.window_end_date()), register_.today());
}

TEST_F(HoldingsTest, AProductIsItsShareOfTheVendor) {
  EXPECT_THAT(register_.Exposed("vendors/cleo/products/staffing"), ElementsAre("6: staff.name"));
  EXPECT_EQ(register_.Exposed("vendors/cleo/products/tasks").size(), 4U);
  EXPECT_EQ(Ask(nullptr, "vendors/cleo/products/none").status().code(),
            absl::StatusCode::kNotFound);
  EXPECT_EQ(Ask(nullptr, "vendors/none").status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(Ask(nullptr, "vendors/cleo/shares/tasks").status().code(),
            absl::StatusCode::kInvalidArgument);
}

TEST_F(HoldingsTest, AFourthPartyHoldsWhatTheEdgeCarries) {
  AddCloud();
  EXPECT_THAT(
      register_.Exposed("vendors/cloud"),
      ElementsAre("1: birth_date name", "2: name", "3: birth_date name", "5: birth_date name"));
  const v1::ExposureSummary summary = register_.Summary("vendors/cloud");
  ASSERT_EQ(summary.basis().upstream_size(), 1);
  EXPECT_EQ(summary.basis().upstream(0).vendor(), "vendors/cleo");
  EXPECT_THAT(summary.basis().upstream(0).chain(), ElementsAre("vendors/cleo", "vendors/cloud"));
  EXPECT_EQ(summary.cells_confirmed(), 0);
  const auto list = List("parent: 'vendors/cloud' page_size: 1");
  EXPECT_EQ(list.people(0).elements(0).reasons(0).share(), "vendors/cleo/shares/tasks");
}

TEST_F(HoldingsTest, AnEdgeThatEndedCarriesNothingThatCameLater) {
  AddCloud();
  register_.AddVendor("vault");
  register_.AddEdge(R"(
      parent: "vendors/cloud" subprocessor_id: "vault"
      subprocessor { processor: "vendors/vault" end_date { year: 2018 month: 8 day: 31 } })");
  // Only Ana was at school before the end.
  EXPECT_THAT(register_.Exposed("vendors/vault"), ElementsAre("1: birth_date name"));
  EXPECT_THAT(register_.Summary("vendors/vault").basis().upstream(1).chain(),
              ElementsAre("vendors/cleo", "vendors/cloud", "vendors/vault"));
}

TEST_F(HoldingsTest, AThousandVendorsInARowAreFollowedToTheEnd) {
  constexpr int kLength = 1000;
  const auto name = [](int i) { return absl::StrCat("vendors/c", i); };
  SmallRegister::Must(register_.Write([&](WriteTx& tx) -> absl::Status {
    for (int i = 0; i < kLength; ++i) {
      v1::Vendor vendor;
      vendor.set_name(name(i));
      vendor.set_legal_name("Chain");
      vendor.set_kind(v1::VENDOR_KIND_OPERATOR);
      RC_RETURN_IF_ERROR(VendorTable().Insert(tx, &vendor));
    }
    for (int i = 0; i + 1 < kLength; ++i) {
      v1::Subprocessor edge;
      edge.set_name(name(i) + "/subprocessors/next");
      edge.set_processor(name(i + 1));
      RC_RETURN_IF_ERROR(SubprocessorTable().Insert(tx, &edge));
    }
    return absl::OkStatus();
  }));
  register_.AddEdge(R"(parent: "vendors/cleo" subprocessor_id: "first"
                       subprocessor { processor: "vendors/c0" })");
  const std::string last = name(kLength - 1);
  EXPECT_EQ(register_.Exposed(last), register_.Exposed("vendors/cleo"));
  const v1::ExposureBasis basis = register_.Summary(last).basis();
  ASSERT_EQ(basis.upstream_size(), kLength);
  EXPECT_EQ(basis.upstream(0).vendor(), name(kLength - 2));
  EXPECT_EQ(basis.upstream(kLength - 1).vendor(), "vendors/cleo");
  EXPECT_EQ(basis.upstream(kLength - 1).chain_size(), kLength + 1);
}

// --- What-ifs ----------------------------------------------------------------------------------

TEST_F(HoldingsTest, AWhatIfAnswersAsAnIncidentWouldAndStoresNothing) {
  const auto before = register_.Tables();
  const auto what_if = Parse<v1::WhatIf>(R"(
      vendor: "vendors/cleo" school_years: 2018 school_years: 2019
      window_start_date { year: 2024 month: 11 day: 10 }
      window_end_date { year: 2024 month: 12 day: 31 })");
  auto answer = Ask(&what_if);
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(register_.Tables(), before);
  EXPECT_EQ(answer->basis().incident(), "");

  register_.State("school_years: 2018 school_years: 2019");
  v1::ExposureSummary stated = register_.Summary();
  EXPECT_EQ(answer->people(), 2);
  // All but the names and the revision that an incident has.
  for (v1::ExposureSummary* summary : {&*answer, &stated}) {
    summary->mutable_basis()->clear_incident();
    summary->mutable_basis()->clear_statement();
    summary->mutable_basis()->clear_revision();
  }
  EXPECT_EQ(answer->DebugString(), stated.DebugString());
}

TEST_F(HoldingsTest, AWhatIfTakesAList) {
  auto what_if = Parse<v1::WhatIf>(R"(
      vendor: "vendors/cleo" ids: "5001" ids: "5004" ids: "9999" list_use: LIST_USE_LIMITS)");
  const auto before = register_.Tables();
  const auto answer = Ask(&what_if);
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(answer->people(), 2);
  EXPECT_EQ(answer->unmatched_entries(), 1);
  EXPECT_EQ(register_.Tables(), before);
  v1::ListExposedPeopleRequest request;
  *request.mutable_what_if() = what_if;
  const auto list = List(request);
  ASSERT_EQ(list.people_size(), 2);
  EXPECT_EQ(list.people(0).person(), "people/1");
  EXPECT_EQ(list.people(1).person(), "people/4");
  EXPECT_EQ(list.people(1).elements(0).certainty(), v1::CERTAINTY_CONFIRMED);

  what_if.set_list_use(v1::LIST_USE_ADDS);
  EXPECT_EQ(Ask(&what_if)->people(), 6);
}

TEST_F(HoldingsTest, WhatIfsThatCannotBeAreRefused) {
  const auto code = [&](std::string_view text, const std::string& name = "") {
    const auto what_if = Parse<v1::WhatIf>(text);
    return Ask(&what_if, name).status().code();
  };
  EXPECT_EQ(code("vendor: 'vendors/none'"), absl::StatusCode::kNotFound);
  EXPECT_EQ(code("vendor: 'vendors/cleo'", "vendors/cleo"), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(code("vendor: 'cleo'"), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(code("vendor: 'vendors/cleo' list_use: LIST_USE_ADDS"),
            absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(code(R"(vendor: 'vendors/cleo' window_start_date { year: 2024 month: 2 day: 2 }
                    window_end_date { year: 2024 month: 2 day: 1 })"),
            absl::StatusCode::kInvalidArgument);
  register_.AddVendor("other");
  EXPECT_EQ(code("vendor: 'vendors/other' products: 'vendors/cleo/products/tasks'"),
            absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(code("vendor: 'vendors/cleo' data_elements: 'dataElements/none'"),
            absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(Ask(nullptr, "").status().code(), absl::StatusCode::kInvalidArgument);
}

// --- Files and certificates --------------------------------------------------------------------

TEST_F(HoldingsTest, AFileConfirmsAndReachesWhomNoShareCovers) {
  register_.AddTransfer("vendors/cleo", DayOf(2016, 3, 1),
                        "elements { data_element: 'dataElements/student.gender' }",
                        {"5001", "5004", "9999"});
  register_.State("");
  EXPECT_THAT(register_.Exposed(), Contains("1: birth_date gender! local_id medicaid_id name"));
  EXPECT_THAT(register_.Exposed(), Contains("4: gender!"));
  const v1::ExposureBasis basis = register_.Summary().basis();
  ASSERT_EQ(basis.transfer_groups_size(), 1);
  EXPECT_EQ(basis.transfer_groups(0).people(), 2);
  EXPECT_EQ(basis.transfer_groups(0).unmatched(), 1);
  EXPECT_THAT(basis.warnings(), Contains(HasSubstr("1 ids in files that were sent match nobody")));
}

TEST_F(HoldingsTest, AnIdThatMatchedNobodyNamesWhoComesLater) {
  register_.AddTransfer("vendors/cleo", DayOf(2024, 3, 1),
                        "elements { data_element: 'dataElements/student.gender' }", {"n1001"});
  register_.State("");
  const std::int64_t then = register_.Revision();
  const auto people_then = register_.Exposed();
  register_.AddStudents(1);
  EXPECT_THAT(register_.Exposed(), Contains("1001: birth_date gender! local_id name"));
  EXPECT_EQ(register_.Summary().basis().transfer_groups(0).unmatched(), 0);
  EXPECT_EQ(register_.Exposed("incidents/breach", then), people_then);
  EXPECT_EQ(register_.Summary("incidents/breach", then).basis().transfer_groups(0).unmatched(), 1);
}

TEST_F(HoldingsTest, ACertificateMakesTheExposureSmallerAndSaysSo) {
  register_.State("");
  EXPECT_EQ(register_.Summary().people(), 5);
  register_.AddDisposition(R"(
      parent: "vendors/cleo" disposition_id: "purge"
      disposition {
        nature: DISPOSITION_NATURE_DESTROYED disposition_date { year: 2024 month: 7 day: 31 }
        shares: "vendors/cleo/shares/tasks" })");
  // Who was enrolled again after that day is still exposed: Ana, who was in Medicaid before only,
  // and Ben. Cal and Eve had left.
  EXPECT_THAT(register_.Exposed(),
              ElementsAre("1: birth_date local_id name", "2: local_id name", "6: staff.name"));
  const v1::ExposureSummary summary = register_.Summary();
  EXPECT_EQ(summary.people_removed(), 2);
  EXPECT_EQ(summary.cells_removed(), 8);
  EXPECT_THAT(summary.basis().dispositions(), ElementsAre("vendors/cleo/dispositions/purge"));
  const auto removed = List("parent: 'incidents/breach' filter { removed_people: true }");
  ASSERT_EQ(removed.people_size(), 2);
  EXPECT_EQ(removed.total_size(), 2);
  EXPECT_EQ(removed.people(0).person(), "people/3");
  EXPECT_EQ(removed.people(0).elements_size(), 0);
  ASSERT_EQ(removed.people(0).removed_size(), 3);
  EXPECT_THAT(removed.people(0).removed(0).dispositions(),
              ElementsAre("vendors/cleo/dispositions/purge"));
  EXPECT_EQ(removed.people(0).removed(0).reasons(0).share(), "vendors/cleo/shares/tasks");
  EXPECT_EQ(removed.people(1).person(), "people/5");
}

TEST_F(HoldingsTest, ACertificateSpeaksOfWhoComesLaterUnderAnIdThatItNames) {
  register_.AddDisposition(R"(
      parent: "vendors/cleo" ids: "n1001" ids: "5003"
      disposition { nature: DISPOSITION_NATURE_DESTROYED
                    disposition_date { year: 2025 month: 12 day: 31 } })");
  EXPECT_EQ(register_.Summary("vendors/cleo").people_removed(), 1);
  register_.AddStudents(2);
  EXPECT_EQ(register_.Summary("vendors/cleo").people_removed(), 2);
  EXPECT_THAT(register_.Exposed("vendors/cleo"), Contains("1002: birth_date local_id name"));
  EXPECT_THAT(register_.Exposed("vendors/cleo"), Not(Contains(HasSubstr("1001:"))));
}

TEST_F(HoldingsTest, AnIdOfTwoPeopleInACertificateTakesNobodyAway) {
  SmallRegister::Must(register_.Write([&](WriteTx& tx) -> absl::Status {
    RC_ASSIGN_OR_RETURN(PersonFact ben, GetPersonFact(tx, 2));
    // What was Ana's number once is Ben's now.
    ben.district_id = "5001";
    RC_RETURN_IF_ERROR(WritePersonFact(tx, ben, /*existed=*/true));
    return RecordImport(tx);
  }));
  const v1::Disposition certificate = register_.AddDisposition(R"(
      parent: "vendors/cleo" ids: "5001" ids: "5003"
      disposition { nature: DISPOSITION_NATURE_DESTROYED
                    disposition_date { year: 2025 month: 12 day: 31 } })");
  EXPECT_EQ(certificate.ambiguous(), 1);
  EXPECT_EQ(certificate.people(), 1);
  EXPECT_EQ(register_.Summary("vendors/cleo").people_removed(), 1);
  // Who is named without a doubt as well is taken away.
  EXPECT_EQ(register_
                .AddDisposition(R"(
      parent: "vendors/cleo" ids: "5001" ids: "5002"
      disposition { nature: DISPOSITION_NATURE_DESTROYED
                    disposition_date { year: 2025 month: 12 day: 31 } })")
                .people(),
            1);
}

TEST_F(HoldingsTest, ACertificateFromTheFirstDayOfTheWindowOnTakesNothingAway) {
  register_.State("");
  register_.AddDisposition(R"(
      parent: "vendors/cleo"
      disposition { nature: DISPOSITION_NATURE_DESTROYED
                    disposition_date { year: 2024 month: 11 day: 10 } })");
  EXPECT_EQ(register_.Summary().people(), 5);
  EXPECT_THAT(register_.Summary().basis().dispositions(), IsEmpty());
}

TEST_F(HoldingsTest, WithoutAFirstDayNoCertificateCountsAndTheReaderIsTold) {
  register_.State("");
  register_.AddDisposition(R"(
      parent: "vendors/cleo"
      disposition { nature: DISPOSITION_NATURE_DESTROYED
                    disposition_date { year: 2019 month: 1 day: 1 } })");
  EXPECT_THAT(register_.Summary().basis().warnings(),
              Not(Contains(HasSubstr("beginning of the compromise"))));
  UpdateIncident("name: 'incidents/breach'", "window_start_date");
  EXPECT_EQ(register_.Summary().people_removed(), 0);
  EXPECT_EQ(register_.Summary().people(), 5);
  EXPECT_THAT(register_.Summary().basis().warnings(),
              Contains(HasSubstr("the beginning of the compromise is not known: 1 dispositions")));
}

TEST_F(HoldingsTest, WhatCameThroughOthersCouldComeAgainUntilTheLastHandWasClosed) {
  // Data that cleo passed to the relay by 2018 could go from there to the vault until 2022.
  register_.AddVendor("relay");
  register_.AddVendor("vault");
  register_.AddEdge(R"(parent: "vendors/cleo" subprocessor_id: "a"
      subprocessor { processor: "vendors/relay" end_date { year: 2018 month: 12 day: 31 } })");
  register_.AddEdge(R"(parent: "vendors/relay" subprocessor_id: "b"
      subprocessor { processor: "vendors/vault" end_date { year: 2022 month: 12 day: 31 } })");
  const auto everybody = register_.Exposed("vendors/vault");
  ASSERT_EQ(everybody.size(), 2U);  // Ana and Cal were there by then.
  register_.AddDisposition(R"(
      parent: "vendors/vault" disposition_id: "early"
      disposition { nature: DISPOSITION_NATURE_DESTROYED
                    disposition_date { year: 2020 month: 1 day: 1 } })");
  EXPECT_EQ(register_.Exposed("vendors/vault"), everybody);
  register_.AddDisposition(R"(
      parent: "vendors/vault" disposition_id: "late"
      disposition { nature: DISPOSITION_NATURE_DESTROYED
                    disposition_date { year: 2023 month: 1 day: 1 } })");
  EXPECT_THAT(register_.Exposed("vendors/vault"), IsEmpty());
  EXPECT_EQ(register_.Summary("vendors/vault").people_removed(), 2);
}

TEST_F(HoldingsTest, WhatTheReceiverDestroyedIsStillWithTheCarrierUpstream) {
  // The file for cleo was carried by the relay, which passes on to the vault.
  for (const char* vendor : {"relay", "vault"}) register_.AddVendor(vendor);
  register_.AddEdge(R"(parent: "vendors/cleo" subprocessor_id: "a"
                       subprocessor { processor: "vendors/vault" })");
  register_.AddEdge(R"(parent: "vendors/relay" subprocessor_id: "b"
                       subprocessor { processor: "vendors/vault" })");
  register_.AddTransfer("vendors/cleo", DayOf(2018, 3, 1), R"(
      elements { data_element: 'dataElements/student.gender' } via: "vendors/relay")",
                        {"5004"});
  const auto groups = [&] {
    std::int64_t files = 0;
    const v1::ExposureSummary summary = register_.Summary("vendors/vault");
    for (const auto& group : summary.basis().transfer_groups()) {
      files += group.transfers();
    }
    return files;
  };
  EXPECT_THAT(register_.Exposed("vendors/vault"), Contains("4: gender"));
  EXPECT_EQ(groups(), 1);  // One file, by whatever hands it came.
  register_.AddDisposition(R"(
      parent: "vendors/cleo"
      disposition { nature: DISPOSITION_NATURE_DESTROYED includes_subprocessors: true
                    disposition_date { year: 2020 month: 1 day: 1 } })");
  EXPECT_THAT(register_.Exposed("vendors/vault"), Contains("4: gender"));
  register_.AddDisposition(R"(
      parent: "vendors/relay"
      disposition { nature: DISPOSITION_NATURE_DESTROYED includes_subprocessors: true
                    disposition_date { year: 2020 month: 1 day: 1 } })");
  EXPECT_THAT(register_.Exposed("vendors/vault"), Not(Contains("4: gender")));
}

TEST_F(HoldingsTest, AShareWithoutElementsAndAPopulationOfNobodyAreSaid) {
  register_.AddVendor("bare");
  // The rules take no such share; the table would.
  SmallRegister::Must(register_.Write([&](WriteTx& tx) {
    auto share = Parse<v1::Share>(R"(
        name: "vendors/bare/shares/none" population { subject: SUBJECT_KIND_STUDENT }
        start_date { year: 2017 month: 7 day: 1 })");
    return ShareTable().Insert(tx, &share);
  }));
  v1::ExposureSummary summary = register_.Summary("vendors/bare");
  EXPECT_EQ(summary.people(), 0);
  EXPECT_THAT(summary.basis().warnings(),
              Contains("shares without any element: vendors/bare/shares/none"));
  register_.AddShare(R"(parent: "vendors/bare" share_id: "nobody" share {
      elements { data_element: "dataElements/student.name" }
      population { subject: SUBJECT_KIND_STUDENT grades: "99" }
      start_date { year: 2017 month: 7 day: 1 } })");
  summary = register_.Summary("vendors/bare");
  EXPECT_EQ(summary.people(), 0);
  EXPECT_THAT(summary.basis().warnings(), Contains(HasSubstr("no person in the roster matches")));
}

// --- Differences -------------------------------------------------------------------------------

TEST_F(HoldingsTest, ASecondStatementIsComparedWithTheFirst) {
  register_.State("");
  const std::int64_t then = register_.Revision();
  const v1::ExposureSummary first = register_.Summary();
  register_.State(
      R"(school_years: 2018 school_years: 2020 data_elements: "dataElements/student.name"
                     data_elements: "dataElements/student.gender")");
  auto request = Parse<v1::CompareExposuresRequest>(
      "base: 'incidents/breach/statements/1' other: 'incidents/breach/statements/2'");
  auto all = Compare(request);
  ASSERT_TRUE(all.ok()) << all.status();
  EXPECT_EQ(all->people_added(), 0);
  EXPECT_EQ(all->people_removed(), 3);  // Ben, Cal and Tom.
  EXPECT_EQ(all->people_changed(), 2);  // Ana and Eve.
  EXPECT_EQ(all->people_same(), 0);
  ASSERT_EQ(all->people_size(), 5);
  EXPECT_EQ(all->people(0).person(), "people/1");
  EXPECT_THAT(all->people(0).added(), ElementsAre("dataElements/student.gender"));
  EXPECT_THAT(all->people(0).removed(),
              ElementsAre("dataElements/student.birth_date", "dataElements/student.local_id",
                          "dataElements/student.medicaid_id"));
  std::map<std::string, std::pair<std::int64_t, std::int64_t>> elements;
  for (const auto& row : all->elements()) {
    elements[row.data_element()] = {row.added(), row.removed()};
  }
  EXPECT_EQ(elements, (std::map<std::string, std::pair<std::int64_t, std::int64_t>>{
                          {"dataElements/staff.name", {0, 1}},
                          {"dataElements/student.birth_date", {0, 3}},
                          {"dataElements/student.gender", {2, 0}},
                          {"dataElements/student.local_id", {0, 4}},
                          {"dataElements/student.medicaid_id", {0, 2}},
                          {"dataElements/student.name", {0, 2}}}));

  // Page by page, while the register changes.
  request.set_page_size(2);
  std::vector<std::string> people;
  do {
    auto page = Compare(request);
    ASSERT_TRUE(page.ok()) << page.status();
    EXPECT_EQ(page->people_removed(), 3);
    EXPECT_EQ(page->base().revision(), all->base().revision());
    EXPECT_LE(page->people_size(), 2);
    for (const auto& person : page->people()) people.push_back(person.person());
    register_.AddStudents(1);
    request.set_page_token(page->next_page_token());
  } while (!request.page_token().empty());
  EXPECT_THAT(people, ElementsAre("people/1", "people/2", "people/3", "people/5", "people/6"));
  request.set_page_token("");
  request.set_page_size(0);
  EXPECT_EQ(Compare(request)->people_removed(), 6);  // Now with those who came since.

  // The first statement at its own revision is what it was.
  EXPECT_EQ(register_.Summary("incidents/breach/statements/1", then).SerializeAsString(),
            first.SerializeAsString());
  request = Parse<v1::CompareExposuresRequest>(
      "base: 'incidents/breach/statements/1' other: 'incidents/breach/statements/1'");
  request.set_base_revision(then);
  const auto grown = Compare(request);
  EXPECT_EQ(grown->people_added(), 3);
  EXPECT_EQ(grown->people_same(), 5);
  EXPECT_EQ(grown->people_size(), 3);
}

TEST_F(HoldingsTest, AComparisonWithItselfIsEmptyAndATokenOfAnotherIsRefused) {
  register_.State("");
  auto request = Parse<v1::CompareExposuresRequest>(
      "base: 'vendors/cleo' other: 'vendors/cleo/products/staffing' page_size: 1");
  const auto page = Compare(request);
  EXPECT_EQ(page->people_removed(), 4);
  EXPECT_EQ(page->people_same(), 1);
  request.set_page_token(page->next_page_token());
  request.set_other("vendors/cleo");
  EXPECT_EQ(Compare(request).status().code(), absl::StatusCode::kInvalidArgument);
  request.set_page_token("");
  const auto same = Compare(request);
  EXPECT_EQ(same->people_same(), 5);
  EXPECT_THAT(same->people(), IsEmpty());
  EXPECT_THAT(same->elements(), IsEmpty());
  EXPECT_EQ(same->next_page_token(), "");
}

// --- The portfolio -----------------------------------------------------------------------------

TEST_F(HoldingsTest, ThePortfolioCountsAsTheSummariesDo) {
  AddCloud();
  register_.AddVendor("empty");
  register_.AddVendor("direct");
  register_.AddTransfer("vendors/direct", DayOf(2024, 3, 1), R"(
      elements { data_element: 'dataElements/student.medicaid_id' }
      elements { data_element: 'dataElements/student.name' populated: 2 } via: "vendors/cloud")",
                        {"5001", "5002", "9999"});
  register_.AddDisposition(R"(
      parent: "vendors/cleo" disposition_id: "purge"
      disposition { nature: DISPOSITION_NATURE_DESTROYED
                    disposition_date { year: 2019 month: 12 day: 31 } })");
  const auto list = register_.Portfolio();
  ASSERT_TRUE(list.ok()) << list.status();
  EXPECT_EQ(list->total_size(), 4);
  std::vector<std::string> order;
  for (const v1::VendorExposure& row : list->vendors()) {
    order.push_back(row.vendor());
    const v1::ExposureSummary summary = register_.Summary(row.vendor());
    EXPECT_EQ(row.people(), summary.people()) << row.vendor();
    EXPECT_EQ(row.current_students(), summary.current_students()) << row.vendor();
    EXPECT_DOUBLE_EQ(row.share_of_enrollment(), summary.share_of_enrollment()) << row.vendor();
    EXPECT_EQ(row.cells(), summary.cells()) << row.vendor();
    EXPECT_EQ(row.cells_sensitive(), summary.cells_sensitive()) << row.vendor();
    EXPECT_EQ(row.cells_populated(), summary.cells_populated()) << row.vendor();
    EXPECT_EQ(row.shares(), summary.basis().shares_size()) << row.vendor();
    EXPECT_EQ(row.problem(), "");
    EXPECT_EQ(row.legal_name().empty(), false);
  }
  // Cal and Ana before the end of 2019 are gone, but Ana and Ben came back; Eve did until 2020.
  EXPECT_EQ(
      PeopleByVendor(),
      (std::map<std::string, std::int64_t>{
          {"vendors/cleo", 4}, {"vendors/cloud", 4}, {"vendors/direct", 2}, {"vendors/empty", 0}}));
  EXPECT_THAT(order,
              ElementsAre("vendors/cleo", "vendors/cloud", "vendors/direct", "vendors/empty"));
}

TEST_F(HoldingsTest, ThePortfolioIsOrderedAndPaged) {
  AddCloud();
  register_.AddVendor("empty");
  register_.AddVendor("wide");
  register_.AddTransfer("vendors/wide", DayOf(2024, 3, 1),
                        "elements { data_element: 'dataElements/student.medicaid_id' }",
                        {"5001", "5002", "5003", "5004", "5005"});
  const auto order = [&](const std::string& by, bool exposed_only = false) {
    std::vector<std::string> vendors;
    v1::ListVendorExposuresRequest request;
    request.set_order_by(by);
    request.set_page_size(2);
    request.set_exposed_only(exposed_only);
    std::int64_t revision = 0;
    do {
      const auto page = register_.Portfolio(request);
      SmallRegister::Must(page.status());
      EXPECT_EQ(page->total_size(), exposed_only ? 3 : 4);
      if (revision == 0) revision = page->revision();
      EXPECT_EQ(page->revision(), revision);
      for (const auto& row : page->vendors()) vendors.push_back(row.vendor().substr(8));
      // What happens between two pages is not seen.
      register_.AddShare(absl::StrCat(
          "parent: 'vendors/empty' share_id: 'later-", register_.Revision(),
          "' share { elements { data_element: 'dataElements/student.name' }",
          " population { subject: SUBJECT_KIND_STUDENT } start_date { year: 2017 month: 1 day: 1 }",
          " end_date { year: 2017 month: 1 day: 2 } }"));
      request.set_page_token(page->next_page_token());
    } while (!request.page_token().empty());
    return vendors;
  };
  EXPECT_THAT(order(""), ElementsAre("cleo", "wide", "cloud", "empty"));
  EXPECT_THAT(order("people"), ElementsAre("cleo", "wide", "cloud", "empty"));
  EXPECT_THAT(order("cells"), ElementsAre("cleo", "cloud", "wide", "empty"));
  EXPECT_THAT(order("sensitive").front(), "wide");
  EXPECT_THAT(order("populated").front(), "cleo");
  EXPECT_THAT(order("vendor"), ElementsAre("cleo", "cloud", "empty", "wide"));
  EXPECT_THAT(order("", true), ElementsAre("cleo", "wide", "cloud"));
  v1::ListVendorExposuresRequest request;
  request.set_order_by("name");
  EXPECT_EQ(register_.Portfolio(request).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST_F(HoldingsTest, OnlyWhatChangedIsComputedAgain) {
  AddCloud();
  for (const char* vendor : {"direct", "relay"}) register_.AddVendor(vendor);
  EXPECT_EQ(Recomputed(), 4);
  EXPECT_EQ(Recomputed(), 0);
  // An incident concerns nobody's holdings.
  register_.State("");
  EXPECT_EQ(Recomputed(), 0);
  // A share of its own.
  register_.AddShare(R"(parent: "vendors/direct" share_id: "names" share {
      elements { data_element: "dataElements/student.name" }
      population { subject: SUBJECT_KIND_STUDENT } start_date { year: 2017 month: 7 day: 1 } })");
  EXPECT_EQ(Recomputed(), 1);
  EXPECT_EQ(PeopleByVendor()["vendors/direct"], 4);
  // A share of a vendor that passes on: the cloud behind cleo is counted again, too.
  register_.AddShare(R"(parent: "vendors/cleo" share_id: "addresses" share {
      elements { data_element: "dataElements/guardian.address" }
      population { subject: SUBJECT_KIND_STUDENT } start_date { year: 2017 month: 7 day: 1 } })");
  EXPECT_EQ(Recomputed(), 2);
  // A file: who received it, and who carried it.
  register_.AddTransfer("vendors/direct", DayOf(2024, 3, 1), R"(
      elements { data_element: 'dataElements/student.name' } via: "vendors/relay")",
                        {"5004"});
  EXPECT_EQ(Recomputed(), 2);
  EXPECT_EQ(PeopleByVendor()["vendors/relay"], 1);
  EXPECT_EQ(PeopleByVendor()["vendors/direct"], 5);
  // A certificate.
  register_.AddDisposition(R"(
      parent: "vendors/relay"
      disposition { nature: DISPOSITION_NATURE_DESTROYED
                    disposition_date { year: 2025 month: 1 day: 1 } })");
  EXPECT_EQ(Recomputed(), 1);
  EXPECT_EQ(PeopleByVendor()["vendors/relay"], 0);
  // An edge: only the receiving end holds more.
  register_.AddEdge(R"(parent: "vendors/direct" subprocessor_id: "cloud"
                       subprocessor { processor: "vendors/cloud" })");
  EXPECT_EQ(Recomputed(), 1);
  EXPECT_EQ(PeopleByVendor()["vendors/cloud"], 5);
  // A new roster concerns everybody.
  register_.AddStudents(1);
  EXPECT_EQ(Recomputed(), 4);
  EXPECT_EQ(Recomputed(), 0);
  // So does a new day.
  register_.clock.Set(register_.clock.Now() + absl::Hours(24));
  EXPECT_EQ(Recomputed(), 4);
}

TEST_F(HoldingsTest, AVendorWithAProblemIsStillListed) {
  register_.AddVendor("files");
  register_.AddTransfer("vendors/files", DayOf(2024, 3, 1),
                        "elements { data_element: 'dataElements/student.name' }", {"5001"});
  {
    SQLite::Database db(register_.path(), SQLite::OPEN_READWRITE);
    db.exec("UPDATE people_set SET people = x'00'");
  }
  const auto list = register_.Portfolio();
  ASSERT_TRUE(list.ok()) << list.status();
  ASSERT_EQ(list->vendors_size(), 2);
  EXPECT_EQ(list->vendors(0).vendor(), "vendors/cleo");
  EXPECT_EQ(list->vendors(0).problem(), "");
  EXPECT_EQ(list->vendors(1).vendor(), "vendors/files");
  EXPECT_NE(list->vendors(1).problem(), "");
  // It may hold anything: leaving out the empty ones does not leave it out.
  v1::ListVendorExposuresRequest request;
  request.set_exposed_only(true);
  EXPECT_EQ(register_.Portfolio(request)->vendors_size(), 2);
  // Of one person nothing is said rather than too little.
  EXPECT_EQ(Person(1).status().code(), absl::StatusCode::kFailedPrecondition);
}

TEST_F(HoldingsTest, AQuestionBeyondTheLimitsIsRefusedAndListedAsAProblem) {
  exposure::Limits limits;
  limits.max_bitmap_bytes = 1;
  Exposures small(limits);
  Portfolio portfolio(&small);
  register_.AddVendor("empty");
  // Without certificates the portfolio counts without sets of its own.
  register_.AddDisposition(R"(
      parent: "vendors/cleo"
      disposition { nature: DISPOSITION_NATURE_DESTROYED
                    disposition_date { year: 2019 month: 12 day: 31 } })");
  v1::ListVendorExposuresResponse list;
  SmallRegister::Must(register_.Read([&](ReadTx& tx) -> absl::Status {
    const absl::Status status =
        small.Resolve(tx, {"vendors/cleo", nullptr, 0, register_.today()}).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted) << status;
    EXPECT_THAT(std::string(status.message()), HasSubstr("more than 1 bytes of sets of people"));
    return ListVendorExposures(tx, portfolio, register_.today(), {}, &list);
  }));
  ASSERT_EQ(list.vendors_size(), 2);
  EXPECT_NE(list.vendors(0).problem(), "");
  EXPECT_EQ(list.vendors(1).problem(), "");
}

// --- One person --------------------------------------------------------------------------------

TEST_F(HoldingsTest, APersonIsToldWhoHoldsWhatSinceWhenAndWhy) {
  AddCloud();
  register_.AddTransfer("vendors/cleo", DayOf(2017, 12, 1),
                        "elements { data_element: 'dataElements/student.name' }", {"5001"});
  register_.AddTransfer("vendors/cleo", DayOf(2016, 2, 3),
                        "elements { data_element: 'dataElements/student.gender' }", {"5002"});
  register_.AddDisposition(R"(
      parent: "vendors/cleo" disposition_id: "purge"
      disposition {
        nature: DISPOSITION_NATURE_DESTROYED disposition_date { year: 2025 month: 12 day: 31 }
        data_elements: "dataElements/student.medicaid_id" })");
  register_.State("");
  v1::Case opened;
  SmallRegister::Must(register_.Write([&](WriteTx& tx) {
    return OpenCase(tx, register_.exposures, SmallRegister::On(2025, 2, 20), register_.ids,
                    Parse<v1::OpenCaseRequest>("case_id: 'cleo' incident: 'incidents/breach'"),
                    &opened);
  }));
  const auto ana = Person(1);
  ASSERT_TRUE(ana.ok()) << ana.status();
  EXPECT_EQ(ana->revision(), register_.Revision());
  ASSERT_EQ(ana->holdings_size(), 2);
  const v1::PersonHolding& cleo = ana->holdings(0);
  EXPECT_EQ(cleo.vendor(), "vendors/cleo");
  EXPECT_THAT(cleo.upstream(), IsEmpty());
  ASSERT_EQ(cleo.transfer_groups_size(), 1);  // Ben's file is none of hers.
  EXPECT_THAT(cleo.transfer_groups(0).data_elements(), ElementsAre(kName));
  std::map<std::string, const v1::HeldElement*> elements;
  for (const auto& element : cleo.elements()) elements[element.data_element()] = &element;
  ASSERT_EQ(elements.size(), 4U);
  const v1::HeldElement& name = *elements[kName];
  EXPECT_EQ(name.certainty(), v1::CERTAINTY_CONFIRMED);
  ASSERT_EQ(name.reasons_size(), 2);
  EXPECT_EQ(name.reasons(1).transfer_group(), 0);
  EXPECT_EQ(ToCivilDay(name.since_date()), absl::CivilDay(2017, 9, 1));
  const v1::HeldElement& medicaid = *elements["dataElements/student.medicaid_id"];
  EXPECT_TRUE(medicaid.removed());
  EXPECT_THAT(medicaid.dispositions(), ElementsAre("vendors/cleo/dispositions/purge"));
  EXPECT_FALSE(name.removed());
  const v1::PersonHolding& cloud = ana->holdings(1);
  EXPECT_EQ(cloud.vendor(), "vendors/cloud");
  ASSERT_EQ(cloud.upstream_size(), 1);
  EXPECT_THAT(cloud.upstream(0).chain(), ElementsAre("vendors/cleo", "vendors/cloud"));
  ASSERT_EQ(ana->incidents_size(), 1);
  EXPECT_EQ(ana->incidents(0).incident(), "incidents/breach");
  EXPECT_EQ(ana->incidents(0).statement(), "incidents/breach/statements/1");
  EXPECT_THAT(ana->incidents(0).cases(), ElementsAre("cases/cleo"));

  const auto dee = Person(4);
  ASSERT_TRUE(dee.ok());
  EXPECT_THAT(dee->holdings(), IsEmpty());
  EXPECT_THAT(dee->incidents(), IsEmpty());
  EXPECT_EQ(Person(99).status().code(), absl::StatusCode::kNotFound);
}

TEST_F(HoldingsTest, WhatAPersonIsToldEqualsTheLists) {
  AddCloud();
  for (const char* vendor : {"direct", "vault"}) register_.AddVendor(vendor);
  register_.AddEdge(R"(parent: "vendors/cloud" subprocessor_id: "vault"
                       subprocessor { processor: "vendors/vault" })");
  register_.AddTransfer("vendors/direct", DayOf(2024, 3, 1), R"(
      elements { data_element: 'dataElements/student.medicaid_id' populated: 1 }
      elements { data_element: 'dataElements/student.birth_date' }
      elements { data_element: 'dataElements/staff.email' } via: "vendors/cloud")",
                        {"5001", "5002", "5004", "7001"});
  register_.AddDisposition(R"(
      parent: "vendors/cleo" disposition_id: "purge" ids: "5003" ids: "5005"
      disposition { nature: DISPOSITION_NATURE_DESTROYED includes_subprocessors: true
                    disposition_date { year: 2019 month: 12 day: 31 } })");
  register_.State("list_use: LIST_USE_ADDS", {"5004"});
  std::map<std::string, std::map<std::string, std::string>> told;  // Person -> asked -> answer.
  for (const int number : {1, 2, 3, 4, 5, 6}) {
    const auto person = Person(number);
    ASSERT_TRUE(person.ok()) << person.status();
    const std::string name = absl::StrCat("people/", number);
    for (const v1::PersonHolding& holding : person->holdings()) {
      std::string& text = told[name][holding.vendor()];
      for (const v1::HeldElement& element : holding.elements()) {
        absl::StrAppend(&text, element.removed() ? "-" : "+", element.data_element(),
                        element.certainty(), element.reasons_size(), "[",
                        absl::StrJoin(element.dispositions(), " "), "]\n");
      }
    }
    for (const v1::PersonIncident& incident : person->incidents()) {
      std::string& text = told[name][incident.incident()];
      for (const auto& element : incident.elements()) text += element.ShortDebugString() + "\n";
      for (const auto& element : incident.removed()) text += element.ShortDebugString() + "\n";
    }
  }
  std::map<std::string, std::map<std::string, std::string>> listed;
  for (const char* name :
       {"vendors/cleo", "vendors/cloud", "vendors/direct", "vendors/vault", "incidents/breach"}) {
    for (const bool removed : {false, true}) {
      v1::ListExposedPeopleRequest request;
      request.set_parent(name);
      request.mutable_filter()->set_removed_people(removed);
      const v1::ListExposedPeopleResponse list = List(request);
      for (const v1::ExposedPerson& person : list.people()) {
        std::string& text = listed[person.person()][name];
        if (std::string(name) == "incidents/breach") {
          for (const auto& element : person.elements()) text += element.ShortDebugString() + "\n";
          for (const auto& element : person.removed()) text += element.ShortDebugString() + "\n";
          continue;
        }
        std::map<std::string, std::string> elements;
        for (const auto& element : person.elements()) {
          elements[element.data_element()] =
              absl::StrCat("+", element.data_element(), element.certainty(), element.reasons_size(),
                           "[", absl::StrJoin(element.dispositions(), " "), "]\n");
        }
        for (const auto& element : person.removed()) {
          elements[element.data_element()] =
              absl::StrCat("-", element.data_element(), 0, element.reasons_size(), "[",
                           absl::StrJoin(element.dispositions(), " "), "]\n");
        }
        for (const auto& [element, words] : elements) text += words;
      }
    }
  }
  EXPECT_EQ(told, listed);
  EXPECT_EQ(told.size(), 6U);
}

// --- Proofs ------------------------------------------------------------------------------------

exposure::ExposureProof Unpack(const v1::ExposureProof& message) {
  exposure::ExposureProof proof;
  const std::string digest = absl::HexStringToBytes(message.digest());
  std::copy(digest.begin(), digest.end(), proof.digest.begin());
  proof.people = static_cast<std::uint64_t>(message.people());
  proof.cells = static_cast<std::uint64_t>(message.cells());
  proof.person = static_cast<std::uint64_t>(message.person());
  for (const v1::ProvenElement& element : message.elements()) {
    proof.elements.push_back({element.id(), static_cast<exposure::Certainty>(element.certainty())});
  }
  std::copy(message.salt().begin(), message.salt().end(), proof.salt.begin());
  proof.leaf_index = static_cast<std::uint64_t>(message.leaf_index());
  proof.tree_size = static_cast<std::uint64_t>(message.tree_size());
  for (const std::string& hash : message.path()) {
    std::copy(hash.begin(), hash.end(), proof.path.emplace_back().begin());
  }
  return proof;
}

TEST_F(HoldingsTest, EverybodyInAnExposureOrACaseCanBeProven) {
  register_.State("list_use: LIST_USE_ADDS", {"5004"});
  v1::Case opened;
  SmallRegister::Must(register_.Write([&](WriteTx& tx) {
    return OpenCase(tx, register_.exposures, SmallRegister::On(2025, 2, 20), register_.ids,
                    Parse<v1::OpenCaseRequest>("case_id: 'cleo' incident: 'incidents/breach'"),
                    &opened);
  }));
  const v1::ExposureSummary summary = register_.Summary();
  const v1::ListExposedPeopleResponse everybody = List("parent: 'incidents/breach'");
  for (const std::string name : {"incidents/breach", "cases/cleo"}) {
    for (const auto& person : everybody.people()) {
      SCOPED_TRACE(absl::StrCat(name, " ", person.person()));
      const int number = std::stoi(person.person().substr(7));
      const auto message = Prove(name, number);
      ASSERT_TRUE(message.ok()) << message.status();
      EXPECT_EQ(message->digest(), summary.digest());
      EXPECT_EQ(message->digest_format(), summary.digest_format());
      EXPECT_EQ(message->person(), number);
      EXPECT_THAT(message->text(), HasSubstr(summary.digest()));
      ASSERT_EQ(message->elements_size(), person.elements_size());
      for (int i = 0; i < person.elements_size(); ++i) {
        EXPECT_EQ("dataElements/" + message->elements(i).id(), person.elements(i).data_element());
        EXPECT_EQ(message->elements(i).certainty(), person.elements(i).certainty());
      }
      exposure::ExposureProof proof = Unpack(*message);
      EXPECT_TRUE(exposure::VerifyProof(proof).ok());
      proof.elements.pop_back();
      EXPECT_FALSE(exposure::VerifyProof(proof).ok());
      proof = Unpack(*message);
      ++proof.person;
      EXPECT_FALSE(exposure::VerifyProof(proof).ok());
    }
    EXPECT_EQ(Prove(name, 99).status().code(), absl::StatusCode::kNotFound);
  }
  // The case stays what it was when the register goes on.
  register_.State("school_years: 2018");
  EXPECT_EQ(Prove("incidents/breach", 4).status().code(), absl::StatusCode::kNotFound);
  EXPECT_TRUE(Prove("cases/cleo", 4).ok());
  EXPECT_EQ(Prove("cases/none", 4).status().code(), absl::StatusCode::kNotFound);
}

TEST_F(HoldingsTest, ACaseOfTheFirstFormatProvesNothing) {
  register_.State("");
  v1::Case opened;
  SmallRegister::Must(register_.Write([&](WriteTx& tx) {
    return OpenCase(tx, register_.exposures, SmallRegister::On(2025, 2, 20), register_.ids,
                    Parse<v1::OpenCaseRequest>("case_id: 'cleo' incident: 'incidents/breach'"),
                    &opened);
  }));
  {
    SQLite::Database db(register_.path(), SQLite::OPEN_READWRITE);
    db.exec("UPDATE notification_case SET digest_format = 1");
  }
  const absl::Status status = Prove("cases/cleo", 1).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(ErrorReason(status), "DIGEST_FORMAT");
}

}  // namespace
}  // namespace rollcall::casework
