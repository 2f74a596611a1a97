// The roster as the exposure engine sees it: an immutable snapshot in columns and bit sets.
//
// A World holds no names and no texts, only numbers. Every person has
//   - an id: the register's own number of the person, unique, any uint64;
//   - an ordinal: his or her position in this World, from 0. People are numbered so that those who
//     went to the same school in the same years are neighbours, which keeps bit sets dense and
//     scans local. Ordinals are dense and belong to one World; they must not be stored or carried
//     over to another one.
// Schools, grades, programs and languages are codes that the caller assigns; the engine only
// compares them and counts by them.
//
// The same facts are kept in two directions. By person: enrollments and program spells, for the
// questions about one of them. By fact: equal enrollments (kind of person, school year, school,
// grade, days) are one *spell class* with the list of its people, in the order of kind, school
// year, school, grade; so a filter is decided once per class and not once per person.
//
// A World is built once by a WorldBuilder and never changes. All its const methods may be called
// from any number of threads at once; share it as std::shared_ptr<const World> and publish a
// new one after a change. It takes some 75 bytes a person with three school years.

#ifndef ROLLCALL_SERVER_EXPOSURE_WORLD_H_
#define ROLLCALL_SERVER_EXPOSURE_WORLD_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/exposure/bits.h"
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

  template <typename H>
  friend H AbslHashValue(H h, const EnrollmentSpell& s) {
    return H::combine(std::move(h), s.school_year, s.school, s.grade, s.first, s.last);
  }
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

// The earliest and latest ends of a group of spells: often enough to know that all of them, or
// none, have a day in an interval.
struct Zone {
  Day min_first = kMaxDay;
  Day max_first = kMinDay;
  Day min_last = kMaxDay;
  Day max_last = kMinDay;

  void Add(Day first, Day last) {
    min_first = std::min(min_first, first);
    max_first = std::max(max_first, first);
    min_last = std::min(min_last, last);
    max_last = std::max(max_last, last);
  }
  bool AllOverlap(const Interval& days) const {
    return max_first <= days.last && min_last >= days.first;
  }
  bool NoneOverlaps(const Interval& days) const {
    return min_first > days.last || max_last < days.first;
  }
};

// Spell classes [begin, end) of one school, within a cohort.
struct SchoolCell {
  std::uint16_t school = 0;
  std::uint32_t begin = 0;
  std::uint32_t end = 0;
  Zone zone;
};

// Spell classes [begin, end) of one kind of person in one school year.
struct Cohort {
  std::uint32_t begin = 0;
  std::uint32_t end = 0;
  std::uint32_t cells_begin = 0;  // Positions in World::school_cells(), ascending by school.
  std::uint32_t cells_end = 0;
  Zone zone;
};

// A spell of a person in a program, by program.
struct ProgramEntry {
  std::uint32_t ordinal = 0;
  Day first = kMinDay;
  Day last = kMaxDay;
};

// Entries [begin, end) of one program, ascending by ordinal.
struct ProgramGroup {
  std::uint16_t program = 0;
  std::uint32_t begin = 0;
  std::uint32_t end = 0;
  Zone zone;
};

// Stands for no school at all; no enrollment may have this code.
inline constexpr std::uint16_t kNoSchool = 0xFFFF;

// See the top of the file.
class World {
 public:
  // The register's revision that this snapshot shows; whatever the builder was given.
  std::uint64_t revision() const { return revision_; }

  // The number of people; ordinals run from 0 to size() - 1. The accessors below take an ordinal
  // and must not be given another number.
  std::uint32_t size() const { return static_cast<std::uint32_t>(ids_.size()); }
  std::size_t words() const { return WordsFor(ids_.size()); }

