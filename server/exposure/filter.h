// Choosing from an exposure, and turning its pages.

#ifndef ROLLCALL_SERVER_EXPOSURE_FILTER_H_
#define ROLLCALL_SERVER_EXPOSURE_FILTER_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "server/exposure/engine.h"
#include "server/exposure/types.h"
#include "server/exposure/world.h"

namespace rollcall::exposure {

// Which exposed people to choose; a person must satisfy everything that is set.
struct Filter {
  // `element` and `certainty` are about one and the same cell: with both, the person has this
  // element with this certainty; with one of them, any cell that has it.
  std::optional<std::uint16_t> element = std::nullopt;
  std::optional<Certainty> certainty = std::nullopt;
  std::optional<std::uint16_t> school = std::nullopt;  // Of the latest enrollment.
  std::optional<bool> current = std::nullopt;      // True: in the current roster. False: former.
  std::optional<SubjectKind> kind = std::nullopt;  // kStudent or kStaff.
  // Chooses from Exposure::removed instead of the exposed people. `element` then means a removed
  // cell, and `certainty` nothing.
  bool removed_people = false;
};

// A page of a filtered exposure.
struct Page {
  // Positions in the columns of the Exposure (of Exposure::removed, if the filter says so), in
  // ascending order of the people's ids.
  std::vector<std::uint32_t> rows;
  bool more = false;  // True if the filter chooses anybody after the last of them.
};

// The first `size` people that `filter` chooses with an id above `after` (nullopt: from the
// start); `after` need not be the id of anybody. A page of size 0 is empty and tells whether there
// is more. `exposure` must come from this same `world`. Pure; any thread.
Page PageOf(const World& world, const Exposure& exposure, const Filter& filter,
            std::optional<std::uint64_t> after, std::size_t size);

// The positions 0 to ordinals.size() - 1 in ascending order of the ids of `ordinals`, which ascend.
std::vector<std::uint32_t> RowsById(const World& world, std::span<const std::uint32_t> ordinals);

// People of an exposure in ascending order of id: the order of every list that leaves the engine.
struct PeopleById {
  std::vector<std::uint64_t> ids;
  std::vector<std::uint32_t> set_of;
};

// Puts the columns of an exposure (ascending by ordinal) in the order of ids.
PeopleById SortById(const World& world, std::span<const std::uint32_t> ordinals,
                    std::span<const std::uint32_t> set_of);

// How many people `filter` chooses on all pages together. `exposure` must come from this same
// `world`. Pure; any thread.
std::uint64_t CountChosen(const World& world, const Exposure& exposure, const Filter& filter);

}  // namespace rollcall::exposure

#endif  // ROLLCALL_SERVER_EXPOSURE_FILTER_H_
