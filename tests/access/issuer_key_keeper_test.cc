#include "server/access/issuer_key_keeper.h"

#include <atomic>
#include <latch>
#include <string>
#include <thread>
#include <vector>

#include "gtest/gtest.h"
#include "tests/access/issuer.h"

namespace rollcall::access {
namespace {

constexpr std::chrono::hours kNever{1000};

KeySet SetOf(const std::string& id) { return *ParseKeySet(KeySetText({KeyPair::Ec().Jwk(id)})); }

std::string IdOf(const std::shared_ptr<const KeySet>& set) {
  return set->keys.empty() ? "" : set->keys[0].id();
}

// Loads only when asked to, and then for as long as it takes.
KeyPace OnRequest() {
  KeyPace pace;
  pace.refresh = kNever;
  pace.retry = kNever;
  pace.between_renewals = std::chrono::milliseconds(0);
  pace.longest_wait = kNever;
  return pace;
}

void Silent(const KeySet*, const absl::Status&) {}

TEST(KeyKeeperTest, RenewLoadsAndCurrentDoesNot) {
  std::atomic<int> loads = 0;
  KeyKeeper keeper(
      SetOf("first"),
      [&](const std::stop_token&) {
        ++loads;
        return SetOf("second");
      },
      Silent, OnRequest());
  EXPECT_EQ(IdOf(keeper.Current()), "first");
  EXPECT_EQ(loads, 0);
  EXPECT_EQ(IdOf(keeper.Renew()), "second");
  EXPECT_EQ(IdOf(keeper.Current()), "second");
  EXPECT_EQ(loads, 1);
}

TEST(KeyKeeperTest, AFailingLoadKeepsTheLastGoodSet) {
  std::vector<std::string> reports;
  KeyKeeper keeper(
      SetOf("first"),
      [](const std::stop_token&) -> absl::StatusOr<KeySet> {
        return absl::UnavailableError("no network");
      },
      [&](const KeySet* set, const absl::Status& status) {
        EXPECT_EQ(set, nullptr);
        reports.emplace_back(status.message());
      },
      OnRequest());
  EXPECT_EQ(IdOf(keeper.Renew()), "first");
  EXPECT_EQ(IdOf(keeper.Renew()), "first");
  EXPECT_EQ(reports, std::vector<std::string>({"no network", "no network"}));
}

TEST(KeyKeeperTest, RenewalsAreRare) {
  std::atomic<int> loads = 0;
  KeyPace pace = OnRequest();
  pace.between_renewals = kNever;
  KeyKeeper keeper(
      KeySet(),
      [&](const std::stop_token&) {
        ++loads;
        return SetOf("second");
      },
      Silent, pace);
  EXPECT_EQ(IdOf(keeper.Renew()), "second");
  for (int i = 0; i < 100; ++i) EXPECT_EQ(IdOf(keeper.Renew()), "second");
  EXPECT_EQ(loads, 1);
}

TEST(KeyKeeperTest, LoadsByItself) {
  std::latch loaded(3);
  std::atomic<int> loads = 0;
  KeyPace pace = OnRequest();
  pace.refresh = std::chrono::milliseconds(1);
  pace.retry = std::chrono::milliseconds(1);
  KeyKeeper keeper(
      KeySet(),
      [&](const std::stop_token&) -> absl::StatusOr<KeySet> {
        const int number = ++loads;
        if (number <= 3) loaded.count_down();
        if (number == 1) return absl::UnavailableError("not yet");
        return SetOf("second");
      },
      Silent, pace);
  loaded.wait();
  EXPECT_GE(loads, 3);
}

TEST(KeyKeeperTest, WaitingIsBoundedInTimeAndInNumber) {
  std::latch begun(1);
  std::latch go_on(1);
  KeyPace pace = OnRequest();
  pace.longest_wait = std::chrono::milliseconds(1);
  KeyKeeper slow(
      SetOf("first"),
      [&](const std::stop_token&) {
        begun.count_down();
        go_on.wait();
        return SetOf("second");
      },
      Silent, pace);
  EXPECT_EQ(IdOf(slow.Renew()), "first");  // Returns, although the load does not.
  begun.wait();
  go_on.count_down();

  pace.longest_wait = kNever;
  pace.most_waiting = 0;
  KeyKeeper full(
      SetOf("first"),
      [](const std::stop_token& stop) -> absl::StatusOr<KeySet> {
        while (!stop.stop_requested()) std::this_thread::yield();
        return absl::UnavailableError("stopped");
      },
      Silent, pace);
  EXPECT_EQ(IdOf(full.Renew()), "first");
}

TEST(KeyKeeperTest, ManyCallersShareOneLoad) {
  std::atomic<int> loads = 0;
  KeyPace pace = OnRequest();
  pace.between_renewals = kNever;
  pace.most_waiting = 100;
  KeyKeeper keeper(
      SetOf("first"),
      [&](const std::stop_token&) {
        ++loads;
        return SetOf("second");
      },
      Silent, pace);
  std::vector<std::thread> callers;
  for (int i = 0; i < 16; ++i) {
    callers.emplace_back([&] { EXPECT_EQ(IdOf(keeper.Renew()), "second"); });
  }
  for (std::thread& caller : callers) caller.join();
  EXPECT_EQ(loads, 1);
}

}  // namespace
}  // namespace rollcall::access
