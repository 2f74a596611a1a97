#include "server/exposure/world.h"

#include <algorithm>
#include <numeric>
#include <tuple>
#include <utility>

#include "absl/strings/str_cat.h"

namespace rollcall::exposure {
namespace {

// Ids are looked up by position if no more than one place in eight would stay empty.
constexpr std::uint64_t kMaxPlacesPerId = 8;

auto ByRecency(const EnrollmentSpell& spell) {
  return std::tie(spell.last, spell.first, spell.school, spell.grade, spell.school_year);
}

auto ByProgram(const ProgramSpell& spell) {
  return std::tie(spell.program, spell.first, spell.last);
}

auto ByClass(const EnrollmentSpell& spell) {
  return std::tie(spell.school_year, spell.school, spell.grade, spell.first, spell.last);
}

template <typename T>
std::size_t BytesOf(const std::vector<T>& values) {
  return values.capacity() * sizeof(T);
}

std::uint32_t FieldsAt(const std::vector<Bits>& fields, std::uint32_t ordinal) {
  std::uint32_t mask = 0;
  for (std::size_t field = 1; field < fields.size(); ++field) {
    if (TestBit(fields[field], ordinal)) mask |= std::uint32_t{1} << field;
  }
  return mask;
}

}  // namespace

std::uint32_t World::populated_fields(std::uint32_t ordinal) const {
  return FieldsAt(populated_, ordinal);
}

std::uint32_t World::known_empty_fields(std::uint32_t ordinal) const {
  return FieldsAt(known_empty_, ordinal);
}

std::optional<std::uint32_t> World::OrdinalOf(std::uint64_t id) const {
  if (!ordinal_of_id_.empty()) {
    if (id >= ordinal_of_id_.size() || ordinal_of_id_[id] == size()) return std::nullopt;
    return ordinal_of_id_[id];
  }
  const auto found =
      std::lower_bound(by_id_.begin(), by_id_.end(), id,
                       [&](std::uint32_t ordinal, std::uint64_t x) { return ids_[ordinal] < x; });
  if (found == by_id_.end() || ids_[*found] != id) return std::nullopt;
  return *found;
}

const ProgramGroup* World::FindProgram(std::uint16_t program) const {
  const auto found = std::lower_bound(
      programs_.begin(), programs_.end(), program,
      [](const ProgramGroup& group, std::uint16_t code) { return group.program < code; });
  return found == programs_.end() || found->program != program ? nullptr : &*found;
}

std::shared_ptr<const World> World::Only(std::uint32_t ordinal) const {
  PersonFacts facts;
  facts.id = id(ordinal);
  facts.kind = kind(ordinal);
  facts.current = current(ordinal);
  facts.populated_fields = populated_fields(ordinal);
  facts.known_fields = facts.populated_fields | known_empty_fields(ordinal);
  facts.language = language(ordinal);
  facts.contact = contact(ordinal);
  std::vector<EnrollmentSpell> spells;
  for (const std::uint32_t c : enrollments(ordinal)) spells.push_back(spell(c));
  WorldBuilder builder(revision_);
  // What this World accepted once is accepted again.
  builder.AddPerson(facts, spells, program_spells(ordinal)).IgnoreError();
  return *std::move(builder).Build();
}

std::size_t World::bytes() const {
  std::size_t bytes = BytesOf(ids_) + BytesOf(languages_) + BytesOf(contacts_) + BytesOf(staff_) +
                      BytesOf(current_) + BytesOf(enrollment_begin_) + BytesOf(enrollments_) +
                      BytesOf(program_begin_) + BytesOf(program_spells_) + BytesOf(classes_) +
                      BytesOf(by_id_) + BytesOf(ordinal_of_id_) + BytesOf(latest_schools_) +
                      BytesOf(latest_grades_) + BytesOf(class_people_begin_) +
                      BytesOf(class_people_) + BytesOf(cells_) + BytesOf(program_entries_);
  for (const auto* sets : {&populated_, &known_empty_, &cohort_people_}) {
    for (const Bits& bits : *sets) bytes += BytesOf(bits);
  }
  return bytes;
}

void World::Derive() {
  const std::uint32_t people = size();

  by_id_.resize(people);
  std::iota(by_id_.begin(), by_id_.end(), 0U);
  std::uint64_t highest = 0;
  for (const std::uint64_t id : ids_) highest = std::max(highest, id);
  if (people > 0 && highest / kMaxPlacesPerId < people) {
    ordinal_of_id_.assign(highest + 1, people);
    for (std::uint32_t i = 0; i < people; ++i) ordinal_of_id_[ids_[i]] = i;
    std::uint32_t rank = 0;
    for (const std::uint32_t ordinal : ordinal_of_id_) {
      if (ordinal != people) by_id_[rank++] = ordinal;
    }
  } else {
    std::sort(by_id_.begin(), by_id_.end(),
              [&](std::uint32_t a, std::uint32_t b) { return ids_[a] < ids_[b]; });
  }

  // Years, limits, cohorts and cells follow from the classes, which are sorted.
  for (const EnrollmentSpell& spell : classes_) {
    school_years_.push_back(spell.school_year);
    school_limit_ = std::max(school_limit_, spell.school + std::uint32_t{1});
    grade_limit_ = std::max(grade_limit_, spell.grade + std::uint32_t{1});
  }
  std::sort(school_years_.begin(), school_years_.end());
  school_years_.erase(std::unique(school_years_.begin(), school_years_.end()), school_years_.end());
  school_years_.shrink_to_fit();
  if (!school_years_.empty()) {
    const int base = school_years_.front();
    year_index_.resize(static_cast<std::size_t>(school_years_.back() - base) + 1);
    for (std::size_t i = 0; i < school_years_.size(); ++i) {
      year_index_[static_cast<std::size_t>(school_years_[i] - base)] = static_cast<std::uint8_t>(i);
    }
  }
  cohorts_.resize(2 * school_years_.size());
  cohort_people_.assign(cohorts_.size(), Bits(words()));
  std::vector<std::uint16_t> cohort_of(classes_.size());
  for (std::uint32_t c = 0; c < classes_.size();) {
    const EnrollmentSpell& head = classes_[c];
    const SubjectKind kind = c < staff_classes_begin_ ? SubjectKind::kStudent : SubjectKind::kStaff;
    const std::uint32_t end = c < staff_classes_begin_
                                  ? staff_classes_begin_
                                  : static_cast<std::uint32_t>(classes_.size());
    const std::size_t index = CohortIndex(kind, YearIndex(head.school_year));
    Cohort& cohort = cohorts_[index];
    cohort.begin = c;
    cohort.cells_begin = static_cast<std::uint32_t>(cells_.size());
    while (c < end && classes_[c].school_year == head.school_year) {
      SchoolCell cell;
      cell.school = classes_[c].school;
      cell.begin = c;
      for (; c < end && classes_[c].school_year == head.school_year &&
             classes_[c].school == cell.school;
           ++c) {
        cell.zone.Add(classes_[c].first, classes_[c].last);
        cohort.zone.Add(classes_[c].first, classes_[c].last);
        cohort_of[c] = static_cast<std::uint16_t>(index);
      }
      cell.end = c;
      cells_.push_back(cell);
    }
    cohort.end = c;
    cohort.cells_end = static_cast<std::uint32_t>(cells_.size());
  }

  // People by class: counted, then placed in ascending order.
  class_people_begin_.assign(classes_.size() + 1, 0);
  for (const std::uint32_t c : enrollments_) ++class_people_begin_[c + 1];
  std::partial_sum(class_people_begin_.begin(), class_people_begin_.end(),
                   class_people_begin_.begin());
  class_people_.resize(enrollments_.size());
  std::vector<std::uint32_t> next(class_people_begin_.begin(), class_people_begin_.end() - 1);
  latest_schools_.assign(people, kNoSchool);
  latest_grades_.assign(people, 0);
  for (std::uint32_t i = 0; i < people; ++i) {
    for (const std::uint32_t c : enrollments(i)) {
      class_people_[next[c]++] = i;
      SetBit(cohort_people_[cohort_of[c]], i);
    }
    if (const EnrollmentSpell* latest = latest_enrollment(i)) {
      latest_schools_[i] = latest->school;
      latest_grades_[i] = latest->grade;
    }
    language_limit_ = std::max(language_limit_, languages_[i] + std::uint32_t{1});
  }

  std::vector<std::uint32_t> program_counts;
  for (const ProgramSpell& spell : program_spells_) {
    if (spell.program >= program_counts.size()) program_counts.resize(spell.program + 1U);
    ++program_counts[spell.program];
  }
  std::vector<std::uint32_t> group_of(program_counts.size());
  std::uint32_t begin = 0;
  for (std::size_t program = 0; program < program_counts.size(); ++program) {
    if (program_counts[program] == 0) continue;
    group_of[program] = static_cast<std::uint32_t>(programs_.size());
    programs_.push_back({static_cast<std::uint16_t>(program), begin, begin, {}});
    begin += program_counts[program];
  }
  program_entries_.resize(program_spells_.size());
  for (std::uint32_t i = 0; i < people; ++i) {
    for (const ProgramSpell& spell : program_spells(i)) {
      ProgramGroup& group = programs_[group_of[spell.program]];
      group.zone.Add(spell.first, spell.last);
      program_entries_[group.end++] = {i, spell.first, spell.last};
    }
  }
  current_students_ =
      static_cast<std::uint32_t>(CountBits(current_) - CountCommon(current_, staff_));
}

WorldBuilder::WorldBuilder(std::uint64_t revision) : world_(new World) {
  world_->revision_ = revision;
  enrollment_begin_.push_back(0);
  program_begin_.push_back(0);
}

void WorldBuilder::Reserve(std::size_t people, std::size_t enrollments,
                           std::size_t program_spells) {
  people = std::min(people, kMaxPeople);
  facts_.reserve(people);
  enrollment_begin_.reserve(people + 1);
  program_begin_.reserve(people + 1);
  enrollments_.reserve(std::min(enrollments, kMaxSpells));
  program_spells_.reserve(std::min(program_spells, kMaxSpells));
}

absl::Status WorldBuilder::AddPerson(const PersonFacts& facts,
                                     std::span<const EnrollmentSpell> enrollments,
                                     std::span<const ProgramSpell> program_spells) {
  if (!facts_.empty() && facts.id <= facts_.back().id) {
    return absl::InvalidArgumentError(absl::StrCat("person ", facts.id, " follows person ",
                                                   facts_.back().id, "; ids must ascend"));
  }
  if (facts.kind != SubjectKind::kStudent && facts.kind != SubjectKind::kStaff) {
    return absl::InvalidArgumentError(
        absl::StrCat("person ", facts.id, " is neither student nor staff"));
  }
  if (facts_.size() >= kMaxPeople || enrollments.size() > kMaxSpells ||
      program_spells.size() > kMaxSpells || enrollments_.size() + enrollments.size() > kMaxSpells ||
      program_spells_.size() + program_spells.size() > kMaxSpells) {
    return absl::ResourceExhaustedError("the roster is too large for the exposure engine");
  }
  for (const EnrollmentSpell& spell : enrollments) {
    if (spell.days().empty()) {
      return absl::InvalidArgumentError(
          absl::StrCat("an enrollment of person ", facts.id, " ends before it begins"));
    }
    if (spell.school == kNoSchool) {
      return absl::InvalidArgumentError(
          absl::StrCat("an enrollment of person ", facts.id, " has a school code out of range"));
    }
  }
  for (const ProgramSpell& spell : program_spells) {
    if (spell.days().empty()) {
      return absl::InvalidArgumentError(
          absl::StrCat("a program spell of person ", facts.id, " ends before it begins"));
    }
  }

  facts_.push_back(facts);
  for (const EnrollmentSpell& spell : enrollments) {
    const ClassKey key{facts.kind == SubjectKind::kStaff, spell};
    const auto [found, added] =
        class_numbers_.try_emplace(key, static_cast<std::uint32_t>(class_keys_.size()));
    if (added) class_keys_.push_back(key);
    enrollments_.push_back(found->second);
  }
  std::sort(enrollments_.end() - static_cast<std::ptrdiff_t>(enrollments.size()),
            enrollments_.end(), [&](std::uint32_t a, std::uint32_t b) {
              return ByRecency(class_keys_[a].spell) < ByRecency(class_keys_[b].spell);
            });
  enrollment_begin_.push_back(static_cast<std::uint32_t>(enrollments_.size()));

  const auto first_program =
      program_spells_.insert(program_spells_.end(), program_spells.begin(), program_spells.end());
  std::sort(first_program, program_spells_.end(),
            [](const auto& a, const auto& b) { return ByProgram(a) < ByProgram(b); });
  program_begin_.push_back(static_cast<std::uint32_t>(program_spells_.size()));
  return absl::OkStatus();
}

absl::StatusOr<std::shared_ptr<const World>> WorldBuilder::Build() && {
  World& world = *world_;
  const auto people = static_cast<std::uint32_t>(facts_.size());

  std::vector<std::int16_t> years;
  for (const ClassKey& key : class_keys_) years.push_back(key.spell.school_year);
  std::sort(years.begin(), years.end());
  years.erase(std::unique(years.begin(), years.end()), years.end());
  if (years.size() > kMaxSchoolYears) {
    return absl::InvalidArgumentError(
        absl::StrCat("more than ", kMaxSchoolYears, " different school years"));
  }

  std::vector<std::uint32_t> order(class_keys_.size());
  std::iota(order.begin(), order.end(), 0U);
  std::sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) {
    const ClassKey& x = class_keys_[a];
    const ClassKey& y = class_keys_[b];
    return x.staff != y.staff ? y.staff : ByClass(x.spell) < ByClass(y.spell);
  });
  std::vector<std::uint32_t> class_of(order.size());
  world.classes_.reserve(order.size());
  for (const std::uint32_t old : order) {
    class_of[old] = static_cast<std::uint32_t>(world.classes_.size());
    world.classes_.push_back(class_keys_[old].spell);
    if (!class_keys_[old].staff) ++world.staff_classes_begin_;
  }

  // Neighbours: students before staff, then by the school where they are or were last, then by
  // their first and last year there or elsewhere.
  std::vector<std::pair<std::uint64_t, std::uint32_t>> places(people);
  const auto year_of = [&](std::int16_t year) {
    return static_cast<std::uint64_t>(std::lower_bound(years.begin(), years.end(), year) -
                                      years.begin());
  };
  for (std::uint32_t i = 0; i < people; ++i) {
    std::uint64_t key = facts_[i].kind == SubjectKind::kStaff ? 1 : 0;
    const std::uint32_t begin = enrollment_begin_[i];
    const std::uint32_t end = enrollment_begin_[i + 1];
    if (begin == end) {
      key = key << 45 | std::uint64_t{1} << 44;
    } else {
      const EnrollmentSpell& latest = class_keys_[enrollments_[end - 1]].spell;
      const EnrollmentSpell& earliest = class_keys_[enrollments_[begin]].spell;
      key = key << 17 | latest.school;
      key = key << 6 | year_of(latest.school_year);
      key = key << 6 | year_of(earliest.school_year);
      key = key << 16 | latest.grade;
    }
    places[i] = {key, i};
  }
  std::sort(places.begin(), places.end());

  world.ids_.resize(people);
  world.languages_.resize(people);
  world.contacts_.resize(people);
  world.staff_.assign(world.words(), 0);
  world.current_.assign(world.words(), 0);
  world.enrollments_.reserve(enrollments_.size());
  world.program_spells_.reserve(program_spells_.size());
  world.enrollment_begin_.reserve(people + std::size_t{1});
  world.program_begin_.reserve(people + std::size_t{1});
  world.enrollment_begin_.push_back(0);
  world.program_begin_.push_back(0);
  const auto mark = [&](std::vector<Bits>& fields, std::uint32_t mask, std::uint32_t ordinal) {
    ForEachBit(mask & ~Word{1}, 0, [&](std::size_t field) {
      if (fields[field].empty()) fields[field].assign(world.words(), 0);
      SetBit(fields[field], ordinal);
    });
  };
  for (std::uint32_t ordinal = 0; ordinal < people; ++ordinal) {
    const std::uint32_t i = places[ordinal].second;
    const PersonFacts& facts = facts_[i];
    world.ids_[ordinal] = facts.id;
    world.languages_[ordinal] = facts.language;
    world.contacts_[ordinal] = facts.contact;
    if (facts.kind == SubjectKind::kStaff) SetBit(world.staff_, ordinal);
    if (facts.current) SetBit(world.current_, ordinal);
    mark(world.populated_, facts.populated_fields, ordinal);
    mark(world.known_empty_, facts.known_fields & ~facts.populated_fields, ordinal);
    for (std::uint32_t j = enrollment_begin_[i]; j < enrollment_begin_[i + 1]; ++j) {
      world.enrollments_.push_back(class_of[enrollments_[j]]);
    }
    world.enrollment_begin_.push_back(static_cast<std::uint32_t>(world.enrollments_.size()));
    world.program_spells_.insert(world.program_spells_.end(),
                                 program_spells_.begin() + program_begin_[i],
                                 program_spells_.begin() + program_begin_[i + 1]);
    world.program_begin_.push_back(static_cast<std::uint32_t>(world.program_spells_.size()));
  }
  world.Derive();
  return std::shared_ptr<const World>(std::move(world_));
}

}  // namespace rollcall::exposure
