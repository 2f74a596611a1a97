#include "server/exposure/supply_chain.h"

#include <algorithm>
#include <functional>
#include <limits>
#include <map>
#include <optional>
#include <span>
#include <utility>

#include "absl/status/status.h"

namespace rollcall::exposure {
namespace {

// Elements in classes: two elements are in one class if every edge carries both or neither.
struct Classes {
  std::vector<std::vector<std::uint16_t>> members;  // Ascending.
  std::vector<std::uint32_t> of_element;
};

Classes Classify(const SupplyQuestion& question) {
  Classes classes;
  classes.of_element.resize(question.element_count);
  std::uint32_t count = 1;
  for (const SupplyEdge& edge : question.edges) {
    std::vector<std::uint16_t> elements = edge.elements;
    std::sort(elements.begin(), elements.end());
    elements.erase(std::unique(elements.begin(), elements.end()), elements.end());
    std::map<std::uint32_t, std::uint32_t> split;  // Old class -> class of those on this edge.
    for (const std::uint16_t element : elements) {
      std::uint32_t& of = classes.of_element[element];
      const auto [entry, is_new] = split.try_emplace(of, count);
      if (is_new) ++count;
      of = entry->second;
    }
  }
  // A split may have left a class empty; number the others anew.
  std::map<std::uint32_t, std::uint32_t> number;
  for (std::size_t element = 0; element < question.element_count; ++element) {
    std::uint32_t& of = classes.of_element[element];
    of = number.try_emplace(of, static_cast<std::uint32_t>(number.size())).first->second;
    if (of == classes.members.size()) classes.members.emplace_back();
    classes.members[of].push_back(static_cast<std::uint16_t>(element));
  }
  return classes;
}

// The question with vendors as positions in ascending order of their numbers, and edges found by
// either end.
class Graph {
 public:
  struct Edge {
    std::uint32_t from = 0;
    std::uint32_t to = 0;
    Interval days;
    std::vector<bool> carries;  // By class.
  };

  Graph(const SupplyQuestion& question, const Classes& classes) {
    numbers_.push_back(question.party);
    for (const SupplyEdge& edge : question.edges) {
      numbers_.push_back(edge.from);
      numbers_.push_back(edge.to);
    }
    std::sort(numbers_.begin(), numbers_.end());
    numbers_.erase(std::unique(numbers_.begin(), numbers_.end()), numbers_.end());
    party_ = PositionOf(question.party);

    into_.resize(numbers_.size());
    out_of_.resize(numbers_.size());
    edges_.reserve(question.edges.size());
    for (const SupplyEdge& edge : question.edges) {
      std::vector<bool> carries(classes.members.size(), edge.elements.empty());
      for (const std::uint16_t element : edge.elements) carries[classes.of_element[element]] = true;
      const std::uint32_t from = PositionOf(edge.from);
      const std::uint32_t to = PositionOf(edge.to);
      into_[to].push_back(static_cast<std::uint32_t>(edges_.size()));
      out_of_[from].push_back(static_cast<std::uint32_t>(edges_.size()));
      edges_.push_back({from, to, edge.days, std::move(carries)});
    }
  }

  std::uint32_t size() const { return static_cast<std::uint32_t>(numbers_.size()); }
  std::uint32_t party() const { return party_; }
  std::uint32_t number(std::uint32_t vendor) const { return numbers_[vendor]; }
  const Edge& edge(std::uint32_t index) const { return edges_[index]; }
  std::span<const std::uint32_t> into(std::uint32_t vendor) const { return into_[vendor]; }
  std::span<const std::uint32_t> out_of(std::uint32_t vendor) const { return out_of_[vendor]; }

 private:
  std::uint32_t PositionOf(std::uint32_t number) const {
    return static_cast<std::uint32_t>(std::lower_bound(numbers_.begin(), numbers_.end(), number) -
                                      numbers_.begin());
  }

