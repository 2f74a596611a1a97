#include "server/runtime/ids.h"

#include <regex>
#include <set>
#include <string>

#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "server/runtime/clock.h"
#include "tests/support/fake_clock.h"
#include "tests/support/fake_ids.h"

namespace rollcall::runtime {
namespace {

const std::regex& UuidSyntax() {
  static const auto* const syntax =
      new std::regex("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}");
  return *syntax;
}

const std::regex& ResourceIdSyntax() {
  static const auto* const syntax =
      new std::regex("[abcdefghjkmnpqrstvwxyz][abcdefghjkmnpqrstvwxyz0-9]{15}");
  return *syntax;
}

TEST(RandomIdGenerator, MakesUuidsOfVersion4) {
  RandomIdGenerator ids;
  std::set<std::string> seen;
  for (int i = 0; i < 2000; ++i) {
    const std::string uuid = ids.NewUuid();
    EXPECT_TRUE(std::regex_match(uuid, UuidSyntax())) << uuid;
    EXPECT_TRUE(seen.insert(uuid).second) << uuid;
  }
}

TEST(RandomIdGenerator, MakesReadableResourceIds) {
  RandomIdGenerator ids;
  std::set<std::string> seen;
  std::set<char> characters;
  for (int i = 0; i < 2000; ++i) {
    const std::string id = ids.NewResourceId();
    EXPECT_TRUE(std::regex_match(id, ResourceIdSyntax())) << id;
    EXPECT_TRUE(seen.insert(id).second) << id;
    characters.insert(id.begin(), id.end());
  }
  EXPECT_EQ(characters.size(), 32U);
}

TEST(FakeIds, CountUpInTheSyntaxOfTheRealOnes) {
  testing::FakeIds ids;
  EXPECT_EQ(ids.NewUuid(), "00000000-0000-4000-8000-000000000001");
  const std::string id = ids.NewResourceId();
  EXPECT_EQ(id, "id00000000000002");
  EXPECT_EQ(id.size(), RandomIdGenerator().NewResourceId().size());
  EXPECT_TRUE(std::regex_match(ids.NewUuid(), UuidSyntax()));
}

TEST(SystemClock, KeepsWholeMicroseconds) {
  const absl::Time before = absl::Now() - absl::Microseconds(1);
  const absl::Time now = SystemClock().Now();
  EXPECT_EQ(now, absl::FromUnixMicros(absl::ToUnixMicros(now)));
  EXPECT_GE(now, before);
}

TEST(FakeClock, MovesOnlyWhenTold) {
  testing::FakeClock clock(absl::FromUnixSeconds(1'000));
  EXPECT_EQ(clock.Now(), absl::FromUnixSeconds(1'000));
  clock.Advance(absl::Seconds(5));
  clock.Advance(absl::Seconds(-1));
  EXPECT_EQ(clock.Now(), absl::FromUnixSeconds(1'004));
  clock.Set(absl::FromUnixSeconds(7));
  EXPECT_EQ(clock.Now(), absl::FromUnixSeconds(7));
}

}  // namespace
}  // namespace rollcall::runtime
