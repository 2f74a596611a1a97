#include "server/exposure/engine.h"

#include <algorithm>
#include <array>
#include <bit>
#include <iterator>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <tuple>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/types/span.h"
#include "server/exposure/bits.h"
#include "server/exposure/population.h"
#include "server/exposure/question_check.h"
#include "server/exposure/scoped_question.h"

namespace rollcall::exposure {
namespace {

constexpr std::uint32_t kNoSet = UINT32_MAX;
constexpr std::uint32_t kNotListed = 0;
constexpr std::size_t kNoAtom = SIZE_MAX;

// Something that is true of some people: one bit of a signature. Kept as words of a World, or, if
// few of them are not zero, as those and their places.
class Atom {
 public:
  // Refers to bits that outlive it; empty bits are true of nobody.
  static Atom Borrow(const Bits& bits) {
    Atom atom;
    atom.dense_ = bits.empty() ? nullptr : bits.data();
    return atom;
  }

  static Atom Copy(const Bits& bits) {
    Atom atom;
    std::size_t filled = 0;
    for (const Word word : bits) filled += word != 0 ? 1 : 0;
    if (filled * (sizeof(Word) + sizeof(std::uint32_t)) < bits.size() * sizeof(Word)) {
      atom.blocks_.reserve(filled);
      atom.words_.reserve(filled);
      for (std::size_t block = 0; block < bits.size(); ++block) {
        if (bits[block] == 0) continue;
        atom.blocks_.push_back(static_cast<std::uint32_t>(block));
        atom.words_.push_back(bits[block]);
      }
    } else {
      atom.owned_ = bits;
      atom.dense_ = atom.owned_.data();
    }
    return atom;
  }

  Atom(Atom&&) = default;
  Atom& operator=(Atom&&) = default;

  std::size_t bytes() const {
    return owned_.size() * sizeof(Word) + words_.size() * (sizeof(Word) + sizeof(std::uint32_t));
  }

  // The word of a block. Blocks must be asked for in ascending order.
  Word At(std::uint32_t block) {
    if (dense_ != nullptr) return dense_[block];
    while (next_ < blocks_.size() && blocks_[next_] < block) ++next_;
    return next_ < blocks_.size() && blocks_[next_] == block ? words_[next_] : 0;
  }

 private:
  Atom() = default;

  const Word* dense_ = nullptr;
  Bits owned_;
  std::vector<std::uint32_t> blocks_;
  std::vector<Word> words_;
  std::size_t next_ = 0;
};

// All that decides what is exposed of a person: a bit for each atom, and one word more with the
// class of the person on the list. People with equal signatures have equal element sets, and there
// are few different ones, so the sets are worked out once per signature.
using Signature = std::vector<Word>;

struct SignatureHash {
  using is_transparent = void;
  std::size_t operator()(std::span<const Word> words) const {
    return absl::HashOf(absl::Span<const Word>(words.data(), words.size()));
  }
};
struct SignatureEqual {
  using is_transparent = void;
  bool operator()(std::span<const Word> a, std::span<const Word> b) const {
    return std::equal(a.begin(), a.end(), b.begin(), b.end());
  }
};

// What is left of a share behind a day.
struct Remainder {
  Day removed_until = kMaxDay;
  std::size_t people = kNoAtom;                                   // Who still matches.
  std::vector<std::pair<std::uint16_t, std::size_t>> conditions;  // Program, atom.
};

// The atoms of a share in scope.
struct ShareAtoms {
  Remainder whole;                    // The share without dispositions.
  std::vector<Remainder> remainders;  // One for each day up to which something was removed.
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

class Enumerator : private ScopedQuestion {
 public:
  Enumerator(const World& world, const Question& question, const Limits& limits)
      : ScopedQuestion(world, question), limits_(limits) {}

