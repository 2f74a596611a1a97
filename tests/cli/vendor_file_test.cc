#include "client/cli/vendor_file.h"

#include <gmock/gmock.h>
#include <google/protobuf/util/message_differencer.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>

namespace rollcall::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

constexpr const char* kCleo = R"(vendor:
  id: cleo
  legal_name: "Cleo: Communications, Inc."
  kind: infrastructure
  aliases: [Cleo, "no", "06"]
  business_address: {lines: [4949 Harrison Ave], city: Rockford, state: IL, postal_code: "01108"}
contacts:
  - {id: security, role: breach, display_name: Security desk, email: security@cleo.example}
products:
  - {id: harmony, display_name: Harmony, pass_through: true}
documents:
  - {id: 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef, title: Agreement}
contracts:
  - id: ndpa-2021
    form: il-ndpa
    signed_date: 2021-07-01
    products: [harmony]
    document: 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
    clauses:
      - kind: breach-notice
        notice_period: {length: 72, unit: hours, start_event: vendor_confirmed}
      - {id: insurance, kind: cyber-insurance, amount: USD 1000000.5, status: modified}
      - {kind: storage-country, countries: {country_codes: [US, CA]}}
      - {kind: encryption-at-rest, status: absent}
  - {id: ndpa-2022, form: ndpa-v2, supersedes: ndpa-2021}
shares:
  - id: roster
    contract: ndpa-2021
    product: harmony
    elements:
      - student.name
      - {element: student.medicaid_id, condition: medicaid, optional: true}
    population:
      {subject: student, school_years: [2018, 2018-19], grades: [06, KG], schools: [610038]}
    start_date: 2017-08-01
subprocessors:
  - {id: hosting, processor: nimbus, elements: [student.name], start_date: 2023-09-01,
     end_date: 2024-08-31, purpose: Hosting, source: Exhibit B}
)";

v1::VendorFile Parse(const std::string& text) {
  std::vector<FileProblem> problems;
  v1::VendorFile file = ParseVendorFile(text, &problems);
  EXPECT_THAT(problems, SizeIs(0)) << ProblemsText("vendor.yaml", problems);
  return file;
}

std::string ProblemsOf(const std::string& text) {
  std::vector<FileProblem> problems;
  ParseVendorFile(text, &problems);
  return ProblemsText("v.yaml", problems);
}

TEST(VendorFile, FriendlyFormBecomesFullRecords) {
  const v1::VendorFile file = Parse(kCleo);
  EXPECT_EQ(file.vendor().name(), "vendors/cleo");
  EXPECT_EQ(file.vendor().kind(), v1::VENDOR_KIND_INFRASTRUCTURE);
  EXPECT_THAT(file.vendor().aliases(), ElementsAre("Cleo", "no", "06"));
  EXPECT_EQ(file.vendor().business_address().postal_code(), "01108");
  EXPECT_EQ(file.contacts(0).name(), "vendors/cleo/contacts/security");
  EXPECT_TRUE(file.products(0).pass_through());
  ASSERT_EQ(file.contracts_size(), 2);
  EXPECT_THAT(file.contracts(0).products(), ElementsAre("vendors/cleo/products/harmony"));
  EXPECT_EQ(file.contracts(1).supersedes(), "vendors/cleo/contracts/ndpa-2021");
  ASSERT_EQ(file.clauses_size(), 4);
  EXPECT_EQ(file.clauses(0).name(), "vendors/cleo/contracts/ndpa-2021/clauses/breach-notice");
  EXPECT_EQ(file.clauses(0).clause_kind(), "clauseKinds/breach-notice");
  EXPECT_EQ(file.clauses(0).status(), v1::CLAUSE_STATUS_PRESENT);
  EXPECT_EQ(file.clauses(0).value().notice_period().start_event(),
            v1::START_EVENT_VENDOR_CONFIRMED);
  EXPECT_EQ(file.clauses(1).name(), "vendors/cleo/contracts/ndpa-2021/clauses/insurance");
  EXPECT_EQ(file.clauses(1).value().amount().nanos(), 500000000);
  EXPECT_EQ(file.clauses(3).status(), v1::CLAUSE_STATUS_ABSENT);
  const v1::Share& share = file.shares(0);
  EXPECT_EQ(share.contract(), "vendors/cleo/contracts/ndpa-2021");
  EXPECT_EQ(share.elements(1).condition_program(), "medicaid");
  EXPECT_TRUE(share.elements(1).optional());
  EXPECT_THAT(share.population().school_years(), ElementsAre(2018, 2019));
  EXPECT_THAT(share.population().grades(), ElementsAre("06", "KG"));
  EXPECT_THAT(share.population().schools(), ElementsAre("schools/610038"));
  ASSERT_EQ(file.subprocessors_size(), 1);
  const v1::Subprocessor& edge = file.subprocessors(0);
  EXPECT_EQ(edge.name(), "vendors/cleo/subprocessors/hosting");
  EXPECT_EQ(edge.processor(), "vendors/nimbus");
  EXPECT_THAT(edge.data_elements(), ElementsAre("dataElements/student.name"));
  EXPECT_EQ(edge.end_date().year(), 2024);
}

