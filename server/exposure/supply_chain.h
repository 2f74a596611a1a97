// Whose data may have reached a party through the vendors that pass data on.
//
// An edge says that a vendor passes data of certain elements on to another one on certain days.
// A vendor keeps what it receives and may pass it on at any later time that an edge allows. So
// what a vendor received on day d has come to the party by the end of `until` if there is a chain
// of edges from it to the party, all of which carry the element, with a day on each that is
// allowed there, none before the one on the edge before it, none before d, and none after
// `until`.
//
// Therefore the latest such d is found backwards: it is `until` for the party itself, and over
// an edge min(last day of the edge, value of its end), which counts only if the edge has begun by
// then. A vendor has the highest value of all its chains. Values only fall along a chain, so a
// cycle never helps, and does no harm.

#ifndef ROLLCALL_SERVER_EXPOSURE_SUPPLY_CHAIN_H_
#define ROLLCALL_SERVER_EXPOSURE_SUPPLY_CHAIN_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <vector>

#include "absl/status/statusor.h"
#include "server/exposure/types.h"

namespace rollcall::exposure {

// Vendors are named by any numbers of the caller's; elements by their positions in the catalogue.
struct SupplyEdge {
  std::uint32_t from = 0;  // Passes data on.
  std::uint32_t to = 0;    // Receives it. May be `from`, to no effect.
  // What is passed on, in any order; empty means all elements.
  std::vector<std::uint16_t> elements;
  Interval days;  // On which data may be passed on. An interval without a day passes nothing on.
};

struct SupplyQuestion {
  // In any order. Several may join the same two vendors; each counts by itself.
  std::vector<SupplyEdge> edges;
  std::size_t element_count = 0;  // Elements are 0 to element_count - 1.
  std::uint32_t party = 0;        // The compromised one; may be on no edge.
  Day until = kMaxDay;            // The last day of the compromise, inclusive.
};

// Elements with the same last day.
struct UpstreamElements {
  // What the vendor received of these elements on any day up to this one, inclusive, may have
  // reached the party. kMaxDay: on any day.
  Day last_day = kMaxDay;
  std::vector<std::uint16_t> elements;  // Ascending, each once, never empty.

  friend bool operator==(const UpstreamElements&, const UpstreamElements&) = default;
};

// A vendor whose data may have reached the party.
struct UpstreamVendor {
  std::uint32_t vendor = 0;
  // The vendors of a chain of as few edges as possible on which some element could come to the
  // party, from this vendor to the party, both included; its length less one is the number of
  // edges, 0 for the party. Among several chains of that length it is the first in the order of
  // vendor numbers, compared from the left.
  std::vector<std::uint32_t> chain;
  // Every element that could come to the party, on whatever chain; those that could come until
  // the latest day first. An element stands in one of them only.
  std::vector<UpstreamElements> reached;

  std::size_t depth() const { return chain.size() - 1; }

  friend bool operator==(const UpstreamVendor&, const UpstreamVendor&) = default;
};

// Every vendor whose data may have reached the party, in ascending order of (depth, vendor). So
// the party is the first; it holds all elements until `question.until`.
//
// Pure; any thread. Chains may have any length: there is no recursion. Elements that no edge
// tells apart are followed together; for each such class the time grows with edges times the
// length of the chains, and is far less where most edges have no dates.
//
// Errors: INVALID_ARGUMENT if an edge names an element that is out of range.
absl::StatusOr<std::vector<UpstreamVendor>> FindUpstream(const SupplyQuestion& question);

// By vendor and element, the last day, at most `until`, on which something of the element that the
// vendor ever held could still be handed over to the party: a vendor on the way may have kept it
// long before. Days on the way count only in that each edge has begun by `until`, so that the day
// may be too late, never too early; kMinDay if nothing can come. The party itself is not in it.
//
// Pure; any thread; linear in edges for each class of elements. Errors as FindUpstream().
absl::StatusOr<std::map<std::uint32_t, std::vector<Day>>> FindLastArrivals(
    const SupplyQuestion& question);

}  // namespace rollcall::exposure

#endif  // ROLLCALL_SERVER_EXPOSURE_SUPPLY_CHAIN_H_
