// The truth model read a second time, as literally and slowly as possible: day by day, person by
// person, element by element, with sets and maps only. It shares the value types of questions and
// people with the engine and none of its code, so that the two can be held against each other.

#ifndef ROLLCALL_TESTS_PROPERTY_BRUTE_FORCE_H_
#define ROLLCALL_TESTS_PROPERTY_BRUTE_FORCE_H_

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "server/exposure/question.h"
#include "server/exposure/types.h"
#include "server/exposure/world.h"

namespace rollcall::testing {

// A person with everything that a roster says about him or her.
struct Pupil {
  exposure::PersonFacts facts;
  std::vector<exposure::EnrollmentSpell> enrollments;
  std::vector<exposure::ProgramSpell> programs;
};

// (reason kind, share number), as the API numbers them: 1 declared, 2 claimed, 3 named.
using PlainReason = std::pair<int, std::uint32_t>;
using PlainReasons = std::set<PlainReason>;

// Position in the district -> element -> reasons.
using PlainExposure = std::map<std::uint32_t, std::map<std::uint16_t, PlainReasons>>;

struct PlainAnswer {
  PlainExposure exposed;
  std::map<std::uint32_t, std::set<int>> matched_years;  // Of exposed people; may be empty.
  std::set<std::uint32_t> listed_without_cells;
};

// The same counts as exposure::Summary, under the same names.
struct PlainSummary {
  std::uint64_t people = 0, cells = 0;
  std::uint64_t current_students = 0, former_students = 0, current_staff = 0, former_staff = 0;
  std::uint64_t people_confirmed = 0, people_believed = 0, cells_confirmed = 0, cells_believed = 0;
  struct Element {
    std::uint64_t people = 0, populated = 0, confirmed = 0;
    friend bool operator==(const Element&, const Element&) = default;
  };
  std::map<int, Element> by_element;
  std::map<int, std::uint64_t> by_school, by_grade, by_school_year, by_language, by_program;
  std::uint64_t no_school = 0;
  std::map<std::pair<int, int>, std::uint64_t> by_school_and_element;
  std::map<std::vector<std::uint16_t>, std::uint64_t> tiers;

  friend bool operator==(const PlainSummary&, const PlainSummary&) = default;
};

// Reads the rules for a district whose days, and those of the question, all lie in
// [first_day, last_day] or are kMinDay or kMaxDay, and whose school years are of 1900 to 2100.
class BruteForce {
 public:
  BruteForce(std::vector<Pupil> pupils, exposure::Question question, exposure::Day first_day,
             exposure::Day last_day);

  PlainAnswer Answer() const;
  PlainSummary Count(const PlainAnswer& answer) const;

  // The enrollment that tells where a person is to be found; nullopt if there is none.
  static std::optional<exposure::EnrollmentSpell> Latest(const Pupil& pupil);

 private:
  bool OnDay(const exposure::DeclaredShare& share, exposure::Day day) const;
  bool YearAllowed(const exposure::DeclaredShare& share, int year) const;
  bool InScope(const exposure::DeclaredShare& share) const;
  bool Matches(const exposure::DeclaredShare& share, const Pupil& pupil,
               const exposure::EnrollmentSpell& spell) const;
  bool Matches(const exposure::DeclaredShare& share, const Pupil& pupil) const;
  bool Fits(std::uint16_t element, const Pupil& pupil) const;
  bool ElementInScope(std::uint16_t element) const;
  bool KnownEmpty(std::uint16_t element, const Pupil& pupil) const;

  std::vector<Pupil> pupils_;
  exposure::Question question_;
  std::vector<exposure::Day> days_;
};

}  // namespace rollcall::testing

#endif  // ROLLCALL_TESTS_PROPERTY_BRUTE_FORCE_H_
