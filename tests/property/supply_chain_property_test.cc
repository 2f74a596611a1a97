// Supply chains against a reading that tries everything: every simple path, every element, and
// for each day the earliest possible arrival of what was received on it, day by day.
//
// RC_PARAMS in the environment overrides the number of cases and the seed, as in
// exposure_property_test.cc.

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "server/exposure/supply_chain.h"

namespace rollcall::testing {
namespace {

using exposure::Day;
using exposure::kMaxDay;
using exposure::kMinDay;
using exposure::SupplyEdge;
using exposure::SupplyQuestion;

constexpr int kDays = 10;

struct Reached {
  int vendors = 0, deep = 0, several_groups = 0, partly_reached = 0, longer_is_later = 0;
  int equal_chains = 0, shorter_is_blocked = 0, cycles = 0, open_ends = 0;
};

int Draw(int n) { return *rc::gen::resize(rc::kNominalSize, rc::gen::inRange(0, n)); }

bool OneIn(int n) { return Draw(n) == 0; }

SupplyQuestion DrawQuestion() {
  SupplyQuestion question;
  question.element_count = static_cast<std::size_t>(1 + Draw(4));
  const int vendors = 2 + Draw(6);
  // Numbers that are neither dense nor in the order of drawing.
  std::vector<std::uint32_t> numbers;
  for (int i = 0; i < vendors; ++i) {
    numbers.push_back(static_cast<std::uint32_t>((i * 5 + 3) % 7 * 10));
  }
  const auto vendor = [&] { return numbers[static_cast<std::size_t>(Draw(vendors))]; };
  // Half of the questions are in layers of two vendors, each passing on to the one below, so that
  // many chains are equally long.
  const bool layers = OneIn(2);
  question.party = layers ? numbers[0] : vendor();
  for (int i = Draw(layers ? 31 : 21); i > 0; --i) {
    SupplyEdge edge{vendor(), vendor(), {}, {}};
    if (layers) {
      const int from = 1 + Draw(vendors - 1);
      const int below = (from + 1) / 2 - 1;
      const int to = below == 0 ? 0 : 2 * below - Draw(2);
      edge.from = numbers[static_cast<std::size_t>(from)];
      edge.to = numbers[static_cast<std::size_t>(to)];
    }
    if (OneIn(2)) {
      for (int j = 1 + Draw(3); j > 0; --j) {
        edge.elements.push_back(
            static_cast<std::uint16_t>(Draw(static_cast<int>(question.element_count))));
      }
    }
    if (!OneIn(3)) edge.days.first = Draw(kDays);
    if (!OneIn(3)) edge.days.last = Draw(kDays);
    if (edge.days.first > edge.days.last && !OneIn(8)) {
      std::swap(edge.days.first, edge.days.last);
    }
    question.edges.push_back(std::move(edge));
  }
  if (!OneIn(3)) question.until = Draw(kDays);
  return question;
}

// Everything about one vendor, found by trying.
struct Tried {
  std::map<int, Day> last_day_of;               // Element -> the latest day on any path.
  std::set<std::vector<std::uint32_t>> chains;  // All usable ones, of any element.
  std::map<std::size_t, Day> best_of_length;    // By length of the chain.
};

class TryEverything {
 public:
  explicit TryEverything(const SupplyQuestion& question) : question_(question) {
    days_.push_back(kMinDay);
    for (Day day = -1; day <= kDays; ++day) days_.push_back(day);
    days_.push_back(kMaxDay);
    std::set<std::uint32_t> vendors = {question.party};
    for (const SupplyEdge& edge : question.edges) vendors.insert({edge.from, edge.to});
    for (const std::uint32_t vendor : vendors) {
      for (int element = 0; element < static_cast<int>(question.element_count); ++element) {
        std::vector<const SupplyEdge*> path;
        std::vector<std::uint32_t> visited = {vendor};
        Walk(vendor, element, path, visited);
      }
    }
  }

  const std::map<std::uint32_t, Tried>& tried() const { return tried_; }

 private:
  void Walk(std::uint32_t start, int element, std::vector<const SupplyEdge*>& path,
            std::vector<std::uint32_t>& visited) {
    if (visited.back() == question_.party) {
      Send(start, element, path, visited);
      return;
    }
    for (const SupplyEdge& edge : question_.edges) {
      if (edge.from != visited.back()) continue;
      if (std::find(visited.begin(), visited.end(), edge.to) != visited.end()) continue;
      if (!edge.elements.empty() &&
          std::find(edge.elements.begin(), edge.elements.end(), element) == edge.elements.end()) {
        continue;
      }
      path.push_back(&edge);
      visited.push_back(edge.to);
      Walk(start, element, path, visited);
      visited.pop_back();
      path.pop_back();
    }
  }