  absl::StatusOr<Exposure> Run() {
    PrepareElements();
    reasons_.resize(question_.elements.size());
    PrepareShares();
    PrepareNamed();
    year_people_.resize(world_.school_years().size());
    matched_.assign(world_.words(), 0);
    PrepareList();
    for (const auto& step : {&Enumerator::AddShareAtoms, &Enumerator::AddTransferAtoms,
                             &Enumerator::AddDispositionAtoms, &Enumerator::AddFieldAtoms}) {
      if (auto status = (this->*step)(); !status.ok()) return status;
    }
    staff_atom_ = atoms_.size();
    atoms_.push_back(Atom::Borrow(world_.staff()));
    Exposure exposure;
    exposure.revision = world_.revision();
    if (auto status = Walk(exposure); !status.ok()) return status;
    CountYears(exposure);
    exposure.people = std::move(exposed_);
    // A share in parts has people if one of its parts has.
    SortUnique(shares_with_people_);
    SortUnique(shares_without_people_);
    std::set_difference(shares_without_people_.begin(), shares_without_people_.end(),
                        shares_with_people_.begin(), shares_with_people_.end(),
                        std::back_inserter(exposure.shares_without_people));
    return exposure;
  }

 private:
  // Keeps what is marked in scratch_.
  absl::StatusOr<std::size_t> AddAtom() {
    atoms_.push_back(Atom::Copy(scratch_));
    bitmap_bytes_ += atoms_.back().bytes();
    if (bitmap_bytes_ > limits_.max_bitmap_bytes) {
      return TooLarge("bytes of sets of people", limits_.max_bitmap_bytes);
    }
    return atoms_.size() - 1;
  }

  // The atom of people with a spell in the program on some of the days; the same one for the same
  // program and days.
  absl::StatusOr<std::size_t> ConditionAtom(std::uint16_t program, const Interval& days) {
    const auto [found, added] = condition_atoms_.try_emplace({program, days.first, days.last}, 0);
    if (added) {
      ClearScratch();
      AddInProgram(world_, program, days, &scratch_);
      auto atom = AddAtom();
      if (!atom.ok()) return atom.status();
      found->second = *atom;
    }
    return found->second;
  }

  absl::Status AddConditions(const ActiveShare& share, const Interval& days, Remainder& remainder) {
    for (const Term& term : share.terms) {
      if (!term.program.has_value() || !InScope(term.element)) continue;
      auto atom = ConditionAtom(*term.program, days);
      if (!atom.ok()) return atom.status();
      remainder.conditions.emplace_back(*term.program, *atom);
    }
    SortUnique(remainder.conditions);
    return absl::OkStatus();
  }

  absl::Status AddShareAtoms() {
    share_atoms_.resize(active_.size());
    for (std::size_t i = 0; i < active_.size(); ++i) {
      const ActiveShare& share = active_[i];
      ShareAtoms& atoms = share_atoms_[i];
      ClearScratch();
      share.filter.AddPeople(&scratch_, &year_people_);
      OrInto(scratch_, matched_);
      const bool anybody =
          std::any_of(scratch_.begin(), scratch_.end(), [](Word word) { return word != 0; });
      (anybody ? shares_with_people_ : shares_without_people_).push_back(share.share);
      auto atom = AddAtom();
      if (!atom.ok()) return atom.status();
      atoms.whole.people = *atom;
      if (auto s = AddConditions(share, share.effective, atoms.whole); !s.ok()) return s;
      std::vector<Day> ends;
      for (const Cut& cut : share.cuts) ends.push_back(cut.removed_until);
      SortUnique(ends);
      for (const Day end : ends) {
        Remainder remainder;
        remainder.removed_until = end;
        if (end < share.effective.last) {
          const Interval days = {std::max(share.effective.first, end + 1), share.effective.last};
          ClearScratch();
          share.filter.On(days).AddPeople(&scratch_, nullptr);
          auto rest = AddAtom();
          if (!rest.ok()) return rest.status();
          remainder.people = *rest;
          if (auto s = AddConditions(share, days, remainder); !s.ok()) return s;
        }
        atoms.remainders.push_back(std::move(remainder));
      }
    }
    return absl::OkStatus();
  }

