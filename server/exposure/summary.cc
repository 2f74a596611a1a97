#include "server/exposure/summary.h"

#include <algorithm>
#include <bit>
#include <cstddef>
#include <map>
#include <optional>
#include <utility>

#include "server/exposure/bits.h"

namespace rollcall::exposure {
namespace {

bool AnyConfirmed(const ElementSet& set) {
  return std::any_of(set.cells.begin(), set.cells.end(),
                     [](const Cell& cell) { return cell.certainty == Certainty::kConfirmed; });
}

// What follows from the number of people per set alone.
void CountSets(const Exposure& exposure, const std::vector<std::uint64_t>& people_of_set,
               std::vector<ElementCount>& by_element, Summary& summary) {
  std::map<std::vector<std::uint16_t>, std::uint64_t> tiers;
  for (std::size_t i = 0; i < exposure.sets.size(); ++i) {
    const ElementSet& set = exposure.sets[i];
    const std::uint64_t people = people_of_set[i];
    if (people == 0) continue;
    (AnyConfirmed(set) ? summary.people_confirmed : summary.people_believed) += people;
    std::vector<std::uint16_t> elements;
    for (const Cell& cell : set.cells) {
      const bool confirmed = cell.certainty == Certainty::kConfirmed;
      (confirmed ? summary.cells_confirmed : summary.cells_believed) += people;
      by_element[cell.element].people += people;
      if (confirmed) by_element[cell.element].confirmed += people;
      elements.push_back(cell.element);
    }
    tiers[std::move(elements)] += people;
  }
  summary.cells = summary.cells_confirmed + summary.cells_believed;
  for (const auto& [elements, people] : tiers) summary.tiers.push_back({elements, people});
  std::stable_sort(summary.tiers.begin(), summary.tiers.end(),
                   [](const Tier& a, const Tier& b) { return a.people > b.people; });
}

// What follows from the sets of people of whom everything was removed, and from removed cells of
// the others.
void CountRemoved(const Exposure& exposure, const std::vector<std::uint64_t>& people_of_set,
                  std::vector<ElementCount>& by_element, Summary& summary) {
  std::vector<std::uint64_t> people = people_of_set;
  for (const std::uint32_t set : exposure.removed.set_of) ++people[set];
  summary.people_removed = exposure.removed.ordinals.size();
  for (std::size_t i = 0; i < exposure.sets.size(); ++i) {
    for (const RemovedCell& cell : exposure.sets[i].removed) {
      by_element[cell.element].removed += people[i];
      summary.cells_removed += people[i];
    }
  }
}

// Counts, for sets of exposed people, how many of them have a value in each field.
class PopulatedCounter {
 public:
  PopulatedCounter(const World& world, const Exposure& exposure, const Question& question)
      : world_(world), fields_of_set_(exposure.sets.size()) {
    counts_.resize(exposure.sets.size() * kFields);
    for (std::size_t set = 0; set < exposure.sets.size(); ++set) {
      for (const Cell& cell : exposure.sets[set].cells) {
        const std::uint8_t field = question.elements[cell.element].roster_field;
        if (field != 0 && !world.populated(field).empty()) {
          fields_of_set_[set] |= std::uint32_t{1} << field;
        }
      }
    }
  }

  void Add(const PeopleRun& run) {
    CountFields(run.people, fields_of_set_[run.set], world_.populated(), run.block,
                counts_.data() + run.set * kFields);
  }

  std::uint64_t Of(std::size_t set, std::uint8_t field) const {
    return counts_[set * kFields + field];
  }

 private:
  static constexpr std::size_t kFields = 32;

  const World& world_;
  std::vector<std::uint32_t> fields_of_set_;
  std::vector<std::uint64_t> counts_;
};

// Counts people by school, and by school and element. Neighbours are at the same school, so a run
// of people is mostly counted at once, and elements are summed once for each set of a school.
class SchoolCounter {
 public:
  SchoolCounter(const World& world, const Exposure& exposure, std::size_t elements)
      : world_(world), elements_(elements), people_(exposure.sets.size()) {
    for (const ElementSet& set : exposure.sets) {
      std::vector<std::uint16_t>& list = elements_of_set_.emplace_back();
      for (const Cell& cell : set.cells) list.push_back(cell.element);
    }
  }

  void Add(const PeopleRun& run) {
    const auto first = static_cast<std::uint32_t>(run.block * kWordBits);
    const std::uint32_t last =
        std::min(first + static_cast<std::uint32_t>(kWordBits), world_.size()) - 1;
    // People stand in the order of kind and school, so two equal ends mean one school between.
    if (world_.latest_school(first) == world_.latest_school(last) &&
        world_.kind(first) == world_.kind(last)) {
      Add(world_.latest_school(first), run.set,
          static_cast<std::uint64_t>(std::popcount(run.people)));
      return;
    }
    ForEachBit(run.people, first, [&](std::size_t ordinal) {
      Add(world_.latest_school(static_cast<std::uint32_t>(ordinal)), run.set, 1);
    });
  }

  // Ends the counting and fills in the rows.
  void Finish(Summary& summary) {
    Flush(kNoSchool);
    summary.no_school = no_school_;
    for (const auto& [school, row] : by_school_) {
      summary.by_school.push_back({school, row.people});
      for (std::size_t element = 0; element < elements_; ++element) {
        if (row.by_element[element] == 0) continue;
        summary.by_school_and_element.push_back(
            {school, static_cast<std::uint16_t>(element), row.by_element[element]});
      }
    }
  }

 private:
  struct Row {
    std::uint64_t people = 0;
    std::vector<std::uint64_t> by_element;
  };

