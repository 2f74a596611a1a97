#include "client/cli/request_flags.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "rollcall/v1/contract_service.pb.h"
#include "rollcall/v1/exposure_service.pb.h"
#include "rollcall/v1/share_service.pb.h"
#include "rollcall/v1/vendor_service.pb.h"

namespace rollcall::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

template <typename Request>
struct Parsed {
  Request request;
  absl::Status status;
  std::vector<std::string> paths;
};

template <typename Request>
Parsed<Request> Parse(std::vector<std::string> arguments, const std::string& body,
                      const std::string& context = "") {
  CLI::App app;
  RequestFlags flags;
  flags.AddTo(&app, *Request::descriptor(), {"parent"}, body);
  app.parse(std::vector<std::string>(arguments.rbegin(), arguments.rend()));
  Parsed<Request> parsed;
  parsed.status = flags.Fill(context, &parsed.request);
  parsed.paths = flags.GivenPaths(body);
  return parsed;
}

TEST(RequestFlags, FillNestedRepeatedAndPlainFields) {
  const auto parsed = Parse<v1::CreateVendorRequest>(
      {"--legal-name", "Cleo, Inc.", "--kind", "operator", "--aliases", "A, B", "--aliases=C",
       "--business-address.city", "Rockford", "--business-address.lines", "1 Main St",
       "--validate-only"},
      "vendor");
  ASSERT_TRUE(parsed.status.ok()) << parsed.status;
  const v1::Vendor& vendor = parsed.request.vendor();
  EXPECT_EQ(vendor.legal_name(), "Cleo, Inc.");
  EXPECT_EQ(vendor.kind(), v1::VENDOR_KIND_OPERATOR);
  EXPECT_THAT(vendor.aliases(), ElementsAre("A, B", "C"));
  EXPECT_EQ(vendor.business_address().city(), "Rockford");
  EXPECT_THAT(vendor.business_address().lines(), ElementsAre("1 Main St"));
  EXPECT_TRUE(parsed.request.validate_only());
  EXPECT_THAT(parsed.paths, ElementsAre("legal_name", "aliases", "kind", "business_address.lines",
                                        "business_address.city"));
}

TEST(RequestFlags, BooleansCanBeSwitchedOff) {
  const auto on = Parse<v1::CreateProductRequest>({"--pass-through"}, "product");
  EXPECT_TRUE(on.request.product().pass_through());
  const auto off = Parse<v1::UpdateProductRequest>({"--pass-through=false"}, "product");
  ASSERT_TRUE(off.status.ok());
  EXPECT_FALSE(off.request.product().pass_through());
  EXPECT_THAT(off.paths, ElementsAre("pass_through"));
}

TEST(RequestFlags, ElementsAreBareTextsOrYaml) {
  const auto parsed = Parse<v1::CreateShareRequest>(
      {"--elements", "student.name", "--elements",
       "{element: student.medicaid_id, condition: medicaid}", "--population.subject", "student",
       "--population.school-years", "2017-18", "--start-date", "2017-08-01", "--contract", "ndpa"},
      "share", "vendors/cleo");
  ASSERT_TRUE(parsed.status.ok()) << parsed.status;
  const v1::Share& share = parsed.request.share();
  ASSERT_EQ(share.elements_size(), 2);
  EXPECT_EQ(share.elements(0).data_element(), "dataElements/student.name");
  EXPECT_EQ(share.elements(1).condition_program(), "medicaid");
  EXPECT_THAT(share.population().school_years(), ElementsAre(2018));
  EXPECT_EQ(share.start_date().year(), 2017);
  EXPECT_EQ(share.contract(), "vendors/cleo/contracts/ndpa");
}

TEST(RequestFlags, TheValueOfAClauseStandsWithoutPrefixAndIsOnePath) {
  const auto parsed = Parse<v1::CreateClauseRequest>(
      {"--kind", "breach-notice", "--status", "present", "--notice-period.length", "72",
       "--notice-period.unit", "hours"},
      "clause");
  ASSERT_TRUE(parsed.status.ok()) << parsed.status;
  EXPECT_EQ(parsed.request.clause().clause_kind(), "clauseKinds/breach-notice");
  EXPECT_EQ(parsed.request.clause().value().notice_period().length(), 72);
  EXPECT_THAT(parsed.paths, ElementsAre("clause_kind", "status", "value"));
}

TEST(RequestFlags, TwoValuesForOneChoiceAreRefused) {
  const auto parsed = Parse<v1::CreateClauseRequest>({"--days", "3", "--text", "x"}, "clause");
  EXPECT_THAT(std::string(parsed.status.message()), HasSubstr("exclude each other"));
}

TEST(RequestFlags, FiltersStandWithoutPrefix) {
  const auto parsed =
      Parse<v1::ListExposedPeopleRequest>({"--element", "student.name", "--status", "former"}, "");
  ASSERT_TRUE(parsed.status.ok()) << parsed.status;
  EXPECT_EQ(parsed.request.filter().data_element(), "dataElements/student.name");
  EXPECT_EQ(parsed.request.filter().status(), v1::ROSTER_STATUS_FORMER);
}

TEST(RequestFlags, ErrorsNameTheFlag) {
  const auto date = Parse<v1::CreateShareRequest>({"--start-date", "tomorrow"}, "share");
  EXPECT_THAT(std::string(date.status.message()), HasSubstr("--start-date: 'tomorrow'"));
  const auto yaml = Parse<v1::CreateShareRequest>({"--elements", "{elemnt: x}"}, "share");
  EXPECT_THAT(std::string(yaml.status.message()), HasSubstr("--elements: elemnt: there is no"));
}

TEST(RequestFlags, OutputOnlyFieldsHaveNoFlag) {
  CLI::App app;
  RequestFlags flags;
  flags.AddTo(&app, *v1::CreateContractRequest::descriptor(), {}, "contract");
  EXPECT_EQ(app.get_option_no_throw("--state"), nullptr);
  EXPECT_EQ(app.get_option_no_throw("--create-time"), nullptr);
  EXPECT_EQ(app.get_option_no_throw("--name"), nullptr);
  EXPECT_NE(app.get_option_no_throw("--etag"), nullptr);
}

}  // namespace
}  // namespace rollcall::cli
