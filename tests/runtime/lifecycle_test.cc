#include "server/runtime/lifecycle.h"

#include <signal.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_join.h"
#include "gtest/gtest.h"
#include "tests/support/fake_clock.h"

namespace rollcall::runtime {
namespace {

using rollcall::testing::FakeClock;

const absl::Time kNow = absl::FromUnixSeconds(1'700'000'000);

// Steps that write down their order.
struct Recorder {
  std::vector<std::string> steps;
  absl::Time deadline;

  StopSteps Steps() {
    return {.announce = [this] { steps.push_back("announce"); },
            .drain =
                [this](absl::Time until) {
                  steps.push_back("drain");
                  deadline = until;
                },
            .close = [this] { steps.push_back("close"); }};
  }
  std::string Order() const { return absl::StrJoin(steps, " "); }
};

// Each test that sends signals runs in a process of its own, ended by its exit code, since it
// changes the signals of the whole process.
class LifecycleDeathTest : public ::testing::Test {
 protected:
  void SetUp() override { ::testing::FLAGS_gtest_death_test_style = "threadsafe"; }
};

// Ends the child with 0 if everything was as expected.
[[noreturn]] void Finish(bool as_expected) { _exit(as_expected ? 0 : 1); }

TEST(ServerLifecycle, RequestRunsTheStepsInOrder) {
  ASSERT_TRUE(ServerLifecycle::BlockSignals().ok());
  const FakeClock clock(kNow);
  ServerLifecycle lifecycle(&clock);
  EXPECT_FALSE(lifecycle.StopRequested());
  Recorder recorder;
  std::thread caller([&] {
    lifecycle.RequestStop("storage_failed");
    lifecycle.RequestStop("later");
  });
  EXPECT_EQ(lifecycle.Run(recorder.Steps(), absl::Seconds(30)), "storage_failed");
  caller.join();
  EXPECT_TRUE(lifecycle.StopRequested());
  EXPECT_EQ(recorder.Order(), "announce drain close");
  EXPECT_EQ(recorder.deadline, kNow + absl::Seconds(30));
}

TEST(ServerLifecycle, ReasonIsNeverEmptyAndStepsMayBe) {
  ASSERT_TRUE(ServerLifecycle::BlockSignals().ok());
  const FakeClock clock(kNow);
  ServerLifecycle lifecycle(&clock);
  lifecycle.RequestStop("");
  EXPECT_EQ(lifecycle.Run({}, absl::ZeroDuration()), "request");
}

TEST(ServerLifecycle, EndsWithoutEverRunning) {
  ASSERT_TRUE(ServerLifecycle::BlockSignals().ok());
  const FakeClock clock(kNow);
  for (int i = 0; i < 20; ++i) ServerLifecycle lifecycle(&clock);
}

TEST_F(LifecycleDeathTest, SignalsStopTheServer) {
  for (const auto& [signal, name] : {std::pair(SIGTERM, "SIGTERM"), std::pair(SIGINT, "SIGINT")}) {
    EXPECT_EXIT(
        {
          const bool blocked = ServerLifecycle::BlockSignals().ok();
          const FakeClock clock(kNow);
          ServerLifecycle lifecycle(&clock);
          kill(getpid(), signal);
          Recorder recorder;
          const std::string reason = lifecycle.Run(recorder.Steps(), absl::Seconds(1));
          Finish(blocked && reason == name && recorder.Order() == "announce drain close");
        },
        ::testing::ExitedWithCode(0), "\"event\":\"stopped\"");
  }
}

TEST_F(LifecycleDeathTest, SignalBeforeTheLifecycleIsNotLost) {
  EXPECT_EXIT(
      {
        const bool blocked = ServerLifecycle::BlockSignals().ok();
        kill(getpid(), SIGTERM);
        const FakeClock clock(kNow);
        ServerLifecycle lifecycle(&clock);
        Finish(blocked && lifecycle.Run({}, absl::Seconds(1)) == "SIGTERM");
      },
      ::testing::ExitedWithCode(0), "");
}

TEST_F(LifecycleDeathTest, SecondSignalEndsTheProcessAtOnce) {
  EXPECT_EXIT(
      {
        if (!ServerLifecycle::BlockSignals().ok()) Finish(false);
        const FakeClock clock(kNow);
        ServerLifecycle lifecycle(&clock);
        kill(getpid(), SIGTERM);
        StopSteps steps;
        // The first signal has been received by now; this handler never finishes.
        steps.drain = [](absl::Time) {
          kill(getpid(), SIGINT);
          while (true) pause();
        };
        lifecycle.Run(steps, absl::Seconds(1));
        Finish(false);
      },
      ::testing::ExitedWithCode(128 + SIGINT), "killed_while_stopping");
}

TEST_F(LifecycleDeathTest, HangUpAndBrokenPipesAreIgnored) {
  EXPECT_EXIT(
      {
        if (!ServerLifecycle::BlockSignals().ok()) Finish(false);
        const FakeClock clock(kNow);
        ServerLifecycle lifecycle(&clock);
        kill(getpid(), SIGHUP);
        kill(getpid(), SIGPIPE);
        const bool stopped_early = lifecycle.StopRequested();
        lifecycle.RequestStop("test");
        Finish(!stopped_early && lifecycle.Run({}, absl::Seconds(1)) == "test");
      },
      ::testing::ExitedWithCode(0), "");
}

TEST_F(LifecycleDeathTest, ThreadsMadeLaterDoNotReceiveTheSignals) {
  EXPECT_EXIT(
      {
        if (!ServerLifecycle::BlockSignals().ok()) Finish(false);
        bool blocked = false;
        std::thread([&blocked] {
          sigset_t mask;
          pthread_sigmask(SIG_BLOCK, nullptr, &mask);
          blocked = sigismember(&mask, SIGTERM) == 1 && sigismember(&mask, SIGINT) == 1;
        }).join();
        Finish(blocked);
      },
      ::testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace rollcall::runtime
