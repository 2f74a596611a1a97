// The engine against the brute-force reading, on random small districts.
//
// RapidCheck draws the cases. The number of cases and the seed are fixed below, so that a run is
// repeatable; RC_PARAMS="seed=... max_success=..." in the environment overrides both.

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <map>
#include <memory>
#include <set>
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
  int observed = 0, observed_upstream = 0, observed_alone = 0, overruled_empty = 0;
  int observed_within_years = 0, observed_within_list = 0, several_parts = 0;
  int removed_cells = 0, removed_people = 0, removed_declared = 0, removed_named = 0;
  int removed_observed = 0, removed_by_several = 0, emptied_again = 0, listed_and_removed = 0;
  int cells_that_lost_a_reason = 0, cut_in_part = 0, spared_by_a_disposition = 0;
  int ordinals_not_by_id = 0, removed_pages = 0, many_people = 0;
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

// Positions among `people` pupils, ascending.
std::shared_ptr<const std::vector<std::uint32_t>> DrawPeople(int people, int none_in) {
  auto drawn = std::make_shared<std::vector<std::uint32_t>>();
  for (int p = 0; p < people; ++p) {
    if (!OneIn(none_in)) drawn->push_back(static_cast<std::uint32_t>(p));
  }
  return drawn;
}

std::vector<std::uint16_t> DrawCuts(const exposure::Question& question) {
  std::vector<std::uint16_t> cuts;
  if (question.dispositions.empty()) return cuts;
  for (int i = Draw(4); i > 0; --i) {
    cuts.push_back(
        static_cast<std::uint16_t>(Draw(static_cast<int>(question.dispositions.size()))));
  }
  return cuts;
}

void DrawDispositions(int people, exposure::Question& question) {
  for (int i = 1 + Draw(3); i > 0; --i) {
    exposure::Disposition& disposition = question.dispositions.emplace_back();
    disposition.disposition = static_cast<std::uint32_t>(500 + 7 * i % 5);
    if (OneIn(3)) disposition.elements = DrawElements(question, 1 + Draw(3), Any);
    if (OneIn(3)) disposition.people = DrawPeople(people, 2);
  }
}

void DrawTransfers(int people, exposure::Question& question) {
  for (int i = Draw(4); i > 0; --i) {
    exposure::ObservedTransfers& group = question.transfers.emplace_back();
    group.group = static_cast<std::uint32_t>(300 + 7 * i % 5);
    group.upstream = OneIn(3);
    group.people = DrawPeople(people, 2);
    group.elements = DrawElements(question, Draw(4), Any);
    if (OneIn(2) && !group.elements.empty()) {
      for (int j = 1 + Draw(2); j > 0; --j) {
        group.overrule_empty.push_back(
            group
                .elements[static_cast<std::size_t>(Draw(static_cast<int>(group.elements.size())))]);
      }
    }
    if (!OneIn(3)) group.cuts = DrawCuts(question);
  }
}

