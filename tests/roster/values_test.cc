#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "server/roster/calendar.h"
#include "server/roster/text.h"
#include "server/roster/words.h"

namespace rollcall::roster {
namespace {

TEST(FindBadText, FindsTheFirstBadByteAtEveryOffset) {
  EXPECT_EQ(FindBadText(""), std::string_view::npos);
  for (std::size_t size = 1; size < 40; ++size) {
    const std::string good(size, 'a');
    EXPECT_EQ(FindBadText(good), std::string_view::npos);
    for (std::size_t at = 0; at < size; ++at) {
      for (const char bad : {'\0', '\x80', '\xFF', '\xC3'}) {
        std::string text = good;
        text[at] = bad;
        EXPECT_EQ(FindBadText(text), at) << size;
      }
    }
  }
}

TEST(FindBadText, AcceptsTheBoundsOfUtf8) {
  for (const char* text :
       {"\x7F", "\xC2\x80", "\xDF\xBF", "\xE0\xA0\x80", "\xED\x9F\xBF", "\xEE\x80\x80",
        "\xEF\xBF\xBF", "\xF0\x90\x80\x80", "\xF4\x8F\xBF\xBF", "abcdefgh\xC3\xA9ijklmnopq"}) {
    EXPECT_EQ(FindBadText(text), std::string_view::npos) << text;
  }
}

TEST(Calendar, ReadsDatesAndSaysHowTheyWereWritten) {
  struct Case {
    std::string text;
    Day day;
    DateForm form;
  };
  const std::vector<Case> cases = {
      {"1970-01-01", 0, DateForm::kIso},
      {"2024-02-29", MakeDay(2024, 2, 29), DateForm::kIso},
      {"2000-02-29", MakeDay(2000, 2, 29), DateForm::kIso},
      {"2023-02-29", kNoDay, DateForm::kInvalid},
      {"1900-02-29", kNoDay, DateForm::kInvalid},
      {"2025-13-01", kNoDay, DateForm::kInvalid},
      {"2025-04-31", kNoDay, DateForm::kInvalid},
      {"2025-00-10", kNoDay, DateForm::kInvalid},
      {"1899-12-31", kNoDay, DateForm::kInvalid},
      {"9999-12-31", MakeDay(9999, 12, 31), DateForm::kIso},
      {"2026-08-15T00:00:00.000Z", MakeDay(2026, 8, 15), DateForm::kIsoWithTime},
      {"2026-08-15 07:30", MakeDay(2026, 8, 15), DateForm::kIsoWithTime},
      {"2026-08-15T", kNoDay, DateForm::kInvalid},
      {"2026-08-15x", kNoDay, DateForm::kInvalid},
      {"8/15/2025", MakeDay(2025, 8, 15), DateForm::kMonthFirst},
      {"08/15/2025", MakeDay(2025, 8, 15), DateForm::kMonthFirst},
      {"5/5/2025", MakeDay(2025, 5, 5), DateForm::kMonthFirst},
      {"1/2/2025", MakeDay(2025, 1, 2), DateForm::kMonthOrDayFirst},
      {"15/8/2025", kNoDay, DateForm::kInvalid},
      {"2/30/2025", kNoDay, DateForm::kInvalid},
      {"8/15/25", kNoDay, DateForm::kInvalid},
      {"2025/8/15", MakeDay(2025, 8, 15), DateForm::kYearFirst},
      {"20250815", MakeDay(2025, 8, 15), DateForm::kYearFirst},
      {"15.08.2025", kNoDay, DateForm::kInvalid},
      {"Aug 15, 2025", kNoDay, DateForm::kInvalid},
      {"+025-08-15", kNoDay, DateForm::kInvalid},
      {"", kNoDay, DateForm::kInvalid},
      {"/", kNoDay, DateForm::kInvalid},
      {"//", kNoDay, DateForm::kInvalid},
  };
  for (const Case& test : cases) {
    EXPECT_EQ(ParseDate(test.text).day, test.day) << test.text;
    EXPECT_EQ(ParseDate(test.text).form, test.form) << test.text;
  }
}

TEST(Calendar, TurnsTheSchoolYearOnTheFirstOfJuly) {
  EXPECT_EQ(SchoolYearOf(MakeDay(2026, 6, 30)), 2026);
  EXPECT_EQ(SchoolYearOf(MakeDay(2026, 7, 1)), 2027);
  EXPECT_EQ(SchoolYearOf(MakeDay(2026, 12, 31)), 2027);
  EXPECT_EQ(SchoolYearOf(MakeDay(2027, 1, 1)), 2027);
  EXPECT_EQ(SchoolYearOf(MakeDay(1969, 7, 1)), 1970);
  EXPECT_EQ(SchoolYearBegin(2027), MakeDay(2026, 7, 1));
  EXPECT_EQ(SchoolYearEnd(2027), MakeDay(2027, 6, 30));
}

TEST(Calendar, ReadsSchoolYearsInAllForms) {
  for (const char* text : {"2026-2027", "2026-27", "2026/2027"}) {
    ASSERT_TRUE(ParseSchoolYear(text).has_value()) << text;
    EXPECT_EQ(ParseSchoolYear(text)->last, 2027);
    EXPECT_TRUE(ParseSchoolYear(text)->pair);
  }
  EXPECT_EQ(ParseSchoolYear("1999-00")->last, 2000);
  EXPECT_FALSE(ParseSchoolYear("2027")->pair);
  for (const char* text :
       {"", "27", "2026-2028", "2026-26", "2026-", "2026-2", "abcd", "2026 27"}) {
    EXPECT_FALSE(ParseSchoolYear(text).has_value()) << text;
  }
}

TEST(Words, NormalisesGrades) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"K", "KG"},     {"KG", "KG"}, {"0", "KG"},        {"00", "KG"}, {"1", "01"},
      {"9", "09"},     {"01", "01"}, {"12", "12"},       {"13", "13"}, {"pk", "PK"},
      {"Pre-K", "PK"}, {"UG", "UG"}, {"Other", "Other"}, {"TK", "TK"}};
  for (const auto& [text, grade] : cases) {
    EXPECT_EQ(ParseGrade(text).value, grade) << text;
    EXPECT_NE(ParseGrade(text).spelling, Spelling::kExtension) << text;
  }
  for (const char* text : {"1-3", "1.3", "-1", "14", "Grade 5", "Z"}) {
    EXPECT_EQ(ParseGrade(text).value, text);
    EXPECT_EQ(ParseGrade(text).spelling, Spelling::kExtension) << text;
  }
}

