#include "server/exposure/world.h"

#include <gtest/gtest.h>

#include <utility>
#include <vector>

#include "tests/exposure/small_district.h"

namespace rollcall::testing {
namespace {

using exposure::EnrollmentSpell;
using exposure::kMaxDay;
using exposure::ProgramSpell;
using exposure::WorldBuilder;

TEST(World, GivesBackWhatWasAdded) {
  WorldBuilder builder(42);
  exposure::PersonFacts facts = Staff(7, false);
  facts.known_fields = 6;
  facts.populated_fields = 4;
  facts.language = 3;
  facts.contact = 9;
  ASSERT_TRUE(builder.AddPerson(Student(5), {}, {}).ok());
  const std::vector<EnrollmentSpell> spells = {Year(2020, 3, 4)};
  const std::vector<ProgramSpell> programs = {{2, 10, kMaxDay}};
  ASSERT_TRUE(builder.AddPerson(facts, spells, programs).ok());
  const auto world = std::move(builder).Build();
  ASSERT_TRUE(world.ok());
  const exposure::World& w = **world;

  EXPECT_EQ(w.revision(), 42u);
  ASSERT_EQ(w.size(), 2u);
  EXPECT_EQ(w.id(1), 7u);
  EXPECT_EQ(w.kind(1), exposure::SubjectKind::kStaff);
  EXPECT_EQ(w.kind(0), exposure::SubjectKind::kStudent);
  EXPECT_FALSE(w.current(1));
  EXPECT_TRUE(w.current(0));
  EXPECT_EQ(w.known_empty_fields(1), 2u);
  EXPECT_EQ(w.populated_fields(1), 4u);
  EXPECT_EQ(w.known_empty_fields(0), 0u);
  EXPECT_EQ(w.populated_fields(0), 0u);
  EXPECT_EQ(w.language(1), 3);
  EXPECT_EQ(w.contact(1), 9);
  EXPECT_TRUE(w.enrollments(0).empty());
  ASSERT_EQ(w.enrollments(1).size(), 1u);
  EXPECT_EQ(w.spell(w.enrollments(1)[0]), spells[0]);
  ASSERT_EQ(w.program_spells(1).size(), 1u);
  EXPECT_EQ(w.program_spells(1)[0], programs[0]);
  EXPECT_EQ(w.school_limit(), 4u);
  EXPECT_EQ(w.grade_limit(), 5u);
  EXPECT_EQ(w.language_limit(), 4u);
  EXPECT_EQ(w.current_students(), 1u);
}

TEST(World, FindsPeopleById) {
  SmallDistrict district;
  district.Add(Student(3), {}).Add(Student(30), {});
  const auto world = district.Build();
  EXPECT_EQ(world->OrdinalOf(3), 0u);
  EXPECT_EQ(world->OrdinalOf(30), 1u);
  EXPECT_EQ(world->OrdinalOf(4), std::nullopt);
  EXPECT_EQ(world->OrdinalOf(31), std::nullopt);
}

TEST(World, FindsPeopleWhoseIdsAreFarApart) {
  constexpr std::uint64_t kHighest = ~std::uint64_t{0};
  SmallDistrict district;
  district.Add(Student(0), {}).Add(Staff(1), {}).Add(Student(kHighest), {Year(2020, 1, 1)});
  const auto world = district.Build();
  for (const std::uint64_t id : {std::uint64_t{0}, std::uint64_t{1}, kHighest}) {
    ASSERT_TRUE(world->OrdinalOf(id).has_value());
    EXPECT_EQ(world->id(*world->OrdinalOf(id)), id);
  }
  EXPECT_EQ(world->OrdinalOf(2), std::nullopt);
  EXPECT_EQ(world->OrdinalOf(kHighest - 1), std::nullopt);
}

TEST(World, SchoolmatesAreNeighbours) {
  SmallDistrict district;
  district.Add(Staff(1), {Year(2020, 1, 0)})
      .Add(Student(2), {Year(2020, 2, 1)})
      .Add(Student(3), {Year(2020, 1, 1)})
      .Add(Student(4), {Year(2020, 2, 1)})
      .Add(Student(5), {Year(2020, 1, 1)});
  const auto world = district.Build();
  std::vector<std::uint64_t> ids;
  for (std::uint32_t ordinal = 0; ordinal < world->size(); ++ordinal) {
    ids.push_back(world->id(ordinal));
  }
  EXPECT_EQ(ids, (std::vector<std::uint64_t>{3, 5, 2, 4, 1}));
  std::vector<std::uint64_t> by_id;
  for (const std::uint32_t ordinal : world->by_id()) by_id.push_back(world->id(ordinal));
  EXPECT_EQ(by_id, (std::vector<std::uint64_t>{1, 2, 3, 4, 5}));
}

TEST(World, EqualSpellsAreOneClassWithItsPeople) {
  SmallDistrict district;
  district.Add(Staff(1), {Year(2020, 1, 0)})
      .Add(Student(2), {Year(2020, 1, 0), Year(2021, 1, 0)})
      .Add(Student(3), {Year(2020, 1, 0), Year(2020, 1, 0)});
  const auto world = district.Build();
  const auto class_of = [&](std::uint64_t id) {
    return world->enrollments(*world->OrdinalOf(id)).front();
  };
  EXPECT_EQ(class_of(2), class_of(3));
  EXPECT_NE(class_of(1), class_of(2));
  EXPECT_EQ(world->spell(class_of(1)), world->spell(class_of(2)));
  const auto people = world->people_of(class_of(2));
  EXPECT_EQ(IdsOf(*world, {people.begin(), people.end()}), (std::vector<std::uint64_t>{2, 3, 3}));
}

TEST(World, LatestEnrollmentIsByLastDayThenFirstDayThenSchoolThenGrade) {
  const EnrollmentSpell long_ago{2019, 9, 9, 0, 50};
  const EnrollmentSpell early{2020, 8, 8, 0, 100};
  const EnrollmentSpell later{2020, 1, 1, 5, 100};
  const EnrollmentSpell higher_school{2020, 2, 0, 5, 100};
  const EnrollmentSpell higher_grade{2020, 2, 1, 5, 100};
  SmallDistrict district;
  district.Add(Student(1), {early, long_ago})
      .Add(Student(2), {later, early})
      .Add(Student(3), {higher_school, later})
      .Add(Student(4), {higher_grade, higher_school, later, early, long_ago})
      .Add(Student(5), {});
  const auto world = district.Build();
  const auto latest = [&](std::uint64_t id) {
    return world->latest_enrollment(*world->OrdinalOf(id));
  };
  EXPECT_EQ(*latest(1), early);
  EXPECT_EQ(*latest(2), later);
  EXPECT_EQ(*latest(3), higher_school);
  EXPECT_EQ(*latest(4), higher_grade);
  EXPECT_EQ(latest(5), nullptr);
  for (std::uint64_t id = 1; id <= 4; ++id) {
    EXPECT_EQ(world->latest_school(*world->OrdinalOf(id)), latest(id)->school);
    EXPECT_EQ(world->latest_grade(*world->OrdinalOf(id)), latest(id)->grade);
  }
  EXPECT_EQ(world->latest_school(*world->OrdinalOf(5)), exposure::kNoSchool);
  EXPECT_EQ(world->latest_grade(*world->OrdinalOf(5)), 0);
}

TEST(World, ListsSchoolYearsOnceAndAscending) {
  SmallDistrict district;
  district.Add(Student(1), {Year(2021, 0, 0), Year(2018, 0, 0)})
      .Add(Student(2), {Year(2021, 0, 0)});
  const auto world = district.Build();
  ASSERT_EQ(world->school_years().size(), 2u);
  EXPECT_EQ(world->school_years()[0], 2018);
  EXPECT_EQ(world->school_years()[1], 2021);
  EXPECT_EQ(world->YearIndex(2018), 0u);
  EXPECT_EQ(world->YearIndex(2021), 1u);
}

TEST(WorldBuilder, RefusesIdsThatDoNotAscendAndGoesOn) {
  WorldBuilder builder(1);
  ASSERT_TRUE(builder.AddPerson(Student(2), {}, {}).ok());
  EXPECT_EQ(builder.AddPerson(Student(2), {}, {}).code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(builder.AddPerson(Student(1), {}, {}).code(), absl::StatusCode::kInvalidArgument);
  ASSERT_TRUE(builder.AddPerson(Student(3), {}, {}).ok());
  EXPECT_EQ((*std::move(builder).Build())->size(), 2u);
}

TEST(WorldBuilder, RefusesSpellsThatEndBeforeTheyBegin) {
  WorldBuilder builder(1);
  const std::vector<EnrollmentSpell> enrollments = {{2020, 1, 1, 10, 9}};
  const std::vector<ProgramSpell> programs = {{1, 10, 9}};
  EXPECT_EQ(builder.AddPerson(Student(1), enrollments, {}).code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(builder.AddPerson(Student(1), {}, programs).code(), absl::StatusCode::kInvalidArgument);
  const std::vector<EnrollmentSpell> one_day = {{2020, 1, 1, 10, 10}};
  EXPECT_TRUE(builder.AddPerson(Student(1), one_day, {}).ok());
}

TEST(WorldBuilder, RefusesTheCodeThatStandsForNoSchool) {
  WorldBuilder builder(1);
  const std::vector<EnrollmentSpell> none = {{2020, exposure::kNoSchool, 1, 10, 10}};
  EXPECT_EQ(builder.AddPerson(Student(1), none, {}).code(), absl::StatusCode::kInvalidArgument);
  const std::vector<EnrollmentSpell> highest = {{2020, exposure::kNoSchool - 1, 1, 10, 10}};
  EXPECT_TRUE(builder.AddPerson(Student(1), highest, {}).ok());
}

TEST(WorldBuilder, RefusesPeopleWhoAreNeitherStudentsNorStaff) {
  WorldBuilder builder(1);
  exposure::PersonFacts facts = Student(1);
  facts.kind = exposure::SubjectKind::kGuardian;
  EXPECT_EQ(builder.AddPerson(facts, {}, {}).code(), absl::StatusCode::kInvalidArgument);
}

TEST(WorldBuilder, RefusesYearsThatAreNotYears) {
  std::vector<EnrollmentSpell> spells;
  for (int i = 0; i < 65; ++i) spells.push_back({static_cast<std::int16_t>(i * 900 - 30000), 1, 1});
  WorldBuilder enough(1);
  ASSERT_TRUE(enough.AddPerson(Student(1), std::span(spells).first(64), {}).ok());
  EXPECT_TRUE(std::move(enough).Build().ok());
  WorldBuilder too_many(1);
  ASSERT_TRUE(too_many.AddPerson(Student(1), spells, {}).ok());
  EXPECT_EQ(std::move(too_many).Build().status().code(), absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace rollcall::testing
