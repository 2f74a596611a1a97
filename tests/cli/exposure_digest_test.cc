#include "client/cli/exposure_digest.h"

#include <gtest/gtest.h>

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

// The expected digits are the worked examples of docs/exposure-format.md.
TEST(ExposureDigest, AgreesWithTheExamplesOfTheFormat) {
  EXPECT_EQ(ExposureDigest().Finish(),
            "3a6b916887a7bbf732a1fc678e8662f4694ad375b6dfb357a85e0920bbcea2b5");
  const std::string first = HashOfSet(SetOf(
      {{"student.name", v1::CERTAINTY_CONFIRMED}, {"student.birth_date", v1::CERTAINTY_BELIEVED}}));
  EXPECT_EQ(Hex(first), "5c59ca83e98a7372b7f16c7c9566f82041c17ebd678a23f5ff295a2873284008");
  ExposureDigest digest;
  digest.Add(7, first);
  digest.Add(72623859790382856, HashOfSet(SetOf({{"student.name", v1::CERTAINTY_BELIEVED}})));
  EXPECT_EQ(digest.Finish(), "30c051af0cba40c4b75b14ba7c5de8e7c733d131914e7ae77136960a3155837f");
}

TEST(ExposureDigest, KnowsAnotherCertaintyForAnotherSet) {
  EXPECT_NE(HashOfSet(SetOf({{"student.name", v1::CERTAINTY_BELIEVED}})),
            HashOfSet(SetOf({{"student.name", v1::CERTAINTY_CONFIRMED}})));
}

}  // namespace
}  // namespace rollcall::cli