  // Sends what came on each day down the path, on the first possible day each time.
  void Send(std::uint32_t start, int element, const std::vector<const SupplyEdge*>& path,
            const std::vector<std::uint32_t>& chain) {
    for (const Day received : days_) {
      std::optional<Day> at = received;
      for (const SupplyEdge* edge : path) {
        std::optional<Day> passed_on;
        for (const Day day : days_) {
          if (at.has_value() && day >= *at && edge->days.first <= day && day <= edge->days.last &&
              !passed_on.has_value()) {
            passed_on = day;
          }
        }
        at = passed_on;
      }
      if (!at.has_value() || *at > question_.until) continue;
      Tried& tried = tried_[start];
      tried.chains.insert(chain);
      const auto [best, is_first] = tried.last_day_of.try_emplace(element, received);
      if (!is_first) best->second = std::max(best->second, received);
      const auto [at_length, is_new] = tried.best_of_length.try_emplace(chain.size(), received);
      if (!is_new) at_length->second = std::max(at_length->second, received);
    }
  }

  const SupplyQuestion& question_;
  std::vector<Day> days_;
  std::map<std::uint32_t, Tried> tried_;
};

void Must(bool holds, const char* what) {
  if (!holds) RC_FAIL(std::string("does not hold: ") + what);
}

void CompareOnce(Reached& reached) {
  const SupplyQuestion question = DrawQuestion();
  const auto upstream = FindUpstream(question);
  Must(upstream.ok(), "the question is accepted");
  const TryEverything brute(question);

  std::map<std::uint32_t, std::map<int, Day>> actual;
  for (std::size_t i = 0; i < upstream->size(); ++i) {
    const exposure::UpstreamVendor& row = (*upstream)[i];
    if (i > 0) {
      const exposure::UpstreamVendor& before = (*upstream)[i - 1];
      Must(std::pair(before.depth(), before.vendor) < std::pair(row.depth(), row.vendor),
           "vendors ascend");
    }
    for (std::size_t j = 0; j < row.reached.size(); ++j) {
      const exposure::UpstreamElements& group = row.reached[j];
      Must(j == 0 || row.reached[j - 1].last_day > group.last_day, "days descend");
      Must(!group.elements.empty(), "no group is empty");
      Must(std::is_sorted(group.elements.begin(), group.elements.end()), "elements ascend");
      for (const std::uint16_t element : group.elements) {
        Must(actual[row.vendor].try_emplace(element, group.last_day).second,
             "an element stands once");
      }
    }
    const auto expected = brute.tried().find(row.vendor);
    Must(expected != brute.tried().end(), "the vendor reaches the party");
    // The first of the shortest.
    std::vector<std::uint32_t> first;
    for (const auto& chain : expected->second.chains) {
      if (first.empty() || chain.size() < first.size()) first = chain;
    }
    Must(row.chain == first, "the chain");
  }
  std::map<std::uint32_t, std::map<int, Day>> expected;
  for (const auto& [vendor, tried] : brute.tried()) expected[vendor] = tried.last_day_of;
  Must(actual == expected, "vendors, elements and days");

  for (const auto& row : *upstream) {
    if (row.vendor == question.party) continue;
    const Tried& tried = brute.tried().at(row.vendor);
    ++reached.vendors;
    reached.deep += row.depth() > 2;
    reached.several_groups += row.reached.size() > 1;
    reached.partly_reached += tried.last_day_of.size() < question.element_count;
    reached.longer_is_later +=
        tried.best_of_length.rbegin()->second > tried.best_of_length.begin()->second;
    for (const std::vector<std::uint32_t>& chain : tried.chains) {
      reached.equal_chains += chain.size() == row.chain.size() && chain != row.chain;
    }
    // The next vendor of the chain has a shorter one of its own.
    for (const auto& next : *upstream) {
      reached.shorter_is_blocked += next.vendor == row.chain[1] && next.depth() + 1 < row.depth();
    }
    for (const SupplyEdge& edge : question.edges) {
      reached.cycles += edge.from == row.chain[1] && edge.to == row.vendor;
    }
    reached.open_ends += row.reached.front().last_day == kMaxDay;
  }
}

TEST(SupplyChainProperty, AgreesWithTryingEverything) {
  setenv("RC_PARAMS", "seed=20250208 max_success=30000", /*overwrite=*/0);
  Reached reached;
  EXPECT_TRUE(rc::check("supply chains == trying everything", [&] { CompareOnce(reached); }));

  EXPECT_GT(reached.vendors, 5000);
  EXPECT_GT(reached.deep, 500);
  EXPECT_GT(reached.several_groups, 500);
  EXPECT_GT(reached.partly_reached, 1000);
  EXPECT_GT(reached.longer_is_later, 200);
  EXPECT_GT(reached.equal_chains, 500);
  EXPECT_GT(reached.shorter_is_blocked, 30);
  EXPECT_GT(reached.cycles, 1000);
  EXPECT_GT(reached.open_ends, 500);
}

}  // namespace
}  // namespace rollcall::testing
