#include "client/cli/resource_name.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "rollcall/v1/case_service.pb.h"
#include "rollcall/v1/contract_service.pb.h"
#include "rollcall/v1/exposure_service.pb.h"
#include "rollcall/v1/incident_service.pb.h"
#include "rollcall/v1/roster_service.pb.h"
#include "rollcall/v1/transfer_service.pb.h"

namespace rollcall::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const std::vector<std::string> kProduct = {"vendors/*/products/*"};
const std::vector<std::string> kExposure = {"incidents/*", "incidents/*/statements/*", "vendors/*",
                                            "vendors/*/products/*"};

template <typename Message>
std::vector<std::string> PatternsIn(const std::string& field) {
  return NamePatterns(*Message::descriptor()->FindFieldByName(field));
}

TEST(NamePatterns, FollowFromMessageAndField) {
  EXPECT_THAT(PatternsIn<v1::GetContractRequest>("name"), ElementsAre("vendors/*/contracts/*"));
  EXPECT_THAT(PatternsIn<v1::ListClausesRequest>("parent"), ElementsAre("vendors/*/contracts/*"));
  EXPECT_THAT(PatternsIn<v1::GetPersonRequest>("name"), ElementsAre("people/*"));
  EXPECT_THAT(PatternsIn<v1::ListEnrollmentsRequest>("parent"), ElementsAre("people/*"));
  EXPECT_THAT(
      PatternsIn<v1::StreamExposureRequest>("name"),
      ElementsAre("incidents/*", "incidents/*/statements/*", "vendors/*", "vendors/*/products/*"));
  EXPECT_THAT(PatternsIn<v1::NewTransfer>("parent"), ElementsAre("vendors/*"));
  EXPECT_THAT(PatternsIn<v1::ListTransfersRequest>("parent"), ElementsAre("vendors/*"));
  EXPECT_THAT(PatternsIn<v1::PlannedTransfer>("via"), ElementsAre("vendors/*"));
  EXPECT_THAT(PatternsIn<v1::RecordNoticesSentRequest>("people"), ElementsAre("people/*"));
  EXPECT_THAT(PatternsIn<v1::Incident>("title"), IsEmpty());
  EXPECT_THAT(PatternsIn<v1::RosterSummary>("schools"), IsEmpty());
}

TEST(ExpandName, TakesFullAndShortForms) {
  EXPECT_EQ(*ExpandName("cleo", {"vendors/*"}), "vendors/cleo");
  EXPECT_EQ(*ExpandName("vendors/cleo", {"vendors/*"}), "vendors/cleo");
  EXPECT_EQ(*ExpandName("cleo/tasks", kProduct), "vendors/cleo/products/tasks");
  EXPECT_EQ(*ExpandName("vendors/cleo/products/tasks", kProduct), "vendors/cleo/products/tasks");
  EXPECT_EQ(*ExpandName("student.name", {"dataElements/*"}), "dataElements/student.name");
}

TEST(ExpandName, PicksThePatternWithAsManyIds) {
  EXPECT_EQ(*ExpandName("leak", kExposure), "incidents/leak");
  EXPECT_EQ(*ExpandName("leak/2", kExposure), "incidents/leak/statements/2");
}

TEST(ExpandName, TellsFullNamesOfEveryPatternApart) {
  EXPECT_EQ(*ExpandName("vendors/cleo", kExposure), "vendors/cleo");
  EXPECT_EQ(*ExpandName("vendors/cleo/products/9", kExposure), "vendors/cleo/products/9");
  EXPECT_EQ(*ExpandName("incidents/leak", kExposure), "incidents/leak");
  EXPECT_FALSE(ExpandName("cases/leak", kExposure).ok());
  EXPECT_FALSE(ExpandName("people/7", kExposure).ok()) << "no statement 7 of incident people";
  EXPECT_EQ(*ExpandName("incidents/leak/statements/2", kExposure), "incidents/leak/statements/2");
}

TEST(ExpandName, ASecondIdThatIsNoNumberNamesAProduct) {
  EXPECT_EQ(*ExpandName("cleo/tasks", kExposure), "vendors/cleo/products/tasks");
  EXPECT_FALSE(ExpandName("leak/last", {"incidents/*", "incidents/*/statements/*"}).ok());
}

TEST(ExpandName, CompletesFromTheContextOnlyWhereCollectionsAgree) {
  EXPECT_EQ(*ExpandName("tasks", kProduct, "vendors/cleo"), "vendors/cleo/products/tasks");
  EXPECT_EQ(*ExpandName("tasks", kProduct, "vendors/cleo/contracts/c1"),
            "vendors/cleo/products/tasks");
  EXPECT_FALSE(ExpandName("tasks", kProduct, "incidents/leak").ok());
  EXPECT_FALSE(ExpandName("vendors/cleo", kProduct, "vendors/other").ok());
}

TEST(ExpandName, FillsWildcardsAtTheEndWhenAsked) {
  const std::vector<std::string> contract = {"vendors/*/contracts/*"};
  EXPECT_EQ(*ExpandName("", {"vendors/*"}, "", true), "vendors/-");
  EXPECT_EQ(*ExpandName("cleo", contract, "", true), "vendors/cleo/contracts/-");
  EXPECT_EQ(*ExpandName("vendors/cleo", contract, "", true), "vendors/cleo/contracts/-");
}

TEST(ExpandName, SaysWhichFormsItWants) {
  const auto wrong = ExpandName("a/b/c", kProduct);
  ASSERT_FALSE(wrong.ok());
  EXPECT_THAT(std::string(wrong.status().message()), HasSubstr("vendors/*/products/*"));
  EXPECT_FALSE(ExpandName("", kProduct).ok());
  EXPECT_FALSE(ExpandName("a//b", kProduct).ok());
  EXPECT_FALSE(ExpandName("vendors//products/x", kProduct).ok());
}

TEST(ShortenName, GivesTheIdsAndLeavesOtherTextsAlone) {
  EXPECT_EQ(ShortenName("vendors/cleo/products/tasks", kProduct[0]), "cleo/tasks");
  EXPECT_EQ(ShortenName("vendors/cleo/products/tasks", kProduct[0], "vendors/cleo"), "tasks");
  EXPECT_EQ(ShortenName("vendors/cleo/products/tasks", kProduct[0], "vendors/other"), "cleo/tasks");
  EXPECT_EQ(ShortenName("something else", kProduct[0]), "something else");
}

}  // namespace
}  // namespace rollcall::cli