  std::vector<std::uint32_t> numbers_;
  std::uint32_t party_ = 0;
  std::vector<Edge> edges_;
  std::vector<std::vector<std::uint32_t>> into_;
  std::vector<std::vector<std::uint32_t>> out_of_;
};

// The last day of one class at one vendor, as longer chains are allowed: both columns ascend.
struct Step {
  std::uint32_t edges = 0;  // With chains of so many edges or fewer ...
  Day last_day = kMinDay;   // ... this day is reached.
};
using Steps = std::vector<Step>;

absl::Status CheckElements(const SupplyQuestion& question) {
  for (const SupplyEdge& edge : question.edges) {
    for (const std::uint16_t element : edge.elements) {
      if (element >= question.element_count) {
        return absl::InvalidArgumentError("an edge names an element that is out of range");
      }
    }
  }
  return absl::OkStatus();
}

// The steps of all vendors for the elements of class `c`, one more edge per round.
std::vector<Steps> Follow(const Graph& graph, std::uint32_t c, Day until) {
  std::vector<Steps> steps(graph.size());
  steps[graph.party()].push_back({0, until});
  std::vector<std::pair<std::uint32_t, Day>> improved = {{graph.party(), until}};
  for (std::uint32_t round = 1; !improved.empty(); ++round) {
    std::vector<std::uint32_t> vendors;
    for (const auto& [to, reached] : improved) {
      for (const std::uint32_t index : graph.into(to)) {
        const Graph::Edge& edge = graph.edge(index);
        const Day last_day = std::min(edge.days.last, reached);
        if (!edge.carries[c] || edge.days.first > last_day) continue;
        Steps& at = steps[edge.from];
        if (!at.empty() && at.back().last_day >= last_day) continue;
        if (at.empty() || at.back().edges < round) {
          at.push_back({round, last_day});
          vendors.push_back(edge.from);
        } else {
          at.back().last_day = last_day;
        }
      }
    }
    improved.clear();
    for (const std::uint32_t vendor : vendors) {
      improved.emplace_back(vendor, steps[vendor].back().last_day);
    }
  }
  return steps;
}

// What chains of at most `edges` edges reach; nullopt if there is none.
std::optional<Day> ReachedWithin(const Steps& steps, std::uint32_t edges) {
  const auto after = std::partition_point(
      steps.begin(), steps.end(), [edges](const Step& step) { return step.edges <= edges; });
  if (after == steps.begin()) return std::nullopt;
  return std::prev(after)->last_day;
}

// `steps` is by class and vendor.
std::uint32_t ShortestChain(const std::vector<std::vector<Steps>>& steps, std::uint32_t vendor) {
  std::uint32_t shortest = std::numeric_limits<std::uint32_t>::max();
  for (const std::vector<Steps>& of_class : steps) {
    if (!of_class[vendor].empty()) shortest = std::min(shortest, of_class[vendor].front().edges);
  }
  return shortest;
}

// Walks from `vendor` to the party along the lowest vendors. Data that went over the edges so far
// was on its way on the first day of each, so edges to come must go on until the latest of these:
// that day is kept for each class that may still be the one that uses the chain.
std::vector<std::uint32_t> FirstChain(const Graph& graph,
                                      const std::vector<std::vector<Steps>>& steps,
                                      std::uint32_t vendor, std::uint32_t length) {
  std::map<std::uint32_t, Day> begun;  // Class -> that day.
  for (std::uint32_t c = 0; c < steps.size(); ++c) {
    const Steps& at = steps[c][vendor];
    if (!at.empty() && at.front().edges == length) begun[c] = kMinDay;
  }
  std::vector<std::uint32_t> chain = {graph.number(vendor)};
  for (std::uint32_t left = length; left > 0; --left) {
    std::uint32_t next = graph.size();
    std::map<std::uint32_t, Day> next_begun;
    for (const std::uint32_t index : graph.out_of(vendor)) {
      const Graph::Edge& edge = graph.edge(index);
      if (edge.to > next) continue;
      for (const auto& [c, day] : begun) {
        const Day begin = std::max(day, edge.days.first);
        if (!edge.carries[c] || begin > edge.days.last) continue;
        const std::optional<Day> reached = ReachedWithin(steps[c][edge.to], left - 1);
        if (!reached.has_value() || begin > *reached) continue;
        if (edge.to < next) {
          next = edge.to;
          next_begun.clear();
        }
        const auto [entry, is_new] = next_begun.try_emplace(c, begin);
        if (!is_new) entry->second = std::min(entry->second, begin);
      }
    }
    vendor = next;
    begun = std::move(next_begun);
    chain.push_back(graph.number(vendor));
  }
  return chain;
}

}  // namespace

absl::StatusOr<std::vector<UpstreamVendor>> FindUpstream(const SupplyQuestion& question) {
  if (absl::Status status = CheckElements(question); !status.ok()) return status;
  const Classes classes = Classify(question);
  const Graph graph(question, classes);
  std::vector<std::vector<Steps>> steps;
  steps.reserve(classes.members.size());
  for (std::uint32_t c = 0; c < classes.members.size(); ++c) {
    steps.push_back(Follow(graph, c, question.until));
  }

  std::vector<UpstreamVendor> upstream;
  for (std::uint32_t vendor = 0; vendor < graph.size(); ++vendor) {
    std::map<Day, std::vector<std::uint16_t>, std::greater<>> by_last_day;
    for (std::uint32_t c = 0; c < steps.size(); ++c) {
      const Steps& at = steps[c][vendor];
      if (at.empty()) continue;
      auto& elements = by_last_day[at.back().last_day];
      elements.insert(elements.end(), classes.members[c].begin(), classes.members[c].end());
    }
    if (by_last_day.empty() && vendor != graph.party()) continue;
    UpstreamVendor row;
    row.vendor = graph.number(vendor);
    row.chain = vendor == graph.party()
                    ? std::vector<std::uint32_t>{row.vendor}
                    : FirstChain(graph, steps, vendor, ShortestChain(steps, vendor));
    for (auto& [last_day, elements] : by_last_day) {
      std::sort(elements.begin(), elements.end());
      row.reached.push_back({last_day, std::move(elements)});
    }
    upstream.push_back(std::move(row));
  }
  std::stable_sort(
      upstream.begin(), upstream.end(),
      [](const UpstreamVendor& a, const UpstreamVendor& b) { return a.depth() < b.depth(); });
  return upstream;
}

absl::StatusOr<std::map<std::uint32_t, std::vector<Day>>> FindLastArrivals(
    const SupplyQuestion& question) {
  if (absl::Status status = CheckElements(question); !status.ok()) return status;
  const Classes classes = Classify(question);
  const Graph graph(question, classes);
  std::map<std::uint32_t, std::vector<Day>> arrivals;
  for (std::uint32_t vendor = 0; vendor < graph.size(); ++vendor) {
    if (vendor == graph.party()) continue;
    arrivals[graph.number(vendor)].resize(question.element_count, kMinDay);
  }
  for (std::uint32_t c = 0; c < classes.members.size(); ++c) {
    const auto passes = [&](const Graph::Edge& edge) {
      return edge.carries[c] && edge.from != graph.party() &&
             edge.days.first <= std::min(edge.days.last, question.until);
    };
    // From the edge into the party that stays open longest on: whom an earlier one has reached
    // has his day.
    std::vector<std::pair<Day, std::uint32_t>> last_hands;
    for (const std::uint32_t index : graph.into(graph.party())) {
      const Graph::Edge& edge = graph.edge(index);
      if (passes(edge)) {
        last_hands.emplace_back(std::min(edge.days.last, question.until), edge.from);
      }
    }
    std::sort(last_hands.begin(), last_hands.end(), std::greater<>());
    std::vector<bool> seen(graph.size());
    for (const auto& [day, last_hand] : last_hands) {
      std::vector<std::uint32_t> queue = {last_hand};
      while (!queue.empty()) {
        const std::uint32_t vendor = queue.back();
        queue.pop_back();
        if (seen[vendor]) continue;
        seen[vendor] = true;
        for (const std::uint16_t element : classes.members[c]) {
          arrivals[graph.number(vendor)][element] = day;
        }
        for (const std::uint32_t index : graph.into(vendor)) {
          if (passes(graph.edge(index))) queue.push_back(graph.edge(index).from);
        }
      }
    }
  }
  return arrivals;
}

}  // namespace rollcall::exposure
