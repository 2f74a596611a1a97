#include "server/exposure/tally.h"

#include <algorithm>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "absl/status/status.h"
#include "server/exposure/bits.h"
#include "server/exposure/population.h"
#include "server/exposure/question_check.h"
#include "server/exposure/scoped_question.h"
#include "server/exposure/summary.h"

namespace rollcall::exposure {
namespace {

// Counts by the algebra of sets: a person has an element if some term of some share, or some group
// of transfers, gives it and the roster does not know it to be empty.
class Counter : private ScopedQuestion {
 public:
  using ScopedQuestion::ScopedQuestion;

  // The people only: shares of which some element is never known to be empty need no second look.
  std::uint64_t CountPeople() {
    Prepare();
    Bits exposed(world_.words());
    for (const ActiveShare& share : active_) {
      const std::vector<Term> terms = TermsOf(share);
      const bool all = std::any_of(terms.begin(), terms.end(), [&](const Term& term) {
        return !term.program.has_value() && EmptyPeople(term.element) == nullptr;
      });
      if (all) {
        share.filter.AddPeople(&exposed, nullptr);
      } else {
        AddProducts(share, terms);
      }
    }
    AddTransfers();
    for (const auto& [element, products] : products_) AddHolders(element, products, exposed);
    return CountBits(exposed);
  }

  Tally Run(const std::vector<bool>& sensitive) {
    Prepare();
    for (const ActiveShare& share : active_) AddProducts(share, TermsOf(share));
    AddTransfers();
    NarrowToPeople();
    Tally tally;
    Bits exposed(narrow_words_);
    Bits holders;
    for (const auto& [element, products] : products_) {
      holders.assign(narrow_words_, 0);
      AddHolders(element, products, holders);
      OrInto(holders, exposed);
      const std::uint64_t cells = CountBits(holders);
      tally.cells += cells;
      if (sensitive[element]) tally.cells_sensitive += cells;
      if (Field(element) != 0 && !world_.populated(Field(element)).empty()) {
        tally.cells_populated += CountCommon(holders, *Narrow(&world_.populated(Field(element))));
      }
    }
    const Bits& current = *Narrow(&world_.current());
    tally.people = CountBits(exposed);
    tally.current_students = CountCommon(exposed, current) -
                             CountCommonOfThree(exposed, current, *Narrow(&world_.staff()));
    return tally;
  }

 private:
  // People who have an element, if all of it holds.
  struct Product {
    const Bits* people = nullptr;
    const Bits* condition = nullptr;  // Null: none.
    bool unless_empty = true;
  };

  void Prepare() {
    PrepareElements();
    PrepareShares();
    PrepareNamed();
  }

  // The terms of a share that count, those for named elements included.
  std::vector<Term> TermsOf(const ActiveShare& share) const {
    std::vector<Term> terms;
    for (const Term& term : share.terms) {
      if (InScope(term.element)) terms.push_back(term);
    }
    for (const std::uint16_t element : named_by_kind_[share.subject]) {
      terms.push_back({element, std::nullopt});
    }
    return terms;
  }

  // Null if nobody is known to have nothing in the element's field.
  const Bits* EmptyPeople(std::uint16_t element) const {
    const Bits& empty = world_.known_empty(Field(element));
    return Field(element) == 0 || empty.empty() ? nullptr : &empty;
  }

  const Bits* Keep(Bits bits) { return &sets_.emplace_back(std::move(bits)); }

  // Most parties hold few people, who are neighbours: from now on only the words in which anybody
  // is are looked at.
  void NarrowToPeople() {
    Bits everybody(world_.words());
    std::set<const Bits*> seen;
    for (const auto& [element, products] : products_) {
      for (const Product& product : products) {
        if (seen.insert(product.people).second) OrInto(*product.people, everybody);
      }
    }
    for (std::size_t block = 0; block < everybody.size(); ++block) {
      if (everybody[block] != 0) blocks_.push_back(static_cast<std::uint32_t>(block));
    }
    narrow_words_ = blocks_.size();
    for (auto& [element, products] : products_) {
      for (Product& product : products) {
        product.people = Narrow(product.people);
        product.condition = Narrow(product.condition);
      }
    }
    narrowed_ = true;
  }