TEST(VendorFile, WhatIsWrittenIsReadBackTheSame) {
  const v1::VendorFile file = Parse(kCleo);
  const std::string written = WriteVendorFile(file);
  const v1::VendorFile again = Parse(written);
  std::string difference;
  google::protobuf::util::MessageDifferencer differencer;
  differencer.ReportDifferencesToString(&difference);
  EXPECT_TRUE(differencer.Compare(file, again)) << difference << written;
  EXPECT_EQ(WriteVendorFile(again), written);
}

TEST(VendorFile, HardTextsSurvive) {
  v1::VendorFile file;
  file.mutable_vendor()->set_name("vendors/x");
  for (const char* text :
       {"- dash", "null", "~", "true", "# no comment", "a: b", "two\nlines\n", " blanks ",
        "\"quoted\"", "Núñez 学校", "1e3", "{", "'", "tab\there", "2025-02-08", "back\\slash"}) {
    file.mutable_vendor()->set_note(text);
    EXPECT_EQ(Parse(WriteVendorFile(file)).vendor().note(), text) << WriteVendorFile(file);
  }
}

TEST(VendorFile, OutputOnlyFieldsAndEtagsAreNotWritten) {
  v1::VendorFile file = Parse(kCleo);
  const std::string before = WriteVendorFile(file);
  file.mutable_vendor()->set_etag("abc");
  file.mutable_vendor()->set_revision(7);
  file.mutable_contracts(0)->set_state(v1::CONTRACT_STATE_ACTIVE);
  file.mutable_shares(0)->set_outside_contract(true);
  file.mutable_subprocessors(0)->set_depth(3);
  EXPECT_EQ(WriteVendorFile(file), before);
}

TEST(VendorFile, NamesOfOtherVendorsStayFull) {
  v1::VendorFile file;
  file.mutable_vendor()->set_name("vendors/a");
  v1::Share* share = file.add_shares();
  share->set_name("vendors/a/shares/s");
  share->set_product("vendors/b/products/p");
  EXPECT_EQ(Parse(WriteVendorFile(file)).shares(0).product(), "vendors/b/products/p");
}

