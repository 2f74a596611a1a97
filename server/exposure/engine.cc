#include "server/exposure/engine.h"

#include <algorithm>
#include <bit>
#include <iterator>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace rollcall::exposure {
namespace {

constexpr std::size_t kBitsPerWord = 64;
constexpr std::size_t kUnconditional = SIZE_MAX;
constexpr std::uint32_t kNoSet = UINT32_MAX;
constexpr std::uint32_t kNotListed = 0;

using Word = std::uint64_t;

// All that decides what is exposed of a person, as bits. People with equal signatures have equal
// element sets, and there are few different ones, so the sets are worked out once per signature.
//
//   word 0          bits 0-31: fields known to be empty, bit 32: staff, from bit 33: list class
//   from word 1     a bit per in-scope share that matches
//   then            a bit per (share, program) condition that holds, for matching shares
//   then            a bit per program condition of the list that holds, where the list needs it
using Signature = std::vector<Word>;

constexpr int kStaffBit = 32;
constexpr int kListClassShift = 33;

bool TestBit(const Signature& words, std::size_t bit) {
  return (words[bit / kBitsPerWord] >> (bit % kBitsPerWord) & 1) != 0;
}

void SetBit(Signature& words, std::size_t bit) {
  words[bit / kBitsPerWord] |= Word{1} << (bit % kBitsPerWord);
}

std::size_t WordsFor(std::size_t bits) { return (bits + kBitsPerWord - 1) / kBitsPerWord; }

template <typename T>
void SortUnique(std::vector<T>& values) {
  std::sort(values.begin(), values.end());
  values.erase(std::unique(values.begin(), values.end()), values.end());
}

// Which shares accept a code: one row of share bits per code.
class FilterTable {
 public:
  FilterTable() = default;
  FilterTable(std::size_t codes, std::size_t words)
      : codes_(codes), words_(words), bits_(codes * words) {}

  void Accept(std::size_t code, std::size_t share) {
    if (code < codes_) bits_[code * words_ + share / kBitsPerWord] |= Mask(share);
  }
  void AcceptAll(std::size_t share) {
    for (std::size_t code = 0; code < codes_; ++code) Accept(code, share);
  }
  void AcceptListed(const std::vector<std::uint16_t>& codes, std::size_t share) {
    if (codes.empty()) AcceptAll(share);
    for (const std::uint16_t code : codes) Accept(code, share);
  }
  const Word* Row(std::size_t code) const { return bits_.data() + code * words_; }

 private:
  static Word Mask(std::size_t share) { return Word{1} << (share % kBitsPerWord); }

  std::size_t codes_ = 0;
  std::size_t words_ = 0;
  std::vector<Word> bits_;
};

// An element that a share or the list gives, if the condition's bit is set.
struct Term {
  std::uint16_t element = 0;
  std::size_t condition_bit = kUnconditional;
};

struct Condition {
  std::uint16_t program = 0;
  std::size_t bit = 0;
};

struct ActiveShare {
  std::uint32_t share = 0;
  SubjectKind subject = SubjectKind::kStudent;
  Interval effective;
  std::vector<bool> programs;  // By program code; empty if the population names none.
  std::vector<Condition> conditions;
  std::vector<Term> terms;

  bool AcceptsProgram(std::uint16_t program) const {
    return program < programs.size() && programs[program];
  }
};

// Two of a thing, one for students and one for staff.
template <typename T>
class ByKind {
 public:
  T& operator[](SubjectKind kind) { return kind == SubjectKind::kStaff ? staff_ : student_; }

 private:
  T student_;
  T staff_;
};

// What the list says about a person, the same for many people.
struct ListClass {
  std::vector<std::uint16_t> elements;  // Named for this very person; ascending, each once.
  bool names_person_only = false;       // Some entry names no element.

  friend bool operator==(const ListClass&, const ListClass&) = default;

