#include "server/exposure/world_image.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "server/exposure/engine.h"
#include "tests/exposure/small_district.h"

namespace rollcall::testing {
namespace {

using exposure::WorldImage;

// Some hundred people of every sort, the same every time.
std::shared_ptr<const exposure::World> SomeWorld() {
  std::mt19937 random(7);
  const auto draw = [&](unsigned n) { return static_cast<unsigned>(random() % n); };
  exposure::WorldBuilder builder(42);
  for (std::uint64_t id = 3; id < 900; id += 1 + draw(4)) {
    exposure::PersonFacts facts =
        draw(5) == 0 ? Staff(id, draw(2) == 0) : Student(id, draw(2) == 0);
    facts.known_fields = draw(64) << 1;
    facts.populated_fields = draw(64) << 1;
    facts.language = static_cast<std::uint16_t>(draw(4));
    facts.contact = static_cast<std::uint8_t>(draw(16));
    std::vector<exposure::EnrollmentSpell> spells;
    for (unsigned i = draw(4); i > 0; --i) {
      spells.push_back(Year(2018 + static_cast<int>(draw(4)), static_cast<std::uint16_t>(draw(6)),
                            static_cast<std::uint16_t>(draw(5))));
    }
    std::vector<exposure::ProgramSpell> programs;
    for (unsigned i = draw(3); i > 0; --i) {
      const auto first = static_cast<exposure::Day>(17000 + draw(2000));
      programs.push_back({static_cast<std::uint16_t>(draw(3)), first, first + 300});
    }
    EXPECT_TRUE(builder.AddPerson(facts, spells, programs).ok());
  }
  return *std::move(builder).Build();
}

TEST(WorldImage, GivesBackAWorldThatAnswersAlike) {
  const auto world = SomeWorld();
  std::string bytes = "before";
  WorldImage::Append(*world, &bytes);
  bytes += "behind";
  std::string_view rest = std::string_view(bytes).substr(6);
  const auto copy = WorldImage::Take(&rest);
  ASSERT_TRUE(copy.ok()) << copy.status();
  EXPECT_EQ(rest, "behind");

  ASSERT_EQ((*copy)->size(), world->size());
  EXPECT_EQ((*copy)->revision(), 42u);
  EXPECT_EQ((*copy)->current_students(), world->current_students());
  for (std::uint32_t i = 0; i < world->size(); ++i) {
    EXPECT_EQ((*copy)->id(i), world->id(i));
    EXPECT_EQ((*copy)->kind(i), world->kind(i));
    EXPECT_EQ((*copy)->current(i), world->current(i));
    EXPECT_EQ((*copy)->language(i), world->language(i));
    EXPECT_EQ((*copy)->contact(i), world->contact(i));
    EXPECT_EQ((*copy)->populated_fields(i), world->populated_fields(i));
    EXPECT_EQ((*copy)->known_empty_fields(i), world->known_empty_fields(i));
    ASSERT_EQ((*copy)->enrollments(i).size(), world->enrollments(i).size());
    for (std::size_t j = 0; j < world->enrollments(i).size(); ++j) {
      EXPECT_EQ((*copy)->spell((*copy)->enrollments(i)[j]), world->spell(world->enrollments(i)[j]));
    }
    const auto programs = world->program_spells(i);
    ASSERT_EQ((*copy)->program_spells(i).size(), programs.size());
    for (std::size_t j = 0; j < programs.size(); ++j) {
      EXPECT_EQ((*copy)->program_spells(i)[j], programs[j]);
    }
    EXPECT_EQ((*copy)->OrdinalOf(world->id(i)), i);
  }

  exposure::Question question;
  question.elements = {{exposure::SubjectKind::kStudent, 1}, {exposure::SubjectKind::kStudent, 0}};
  question.shares = {ShareOf(1, {0, 1})};
  question.shares[0].population.school_years = {2019};
  question.shares[0].elements[1].condition_program = 1;
  const auto expected = Enumerate(*world, question);
  const auto actual = Enumerate(**copy, question);
  ASSERT_TRUE(expected.ok());
  ASSERT_TRUE(actual.ok());
  EXPECT_GT(expected->ordinals.size(), 20u);
  EXPECT_EQ(actual->ordinals, expected->ordinals);
  EXPECT_EQ(actual->set_of, expected->set_of);
  EXPECT_EQ(actual->sets, expected->sets);
  EXPECT_EQ(actual->people_of_year, expected->people_of_year);
}

TEST(WorldImage, RefusesBytesThatAreCutOffOrOfAnotherProgram) {
  std::string bytes;
  WorldImage::Append(*SomeWorld(), &bytes);
  for (std::size_t size = 0; size < bytes.size(); size += 1 + size / 50) {
    std::string_view cut = std::string_view(bytes).substr(0, size);
    EXPECT_EQ(WorldImage::Take(&cut).status().code(), absl::StatusCode::kDataLoss) << size;
  }
  std::string other = bytes;
  other[0] = static_cast<char>(other[0] + 1);
  std::string_view rest = other;
  EXPECT_EQ(WorldImage::Take(&rest).status().code(), absl::StatusCode::kDataLoss);
}

}  // namespace
}  // namespace rollcall::testing
