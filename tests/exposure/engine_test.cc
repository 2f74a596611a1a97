#include "server/exposure/engine.h"

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "server/exposure/summary.h"
#include "server/exposure/tally.h"
#include "tests/exposure/small_district.h"

namespace rollcall::testing {
namespace {

using exposure::Certainty;
using exposure::DeclaredShare;
using exposure::Exposure;
using exposure::kMaxDay;
using exposure::Limits;
using exposure::ObservedTransfers;
using exposure::Question;
using exposure::Reason;
using exposure::ReasonKind;
using exposure::SubjectKind;
using exposure::World;

constexpr Reason kClaimed{ReasonKind::kClaimedByList, 0};
constexpr Reason kNamed{ReasonKind::kNamedByStatement, 0};
Reason Declared(std::uint32_t share) { return {ReasonKind::kDeclared, share}; }
Reason Observed(std::uint32_t group) { return {ReasonKind::kObserved, group}; }
Reason Upstream(std::uint32_t group) { return {ReasonKind::kObservedUpstream, group}; }

using Ids = std::vector<std::uint64_t>;

constexpr std::uint16_t kMedicaid = 5;

// Elements 0 to 3 of students (0 with roster field 1), 4 of staff, 5 of guardians.
Question Ask() {
  Question question;
  question.elements = {{SubjectKind::kStudent, 1}, {SubjectKind::kStudent, 0},
                       {SubjectKind::kStudent, 0}, {SubjectKind::kStudent, 0},
                       {SubjectKind::kStaff, 0},   {SubjectKind::kGuardian, 2}};
  return question;
}

Elements Answer(const World& world, const Question& question) {
  const auto exposure = Enumerate(world, question);
  EXPECT_TRUE(exposure.ok()) << exposure.status();
  return exposure.ok() ? ElementsOf(world, *exposure) : Elements{};
}

// Files with these elements of these people.
ObservedTransfers Sent(std::uint32_t group, const World& world, const Ids& ids,
                       const std::vector<std::uint16_t>& elements) {
  ObservedTransfers transfers;
  transfers.group = group;
  transfers.people = PeopleWith(world, ids);
  transfers.elements = elements;
  return transfers;
}

absl::StatusCode Refusal(const World& world, const Question& question, const Limits& limits = {}) {
  return Enumerate(world, question, limits).status().code();
}

TEST(Declared, SpellAndPeriodMayShareASingleDay) {
  SmallDistrict district;
  district.Add(Student(1), {{2020, 1, 1, 100, 200}})
      .Add(Student(2), {{2020, 1, 1, 300, 300}})
      .Add(Student(3), {{2020, 1, 1, 301, 400}})
      .Add(Student(4), {{2020, 1, 1, 100, 199}});
  Question question = Ask();
  question.shares = {ShareOf(1, {0})};
  question.shares[0].period = {200, 300};
  EXPECT_EQ(Answer(*district.Build(), question), (Elements{{1, {0}}, {2, {0}}}));
}

TEST(Declared, DataThatWentAfterTheWindowWasNotThereToBeTaken) {
  SmallDistrict district;
  district.Add(Student(1), {{2020, 1, 1, 100, kMaxDay}})
      .Add(Student(2), {{2020, 1, 1, 151, kMaxDay}});
  Question question = Ask();
  question.window_last = 150;
  question.shares = {ShareOf(1, {0}), ShareOf(2, {1})};
  question.shares[1].period = {151, kMaxDay};
  EXPECT_EQ(Answer(*district.Build(), question), (Elements{{1, {0}}}));
}

TEST(Declared, FiltersMustHoldOnOneAndTheSameSpell) {
  // Both moved in the middle of a year; only the second was ever in grade 7 of school 2.
  SmallDistrict district;
  district.Add(Student(1), {{2020, 1, 7, 100, 149}, {2020, 2, 8, 150, 300}})
      .Add(Student(2), {{2020, 1, 8, 100, 149}, {2020, 2, 7, 150, 300}});
  Question question = Ask();
  question.shares = {ShareOf(1, {0})};
  question.shares[0].population.schools = {2};
  question.shares[0].population.grades = {7};
  EXPECT_EQ(Answer(*district.Build(), question), (Elements{{2, {0}}}));
}

TEST(Declared, ProgramOfThePopulationMustHoldOnTheMatchingDay) {
  // The first was in the program only before being enrolled; the second on the last day.
  SmallDistrict district;
  district.Add(Student(1), {{2020, 1, 1, 100, 200}}, {{kMedicaid, 50, 99}})
      .Add(Student(2), {{2020, 1, 1, 100, 200}}, {{kMedicaid, 200, 250}});
  Question question = Ask();
  question.shares = {ShareOf(1, {0})};
  question.shares[0].population.programs = {kMedicaid};
  EXPECT_EQ(Answer(*district.Build(), question), (Elements{{2, {0}}}));
}

TEST(Declared, ConditionMayHoldOnAnotherDayOfTheEffectivePeriod) {
  // Medicaid: the first before enrolling but within the period, the second before the period, the
  // third after the window.
  SmallDistrict district;
  district.Add(Student(1), {{2020, 1, 1, 150, 160}}, {{kMedicaid, 50, 100}})
      .Add(Student(2), {{2020, 1, 1, 150, 160}}, {{kMedicaid, 50, 99}})
      .Add(Student(3), {{2020, 1, 1, 150, 160}}, {{kMedicaid, 181, 190}});
  Question question = Ask();
  question.window_last = 180;
  question.shares = {ShareOf(1, {0, 1})};
  question.shares[0].period = {100, kMaxDay};
  question.shares[0].elements[1].condition_program = kMedicaid;
  EXPECT_EQ(Answer(*district.Build(), question), (Elements{{1, {0, 1}}, {2, {0}}, {3, {0}}}));
}

TEST(Declared, PopulationDatesNarrowMatchingAndConditions) {
  SmallDistrict district;
  district.Add(Student(1), {{2020, 1, 1, 100, 200}}, {{kMedicaid, 100, 119}})
      .Add(Student(2), {{2020, 1, 1, 100, 119}});
  Question question = Ask();
  question.shares = {ShareOf(1, {0, 1})};
  question.shares[0].population.dates = {120, 130};
  question.shares[0].elements[1].condition_program = kMedicaid;
  EXPECT_EQ(Answer(*district.Build(), question), (Elements{{1, {0}}}));
}

TEST(Declared, ScopeNarrowsYearsAndElements) {
  SmallDistrict district;
  district.Add(Student(1), {Year(2018, 1, 1)}).Add(Student(2), {Year(2019, 1, 1)});
  Question question = Ask();
  question.shares = {ShareOf(1, {0, 1})};
  question.scope.school_years = {2019};
  question.scope.elements = {1};
  EXPECT_EQ(Answer(*district.Build(), question), (Elements{{2, {1}}}));
}

TEST(Declared, EveryShareThatGivesAnElementIsAReason) {
  SmallDistrict district;
  district.Add(Student(1), {Year(2020, 1, 1)});
  const auto world = district.Build();
  Question question = Ask();
  question.shares = {ShareOf(9, {0, 1}), ShareOf(4, {0})};
  const auto exposure = Enumerate(*world, question);
  ASSERT_TRUE(exposure.ok());
  EXPECT_EQ(CellsOf(*world, *exposure),
            (Cells{{1,
                    {{0, {Certainty::kBelieved, {Declared(4), Declared(9)}}},
                     {1, {Certainty::kBelieved, {Declared(9)}}}}}}));
}

TEST(Declared, MoreSharesThanAWordHasBits) {
  SmallDistrict district;
  district.Add(Student(1), {Year(2020, 129, 1)}).Add(Student(2), {Year(2020, 3, 1)});
  const auto world = district.Build();
  Question question = Ask();
  for (std::uint16_t i = 0; i < 130; ++i) {
    question.shares.push_back(ShareOf(i, {0}));
    question.shares.back().population.schools = {i};
  }
  const auto exposure = Enumerate(*world, question);
  ASSERT_TRUE(exposure.ok());
  EXPECT_EQ(CellsOf(*world, *exposure), (Cells{{1, {{0, {Certainty::kBelieved, {Declared(129)}}}}},
                                               {2, {{0, {Certainty::kBelieved, {Declared(3)}}}}}}));
}

TEST(Parts, OfOneShareAreOneReasonAndAddUp) {
  // Element 0 came until day 100, element 1 until day 200.
  SmallDistrict district;
  district.Add(Student(1), {{2020, 1, 1, 50, 60}}).Add(Student(2), {{2020, 1, 1, 150, 160}});
  const auto world = district.Build();
  Question question = Ask();
  question.shares = {ShareOf(7, {0}), ShareOf(7, {0, 1})};
  question.shares[0].period.last = 100;
  question.shares[1].period.first = 55;
  question.shares[1].period.last = 200;
  const auto exposure = Enumerate(*world, question);
  ASSERT_TRUE(exposure.ok());
  EXPECT_EQ(CellsOf(*world, *exposure), (Cells{{1,
                                                {{0, {Certainty::kBelieved, {Declared(7)}}},
                                                 {1, {Certainty::kBelieved, {Declared(7)}}}}},
                                               {2,
                                                {{0, {Certainty::kBelieved, {Declared(7)}}},
                                                 {1, {Certainty::kBelieved, {Declared(7)}}}}}}));
  question.shares[0].population.schools = {2};
  question.shares[1].elements.erase(question.shares[1].elements.begin());
  EXPECT_EQ(Answer(*world, question), (Elements{{1, {1}}, {2, {1}}}));
}

TEST(Observed, WhatWasSentIsExposedWithoutAnyShare) {
  // Element 4 is of staff: it counts for 2 only; 3 was not in the file.
  SmallDistrict district;
  district.Add(Student(1), {}).Add(Staff(2), {}).Add(Student(3), {Year(2020, 1, 1)});
  const auto world = district.Build();
  Question question = Ask();
  question.transfers = {Sent(8, *world, {1, 2}, {1, 4, 5})};
  const auto exposure = Enumerate(*world, question);
  ASSERT_TRUE(exposure.ok());
  EXPECT_EQ(CellsOf(*world, *exposure),
            (Cells{{1,
                    {{1, {Certainty::kConfirmed, {Observed(8)}}},
                     {5, {Certainty::kConfirmed, {Observed(8)}}}}},
                   {2, {{4, {Certainty::kConfirmed, {Observed(8)}}}}}}));
  EXPECT_EQ(*CountExposed(*world, question), 2u);
}

TEST(Observed, UpstreamIsBelievedUnlessSomethingElseConfirms) {
  SmallDistrict district;
  district.Add(Student(1), {Year(2020, 1, 1)});
  const auto world = district.Build();
  Question question = Ask();
  question.shares = {ShareOf(3, {0})};
  question.transfers = {Sent(8, *world, {1}, {0, 1, 2}), Sent(9, *world, {1}, {1}),
                        Sent(4, *world, {1}, {1})};
  question.transfers[0].upstream = true;
  question.claimed = {Claim(*world, 1, {2})};
  const auto exposure = Enumerate(*world, question);
  ASSERT_TRUE(exposure.ok());
  EXPECT_EQ(CellsOf(*world, *exposure),
            (Cells{{1,
                    {{0, {Certainty::kBelieved, {Declared(3), Upstream(8)}}},
                     {1, {Certainty::kConfirmed, {Observed(4), Observed(9), Upstream(8)}}},
                     {2, {Certainty::kConfirmed, {kClaimed, Upstream(8)}}}}}}));
}

TEST(Observed, KnownEmptyFieldIsExposedOnlyIfTheFileOverrulesIt) {
  SmallDistrict district;
  exposure::PersonFacts facts = Student(1);
  facts.known_fields = 0b110;
  district.Add(facts, {Year(2020, 1, 1)});
  const auto world = district.Build();
  Question question = Ask();
  question.shares = {ShareOf(1, {0})};
  question.transfers = {Sent(8, *world, {1}, {0, 5}), Sent(9, *world, {1}, {0})};
  EXPECT_EQ(Answer(*world, question), Elements{});
  EXPECT_EQ(*CountExposed(*world, question), 0u);
  question.transfers[1].overrule_empty = {0};
  // It is then exposed with all reasons, also those that know nothing of values.
  const auto exposure = Enumerate(*world, question);
  ASSERT_TRUE(exposure.ok());
  EXPECT_EQ(CellsOf(*world, *exposure),
            (Cells{{1, {{0, {Certainty::kConfirmed, {Declared(1), Observed(8), Observed(9)}}}}}}));
  EXPECT_EQ(*CountExposed(*world, question), 1u);
}

TEST(Observed, FileOverrulesForItsOwnPeopleOnly) {
  SmallDistrict district;
  exposure::PersonFacts first = Student(1);
  exposure::PersonFacts second = Student(2);
  first.known_fields = second.known_fields = 0b10;
  district.Add(first, {Year(2020, 1, 1)}).Add(second, {Year(2020, 1, 1)});
  const auto world = district.Build();
  Question question = Ask();
  question.shares = {ShareOf(1, {0})};
  question.transfers = {Sent(8, *world, {2}, {0})};
  question.transfers[0].overrule_empty = {0};
  EXPECT_EQ(Answer(*world, question), (Elements{{2, {0}}}));
}

TEST(Observed, ScopeYearsChooseAmongPeopleWithSpells) {
  // The first has a spell in another year only, long after; the third has none at all.
  SmallDistrict district;
  district.Add(Student(1), {Year(2021, 1, 1)})
      .Add(Student(2), {Year(2021, 1, 1), Year(2019, 1, 1)})
      .Add(Student(3), {});
  const auto world = district.Build();
  Question question = Ask();
  question.scope.school_years = {2019};
  question.transfers = {Sent(8, *world, {1, 2, 3}, {0})};
  EXPECT_EQ(Answer(*world, question), (Elements{{2, {0}}, {3, {0}}}));
  EXPECT_EQ(*CountExposed(*world, question), 2u);
}

TEST(Observed, ScopeElementsAndLimitToListHold) {
  SmallDistrict district;
  district.Add(Student(1), {}).Add(Student(2), {});
  const auto world = district.Build();
  Question question = Ask();
  question.scope.elements = {1, 2};
  question.scope.limit_to_list = true;
  question.transfers = {Sent(8, *world, {1, 2}, {0, 1})};
  question.claimed = {Claim(*world, 2, {2})};
  const auto exposure = Enumerate(*world, question);
  ASSERT_TRUE(exposure.ok());
  EXPECT_EQ(CellsOf(*world, *exposure), (Cells{{2,
                                                {{1, {Certainty::kConfirmed, {Observed(8)}}},
                                                 {2, {Certainty::kConfirmed, {kClaimed}}}}}}));
  EXPECT_EQ(*CountExposed(*world, question), 1u);
}

TEST(Observed, PeopleWhomNoShareMatchesCountInYearsThatBeganByTheEndOfTheWindow) {
  SmallDistrict district;
  district.Add(Student(1), {Year(2019, 1, 1), Year(2020, 1, 2), Year(2021, 1, 3)})
      .Add(Student(2), {Year(2019, 2, 1), Year(2020, 2, 2)});
  const auto world = district.Build();
  Question question = Ask();
  question.window_last = DayOf(2019, 12, 31);
  question.shares = {ShareOf(1, {1})};
  question.shares[0].population.schools = {2};
  question.shares[0].population.school_years = {2019};
  question.transfers = {Sent(8, *world, {1, 2}, {0})};
  const auto exposure = Enumerate(*world, question);
  ASSERT_TRUE(exposure.ok());
  // 2019: both; 2020: the first, whose years are not those of a share.
  EXPECT_EQ(exposure->people_of_year, (std::vector<std::uint32_t>{2, 1, 0}));
}

// Student 1 was at school until day 100, student 2 until day 200; one share gives 0 and, to those
// in Medicaid, 1. The statement names 2.
class Dispositions : public ::testing::Test {
 protected:
  void SetUp() override {
    SmallDistrict district;
    district.Add(Student(1), {{2020, 1, 1, 10, 100}}, {{kMedicaid, 10, 50}})
        .Add(Student(2), {{2020, 1, 1, 10, 200}}, {{kMedicaid, 10, 50}})
        .Add(Student(3), {});
    world_ = district.Build();
    question_ = Ask();
    question_.shares = {ShareOf(7, {0, 1})};
    question_.shares[0].elements[1].condition_program = kMedicaid;
    question_.statement_elements = {2};
    question_.dispositions = {{90, {}, nullptr}, {80, {}, nullptr}};
  }

