// The bytes are those of docs/exposure-format.md; the golden digests were computed from that page
// by another program.

#include "server/exposure/digest.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "tests/exposure/small_district.h"

namespace rollcall::testing {
namespace {

using exposure::Cell;
using exposure::Certainty;
using exposure::DigestOf;
using exposure::ElementSet;
using exposure::ReasonKind;
using exposure::ToHex;

const std::vector<std::string> kNames = {"student.name", "student.birth_date"};

Cell Make(std::uint16_t element, Certainty certainty) {
  return {element, certainty, {{ReasonKind::kDeclared, 0}}};
}

std::string Hex(const std::vector<std::uint64_t>& ids, const std::vector<std::uint32_t>& set_of,
                const std::vector<ElementSet>& sets,
                const std::vector<std::string>& names = kNames) {
  const auto digest = DigestOf(ids, set_of, sets, names);
  EXPECT_TRUE(digest.ok()) << digest.status();
  return digest.ok() ? ToHex(*digest) : "";
}

const ElementSet kBoth{{Make(0, Certainty::kConfirmed), Make(1, Certainty::kBelieved)}};
const ElementSet kNameOnly{{Make(0, Certainty::kBelieved)}};

TEST(Digest, OfNobodyIsGolden) {
  EXPECT_EQ(Hex({}, {}, {}), "3a6b916887a7bbf732a1fc678e8662f4694ad375b6dfb357a85e0920bbcea2b5");
}

TEST(Digest, OfTwoPeopleIsGolden) {
  EXPECT_EQ(Hex({7, 0x0102030405060708}, {0, 1}, {kBoth, kNameOnly}),
            "30c051af0cba40c4b75b14ba7c5de8e7c733d131914e7ae77136960a3155837f");
}

TEST(Digest, DoesNotDependOnHowSetsAreNumbered) {
  const std::string digest = Hex({7, 9}, {0, 1}, {kBoth, kNameOnly});
  EXPECT_EQ(Hex({7, 9}, {1, 0}, {kNameOnly, kBoth}), digest);
  EXPECT_EQ(Hex({7, 9}, {2, 1}, {kNameOnly, kNameOnly, kBoth}), digest);
}

TEST(Digest, DoesNotDependOnElementNumbersOrReasons) {
  const std::string digest = Hex({7}, {0}, {kBoth});
  const ElementSet swapped{{Make(0, Certainty::kBelieved), Make(1, Certainty::kConfirmed)}};
  EXPECT_EQ(Hex({7}, {0}, {swapped}, {kNames[1], kNames[0]}), digest);
  ElementSet other_reasons = kBoth;
  other_reasons.cells[0].reasons = {{ReasonKind::kClaimedByList, 0}, {ReasonKind::kDeclared, 4}};
  std::reverse(other_reasons.cells.begin(), other_reasons.cells.end());
  EXPECT_EQ(Hex({7}, {0}, {other_reasons}), digest);
}

TEST(Digest, DependsOnPeopleElementsAndCertainty) {
  const std::string digest = Hex({7}, {0}, {kBoth});
  EXPECT_NE(Hex({8}, {0}, {kBoth}), digest);
  EXPECT_NE(Hex({7}, {0}, {kNameOnly}), digest);
  ElementSet surer = kBoth;
  surer.cells[1].certainty = Certainty::kConfirmed;
  EXPECT_NE(Hex({7}, {0}, {surer}), digest);
  EXPECT_NE(Hex({7}, {0}, {kBoth}, {"student.name", "student.birth_place"}), digest);
}

TEST(Digest, OfManyPeopleDependsOnEachOfThem) {
  std::vector<std::uint64_t> ids;
  for (std::uint64_t id = 0; id < 5000; ++id) ids.push_back(id);
  std::vector<std::uint32_t> set_of(ids.size(), 0);
  const std::vector<ElementSet> sets = {kBoth, kNameOnly};
  const std::string digest = Hex(ids, set_of, sets);
  for (const std::size_t row : {std::size_t{0}, std::size_t{1700}, ids.size() - 1}) {
    set_of[row] = 1;
    EXPECT_NE(Hex(ids, set_of, sets), digest);
    set_of[row] = 0;
  }
}

TEST(Digest, OfAnAnswerIsThatOfItsColumns) {
  SmallDistrict district;
  district.Add(Student(3), {}).Add(Student(7), {Year(2020, 1, 1)});
  const auto world = district.Build();
  exposure::Question question;
  question.elements.resize(2);
  question.shares = {ShareOf(0, {0, 1})};
  const auto exposure = Enumerate(*world, question);
  ASSERT_TRUE(exposure.ok());
  const auto digest = DigestOf(*world, *exposure, kNames);
  ASSERT_TRUE(digest.ok());
  const ElementSet believed{{Make(0, Certainty::kBelieved), Make(1, Certainty::kBelieved)}};
  EXPECT_EQ(ToHex(*digest), Hex({7}, {0}, {believed}));
}

TEST(Digest, RefusesColumnsThatMakeNoExposure) {
  const std::vector<ElementSet> sets = {kBoth};
  const auto code = [&](const std::vector<std::uint64_t>& ids,
                        const std::vector<std::uint32_t>& set_of,
                        const std::vector<std::string>& names) {
    return DigestOf(ids, set_of, sets, names).status().code();
  };
  constexpr auto kInvalid = absl::StatusCode::kInvalidArgument;
  EXPECT_EQ(code({2, 1}, {0, 0}, kNames), kInvalid);
  EXPECT_EQ(code({2, 2}, {0, 0}, kNames), kInvalid);
  EXPECT_EQ(code({1, 2}, {0}, kNames), kInvalid);
  EXPECT_EQ(code({1}, {1}, kNames), kInvalid);
  EXPECT_EQ(code({1}, {0}, {"student.name"}), kInvalid);
  EXPECT_EQ(code({1}, {0}, {"student.name", ""}), kInvalid);
  EXPECT_EQ(code({1}, {0}, {"student.name", "student.name"}), kInvalid);
  EXPECT_EQ(code({1}, {0}, kNames), absl::StatusCode::kOk);
}

}  // namespace
}  // namespace rollcall::testing
