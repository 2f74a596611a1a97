#include "server/exposure/filter.h"

#include <algorithm>
#include <numeric>

namespace rollcall::exposure {
namespace {

// A list of less than one part in so many of the roster is short.
constexpr std::uint32_t kShortList = 32;

class Chooser {
 public:
  Chooser(const World& world, const Exposure& exposure, const Filter& filter)
      : world_(world),
        filter_(filter),
        ordinals_(filter.removed_people ? exposure.removed.ordinals : exposure.ordinals),
        set_of_(filter.removed_people ? exposure.removed.set_of : exposure.set_of) {
    set_fits_.reserve(exposure.sets.size());
    for (const ElementSet& set : exposure.sets) {
      if (filter.removed_people) {
        set_fits_.push_back(
            std::any_of(set.removed.begin(), set.removed.end(), [&](const RemovedCell& cell) {
              return !filter.element.has_value() || cell.element == *filter.element;
            }));
        continue;
      }
      set_fits_.push_back(std::any_of(set.cells.begin(), set.cells.end(), [&](const Cell& cell) {
        return (!filter.element.has_value() || cell.element == *filter.element) &&
               (!filter.certainty.has_value() || cell.certainty == *filter.certainty);
      }));
    }
  }

  bool Chooses(std::size_t row) const {
    const std::uint32_t ordinal = ordinals_[row];
    if (!set_fits_[set_of_[row]]) return false;
    if (filter_.current.has_value() && world_.current(ordinal) != *filter_.current) return false;
    if (filter_.kind.has_value() && world_.kind(ordinal) != *filter_.kind) return false;
    return !filter_.school.has_value() ||
           (world_.latest_school(ordinal) == *filter_.school && *filter_.school != kNoSchool);
  }

  const std::vector<std::uint32_t>& ordinals() const { return ordinals_; }

 private:
  const World& world_;
  const Filter& filter_;
  const std::vector<std::uint32_t>& ordinals_;
  const std::vector<std::uint32_t>& set_of_;
  std::vector<bool> set_fits_;
};

}  // namespace

Page PageOf(const World& world, const Exposure& exposure, const Filter& filter,
            std::optional<std::uint64_t> after, std::size_t size) {
  const Chooser chooser(world, exposure, filter);
  const std::vector<std::uint32_t>& ordinals = chooser.ordinals();
  const auto row_of = [&](std::uint32_t ordinal) {
    return static_cast<std::uint32_t>(std::lower_bound(ordinals.begin(), ordinals.end(), ordinal) -
                                      ordinals.begin());
  };
  Page page;
  const auto take = [&](std::uint32_t row) {
    if (!chooser.Chooses(row)) return true;
    if (page.rows.size() == size) {
      page.more = true;
      return false;
    }
    page.rows.push_back(row);
    return true;
  };
  // A list of much of the roster is met on the way through all ids; a short one is put in order.
  if (ordinals.size() > world.size() / kShortList) {
    const auto by_id = world.by_id();
    auto next = by_id.begin();
    if (after.has_value()) {
      next = std::partition_point(
          next, by_id.end(), [&](std::uint32_t ordinal) { return world.id(ordinal) <= *after; });
    }
    for (; next != by_id.end(); ++next) {
      const std::uint32_t row = row_of(*next);
      if (row < ordinals.size() && ordinals[row] == *next && !take(row)) break;
    }
    return page;
  }
  for (const std::uint32_t row : RowsById(world, ordinals)) {
    if (after.has_value() && world.id(ordinals[row]) <= *after) continue;
    if (!take(row)) break;
  }
  return page;
}

std::vector<std::uint32_t> RowsById(const World& world, std::span<const std::uint32_t> ordinals) {
  std::vector<std::uint32_t> rows;
  rows.reserve(ordinals.size());
  if (ordinals.size() <= world.size() / kShortList) {
    rows.resize(ordinals.size());
    std::iota(rows.begin(), rows.end(), 0U);
    std::sort(rows.begin(), rows.end(), [&](std::uint32_t a, std::uint32_t b) {
      return world.id(ordinals[a]) < world.id(ordinals[b]);
    });
    return rows;
  }
  std::vector<std::uint32_t> row_of(world.size(), UINT32_MAX);
  for (std::size_t row = 0; row < ordinals.size(); ++row) {
    row_of[ordinals[row]] = static_cast<std::uint32_t>(row);
  }
  for (const std::uint32_t ordinal : world.by_id()) {
    if (row_of[ordinal] != UINT32_MAX) rows.push_back(row_of[ordinal]);
  }
  return rows;
}

PeopleById SortById(const World& world, std::span<const std::uint32_t> ordinals,
                    std::span<const std::uint32_t> set_of) {
  PeopleById people;
  people.ids.reserve(ordinals.size());
  people.set_of.reserve(ordinals.size());
  for (const std::uint32_t row : RowsById(world, ordinals)) {
    people.ids.push_back(world.id(ordinals[row]));
    people.set_of.push_back(set_of[row]);
  }
  return people;
}

std::uint64_t CountChosen(const World& world, const Exposure& exposure, const Filter& filter) {
  const Chooser chooser(world, exposure, filter);
  std::uint64_t count = 0;
  for (std::size_t row = 0; row < chooser.ordinals().size(); ++row) {
    if (chooser.Chooses(row)) ++count;
  }
  return count;
}

}  // namespace rollcall::exposure
