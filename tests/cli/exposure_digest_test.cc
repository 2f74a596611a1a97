#include "client/cli/exposure_digest.h"

#include <gtest/gtest.h>

#include "absl/strings/escaping.h"

namespace rollcall::cli {
namespace {

v1::ExposureSet SetOf(std::initializer_list<std::pair<const char*, v1::Certainty>> elements) {
  v1::ExposureSet set;
  for (const auto& [id, certainty] : elements) {
    v1::ExposedElement* element = set.add_elements();
    element->set_data_element(std::string("dataElements/") + id);
    element->set_certainty(certainty);
  }
  return set;
}

std::string NameOnly() { return HashOfSet(SetOf({{"student.name", v1::CERTAINTY_BELIEVED}})); }
std::string Both() {
  return HashOfSet(SetOf(
      {{"student.name", v1::CERTAINTY_CONFIRMED}, {"student.birth_date", v1::CERTAINTY_BELIEVED}}));
}

ExposureDigest WithKey(const char* hex) { return ExposureDigest(absl::HexStringToBytes(hex)); }

// The expected digits are the worked examples of docs/exposure-format.md.
TEST(ExposureDigest, AgreesWithTheExamplesOfTheFormat) {
  EXPECT_EQ(WithKey("5388a95dcd4a9431cce26add61b8ef9b6a8ae266ea6c2427b8742eb0c2ea06eb").Finish(0),
            "0cdbbdefe6b2ab67f9a27cf9fbedb1d0d4a6bad10d9d2512d6d553edded5990f");
  EXPECT_EQ(Hex(Both()), "5c59ca83e98a7372b7f16c7c9566f82041c17ebd678a23f5ff295a2873284008");
  EXPECT_EQ(Hex(NameOnly()), "ffeb57a124b45e4288dd8ac60e06100951ddf33482e7c087a83ee2e20e658a6e");
  ExposureDigest three =
      WithKey("5e4403dc1650a8b639a43c9bf68d785778a90f0f976d6288c24300a268fbe3be");
  three.Add(7, Both());
  three.Add(9, NameOnly());
  three.Add(72623859790382856, NameOnly());
  EXPECT_EQ(three.Finish(4), "254612d38f3733d76077c74fe5e2701a6d6996967b80f0448aa2c214d21ddc5e");
}

// As tests/exposure/digest_test.cc has it.
TEST(ExposureDigest, OfManyPeopleIsGolden) {
  ExposureDigest many = WithKey("d485ec14f74cdd6f3af8472fb1764843265555b26a20f00807e1ac1e0458a34f");
  for (std::int64_t i = 0; i < 70000; ++i) many.Add(5 * i + 2, i % 7 == 0 ? Both() : NameOnly());
  EXPECT_EQ(many.Finish(80000), "52631321aaf6461a968afa04291bd9b8e25d2bebb4626051b06b27eaa6a5c772");
}

TEST(ExposureDigest, OfEveryCountOfPeopleDependsOnTheLastOne) {
  const std::string key(32, 'k');
  std::string before = ExposureDigest(key).Finish(0);
  for (int people = 1; people <= 40; ++people) {
    ExposureDigest digest(key);
    ExposureDigest other(key);
    for (int i = 1; i <= people; ++i) {
      digest.Add(i, NameOnly());
      other.Add(i, i == people ? Both() : NameOnly());
    }
    const std::string made = digest.Finish(people);
    EXPECT_NE(made, before);
    EXPECT_NE(made, other.Finish(people)) << people;
    before = made;
  }
}

TEST(ExposureDigest, DependsOnKeyAndCells) {
  const auto digest = [](const std::string& key, std::int64_t cells) {
    ExposureDigest one(key);
    one.Add(7, NameOnly());
    return one.Finish(cells);
  };
  const std::string key(32, 'k');
  EXPECT_EQ(digest(key, 1).size(), 64U);
  EXPECT_NE(digest(key, 1), digest(key, 2));
  EXPECT_NE(digest(key, 1), digest(std::string(32, 'x'), 1));
  EXPECT_EQ(digest("short", 1), "");
}

TEST(ExposureDigest, KnowsAnotherCertaintyForAnotherSet) {
  EXPECT_NE(HashOfSet(SetOf({{"student.name", v1::CERTAINTY_BELIEVED}})),
            HashOfSet(SetOf({{"student.name", v1::CERTAINTY_CONFIRMED}})));
}

}  // namespace
}  // namespace rollcall::cli