  absl::Status AddTransferAtoms() {
    observed_.assign(world_.words(), 0);
    for (const ObservedTransfers& group : question_.transfers) {
      MarkGroup(group);
      OrInto(scratch_, observed_);
      auto atom = AddAtom();
      if (!atom.ok()) return atom.status();
      group_atoms_.push_back(*atom);
    }
    return absl::OkStatus();
  }

  absl::Status AddDispositionAtoms() {
    for (const Disposition& row : question_.dispositions) {
      std::vector<bool> covers;
      if (!row.elements.empty()) {
        covers.resize(question_.elements.size());
        for (const std::uint16_t element : row.elements) covers[element] = true;
      }
      covers_.push_back(std::move(covers));
      disposition_atoms_.push_back(kNoAtom);
      if (row.people == nullptr) continue;
      ClearScratch();
      for (const std::uint32_t ordinal : *row.people) SetBit(scratch_, ordinal);
      auto atom = AddAtom();
      if (!atom.ok()) return atom.status();
      disposition_atoms_.back() = *atom;
    }
    return absl::OkStatus();
  }

  // Fields that nothing asks for stay out of the signatures, so that these stay few.
  absl::Status AddFieldAtoms() {
    std::uint32_t fields = 0;
    const auto ask = [&](std::uint16_t element) {
      if (InScope(element)) fields |= std::uint32_t{1} << Field(element);
    };
    for (const ActiveShare& share : active_) {
      for (const Term& term : share.terms) ask(term.element);
    }
    for (const std::uint16_t element : question_.statement_elements) ask(element);
    for (const ObservedTransfers& group : question_.transfers) {
      for (const std::uint16_t element : group.elements) ask(element);
    }
    field_atoms_.fill(kNoAtom);
    for (std::uint8_t field = 1; field < field_atoms_.size(); ++field) {
      if ((fields >> field & 1) == 0 || world_.known_empty(field).empty()) continue;
      field_atoms_[field] = atoms_.size();
      atoms_.push_back(Atom::Borrow(world_.known_empty(field)));
    }
    return absl::OkStatus();
  }

  // What an entry of the list that names a person only stands for, by kind of person; and the
  // class of every listed person.
  void PrepareList() {
    if (question_.claimed.empty()) return;
    for (const SubjectKind kind : {SubjectKind::kStudent, SubjectKind::kStaff}) {
      std::vector<Term>& terms = list_terms_[kind];
      for (const std::uint16_t element : statement_by_kind_[kind]) {
        terms.push_back({element, std::nullopt});
      }
      if (!terms.empty()) continue;
      for (const ActiveShare& share : active_) {
        if (share.subject != kind) continue;
        for (const Term& term : share.terms) {
          if (InScope(term.element)) terms.push_back(term);
        }
      }
      SortUnique(terms);
    }

    std::vector<const ClaimedPerson*> entries;
    entries.reserve(question_.claimed.size());
    for (const ClaimedPerson& entry : question_.claimed) entries.push_back(&entry);
    std::sort(entries.begin(), entries.end(), [](const ClaimedPerson* a, const ClaimedPerson* b) {
      return a->ordinal < b->ordinal;
    });
    absl::flat_hash_map<ListClass, std::uint32_t> numbers;
    list_classes_.emplace_back();  // kNotListed.
    listed_.assign(world_.words(), 0);
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
      SetBit(listed_, ordinal);
      class_of_.push_back(found->second);
    }
  }

  // The bits of a signature that the conditions of listed people need are not those of shares:
  // they are worked out for the person, since lists are short beside a roster.
  bool ListTermHolds(const Term& term, std::uint32_t ordinal) const {
    return !term.program.has_value() ||
           InProgram(world_, *term.program, {kMinDay, question_.window_last}, ordinal);
  }

