#include "server/access/roles.h"

#include <algorithm>

#include "storage/register_tables.h"
#include "tests/access/access_fixture.h"

namespace rollcall::access {
namespace {

using testing::IsError;
using testing::IsInvalidField;

using RolesTest = AccessTest;

Rights RightsIn(const v1::Role& role) {
  Rights rights;
  for (const int right : role.permissions()) rights.insert(static_cast<v1::Permission>(right));
  return rights;
}

// Those who may break what the others rely on hold as little as can be.
TEST(BuiltInRolesTest, RightsThatMustNotMeet) {
  ASSERT_EQ(BuiltInRoles().size(), 8U);
  EXPECT_TRUE(std::is_sorted(BuiltInRoles().begin(), BuiltInRoles().end(),
                             [](const auto& a, const auto& b) { return a.name() < b.name(); }));
  for (const v1::Role& role : BuiltInRoles()) {
    SCOPED_TRACE(role.name());
    const Rights rights = RightsIn(role);
    EXPECT_EQ(static_cast<int>(rights.size()), role.permissions_size());
    EXPECT_FALSE(role.display_name().empty());
    EXPECT_TRUE(role.built_in());
    const bool officer = role.name() == "roles/privacy-officer";
    EXPECT_EQ(rights.contains(v1::PERMISSION_PERSONAL_READ), officer);
    EXPECT_EQ(rights.contains(v1::PERMISSION_ROSTER_ERASE), officer);
    EXPECT_EQ(rights.contains(v1::PERMISSION_INCIDENT_WRITE), officer);
    EXPECT_EQ(rights.contains(v1::PERMISSION_CASE_WRITE), officer);
    EXPECT_EQ(rights.contains(v1::PERMISSION_CASE_APPROVE), role.name() == "roles/case-approver");
    EXPECT_EQ(rights.contains(v1::PERMISSION_ACCESS_WRITE), role.name() == kAdministratorRole);
    EXPECT_EQ(rights.contains(v1::PERMISSION_AUDIT_READ), role.name() == "roles/auditor");
    EXPECT_EQ(rights.contains(v1::PERMISSION_ROSTER_WRITE), role.name() == "roles/roster-system");
    EXPECT_FALSE(rights.contains(v1::PERMISSION_SIGNED_IN));
  }
}

// A right that no role gives would be one that nobody can have.
TEST(BuiltInRolesTest, EveryRightIsInSomeRole) {
  Rights all;
  for (const v1::Role& role : BuiltInRoles()) all.merge(RightsIn(role));
  for (int i = 1; i < v1::Permission_ARRAYSIZE; ++i) {
    if (i == v1::PERMISSION_SIGNED_IN) continue;
    EXPECT_TRUE(all.contains(static_cast<v1::Permission>(i)))
        << v1::Permission_Name(static_cast<v1::Permission>(i));
  }
}

TEST_F(RolesTest, BuiltInRolesAreWrittenOnce) {
  RC_ASSERT_OK(PrepareAccess(*store_, clock_.Now()));
  EXPECT_EQ(Revision(), 1);
  RC_ASSERT_OK(PrepareAccess(*store_, clock_.Now()));
  EXPECT_EQ(Revision(), 1);
}

TEST_F(RolesTest, ABuiltInRoleThatAnEarlierProgramWroteIsBroughtUpToDate) {
  RC_ASSERT_OK(PrepareAccess(*store_, clock_.Now()));
  RC_ASSERT_OK(Write([](WriteTx& tx) -> absl::Status {
    v1::Role role;
    RC_RETURN_IF_ERROR(RoleTable().Get(tx, "roles/viewer", kNewest, &role));
    role.add_permissions(v1::PERMISSION_PERSONAL_READ);
    return RoleTable().Replace(tx, &role);
  }));
  RC_ASSERT_OK(NewGrant("user:ana", "roles/viewer"));
  EXPECT_TRUE(RightsOf("user:ana").contains(v1::PERMISSION_PERSONAL_READ));
  RC_ASSERT_OK(PrepareAccess(*store_, clock_.Now()));
  EXPECT_FALSE(RightsOf("user:ana").contains(v1::PERMISSION_PERSONAL_READ));
}

TEST_F(RolesTest, BuiltInRolesStay) {
  RC_ASSERT_OK(PrepareAccess(*store_, clock_.Now()));
  const auto refused = IsError(absl::StatusCode::kFailedPrecondition, "BUILT_IN_ROLE");
  EXPECT_THAT(ChangeRole("roles/viewer", {v1::PERMISSION_PERSONAL_READ}), refused);
  EXPECT_THAT(RemoveRole("roles/viewer"), refused);
  EXPECT_THAT(NewRole("viewer", {v1::PERMISSION_PERSONAL_READ}),
              IsError(absl::StatusCode::kAlreadyExists, "ALREADY_EXISTS"));
}

TEST_F(RolesTest, ADistrictMakesItsOwn) {
  const auto role = NewRole("helpdesk", {v1::PERMISSION_ROSTER_READ, v1::PERMISSION_CASE_READ});
  RC_ASSERT_OK(role);
  EXPECT_EQ(role->name(), "roles/helpdesk");
  EXPECT_FALSE(role->built_in());
  EXPECT_EQ(RightsIn(*role), Rights({v1::PERMISSION_ROSTER_READ, v1::PERMISSION_CASE_READ}));
  RC_ASSERT_OK(NewGrant("user:ana", role->name()));
  RC_ASSERT_OK(ChangeRole(role->name(), {v1::PERMISSION_CASE_READ}));
  EXPECT_EQ(RightsOf("user:ana"), Rights({v1::PERMISSION_CASE_READ, v1::PERMISSION_SIGNED_IN}));
  EXPECT_THAT(RemoveRole(role->name()), IsError(absl::StatusCode::kFailedPrecondition, "IN_USE"));
}

TEST_F(RolesTest, ARoleCannotClaimToBeBuiltIn) {
  v1::CreateRoleRequest request;
  request.mutable_role()->set_display_name("A role");
  request.mutable_role()->set_built_in(true);
  request.mutable_role()->add_permissions(v1::PERMISSION_CASE_READ);
  v1::Role role;
  RC_ASSERT_OK(Write([&](WriteTx& tx) { return CreateRole(tx, kDay, ids_, request, &role); }));
  EXPECT_FALSE(role.built_in());
}

TEST_F(RolesTest, RightsThatAreNone) {
  EXPECT_THAT(NewRole("a", {v1::PERMISSION_SIGNED_IN}), IsInvalidField("role.permissions[0]"));
  EXPECT_THAT(NewRole("a", {v1::PERMISSION_UNSPECIFIED, v1::PERMISSION_CASE_READ}),
              IsInvalidField("role.permissions[0]"));
  EXPECT_THAT(NewRole("a", {}), IsInvalidField("role.permissions"));
  v1::CreateRoleRequest twice;
  twice.mutable_role()->set_display_name("A role");
  twice.mutable_role()->add_permissions(v1::PERMISSION_CASE_READ);
  twice.mutable_role()->add_permissions(v1::PERMISSION_CASE_READ);
  v1::Role role;
  EXPECT_THAT(Write([&](WriteTx& tx) { return CreateRole(tx, kDay, ids_, twice, &role); }),
              IsInvalidField("role.permissions[1]"));
}

}  // namespace
}  // namespace rollcall::access
