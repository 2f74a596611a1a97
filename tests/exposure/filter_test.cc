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
    question.claimed = {{1, {1}}, {5, {2}}};
    exposure_ = *Enumerate(*world_, question);
  }

  std::vector<std::uint64_t> Chosen(const Filter& filter) {
    const Page page = PageOf(*world_, exposure_, filter, std::nullopt, 100);
    EXPECT_FALSE(page.more);
    EXPECT_EQ(CountChosen(*world_, exposure_, filter), page.rows.size());
    return IdsOf(page);
  }

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

}  // namespace
}  // namespace rollcall::testing