  Exposure Compute() {
    const auto exposure = Enumerate(*world_, question_);
    EXPECT_TRUE(exposure.ok()) << exposure.status();
    const auto count = CountExposed(*world_, question_);
    EXPECT_TRUE(count.ok()) << count.status();
    EXPECT_EQ(*count, exposure->ordinals.size());
    return *exposure;
  }

  std::shared_ptr<const World> world_;
  Question question_;
};

TEST_F(Dispositions, ThatNothingRefersToTakeNothing) {
  const Exposure exposure = Compute();
  EXPECT_EQ(ElementsOf(*world_, exposure), (Elements{{1, {0, 1, 2}}, {2, {0, 1, 2}}}));
  EXPECT_EQ(RemovedOf(*world_, exposure), Removed{});
}

TEST_F(Dispositions, ThatTakeEverythingLeaveItToBeSeen) {
  question_.shares[0].cuts = {{0, kMaxDay}};
  const Exposure exposure = Compute();
  EXPECT_EQ(ElementsOf(*world_, exposure), Elements{});
  const std::map<int, RemovedValue> all = {
      {0, {{Declared(7)}, {90}}}, {1, {{Declared(7)}, {90}}}, {2, {{kNamed}, {90}}}};
  EXPECT_EQ(RemovedOf(*world_, exposure), (Removed{{1, all}, {2, all}}));
  EXPECT_EQ(IdsOf(*world_, exposure.removed.ordinals), (Ids{1, 2}));
  EXPECT_EQ(exposure.sets.size(), 1u);
  EXPECT_EQ(exposure.people_of_year, (std::vector<std::uint32_t>{0}));
}

TEST_F(Dispositions, LeaveWhatWentAfterTheLastDayRemoved) {
  // Student 2 was still there on day 101, but no longer in Medicaid.
  question_.shares[0].cuts = {{0, 100}};
  const Exposure exposure = Compute();
  EXPECT_EQ(ElementsOf(*world_, exposure), (Elements{{2, {0, 2}}}));
  EXPECT_EQ(
      RemovedOf(*world_, exposure),
      (Removed{{1, {{0, {{Declared(7)}, {90}}}, {1, {{Declared(7)}, {90}}}, {2, {{kNamed}, {90}}}}},
               {2, {{1, {{Declared(7)}, {90}}}}}}));
}

TEST_F(Dispositions, LastDayRemovedIsInclusive) {
  question_.shares[0].cuts = {{0, 99}};
  EXPECT_EQ(ElementsOf(*world_, Compute()), (Elements{{1, {0, 2}}, {2, {0, 2}}}));
  question_.shares[0].cuts = {{0, 49}};
  EXPECT_EQ(ElementsOf(*world_, Compute()), (Elements{{1, {0, 1, 2}}, {2, {0, 1, 2}}}));
  question_.shares[0].cuts = {{0, 50}};
  EXPECT_EQ(ElementsOf(*world_, Compute()), (Elements{{1, {0, 2}}, {2, {0, 2}}}));
}

TEST_F(Dispositions, LatestOfTheCutsThatCoverCounts) {
  question_.dispositions[0].people = PeopleWith(*world_, {2});
  question_.shares[0].cuts = {{0, 200}, {1, 60}};
  const Exposure exposure = Compute();
  EXPECT_EQ(ElementsOf(*world_, exposure), (Elements{{1, {0, 2}}}));
  EXPECT_EQ(RemovedOf(*world_, exposure), (Removed{{1, {{1, {{Declared(7)}, {80}}}}},
                                                   {2,
                                                    {{0, {{Declared(7)}, {80, 90}}},
                                                     {1, {{Declared(7)}, {80, 90}}},
                                                     {2, {{kNamed}, {80, 90}}}}}}));
}

TEST_F(Dispositions, MayNameElementsAndPeople) {
  question_.dispositions[0].elements = {0, 2};
  question_.dispositions[0].people = PeopleWith(*world_, {2, 3});
  question_.shares[0].cuts = {{0, kMaxDay}};
  const Exposure exposure = Compute();
  EXPECT_EQ(ElementsOf(*world_, exposure), (Elements{{1, {0, 1, 2}}, {2, {1}}}));
  EXPECT_EQ(RemovedOf(*world_, exposure),
            (Removed{{2, {{0, {{Declared(7)}, {90}}}, {2, {{kNamed}, {90}}}}}}));
}

TEST_F(Dispositions, OfOneShareDoNotTouchAnother) {
  question_.shares.push_back(ShareOf(6, {0}));
  question_.shares[0].cuts = {{0, kMaxDay}};
  const Exposure exposure = Compute();
  // Named elements hold on to the share that is left.
  const std::map<int, CellValue> left = {{0, {Certainty::kBelieved, {Declared(6)}, {90}}},
                                         {2, {Certainty::kBelieved, {kNamed}}}};
  EXPECT_EQ(CellsOf(*world_, exposure), (Cells{{1, left}, {2, left}}));
  EXPECT_EQ(RemovedOf(*world_, exposure),
            (Removed{{1, {{1, {{Declared(7)}, {90}}}}}, {2, {{1, {{Declared(7)}, {90}}}}}}));
}

TEST_F(Dispositions, OfOnePartDoNotTakeTheShareOfTheOther) {
  question_.shares.push_back(ShareOf(7, {0}));
  question_.shares[0].cuts = {{0, kMaxDay}};
  const std::map<int, CellValue> left = {{0, {Certainty::kBelieved, {Declared(7)}}},
                                         {2, {Certainty::kBelieved, {kNamed}}}};
  EXPECT_EQ(CellsOf(*world_, Compute()), (Cells{{1, left}, {2, left}}));
}

TEST_F(Dispositions, TakeTransfersThatTheyCoverAndNoListedElement) {
  question_.shares.clear();
  question_.statement_elements.clear();
  question_.dispositions[0].elements = {0, 1};
  question_.dispositions[1].people = PeopleWith(*world_, {3});
  question_.transfers = {Sent(5, *world_, {2, 3}, {0, 3}), Sent(4, *world_, {2}, {0, 1})};
  question_.transfers[0].cuts = {0, 1};
  question_.transfers[1].upstream = true;
  question_.claimed = {Claim(*world_, 3, {0})};
  const Exposure exposure = Compute();
  EXPECT_EQ(CellsOf(*world_, exposure),
            (Cells{{2,
                    {{0, {Certainty::kBelieved, {Upstream(4)}, {90}}},
                     {1, {Certainty::kBelieved, {Upstream(4)}}},
                     {3, {Certainty::kConfirmed, {Observed(5)}}}}},
                   {3, {{0, {Certainty::kConfirmed, {kClaimed}, {80, 90}}}}}}));
  EXPECT_EQ(RemovedOf(*world_, exposure), (Removed{{3, {{3, {{Observed(5)}, {80}}}}}}));
}

TEST_F(Dispositions, TakeAFileAndWithItWhatItSaidOfAnEmptyField) {
  SmallDistrict district;
  exposure::PersonFacts facts = Student(1);
  facts.known_fields = 0b10;
  district.Add(facts, {{2020, 1, 1, 10, 100}});
  world_ = district.Build();
  question_.statement_elements.clear();
  question_.shares = {ShareOf(7, {0})};
  question_.transfers = {Sent(5, *world_, {1}, {0})};
  question_.transfers[0].overrule_empty = {0};
  question_.transfers[0].cuts = {0};
  // The share still gives the element, but the field is empty again.
  EXPECT_EQ(RemovedOf(*world_, Compute()), (Removed{{1, {{0, {{Observed(5)}, {90}}}}}}));
  // A field that was known to be empty before is neither exposed nor removed.
  question_.transfers[0].overrule_empty = {};
  question_.shares[0].cuts = {{1, kMaxDay}};
  const Exposure exposure = Compute();
  EXPECT_EQ(ElementsOf(*world_, exposure), Elements{});
  EXPECT_EQ(RemovedOf(*world_, exposure), Removed{});
}

TEST_F(Dispositions, RemoveNothingThatTheScopeLeavesOut) {
  question_.scope.elements = {1};
  question_.scope.limit_to_list = true;
  question_.claimed = {Claim(*world_, 1, {3})};
  question_.shares[0].cuts = {{0, kMaxDay}};
  const Exposure exposure = Compute();
  EXPECT_EQ(ElementsOf(*world_, exposure), (Elements{{1, {3}}}));
  EXPECT_EQ(RemovedOf(*world_, exposure), (Removed{{1, {{1, {{Declared(7)}, {90}}}}}}));
}

TEST_F(Dispositions, AreInTheSummary) {
  question_.shares[0].cuts = {{0, 100}};
  const Exposure exposure = Compute();
  const exposure::Summary summary = Summarize(*world_, exposure, question_);
  EXPECT_EQ(summary.people, 1u);
  EXPECT_EQ(summary.cells, 2u);
  EXPECT_EQ(summary.people_removed, 1u);
  EXPECT_EQ(summary.cells_removed, 4u);
  EXPECT_EQ(summary.by_element, (std::vector<exposure::ElementCount>{
                                    {0, 1, 0, 0, 1}, {1, 0, 0, 0, 2}, {2, 1, 0, 0, 1}}));
  EXPECT_EQ(summary.tiers, (std::vector<exposure::Tier>{{{0, 2}, 1}}));
}

TEST_F(Dispositions, OfListedPeopleLeaveThemOnTheListOfTheEmptied) {
  question_.statement_elements.clear();
  question_.scope.school_years = {2020};
  question_.shares[0].elements = {{0, std::nullopt}};
  question_.shares[0].population.school_years = {2020};
  question_.transfers = {Sent(5, *world_, {3}, {1})};
  question_.transfers[0].cuts = {0};
  // The list stands for element 0 alone, which is known to be empty.
  SmallDistrict district;
  exposure::PersonFacts facts = Student(3);
  facts.known_fields = 0b10;
  district.Add(facts, {});
  world_ = district.Build();
  question_.transfers[0].people = PeopleWith(*world_, {3});
  question_.claimed = {Claim(*world_, 3)};
  const Exposure exposure = Compute();
  EXPECT_EQ(IdsOf(*world_, exposure.listed_without_cells), (Ids{3}));
  EXPECT_EQ(RemovedOf(*world_, exposure), (Removed{{3, {{1, {{Observed(5)}, {90}}}}}}));
}

TEST(Named, ElementThatNoShareListsCountsForEverybodyWhoWasShared) {
  SmallDistrict district;
  district.Add(Student(1), {Year(2020, 1, 1)})
      .Add(Student(2), {Year(2020, 2, 1)})
      .Add(Staff(3), {Year(2020, 1, 0)});
  const auto world = district.Build();
  Question question = Ask();
  question.shares = {ShareOf(1, {0})};
  question.shares[0].population.schools = {1};
  question.statement_elements = {0, 2, 4};
  const auto exposure = Enumerate(*world, question);
  ASSERT_TRUE(exposure.ok());
  EXPECT_EQ(CellsOf(*world, *exposure), (Cells{{1,
                                                {{0, {Certainty::kBelieved, {Declared(1)}}},
                                                 {2, {Certainty::kBelieved, {kNamed}}}}}}));
}

TEST(Named, ElementThatAShareListsKeepsTheTermsOfTheShare) {
  SmallDistrict district;
  district.Add(Student(1), {Year(2020, 1, 1)});
  Question question = Ask();
  question.shares = {ShareOf(1, {0, 1})};
  question.shares[0].elements[1].condition_program = kMedicaid;
  question.statement_elements = {0, 1};
  EXPECT_EQ(Answer(*district.Build(), question), (Elements{{1, {0}}}));
}

TEST(Named, ShareThatBeganAfterTheWindowListsNothing) {
  SmallDistrict district;
  district.Add(Student(1), {{2020, 1, 1, 100, 200}});
  Question question = Ask();
  question.window_last = 150;
  question.shares = {ShareOf(1, {0}), ShareOf(2, {1})};
  question.shares[1].period = {151, kMaxDay};
  question.statement_elements = {1};
  EXPECT_EQ(Answer(*district.Build(), question), (Elements{{1, {0, 1}}}));
}

TEST(Claimed, ElementsOfTheListAreTakenAsTheyStand) {
  // Outside the scope, of another kind of person, and known to be empty.
  SmallDistrict district;
  exposure::PersonFacts facts = Student(1);
  facts.known_fields = 2;
  district.Add(facts, {});
  const auto world = district.Build();
  Question question = Ask();
  question.scope.elements = {3};
  question.claimed = {{0, {0, 4}}};
  const auto exposure = Enumerate(*world, question);
  ASSERT_TRUE(exposure.ok());
  EXPECT_EQ(CellsOf(*world, *exposure), (Cells{{1,
                                                {{0, {Certainty::kConfirmed, {kClaimed}}},
                                                 {4, {Certainty::kConfirmed, {kClaimed}}}}}}));
}

TEST(Claimed, PersonAloneStandsForTheElementsOfTheStatement) {
  SmallDistrict district;
  district.Add(Student(1), {}).Add(Staff(2), {});
  const auto world = district.Build();
  Question question = Ask();
  question.shares = {ShareOf(1, {0})};
  question.statement_elements = {1, 4, 5};
  question.claimed = {Claim(*world, 1), Claim(*world, 2)};
  EXPECT_EQ(Answer(*world, question), (Elements{{1, {1, 5}}, {2, {4}}}));
}

TEST(Claimed, PersonAloneStandsForAllSharedElementsIfTheStatementNamesNone) {
  // The second had Medicaid at some time before the window closed, long before the share.
  SmallDistrict district;
  district.Add(Student(1), {})
      .Add(Student(2), {}, {{kMedicaid, 10, 20}})
      .Add(Student(3), {}, {{kMedicaid, 151, 160}});
  const auto world = district.Build();
  Question question = Ask();
  question.window_last = 150;
  question.shares = {ShareOf(1, {0, 1})};
  question.shares[0].period = {100, kMaxDay};
  question.shares[0].elements[1].condition_program = kMedicaid;
  question.claimed = {Claim(*world, 1), Claim(*world, 2), Claim(*world, 3)};
  EXPECT_EQ(Answer(*world, question), (Elements{{1, {0}}, {2, {0, 1}}, {3, {0}}}));
}

TEST(Claimed, EntriesOfOnePersonAddUp) {
  SmallDistrict district;
  district.Add(Student(1), {});
  Question question = Ask();
  question.statement_elements = {1};
  question.claimed = {{0, {2}}, {0, {}}, {0, {3, 2}}};
  EXPECT_EQ(Answer(*district.Build(), question), (Elements{{1, {1, 2, 3}}}));
}

TEST(Claimed, ListedPersonKeepsDeclaredReasonsToo) {
  SmallDistrict district;
  district.Add(Student(1), {Year(2020, 1, 1)}).Add(Student(2), {Year(2020, 1, 1)});
  const auto world = district.Build();
  Question question = Ask();
  question.shares = {ShareOf(7, {0, 1})};
  question.claimed = {Claim(*world, 1, {0})};
  question.scope.limit_to_list = true;
  const auto exposure = Enumerate(*world, question);
  ASSERT_TRUE(exposure.ok());
  EXPECT_EQ(CellsOf(*world, *exposure),
            (Cells{{1,
                    {{0, {Certainty::kConfirmed, {Declared(7), kClaimed}}},
                     {1, {Certainty::kBelieved, {Declared(7)}}}}}}));
}

TEST(Claimed, ListedPersonWithNothingLeftIsReported) {
  SmallDistrict district;
  exposure::PersonFacts facts = Student(1);
  facts.known_fields = 2;
  district.Add(facts, {}).Add(Staff(2), {});
  const auto world = district.Build();
  Question question = Ask();
  question.statement_elements = {0};
  question.claimed = {Claim(*world, 2), Claim(*world, 1)};
  const auto exposure = Enumerate(*world, question);
  ASSERT_TRUE(exposure.ok());
  EXPECT_TRUE(exposure->ordinals.empty());
  EXPECT_EQ(IdsOf(*world, exposure->listed_without_cells), (Ids{1, 2}));
}

TEST(KnownEmpty, FieldWithoutValueIsNotExposed) {
  exposure::PersonFacts empty = Student(1);
  empty.known_fields = 2;
  exposure::PersonFacts populated = Student(2);
  populated.known_fields = populated.populated_fields = 2;
  const exposure::PersonFacts unknown = Student(3);
  exposure::PersonFacts guardian_empty = Student(4);
  guardian_empty.known_fields = 4;
  SmallDistrict district;
  for (const auto& facts : {empty, populated, unknown, guardian_empty}) {
    district.Add(facts, {Year(2020, 1, 1)});
  }
  Question question = Ask();
  question.shares = {ShareOf(1, {0, 5})};
  EXPECT_EQ(Answer(*district.Build(), question),
            (Elements{{1, {5}}, {2, {0, 5}}, {3, {0, 5}}, {4, {0}}}));
}

TEST(Enumerate, NobodyIsExposedWhereNothingWasSharedOrClaimed) {
  SmallDistrict district;
  district.Add(Student(1), {Year(2020, 1, 1)});
  EXPECT_EQ(Answer(*district.Build(), Ask()), Elements{});
  EXPECT_EQ(Answer(*SmallDistrict().Build(), Ask()), Elements{});
}

TEST(Enumerate, PeopleWithEqualElementsShareOneSet) {
  SmallDistrict district;
  district.Add(Student(1), {Year(2020, 1, 1)})
      .Add(Student(2), {Year(2020, 1, 1)}, {{kMedicaid, 0, kMaxDay}})
      .Add(Student(3), {Year(2019, 8, 2)});
  Question question = Ask();
  question.shares = {ShareOf(1, {0, 1})};
  question.shares[0].elements[1].condition_program = kMedicaid;
  const auto world = district.Build();
  const auto exposure = Enumerate(*world, question);
  ASSERT_TRUE(exposure.ok());
  EXPECT_EQ(exposure->sets.size(), 2u);
  std::map<std::uint64_t, std::uint32_t> set_of;
  for (std::size_t i = 0; i < exposure->ordinals.size(); ++i) {
    set_of[world->id(exposure->ordinals[i])] = exposure->set_of[i];
  }
  ASSERT_EQ(set_of.size(), 3u);
  EXPECT_EQ(set_of[1], set_of[3]);
  EXPECT_NE(set_of[1], set_of[2]);
}

std::shared_ptr<const std::vector<std::uint32_t>> People(std::vector<std::uint32_t> ordinals) {
  return std::make_shared<const std::vector<std::uint32_t>>(std::move(ordinals));
}

TEST(Refusals, NumbersThatAreNotThere) {
  SmallDistrict district;
  district.Add(Student(1), {});
  const auto world = district.Build();
  for (const auto& spoil : std::vector<void (*)(Question&)>{
           [](Question& q) { q.shares = {ShareOf(1, {6})}; },
           [](Question& q) { q.scope.elements = {6}; },
           [](Question& q) { q.statement_elements = {6}; },
           [](Question& q) {
             q.claimed = {{0, {6}}};
           },
           [](Question& q) {
             q.claimed = {{1, {}}};
           },
           [](Question& q) { q.elements[0].roster_field = 32; },
           [](Question& q) { q.elements[0].subject = SubjectKind{0}; },
           [](Question& q) { q.shares = {ShareOf(1, {4})}; },
           [](Question& q) {
             q.shares = {ShareOf(1, {5})};
             q.shares[0].population.subject = SubjectKind::kGuardian;
           },
           [](Question& q) {
             q.shares = {ShareOf(1, {0})};
             q.shares[0].period = {10, 9};
           },
           [](Question& q) {
             q.shares = {ShareOf(1, {0})};
             q.shares[0].population.dates = {10, 9};
           },
           [](Question& q) {
             q.shares = {ShareOf(1, {0})};
             q.shares[0].cuts = {{0, kMaxDay}};
           },
           [](Question& q) {
             q.transfers = {{1, false, People({1}), {}, {}, {}}};
           },
           [](Question& q) {
             q.transfers = {{1, false, People({0, 0}), {}, {}, {}}};
           },
           [](Question& q) {
             q.transfers = {{1, false, People({0}), {6}, {}, {}}};
           },
           [](Question& q) {
             q.transfers = {{1, false, People({0}), {}, {6}, {}}};
           },
           [](Question& q) {
             q.transfers = {{1, false, People({0}), {}, {}, {0}}};
           },
           [](Question& q) {
             q.transfers = {{1, false, nullptr, {}, {}, {}}};
           },
           [](Question& q) {
             q.transfers = {{1, false, People({}), {}, {}, {}}, {1, true, People({}), {}, {}, {}}};
           },
           [](Question& q) {
             q.dispositions = {{1, {6}, nullptr}};
           },
           [](Question& q) {
             q.dispositions = {{1, {}, People({1})}};
           },
           [](Question& q) {
             q.dispositions = {{1, {}, People({0, 0})}};
           },
           [](Question& q) {
             q.dispositions = {{1, {}, nullptr}, {1, {0}, nullptr}};
           },
       }) {
    Question question = Ask();
    ASSERT_EQ(Refusal(*world, question), absl::StatusCode::kOk);
    spoil(question);
    EXPECT_EQ(Refusal(*world, question), absl::StatusCode::kInvalidArgument);
    EXPECT_EQ(CountExposed(*world, question).status().code(), absl::StatusCode::kInvalidArgument);
  }
}

TEST(Refusals, PeopleOfAGroupMustAscend) {
  SmallDistrict district;
  district.Add(Student(1), {}).Add(Student(2), {});
  const auto world = district.Build();
  Question question = Ask();
  question.transfers = {{1, false, People({0, 1}), {0}, {}, {}}};
  EXPECT_EQ(Refusal(*world, question), absl::StatusCode::kOk);
  question.transfers[0].people = People({1, 0});
  EXPECT_EQ(Refusal(*world, question), absl::StatusCode::kInvalidArgument);
}

TEST(Refusals, EveryLimitIsHeldExactly) {
  SmallDistrict district;
  district.Add(Student(1), {Year(2020, 1, 1)}).Add(Student(2), {Year(2021, 1, 1)});
  const auto world = district.Build();
  Question question = Ask();
  question.shares = {ShareOf(1, {0, 1}), ShareOf(2, {2})};
  question.shares[0].population.school_years = {2020};
  question.claimed = {Claim(*world, 1, {3})};
  question.transfers = {Sent(1, *world, {1}, {0})};
  // A signature has 1 word, and 1 more for the listed person. The people of two shares and of a
  // group are a word each. Sets: {0 twice, 1, 2, 3} and {2}.
  const Limits enough{.max_shares = 2,
                      .max_shared_elements = 3,
                      .max_claimed = 2,
                      .max_transfer_groups = 1,
                      .max_signature_words = 3,
                      .max_reasons = 6,
                      .max_bitmap_bytes = 24};
  EXPECT_EQ(Refusal(*world, question, enough), absl::StatusCode::kOk);
  for (std::size_t Limits::*limit :
       {&Limits::max_shares, &Limits::max_shared_elements, &Limits::max_claimed,
        &Limits::max_transfer_groups, &Limits::max_signature_words, &Limits::max_reasons,
        &Limits::max_bitmap_bytes}) {
    Limits short_by_one = enough;
    --(short_by_one.*limit);
    EXPECT_EQ(Refusal(*world, question, short_by_one), absl::StatusCode::kResourceExhausted);
  }
}

}  // namespace
}  // namespace rollcall::testing
