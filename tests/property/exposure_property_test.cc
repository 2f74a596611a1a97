// The engine against the brute-force reading, on random small districts.
//
// RapidCheck draws the cases. The number of cases and the seed are fixed below, so that a run is
// repeatable; RC_PARAMS="seed=... max_success=..." in the environment overrides both.

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <chrono>
#include <cstdlib>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "server/exposure/digest.h"
#include "server/exposure/engine.h"
#include "server/exposure/filter.h"
#include "server/exposure/question.h"
#include "server/exposure/summary.h"
#include "server/exposure/world.h"
#include "tests/property/brute_force.h"

namespace rollcall::testing {
namespace {

using namespace std::chrono_literals;  // For civil dates.
using exposure::Certainty;
using exposure::Day;
using exposure::kMaxDay;
using exposure::kMinDay;
using exposure::SubjectKind;

// All days of a case: sixteen of them, around the end of a February in a leap year.
const Day kFirstDay = static_cast<Day>(
    std::chrono::sys_days{std::chrono::year{2020} / 2 / 22}.time_since_epoch().count());
constexpr int kDays = 16;

constexpr int kFields = 4;    // Roster fields 1 to 4; 0 is "not in the roster".
constexpr int kPrograms = 3;  // Programs 0 to 2.

// What the cases have reached, to show that the comparison is not one of empty lists.
struct Reached {
  int cells = 0, declared = 0, claimed = 0, named = 0, several_reasons = 0;
  int conditions_met = 0, listed_without_cells = 0, list_only_people = 0;
  int claimed_though_known_empty = 0, many_shares = 0, two_schools_one_year = 0;
  int one_day_spells = 0, leap_day = 0, staff = 0, open_window = 0, several_sets = 0;
};

// Ends the case with a failure. (RC_ASSERT would take conditions with && and || apart and
// evaluate all of them.)
void Must(bool holds, const char* what) {
  if (!holds) RC_FAIL(std::string("does not hold: ") + what);
}

// A number from 0 to n - 1, each as likely.
int Draw(int n) { return *rc::gen::resize(rc::kNominalSize, rc::gen::inRange(0, n)); }

bool OneIn(int n) { return Draw(n) == 0; }

Day DrawDay() { return kFirstDay + Draw(kDays); }

// Any interval with at least one day, often short, sometimes open.
exposure::Interval DrawInterval() {
  exposure::Interval interval;
  const Day first = DrawDay();
  interval.first = OneIn(8) ? kMinDay : first;
  interval.last = OneIn(4) ? kMaxDay : std::min(first + Draw(8), kFirstDay + kDays - 1);
  return interval;
}

std::vector<std::uint16_t> DrawCodes(int n, int empty_one_in) {
  std::vector<std::uint16_t> codes;
  if (OneIn(empty_one_in)) return codes;
  for (int i = 1 + Draw(2); i > 0; --i) codes.push_back(static_cast<std::uint16_t>(Draw(n)));
  return codes;
}

std::vector<std::int16_t> DrawYears(int empty_one_in) {
  std::vector<std::int16_t> years;
  for (const std::uint16_t code : DrawCodes(4, empty_one_in)) {
    years.push_back(static_cast<std::int16_t>(2019 + code));
  }
  return years;
}

Pupil DrawPupil(std::uint64_t id) {
  Pupil pupil;
  pupil.facts.id = id;
  pupil.facts.kind = OneIn(4) ? SubjectKind::kStaff : SubjectKind::kStudent;
  pupil.facts.current = OneIn(2);
  for (int field = 1; field <= kFields; ++field) {
    if (OneIn(2)) continue;
    pupil.facts.known_fields |= 1u << field;
    if (!OneIn(3)) pupil.facts.populated_fields |= 1u << field;
  }
  pupil.facts.language = static_cast<std::uint16_t>(Draw(3));
  for (int i = Draw(4); i > 0; --i) {
    exposure::EnrollmentSpell spell;
    spell.school_year = static_cast<std::int16_t>(2019 + Draw(3));
    spell.school = static_cast<std::uint16_t>(Draw(3));
    spell.grade = static_cast<std::uint16_t>(Draw(3));
    const exposure::Interval days = DrawInterval();
    spell.first = days.first;
    spell.last = OneIn(5) && days.first != kMinDay ? days.first : days.last;
    pupil.enrollments.push_back(spell);
  }
  for (int i = Draw(4); i > 0; --i) {
    const exposure::Interval days = DrawInterval();
    pupil.programs.push_back({static_cast<std::uint16_t>(Draw(kPrograms)), days.first, days.last});
  }
  return pupil;
}

// Draws `count` times an element that `accepts`.
template <typename Accepts>
std::vector<std::uint16_t> DrawElements(const exposure::Question& question, int count,
                                        const Accepts& accepts) {
  std::vector<std::uint16_t> fitting;
  for (std::size_t e = 0; e < question.elements.size(); ++e) {
    if (accepts(question.elements[e])) fitting.push_back(static_cast<std::uint16_t>(e));
  }
  std::vector<std::uint16_t> drawn;
  for (int i = 0; i < count && !fitting.empty(); ++i) {
    drawn.push_back(fitting[static_cast<std::size_t>(Draw(static_cast<int>(fitting.size())))]);
  }
  return drawn;
}

bool Any(const exposure::ElementInfo&) { return true; }

exposure::DeclaredShare DrawShare(const exposure::Question& question, std::uint32_t number) {
  exposure::DeclaredShare share;
  share.share = number;
  share.period = DrawInterval();
  exposure::Population& population = share.population;
  population.subject = OneIn(4) ? SubjectKind::kStaff : SubjectKind::kStudent;
  population.school_years = DrawYears(2);
  if (OneIn(3)) population.dates = DrawInterval();
  // The highest code occurs in no spell.
  population.schools = DrawCodes(4, 2);
  population.grades = DrawCodes(4, 2);
  if (OneIn(4)) population.programs = DrawCodes(kPrograms + 1, 4);
  for (const std::uint16_t element :
       DrawElements(question, Draw(5), [&](const exposure::ElementInfo& info) {
         return (info.subject == SubjectKind::kStaff) ==
                (population.subject == SubjectKind::kStaff);
       })) {
    share.elements.push_back({element, std::nullopt});
    if (OneIn(3)) {
      share.elements.back().condition_program = static_cast<std::uint16_t>(Draw(kPrograms));
    }
  }
  return share;
}

exposure::Question DrawQuestion(int people) {
  exposure::Question question;
  for (int i = 1 + Draw(6); i > 0; --i) {
    question.elements.push_back(
        {static_cast<SubjectKind>(1 + Draw(3)), static_cast<std::uint8_t>(Draw(kFields + 1))});
  }
  question.window_last = OneIn(3) ? kMaxDay : DrawDay();
  if (OneIn(3)) question.scope.school_years = DrawYears(4);
  if (OneIn(3)) question.scope.elements = DrawElements(question, 1 + Draw(4), Any);
  question.scope.limit_to_list = OneIn(5);
  // Now and then more shares than fit one machine word.
  const int shares = OneIn(40) ? 60 + Draw(80) : Draw(5);
  for (int i = 0; i < shares; ++i) {
    question.shares.push_back(DrawShare(question, static_cast<std::uint32_t>(1000 - 7 * i)));
  }
  if (OneIn(2)) question.statement_elements = DrawElements(question, 1 + Draw(3), Any);
  if (people > 0 && OneIn(2)) {
    for (int i = Draw(5); i > 0; --i) {
      question.claimed.push_back({static_cast<std::uint32_t>(Draw(people)),
                                  DrawElements(question, OneIn(2) ? 0 : 1 + Draw(2), Any)});
    }
  }
  return question;
}

PlainSummary Plain(const exposure::Summary& summary) {
  PlainSummary plain;
  plain.people = summary.people;
  plain.cells = summary.cells;
  plain.current_students = summary.current_students;
  plain.former_students = summary.former_students;
  plain.current_staff = summary.current_staff;
  plain.former_staff = summary.former_staff;
  plain.people_confirmed = summary.people_confirmed;
  plain.people_believed = summary.people_believed;
  plain.cells_confirmed = summary.cells_confirmed;
  plain.cells_believed = summary.cells_believed;
  for (const auto& row : summary.by_element) {
    plain.by_element[row.element] = {row.people, row.populated, row.confirmed};
  }
  for (const auto& row : summary.by_school) plain.by_school[row.code] = row.people;
  for (const auto& row : summary.by_grade) plain.by_grade[row.code] = row.people;
  for (const auto& row : summary.by_school_year) plain.by_school_year[row.school_year] = row.people;
  for (const auto& row : summary.by_language) plain.by_language[row.code] = row.people;
  for (const auto& row : summary.by_program) plain.by_program[row.code] = row.people;
  plain.no_school = summary.no_school;
  for (const auto& row : summary.by_school_and_element) {
    plain.by_school_and_element[{row.school, row.element}] = row.people;
  }
  for (const auto& tier : summary.tiers) plain.tiers[tier.elements] = tier.people;
  return plain;
}

// The engine's answer in the words of the brute force; also checks what the engine promises about
// order and uniqueness.
PlainAnswer Plain(const exposure::World& world, const exposure::Exposure& exposure) {
  PlainAnswer plain;
  Must(exposure.set_of.size() == exposure.ordinals.size(), "a set for each person");
  Must(exposure.matched_years.size() == exposure.ordinals.size(), "years for each person");
  std::set<std::uint32_t> used;
  for (std::size_t i = 0; i < exposure.ordinals.size(); ++i) {
    const std::uint32_t ordinal = exposure.ordinals[i];
    Must(i == 0 || exposure.ordinals[i - 1] < ordinal, "people ascend");
    Must(exposure.set_of[i] < exposure.sets.size(), "the set is there");
    used.insert(exposure.set_of[i]);
    const exposure::ElementSet& set = exposure.sets[exposure.set_of[i]];
    Must(!set.cells.empty(), "no set is empty");
    auto& cells = plain.exposed[ordinal];
    for (std::size_t c = 0; c < set.cells.size(); ++c) {
      const exposure::Cell& cell = set.cells[c];
      Must(c == 0 || set.cells[c - 1].element < cell.element, "elements ascend");
      Must(!cell.reasons.empty(), "a cell has a reason");
      PlainReasons& reasons = cells[cell.element];
      for (const exposure::Reason& reason : cell.reasons) {
        Must(reasons.insert({static_cast<int>(reason.kind), reason.share}).second,
             "a reason stands once");
      }
      Must((cell.certainty == Certainty::kConfirmed) == reasons.contains({2, 0}),
           "claimed is confirmed");
    }
    std::set<int>& years = plain.matched_years[ordinal];
    for (std::size_t year = 0; year < world.school_years().size(); ++year) {
      if ((exposure.matched_years[i] >> year & 1u) != 0) years.insert(world.school_years()[year]);
    }
  }
  Must(used.size() == exposure.sets.size(), "every set is used");
  for (std::size_t i = 0; i < exposure.sets.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j)
      Must(!(exposure.sets[i] == exposure.sets[j]), "sets differ");
  }
  plain.listed_without_cells.insert(exposure.listed_without_cells.begin(),
                                    exposure.listed_without_cells.end());
  return plain;
}

// Turns all pages of a random filter and compares with choosing one by one.
void ComparePages(const exposure::World& world, const exposure::Exposure& exposure,
                  const exposure::Question& question, const std::vector<Pupil>& pupils,
                  const PlainAnswer& expected) {
  exposure::Filter filter;
  if (OneIn(2)) {
    filter.element = static_cast<std::uint16_t>(Draw(static_cast<int>(question.elements.size())));
  }
  if (OneIn(3)) filter.certainty = static_cast<Certainty>(1 + Draw(2));
  if (OneIn(3)) filter.school = static_cast<std::uint16_t>(Draw(4));
  if (OneIn(3)) filter.current = OneIn(2);
  if (OneIn(3)) filter.kind = static_cast<SubjectKind>(1 + Draw(2));

  std::vector<std::uint64_t> chosen;
  for (const auto& [p, cells] : expected.exposed) {
    const Pupil& pupil = pupils[p];
    bool cell_fits = false;
    for (const auto& [element, reasons] : cells) {
      const int certainty = reasons.contains({2, 0}) ? 2 : 1;
      if (filter.element.has_value() && element != *filter.element) continue;
      if (filter.certainty.has_value() && certainty != static_cast<int>(*filter.certainty)) {
        continue;
      }
      cell_fits = true;
    }
    if (!cell_fits) continue;
    if (filter.current.has_value() && pupil.facts.current != *filter.current) continue;
    if (filter.kind.has_value() && pupil.facts.kind != *filter.kind) continue;
    if (filter.school.has_value()) {
      const auto latest = BruteForce::Latest(pupil);
      if (!latest.has_value() || latest->school != *filter.school) continue;
    }
    chosen.push_back(pupil.facts.id);
  }

  Must(CountChosen(world, exposure, filter) == chosen.size(), "the filter counts as it chooses");
  const std::size_t size = static_cast<std::size_t>(1 + Draw(3));
  std::vector<std::uint64_t> turned;
  std::optional<std::uint64_t> after;
  for (bool more = true; more;) {
    const exposure::Page page = PageOf(world, exposure, filter, after, size);
    Must(page.rows.size() <= size, "no page is too large");
    Must(!page.more || page.rows.size() == size, "only the last page is short");
    for (const std::uint32_t row : page.rows) turned.push_back(world.id(exposure.ordinals[row]));
    Must(turned.size() <= chosen.size(), "the pages come to an end");
    more = page.more;
    if (more) after = turned.back();
  }
  Must(turned == chosen, "the pages together are the choice");
}

void Note(const std::vector<Pupil>& pupils, const exposure::Question& question,
          const PlainAnswer& answer, std::size_t sets, Reached& reached) {
  reached.listed_without_cells += !answer.listed_without_cells.empty();
  reached.many_shares += question.shares.size() > 64 && !answer.exposed.empty();
  reached.open_window += question.window_last == kMaxDay && !answer.exposed.empty();
  reached.several_sets += sets > 1;
  for (const auto& [p, cells] : answer.exposed) {
    const Pupil& pupil = pupils[p];
    reached.staff += pupil.facts.kind == SubjectKind::kStaff;
    reached.list_only_people += answer.matched_years.at(p).empty();
    for (const auto& a : pupil.enrollments) {
      reached.one_day_spells += a.first == a.last;
      reached.leap_day += a.first == a.last && a.first == kFirstDay + 7;
      for (const auto& b : pupil.enrollments) {
        reached.two_schools_one_year +=
            a.school_year == b.school_year && a.school < b.school && a.grade != b.grade;
      }
    }
    for (const auto& [element, reasons] : cells) {
      ++reached.cells;
      reached.several_reasons += reasons.size() > 1;
      reached.claimed += reasons.contains({2, 0});
      reached.named += reasons.contains({3, 0});
      reached.declared += reasons.begin()->first == 1;
      const int field = question.elements[element].roster_field;
      reached.claimed_though_known_empty += field != 0 &&
                                            (pupil.facts.known_fields >> field & 1u) != 0 &&
                                            (pupil.facts.populated_fields >> field & 1u) == 0;
      for (const auto& share : question.shares) {
        if (!reasons.contains({1, share.share})) continue;
        bool only_conditional = true;
        for (const auto& shared : share.elements) {
          if (shared.element == element && !shared.condition_program.has_value()) {
            only_conditional = false;
          }
        }
        reached.conditions_met += only_conditional;
      }
    }
  }
}

void CompareOnce(Reached& reached) {
  std::vector<Pupil> pupils;
  std::uint64_t id = 0;
  for (int i = Draw(7); i > 0; --i) {
    id += static_cast<std::uint64_t>(1 + Draw(3));
    pupils.push_back(DrawPupil(id));
  }
  const exposure::Question question = DrawQuestion(static_cast<int>(pupils.size()));

  exposure::WorldBuilder builder(17);
  for (const Pupil& pupil : pupils) {
    const absl::Status added = builder.AddPerson(pupil.facts, pupil.enrollments, pupil.programs);
    Must(added.ok(), "the person is accepted");
  }
  const auto world = std::move(builder).Build();
  Must(world.ok(), "the world is built");
  const auto exposure = Enumerate(**world, question);
  Must(exposure.ok(), "the question is accepted");
  Must(exposure->revision == 17u, "the revision is that of the world");

  const BruteForce brute(pupils, question, kFirstDay, kFirstDay + kDays - 1);
  const PlainAnswer expected = brute.Answer();
  const PlainAnswer actual = Plain(**world, *exposure);
  Must(actual.exposed == expected.exposed, "cells and reasons");
  Must(actual.matched_years == expected.matched_years, "matched years");
  Must(actual.listed_without_cells == expected.listed_without_cells, "listed people without cells");

  const exposure::Summary summary = Summarize(**world, *exposure, question);
  Must(Plain(summary) == brute.Count(expected), "summary");
  for (std::size_t i = 1; i < summary.tiers.size(); ++i) {
    Must(summary.tiers[i - 1].people >= summary.tiers[i].people, "tiers descend");
  }
  ComparePages(**world, *exposure, question, pupils, expected);
  Note(pupils, question, expected, exposure->sets.size(), reached);
}

TEST(ExposureProperty, EngineAgreesWithTheBruteForceReading) {
  setenv("RC_PARAMS", "seed=20250208 max_success=10000", /*overwrite=*/0);
  Reached reached;
  EXPECT_TRUE(rc::check("engine == brute force", [&] { CompareOnce(reached); }));

  EXPECT_GT(reached.cells, 2000);
  EXPECT_GT(reached.declared, 1000);
  EXPECT_GT(reached.claimed, 1000);
  EXPECT_GT(reached.named, 100);
  EXPECT_GT(reached.several_reasons, 400);
  EXPECT_GT(reached.conditions_met, 100);
  EXPECT_GT(reached.listed_without_cells, 40);
  EXPECT_GT(reached.list_only_people, 200);
  EXPECT_GT(reached.claimed_though_known_empty, 40);
  EXPECT_GT(reached.many_shares, 20);
  EXPECT_GT(reached.two_schools_one_year, 200);
  EXPECT_GT(reached.one_day_spells, 200);
  EXPECT_GT(reached.leap_day, 20);
  EXPECT_GT(reached.staff, 100);
  EXPECT_GT(reached.open_window, 200);
  EXPECT_GT(reached.several_sets, 400);
}

}  // namespace
}  // namespace rollcall::testing
