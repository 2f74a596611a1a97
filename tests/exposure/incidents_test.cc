// Three incidents in miniature, with every figure worked out by hand.

#include <gtest/gtest.h>

#include <vector>

#include "server/exposure/engine.h"
#include "server/exposure/summary.h"
#include "tests/exposure/small_district.h"

namespace rollcall::testing {
namespace {

using exposure::CodeCount;
using exposure::ElementCount;
using exposure::kMaxDay;
using exposure::Question;
using exposure::SchoolElementCount;
using exposure::SubjectKind;
using exposure::Summary;
using exposure::Tier;
using exposure::YearCount;

// A file transfer service: all students since 2017-18; two elements only for those in Medicaid.
TEST(Incident, ServiceHoldingMedicaidElementsOfThoseInTheProgramOnly) {
  constexpr std::uint16_t kName = 0, kBirthDate = 1, kGender = 2, kStudentId = 3, kRin = 4,
                          kEligibility = 5;
  constexpr std::uint16_t kMedicaid = 1;
  Question question;
  question.elements = {{SubjectKind::kStudent, 1},  {SubjectKind::kStudent, 2},
                       {SubjectKind::kStudent, 3},  {SubjectKind::kStudent, 4},
                       {SubjectKind::kStudent, 17}, {SubjectKind::kStudent, 0}};
  question.window_last = DayOf(2024, 12, 31);
  question.shares = {ShareOf(0, {kName, kBirthDate, kGender, kStudentId, kRin, kEligibility})};
  question.shares[0].period = {DayOf(2017, 7, 1), kMaxDay};
  question.shares[0].population.school_years = {2018, 2019, 2020, 2021, 2022, 2023, 2024, 2025};
  question.shares[0].elements[kRin].condition_program = kMedicaid;
  question.shares[0].elements[kEligibility].condition_program = kMedicaid;

  const auto full = [](exposure::PersonFacts facts, std::uint32_t populated) {
    facts.known_fields = 0b11110;
    facts.populated_fields = populated;
    return facts;
  };
  exposure::PersonFacts speaks_spanish = full(Student(10), 0b11110);
  speaks_spanish.language = 2;
  SmallDistrict district;
  district.Add(speaks_spanish, {Year(2024, 1, 5), Year(2025, 1, 6)})
      .Add(full(Student(11), 0b11110), {Year(2025, 2, 6)},
           {{kMedicaid, DayOf(2023, 1, 1), kMaxDay}})
      // Left in 2018, after a term in Medicaid.
      .Add(full(Student(12, false), 0b11110), {Year(2018, 1, 12)},
           {{kMedicaid, DayOf(2017, 9, 1), DayOf(2017, 12, 31)}})
      // Left before the first year of the share.
      .Add(full(Student(13, false), 0b11110), {Year(2017, 1, 12)})
      .Add(full(Staff(14), 0b11110), {Year(2025, 1, 0)})
      // Medicaid only after the compromise was over.
      .Add(full(Student(15), 0b11110), {Year(2025, 2, 6)},
           {{kMedicaid, DayOf(2025, 1, 15), kMaxDay}})
      // Medicaid only before the share began.
      .Add(full(Student(16, false), 0b11110), {Year(2020, 3, 12)},
           {{kMedicaid, DayOf(2010, 1, 1), DayOf(2016, 12, 31)}})
      // Enrolled only after the compromise was over.
      .Add(full(Student(17), 0b11110), {{2025, 1, 6, DayOf(2025, 1, 6), DayOf(2025, 6, 15)}})
      // No gender on record.
      .Add(full(Student(18), 0b10110), {Year(2025, 2, 7)});
  const auto world = district.Build();
  const auto exposure = Enumerate(*world, question);
  ASSERT_TRUE(exposure.ok());
  EXPECT_EQ(ElementsOf(*world, *exposure), (Elements{{10, {0, 1, 2, 3}},
                                                     {11, {0, 1, 2, 3, 4, 5}},
                                                     {12, {0, 1, 2, 3, 4, 5}},
                                                     {15, {0, 1, 2, 3}},
                                                     {16, {0, 1, 2, 3}},
                                                     {18, {0, 1, 3}}}));

  Summary expected;
  expected.people = 6;
  expected.cells = 27;
  expected.current_students = 4;
  expected.former_students = 2;
  expected.people_believed = 6;
  expected.cells_believed = 27;
  expected.cells_populated = 23;
  // The roster does not show the Medicaid ID of anybody, so nobody counts as populated.
  expected.by_element = {ElementCount{kName, 6, 6, 0},   ElementCount{kBirthDate, 6, 6, 0},
                         ElementCount{kGender, 5, 5, 0}, ElementCount{kStudentId, 6, 6, 0},
                         ElementCount{kRin, 2, 0, 0},    ElementCount{kEligibility, 2, 0, 0}};
  expected.by_school = {CodeCount{1, 2}, CodeCount{2, 3}, CodeCount{3, 1}};
  expected.by_grade = {CodeCount{6, 3}, CodeCount{7, 1}, CodeCount{12, 2}};
  expected.by_school_year = {YearCount{2018, 1}, YearCount{2020, 1}, YearCount{2024, 1},
                             YearCount{2025, 4}};
  expected.by_language = {CodeCount{0, 5}, CodeCount{2, 1}};
  // 11 and 12, and 16 who left it long ago; 15 joined too late.
  expected.by_program = {CodeCount{kMedicaid, 3}};
  expected.by_school_and_element = {
      SchoolElementCount{1, 0, 2}, SchoolElementCount{1, 1, 2}, SchoolElementCount{1, 2, 2},
      SchoolElementCount{1, 3, 2}, SchoolElementCount{1, 4, 1}, SchoolElementCount{1, 5, 1},
      SchoolElementCount{2, 0, 3}, SchoolElementCount{2, 1, 3}, SchoolElementCount{2, 2, 2},
      SchoolElementCount{2, 3, 3}, SchoolElementCount{2, 4, 1}, SchoolElementCount{2, 5, 1},
      SchoolElementCount{3, 0, 1}, SchoolElementCount{3, 1, 1}, SchoolElementCount{3, 2, 1},
      SchoolElementCount{3, 3, 1}};
  expected.tiers = {Tier{{0, 1, 2, 3}, 3}, Tier{{0, 1, 2, 3, 4, 5}, 2}, Tier{{0, 1, 3}, 1}};
  EXPECT_EQ(Summarize(*world, *exposure, question), expected);
}

// An evaluation service: four school years, students and staff with different elements.
TEST(Incident, ServiceHoldingOldSchoolYearsOfStudentsAndStaff) {
  constexpr std::uint16_t kName = 0, kGrade = 1, kStateId = 2, kStaffName = 3, kStaffEmail = 4;
  Question question;
  question.elements = {{SubjectKind::kStudent, 1},
                       {SubjectKind::kStudent, 9},
                       {SubjectKind::kStudent, 5},
                       {SubjectKind::kStaff, 1},
                       {SubjectKind::kStaff, 6}};
  question.window_last = DayOf(2021, 12, 1);
  question.scope.school_years = {2016, 2017, 2018, 2019};
  question.shares = {ShareOf(0, {kName, kGrade, kStateId}), ShareOf(1, {kStaffName, kStaffEmail})};
  for (auto& share : question.shares) share.period = {DayOf(2011, 8, 1), kMaxDay};
  question.shares[1].population.subject = SubjectKind::kStaff;

  SmallDistrict district;
  district.Add(Student(1, false), {Year(2016, 1, 12)})
      .Add(Student(2), {Year(2018, 1, 1), Year(2019, 1, 2), Year(2020, 2, 3)})
      .Add(Student(3), {Year(2020, 1, 1)})
      .Add(Student(4, false), {Year(2015, 1, 12)})
      .Add(Staff(5), {Year(2018, 2, 0), Year(2022, 2, 0)})
      .Add(Staff(6), {Year(2021, 2, 0)});
  const auto world = district.Build();
  const auto exposure = Enumerate(*world, question);
  ASSERT_TRUE(exposure.ok());
  EXPECT_EQ(ElementsOf(*world, *exposure), (Elements{{1, {0, 1, 2}}, {2, {0, 1, 2}}, {5, {3, 4}}}));

  const Summary summary = Summarize(*world, *exposure, question);
  EXPECT_EQ(summary.people, 3u);
  EXPECT_EQ(summary.cells, 8u);
  EXPECT_EQ(summary.current_students, 1u);
  EXPECT_EQ(summary.former_students, 1u);
  EXPECT_EQ(summary.current_staff, 1u);
  EXPECT_EQ(summary.by_school_year, (std::vector<YearCount>{{2016, 1}, {2018, 2}, {2019, 1}}));
  EXPECT_EQ(summary.by_school, (std::vector<CodeCount>{{1, 1}, {2, 2}}));
  EXPECT_EQ(summary.by_grade, (std::vector<CodeCount>{{0, 1}, {3, 1}, {12, 1}}));
}

// A list that an insider handed to somebody without any contract.
TEST(Incident, ListThatWentToSomebodyWithoutAContract) {
  constexpr std::uint16_t kName = 0, kAddress = 1, kGrade = 2, kSchool = 3;
  Question question;
  question.elements = {{SubjectKind::kStudent, 1},
                       {SubjectKind::kStudent, 8},
                       {SubjectKind::kStudent, 9},
                       {SubjectKind::kStudent, 10}};
  question.window_last = DayOf(2016, 9, 30);
  question.scope.limit_to_list = true;
  question.statement_elements = {kName, kAddress, kGrade, kSchool};

  exposure::PersonFacts no_address = Student(3);
  no_address.known_fields = 1u << 8 | 1u << 1;
  no_address.populated_fields = 1u << 1;
  SmallDistrict district;
  district.Add(Student(1), {Year(2016, 1, 5), Year(2017, 1, 6)})
      .Add(Student(2), {Year(2017, 1, 6)})
      .Add(no_address, {Year(2017, 2, 8)})
      .Add(Student(4), {})
      .Add(Staff(5), {Year(2017, 1, 0)});
  const auto world = district.Build();
  question.claimed = {Claim(*world, 1), Claim(*world, 3), Claim(*world, 4), Claim(*world, 5)};
  const auto exposure = Enumerate(*world, question);
  ASSERT_TRUE(exposure.ok());
  EXPECT_EQ(ElementsOf(*world, *exposure),
            (Elements{{1, {0, 1, 2, 3}}, {3, {0, 2, 3}}, {4, {0, 1, 2, 3}}}));
  // The statement names nothing that a staff member has.
  EXPECT_EQ(IdsOf(*world, exposure->listed_without_cells), (std::vector<std::uint64_t>{5}));

  const Summary summary = Summarize(*world, *exposure, question);
  EXPECT_EQ(summary.people, 3u);
  EXPECT_EQ(summary.people_confirmed, 3u);
  EXPECT_EQ(summary.cells_confirmed, 11u);
  EXPECT_EQ(summary.cells_believed, 0u);
  EXPECT_EQ(summary.no_school, 1u);
  EXPECT_EQ(summary.by_school, (std::vector<CodeCount>{{1, 1}, {2, 1}}));
  EXPECT_EQ(summary.by_grade, (std::vector<CodeCount>{{0, 1}, {6, 1}, {8, 1}}));
  // No share matched, so every year that began by the end of the window counts.
  EXPECT_EQ(summary.by_school_year, (std::vector<YearCount>{{2016, 1}, {2017, 2}}));
  EXPECT_EQ(summary.by_element,
            (std::vector<ElementCount>{{0, 3, 1, 3}, {1, 2, 0, 2}, {2, 3, 0, 3}, {3, 3, 0, 3}}));
}

}  // namespace
}  // namespace rollcall::testing
