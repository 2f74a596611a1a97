#include "server/exposure/supply_chain.h"

#include <gtest/gtest.h>

#include <chrono>
#include <map>
#include <vector>

#include "server/exposure/types.h"

namespace rollcall::testing {
namespace {

using exposure::Day;
using exposure::FindLastArrivals;
using exposure::FindUpstream;
using exposure::Interval;
using exposure::kMaxDay;
using exposure::kMinDay;
using exposure::SupplyEdge;
using exposure::SupplyQuestion;
using exposure::UpstreamElements;
using exposure::UpstreamVendor;

using Upstream = std::vector<UpstreamVendor>;

constexpr std::uint32_t kParty = 50;

// Elements 0 to 2 and the party 50.
Upstream Find(const std::vector<SupplyEdge>& edges, Day until = kMaxDay) {
  const auto upstream = FindUpstream({edges, 3, kParty, until});
  EXPECT_TRUE(upstream.ok()) << upstream.status();
  return upstream.ok() ? *upstream : Upstream{};
}

UpstreamVendor Party(Day until = kMaxDay) { return {kParty, {kParty}, {{until, {0, 1, 2}}}}; }

UpstreamVendor All(const std::vector<std::uint32_t>& chain, Day last_day = kMaxDay) {
  return {chain.front(), chain, {{last_day, {0, 1, 2}}}};
}

TEST(SupplyChain, PartyAloneHoldsEverythingUntilTheEnd) {
  EXPECT_EQ(Find({}, 7), (Upstream{Party(7)}));
  EXPECT_EQ(Find({}, kMinDay), (Upstream{Party(kMinDay)}));
}

TEST(SupplyChain, DataFlowsWithTheEdgesOnly) {
  EXPECT_EQ(Find({{kParty, 1, {}, {}}, {2, kParty, {}, {}}, {3, 1, {}, {}}}),
            (Upstream{Party(), All({2, kParty})}));
}

TEST(SupplyChain, ValueIsTheLeastLastDayOfTheChain) {
  const std::vector<SupplyEdge> edges = {
      {1, kParty, {}, {kMinDay, 200}}, {2, 1, {}, {kMinDay, 100}}, {3, 2, {}, {kMinDay, 300}}};
  EXPECT_EQ(Find(edges), (Upstream{Party(), All({1, kParty}, 200), All({2, 1, kParty}, 100),
                                   All({3, 2, 1, kParty}, 100)}));
  EXPECT_EQ(Find(edges, 50), (Upstream{Party(50), All({1, kParty}, 50), All({2, 1, kParty}, 50),
                                       All({3, 2, 1, kParty}, 50)}));
}

TEST(SupplyChain, EdgeMayBeginOnTheLastDayThatCountsButNotLater) {
  EXPECT_EQ(Find({{1, kParty, {}, {100, kMaxDay}}}, 100),
            (Upstream{Party(100), All({1, kParty}, 100)}));
  EXPECT_EQ(Find({{1, kParty, {}, {100, kMaxDay}}}, 99), (Upstream{Party(99)}));
  // The first edge of the chain begins when the second has ended.
  EXPECT_EQ(Find({{1, kParty, {}, {0, 99}}, {2, 1, {}, {100, 200}}}),
            (Upstream{Party(), All({1, kParty}, 99)}));
  EXPECT_EQ(Find({{1, kParty, {}, {0, 100}}, {2, 1, {}, {100, 200}}}),
            (Upstream{Party(), All({1, kParty}, 100), All({2, 1, kParty}, 100)}));
}

TEST(SupplyChain, VendorsKeepWhatTheyReceived) {
  // The second edge begins long after the first one has ended.
  EXPECT_EQ(Find({{1, kParty, {}, {500, 600}}, {2, 1, {}, {10, 20}}}),
            (Upstream{Party(), All({1, kParty}, 600), All({2, 1, kParty}, 20)}));
}

TEST(SupplyChain, BestOfSeveralChainsCountsAndTheShortestIsShown) {
  // 1 passes on directly until day 10, and by way of 2 until day 90.
  EXPECT_EQ(Find({{1, kParty, {}, {kMinDay, 10}}, {1, 2, {}, {kMinDay, 90}}, {2, kParty, {}, {}}}),
            (Upstream{Party(), All({1, kParty}, 90), All({2, kParty})}));
}

TEST(SupplyChain, ShortestChainMustItselfBeUsable) {
  // Of the two ways from 1, the direct one had ended when 3 began.
  EXPECT_EQ(Find({{1, kParty, {}, {kMinDay, 10}},
                  {1, 2, {}, {}},
                  {2, kParty, {}, {}},
                  {3, 1, {}, {11, kMaxDay}}}),
            (Upstream{Party(), All({1, kParty}), All({2, kParty}), All({3, 1, 2, kParty})}));
}

TEST(SupplyChain, OfEqualChainsThatOfTheLowestVendorsIsShown) {
  EXPECT_EQ(Find({{9, 4, {}, {}},
                  {9, 3, {}, {}},
                  {4, 1, {}, {}},
                  {3, 2, {}, {}},
                  {1, kParty, {}, {}},
                  {2, kParty, {}, {}}})
                .back(),
            All({9, 3, 2, kParty}));
  // By way of 3 it does not work, for 9 begins too late for that.
  EXPECT_EQ(Find({{9, 4, {}, {50, kMaxDay}},
                  {9, 3, {}, {50, kMaxDay}},
                  {4, 1, {}, {}},
                  {3, 2, {}, {}},
                  {1, kParty, {}, {}},
                  {2, kParty, {}, {kMinDay, 49}}})
                .back(),
            All({9, 4, 1, kParty}));
}

TEST(SupplyChain, ChainShownIsUsableFromItsFirstEdgeOn) {
  // By way of 4 data comes to 1 in time, by way of 3 only to 2.
  EXPECT_EQ(Find({{9, 3, {}, {50, kMaxDay}},
                  {9, 4, {}, {}},
                  {3, 1, {}, {kMinDay, 49}},
                  {3, 2, {}, {}},
                  {4, 1, {}, {}},
                  {1, kParty, {}, {}},
                  {2, kParty, {}, {}}})
                .back(),
            All({9, 3, 2, kParty}));
  // Of two edges between the same vendors the one that began earlier opens the way to 2.
  EXPECT_EQ(Find({{9, 4, {}, {}},
                  {9, 4, {}, {50, kMaxDay}},
                  {4, 2, {}, {kMinDay, 49}},
                  {4, 3, {}, {}},
                  {2, kParty, {}, {}},
                  {3, kParty, {}, {}}})
                .back(),
            All({9, 4, 2, kParty}));
}

TEST(SupplyChain, ElementsGoTheirOwnWays) {
  // 2 -> 1 carries elements 0 and 1, 1 -> party carries 1 and 2.
  EXPECT_EQ(
      Find({{2, 1, {1, 0, 1}, {kMinDay, 40}}, {1, kParty, {1, 2}, {kMinDay, 60}}}, 100),
      (Upstream{Party(100), {1, {1, kParty}, {{60, {1, 2}}}}, {2, {2, 1, kParty}, {{40, {1}}}}}));
  EXPECT_EQ(Find({{2, 1, {0}, {}}, {1, kParty, {2}, {}}}),
            (Upstream{Party(), {1, {1, kParty}, {{kMaxDay, {2}}}}}));
}

TEST(SupplyChain, ElementsWithOneLastDayStandTogetherTheLatestFirst) {
  EXPECT_EQ(Find({{1, kParty, {2}, {kMinDay, 60}},
                  {1, kParty, {0}, {kMinDay, 60}},
                  {1, kParty, {0}, {kMinDay, 30}},
                  {1, kParty, {1}, {kMinDay, 80}}}),
            (Upstream{Party(), {1, {1, kParty}, {{80, {1}}, {60, {0, 2}}}}}));
}

TEST(SupplyChain, ShortestChainIsThatOfAnyElement) {
  // Element 1 comes directly; element 0, to a later day, only by way of 2.
  EXPECT_EQ(Find({{9, kParty, {1}, {kMinDay, 5}}, {9, 2, {0}, {}}, {2, kParty, {0}, {}}}),
            (Upstream{Party(),
                      {2, {2, kParty}, {{kMaxDay, {0}}}},
                      {9, {9, kParty}, {{kMaxDay, {0}}, {5, {1}}}}}));
}

TEST(SupplyChain, CyclesAndSelfEdgesAreHarmless) {
  EXPECT_EQ(Find({{1, 1, {}, {}},
                  {1, 2, {}, {}},
                  {2, 1, {}, {}},
                  {2, kParty, {}, {kMinDay, 10}},
                  {kParty, kParty, {}, {}},
                  {kParty, 1, {}, {}},
                  {3, 3, {}, {}}}),
            (Upstream{Party(), All({2, kParty}, 10), All({1, 2, kParty}, 10)}));
}

TEST(SupplyChain, EdgeWithoutADayPassesNothingOn) {
  EXPECT_EQ(Find({{1, kParty, {}, {10, 9}}}), (Upstream{Party()}));
}

TEST(SupplyChain, OpenEndsAreOrdinaryDays) {
  EXPECT_EQ(Find({{1, kParty, {}, {kMinDay, kMinDay}}, {2, kParty, {}, {kMaxDay, kMaxDay}}}),
            (Upstream{Party(), All({1, kParty}, kMinDay), All({2, kParty}, kMaxDay)}));
}

TEST(SupplyChain, ElementOutOfRangeIsRefused) {
  EXPECT_EQ(FindUpstream({{{1, kParty, {3}, {}}}, 3, kParty, kMaxDay}).status().code(),
            absl::StatusCode::kInvalidArgument);
}

TEST(SupplyChain, CatalogueWithoutElementsReachesNobody) {
  const auto upstream = FindUpstream({{{1, kParty, {}, {}}}, 0, kParty, kMaxDay});
  ASSERT_TRUE(upstream.ok());
  EXPECT_EQ(*upstream, (Upstream{{kParty, {kParty}, {}}}));
}

TEST(SupplyChain, ChainOfThousandsComesToItsEnd) {
  constexpr std::uint32_t kVendors = 3000;
  SupplyQuestion question;
  question.element_count = 1;
  for (std::uint32_t i = 1; i <= kVendors; ++i) {
    question.edges.push_back({i, i - 1, {}, {kMinDay, static_cast<Day>(i)}});
    question.edges.push_back({i - 1, i, {}, {}});
  }
  const auto upstream = FindUpstream(question);
  ASSERT_TRUE(upstream.ok());
  ASSERT_EQ(upstream->size(), kVendors + 1);
  EXPECT_EQ(upstream->back().depth(), kVendors);
  EXPECT_EQ(upstream->back().chain.front(), kVendors);
  EXPECT_EQ(upstream->back().chain.back(), 0u);
  EXPECT_EQ(upstream->back().reached, (std::vector<UpstreamElements>{{1, {0}}}));
}

// --- The last arrival --------------------------------------------------------------------------

using Arrivals = std::map<std::uint32_t, std::vector<Day>>;

Arrivals Last(const std::vector<SupplyEdge>& edges, Day until = kMaxDay) {
  const auto arrivals = FindLastArrivals({edges, 3, kParty, until});
  EXPECT_TRUE(arrivals.ok()) << arrivals.status();
  return arrivals.ok() ? *arrivals : Arrivals{};
}

TEST(LastArrival, IsTheLastDayOfTheLastEdge) {
  // What 2 received until day 100 may lie with 1 until day 200.
  EXPECT_EQ(Last({{1, kParty, {}, {kMinDay, 200}}, {2, 1, {}, {kMinDay, 100}}}),
            (Arrivals{{1, {200, 200, 200}}, {2, {200, 200, 200}}}));
  EXPECT_EQ(Last({{1, kParty, {}, {kMinDay, 200}}, {2, 1, {}, {kMinDay, 100}}}, 150),
            (Arrivals{{1, {150, 150, 150}}, {2, {150, 150, 150}}}));
}

TEST(LastArrival, IsTheLatestOfAllWaysAndOfEachElement) {
  EXPECT_EQ(Last({{1, kParty, {0}, {10, 300}},
                  {2, kParty, {}, {10, 200}},
                  {3, 1, {}, {}},
                  {3, 2, {1}, {}},
                  {1, 3, {}, {}}}),
            (Arrivals{{1, {300, 200, kMinDay}}, {2, {200, 200, 200}}, {3, {300, 200, kMinDay}}}));
}

TEST(LastArrival, IsNotOverEdgesThatBeginTooLateOrLeaveTheParty) {
  EXPECT_EQ(Last({{1, kParty, {}, {100, kMaxDay}},
                  {2, kParty, {}, {50, 60}},
                  {3, 1, {}, {}},
                  {kParty, 2, {}, {}},
                  {4, kParty, {}, {70, 60}}},
                 99),
            (Arrivals{{1, {kMinDay, kMinDay, kMinDay}},
                      {2, {60, 60, 60}},
                      {3, {kMinDay, kMinDay, kMinDay}},
                      {4, {kMinDay, kMinDay, kMinDay}}}));
  EXPECT_EQ(Last({}), Arrivals{});
  EXPECT_EQ(FindLastArrivals({{{1, kParty, {3}, {}}}, 3, kParty, kMaxDay}).status().code(),
            absl::StatusCode::kInvalidArgument);
}

// A register of the largest size expected, in which every edge tells elements apart.
TEST(SupplyChain, LargeRegisterTakesSeconds) {
  SupplyQuestion question;
  question.element_count = 200;
  std::uint32_t state = 1;
  const auto draw = [&state](std::uint32_t n) {
    state = state * 1664525u + 1013904223u;
    return (state >> 8) % n;
  };
  for (int i = 0; i < 5000; ++i) {
    SupplyEdge edge{draw(1500), draw(1500), {}, {}};
    if (draw(4) != 0) {
      for (int j = 0; j < 40; ++j) edge.elements.push_back(static_cast<std::uint16_t>(draw(200)));
    }
    edge.days.first = static_cast<Day>(draw(1000));
    edge.days.last = edge.days.first + static_cast<Day>(draw(3000));
    question.edges.push_back(std::move(edge));
  }
  question.party = 7;
  const auto begin = std::chrono::steady_clock::now();
  const auto upstream = FindUpstream(question);
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begin;
  ASSERT_TRUE(upstream.ok());
  EXPECT_GT(upstream->size(), 500u);
  EXPECT_LT(seconds.count(), 20.0);  // A tenth of a second or so, where nothing else runs.
}

}  // namespace
}  // namespace rollcall::testing
