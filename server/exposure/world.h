// The roster as the exposure engine sees it: an immutable snapshot in columns.
//
// A World holds no names and no texts, only numbers. Every person has
//   - an id: the register's own number of the person, unique, any uint64;
//   - an ordinal: his or her position in ascending order of id, from 0. Ordinals are dense and
//     belong to one World; they must not be stored or carried over to another one.
// Schools, grades, programs and languages are codes that the caller assigns; the engine only
// compares them and counts by them.
//
// A World is built once by a WorldBuilder and never changes. All its const methods may be called
// from any number of threads at once; share it as std::shared_ptr<const World> and publish a
// new one after a change.

#ifndef ROLLCALL_SERVER_EXPOSURE_WORLD_H_
#define ROLLCALL_SERVER_EXPOSURE_WORLD_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/exposure/types.h"

namespace rollcall::exposure {

// A stay of one person at one school in one grade, on every day from `first` to `last`, both
// inclusive. `last` may be kMaxDay: the stay goes on. First and last may be the same day.
//
// The school year is what the roster says it is (the year in which it ends: 2018 for 2017-18); it
// is not derived from the days, and a filter on school years looks at nothing else.
struct EnrollmentSpell {
  std::int16_t school_year = 0;
  std::uint16_t school = 0;
  std::uint16_t grade = 0;  // 0 means that no grade is stated.
  Day first = kMinDay;
  Day last = kMaxDay;

  constexpr Interval days() const { return {first, last}; }

  friend bool operator==(const EnrollmentSpell&, const EnrollmentSpell&) = default;
};

// A stay of one person in a program (Medicaid, an education plan, ...), both days inclusive.
struct ProgramSpell {
  std::uint16_t program = 0;
  Day first = kMinDay;
  Day last = kMaxDay;

  constexpr Interval days() const { return {first, last}; }

  friend bool operator==(const ProgramSpell&, const ProgramSpell&) = default;
};

// What a World holds about one person besides the spells.
struct PersonFacts {
  std::uint64_t id = 0;
  SubjectKind kind = SubjectKind::kStudent;  // kStudent or kStaff.
  bool current = false;                      // In the current roster; false means former.

  // Bit n stands for roster field number n, 1 to 31; bit 0 is unused.
  //
  // `known`: the roster has been told about this field of this person. `populated`: it is told
  // that there is a value, *or was told so at any time*: a value that has been blanked since was
  // shared while it was there, so its bit must stay. A field that is known and was never
  // populated is known to be empty; a field that is not known says nothing. Guardian fields are
  // kept with the student.
  std::uint32_t known_fields = 0;
  std::uint32_t populated_fields = 0;

  std::uint16_t language = 0;  // 0 means that the language is not known.
  std::uint8_t contact = 0;    // The caller's own flags; the engine hands them through.
};

// See the top of the file.
class World {
 public:
  // The register's revision that this snapshot shows; whatever the builder was given.
  std::uint64_t revision() const { return revision_; }

  // The number of people; ordinals run from 0 to size() - 1. The accessors below take an ordinal
  // and must not be given another number.
  std::uint32_t size() const { return static_cast<std::uint32_t>(ids_.size()); }

  std::uint64_t id(std::uint32_t ordinal) const { return ids_[ordinal]; }
  SubjectKind kind(std::uint32_t ordinal) const { return kinds_[ordinal]; }
  bool current(std::uint32_t ordinal) const { return current_[ordinal] != 0; }
  std::uint32_t known_fields(std::uint32_t ordinal) const { return known_[ordinal]; }
  std::uint32_t populated_fields(std::uint32_t ordinal) const { return populated_[ordinal]; }
  std::uint16_t language(std::uint32_t ordinal) const { return languages_[ordinal]; }
  std::uint8_t contact(std::uint32_t ordinal) const { return contacts_[ordinal]; }

  // The person's enrollment spells in ascending order of (last, first, school, grade, school
  // year), so that the last one is the most recent. May be empty.
  std::span<const EnrollmentSpell> enrollments(std::uint32_t ordinal) const {
    return {enrollments_.data() + enrollment_begin_[ordinal],
            enrollments_.data() + enrollment_begin_[ordinal + 1]};
  }

