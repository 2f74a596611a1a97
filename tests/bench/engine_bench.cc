// How fast the exposure engine answers, by the size of the district.
//
// The district is generated, the same every time: students with about three school years each out
// of eight, one staff member in twenty, 650 schools, 13 grades, 12 programs; one student in 25
// changes school within a year. The question is that of a vendor of the whole district: three
// shares of 40 elements in all, 11 of them conditional.

#include <benchmark/benchmark.h>

#include <cstdint>
#include <cstdlib>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "server/exposure/digest.h"
#include "server/exposure/engine.h"
#include "server/exposure/filter.h"
#include "server/exposure/question.h"
#include "server/exposure/summary.h"
#include "server/exposure/tally.h"
#include "server/exposure/world.h"

namespace rollcall::exposure {
namespace {

constexpr int kFirstYear = 2018;
constexpr int kYears = 8;
constexpr int kSchools = 650;
constexpr int kGrades = 13;
constexpr int kPrograms = 12;
constexpr std::uint16_t kElements = 40;
constexpr int kConditional = 11;
constexpr Day kFirstSeptember = 17410;  // 2017-09-01.

struct Person {
  PersonFacts facts;
  std::vector<EnrollmentSpell> enrollments;
  std::vector<ProgramSpell> programs;
};

class Generator {
 public:
  Person Next() {
    Person person;
    person.facts.id = ++id_;
    const bool staff = Draw(20) == 0;
    if (staff) person.facts.kind = SubjectKind::kStaff;
    person.facts.known_fields = 0x3fffe;
    // One person in ten lacks one field.
    person.facts.populated_fields = Draw(10) == 0 ? 0x3fffe & ~(1u << (1 + Draw(17))) : 0x3fffe;
    person.facts.language = static_cast<std::uint16_t>(Draw(4) == 0 ? 1 + Draw(60) : 1);
    const int first_year = Draw(kYears);
    const int years = 1 + Draw(staff ? 6 : 5);
    const int grade = Draw(kGrades);
    int school = Draw(kSchools);
    for (int i = 0; i < years && first_year + i < kYears && grade + i < kGrades; ++i) {
      const int year = first_year + i;
      const Day first = kFirstSeptember + 365 * year;
      const Day last = first + 285;
      if (Draw(25) == 0) {
        const Day moved = first + 1 + Draw(280);
        Add(person, year, school, grade + i, first, moved);
        school = Draw(kSchools);
        Add(person, year, school, grade + i, moved + 1, last);
      } else {
        Add(person, year, school, grade + i, first, last);
      }
      person.facts.current = year == kYears - 1;
    }
    while (Draw(5) < 2) {
      const Day first = kFirstSeptember + Draw(365 * kYears);
      person.programs.push_back({static_cast<std::uint16_t>(Draw(kPrograms)), first,
                                 Draw(2) == 0 ? kMaxDay : first + Draw(1000)});
    }
    return person;
  }

 private:
  int Draw(int n) { return static_cast<int>(random_() % static_cast<std::uint32_t>(n)); }

  static void Add(Person& person, int year, int school, int grade, Day first, Day last) {
    person.enrollments.push_back({static_cast<std::int16_t>(kFirstYear + year),
                                  static_cast<std::uint16_t>(school),
                                  static_cast<std::uint16_t>(grade + 1), first, last});
  }