  std::uint64_t id(std::uint32_t ordinal) const { return ids_[ordinal]; }
  SubjectKind kind(std::uint32_t ordinal) const {
    return TestBit(staff_, ordinal) ? SubjectKind::kStaff : SubjectKind::kStudent;
  }
  bool current(std::uint32_t ordinal) const { return TestBit(current_, ordinal); }
  std::uint16_t language(std::uint32_t ordinal) const { return languages_[ordinal]; }
  std::uint8_t contact(std::uint32_t ordinal) const { return contacts_[ordinal]; }
  std::uint32_t populated_fields(std::uint32_t ordinal) const;
  // Fields that are known and not populated.
  std::uint32_t known_empty_fields(std::uint32_t ordinal) const;

  // The same for everybody.
  const Bits& staff() const { return staff_; }
  const Bits& current() const { return current_; }
  const Bits& populated(std::uint8_t field) const { return populated_[field]; }
  const std::vector<Bits>& populated() const { return populated_; }  // By field.
  const Bits& known_empty(std::uint8_t field) const { return known_empty_[field]; }

  // The spell classes of the person's enrollments, ascending by (last, first, school, grade,
  // school year), so that the last one is the most recent. May be empty.
  std::span<const std::uint32_t> enrollments(std::uint32_t ordinal) const {
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
    return spells.empty() ? nullptr : &classes_[spells.back()];
  }
  // Its school, or kNoSchool; its grade, or 0.
  std::uint16_t latest_school(std::uint32_t ordinal) const { return latest_schools_[ordinal]; }
  std::uint16_t latest_grade(std::uint32_t ordinal) const { return latest_grades_[ordinal]; }

  // The ordinal of the person with this id; nullopt if there is none.
  std::optional<std::uint32_t> OrdinalOf(std::uint64_t id) const;

  // All ordinals in ascending order of id.
  std::span<const std::uint32_t> by_id() const { return by_id_; }

  // The school years that occur in any enrollment spell, ascending; at most kMaxSchoolYears.
  std::span<const std::int16_t> school_years() const { return school_years_; }

  // The position of `school_year` in school_years(). The year must occur there.
  std::uint32_t YearIndex(std::int16_t school_year) const {
    return year_index_[static_cast<std::size_t>(school_year - school_years_.front())];
  }

  // Spell classes, and the people of each, ascending.
  const EnrollmentSpell& spell(std::uint32_t spell_class) const { return classes_[spell_class]; }
  std::span<const std::uint32_t> people_of(std::uint32_t spell_class) const {
    return people_of(spell_class, spell_class + 1);
  }
  // The people of classes [begin, end), class by class.
  std::span<const std::uint32_t> people_of(std::uint32_t begin, std::uint32_t end) const {
    return {class_people_.data() + class_people_begin_[begin],
            class_people_.data() + class_people_begin_[end]};
  }

  // The cohort of a kind of person (kStudent or kStaff) and a position in school_years(), and
  // everybody who has a spell in it.
  const Cohort& cohort(SubjectKind kind, std::size_t year) const {
    return cohorts_[CohortIndex(kind, year)];
  }
  const Bits& people_of_cohort(SubjectKind kind, std::size_t year) const {
    return cohort_people_[CohortIndex(kind, year)];
  }
  std::span<const SchoolCell> school_cells() const { return cells_; }

  // Programs that occur, ascending, and the entries of one; an unknown program has none.
  std::span<const ProgramGroup> programs() const { return programs_; }
  const ProgramGroup* FindProgram(std::uint16_t program) const;
  std::span<const ProgramEntry> entries(const ProgramGroup& group) const {
    return {program_entries_.data() + group.begin, program_entries_.data() + group.end};
  }

  // One more than the highest school, grade and language code that occurs; 0 if none does.
  std::uint32_t school_limit() const { return school_limit_; }
  std::uint32_t grade_limit() const { return grade_limit_; }
  std::uint32_t language_limit() const { return language_limit_; }

  // Students in the current roster.
  std::uint32_t current_students() const { return current_students_; }