  absl::Status Walk(Exposure& exposure) {
    exposed_.assign(world_.words(), 0);
    recent_.resize(world_.words() > kFewBlocks ? std::size_t{1} << kRecentBits : 1);
    signature_words_ = WordsFor(atoms_.size());
    exposure.ordinals.resize(MostPeople());
    exposure.set_of.resize(exposure.ordinals.size());
    std::size_t exposed_people = 0;
    const auto blocks = static_cast<std::uint32_t>(world_.words());
    std::array<Word, kWordBits> masks{};
    std::vector<Word> signatures(kWordBits * signature_words_);
    Signature common(signature_words_);
    Signature key(signature_words_);
    std::array<std::uint32_t, kWordBits> set_of{};
    for (std::uint32_t block = 0; block < blocks; ++block) {
      const Word listed = listed_.empty() ? 0 : listed_[block];
      Word everybody = matched_[block] | observed_[block] | listed;
      if (question_.scope.limit_to_list) everybody = listed;
      if (everybody == 0) continue;

      // Groups of people of this block who agree in every atom so far.
      std::size_t groups = 1;
      masks[0] = everybody;
      std::fill_n(signatures.begin(), signature_words_, 0);
      std::fill(common.begin(), common.end(), 0);
      for (std::size_t atom = 0; atom < atoms_.size(); ++atom) {
        const Word word = atoms_[atom].At(block) & everybody;
        if (word == 0) continue;
        const std::size_t place = atom / kWordBits;
        const Word bit = Word{1} << (atom % kWordBits);
        if (word == everybody) {
          common[place] |= bit;
          continue;
        }
        for (std::size_t group = 0, before = groups; group < before; ++group) {
          const Word inside = masks[group] & word;
          if (inside == 0) continue;
          Word* mine = signatures.data() + group * signature_words_;
          if (inside != masks[group]) {
            Word* other = signatures.data() + groups * signature_words_;
            std::copy_n(mine, signature_words_, other);
            masks[groups++] = inside;
            masks[group] &= ~inside;
            mine = other;
          }
          mine[place] |= bit;
        }
      }

      Word exposed = 0;
      Word removed = 0;
      for (std::size_t group = 0; group < groups; ++group) {
        const Word* mine = signatures.data() + group * signature_words_;
        for (std::size_t i = 0; i < signature_words_; ++i) key[i] = mine[i] | common[i];
        if (const Word unlisted = masks[group] & ~listed; unlisted != 0) {
          auto set = SetOf(key, exposure);
          if (!set.ok()) return set.status();
          Note(block, *set, unlisted, exposure, exposed, removed);
          ForEachBit(unlisted, 0, [&](std::size_t at) { set_of[at] = *set; });
        }
        for (Word rest = masks[group] & listed; rest != 0; rest &= rest - 1) {
          const auto at = static_cast<std::size_t>(std::countr_zero(rest));
          const auto ordinal = static_cast<std::uint32_t>(block * kWordBits + at);
          auto set = ListedSetOf(key, ordinal, exposure);
          if (!set.ok()) return set.status();
          Note(block, *set, Word{1} << at, exposure, exposed, removed);
          set_of[at] = *set;
          if ((exposed >> at & 1) == 0) exposure.listed_without_cells.push_back(ordinal);
        }
      }
      exposed_[block] = exposed;
      ForEachBit(exposed, 0, [&](std::size_t at) {
        exposure.ordinals[exposed_people] = static_cast<std::uint32_t>(block * kWordBits + at);
        exposure.set_of[exposed_people++] = set_of[at];
      });
      ForEachBit(removed, 0, [&](std::size_t at) {
        exposure.removed.ordinals.push_back(static_cast<std::uint32_t>(block * kWordBits + at));
        exposure.removed.set_of.push_back(set_of[at]);
      });
    }
    exposure.ordinals.resize(exposed_people);
    exposure.set_of.resize(exposed_people);
    std::sort(exposure.listed_without_cells.begin(), exposure.listed_without_cells.end());
    return absl::OkStatus();
  }

  // How many people can be exposed at most.
  std::size_t MostPeople() const {
    if (question_.scope.limit_to_list) return CountBits(listed_);
    Bits everybody = matched_;
    OrInto(observed_, everybody);
    OrInto(listed_, everybody);
    return CountBits(everybody);
  }

