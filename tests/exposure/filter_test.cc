#include "server/exposure/filter.h"

#include <gtest/gtest.h>

#include <memory>
#include <vector>

#include "tests/exposure/small_district.h"

namespace rollcall::testing {
namespace {

using exposure::Certainty;
using exposure::Filter;
using exposure::Page;
using exposure::SubjectKind;

// Students 10 to 50 in steps of 10 have element 0; student 20 also element 1, for certain. Staff
// member 60 has element 2.
class Filtering : public ::testing::Test {
 protected:
  void SetUp() override {
    SmallDistrict district;
    district.Add(Student(10), {Year(2020, 1, 1)})
        .Add(Student(20, false), {Year(2020, 1, 1)})
        .Add(Student(30), {Year(2019, 1, 1), Year(2020, 2, 1)})
        .Add(Student(40, false), {Year(2020, 2, 1)})
        .Add(Student(50), {Year(2020, 1, 1)})
        .Add(Staff(60), {});
    world_ = district.Build();
    exposure::Question question;
    question.elements = {
        {SubjectKind::kStudent, 0}, {SubjectKind::kStudent, 0}, {SubjectKind::kStaff, 0}};
    question.shares = {ShareOf(1, {0})};
    question.claimed = {Claim(*world_, 20, {1}), Claim(*world_, 60, {2})};
    exposure_ = *Enumerate(*world_, question);
  }

  std::vector<std::uint64_t> Chosen(const Filter& filter) {
    const Page page = PageOf(*world_, exposure_, filter, std::nullopt, 100);
    EXPECT_FALSE(page.more);
    EXPECT_EQ(CountChosen(*world_, exposure_, filter), page.rows.size());
    return IdsOf(page);
  }

  // In the order of the page.
  std::vector<std::uint64_t> IdsOf(const Page& page) {
    std::vector<std::uint64_t> ids;
    for (const std::uint32_t row : page.rows) ids.push_back(world_->id(exposure_.ordinals[row]));
    return ids;
  }