  // A World with this one person only, who has the ordinal 0, and the same codes: what the rules
  // say of one person is asked of it.
  std::shared_ptr<const World> Only(std::uint32_t ordinal) const;

  // Bytes of memory that it holds.
  std::size_t bytes() const;

 private:
  friend class WorldBuilder;
  friend class WorldImage;
  World() = default;

  std::size_t CohortIndex(SubjectKind kind, std::size_t year) const {
    return kind == SubjectKind::kStaff ? school_years_.size() + year : year;
  }

  // What can be worked out from the columns: indexes, limits, sets.
  void Derive();

  std::uint64_t revision_ = 0;
  std::vector<std::uint64_t> ids_;
  std::vector<std::uint16_t> languages_;
  std::vector<std::uint8_t> contacts_;
  Bits staff_;
  Bits current_;
  std::vector<Bits> populated_ = std::vector<Bits>(32);    // By roster field.
  std::vector<Bits> known_empty_ = std::vector<Bits>(32);  // By roster field.

  // Spells of ordinal i are [begin[i], begin[i + 1]).
  std::vector<std::uint32_t> enrollment_begin_;
  std::vector<std::uint32_t> enrollments_;
  std::vector<std::uint32_t> program_begin_;
  std::vector<ProgramSpell> program_spells_;

  // In ascending order of (kind, school year, school, grade, first, last); students first, so
  // that the staff's classes begin at staff_classes_begin_.
  std::vector<EnrollmentSpell> classes_;
  std::uint32_t staff_classes_begin_ = 0;

  // Derived.
  std::vector<std::uint32_t> by_id_;
  std::vector<std::uint32_t> ordinal_of_id_;  // By id, where ids are dense enough; else empty.
  std::vector<std::uint16_t> latest_schools_;
  std::vector<std::uint16_t> latest_grades_;
  std::vector<std::uint32_t> class_people_begin_;
  std::vector<std::uint32_t> class_people_;
  std::vector<Cohort> cohorts_;
  std::vector<Bits> cohort_people_;
  std::vector<SchoolCell> cells_;
  std::vector<ProgramGroup> programs_;
  std::vector<ProgramEntry> program_entries_;
  std::vector<std::int16_t> school_years_;
  std::vector<std::uint8_t> year_index_;
  std::uint32_t school_limit_ = 0;
  std::uint32_t grade_limit_ = 0;
  std::uint32_t language_limit_ = 0;
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
  //     staff; a spell ends before it begins or is at kNoSchool.
  //   RESOURCE_EXHAUSTED: kMaxPeople or kMaxSpells would be passed.
  absl::Status AddPerson(const PersonFacts& facts, std::span<const EnrollmentSpell> enrollments,
                         std::span<const ProgramSpell> program_spells);

  // The finished World. The builder must not be used afterwards.
  //
  // Errors: INVALID_ARGUMENT if more than kMaxSchoolYears different school years occur, which
  // means that what was given as years are not years.
  absl::StatusOr<std::shared_ptr<const World>> Build() &&;

 private:
  // A spell class as it was met first.
  struct ClassKey {
    bool staff = false;
    EnrollmentSpell spell;

    friend bool operator==(const ClassKey&, const ClassKey&) = default;
    template <typename H>
    friend H AbslHashValue(H h, const ClassKey& k) {
      return H::combine(std::move(h), k.staff, k.spell);
    }
  };

  std::shared_ptr<World> world_;
  std::vector<PersonFacts> facts_;
  std::vector<std::uint32_t> enrollment_begin_;
  std::vector<std::uint32_t> enrollments_;  // Positions in class_keys_.
  std::vector<std::uint32_t> program_begin_;
  std::vector<ProgramSpell> program_spells_;
  std::vector<ClassKey> class_keys_;
  absl::flat_hash_map<ClassKey, std::uint32_t> class_numbers_;
};

}  // namespace rollcall::exposure

#endif  // ROLLCALL_SERVER_EXPOSURE_WORLD_H_
