// What of a question is in scope; see the rules at the top of engine.h.

#ifndef ROLLCALL_SERVER_EXPOSURE_SCOPED_QUESTION_H_
#define ROLLCALL_SERVER_EXPOSURE_SCOPED_QUESTION_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "server/exposure/bits.h"
#include "server/exposure/engine.h"
#include "server/exposure/population.h"
#include "server/exposure/question.h"
#include "server/exposure/types.h"
#include "server/exposure/world.h"

namespace rollcall::exposure {

template <typename T>
void SortUnique(std::vector<T>& values) {
  std::sort(values.begin(), values.end());
  values.erase(std::unique(values.begin(), values.end()), values.end());
}

// An element that a share or the list gives, if the condition holds.
struct Term {
  std::uint16_t element = 0;
  std::optional<std::uint16_t> program;

  friend auto operator<=>(const Term&, const Term&) = default;
};

// A share in scope.
struct ActiveShare {
  std::uint32_t share = 0;
  SubjectKind subject = SubjectKind::kStudent;
  Interval effective;
  SpellFilter filter;
  std::vector<Term> terms;
  std::vector<Cut> cuts;
};

// Two of a thing, one for students and one for staff.
template <typename T>
class ByKind {
 public:
  T& operator[](SubjectKind kind) { return kind == SubjectKind::kStaff ? staff_ : student_; }
  const T& operator[](SubjectKind kind) const {
    return kind == SubjectKind::kStaff ? staff_ : student_;
  }

 private:
  T student_;
  T staff_;
};

// A question as far as every way to answer it needs it: the shares and elements in scope, and the
// elements that the statement names beyond them. World and question outlive it. One thread.
class ScopedQuestion {
 public:
  ScopedQuestion(const World& world, const Question& question)
      : world_(world), question_(question), scratch_(world.words()) {}

  void PrepareElements() {
    in_scope_.assign(question_.elements.size(), question_.scope.elements.empty());
    for (const std::uint16_t element : question_.scope.elements) in_scope_[element] = true;
  }

  // Keeps the shares that are in scope.
  void PrepareShares() {
    for (const DeclaredShare& declared : question_.shares) {
      const Population& population = declared.population;
      const Interval effective =
          declared.period.Intersect({kMinDay, question_.window_last}).Intersect(population.dates);
      SpellFilter filter(world_, population, question_.scope.school_years, effective);
      if (!filter.possible()) continue;
      ActiveShare share{.share = declared.share,
                        .subject = population.subject,
                        .effective = effective,
                        .filter = std::move(filter),
                        .terms = {},
                        .cuts = declared.cuts};
      for (const SharedElement& shared : declared.elements) {
        share.terms.push_back({shared.element, shared.condition_program});
      }
      SortUnique(share.terms);
      active_.push_back(std::move(share));
    }
  }

  // Elements that the statement names and no share in scope lists, by kind of person.
  void PrepareNamed() {
    std::vector<bool> listed(question_.elements.size());
    for (const ActiveShare& share : active_) {
      for (const Term& term : share.terms) listed[term.element] = true;
    }
    std::vector<std::uint16_t> statement = question_.statement_elements;
    SortUnique(statement);
    for (const std::uint16_t element : statement) {
      if (!InScope(element)) continue;
      statement_by_kind_[Holder(element)].push_back(element);
      if (!listed[element]) named_by_kind_[Holder(element)].push_back(element);
    }
  }

 protected:
  bool InScope(std::uint16_t element) const { return in_scope_[element]; }
  SubjectKind Holder(std::uint16_t element) const {
    return HolderOf(question_.elements[element].subject);
  }
  std::uint8_t Field(std::uint16_t element) const {
    return question_.elements[element].roster_field;
  }

  void ClearScratch() { std::fill(scratch_.begin(), scratch_.end(), 0); }

  // Marks the people of a group of transfers who count under the scope in scratch_.
  void MarkGroup(const ObservedTransfers& group) {
    ClearScratch();
    for (const std::uint32_t ordinal : *group.people) SetBit(scratch_, ordinal);
    if (question_.scope.school_years.empty()) return;
    if (of_scope_years_.empty()) {
      of_scope_years_.assign(world_.words(), 0);
      AddOfSchoolYears(world_, question_.scope.school_years, &of_scope_years_);
    }
    for (std::size_t i = 0; i < scratch_.size(); ++i) scratch_[i] &= of_scope_years_[i];
  }

  const World& world_;
  const Question& question_;
  std::vector<bool> in_scope_;
  std::vector<ActiveShare> active_;
  ByKind<std::vector<std::uint16_t>> statement_by_kind_;
  ByKind<std::vector<std::uint16_t>> named_by_kind_;
  Bits scratch_;
  Bits of_scope_years_;
};

}  // namespace rollcall::exposure

#endif  // ROLLCALL_SERVER_EXPOSURE_SCOPED_QUESTION_H_