  template <typename H>
  friend H AbslHashValue(H h, const ListClass& c) {
    return H::combine(std::move(h), c.elements, c.names_person_only);
  }
};

absl::Status Invalid(std::string message) { return absl::InvalidArgumentError(message); }

absl::Status TooLarge(std::string what, std::size_t limit) {
  return absl::ResourceExhaustedError(
      absl::StrCat("the question is too large: more than ", limit, " ", what));
}

absl::Status CheckQuestion(const World& world, const Question& question, const Limits& limits) {
  const std::size_t elements = question.elements.size();
  if (elements > std::size_t{UINT16_MAX} + 1) {
    return Invalid(absl::StrCat("too many data elements: ", elements));
  }
  for (std::size_t i = 0; i < elements; ++i) {
    const ElementInfo& info = question.elements[i];
    if (info.subject != SubjectKind::kGuardian && info.subject != HolderOf(info.subject)) {
      return Invalid(absl::StrCat("element ", i, " belongs to no kind of person"));
    }
    if (info.roster_field > 31) {
      return Invalid(absl::StrCat("element ", i, " has a roster field above 31"));
    }
  }
  const auto check_elements = [&](const std::vector<std::uint16_t>& list, const char* where) {
    for (const std::uint16_t element : list) {
      if (element >= elements) return Invalid(absl::StrCat(where, " has no element ", element));
    }
    return absl::OkStatus();
  };
  if (auto s = check_elements(question.scope.elements, "the scope"); !s.ok()) return s;
  if (auto s = check_elements(question.statement_elements, "the statement"); !s.ok()) return s;

  if (question.shares.size() > limits.max_shares) return TooLarge("shares", limits.max_shares);
  std::size_t shared_elements = 0;
  std::vector<std::uint32_t> numbers;
  for (const DeclaredShare& share : question.shares) {
    numbers.push_back(share.share);
    if (share.period.empty() || share.population.dates.empty()) {
      return Invalid(absl::StrCat("share ", share.share, " ends before it begins"));
    }
    if (share.population.subject != HolderOf(share.population.subject)) {
      return Invalid(absl::StrCat("share ", share.share, " is neither of students nor of staff"));
    }
    shared_elements += share.elements.size();
    for (const SharedElement& shared : share.elements) {
      if (shared.element >= elements) {
        return Invalid(absl::StrCat("share ", share.share, " has no element ", shared.element));
      }
      if (HolderOf(question.elements[shared.element].subject) != share.population.subject) {
        return Invalid(absl::StrCat("share ", share.share, " lists element ", shared.element,
                                    ", which belongs to another kind of person"));
      }
    }
  }
  if (shared_elements > limits.max_shared_elements) {
    return TooLarge("elements in shares", limits.max_shared_elements);
  }
  std::sort(numbers.begin(), numbers.end());
  if (const auto twice = std::adjacent_find(numbers.begin(), numbers.end());
      twice != numbers.end()) {
    return Invalid(absl::StrCat("share ", *twice, " is given twice"));
  }

  std::size_t claimed = question.claimed.size();
  for (const ClaimedPerson& entry : question.claimed) {
    if (entry.ordinal >= world.size()) {
      return Invalid(
          absl::StrCat("the list names person number ", entry.ordinal, " of ", world.size()));
    }
    if (auto s = check_elements(entry.elements, "the list"); !s.ok()) return s;
    claimed += entry.elements.size();
  }
  if (claimed > limits.max_claimed) return TooLarge("entries of the list", limits.max_claimed);
  return absl::OkStatus();
}

class Enumerator {
 public:
  Enumerator(const World& world, const Question& question, const Limits& limits)
      : world_(world), question_(question), limits_(limits) {}

  absl::StatusOr<Exposure> Run() {
    PrepareElements();
    PrepareShares();
    if (auto status = PrepareFilters(); !status.ok()) return status;
    PrepareNamed();
    PrepareList();
    return Walk();
  }

 private:
  bool InScope(std::uint16_t element) const { return in_scope_[element]; }

  SubjectKind Holder(std::uint16_t element) const {
    return HolderOf(question_.elements[element].subject);
  }

  void PrepareElements() {
    in_scope_.assign(question_.elements.size(), question_.scope.elements.empty());
    for (const std::uint16_t element : question_.scope.elements) in_scope_[element] = true;
    reasons_.resize(question_.elements.size());
    named_for_person_.assign(question_.elements.size(), false);
  }

  // The school years that both the scope and the population accept; nullopt means all.
  std::optional<std::vector<std::int16_t>> SchoolYears(const Population& population) const {
    std::vector<std::int16_t> mine = population.school_years;
    std::vector<std::int16_t> scope = question_.scope.school_years;
    if (mine.empty() && scope.empty()) return std::nullopt;
    SortUnique(mine);
    SortUnique(scope);
    if (mine.empty()) return scope;
    if (scope.empty()) return mine;
    std::vector<std::int16_t> both;
    std::set_intersection(mine.begin(), mine.end(), scope.begin(), scope.end(),
                          std::back_inserter(both));
    return both;
  }