  // The person's program spells in ascending order of (program, first, last). May be empty.
  std::span<const ProgramSpell> program_spells(std::uint32_t ordinal) const {
    return {program_spells_.data() + program_begin_[ordinal],
            program_spells_.data() + program_begin_[ordinal + 1]};
  }

  // The most recent enrollment spell of a person: the one with the latest last day; among those
  // the latest first day; then the highest school and the highest grade. Null if there is none.
  const EnrollmentSpell* latest_enrollment(std::uint32_t ordinal) const {
    const auto spells = enrollments(ordinal);
    return spells.empty() ? nullptr : &spells.back();
  }

  // The ordinal of the person with this id; nullopt if there is none.
  std::optional<std::uint32_t> OrdinalOf(std::uint64_t id) const;

  // The school years that occur in any enrollment spell, ascending; at most kMaxSchoolYears.
  std::span<const std::int16_t> school_years() const { return school_years_; }

  // The position of `school_year` in school_years(). The year must occur there.
  std::uint32_t YearIndex(std::int16_t school_year) const {
    return year_index_[static_cast<std::size_t>(school_year - school_years_.front())];
  }

  // One more than the highest school and grade code that occurs; 0 if none does.
  std::uint32_t school_limit() const { return school_limit_; }
  std::uint32_t grade_limit() const { return grade_limit_; }

  // Students in the current roster.
  std::uint32_t current_students() const { return current_students_; }

 private:
  friend class WorldBuilder;
  World() = default;

  std::uint64_t revision_ = 0;
  std::vector<std::uint64_t> ids_;
  std::vector<SubjectKind> kinds_;
  std::vector<std::uint8_t> current_;
  std::vector<std::uint32_t> known_;
  std::vector<std::uint32_t> populated_;
  std::vector<std::uint16_t> languages_;
  std::vector<std::uint8_t> contacts_;

  // Spells of ordinal i are [begin[i], begin[i + 1]).
  std::vector<std::uint32_t> enrollment_begin_;
  std::vector<EnrollmentSpell> enrollments_;
  std::vector<std::uint32_t> program_begin_;
  std::vector<ProgramSpell> program_spells_;

  std::vector<std::int16_t> school_years_;
  std::vector<std::uint8_t> year_index_;
  std::uint32_t school_limit_ = 0;
  std::uint32_t grade_limit_ = 0;
  std::uint32_t current_students_ = 0;
};

// Collects people and makes a World of them. One thread only.
//
//   WorldBuilder builder(revision);
//   for (...) if (auto status = builder.AddPerson(facts, spells, programs); !status.ok()) ...
//   absl::StatusOr<std::shared_ptr<const World>> world = std::move(builder).Build();
class WorldBuilder {
 public:
  // A World of more than this is refused: far beyond any district or state, and small enough
  // that 32-bit positions always suffice.
  static constexpr std::size_t kMaxPeople = std::size_t{1} << 26;
  static constexpr std::size_t kMaxSpells = std::size_t{1} << 30;  // Of each sort.
  static constexpr std::size_t kMaxSchoolYears = 64;

  explicit WorldBuilder(std::uint64_t revision);

  // Makes room for so many people and spells; a hint that saves copying.
  void Reserve(std::size_t people, std::size_t enrollments, std::size_t program_spells);

  // Adds one person, with spells in any order.
  //
  // Errors, all of which leave the builder as it was:
  //   INVALID_ARGUMENT: the id is not higher than the one before; the kind is neither student nor
  //     staff; a spell ends before it begins.
  //   RESOURCE_EXHAUSTED: kMaxPeople or kMaxSpells would be passed.
  absl::Status AddPerson(const PersonFacts& facts, std::span<const EnrollmentSpell> enrollments,
                         std::span<const ProgramSpell> program_spells);

  // The finished World. The builder must not be used afterwards.
  //
  // Errors: INVALID_ARGUMENT if more than kMaxSchoolYears different school years occur, which
  // means that what was given as years are not years.
  absl::StatusOr<std::shared_ptr<const World>> Build() &&;

 private:
  std::shared_ptr<World> world_;
};

}  // namespace rollcall::exposure

#endif  // ROLLCALL_SERVER_EXPOSURE_WORLD_H_
