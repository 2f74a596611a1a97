// Shares of callers, rates, and the brake on addresses that bring no valid identity.

#include "server/rpc/admission.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "storage/status.h"

namespace rollcall::rpc {
namespace {

constexpr v1::DeadlineClass kShort = v1::DEADLINE_CLASS_SHORT;
constexpr v1::DeadlineClass kLong = v1::DEADLINE_CLASS_LONG;
constexpr v1::DeadlineClass kStream = v1::DEADLINE_CLASS_STREAM;
const absl::Time kStart = absl::FromUnixSeconds(1'700'000'000);

AdmissionLimits Small() {
  AdmissionLimits limits;
  limits.concurrent = 3;
  limits.concurrent_per_caller = 2;
  limits.streams_per_caller = 1;
  limits.calls = {0, 0};
  limits.heavy_calls = {0, 0};
  limits.failures = {1, 3};
  return limits;
}

TEST(AdmissionTest, ThereAreSoManyPlaces) {
  Admission admission(Small());
  std::vector<Admission::Ticket> tickets;
  for (int i = 0; i < 3; ++i) tickets.push_back(*admission.Enter());
  EXPECT_EQ(ErrorReason(admission.Enter().status()), "TOO_MANY_CALLS");
  tickets.pop_back();
  EXPECT_TRUE(admission.Enter().ok());
}

TEST(AdmissionTest, OneCallerLeavesPlacesToOthers) {
  Admission admission(Small());
  std::optional<Admission::Ticket> first = *admission.Admit("user:a", kShort, kStart);
  const auto second = admission.Admit("user:a", kLong, kStart);
  ASSERT_TRUE(second.ok());
  const auto third = admission.Admit("user:a", kShort, kStart);
  EXPECT_TRUE(absl::IsResourceExhausted(third.status()));
  EXPECT_EQ(ErrorReason(third.status()), "CALLER_LIMIT");
  EXPECT_TRUE(admission.Admit("user:b", kShort, kStart).ok());
  first.reset();
  EXPECT_TRUE(admission.Admit("user:a", kShort, kStart).ok());
}

TEST(AdmissionTest, StreamsHaveABoundOfTheirOwn) {
  Admission admission(Small());
  {
    const auto stream = admission.Admit("user:a", kStream, kStart);
    ASSERT_TRUE(stream.ok());
    EXPECT_FALSE(admission.Admit("user:a", kStream, kStart).ok());
    EXPECT_TRUE(admission.Admit("user:a", kShort, kStart).ok());
  }
  EXPECT_TRUE(admission.Admit("user:a", kStream, kStart).ok());
}

TEST(AdmissionTest, ATicketThatMovesGivesBackOnce) {
  Admission admission(Small());
  {
    Admission::Ticket one = *admission.Admit("user:a", kShort, kStart);
    Admission::Ticket other = std::move(one);
    Admission::Ticket third;
    third = std::move(other);
    EXPECT_TRUE(admission.Admit("user:a", kShort, kStart).ok());
  }
  const auto first = admission.Admit("user:a", kShort, kStart);
  const auto second = admission.Admit("user:a", kShort, kStart);
  EXPECT_TRUE(first.ok() && second.ok());
  EXPECT_FALSE(admission.Admit("user:a", kShort, kStart).ok());
}

TEST(AdmissionTest, RatesRefillWithTime) {
  AdmissionLimits limits = Small();
  limits.calls = {2, 4};
  Admission admission(limits);
  for (int i = 0; i < 4; ++i) EXPECT_TRUE(admission.Admit("user:a", kShort, kStart).ok()) << i;
  EXPECT_EQ(ErrorReason(admission.Admit("user:a", kShort, kStart).status()), "CALLER_LIMIT");
  EXPECT_TRUE(admission.Admit("user:b", kShort, kStart).ok());
  const absl::Time later = kStart + absl::Seconds(1);
  EXPECT_TRUE(admission.Admit("user:a", kShort, later).ok());
  EXPECT_TRUE(admission.Admit("user:a", kShort, later).ok());
  EXPECT_FALSE(admission.Admit("user:a", kShort, later).ok());
}

TEST(AdmissionTest, HeavyCallsHaveARateOfTheirOwn) {
  AdmissionLimits limits = Small();
  limits.heavy_calls = {1, 2};
  Admission admission(limits);
  EXPECT_TRUE(admission.Admit("user:a", kLong, kStart).ok());
  EXPECT_TRUE(admission.Admit("user:a", kStream, kStart).ok());
  EXPECT_FALSE(admission.Admit("user:a", kLong, kStart).ok());
  EXPECT_TRUE(admission.Admit("user:a", kShort, kStart).ok());
}

TEST(AdmissionTest, TheAdministratorAtTheMachineIsNeverLockedOut) {
  Admission admission(Small());
  std::vector<Admission::Ticket> tickets;
  for (int i = 0; i < 50; ++i) tickets.push_back(*admission.Admit("local", kStream, kStart));
  EXPECT_EQ(tickets.size(), 50U);
}

TEST(AdmissionTest, AnAddressThatKeepsFailingHasToWait) {
  Admission admission(Small());
  for (int i = 0; i < 3; ++i) {
    EXPECT_TRUE(admission.CheckHost("192.0.2.7", kStart).ok());
    admission.NoteFailure("192.0.2.7", kStart);
  }
  EXPECT_EQ(ErrorReason(admission.CheckHost("192.0.2.7", kStart)), "TOO_MANY_FAILURES");
  EXPECT_TRUE(admission.CheckHost("192.0.2.8", kStart).ok());
  EXPECT_TRUE(admission.CheckHost("", kStart).ok());
  EXPECT_TRUE(admission.CheckHost("192.0.2.7", kStart + absl::Seconds(2)).ok());
}

TEST(AdmissionTest, ThousandsOfAddressesDoNotFillTheMemoryForEver) {
  AdmissionLimits limits = Small();
  Admission admission(limits);
  for (int i = 0; i < 30'000; ++i) {
    admission.NoteFailure(absl::StrCat("host", i), kStart + absl::Seconds(i));
  }
  // Those of long ago are forgotten, the newest is not.
  const absl::Time end = kStart + absl::Seconds(29'999);
  admission.NoteFailure("host29999", end);
  admission.NoteFailure("host29999", end);
  EXPECT_FALSE(admission.CheckHost("host29999", end).ok());
}

TEST(HostTest, PortsAreNoPartOfAnAddress) {
  EXPECT_EQ(HostOf("ipv4:192.0.2.7:5050"), "192.0.2.7");
  EXPECT_EQ(HostOf("ipv6:%5B2001:db8:1:2:3:4:5:6%5D:5050"), "2001:db8:1:2::");
  EXPECT_EQ(HostOf("ipv6:[2001:db8:1:2:9::6]:5050"), "2001:db8:1:2::");
  EXPECT_EQ(HostOf("unix:/run/rollcall.sock"), "");
  EXPECT_EQ(HostOf("unix:"), "");
  EXPECT_EQ(HostOf("strange"), "strange");
  EXPECT_EQ(HostOf(""), "");
}

}  // namespace
}  // namespace rollcall::rpc