  // Keeps the shares that are in scope and gives their conditions numbers, from 0 for now.
  void PrepareShares() {
    for (const DeclaredShare& declared : question_.shares) {
      const Population& population = declared.population;
      ActiveShare share;
      share.share = declared.share;
      share.subject = population.subject;
      share.effective =
          declared.period.Intersect({kMinDay, question_.window_last}).Intersect(population.dates);
      auto years = SchoolYears(population);
      if (share.effective.empty() || (years.has_value() && years->empty())) continue;
      for (const std::uint16_t program : population.programs) {
        if (share.programs.size() <= program) share.programs.resize(program + std::size_t{1});
        share.programs[program] = true;
      }
      for (const SharedElement& shared : declared.elements) {
        share.terms.push_back({shared.element, kUnconditional});
        if (!shared.condition_program.has_value()) continue;
        const std::uint16_t program = *shared.condition_program;
        auto found = std::find_if(share.conditions.begin(), share.conditions.end(),
                                  [&](const Condition& c) { return c.program == program; });
        if (found == share.conditions.end()) {
          found = share.conditions.insert(found, {program, share_conditions_++});
        }
        share.terms.back().condition_bit = found->bit;
      }
      active_.push_back(std::move(share));
      active_populations_.push_back(&population);
      active_years_.push_back(std::move(years));
    }
    // Only now is it known where in the signature the conditions begin.
    share_words_ = WordsFor(active_.size());
    const std::size_t first_bit = kBitsPerWord * (1 + share_words_);
    for (ActiveShare& share : active_) {
      for (Condition& condition : share.conditions) condition.bit += first_bit;
      for (Term& term : share.terms) {
        if (term.condition_bit != kUnconditional) term.condition_bit += first_bit;
      }
    }
    list_conditions_first_word_ = 1 + share_words_ + WordsFor(share_conditions_);
  }

  absl::Status PrepareFilters() {
    const std::size_t codes =
        world_.school_years().size() + world_.school_limit() + world_.grade_limit() + kKindCodes;
    if (codes * share_words_ > limits_.max_filter_words) {
      return TooLarge("words of filters", limits_.max_filter_words);
    }
    by_kind_ = FilterTable(kKindCodes, share_words_);
    by_year_ = FilterTable(world_.school_years().size(), share_words_);
    by_school_ = FilterTable(world_.school_limit(), share_words_);
    by_grade_ = FilterTable(world_.grade_limit(), share_words_);
    for (std::size_t i = 0; i < active_.size(); ++i) {
      by_kind_.Accept(static_cast<std::size_t>(active_[i].subject), i);
      by_school_.AcceptListed(active_populations_[i]->schools, i);
      by_grade_.AcceptListed(active_populations_[i]->grades, i);
      if (!active_years_[i].has_value()) {
        by_year_.AcceptAll(i);
        continue;
      }
      for (std::size_t year = 0; year < world_.school_years().size(); ++year) {
        if (std::binary_search(active_years_[i]->begin(), active_years_[i]->end(),
                               world_.school_years()[year])) {
          by_year_.Accept(year, i);
        }
      }
    }
    return absl::OkStatus();
  }

  // Elements that the statement names and no share in scope lists, by kind of person.
  void PrepareNamed() {
    std::vector<bool> listed(question_.elements.size());
    for (const ActiveShare& share : active_) {
      for (const Term& term : share.terms) {
        listed[term.element] = true;
        AddRosterField(term.element);
      }
    }
    std::vector<std::uint16_t> statement = question_.statement_elements;
    SortUnique(statement);
    for (const std::uint16_t element : statement) {
      if (!InScope(element)) continue;
      AddRosterField(element);
      statement_by_kind_[Holder(element)].push_back(element);
      if (!listed[element]) named_by_kind_[Holder(element)].push_back(element);
    }
  }

  // Fields that nothing asked for stay out of the signatures, so that these stay few.
  void AddRosterField(std::uint16_t element) {
    const std::uint8_t field = question_.elements[element].roster_field;
    if (field != 0) roster_fields_ |= std::uint32_t{1} << field;
  }