  void Add(std::uint16_t school, std::uint32_t set, std::uint64_t people) {
    if (school == kNoSchool) {
      no_school_ += people;
      return;
    }
    if (school != school_) Flush(school);
    if (people_[set] == 0) touched_.push_back(set);
    people_[set] += people;
  }

  void Flush(std::uint16_t next_school) {
    if (school_ != kNoSchool) {
      Row& row = by_school_[school_];
      row.by_element.resize(elements_);
      for (const std::uint32_t set : touched_) {
        const std::uint64_t people = std::exchange(people_[set], 0);
        row.people += people;
        for (const std::uint16_t element : elements_of_set_[set]) {
          row.by_element[element] += people;
        }
      }
    }
    touched_.clear();
    school_ = next_school;
  }

  const World& world_;
  const std::size_t elements_;
  std::vector<std::vector<std::uint16_t>> elements_of_set_;
  std::map<std::uint16_t, Row> by_school_;
  std::vector<std::uint64_t> people_;  // Of the school at hand, by set.
  std::vector<std::uint32_t> touched_;
  std::uint16_t school_ = kNoSchool;
  std::uint64_t no_school_ = 0;
};

// Of fewer people than one part in so many of the roster, programs are counted person by person.
constexpr std::uint32_t kFewPeople = 8;

// A person counts in each program of which a spell begins on or before the last day of the window.
std::vector<CodeCount> CountPrograms(const World& world, const Exposure& exposure,
                                     Day window_last) {
  if (exposure.ordinals.size() < world.size() / kFewPeople) {
    std::map<std::uint16_t, std::uint64_t> counts;
    for (const std::uint32_t ordinal : exposure.ordinals) {
      // Spells are ordered by program and then by first day: the first one of each decides.
      std::optional<std::uint16_t> last;
      for (const ProgramSpell& spell : world.program_spells(ordinal)) {
        if (spell.program != last && spell.first <= window_last) ++counts[spell.program];
        last = spell.program;
      }
    }
    std::vector<CodeCount> rows;
    for (const auto& [program, people] : counts) rows.push_back({program, people});
    return rows;
  }
  std::vector<CodeCount> rows;
  for (const ProgramGroup& group : world.programs()) {
    std::uint64_t people = 0;
    std::uint32_t last = UINT32_MAX;
    for (const ProgramEntry& entry : world.entries(group)) {
      if (entry.first > window_last || entry.ordinal == last) continue;
      last = entry.ordinal;
      people += TestBit(exposure.people, entry.ordinal) ? 1 : 0;
    }
    if (people != 0) rows.push_back({group.program, people});
  }
  return rows;
}

std::vector<CodeCount> NonZero(const std::vector<std::uint64_t>& counts) {
  std::vector<CodeCount> rows;
  for (std::size_t code = 0; code < counts.size(); ++code) {
    if (counts[code] != 0) rows.push_back({static_cast<std::uint16_t>(code), counts[code]});
  }
  return rows;
}

void CountKinds(const World& world, const Exposure& exposure, Summary& summary) {
  for (std::size_t i = 0; i < exposure.people.size(); ++i) {
    const Word staff = exposure.people[i] & world.staff()[i];
    const Word students = exposure.people[i] & ~world.staff()[i];
    const Word current = world.current()[i];
    const auto count = [](Word word) { return static_cast<std::uint64_t>(std::popcount(word)); };
    summary.current_students += count(students & current);
    summary.former_students += count(students & ~current);
    summary.current_staff += count(staff & current);
    summary.former_staff += count(staff & ~current);
  }
}

}  // namespace

Summary Summarize(const World& world, const Exposure& exposure, const Question& question) {
  Summary summary;
  summary.people = exposure.ordinals.size();
  CountKinds(world, exposure, summary);

  std::vector<std::uint64_t> people_of_set(exposure.sets.size());
  PopulatedCounter populated(world, exposure, question);
  SchoolCounter schools(world, exposure, question.elements.size());
  for (const PeopleRun& run : exposure.runs) {
    people_of_set[run.set] += static_cast<std::uint64_t>(std::popcount(run.people));
    populated.Add(run);
    schools.Add(run);
  }
  schools.Finish(summary);
  std::vector<std::uint64_t> by_grade(std::max(world.grade_limit(), 1U));
  std::vector<std::uint64_t> by_language(std::max(world.language_limit(), 1U));
  for (const std::uint32_t ordinal : exposure.ordinals) {
    ++by_grade[world.latest_grade(ordinal)];
    ++by_language[world.language(ordinal)];
  }

  std::vector<ElementCount> by_element(question.elements.size());
  CountSets(exposure, people_of_set, by_element, summary);
  CountRemoved(exposure, people_of_set, by_element, summary);
  for (std::size_t set = 0; set < exposure.sets.size(); ++set) {
    for (const Cell& cell : exposure.sets[set].cells) {
      const std::uint8_t field = question.elements[cell.element].roster_field;
      if (field == 0) continue;
      by_element[cell.element].populated += populated.Of(set, field);
      summary.cells_populated += populated.Of(set, field);
    }
  }
  for (std::size_t element = 0; element < by_element.size(); ++element) {
    if (by_element[element].people == 0 && by_element[element].removed == 0) continue;
    by_element[element].element = static_cast<std::uint16_t>(element);
    summary.by_element.push_back(by_element[element]);
  }
  summary.by_grade = NonZero(by_grade);
  summary.by_language = NonZero(by_language);
  summary.by_program = CountPrograms(world, exposure, question.window_last);
  for (std::size_t year = 0; year < exposure.people_of_year.size(); ++year) {
    if (exposure.people_of_year[year] == 0) continue;
    summary.by_school_year.push_back({world.school_years()[year], exposure.people_of_year[year]});
  }
  return summary;
}

}  // namespace rollcall::exposure
