#include "server/exposure/summary.h"

#include <algorithm>
#include <cstddef>
#include <map>
#include <utility>

#include "absl/container/flat_hash_map.h"

namespace rollcall::exposure {
namespace {

// Counts by a small code; grows as codes appear.
class CodeCounter {
 public:
  void Add(std::uint16_t code) {
    if (code >= counts_.size()) counts_.resize(code + std::size_t{1});
    ++counts_[code];
  }

  std::vector<CodeCount> Rows() const {
    std::vector<CodeCount> rows;
    for (std::size_t code = 0; code < counts_.size(); ++code) {
      if (counts_[code] != 0) rows.push_back({static_cast<std::uint16_t>(code), counts_[code]});
    }
    return rows;
  }

 private:
  std::vector<std::uint64_t> counts_;
};

// Counts people by (value, set). Sets are few, so whatever depends on the elements is summed over
// these rows and not over people.
class SetCounter {
 public:
  struct Row {
    std::uint32_t value = 0;
    std::uint32_t set = 0;
    std::uint64_t people = 0;
  };

  void Add(std::uint32_t value, std::uint32_t set) {
    const std::uint64_t key = std::uint64_t{value} << 32 | set;
    if (last_ == nullptr || key != last_key_) {
      last_ = &counts_[key];
      last_key_ = key;
    }
    ++*last_;
  }

  // Ascending by value.
  std::vector<Row> Rows() const {
    std::vector<Row> rows;
    rows.reserve(counts_.size());
    for (const auto& [key, people] : counts_) {
      rows.push_back(
          {static_cast<std::uint32_t>(key >> 32), static_cast<std::uint32_t>(key), people});
    }
    std::sort(rows.begin(), rows.end(),
              [](const Row& a, const Row& b) { return a.value < b.value; });
    return rows;
  }

 private:
  absl::flat_hash_map<std::uint64_t, std::uint64_t> counts_;
  // The row counted last, since neighbours often agree; good until the next look-up.
  std::uint64_t last_key_ = 0;
  std::uint64_t* last_ = nullptr;
};

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

void CountPopulated(const Exposure& exposure, const Question& question, const SetCounter& counter,
                    std::vector<ElementCount>& by_element) {
  for (const SetCounter::Row& row : counter.Rows()) {
    for (const Cell& cell : exposure.sets[row.set].cells) {
      const std::uint8_t field = question.elements[cell.element].roster_field;
      if (field != 0 && (row.value >> field & 1) != 0) {
        by_element[cell.element].populated += row.people;
      }
    }
  }
}

std::vector<SchoolElementCount> CountSchoolElements(const Exposure& exposure,
                                                    const SetCounter& counter,
                                                    std::size_t element_count) {
  std::vector<SchoolElementCount> result;
  std::vector<std::uint64_t> people(element_count);
  const std::vector<SetCounter::Row> rows = counter.Rows();
  for (auto row = rows.begin(); row != rows.end();) {
    const std::uint32_t school = row->value;
    for (; row != rows.end() && row->value == school; ++row) {
      for (const Cell& cell : exposure.sets[row->set].cells) people[cell.element] += row->people;
    }
    for (std::size_t element = 0; element < element_count; ++element) {
      if (people[element] == 0) continue;
      result.push_back({static_cast<std::uint16_t>(school), static_cast<std::uint16_t>(element),
                        std::exchange(people[element], 0)});
    }
  }
  return result;
}

// Bits, by position in World::school_years(), of the years that a person counts in.
std::uint64_t YearsOf(const World& world, std::uint32_t ordinal, std::uint64_t matched,
                      Day window_last) {
  if (matched != 0) return matched;
  std::uint64_t years = 0;
  for (const EnrollmentSpell& spell : world.enrollments(ordinal)) {
    if (spell.first <= window_last) years |= std::uint64_t{1} << world.YearIndex(spell.school_year);
  }
  return years;
}

}  // namespace

Summary Summarize(const World& world, const Exposure& exposure, const Question& question) {
  Summary summary;
  summary.people = exposure.ordinals.size();

  std::uint32_t fields = 0;
  for (const ElementInfo& element : question.elements) {
    fields |= std::uint32_t{1} << element.roster_field;
  }

  std::vector<std::uint64_t> people_of_set(exposure.sets.size());
  std::vector<std::uint64_t> people_of_year(world.school_years().size());
  SetCounter by_populated;
  SetCounter by_school_and_set;
  CodeCounter by_school;
  CodeCounter by_grade;
  CodeCounter by_language;
  CodeCounter by_program;
  for (std::size_t i = 0; i < exposure.ordinals.size(); ++i) {
    const std::uint32_t ordinal = exposure.ordinals[i];
    const std::uint32_t set = exposure.set_of[i];
    ++people_of_set[set];
    by_populated.Add(world.populated_fields(ordinal) & fields, set);

    const bool current = world.current(ordinal);
    if (world.kind(ordinal) == SubjectKind::kStaff) {
      ++(current ? summary.current_staff : summary.former_staff);
    } else {
      ++(current ? summary.current_students : summary.former_students);
    }
    if (const EnrollmentSpell* latest = world.latest_enrollment(ordinal); latest != nullptr) {
      by_school.Add(latest->school);
      by_grade.Add(latest->grade);
      by_school_and_set.Add(latest->school, set);
    } else {
      ++summary.no_school;
      by_grade.Add(0);
    }
    by_language.Add(world.language(ordinal));

    const std::uint64_t years =
        YearsOf(world, ordinal, exposure.matched_years[i], question.window_last);
    for (std::size_t year = 0; year < people_of_year.size(); ++year) {
      people_of_year[year] += years >> year & 1;
    }

    // Spells are ordered by program and then by first day: the first one of each decides.
    const auto programs = world.program_spells(ordinal);
    for (std::size_t j = 0; j < programs.size(); ++j) {
      if (j > 0 && programs[j].program == programs[j - 1].program) continue;
      if (programs[j].first <= question.window_last) by_program.Add(programs[j].program);
    }
  }

  std::vector<ElementCount> by_element(question.elements.size());
  CountSets(exposure, people_of_set, by_element, summary);
  CountPopulated(exposure, question, by_populated, by_element);
  for (std::size_t element = 0; element < by_element.size(); ++element) {
    if (by_element[element].people == 0) continue;
    by_element[element].element = static_cast<std::uint16_t>(element);
    summary.by_element.push_back(by_element[element]);
  }
  summary.by_school = by_school.Rows();
  summary.by_grade = by_grade.Rows();
  summary.by_language = by_language.Rows();
  summary.by_program = by_program.Rows();
  for (std::size_t year = 0; year < people_of_year.size(); ++year) {
    if (people_of_year[year] == 0) continue;
    summary.by_school_year.push_back({world.school_years()[year], people_of_year[year]});
  }
  summary.by_school_and_element =
      CountSchoolElements(exposure, by_school_and_set, question.elements.size());
  return summary;
}

}  // namespace rollcall::exposure