  // What an entry of the list that names a person only stands for, by kind of person; and the
  // class of every listed person.
  void PrepareList() {
    if (question_.claimed.empty()) return;
    for (const SubjectKind kind : {SubjectKind::kStudent, SubjectKind::kStaff}) {
      std::vector<Term>& terms = list_terms_[kind];
      for (const std::uint16_t element : statement_by_kind_[kind]) {
        terms.push_back({element, kUnconditional});
      }
      if (terms.empty()) AppendSharedTerms(kind, terms);
    }

    std::vector<const ClaimedPerson*> entries;
    entries.reserve(question_.claimed.size());
    for (const ClaimedPerson& entry : question_.claimed) entries.push_back(&entry);
    std::sort(entries.begin(), entries.end(), [](const ClaimedPerson* a, const ClaimedPerson* b) {
      return a->ordinal < b->ordinal;
    });
    absl::flat_hash_map<ListClass, std::uint32_t> numbers;
    list_classes_.emplace_back();  // kNotListed.
    class_of_.assign(world_.size(), kNotListed);
    for (std::size_t i = 0; i < entries.size();) {
      const std::uint32_t ordinal = entries[i]->ordinal;
      ListClass list_class;
      for (; i < entries.size() && entries[i]->ordinal == ordinal; ++i) {
        const auto& elements = entries[i]->elements;
        if (elements.empty()) list_class.names_person_only = true;
        list_class.elements.insert(list_class.elements.end(), elements.begin(), elements.end());
      }
      SortUnique(list_class.elements);
      const auto [found, added] =
          numbers.try_emplace(list_class, static_cast<std::uint32_t>(list_classes_.size()));
      if (added) list_classes_.push_back(std::move(list_class));
      class_of_[ordinal] = found->second;
    }
  }

  // The elements of all in-scope shares of people of this kind; conditions get bits of the list,
  // one per program.
  void AppendSharedTerms(SubjectKind kind, std::vector<Term>& terms) {
    for (std::size_t i = 0; i < active_.size(); ++i) {
      if (active_[i].subject != kind) continue;
      for (const Term& shared : active_[i].terms) {
        if (!InScope(shared.element)) continue;
        Term term{shared.element, kUnconditional};
        if (shared.condition_bit != kUnconditional) {
          const auto& conditions = active_[i].conditions;
          const std::uint16_t program =
              std::find_if(conditions.begin(), conditions.end(), [&](const Condition& c) {
                return c.bit == shared.condition_bit;
              })->program;
          auto found = std::find_if(list_conditions_.begin(), list_conditions_.end(),
                                    [&](const Condition& c) { return c.program == program; });
          if (found == list_conditions_.end()) {
            const std::size_t bit =
                kBitsPerWord * list_conditions_first_word_ + list_conditions_.size();
            found = list_conditions_.insert(found, {program, bit});
          }
          term.condition_bit = found->bit;
        }
        terms.push_back(term);
      }
    }
    const auto key = [](const Term& t) { return std::pair(t.element, t.condition_bit); };
    std::sort(terms.begin(), terms.end(),
              [&](const Term& a, const Term& b) { return key(a) < key(b); });
    terms.erase(std::unique(terms.begin(), terms.end(),
                            [&](const Term& a, const Term& b) { return key(a) == key(b); }),
                terms.end());
  }

  absl::StatusOr<Exposure> Walk() {
    Exposure exposure;
    exposure.revision = world_.revision();
    Signature signature(list_conditions_first_word_ + WordsFor(list_conditions_.size()));
    Signature previous;
    std::uint32_t set = kNoSet;
    for (std::uint32_t ordinal = 0; ordinal < world_.size(); ++ordinal) {
      const std::uint32_t list_class = class_of_.empty() ? kNotListed : class_of_[ordinal];
      if (question_.scope.limit_to_list && list_class == kNotListed) continue;
      std::fill(signature.begin(), signature.end(), 0);
      const std::uint64_t years = MatchShares(ordinal, signature);
      if (years == 0 && list_class == kNotListed) continue;
      MeetConditions(ordinal, list_class, signature);
      signature[0] =
          world_.known_fields(ordinal) & ~world_.populated_fields(ordinal) & roster_fields_;
      if (world_.kind(ordinal) == SubjectKind::kStaff) SetBit(signature, kStaffBit);
      signature[0] |= Word{list_class} << kListClassShift;

      // Neighbours often agree, which saves the look-up.
      if (signature != previous) {
        auto found = SetOf(signature, exposure);
        if (!found.ok()) return found.status();
        set = *found;
        previous = signature;
      }
      if (set == kNoSet) {
        if (list_class != kNotListed) exposure.listed_without_cells.push_back(ordinal);
        continue;
      }
      exposure.ordinals.push_back(ordinal);
      exposure.set_of.push_back(set);
      exposure.matched_years.push_back(years);
    }
    return exposure;
  }