  static void Note(std::uint32_t block, std::uint32_t set, Word people, Exposure& exposure,
                   Word& exposed, Word& removed) {
    if (set == kNoSet) return;
    if (exposure.sets[set].cells.empty()) {
      removed |= people;
      return;
    }
    exposed |= people;
    exposure.runs.push_back({block, set, people});
  }

  // The position of the set that belongs to the signature of people who are not listed, or kNoSet
  // if nothing is exposed and nothing was removed.
  absl::StatusOr<std::uint32_t> SetOf(const Signature& key, Exposure& exposure) {
    // Most questions need one word, and neighbours have few different ones.
    Recent& recent =
        recent_[(key.front() * kRecentFactor >> (kWordBits - kRecentBits)) & (recent_.size() - 1)];
    if (signature_words_ == 1 && recent.known && recent.key == key.front()) return recent.set;
    auto set = LookUpSet(key, exposure);
    if (set.ok()) recent = {true, key.front(), *set};
    return set;
  }

  absl::StatusOr<std::uint32_t> LookUpSet(const Signature& key, Exposure& exposure) {
    const auto found = set_of_signature_.find(std::span<const Word>(key));
    if (found != set_of_signature_.end()) return found->second;
    if (auto status = CountSignature(key.size()); !status.ok()) return status;
    auto set = Keep(Evaluate(key, kNotListed, {}), exposure);
    if (set.ok()) set_of_signature_.emplace(key, *set);
    return set;
  }

  // The same for a listed person, whose signature also has the class and the conditions of the
  // terms that the list stands for.
  absl::StatusOr<std::uint32_t> ListedSetOf(const Signature& key, std::uint32_t ordinal,
                                            Exposure& exposure) {
    const std::uint32_t list_class = class_of_[PlaceInList(ordinal)];
    std::vector<bool> holds;
    Signature long_key = key;
    long_key.push_back(list_class);
    if (list_classes_[list_class].names_person_only) {
      const std::vector<Term>& terms = list_terms_[world_.kind(ordinal)];
      Word bits = 0;
      for (std::size_t i = 0; i < terms.size(); ++i) {
        holds.push_back(ListTermHolds(terms[i], ordinal));
        if (holds.back()) bits |= Word{1} << (i % kWordBits);
        if (i % kWordBits == kWordBits - 1 || i + 1 == terms.size()) {
          long_key.push_back(std::exchange(bits, 0));
        }
      }
    }
    const auto found = set_of_signature_.find(std::span<const Word>(long_key));
    if (found != set_of_signature_.end()) return found->second;
    if (auto status = CountSignature(long_key.size()); !status.ok()) return status;
    auto set = Keep(Evaluate(key, list_class, holds), exposure);
    if (set.ok()) set_of_signature_.emplace(std::move(long_key), *set);
    return set;
  }

  // The place of a listed person in class_of_, which is in ascending order of ordinal.
  std::size_t PlaceInList(std::uint32_t ordinal) {
    if (listed_rank_.empty()) {
      listed_rank_.reserve(listed_.size());
      std::uint32_t rank = 0;
      for (const Word word : listed_) {
        listed_rank_.push_back(rank);
        rank += static_cast<std::uint32_t>(std::popcount(word));
      }
    }
    const std::size_t block = ordinal / kWordBits;
    const Word below = (Word{1} << (ordinal % kWordBits)) - 1;
    return listed_rank_[block] + static_cast<std::size_t>(std::popcount(listed_[block] & below));
  }

  absl::Status CountSignature(std::size_t words) {
    kept_words_ += words;
    return kept_words_ > limits_.max_signature_words
               ? TooLarge("words of signatures", limits_.max_signature_words)
               : absl::OkStatus();
  }

  absl::StatusOr<std::uint32_t> Keep(ElementSet set, Exposure& exposure) {
    if (set.cells.empty() && set.removed.empty()) return kNoSet;
    const auto [found, added] =
        set_positions_.try_emplace(Encode(set), static_cast<std::uint32_t>(exposure.sets.size()));
    if (added) {
      for (const Cell& cell : set.cells) stored_reasons_ += cell.reasons.size();
      for (const RemovedCell& cell : set.removed) stored_reasons_ += cell.reasons.size();
      if (stored_reasons_ > limits_.max_reasons) {
        return TooLarge("reasons in different sets", limits_.max_reasons);
      }
      exposure.sets.push_back(std::move(set));
    }
    return found->second;
  }