  // The words of a set that are looked at, made once for each set.
  const Bits* Narrow(const Bits* bits) {
    if (bits == nullptr) return nullptr;
    const Bits*& narrow = narrow_sets_[bits];
    if (narrow == nullptr) {
      Bits words;
      words.reserve(blocks_.size());
      for (const std::uint32_t block : blocks_) words.push_back((*bits)[block]);
      narrow = Keep(std::move(words));
    }
    return narrow;
  }

  void AddProducts(const ActiveShare& share, const std::vector<Term>& terms) {
    if (terms.empty()) return;
    Bits people(world_.words());
    share.filter.AddPeople(&people, nullptr);
    const Bits* kept = Keep(std::move(people));
    std::map<std::uint16_t, const Bits*> conditions;
    for (const Term& term : terms) {
      Product product{.people = kept};
      if (term.program.has_value()) {
        const Bits*& condition = conditions[*term.program];
        if (condition == nullptr) {
          Bits in_program(world_.words());
          AddInProgram(world_, *term.program, share.effective, &in_program);
          condition = Keep(std::move(in_program));
        }
        product.condition = condition;
      }
      products_[term.element].push_back(product);
    }
  }

  void AddTransfers() {
    for (const ObservedTransfers& group : question_.transfers) {
      MarkGroup(group);
      const Bits* people = Keep(scratch_);
      for (const std::uint16_t element : group.elements) {
        if (!InScope(element)) continue;
        const bool overrules = std::find(group.overrule_empty.begin(), group.overrule_empty.end(),
                                         element) != group.overrule_empty.end();
        products_[element].push_back({people, OfKind(Holder(element)), !overrules});
      }
    }
  }

  const Bits* OfKind(SubjectKind kind) {
    if (kind == SubjectKind::kStaff) return &world_.staff();
    if (students_.empty()) {
      students_ = world_.staff();
      for (Word& word : students_) word = ~word;
    }
    return &students_;
  }

  void AddHolders(std::uint16_t element, const std::vector<Product>& products, Bits& holders) {
    const Bits* empty = EmptyPeople(element);
    if (narrowed_) empty = Narrow(empty);
    for (const Product& product : products) {
      AddProduct(*product.people, product.condition, product.unless_empty ? empty : nullptr,
                 holders);
    }
  }

  bool narrowed_ = false;
  std::vector<std::uint32_t> blocks_;  // Looked at, once narrowed.
  std::size_t narrow_words_ = 0;
  std::map<const Bits*, const Bits*> narrow_sets_;
  std::deque<Bits> sets_;
  std::map<std::uint16_t, std::vector<Product>> products_;  // By element.
  Bits students_;
};

}  // namespace

absl::StatusOr<std::uint64_t> CountExposed(const World& world, const Question& question,
                                           const Limits& limits) {
  if (auto status = CheckQuestion(world, question, limits); !status.ok()) return status;
  if (question.claimed.empty() && question.dispositions.empty() && !question.scope.limit_to_list) {
    return Counter(world, question).CountPeople();
  }
  auto exposure = Enumerate(world, question, limits);
  if (!exposure.ok()) return exposure.status();
  return exposure->ordinals.size();
}

absl::StatusOr<Tally> TallyExposed(const World& world, const Question& question,
                                   const std::vector<bool>& sensitive, const Limits& limits) {
  if (auto status = CheckQuestion(world, question, limits); !status.ok()) return status;
  if (sensitive.size() != question.elements.size()) {
    return absl::InvalidArgumentError("there is not one mark of sensitivity for each element");
  }
  if (question.claimed.empty() && question.dispositions.empty() && !question.scope.limit_to_list) {
    return Counter(world, question).Run(sensitive);
  }
  auto exposure = Enumerate(world, question, limits);
  if (!exposure.ok()) return exposure.status();
  const Summary summary = Summarize(world, *exposure, question);
  Tally tally{.people = summary.people,
              .current_students = summary.current_students,
              .cells = summary.cells,
              .cells_sensitive = 0,
              .cells_populated = summary.cells_populated};
  for (const ElementCount& count : summary.by_element) {
    if (sensitive[count.element]) tally.cells_sensitive += count.people;
  }
  return tally;
}

}  // namespace rollcall::exposure