// People stand in it by their positions among the pupils.
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
  if (!OneIn(3)) DrawDispositions(people, question);
  if (OneIn(2)) DrawTransfers(people, question);
  // Now and then more shares than fit one machine word.
  const int shares = OneIn(40) ? 60 + Draw(80) : Draw(5);
  for (int i = 0; i < shares; ++i) {
    exposure::DeclaredShare share = DrawShare(question, static_cast<std::uint32_t>(1000 - 7 * i));
    // Another part of an earlier one.
    if (i > 0 && OneIn(4)) share.share = question.shares[static_cast<std::size_t>(Draw(i))].share;
    if (!OneIn(3)) {
      for (const std::uint16_t disposition : DrawCuts(question)) {
        share.cuts.push_back({disposition, OneIn(3) ? kMaxDay : OneIn(12) ? kMinDay : DrawDay()});
      }
    }
    question.shares.push_back(std::move(share));
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

// The same question with ordinals of `world` in place of positions.
exposure::Question InOrdinals(const exposure::World& world, const std::vector<Pupil>& pupils,
                              exposure::Question question) {
  const auto ordinal = [&](std::uint32_t place) {
    const auto found = world.OrdinalOf(pupils[place].facts.id);
    Must(found.has_value(), "everybody has an ordinal");
    return *found;
  };
  const auto translate = [&](std::shared_ptr<const std::vector<std::uint32_t>>& people) {
    if (people == nullptr) return;
    std::vector<std::uint32_t> ordinals;
    for (const std::uint32_t place : *people) ordinals.push_back(ordinal(place));
    std::sort(ordinals.begin(), ordinals.end());
    people = std::make_shared<const std::vector<std::uint32_t>>(std::move(ordinals));
  };
  for (auto& group : question.transfers) translate(group.people);
  for (auto& disposition : question.dispositions) translate(disposition.people);
  for (auto& entry : question.claimed) entry.ordinal = ordinal(entry.ordinal);
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
  plain.cells_populated = summary.cells_populated;
  plain.people_removed = summary.people_removed;
  plain.cells_removed = summary.cells_removed;
  for (const auto& row : summary.by_element) {
    plain.by_element[row.element] = {row.people, row.populated, row.confirmed, row.removed};
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

PlainReasons Plain(const std::vector<exposure::Reason>& reasons) {
  PlainReasons plain;
  Must(!reasons.empty(), "there is a reason");
  Must(std::is_sorted(reasons.begin(), reasons.end()), "reasons ascend");
  for (const exposure::Reason& reason : reasons) {
    Must(plain.insert({static_cast<int>(reason.kind), reason.source}).second,
         "a reason stands once");
  }
  return plain;
}

std::set<std::uint32_t> Plain(const std::vector<std::uint32_t>& dispositions) {
  const std::set<std::uint32_t> plain(dispositions.begin(), dispositions.end());
  Must(std::vector<std::uint32_t>(plain.begin(), plain.end()) == dispositions,
       "dispositions ascend, each once");
  return plain;
}

// Adds what a set says of the person at `place`.
void AddPlain(const exposure::ElementSet& set, std::uint32_t place, PlainAnswer& plain) {
  for (std::size_t c = 0; c < set.cells.size(); ++c) {
    const exposure::Cell& cell = set.cells[c];
    Must(c == 0 || set.cells[c - 1].element < cell.element, "elements ascend");
    const PlainReasons& reasons = plain.exposed[place][cell.element] = Plain(cell.reasons);
    Must((cell.certainty == Certainty::kConfirmed) == BruteForce::Confirmed(reasons),
         "claimed or observed is confirmed");
    if (!cell.dispositions.empty()) {
      plain.dispositions[place][cell.element] = Plain(cell.dispositions);
    }
  }
  for (std::size_t c = 0; c < set.removed.size(); ++c) {
    const exposure::RemovedCell& cell = set.removed[c];
    Must(c == 0 || set.removed[c - 1].element < cell.element, "removed elements ascend");
    Must(!cell.dispositions.empty(), "something removed it");
    plain.removed[place][cell.element] = Plain(cell.reasons);
    plain.removed_by[place][cell.element] = Plain(cell.dispositions);
  }
}

// The engine's answer in the words of the brute force; also checks what the engine promises about
// order and uniqueness.
PlainAnswer Plain(const exposure::World& world, const std::vector<Pupil>& pupils,
                  const exposure::Exposure& exposure) {
  std::map<std::uint64_t, std::uint32_t> place_of_id;
  for (std::uint32_t p = 0; p < pupils.size(); ++p) place_of_id[pupils[p].facts.id] = p;
  const auto place = [&](std::uint32_t ordinal) { return place_of_id.at(world.id(ordinal)); };

  PlainAnswer plain;
  std::set<std::uint32_t> used;
  const auto add = [&](const std::vector<std::uint32_t>& ordinals,
                       const std::vector<std::uint32_t>& set_of, bool exposed) {
    Must(set_of.size() == ordinals.size(), "a set for each person");
    for (std::size_t i = 0; i < ordinals.size(); ++i) {
      Must(i == 0 || ordinals[i - 1] < ordinals[i], "people ascend");
      Must(set_of[i] < exposure.sets.size(), "the set is there");
      used.insert(set_of[i]);
      const exposure::ElementSet& set = exposure.sets[set_of[i]];
      Must(set.cells.empty() != exposed, "exposed people have cells, others have none");
      Must(exposed || !set.removed.empty(), "something was removed");
      AddPlain(set, place(ordinals[i]), plain);
    }
  };
  add(exposure.ordinals, exposure.set_of, true);
  add(exposure.removed.ordinals, exposure.removed.set_of, false);
  Must(used.size() == exposure.sets.size(), "every set is used");
  for (std::size_t i = 0; i < exposure.sets.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j)
      Must(!(exposure.sets[i] == exposure.sets[j]), "sets differ");
  }

  const std::set<std::uint32_t> exposed(exposure.ordinals.begin(), exposure.ordinals.end());
  Must(exposure.people.size() == world.words(), "a word for each block of people");
  for (std::uint32_t ordinal = 0; ordinal < exposure.people.size() * 64; ++ordinal) {
    const bool is_set = (exposure.people[ordinal / 64] >> (ordinal % 64) & 1u) != 0;
    Must(is_set == exposed.contains(ordinal), "the people as a set are those of the column");
  }
  Must(exposure.people_of_year.size() == world.school_years().size(), "a count for each year");
  for (std::size_t year = 0; year < exposure.people_of_year.size(); ++year) {
    if (exposure.people_of_year[year] == 0) continue;
    plain.people_of_year[world.school_years()[year]] = exposure.people_of_year[year];
  }
  for (std::size_t i = 0; i < exposure.listed_without_cells.size(); ++i) {
    const std::uint32_t ordinal = exposure.listed_without_cells[i];
    Must(i == 0 || exposure.listed_without_cells[i - 1] < ordinal, "listed people ascend");
    plain.listed_without_cells.insert(place(ordinal));
  }
  return plain;
}

// Turns all pages of a random filter and compares with choosing one by one.
void ComparePages(const exposure::World& world, const exposure::Exposure& exposure,
                  const exposure::Question& question, const std::vector<Pupil>& pupils,
                  const PlainAnswer& expected, Reached& reached) {
  exposure::Filter filter;
  filter.removed_people = OneIn(4);
  if (OneIn(2)) {
    filter.element = static_cast<std::uint16_t>(Draw(static_cast<int>(question.elements.size())));
  }
  if (OneIn(3)) filter.certainty = static_cast<Certainty>(1 + Draw(2));
  if (OneIn(3)) filter.school = static_cast<std::uint16_t>(Draw(4));
  if (OneIn(3)) filter.current = OneIn(2);
  if (OneIn(3)) filter.kind = static_cast<SubjectKind>(1 + Draw(2));

  std::vector<std::uint64_t> chosen;
  for (const auto& [p, cells] : filter.removed_people ? expected.removed : expected.exposed) {
    if (filter.removed_people && expected.exposed.contains(p)) continue;
    const Pupil& pupil = pupils[p];
    bool cell_fits = false;
    for (const auto& [element, reasons] : cells) {
      const int certainty = BruteForce::Confirmed(reasons) ? 2 : 1;
      if (filter.element.has_value() && element != *filter.element) continue;
      if (!filter.removed_people && filter.certainty.has_value() &&
          certainty != static_cast<int>(*filter.certainty)) {
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
  const std::vector<std::uint32_t>& ordinals =
      filter.removed_people ? exposure.removed.ordinals : exposure.ordinals;
  std::vector<std::uint64_t> turned;
  std::optional<std::uint64_t> after;
  for (bool more = true; more;) {
    const exposure::Page page = PageOf(world, exposure, filter, after, size);
    Must(page.rows.size() <= size, "no page is too large");
    Must(!page.more || page.rows.size() == size, "only the last page is short");
    for (const std::uint32_t row : page.rows) turned.push_back(world.id(ordinals[row]));
    Must(turned.size() <= chosen.size(), "the pages come to an end");
    more = page.more;
    if (more) after = turned.back();
  }
  Must(turned == chosen, "the pages together are the choice");
  reached.removed_pages += filter.removed_people && !turned.empty();
}

// Whether a disposition speaks of others than this person and element.
bool Spares(const exposure::Disposition& disposition, std::uint32_t p, std::uint16_t element) {
  const auto has = [](const auto& list, auto value) {
    return std::find(list.begin(), list.end(), value) != list.end();
  };
  return (!disposition.elements.empty() && !has(disposition.elements, element)) ||
         (disposition.people != nullptr && !has(*disposition.people, p));
}

void NoteTransfersAndDispositions(const exposure::Question& question, const PlainAnswer& answer,
                                  Reached& reached) {
  for (const auto& [p, cells] : answer.exposed) {
    bool only_observed = true;
    for (const auto& [element, reasons] : cells) {
      bool observed = false;
      bool upstream = false;
      for (const auto& [kind, source] : reasons) {
        observed = observed || kind == 4;
        upstream = upstream || kind == 5;
        only_observed = only_observed && kind >= 4;
      }
      reached.observed += observed;
      reached.observed_upstream += upstream && !observed;
      reached.observed_within_years += observed && !question.scope.school_years.empty();
      reached.observed_within_list += observed && question.scope.limit_to_list;
      for (const auto& share : question.shares) {
        if (!reasons.contains({1, share.share})) continue;
        int parts = 0;
        for (const auto& other : question.shares) parts += other.share == share.share;
        reached.several_parts += parts > 1;
        for (const exposure::Cut& cut : share.cuts) {
          const bool spares = Spares(question.dispositions[cut.disposition], p, element);
          reached.spared_by_a_disposition += spares;
          reached.cut_in_part += !spares && parts == 1;
        }
      }
    }
    reached.observed_alone += only_observed;
  }
  for (const auto& [p, elements] : answer.dispositions) {
    reached.cells_that_lost_a_reason += static_cast<int>(elements.size());
  }
  for (const auto& [p, cells] : answer.removed) {
    reached.removed_people += !answer.exposed.contains(p);
    reached.listed_and_removed += answer.listed_without_cells.contains(p);
    for (const auto& [element, reasons] : cells) {
      ++reached.removed_cells;
      reached.removed_declared += reasons.begin()->first == 1;
      reached.removed_named += reasons.contains({3, 0});
      reached.removed_observed += reasons.rbegin()->first >= 4;
      reached.removed_by_several += answer.removed_by.at(p).at(element).size() > 1;
    }
  }
}

void Note(const std::vector<Pupil>& pupils, const exposure::Question& question,
          const PlainAnswer& answer, std::size_t sets, Reached& reached) {
  reached.listed_without_cells += !answer.listed_without_cells.empty();
  reached.many_shares += question.shares.size() > 64 && !answer.exposed.empty();
  reached.open_window += question.window_last == kMaxDay && !answer.exposed.empty();
  reached.several_sets += sets > 1;
  reached.many_people += pupils.size() > 64 && !answer.exposed.empty();
  for (const auto& [p, cells] : answer.exposed) {
    const Pupil& pupil = pupils[p];
    reached.staff += pupil.facts.kind == SubjectKind::kStaff;
    bool only_claimed = true;
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
      only_claimed = only_claimed && reasons == PlainReasons{{2, 0}};
      reached.claimed += reasons.contains({2, 0});
      reached.named += reasons.contains({3, 0});
      reached.declared += reasons.begin()->first == 1;
      const int field = question.elements[element].roster_field;
      const bool known_empty = field != 0 && (pupil.facts.known_fields >> field & 1u) != 0 &&
                               (pupil.facts.populated_fields >> field & 1u) == 0;
      reached.claimed_though_known_empty += known_empty && reasons.contains({2, 0});
      reached.overruled_empty += known_empty && !reasons.contains({2, 0});
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
    reached.list_only_people += only_claimed;
  }
  for (const auto& [p, cells] : answer.removed) {
    for (const auto& [element, reasons] : cells) {
      const int field = question.elements[element].roster_field;
      reached.emptied_again += field != 0 && (pupils[p].facts.known_fields >> field & 1u) != 0 &&
                               (pupils[p].facts.populated_fields >> field & 1u) == 0;
    }
  }
}

void CompareOnce(Reached& reached) {
  std::vector<Pupil> pupils;
  std::uint64_t id = 0;
  // Now and then more people than fit one machine word.
  for (int i = OneIn(100) ? 60 + Draw(80) : Draw(7); i > 0; --i) {
    id += static_cast<std::uint64_t>(1 + Draw(3));
    pupils.push_back(DrawPupil(id));
  }
  const exposure::Question plain_question = DrawQuestion(static_cast<int>(pupils.size()));

  exposure::WorldBuilder builder(17);
  for (const Pupil& pupil : pupils) {
    const absl::Status added = builder.AddPerson(pupil.facts, pupil.enrollments, pupil.programs);
    Must(added.ok(), "the person is accepted");
  }
  const auto world = std::move(builder).Build();
  Must(world.ok(), "the world is built");
  const exposure::Question question = InOrdinals(**world, pupils, plain_question);
  const auto exposure = Enumerate(**world, question);
  Must(exposure.ok(), "the question is accepted");
  Must(exposure->revision == 17u, "the revision is that of the world");

  const BruteForce brute(pupils, plain_question, kFirstDay, kFirstDay + kDays - 1);
  const PlainAnswer expected = brute.Answer();
  const PlainAnswer actual = Plain(**world, pupils, *exposure);
  Must(actual.exposed == expected.exposed, "cells and reasons");
  Must(actual.dispositions == expected.dispositions, "dispositions of cells");
  Must(actual.removed == expected.removed, "removed cells and reasons");
  Must(actual.removed_by == expected.removed_by, "dispositions of removed cells");
  Must(actual.people_of_year == expected.people_of_year, "people by school year");
  Must(actual.listed_without_cells == expected.listed_without_cells, "listed people without cells");
  const exposure::Summary summary = Summarize(**world, *exposure, question);
  // Half of the elements are sensitive.
  std::vector<bool> sensitive(question.elements.size());
  for (std::size_t i = 0; i < sensitive.size(); i += 2) sensitive[i] = true;
  const auto tally = TallyExposed(**world, question, sensitive);
  Must(tally.ok(), "the question is accepted for a tally");
  exposure::Tally counted{.people = summary.people,
                          .current_students = summary.current_students,
                          .cells = summary.cells,
                          .cells_sensitive = 0,
                          .cells_populated = summary.cells_populated};
  for (const exposure::ElementCount& row : summary.by_element) {
    if (sensitive[row.element]) counted.cells_sensitive += row.people;
  }
  Must(*tally == counted, "the tally agrees with the summary");
  const auto count = CountExposed(**world, question);
  Must(count.ok() && *count == expected.exposed.size(), "the count of people");

  Must(Plain(summary) == brute.Count(expected), "summary");
  for (std::size_t i = 1; i < summary.tiers.size(); ++i) {
    Must(summary.tiers[i - 1].people >= summary.tiers[i].people, "tiers descend");
  }
  ComparePages(**world, *exposure, question, pupils, expected, reached);
  Note(pupils, plain_question, expected, exposure->sets.size(), reached);
  NoteTransfersAndDispositions(plain_question, expected, reached);
  for (std::uint32_t ordinal = 1; ordinal < (*world)->size(); ++ordinal) {
    reached.ordinals_not_by_id += (*world)->id(ordinal - 1) > (*world)->id(ordinal);
  }
}

TEST(ExposureProperty, EngineAgreesWithTheBruteForceReading) {
  setenv("RC_PARAMS", "seed=20250208 max_success=20000", /*overwrite=*/0);
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
  EXPECT_GT(reached.observed, 2000);
  EXPECT_GT(reached.observed_upstream, 500);
  EXPECT_GT(reached.observed_alone, 500);
  EXPECT_GT(reached.overruled_empty, 100);
  EXPECT_GT(reached.observed_within_years, 200);
  EXPECT_GT(reached.observed_within_list, 100);
  EXPECT_GT(reached.several_parts, 1000);
  EXPECT_GT(reached.removed_cells, 1000);
  EXPECT_GT(reached.removed_people, 500);
  EXPECT_GT(reached.removed_declared, 300);
  EXPECT_GT(reached.removed_named, 30);
  EXPECT_GT(reached.removed_observed, 500);
  EXPECT_GT(reached.removed_by_several, 100);
  EXPECT_GT(reached.emptied_again, 30);
  EXPECT_GT(reached.listed_and_removed, 10);
  EXPECT_GT(reached.cells_that_lost_a_reason, 300);
  EXPECT_GT(reached.cut_in_part, 200);
  EXPECT_GT(reached.spared_by_a_disposition, 200);
  EXPECT_GT(reached.ordinals_not_by_id, 5000);
  EXPECT_GT(reached.removed_pages, 40);
  EXPECT_GT(reached.many_people, 40);
}

}  // namespace
}  // namespace rollcall::testing