  // --- The rules at the top of engine.h, for all people with one signature ---------------------

  // What speaks for an element of a person.
  struct Ground {
    Reason reason;
    bool stands = true;                       // False if dispositions took it away.
    bool overrules_empty = false;             // Counts though the field is known to be empty.
    std::vector<std::uint16_t> dispositions;  // That cover it, if it does not stand.
  };

  bool Holds(const Signature& key, std::size_t atom) const {
    return (key[atom / kWordBits] >> (atom % kWordBits) & 1) != 0;
  }

  bool Covers(const Signature& key, std::uint16_t disposition, std::uint16_t element) const {
    const std::vector<bool>& elements = covers_[disposition];
    if (!elements.empty() && !elements[element]) return false;
    const std::size_t atom = disposition_atoms_[disposition];
    return atom == kNoAtom || Holds(key, atom);
  }

  bool Gives(const Signature& key, const Remainder& rest, const Term& term) const {
    if (rest.people == kNoAtom || !Holds(key, rest.people)) return false;
    if (!term.program.has_value()) return true;
    const auto condition =
        std::find_if(rest.conditions.begin(), rest.conditions.end(),
                     [&](const auto& row) { return row.first == *term.program; });
    return condition != rest.conditions.end() && Holds(key, condition->second);
  }

  // Adds what a share gives of an element, if it gives it at all without dispositions.
  void GiveByShare(const Signature& key, std::size_t share, const Term& term,
                   const Reason& reason) {
    const ShareAtoms& atoms = share_atoms_[share];
    if (!Gives(key, atoms.whole, term)) return;
    Ground ground{.reason = reason, .stands = true, .overrules_empty = false, .dispositions = {}};
    std::optional<Day> removed_until;
    for (const Cut& cut : active_[share].cuts) {
      if (!Covers(key, cut.disposition, term.element)) continue;
      ground.dispositions.push_back(cut.disposition);
      removed_until = std::max(removed_until.value_or(cut.removed_until), cut.removed_until);
    }
    if (removed_until.has_value()) {
      const auto rest =
          std::find_if(atoms.remainders.begin(), atoms.remainders.end(),
                       [&](const Remainder& row) { return row.removed_until == *removed_until; });
      ground.stands = Gives(key, *rest, term);
    }
    Add(term.element, std::move(ground));
  }

  void Add(std::uint16_t element, Ground ground) {
    if (reasons_[element].empty()) touched_.push_back(element);
    reasons_[element].push_back(std::move(ground));
  }

  ElementSet Evaluate(const Signature& key, std::uint32_t list_class,
                      const std::vector<bool>& list_terms_hold) {
    const SubjectKind kind = Holds(key, staff_atom_) ? SubjectKind::kStaff : SubjectKind::kStudent;
    if (!question_.scope.limit_to_list || list_class != kNotListed) {
      for (std::size_t i = 0; i < active_.size(); ++i) {
        if (!Holds(key, share_atoms_[i].whole.people)) continue;
        const ActiveShare& share = active_[i];
        for (const Term& term : share.terms) {
          if (InScope(term.element)) {
            GiveByShare(key, i, term, {ReasonKind::kDeclared, share.share});
          }
        }
        for (const std::uint16_t element : named_by_kind_[kind]) {
          GiveByShare(key, i, {element, std::nullopt}, {ReasonKind::kNamedByStatement, 0});
        }
      }
      for (std::size_t i = 0; i < question_.transfers.size(); ++i) {
        if (Holds(key, group_atoms_[i])) GiveByTransfers(key, question_.transfers[i], kind);
      }
    }
    std::vector<std::uint16_t> named_for_person;
    if (list_class != kNotListed) {
      const Ground ground{.reason = {ReasonKind::kClaimedByList, 0},
                          .stands = true,
                          .overrules_empty = false,
                          .dispositions = {}};
      named_for_person = list_classes_[list_class].elements;
      for (const std::uint16_t element : named_for_person) Add(element, ground);
      for (std::size_t i = 0; i < list_terms_hold.size(); ++i) {
        if (list_terms_hold[i]) Add(list_terms_[kind][i].element, ground);
      }
    }

    ElementSet set;
    std::sort(touched_.begin(), touched_.end());
    for (const std::uint16_t element : touched_) {
      const std::size_t field = field_atoms_[Field(element)];
      const bool empty =
          Field(element) != 0 && field != kNoAtom && Holds(key, field) &&
          !std::binary_search(named_for_person.begin(), named_for_person.end(), element);
      Conclude(element, empty, set);
      reasons_[element].clear();
    }
    touched_.clear();
    return set;
  }