  std::shared_ptr<const exposure::World> world_;
  exposure::Exposure exposure_;
};

using Ids = std::vector<std::uint64_t>;

TEST_F(Filtering, NoConditionChoosesEverybody) {
  EXPECT_EQ(Chosen({}), (Ids{10, 20, 30, 40, 50, 60}));
}

TEST_F(Filtering, EachConditionChooses) {
  EXPECT_EQ(Chosen({.element = 1}), (Ids{20}));
  EXPECT_EQ(Chosen({.certainty = Certainty::kConfirmed}), (Ids{20, 60}));
  EXPECT_EQ(Chosen({.certainty = Certainty::kBelieved}), (Ids{10, 20, 30, 40, 50}));
  EXPECT_EQ(Chosen({.school = 2}), (Ids{30, 40}));
  EXPECT_EQ(Chosen({.current = false}), (Ids{20, 40}));
  EXPECT_EQ(Chosen({.kind = SubjectKind::kStaff}), (Ids{60}));
}

TEST_F(Filtering, ElementAndCertaintyAreAboutOneCell) {
  EXPECT_EQ(Chosen({.element = 0, .certainty = Certainty::kConfirmed}), Ids{});
  EXPECT_EQ(Chosen({.element = 1, .certainty = Certainty::kConfirmed}), (Ids{20}));
}

TEST_F(Filtering, ConditionsMustAllHold) {
  EXPECT_EQ(Chosen({.school = 1, .current = true}), (Ids{10, 50}));
}

TEST_F(Filtering, PagesFollowOneAnotherWithoutGapOrOverlap) {
  const Filter students{.kind = SubjectKind::kStudent};
  const Page first = PageOf(*world_, exposure_, students, std::nullopt, 2);
  EXPECT_EQ(IdsOf(first), (Ids{10, 20}));
  EXPECT_TRUE(first.more);
  const Page second = PageOf(*world_, exposure_, students, 20, 2);
  EXPECT_EQ(IdsOf(second), (Ids{30, 40}));
  EXPECT_TRUE(second.more);
  const Page third = PageOf(*world_, exposure_, students, 40, 2);
  EXPECT_EQ(IdsOf(third), (Ids{50}));
  EXPECT_FALSE(third.more);
}

TEST_F(Filtering, FullLastPageKnowsThatItIsTheLast) {
  const Page page = PageOf(*world_, exposure_, {}, 40, 2);
  EXPECT_EQ(IdsOf(page), (Ids{50, 60}));
  EXPECT_FALSE(page.more);
}

TEST_F(Filtering, PageMayBeginAfterAnIdThatNobodyHas) {
  EXPECT_EQ(IdsOf(PageOf(*world_, exposure_, {}, 25, 1)), (Ids{30}));
  EXPECT_TRUE(PageOf(*world_, exposure_, {}, 1000, 1).rows.empty());
}

TEST_F(Filtering, PageOfNobodyTellsWhetherThereIsMore) {
  EXPECT_TRUE(PageOf(*world_, exposure_, {}, std::nullopt, 0).more);
  EXPECT_FALSE(PageOf(*world_, exposure_, {}, 60, 0).more);
}

// Everything was removed of students 2 and 3, and element 1 of student 4.
TEST(FilteringRemoved, ChoosesPeopleOfWhomEverythingWasRemoved) {
  SmallDistrict district;
  district.Add(Student(1), {Year(2020, 1, 1)})
      .Add(Student(2), {Year(2020, 2, 1)})
      .Add(Student(3, false), {Year(2020, 1, 1)})
      .Add(Student(4), {Year(2020, 1, 1)});
  const auto world = district.Build();
  exposure::Question question;
  question.elements.resize(2);
  question.dispositions = {{1, {}, PeopleWith(*world, {2, 3})}, {2, {1}, PeopleWith(*world, {4})}};
  question.shares = {ShareOf(1, {0, 1})};
  question.shares[0].cuts = {{0, exposure::kMaxDay}, {1, exposure::kMaxDay}};
  const auto exposure = Enumerate(*world, question);
  ASSERT_TRUE(exposure.ok());
  const auto chosen = [&](const Filter& filter, std::optional<std::uint64_t> after) {
    std::vector<std::uint64_t> ids;
    for (const std::uint32_t row : PageOf(*world, *exposure, filter, after, 10).rows) {
      ids.push_back(world->id(exposure->removed.ordinals[row]));
    }
    return ids;
  };
  EXPECT_EQ(chosen({.removed_people = true}, std::nullopt), (Ids{2, 3}));
  EXPECT_EQ(chosen({.removed_people = true}, 2), (Ids{3}));
  EXPECT_EQ(chosen({.element = 1, .removed_people = true}, std::nullopt), (Ids{2, 3}));
  EXPECT_EQ(chosen({.school = 2, .removed_people = true}, std::nullopt), (Ids{2}));
  EXPECT_EQ(chosen({.current = false, .removed_people = true}, std::nullopt), (Ids{3}));
  EXPECT_EQ(chosen({.kind = SubjectKind::kStaff, .removed_people = true}, std::nullopt), Ids{});
  EXPECT_EQ(CountChosen(*world, *exposure, {.removed_people = true}), 2u);
  EXPECT_EQ(CountChosen(*world, *exposure, {}), 2u);
}

// Few people of a large roster, whose ids and ordinals run in opposite directions.
TEST(FilteringFew, PagesAreInOrderOfIds) {
  SmallDistrict district;
  for (std::uint16_t i = 0; i < 200; ++i) {
    district.Add(Student(i), {Year(2020, static_cast<std::uint16_t>(1000 - i), 1)});
  }
  const auto world = district.Build();
  exposure::Question question;
  question.elements.resize(1);
  question.claimed = {Claim(*world, 150, {0}), Claim(*world, 3, {0}), Claim(*world, 70, {0})};
  const auto exposure = Enumerate(*world, question);
  ASSERT_TRUE(exposure.ok());
  const auto ids = [&](const std::vector<std::uint32_t>& rows) {
    Ids result;
    for (const std::uint32_t row : rows) result.push_back(world->id(exposure->ordinals[row]));
    return result;
  };
  EXPECT_EQ(ids(RowsById(*world, exposure->ordinals)), (Ids{3, 70, 150}));
  const Page first = PageOf(*world, *exposure, {}, std::nullopt, 2);
  EXPECT_EQ(ids(first.rows), (Ids{3, 70}));
  EXPECT_TRUE(first.more);
  const Page second = PageOf(*world, *exposure, {}, 70, 2);
  EXPECT_EQ(ids(second.rows), (Ids{150}));
  EXPECT_FALSE(second.more);
}

}  // namespace
}  // namespace rollcall::testing
