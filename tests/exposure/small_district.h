// Words for writing small districts and questions by hand.

#ifndef ROLLCALL_TESTS_EXPOSURE_SMALL_DISTRICT_H_
#define ROLLCALL_TESTS_EXPOSURE_SMALL_DISTRICT_H_

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "server/exposure/engine.h"
#include "server/exposure/question.h"
#include "server/exposure/types.h"
#include "server/exposure/world.h"

namespace rollcall::testing {

inline exposure::Day DayOf(int year, unsigned month, unsigned day) {
  const std::chrono::sys_days days{std::chrono::year{year} / std::chrono::month{month} /
                                   std::chrono::day{day}};
  return static_cast<exposure::Day>(days.time_since_epoch().count());
}

// Fills a World; a refusal fails the test.
class SmallDistrict {
 public:
  SmallDistrict& Add(const exposure::PersonFacts& facts,
                     const std::vector<exposure::EnrollmentSpell>& enrollments,
                     const std::vector<exposure::ProgramSpell>& programs = {}) {
    EXPECT_TRUE(builder_.AddPerson(facts, enrollments, programs).ok());
    return *this;
  }

  std::shared_ptr<const exposure::World> Build() {
    auto world = std::move(builder_).Build();
    EXPECT_TRUE(world.ok());
    return *world;
  }

 private:
  exposure::WorldBuilder builder_{1};
};

inline exposure::PersonFacts Student(std::uint64_t id, bool current = true) {
  exposure::PersonFacts facts;
  facts.id = id;
  facts.current = current;
  return facts;
}

inline exposure::PersonFacts Staff(std::uint64_t id, bool current = true) {
  exposure::PersonFacts facts = Student(id, current);
  facts.kind = exposure::SubjectKind::kStaff;
  return facts;
}

// The whole of a school year, September to June.
inline exposure::EnrollmentSpell Year(int year, std::uint16_t school, std::uint16_t grade) {
  return {static_cast<std::int16_t>(year), school, grade, DayOf(year - 1, 9, 5),
          DayOf(year, 6, 15)};
}

// A share of `elements` of all students, at all times.
inline exposure::DeclaredShare ShareOf(std::uint32_t number,
                                       const std::vector<std::uint16_t>& elements) {
  exposure::DeclaredShare share;
  share.share = number;
  for (const std::uint16_t element : elements) share.elements.push_back({element, std::nullopt});
  return share;
}

// The ordinals of people, by their ids; as lists of a question want them.
inline std::shared_ptr<const std::vector<std::uint32_t>> PeopleWith(
    const exposure::World& world, const std::vector<std::uint64_t>& ids) {
  std::vector<std::uint32_t> ordinals;
  for (const std::uint64_t id : ids) ordinals.push_back(world.OrdinalOf(id).value());
  std::sort(ordinals.begin(), ordinals.end());
  return std::make_shared<const std::vector<std::uint32_t>>(std::move(ordinals));
}

// An entry of a list for the person with this id.
inline exposure::ClaimedPerson Claim(const exposure::World& world, std::uint64_t id,
                                     const std::vector<std::uint16_t>& elements = {}) {
  return {world.OrdinalOf(id).value(), elements};
}

// Ascending.
inline std::vector<std::uint64_t> IdsOf(const exposure::World& world,
                                        const std::vector<std::uint32_t>& ordinals) {
  std::vector<std::uint64_t> ids;
  for (const std::uint32_t ordinal : ordinals) ids.push_back(world.id(ordinal));
  std::sort(ids.begin(), ids.end());
  return ids;
}

// Person id -> element -> (certainty, reasons, dispositions).
struct CellValue {
  exposure::Certainty certainty;
  std::vector<exposure::Reason> reasons;
  std::vector<std::uint32_t> dispositions = {};
  friend bool operator==(const CellValue&, const CellValue&) = default;
};
using Cells = std::map<std::uint64_t, std::map<int, CellValue>>;

inline Cells CellsOf(const exposure::World& world, const exposure::Exposure& exposure) {
  Cells cells;
  for (std::size_t i = 0; i < exposure.ordinals.size(); ++i) {
    auto& person = cells[world.id(exposure.ordinals[i])];
    for (const exposure::Cell& cell : exposure.sets[exposure.set_of[i]].cells) {
      person[cell.element] = {cell.certainty, cell.reasons, cell.dispositions};
    }
  }
  return cells;
}

// Person id -> element -> (reasons taken away, dispositions); of exposed people and others.
struct RemovedValue {
  std::vector<exposure::Reason> reasons;
  std::vector<std::uint32_t> dispositions;
  friend bool operator==(const RemovedValue&, const RemovedValue&) = default;
};
using Removed = std::map<std::uint64_t, std::map<int, RemovedValue>>;

inline Removed RemovedOf(const exposure::World& world, const exposure::Exposure& exposure) {
  Removed removed;
  const auto add = [&](const std::vector<std::uint32_t>& ordinals,
                       const std::vector<std::uint32_t>& set_of) {
    for (std::size_t i = 0; i < ordinals.size(); ++i) {
      for (const exposure::RemovedCell& cell : exposure.sets[set_of[i]].removed) {
        removed[world.id(ordinals[i])][cell.element] = {cell.reasons, cell.dispositions};
      }
    }
  };
  add(exposure.ordinals, exposure.set_of);
  add(exposure.removed.ordinals, exposure.removed.set_of);
  return removed;
}

// Person id -> elements.
using Elements = std::map<std::uint64_t, std::vector<int>>;

inline Elements ElementsOf(const exposure::World& world, const exposure::Exposure& exposure) {
  Elements elements;
  for (const auto& [id, cells] : CellsOf(world, exposure)) {
    for (const auto& [element, value] : cells) elements[id].push_back(element);
  }
  return elements;
}

}  // namespace rollcall::testing

#endif  // ROLLCALL_TESTS_EXPOSURE_SMALL_DISTRICT_H_
