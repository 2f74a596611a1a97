#include "server/exposure/engine.h"

#include <gtest/gtest.h>

#include <utility>
#include <vector>

#include "tests/exposure/small_district.h"

namespace rollcall::testing {
namespace {

using exposure::Certainty;
using exposure::DeclaredShare;
using exposure::Exposure;
using exposure::kMaxDay;
using exposure::Limits;
using exposure::Question;
using exposure::Reason;
using exposure::ReasonKind;
using exposure::SubjectKind;
using exposure::World;

constexpr Reason kClaimed{ReasonKind::kClaimedByList, 0};
constexpr Reason kNamed{ReasonKind::kNamedByStatement, 0};
Reason Declared(std::uint32_t share) { return {ReasonKind::kDeclared, share}; }

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
  Question question = Ask();
  question.shares = {ShareOf(1, {0})};
  question.statement_elements = {1, 4, 5};
  question.claimed = {{0, {}}, {1, {}}};
  EXPECT_EQ(Answer(*district.Build(), question), (Elements{{1, {1, 5}}, {2, {4}}}));
}

TEST(Claimed, PersonAloneStandsForAllSharedElementsIfTheStatementNamesNone) {
  // The second had Medicaid at some time before the window closed, long before the share.
  SmallDistrict district;
  district.Add(Student(1), {})
      .Add(Student(2), {}, {{kMedicaid, 10, 20}})
      .Add(Student(3), {}, {{kMedicaid, 151, 160}});
  Question question = Ask();
  question.window_last = 150;
  question.shares = {ShareOf(1, {0, 1})};
  question.shares[0].period = {100, kMaxDay};
  question.shares[0].elements[1].condition_program = kMedicaid;
  question.claimed = {{0, {}}, {1, {}}, {2, {}}};
  EXPECT_EQ(Answer(*district.Build(), question), (Elements{{1, {0}}, {2, {0, 1}}, {3, {0}}}));
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
  question.claimed = {{0, {0}}};
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
  question.claimed = {{1, {}}, {0, {}}};
  const auto exposure = Enumerate(*world, question);
  ASSERT_TRUE(exposure.ok());
  EXPECT_TRUE(exposure->ordinals.empty());
  EXPECT_EQ(exposure->listed_without_cells, (std::vector<std::uint32_t>{0, 1}));
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
  const auto exposure = Enumerate(*district.Build(), question);
  ASSERT_TRUE(exposure.ok());
  EXPECT_EQ(exposure->sets.size(), 2u);
  EXPECT_EQ(exposure->set_of, (std::vector<std::uint32_t>{0, 1, 0}));
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
           [](Question& q) {
             q.shares = {ShareOf(1, {0}), ShareOf(1, {1})};
           },
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
       }) {
    Question question = Ask();
    ASSERT_EQ(Refusal(*world, question), absl::StatusCode::kOk);
    spoil(question);
    EXPECT_EQ(Refusal(*world, question), absl::StatusCode::kInvalidArgument);
  }
}

TEST(Refusals, EveryLimitIsHeldExactly) {
  SmallDistrict district;
  district.Add(Student(1), {Year(2020, 1, 1)}).Add(Student(2), {Year(2021, 1, 1)});
  const auto world = district.Build();
  Question question = Ask();
  question.shares = {ShareOf(1, {0, 1}), ShareOf(2, {2})};
  question.shares[0].population.school_years = {2020};
  question.claimed = {{0, {3}}};
  // Signatures have 2 words each; filters 1 word for each of 2 years, 2 schools, 2 grades, 3 kinds.
  // Sets: {0, 1, 2, 3} and {2}.
  const Limits enough{.max_shares = 2,
                      .max_shared_elements = 3,
                      .max_claimed = 2,
                      .max_filter_words = 9,
                      .max_signature_words = 4,
                      .max_reasons = 5};
  EXPECT_EQ(Refusal(*world, question, enough), absl::StatusCode::kOk);
  for (std::size_t Limits::*limit :
       {&Limits::max_shares, &Limits::max_shared_elements, &Limits::max_claimed,
        &Limits::max_filter_words, &Limits::max_signature_words, &Limits::max_reasons}) {
    Limits short_by_one = enough;
    --(short_by_one.*limit);
    EXPECT_EQ(Refusal(*world, question, short_by_one), absl::StatusCode::kResourceExhausted);
  }
}

}  // namespace
}  // namespace rollcall::testing