  // Sets the bits of the shares that match the person; returns the school years in which they do,
  // by position.
  std::uint64_t MatchShares(std::uint32_t ordinal, Signature& signature) const {
    std::uint64_t years = 0;
    const Word* kinds = by_kind_.Row(static_cast<std::size_t>(world_.kind(ordinal)));
    for (const EnrollmentSpell& spell : world_.enrollments(ordinal)) {
      const std::uint32_t year = world_.YearIndex(spell.school_year);
      const Word* of_year = by_year_.Row(year);
      const Word* of_school = by_school_.Row(spell.school);
      const Word* of_grade = by_grade_.Row(spell.grade);
      for (std::size_t word = 0; word < share_words_; ++word) {
        Word accepted = kinds[word] & of_year[word] & of_school[word] & of_grade[word];
        for (; accepted != 0; accepted &= accepted - 1) {
          const std::size_t share =
              word * kBitsPerWord + static_cast<std::size_t>(std::countr_zero(accepted));
          if (!MatchesDays(active_[share], spell, ordinal)) continue;
          SetBit(signature, kBitsPerWord + share);
          years |= std::uint64_t{1} << year;
        }
      }
    }
    return years;
  }

  // True if some day of the spell is in the share's effective period and, if the population names
  // programs, in a spell of one of these.
  bool MatchesDays(const ActiveShare& share, const EnrollmentSpell& spell,
                   std::uint32_t ordinal) const {
    const Interval days = spell.days().Intersect(share.effective);
    if (days.empty()) return false;
    if (share.programs.empty()) return true;
    for (const ProgramSpell& program : world_.program_spells(ordinal)) {
      if (share.AcceptsProgram(program.program) && days.Overlaps(program.days())) return true;
    }
    return false;
  }

  void MeetConditions(std::uint32_t ordinal, std::uint32_t list_class, Signature& signature) const {
    const auto programs = world_.program_spells(ordinal);
    if (programs.empty()) return;
    const auto meet = [&](const std::vector<Condition>& conditions, const Interval& days) {
      for (const Condition& condition : conditions) {
        for (const ProgramSpell& program : programs) {
          if (program.program == condition.program && days.Overlaps(program.days())) {
            SetBit(signature, condition.bit);
          }
        }
      }
    };
    for (std::size_t word = 0; word < share_words_; ++word) {
      for (Word matched = signature[1 + word]; matched != 0; matched &= matched - 1) {
        const ActiveShare& share =
            active_[word * kBitsPerWord + static_cast<std::size_t>(std::countr_zero(matched))];
        meet(share.conditions, share.effective);
      }
    }
    if (list_class != kNotListed && list_classes_[list_class].names_person_only) {
      meet(list_conditions_, {kMinDay, question_.window_last});
    }
  }

  // The position of the set that belongs to `signature`, or kNoSet if nothing is exposed.
  absl::StatusOr<std::uint32_t> SetOf(const Signature& signature, Exposure& exposure) {
    if (const auto found = set_of_signature_.find(signature); found != set_of_signature_.end()) {
      return found->second;
    }
    if ((set_of_signature_.size() + 1) * signature.size() > limits_.max_signature_words) {
      return TooLarge("words of signatures", limits_.max_signature_words);
    }
    ElementSet set = Evaluate(signature);
    std::uint32_t position = kNoSet;
    if (!set.cells.empty()) {
      const auto [found, added] =
          set_positions_.try_emplace(Encode(set), static_cast<std::uint32_t>(exposure.sets.size()));
      position = found->second;
      if (added) {
        for (const Cell& cell : set.cells) stored_reasons_ += cell.reasons.size();
        if (stored_reasons_ > limits_.max_reasons) {
          return TooLarge("reasons in different sets", limits_.max_reasons);
        }
        exposure.sets.push_back(std::move(set));
      }
    }
    set_of_signature_.emplace(signature, position);
    return position;
  }