TEST(Words, KnowsStatusesAndTheirVariants) {
  EXPECT_EQ(ParseStatus("")->value, RowStatus::kBlank);
  EXPECT_EQ(ParseStatus("active")->spelling, Spelling::kExact);
  EXPECT_EQ(ParseStatus("Active")->spelling, Spelling::kVariant);
  EXPECT_EQ(ParseStatus("inactive")->value, RowStatus::kActive);
  EXPECT_EQ(ParseStatus("toBeDeleted")->value, RowStatus::kToBeDeleted);
  EXPECT_FALSE(ParseStatus("deleted").has_value());
}

TEST(Words, KnowsRoles) {
  for (const char* role : {"parent", "guardian", "relative"}) {
    EXPECT_EQ(ParseRole(role)->value, kGuardianRole);
  }
  for (const char* role :
       {"teacher", "administrator", "aide", "proctor", "counselor", "principal",
        "districtAdministrator", "siteAdministrator", "systemAdministrator", "ext:coach"}) {
    EXPECT_EQ(ParseRole(role)->value, kStaffRole) << role;
  }
  EXPECT_EQ(ParseRole("Student")->value, kStudentRole);
  EXPECT_EQ(ParseRole("Student")->spelling, Spelling::kVariant);
  EXPECT_FALSE(ParseRole("wizard").has_value());
  EXPECT_FALSE(ParseRole("").has_value());
}

TEST(Words, FindsTheStateIdAmongUserIds) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"{State:123}", "123"},
      {"{stateId: 123 }", "123"},
      {"{District:7},{STATE_ID:123}", "123"},
      {"{SSID:123},{State:456}", "123"},
      {"{State:a:b}", "a:b"},
      {"{District:7}", ""},
      {"98861739", ""},
      {"{State:123", ""},
      {"{State}", ""},
      {"", ""}};
  for (const auto& [text, id] : cases) EXPECT_EQ(StateIdOf(text), id) << text;
}

TEST(Text, ShowsNamesWithoutControlCharactersAndCut) {
  EXPECT_EQ(Printable("a\nb\x1b[31m"), "a?b?[31m");
  EXPECT_EQ(Printable(std::string(500, 'x')).size(), 80U);
}

}  // namespace
}  // namespace rollcall::roster