TEST(VendorFile, ErrorsNameLineColumnAndKey) {
  EXPECT_THAT(ProblemsOf("vendor:\n  id: cleo\n  legal_nam: x\n"),
              HasSubstr("v.yaml:3:3: vendor.legal_nam: there is no such key here"));
  EXPECT_THAT(ProblemsOf("vendor: {id: cleo}\nshares:\n  - id: s\n    start_date: 2025-02-30\n"),
              HasSubstr("v.yaml:4:17: shares[0].start_date: there is no day 2025-02-30"));
  EXPECT_THAT(ProblemsOf("vendor: {id: cleo, kind: robber}\n"),
              HasSubstr("v.yaml:1:26: vendor.kind: 'robber' is not known here"));
  EXPECT_THAT(ProblemsOf("vendor: {id: cleo\n"), HasSubstr("this is not YAML"));
  EXPECT_THAT(ProblemsOf("vendor: {id: cleo}\nproduct: []\n"),
              HasSubstr("v.yaml:2:1: product: there is no such key here"));
  EXPECT_THAT(ProblemsOf("products: []\n"), HasSubstr("vendor: is missing"));
  EXPECT_THAT(ProblemsOf(""), HasSubstr("empty"));
  EXPECT_THAT(ProblemsOf("vendor: {id: caf\xE9}"), HasSubstr("not valid UTF-8"));
}

TEST(VendorFile, AllProblemsAreToldAtOnce) {
  std::vector<FileProblem> problems;
  ParseVendorFile("vendor: {id: a, x: 1, kind: y}\nproducts: [{display_name: P}]\n", &problems);
  EXPECT_THAT(problems, SizeIs(3));
}

TEST(VendorFile, RefusesTheSameNameAndTheSameKeyTwice) {
  EXPECT_THAT(ProblemsOf("vendor: {id: a}\nproducts: [{id: p}, {id: p}]\n"),
              HasSubstr("has the same name as products[0]"));
  EXPECT_THAT(ProblemsOf("vendor: {id: a, note: x, note: y}\n"), HasSubstr("for the second time"));
  EXPECT_THAT(ProblemsOf("vendor: {id: a}\nshares: []\nshares: []\n"),
              HasSubstr("for the second time"));
  EXPECT_THAT(ProblemsOf("vendor: {id: a}\ncontracts: [{id: c, clauses: "
                         "[{kind: k, days: 1, text: x}]}]\n"),
              HasSubstr("only one value of this sort"));
}

TEST(VendorFile, RefusesEntriesOfAnotherVendor) {
  EXPECT_THAT(ProblemsOf("vendor: {id: a}\nproducts: [{name: vendors/b/products/p}]\n"),
              HasSubstr("is not part of vendors/a"));
}

TEST(VendorFile, JsonIsTakenToo) {
  const v1::VendorFile file = Parse(
      "{\"vendor\": {\"name\": \"vendors/a\", \"legalName\": \"A\", \"kind\": "
      "\"VENDOR_KIND_OPERATOR\", \"createTime\": \"2025-01-01T00:00:00Z\", \"revision\": \"3\"}}");
  EXPECT_EQ(file.vendor().legal_name(), "A");
  EXPECT_EQ(file.vendor().kind(), v1::VENDOR_KIND_OPERATOR);
  EXPECT_EQ(file.vendor().revision(), 0);
}

TEST(VendorFile, DatesOfProto3JsonAreTakenToo) {
  const v1::VendorFile file =
      Parse("{vendor: {id: a}, shares: [{id: s, startDate: {year: 2017, month: 8, day: 1}}]}");
  EXPECT_EQ(file.shares(0).start_date().month(), 8);
}

TEST(VendorFile, TheExampleOfTheManualIsRight) {
  std::ifstream manual(std::string(ROLLCALL_SOURCE_DIR) + "/docs/cli.md");
  const std::string text((std::istreambuf_iterator<char>(manual)),
                         std::istreambuf_iterator<char>());
  const size_t begin = text.find("```yaml\nvendor:");
  ASSERT_NE(begin, std::string::npos);
  const size_t start = begin + std::string("```yaml\n").size();
  const v1::VendorFile file = Parse(text.substr(start, text.find("```", start) - start));
  EXPECT_GT(file.clauses_size(), 0);
  EXPECT_GT(file.shares_size(), 0);
  EXPECT_GT(file.subprocessors_size(), 0);
}

}  // namespace
}  // namespace rollcall::cli
