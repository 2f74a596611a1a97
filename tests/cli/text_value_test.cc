#include "client/cli/text_value.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "rollcall/v1/contract_service.pb.h"
#include "rollcall/v1/incident_service.pb.h"
#include "rollcall/v1/share_service.pb.h"
#include "rollcall/v1/vendor_service.pb.h"

namespace rollcall::cli {
namespace {

using ::testing::HasSubstr;

template <typename Message>
absl::Status Set(Message* message, const std::string& field, const std::string& text,
                 const std::string& context = "") {
  return SetFromText(*Message::descriptor()->FindFieldByName(field), text, context, message);
}

template <typename Message>
std::string Text(const Message& message, const std::string& field) {
  return TextOf(message, *Message::descriptor()->FindFieldByName(field), NameStyle::kShort, "; ");
}

TEST(ParseDate, TakesOnlyDaysThatExist) {
  EXPECT_EQ(DateText(*ParseDate("2025-02-08")), "2025-02-08");
  EXPECT_EQ(DateText(*ParseDate("2024-02-29")), "2024-02-29");
  for (const char* wrong : {"2025-02-29", "2025-13-01", "2025-2-8", "08/02/2025", "", "2025-02",
                            "0000-01-01", "2025-02-08 ", "+025-02-08"}) {
    EXPECT_FALSE(ParseDate(wrong).ok()) << wrong;
  }
}

TEST(ParseSchoolYear, NamesTheYearInWhichItEnds) {
  EXPECT_EQ(*ParseSchoolYear("2027"), 2027);
  EXPECT_EQ(*ParseSchoolYear("2026-27"), 2027);
  EXPECT_EQ(*ParseSchoolYear("2026-2027"), 2027);
  EXPECT_EQ(*ParseSchoolYear("1999-00"), 2000);
  for (const char* wrong : {"2026-28", "26-27", "2026-", "x", "", "2026-7", "2026-27-28"}) {
    EXPECT_FALSE(ParseSchoolYear(wrong).ok()) << wrong;
  }
  EXPECT_EQ(SchoolYearText(2027), "2026-27");
  EXPECT_EQ(SchoolYearText(2000), "1999-00");
}

TEST(ParseDuration, ReadsUnits) {
  EXPECT_EQ(*ParseDuration("500ms"), std::chrono::milliseconds(500));
  EXPECT_EQ(*ParseDuration("30"), std::chrono::seconds(30));
  EXPECT_EQ(*ParseDuration("5m"), std::chrono::minutes(5));
  EXPECT_EQ(*ParseDuration("2h"), std::chrono::hours(2));
  for (const char* wrong : {"", "0", "-1s", "5 m", "1d", "99999999999999999999h"}) {
    EXPECT_FALSE(ParseDuration(wrong).ok()) << wrong;
  }
}

TEST(SetFromText, EnumsByWordWhateverTheirSpelling) {
  v1::Contract contract;
  for (const char* word : {"click-wrap", "click_wrap", "CLICK WRAP", "CONTRACT_FORM_CLICK_WRAP"}) {
    ASSERT_TRUE(Set(&contract, "form", word).ok()) << word;
    EXPECT_EQ(contract.form(), v1::CONTRACT_FORM_CLICK_WRAP);
  }
  const absl::Status wrong = Set(&contract, "form", "napkin");
  EXPECT_THAT(std::string(wrong.message()), HasSubstr("ndpa-v1, ndpa-v2, il-ndpa, click-wrap"));
}

TEST(SetFromText, MoneyKeepsItsFraction) {
  v1::ClauseValue value;
  ASSERT_TRUE(Set(&value, "amount", "USD 1000000").ok());
  EXPECT_EQ(value.amount().units(), 1000000);
  EXPECT_EQ(Text(value, "amount"), "USD 1000000");
  ASSERT_TRUE(Set(&value, "amount", "EUR -0.25").ok());
  EXPECT_EQ(value.amount().nanos(), -250000000);
  EXPECT_EQ(Text(value, "amount"), "EUR -0.25");
  for (const char* wrong : {"1000", "USD", "USD 1.", "USD x", "DOLLAR 1", "USD 1.2.3"}) {
    EXPECT_FALSE(Set(&value, "amount", wrong).ok()) << wrong;
  }
}

TEST(SetFromText, NamesAreCompletedFromTheContext) {
  v1::Share share;
  ASSERT_TRUE(Set(&share, "contract", "ndpa", "vendors/cleo").ok());
  EXPECT_EQ(share.contract(), "vendors/cleo/contracts/ndpa");
  EXPECT_FALSE(Set(&share, "contract", "ndpa").ok());
  ASSERT_TRUE(Set(&share, "elements", "student.name").ok());
  EXPECT_EQ(share.elements(0).data_element(), "dataElements/student.name");
}

TEST(SetFromText, LeavesTheMessageUnchangedOnAnError) {
  v1::Share share;
  EXPECT_FALSE(Set(&share, "elements", "a/b/c").ok());
  EXPECT_EQ(share.elements_size(), 0);
  v1::Statement statement;
  EXPECT_FALSE(Set(&statement, "school_years", "soon").ok());
  EXPECT_EQ(statement.school_years_size(), 0);
}

TEST(SetFromText, RefusesWhatIsNotUtf8) {
  v1::Vendor vendor;
  EXPECT_FALSE(Set(&vendor, "note", "caf\xE9").ok());
  EXPECT_TRUE(Set(&vendor, "note", "café").ok());
  EXPECT_FALSE(IsUtf8("\xED\xA0\x80"));
  EXPECT_FALSE(IsUtf8("\xC0\xAF"));
  EXPECT_FALSE(IsUtf8("\xF4\x90\x80\x80"));
  EXPECT_TRUE(IsUtf8("\xF0\x9F\x8F\xAB"));
}

TEST(TextOf, PeriodsAndSharedElementsReadAsPlainWords) {
  v1::ClauseValue value;
  value.mutable_notice_period()->set_length(72);
  value.mutable_notice_period()->set_unit(v1::PERIOD_UNIT_HOURS);
  value.mutable_notice_period()->set_start_event(v1::START_EVENT_VENDOR_CONFIRMED);
  EXPECT_EQ(Text(value, "notice_period"), "72 hours from vendor-confirmed");
  v1::Share share;
  share.add_elements()->set_data_element("dataElements/student.name");
  v1::SharedElement* second = share.add_elements();
  second->set_data_element("dataElements/student.medicaid_id");
  second->set_condition_program("medicaid");
  EXPECT_EQ(Text(share, "elements"), "student.name; student.medicaid_id if medicaid");
}

}  // namespace
}  // namespace rollcall::cli
