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

// (reason kind, number of the share or of the group of transfers), with kinds as the API numbers
// them: 1 declared, 2 claimed, 3 named, 4 observed, 5 observed upstream.
using PlainReason = std::pair<int, std::uint32_t>;
using PlainReasons = std::set<PlainReason>;

// Position in the district -> element -> reasons.
using PlainExposure = std::map<std::uint32_t, std::map<std::uint16_t, PlainReasons>>;

// Position in the district -> element -> numbers of dispositions, never none.
using PlainDispositions = std::map<std::uint32_t, std::map<std::uint16_t, std::set<std::uint32_t>>>;

struct PlainAnswer {
  PlainExposure exposed;
  PlainDispositions dispositions;  // Of exposed elements that have lost a reason.
  PlainExposure removed;           // With the reasons taken away; of exposed people and others.
  PlainDispositions removed_by;    // For each element of `removed`.
  std::map<int, std::uint64_t> people_of_year;  // Exposed people by school year.
  std::set<std::uint32_t> listed_without_cells;
};

// The same counts as exposure::Summary, under the same names.
struct PlainSummary {
  std::uint64_t people = 0, cells = 0;
  std::uint64_t current_students = 0, former_students = 0, current_staff = 0, former_staff = 0;
  std::uint64_t people_confirmed = 0, people_believed = 0, cells_confirmed = 0, cells_believed = 0;
  std::uint64_t cells_populated = 0, people_removed = 0, cells_removed = 0;
  struct Element {
    std::uint64_t people = 0, populated = 0, confirmed = 0, removed = 0;
    friend bool operator==(const Element&, const Element&) = default;
  };
  std::map<int, Element> by_element;
  std::map<int, std::uint64_t> by_school, by_grade, by_school_year, by_language, by_program;
  std::uint64_t no_school = 0;
  std::map<std::pair<int, int>, std::uint64_t> by_school_and_element;
  std::map<std::vector<std::uint16_t>, std::uint64_t> tiers;

  friend bool operator==(const PlainSummary&, const PlainSummary&) = default;
};

// Reads the rules for a district in which the question names people by their position among the
// pupils instead of an ordinal, whose days, and those of the question, all lie in
// [first_day, last_day] or are kMinDay or kMaxDay, and whose school years are of 1900 to 2100.
class BruteForce {
 public:
  BruteForce(std::vector<Pupil> pupils, exposure::Question question, exposure::Day first_day,
             exposure::Day last_day);

  PlainAnswer Answer() const;
  PlainSummary Count(const PlainAnswer& answer) const;

  // The enrollment that tells where a person is to be found; nullopt if there is none.
  static std::optional<exposure::EnrollmentSpell> Latest(const Pupil& pupil);

  // Whether an element with these reasons is CONFIRMED.
  static bool Confirmed(const PlainReasons& reasons);

 private:
  // A reason that counts for a person and an element, and what covers it: whether it is still
  // there when dispositions are heard.
  struct Ground {
    bool stands = false;
    std::set<std::uint32_t> dispositions;  // Those that took it away, if it does not stand.
  };
  // What counts for an element of a person before known emptiness is looked at.
  struct Grounds {
    std::map<PlainReason, Ground> of;
    // That a group of transfers says that the field is not empty, with or without dispositions.
    bool overruled_without = false, overruled_with = false;
  };

  // `after` narrows a share to days after it; nullopt does not.
  using After = std::optional<exposure::Day>;
  bool OnDay(const exposure::DeclaredShare& share, exposure::Day day, After after) const;
  bool YearAllowed(const exposure::DeclaredShare& share, int year) const;
  bool InScope(const exposure::DeclaredShare& share) const;
  bool Matches(const exposure::DeclaredShare& share, const Pupil& pupil,
               const exposure::EnrollmentSpell& spell, After after) const;
  bool Matches(const exposure::DeclaredShare& share, const Pupil& pupil, After after) const;
  bool Declares(const exposure::DeclaredShare& share, const Pupil& pupil, std::uint16_t element,
                After after) const;
  bool Names(const exposure::DeclaredShare& share, const Pupil& pupil, std::uint16_t element,
             After after) const;
  bool Observes(const exposure::ObservedTransfers& group, std::uint32_t p,
                std::uint16_t element) const;
  bool Covers(std::uint16_t disposition, std::uint32_t p, std::uint16_t element) const;
  bool OnList(std::uint32_t p) const;
  bool NamedByList(std::uint32_t p, std::uint16_t element) const;
  bool MeantByList(std::uint32_t p, std::uint16_t element) const;
  Grounds GroundsOf(std::uint32_t p, std::uint16_t element) const;
  void AddGround(Grounds& grounds, const PlainReason& reason, bool stands,
                 const std::set<std::uint32_t>& covering) const;
  void CountYears(const Pupil& pupil, PlainAnswer& answer) const;
  bool Fits(std::uint16_t element, const Pupil& pupil) const;
  bool ElementInScope(std::uint16_t element) const;
  bool KnownEmpty(std::uint16_t element, const Pupil& pupil) const;

  std::vector<Pupil> pupils_;
  exposure::Question question_;
  std::vector<exposure::Day> days_;
};

}  // namespace rollcall::testing

#endif  // ROLLCALL_TESTS_PROPERTY_BRUTE_FORCE_H_