  // The rules at the top of engine.h, for all people with this signature.
  ElementSet Evaluate(const Signature& signature) {
    const auto known_empty = static_cast<std::uint32_t>(signature[0]);
    const SubjectKind kind =
        TestBit(signature, kStaffBit) ? SubjectKind::kStaff : SubjectKind::kStudent;
    const auto list_class = static_cast<std::uint32_t>(signature[0] >> kListClassShift);
    const auto holds = [&](const Term& term) {
      return term.condition_bit == kUnconditional || TestBit(signature, term.condition_bit);
    };

    bool matched = false;
    for (std::size_t i = 0; i < active_.size(); ++i) {
      if (!TestBit(signature, kBitsPerWord + i)) continue;
      matched = true;
      for (const Term& term : active_[i].terms) {
        if (InScope(term.element) && holds(term)) {
          Give(term.element, {ReasonKind::kDeclared, active_[i].share});
        }
      }
    }
    if (matched) {
      for (const std::uint16_t element : named_by_kind_[kind]) {
        Give(element, {ReasonKind::kNamedByStatement, 0});
      }
    }
    if (list_class != kNotListed) {
      for (const std::uint16_t element : list_classes_[list_class].elements) {
        Give(element, {ReasonKind::kClaimedByList, 0});
        named_for_person_[element] = true;
      }
      if (list_classes_[list_class].names_person_only) {
        for (const Term& term : list_terms_[kind]) {
          if (holds(term)) Give(term.element, {ReasonKind::kClaimedByList, 0});
        }
      }
    }

    ElementSet set;
    std::sort(touched_.begin(), touched_.end());
    for (const std::uint16_t element : touched_) {
      const std::uint8_t field = question_.elements[element].roster_field;
      const bool is_empty = field != 0 && (known_empty >> field & 1) != 0;
      if (!is_empty || named_for_person_[element]) {
        Cell cell{element, Certainty::kBelieved, reasons_[element]};
        SortUnique(cell.reasons);
        const bool claimed = std::any_of(
            cell.reasons.begin(), cell.reasons.end(),
            [](const Reason& reason) { return reason.kind == ReasonKind::kClaimedByList; });
        if (claimed) cell.certainty = Certainty::kConfirmed;
        set.cells.push_back(std::move(cell));
      }
      reasons_[element].clear();
      named_for_person_[element] = false;
    }
    touched_.clear();
    return set;
  }

  void Give(std::uint16_t element, Reason reason) {
    if (reasons_[element].empty()) touched_.push_back(element);
    reasons_[element].push_back(reason);
  }

  // Numbers that are equal for equal sets only.
  static std::vector<std::uint32_t> Encode(const ElementSet& set) {
    std::vector<std::uint32_t> code;
    for (const Cell& cell : set.cells) {
      code.push_back(cell.element);
      code.push_back(static_cast<std::uint32_t>(cell.certainty));
      code.push_back(static_cast<std::uint32_t>(cell.reasons.size()));
      for (const Reason& reason : cell.reasons) {
        code.push_back(static_cast<std::uint32_t>(reason.kind));
        code.push_back(reason.share);
      }
    }
    return code;
  }

  static constexpr std::size_t kKindCodes = 3;  // 1 and 2 are used.

  const World& world_;
  const Question& question_;
  const Limits& limits_;

  std::vector<bool> in_scope_;
  std::uint32_t roster_fields_ = 0;

  std::vector<ActiveShare> active_;
  std::vector<const Population*> active_populations_;
  std::vector<std::optional<std::vector<std::int16_t>>> active_years_;
  std::size_t share_words_ = 0;
  std::size_t share_conditions_ = 0;
  FilterTable by_kind_;
  FilterTable by_year_;
  FilterTable by_school_;
  FilterTable by_grade_;

  ByKind<std::vector<std::uint16_t>> statement_by_kind_;
  ByKind<std::vector<std::uint16_t>> named_by_kind_;
  ByKind<std::vector<Term>> list_terms_;
  std::size_t list_conditions_first_word_ = 0;
  std::vector<Condition> list_conditions_;
  std::vector<ListClass> list_classes_;
  std::vector<std::uint32_t> class_of_;  // By ordinal; empty if there is no list.

  absl::flat_hash_map<Signature, std::uint32_t> set_of_signature_;
  absl::flat_hash_map<std::vector<std::uint32_t>, std::uint32_t> set_positions_;
  std::size_t stored_reasons_ = 0;

  // Scratch of Evaluate(); empty between calls.
  std::vector<std::vector<Reason>> reasons_;
  std::vector<bool> named_for_person_;
  std::vector<std::uint16_t> touched_;
};

}  // namespace

absl::StatusOr<Exposure> Enumerate(const World& world, const Question& question,
                                   const Limits& limits) {
  if (auto status = CheckQuestion(world, question, limits); !status.ok()) return status;
  return Enumerator(world, question, limits).Run();
}

}  // namespace rollcall::exposure
