#include "server/exposure/question_check.h"

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"

namespace rollcall::exposure {
namespace {

absl::Status Invalid(const std::string& message) { return absl::InvalidArgumentError(message); }

absl::Status CheckPeople(const World& world, const std::vector<std::uint32_t>& people,
                         const std::string& where) {
  for (std::size_t i = 0; i < people.size(); ++i) {
    if (people[i] >= world.size()) {
      return Invalid(absl::StrCat(where, " names person number ", people[i], " of ", world.size()));
    }
    if (i > 0 && people[i] <= people[i - 1]) {
      return Invalid(absl::StrCat("the people of ", where, " do not ascend"));
    }
  }
  return absl::OkStatus();
}

// Holds a question against its contract.
class QuestionCheck {
 public:
  QuestionCheck(const World& world, const Question& question, const Limits& limits)
      : world_(world), question_(question), limits_(limits) {}

  absl::Status Run() const {
    for (const auto& check :
         {&QuestionCheck::Elements, &QuestionCheck::Dispositions, &QuestionCheck::Shares,
          &QuestionCheck::Transfers, &QuestionCheck::List}) {
      if (auto status = (this->*check)(); !status.ok()) return status;
    }
    return absl::OkStatus();
  }

 private:
  absl::Status Known(const std::vector<std::uint16_t>& elements, const std::string& where) const {
    for (const std::uint16_t element : elements) {
      if (element >= question_.elements.size()) {
        return Invalid(absl::StrCat(where, " has no element ", element));
      }
    }
    return absl::OkStatus();
  }

  absl::Status Elements() const {
    const std::size_t elements = question_.elements.size();
    if (elements > std::size_t{UINT16_MAX} + 1) {
      return Invalid(absl::StrCat("too many data elements: ", elements));
    }
    for (std::size_t i = 0; i < elements; ++i) {
      const ElementInfo& info = question_.elements[i];
      if (info.subject != SubjectKind::kGuardian && info.subject != HolderOf(info.subject)) {
        return Invalid(absl::StrCat("element ", i, " belongs to no kind of person"));
      }
      if (info.roster_field > 31) {
        return Invalid(absl::StrCat("element ", i, " has a roster field above 31"));
      }
    }
    if (auto s = Known(question_.scope.elements, "the scope"); !s.ok()) return s;
    return Known(question_.statement_elements, "the statement");
  }

  absl::Status Dispositions() const {
    std::vector<std::uint32_t> numbers;
    for (const Disposition& row : question_.dispositions) {
      const std::string where = absl::StrCat("disposition ", row.disposition);
      numbers.push_back(row.disposition);
      if (auto s = Known(row.elements, where); !s.ok()) return s;
      if (row.people == nullptr) continue;
      if (auto s = CheckPeople(world_, *row.people, where); !s.ok()) return s;
    }
    return Once(numbers, "disposition");
  }

  absl::Status Shares() const {
    if (question_.shares.size() > limits_.max_shares) return TooLarge("shares", limits_.max_shares);
    std::size_t shared_elements = 0;
    for (const DeclaredShare& share : question_.shares) {
      if (share.period.empty() || share.population.dates.empty()) {
        return Invalid(absl::StrCat("share ", share.share, " ends before it begins"));
      }
      if (share.population.subject != HolderOf(share.population.subject)) {
        return Invalid(absl::StrCat("share ", share.share, " is neither of students nor of staff"));
      }
      shared_elements += share.elements.size();
      for (const SharedElement& shared : share.elements) {
        if (shared.element >= question_.elements.size()) {
          return Invalid(absl::StrCat("share ", share.share, " has no element ", shared.element));
        }
        if (HolderOf(question_.elements[shared.element].subject) != share.population.subject) {
          return Invalid(absl::StrCat("share ", share.share, " lists element ", shared.element,
                                      ", which belongs to another kind of person"));
        }
      }
      for (const Cut& cut : share.cuts) {
        if (cut.disposition >= question_.dispositions.size()) {
          return Invalid(
              absl::StrCat("share ", share.share, " has no disposition ", cut.disposition));
        }
      }
    }
    return shared_elements > limits_.max_shared_elements
               ? TooLarge("elements in shares", limits_.max_shared_elements)
               : absl::OkStatus();
  }

  absl::Status Transfers() const {
    if (question_.transfers.size() > limits_.max_transfer_groups) {
      return TooLarge("groups of transfers", limits_.max_transfer_groups);
    }
    std::vector<std::uint32_t> numbers;
    for (const ObservedTransfers& group : question_.transfers) {
      const std::string where = absl::StrCat("transfer group ", group.group);
      numbers.push_back(group.group);
      if (group.people == nullptr) return Invalid(absl::StrCat(where, " has no list of people"));
      if (auto s = Known(group.elements, where); !s.ok()) return s;
      if (auto s = Known(group.overrule_empty, where); !s.ok()) return s;
      if (auto s = CheckPeople(world_, *group.people, where); !s.ok()) return s;
      for (const std::uint16_t cut : group.cuts) {
        if (cut >= question_.dispositions.size()) {
          return Invalid(absl::StrCat(where, " has no disposition ", cut));
        }
      }
    }
    return Once(numbers, "transfer group");
  }

  absl::Status List() const {
    std::size_t claimed = question_.claimed.size();
    for (const ClaimedPerson& entry : question_.claimed) {
      if (entry.ordinal >= world_.size()) {
        return Invalid(
            absl::StrCat("the list names person number ", entry.ordinal, " of ", world_.size()));
      }
      if (auto s = Known(entry.elements, "the list"); !s.ok()) return s;
      claimed += entry.elements.size();
    }
    return claimed > limits_.max_claimed ? TooLarge("entries of the list", limits_.max_claimed)
                                         : absl::OkStatus();
  }

  static absl::Status Once(std::vector<std::uint32_t> numbers, const char* what) {
    std::sort(numbers.begin(), numbers.end());
    const auto twice = std::adjacent_find(numbers.begin(), numbers.end());
    return twice == numbers.end() ? absl::OkStatus()
                                  : Invalid(absl::StrCat(what, " ", *twice, " is given twice"));
  }

  const World& world_;
  const Question& question_;
  const Limits& limits_;
};

}  // namespace

absl::Status CheckQuestion(const World& world, const Question& question, const Limits& limits) {
  return QuestionCheck(world, question, limits).Run();
}

absl::Status TooLarge(const char* what, std::size_t limit) {
  return absl::ResourceExhaustedError(
      absl::StrCat("the question is too large: more than ", limit, " ", what));
}

}  // namespace rollcall::exposure
