#include "server/access/grants.h"

#include "tests/access/access_fixture.h"

namespace rollcall::access {
namespace {

using testing::IsError;
using testing::IsInvalidField;

class GrantsTest : public AccessTest {
 protected:
  void SetUp() override {
    AccessTest::SetUp();
    RC_ASSERT_OK(PrepareAccess(*store_, clock_.Now()));
  }
};

TEST_F(GrantsTest, GivesAndTakesAway) {
  const auto grant = NewGrant("user:ana", "roles/roster-system");
  RC_ASSERT_OK(grant);
  EXPECT_TRUE(RightsOf("user:ana").contains(v1::PERMISSION_ROSTER_WRITE));
  EXPECT_EQ(RightsOf("user:ben"), Rights({v1::PERMISSION_SIGNED_IN}));
  RC_ASSERT_OK(RemoveGrant(grant->name()));
  EXPECT_EQ(RightsOf("user:ana"), Rights({v1::PERMISSION_SIGNED_IN}));
}

TEST_F(GrantsTest, RightsOfSeveralRolesAddUp) {
  RC_ASSERT_OK(NewGrant("user:ana", "roles/roster-system"));
  RC_ASSERT_OK(NewGrant("user:ana", "roles/case-approver"));
  const Rights rights = RightsOf("user:ana");
  EXPECT_TRUE(rights.contains(v1::PERMISSION_ROSTER_WRITE));
  EXPECT_TRUE(rights.contains(v1::PERMISSION_CASE_APPROVE));
  EXPECT_FALSE(rights.contains(v1::PERMISSION_ACCESS_READ));
}

TEST_F(GrantsTest, EndsByItself) {
  RC_ASSERT_OK(NewGrant("user:ana", "roles/viewer", absl::Hours(1)));
  const auto view = View();
  EXPECT_TRUE(view->Permissions("user:ana", clock_.Now()).contains(v1::PERMISSION_CASE_READ));
  EXPECT_EQ(view->NextExpiry("user:ana", clock_.Now()), clock_.Now() + absl::Hours(1));
  clock_.Advance(absl::Hours(1) - absl::Microseconds(1));
  EXPECT_TRUE(view->Permissions("user:ana", clock_.Now()).contains(v1::PERMISSION_CASE_READ));
  clock_.Advance(absl::Microseconds(1));
  EXPECT_EQ(view->Permissions("user:ana", clock_.Now()), Rights({v1::PERMISSION_SIGNED_IN}));
  EXPECT_TRUE(view->Roles("user:ana", clock_.Now()).empty());
  EXPECT_EQ(view->NextExpiry("user:ana", clock_.Now()), absl::InfiniteFuture());
}

TEST_F(GrantsTest, OneRoleOnceUnlessTheFirstHasEnded) {
  RC_ASSERT_OK(NewGrant("user:ana", "roles/viewer", absl::Hours(1)));
  EXPECT_THAT(NewGrant("user:ana", "roles/viewer"),
              IsError(absl::StatusCode::kAlreadyExists, "GRANT_EXISTS"));
  RC_EXPECT_OK(NewGrant("user:ben", "roles/viewer"));
  clock_.Advance(absl::Hours(1));
  RC_EXPECT_OK(NewGrant("user:ana", "roles/viewer"));
}

TEST_F(GrantsTest, WhatIsWrong) {
  EXPECT_THAT(NewGrant("ana", "roles/viewer"), IsInvalidField("grant.principal"));
  EXPECT_THAT(NewGrant("user:ana", "roles/nothing"),
              IsError(absl::StatusCode::kFailedPrecondition, "REFERENCE_UNKNOWN"));
  EXPECT_THAT(NewGrant("user:ana", "roles/viewer", absl::ZeroDuration()),
              IsInvalidField("grant.expire_time"));
  EXPECT_THAT(RemoveGrant("grants/nothing"), IsError(absl::StatusCode::kNotFound, "NOT_FOUND"));
  v1::CreateGrantRequest request;
  request.mutable_grant()->set_principal("user:ana");
  request.mutable_grant()->set_role("roles/viewer");
  v1::Grant grant;
  for (const auto& [seconds, nanos] : {std::pair<std::int64_t, int>(-1, 0),
                                       {1'800'000'000, -1},
                                       {1'800'000'000, 1'000'000'000},
                                       {std::numeric_limits<std::int64_t>::max(), 0},
                                       {std::numeric_limits<std::int64_t>::min(), 0},
                                       {253'402'300'800, 0}}) {
    request.mutable_grant()->mutable_expire_time()->set_seconds(seconds);
    request.mutable_grant()->mutable_expire_time()->set_nanos(nanos);
    EXPECT_THAT(Write([&](WriteTx& tx) { return CreateGrant(tx, kDay, ids_, request, &grant); }),
                IsInvalidField("grant.expire_time"))
        << seconds << " " << nanos;
  }
}

TEST_F(GrantsTest, LocalIsAlwaysAdministratorAndGetsMoreByGrants) {
  EXPECT_TRUE(RightsOf("local").contains(v1::PERMISSION_ACCESS_WRITE));
  EXPECT_FALSE(RightsOf("local").contains(v1::PERMISSION_CASE_READ));
  const auto grant = NewGrant("local", "roles/viewer");
  RC_ASSERT_OK(grant);
  EXPECT_TRUE(RightsOf("local").contains(v1::PERMISSION_CASE_READ));
  RC_ASSERT_OK(RemoveGrant(grant->name()));
  EXPECT_TRUE(RightsOf("local").contains(v1::PERMISSION_ACCESS_WRITE));
}

}  // namespace
}  // namespace rollcall::access
