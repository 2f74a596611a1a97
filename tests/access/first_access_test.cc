#include "server/access/first_access.h"

#include "tests/access/access_fixture.h"

namespace rollcall::access {
namespace {

using testing::IsError;
using testing::IsInvalidField;

using FirstAccessTest = AccessTest;

TEST_F(FirstAccessTest, TheFirstAdministratorCanLetOthersIn) {
  const auto made = MakeFirstAdministrator(*store_, clock_.Now(), ids_, "ana");
  RC_ASSERT_OK(made);
  EXPECT_EQ(made->principal, "user:ana");
  const auto holder = View()->FindToken(made->secret, clock_.Now());
  RC_ASSERT_OK(holder);
  EXPECT_EQ(holder->principal, "user:ana");
  EXPECT_EQ(holder->token, made->token);
  EXPECT_EQ(holder->expires, made->expires);
  EXPECT_TRUE(RightsOf("user:ana").contains(v1::PERMISSION_ACCESS_WRITE));
  EXPECT_EQ(Revision(), 1);
}

TEST_F(FirstAccessTest, NobodyBecomesTheFirstOneTwice) {
  RC_ASSERT_OK(MakeFirstAdministrator(*store_, clock_.Now(), ids_, "ana"));
  EXPECT_THAT(MakeFirstAdministrator(*store_, clock_.Now(), ids_, "ben"),
              IsError(absl::StatusCode::kFailedPrecondition, "ACCESS_EXISTS"));
  EXPECT_EQ(RightsOf("user:ben"), Rights({v1::PERMISSION_SIGNED_IN}));
}

TEST_F(FirstAccessTest, WorksOnARegisterThatWasPrepared) {
  RC_ASSERT_OK(PrepareAccess(*store_, clock_.Now()));
  RC_EXPECT_OK(MakeFirstAdministrator(*store_, clock_.Now(), ids_, "ana"));
}

TEST_F(FirstAccessTest, UsersHaveNamesOfAForm) {
  EXPECT_THAT(MakeFirstAdministrator(*store_, clock_.Now(), ids_, "Ana B"), IsInvalidField("user"));
  EXPECT_EQ(Revision(), 0);
}

TEST_F(FirstAccessTest, GivingARoleTwiceIsNoError) {
  RC_ASSERT_OK(PrepareAccess(*store_, clock_.Now()));
  for (int i = 0; i < 2; ++i) {
    RC_EXPECT_OK(Write(
        [&](WriteTx& tx) { return GiveRole(tx, ids_, "local", "roles/viewer", "for a test"); }));
  }
  EXPECT_TRUE(RightsOf("local").contains(v1::PERMISSION_CASE_READ));
}

}  // namespace
}  // namespace rollcall::access