  void GiveByTransfers(const Signature& key, const ObservedTransfers& group, SubjectKind kind) {
    const Reason reason = {group.upstream ? ReasonKind::kObservedUpstream : ReasonKind::kObserved,
                           group.group};
    for (const std::uint16_t element : group.elements) {
      if (!InScope(element) || Holder(element) != kind) continue;
      Ground ground{.reason = reason, .stands = true, .overrules_empty = false, .dispositions = {}};
      ground.overrules_empty = std::find(group.overrule_empty.begin(), group.overrule_empty.end(),
                                         element) != group.overrule_empty.end();
      for (const std::uint16_t cut : group.cuts) {
        if (Covers(key, cut, element)) ground.dispositions.push_back(cut);
      }
      ground.stands = ground.dispositions.empty();
      Add(element, std::move(ground));
    }
  }

  // Turns what speaks for an element into a cell, a removed cell, or nothing.
  void Conclude(std::uint16_t element, bool empty, ElementSet& set) const {
    const std::vector<Ground>& grounds = reasons_[element];
    Cell cell{element, Certainty::kBelieved, {}, {}};
    bool overruled = false;
    bool overruled_before = false;
    for (const Ground& ground : grounds) {
      overruled_before = overruled_before || ground.overrules_empty;
      if (!ground.stands) continue;
      overruled = overruled || ground.overrules_empty;
      cell.reasons.push_back(ground.reason);
      if (ground.reason.kind == ReasonKind::kClaimedByList ||
          ground.reason.kind == ReasonKind::kObserved) {
        cell.certainty = Certainty::kConfirmed;
      }
    }
    SortUnique(cell.reasons);
    RemovedCell removed{element, {}, {}};
    for (const Ground& ground : grounds) {
      if (ground.stands ||
          std::binary_search(cell.reasons.begin(), cell.reasons.end(), ground.reason)) {
        continue;
      }
      removed.reasons.push_back(ground.reason);
      for (const std::uint16_t disposition : ground.dispositions) {
        removed.dispositions.push_back(question_.dispositions[disposition].disposition);
      }
    }
    SortUnique(removed.reasons);
    SortUnique(removed.dispositions);
    if (!cell.reasons.empty() && (!empty || overruled)) {
      cell.dispositions = std::move(removed.dispositions);
      set.cells.push_back(std::move(cell));
    } else if (!removed.reasons.empty() && (!empty || overruled_before)) {
      set.removed.push_back(std::move(removed));
    }
  }

  // Numbers that are equal for equal sets only.
  static std::vector<std::uint32_t> Encode(const ElementSet& set) {
    std::vector<std::uint32_t> code;
    const auto add_reasons = [&](const std::vector<Reason>& reasons) {
      code.push_back(static_cast<std::uint32_t>(reasons.size()));
      for (const Reason& reason : reasons) {
        code.push_back(static_cast<std::uint32_t>(reason.kind));
        code.push_back(reason.source);
      }
    };
    const auto add_dispositions = [&](const std::vector<std::uint32_t>& dispositions) {
      code.push_back(static_cast<std::uint32_t>(dispositions.size()));
      code.insert(code.end(), dispositions.begin(), dispositions.end());
    };
    code.push_back(static_cast<std::uint32_t>(set.cells.size()));
    for (const Cell& cell : set.cells) {
      code.push_back(cell.element);
      code.push_back(static_cast<std::uint32_t>(cell.certainty));
      add_reasons(cell.reasons);
      add_dispositions(cell.dispositions);
    }
    for (const RemovedCell& cell : set.removed) {
      code.push_back(cell.element);
      add_reasons(cell.reasons);
      add_dispositions(cell.dispositions);
    }
    return code;
  }

