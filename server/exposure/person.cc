#include "server/exposure/person.h"

#include <algorithm>
#include <vector>

#include "server/exposure/population.h"

namespace rollcall::exposure {
namespace {

template <typename Code>
bool EmptyOrHas(const std::vector<Code>& codes, Code code) {
  return codes.empty() || std::find(codes.begin(), codes.end(), code) != codes.end();
}

bool Contains(const std::vector<std::uint32_t>& people, std::uint32_t ordinal) {
  return std::binary_search(people.begin(), people.end(), ordinal);
}

// The person alone, or nobody.
std::shared_ptr<const std::vector<std::uint32_t>> Alone(bool there) {
  static const auto somebody =
      std::make_shared<const std::vector<std::uint32_t>>(std::vector<std::uint32_t>{0});
  static const auto nobody = std::make_shared<const std::vector<std::uint32_t>>();
  return there ? somebody : nobody;
}

}  // namespace

PersonAnswers::PersonAnswers(const World& world, std::uint32_t ordinal)
    : world_(world), ordinal_(ordinal), alone_(world.Only(ordinal)) {}

bool PersonAnswers::MayMatch(const DeclaredShare& share, Day window_last) const {
  const Population& population = share.population;
  if (world_.kind(ordinal_) != population.subject) return false;
  const Interval days = share.period.Intersect({kMinDay, window_last}).Intersect(population.dates);
  for (const std::uint32_t c : world_.enrollments(ordinal_)) {
    const EnrollmentSpell& spell = world_.spell(c);
    if (spell.days().Overlaps(days) && EmptyOrHas(population.school_years, spell.school_year) &&
        EmptyOrHas(population.schools, spell.school) &&
        EmptyOrHas(population.grades, spell.grade)) {
      return true;
    }
  }
  return false;
}

bool PersonAnswers::MayConcern(const Question& question) const {
  const auto of_group = [&](const ObservedTransfers& group) {
    return group.people != nullptr && Contains(*group.people, ordinal_);
  };
  const auto of_share = [&](const DeclaredShare& share) {
    return MayMatch(share, question.window_last);
  };
  const auto of_list = [&](const ClaimedPerson& entry) { return entry.ordinal == ordinal_; };
  return std::any_of(question.shares.begin(), question.shares.end(), of_share) ||
         std::any_of(question.transfers.begin(), question.transfers.end(), of_group) ||
         std::any_of(question.claimed.begin(), question.claimed.end(), of_list);
}

absl::StatusOr<ElementSet> PersonAnswers::Ask(const Question& question) const {
  if (!MayConcern(question)) return ElementSet{};
  Question mine = question;
  for (ObservedTransfers& group : mine.transfers) {
    group.people = Alone(Contains(*group.people, ordinal_));
  }
  for (Disposition& disposition : mine.dispositions) {
    if (disposition.people == nullptr) continue;
    disposition.people = Alone(Contains(*disposition.people, ordinal_));
  }
  std::erase_if(mine.claimed,
                [&](const ClaimedPerson& entry) { return entry.ordinal != ordinal_; });
  for (ClaimedPerson& entry : mine.claimed) entry.ordinal = 0;
  auto exposure = Enumerate(*alone_, mine);
  if (!exposure.ok()) return exposure.status();
  return exposure->sets.empty() ? ElementSet{} : std::move(exposure->sets.front());
}

std::optional<Interval> PersonAnswers::Days(const Question& question, std::size_t share) const {
  const DeclaredShare& declared = question.shares[share];
  const Interval days = declared.period.Intersect({kMinDay, question.window_last})
                            .Intersect(declared.population.dates);
  const SpellFilter filter(*alone_, declared.population, question.scope.school_years, days);
  return filter.Span(0);
}

}  // namespace rollcall::exposure
