#include "server/exposure/world.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "absl/strings/str_cat.h"

namespace rollcall::exposure {
namespace {

auto ByRecency(const EnrollmentSpell& spell) {
  return std::tie(spell.last, spell.first, spell.school, spell.grade, spell.school_year);
}

auto ByProgram(const ProgramSpell& spell) {
  return std::tie(spell.program, spell.first, spell.last);
}

}  // namespace

std::optional<std::uint32_t> World::OrdinalOf(std::uint64_t id) const {
  const auto found = std::lower_bound(ids_.begin(), ids_.end(), id);
  if (found == ids_.end() || *found != id) return std::nullopt;
  return static_cast<std::uint32_t>(found - ids_.begin());
}

WorldBuilder::WorldBuilder(std::uint64_t revision) : world_(new World) {
  world_->revision_ = revision;
  world_->enrollment_begin_.push_back(0);
  world_->program_begin_.push_back(0);
}

void WorldBuilder::Reserve(std::size_t people, std::size_t enrollments,
                           std::size_t program_spells) {
  World& world = *world_;
  people = std::min(people, kMaxPeople);
  world.ids_.reserve(people);
  world.kinds_.reserve(people);
  world.current_.reserve(people);
  world.known_.reserve(people);
  world.populated_.reserve(people);
  world.languages_.reserve(people);
  world.contacts_.reserve(people);
  world.enrollment_begin_.reserve(people + 1);
  world.program_begin_.reserve(people + 1);
  world.enrollments_.reserve(std::min(enrollments, kMaxSpells));
  world.program_spells_.reserve(std::min(program_spells, kMaxSpells));
}

absl::Status WorldBuilder::AddPerson(const PersonFacts& facts,
                                     std::span<const EnrollmentSpell> enrollments,
                                     std::span<const ProgramSpell> program_spells) {
  World& world = *world_;
  if (!world.ids_.empty() && facts.id <= world.ids_.back()) {
    return absl::InvalidArgumentError(absl::StrCat("person ", facts.id, " follows person ",
                                                   world.ids_.back(), "; ids must ascend"));
  }
  if (facts.kind != SubjectKind::kStudent && facts.kind != SubjectKind::kStaff) {
    return absl::InvalidArgumentError(
        absl::StrCat("person ", facts.id, " is neither student nor staff"));
  }
  if (world.ids_.size() >= kMaxPeople || enrollments.size() > kMaxSpells ||
      program_spells.size() > kMaxSpells ||
      world.enrollments_.size() + enrollments.size() > kMaxSpells ||
      world.program_spells_.size() + program_spells.size() > kMaxSpells) {
    return absl::ResourceExhaustedError("the roster is too large for the exposure engine");
  }
  for (const EnrollmentSpell& spell : enrollments) {
    if (spell.days().empty()) {
      return absl::InvalidArgumentError(
          absl::StrCat("an enrollment of person ", facts.id, " ends before it begins"));
    }
  }
  for (const ProgramSpell& spell : program_spells) {
    if (spell.days().empty()) {
      return absl::InvalidArgumentError(
          absl::StrCat("a program spell of person ", facts.id, " ends before it begins"));
    }
  }

  world.ids_.push_back(facts.id);
  world.kinds_.push_back(facts.kind);
  world.current_.push_back(facts.current ? 1 : 0);
  world.known_.push_back(facts.known_fields);
  world.populated_.push_back(facts.populated_fields);
  world.languages_.push_back(facts.language);
  world.contacts_.push_back(facts.contact);
  if (facts.current && facts.kind == SubjectKind::kStudent) ++world.current_students_;

  const auto first_enrollment =
      world.enrollments_.insert(world.enrollments_.end(), enrollments.begin(), enrollments.end());
  std::sort(first_enrollment, world.enrollments_.end(),
            [](const auto& a, const auto& b) { return ByRecency(a) < ByRecency(b); });
  world.enrollment_begin_.push_back(static_cast<std::uint32_t>(world.enrollments_.size()));

  const auto first_program = world.program_spells_.insert(
      world.program_spells_.end(), program_spells.begin(), program_spells.end());
  std::sort(first_program, world.program_spells_.end(),
            [](const auto& a, const auto& b) { return ByProgram(a) < ByProgram(b); });
  world.program_begin_.push_back(static_cast<std::uint32_t>(world.program_spells_.size()));
  return absl::OkStatus();
}

absl::StatusOr<std::shared_ptr<const World>> WorldBuilder::Build() && {
  World& world = *world_;
  std::vector<bool> seen(std::size_t{1} << 16);
  for (const EnrollmentSpell& spell : world.enrollments_) {
    seen[static_cast<std::uint16_t>(spell.school_year)] = true;
    world.school_limit_ = std::max(world.school_limit_, spell.school + std::uint32_t{1});
    world.grade_limit_ = std::max(world.grade_limit_, spell.grade + std::uint32_t{1});
  }
  for (int year = INT16_MIN; year <= INT16_MAX; ++year) {
    if (!seen[static_cast<std::uint16_t>(year)]) continue;
    if (world.school_years_.size() == kMaxSchoolYears) {
      return absl::InvalidArgumentError(
          absl::StrCat("more than ", kMaxSchoolYears, " different school years"));
    }
    world.school_years_.push_back(static_cast<std::int16_t>(year));
  }
  if (!world.school_years_.empty()) {
    const int base = world.school_years_.front();
    world.year_index_.resize(static_cast<std::size_t>(world.school_years_.back() - base) + 1);
    for (std::size_t i = 0; i < world.school_years_.size(); ++i) {
      world.year_index_[static_cast<std::size_t>(world.school_years_[i] - base)] =
          static_cast<std::uint8_t>(i);
    }
  }
  return std::shared_ptr<const World>(std::move(world_));
}

}  // namespace rollcall::exposure