  void CountYears(Exposure& exposure) {
    for (const Bits& people : year_people_) {
      exposure.people_of_year.push_back(static_cast<std::uint32_t>(CountCommon(people, exposed_)));
    }
    for (std::size_t block = 0; block < exposed_.size(); ++block) {
      ForEachBit(exposed_[block] & ~matched_[block], block * kWordBits, [&](std::size_t ordinal) {
        std::uint64_t years = 0;
        for (const std::uint32_t c : world_.enrollments(static_cast<std::uint32_t>(ordinal))) {
          const EnrollmentSpell& spell = world_.spell(c);
          if (spell.first > question_.window_last) continue;
          years |= std::uint64_t{1} << world_.YearIndex(spell.school_year);
        }
        ForEachBit(years, 0, [&](std::size_t year) { ++exposure.people_of_year[year]; });
      });
    }
  }

  ByKind<std::vector<Term>> list_terms_;
  std::vector<ListClass> list_classes_;
  Bits listed_;                             // Empty if there is no list.
  std::vector<std::uint32_t> class_of_;     // Of listed people, ascending by ordinal.
  std::vector<std::uint32_t> listed_rank_;  // Listed people before each block.

  const Limits& limits_;
  std::vector<Atom> atoms_;
  std::vector<ShareAtoms> share_atoms_;  // By position in active_.
  std::size_t bitmap_bytes_ = 0;
  std::map<std::tuple<std::uint16_t, Day, Day>, std::size_t> condition_atoms_;
  std::vector<std::size_t> group_atoms_;        // By position in Question::transfers.
  std::vector<std::size_t> disposition_atoms_;  // By position in Question::dispositions.
  std::vector<std::vector<bool>> covers_;       // Elements by disposition; empty means all.
  std::array<std::size_t, 32> field_atoms_{};   // By roster field.
  std::size_t staff_atom_ = 0;

  std::vector<std::uint32_t> shares_with_people_;
  std::vector<std::uint32_t> shares_without_people_;
  Bits matched_;   // By any share in scope.
  Bits observed_;  // In any group of transfers.
  Bits exposed_;
  std::vector<Bits> year_people_;  // Matched by a share in scope, by school year.

  // The signatures met last, by a hash of the first word.
  struct Recent {
    bool known = false;
    Word key = 0;
    std::uint32_t set = 0;
  };
  static constexpr int kRecentBits = 10;
  static constexpr std::size_t kFewBlocks = 16;              // Not worth the table.
  static constexpr Word kRecentFactor = 0x9E3779B97F4A7C15;  // Knuth: 2^64 over the golden ratio.
  std::vector<Recent> recent_;

  std::size_t signature_words_ = 0;
  std::size_t kept_words_ = 0;
  absl::flat_hash_map<Signature, std::uint32_t, SignatureHash, SignatureEqual> set_of_signature_;
  absl::flat_hash_map<std::vector<std::uint32_t>, std::uint32_t> set_positions_;
  std::size_t stored_reasons_ = 0;

  // Scratch of Evaluate(); empty between calls.
  std::vector<std::vector<Ground>> reasons_;
  std::vector<std::uint16_t> touched_;
};

}  // namespace

absl::StatusOr<Exposure> Enumerate(const World& world, const Question& question,
                                   const Limits& limits) {
  if (auto status = CheckQuestion(world, question, limits); !status.ok()) return status;
  return Enumerator(world, question, limits).Run();
}

}  // namespace rollcall::exposure