  std::mt19937 random_{20250208};
  std::uint64_t id_ = 0;
};

std::shared_ptr<const World> MakeWorld(std::int64_t people) {
  Generator generator;
  WorldBuilder builder(1);
  const auto size = static_cast<std::size_t>(people);
  builder.Reserve(size, 3 * size, size);
  for (std::int64_t i = 0; i < people; ++i) {
    const Person person = generator.Next();
    if (!builder.AddPerson(person.facts, person.enrollments, person.programs).ok()) std::abort();
  }
  return *std::move(builder).Build();
}

const World& WorldOf(std::int64_t people) {
  static auto& worlds = *new std::map<std::int64_t, std::shared_ptr<const World>>;
  auto& world = worlds[people];
  if (world == nullptr) world = MakeWorld(people);
  return *world;
}

Question WholeDistrict() {
  Question question;
  for (std::uint16_t i = 0; i < kElements; ++i) {
    question.elements.push_back(
        {i < 30 ? SubjectKind::kStudent : SubjectKind::kStaff, static_cast<std::uint8_t>(i % 18)});
  }
  question.window_last = kFirstSeptember + 365 * kYears - 200;
  question.shares.resize(3);
  for (std::uint32_t share = 0; share < 3; ++share) {
    question.shares[share].share = share;
    question.shares[share].period.first = kFirstSeptember;
  }
  // Everybody; some grades and years; staff.
  question.shares[1].population.grades = {7, 8, 9};
  question.shares[1].population.school_years = {2020, 2021, 2022, 2023};
  question.shares[2].population.subject = SubjectKind::kStaff;
  int conditional = 0;
  for (std::uint16_t i = 0; i < kElements; ++i) {
    SharedElement shared{i, std::nullopt};
    if (i % 3 == 2 && conditional < kConditional) {
      shared.condition_program = static_cast<std::uint16_t>(conditional++ % 4);
    }
    question.shares[i < 20 ? 0 : i < 30 ? 1 : 2].elements.push_back(shared);
  }
  return question;
}

// One person in three stands on the list, a few with elements of their own.
Question LongList(const World& world) {
  Question question = WholeDistrict();
  question.scope.limit_to_list = true;
  for (std::uint32_t ordinal = 0; ordinal < world.size(); ordinal += 3) {
    question.claimed.push_back({ordinal, {}});
    if (ordinal % 50 == 0) question.claimed.back().elements = {1, 2};
  }
  return question;
}

void Report(benchmark::State& state, const World& world, const Exposure& exposure) {
  state.counters["exposed"] = static_cast<double>(exposure.ordinals.size());
  state.counters["sets"] = static_cast<double>(exposure.sets.size());
  std::size_t spells = 0;
  for (std::uint32_t i = 0; i < world.size(); ++i) spells += world.enrollments(i).size();
  state.counters["spells"] = static_cast<double>(spells);
}

void EnumerateWholeDistrict(benchmark::State& state) {
  const World& world = WorldOf(state.range(0));
  const Question question = WholeDistrict();
  for (auto _ : state) benchmark::DoNotOptimize(Enumerate(world, question));
  Report(state, world, *Enumerate(world, question));
}

void EnumerateLongList(benchmark::State& state) {
  const World& world = WorldOf(state.range(0));
  const Question question = LongList(world);
  for (auto _ : state) benchmark::DoNotOptimize(Enumerate(world, question));
  Report(state, world, *Enumerate(world, question));
}

void CountWholeDistrict(benchmark::State& state) {
  const World& world = WorldOf(state.range(0));
  const Question question = WholeDistrict();
  for (auto _ : state) benchmark::DoNotOptimize(CountExposed(world, question));
  state.counters["bytes/person"] = static_cast<double>(world.bytes()) / world.size();
}

void SummarizeWholeDistrict(benchmark::State& state) {
  const World& world = WorldOf(state.range(0));
  const Question question = WholeDistrict();
  const Exposure exposure = *Enumerate(world, question);
  for (auto _ : state) benchmark::DoNotOptimize(Summarize(world, exposure, question));
}

void DigestWholeDistrict(benchmark::State& state) {
  const World& world = WorldOf(state.range(0));
  const Question question = WholeDistrict();
  const Exposure exposure = *Enumerate(world, question);
  std::vector<std::string> names;
  for (int i = 0; i < kElements; ++i) names.push_back("element." + std::to_string(i));
  for (auto _ : state) benchmark::DoNotOptimize(DigestOf(world, exposure, names, SaltKey{}));
}

void HashContentOfWholeDistrict(benchmark::State& state) {
  const World& world = WorldOf(state.range(0));
  const Question question = WholeDistrict();
  const Exposure exposure = *Enumerate(world, question);
  std::vector<std::string> names;
  for (int i = 0; i < kElements; ++i) names.push_back("element." + std::to_string(i));
  for (auto _ : state) benchmark::DoNotOptimize(ContentHashOf(world, exposure, names));
}

void TurnOnePage(benchmark::State& state) {
  const World& world = WorldOf(state.range(0));
  const Exposure exposure = *Enumerate(world, WholeDistrict());
  const auto middle = static_cast<std::uint64_t>(state.range(0) / 2);
  Filter filter;
  filter.school = 17;
  for (auto _ : state) benchmark::DoNotOptimize(PageOf(world, exposure, filter, middle, 100));
}

void BuildWorld(benchmark::State& state) {
  Generator generator;
  std::vector<Person> people;
  for (std::int64_t i = 0; i < state.range(0); ++i) people.push_back(generator.Next());
  for (auto _ : state) {
    WorldBuilder builder(1);
    for (const Person& person : people) {
      benchmark::DoNotOptimize(
          builder.AddPerson(person.facts, person.enrollments, person.programs));
    }
    benchmark::DoNotOptimize(std::move(builder).Build());
  }
}

#define ROLLCALL_AT_BOTH_SIZES(name) \
  BENCHMARK(name)->Arg(100'000)->Arg(1'000'000)->Unit(benchmark::kMillisecond)

ROLLCALL_AT_BOTH_SIZES(CountWholeDistrict);
ROLLCALL_AT_BOTH_SIZES(EnumerateWholeDistrict);
ROLLCALL_AT_BOTH_SIZES(EnumerateLongList);
ROLLCALL_AT_BOTH_SIZES(SummarizeWholeDistrict);
ROLLCALL_AT_BOTH_SIZES(DigestWholeDistrict);
ROLLCALL_AT_BOTH_SIZES(HashContentOfWholeDistrict);
ROLLCALL_AT_BOTH_SIZES(TurnOnePage);
ROLLCALL_AT_BOTH_SIZES(BuildWorld);

}  // namespace
}  // namespace rollcall::exposure

BENCHMARK_MAIN();
