#include "server/exposure/filter.h"

#include <algorithm>

namespace rollcall::exposure {
namespace {

class Chooser {
 public:
  Chooser(const World& world, const Exposure& exposure, const Filter& filter)
      : world_(world), exposure_(exposure), filter_(filter) {
    set_fits_.reserve(exposure.sets.size());
    for (const ElementSet& set : exposure.sets) {
      set_fits_.push_back(std::any_of(set.cells.begin(), set.cells.end(), [&](const Cell& cell) {
        return (!filter.element.has_value() || cell.element == *filter.element) &&
               (!filter.certainty.has_value() || cell.certainty == *filter.certainty);
      }));
    }
  }

  bool Chooses(std::size_t row) const {
    const std::uint32_t ordinal = exposure_.ordinals[row];
    if (!set_fits_[exposure_.set_of[row]]) return false;
    if (filter_.current.has_value() && world_.current(ordinal) != *filter_.current) return false;
    if (filter_.kind.has_value() && world_.kind(ordinal) != *filter_.kind) return false;
    if (filter_.school.has_value()) {
      const EnrollmentSpell* latest = world_.latest_enrollment(ordinal);
      if (latest == nullptr || latest->school != *filter_.school) return false;
    }
    return true;
  }

 private:
  const World& world_;
  const Exposure& exposure_;
  const Filter& filter_;
  std::vector<bool> set_fits_;
};

}  // namespace

Page PageOf(const World& world, const Exposure& exposure, const Filter& filter,
            std::optional<std::uint64_t> after, std::size_t size) {
  const Chooser chooser(world, exposure, filter);
  const auto& ordinals = exposure.ordinals;
  auto next = ordinals.begin();
  if (after.has_value()) {
    next = std::partition_point(ordinals.begin(), ordinals.end(),
                                [&](std::uint32_t ordinal) { return world.id(ordinal) <= *after; });
  }
  Page page;
  for (; next != ordinals.end(); ++next) {
    const auto row = static_cast<std::uint32_t>(next - ordinals.begin());
    if (!chooser.Chooses(row)) continue;
    if (page.rows.size() == size) {
      page.more = true;
      break;
    }
    page.rows.push_back(row);
  }
  return page;
}

std::uint64_t CountChosen(const World& world, const Exposure& exposure, const Filter& filter) {
  const Chooser chooser(world, exposure, filter);
  std::uint64_t count = 0;
  for (std::size_t row = 0; row < exposure.ordinals.size(); ++row) {
    if (chooser.Chooses(row)) ++count;
  }
  return count;
}

}  // namespace rollcall::exposure
