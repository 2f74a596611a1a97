// A register over a real database, with the methods of access in one line.

#ifndef ROLLCALL_TESTS_ACCESS_ACCESS_FIXTURE_H_
#define ROLLCALL_TESTS_ACCESS_ACCESS_FIXTURE_H_

#include <gtest/gtest.h>

#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "rollcall/v1/access_service.pb.h"
#include "server/access/directory.h"
#include "server/access/first_access.h"
#include "server/access/grants.h"
#include "server/access/roles.h"
#include "server/access/tokens.h"
#include "storage/sqlite/sqlite_driver.h"
#include "storage/value_codec.h"
#include "tests/conformance/status_matchers.h"
#include "tests/runtime/temp_dir.h"
#include "tests/support/fake_clock.h"
#include "tests/support/fake_ids.h"

namespace rollcall::access {

using Rights = std::set<v1::Permission>;

class AccessTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto driver = OpenSqlite(dir_.Path("register.db"));
    RC_ASSERT_OK(driver);
    auto store = Store::Open(*std::move(driver), clock_.Now());
    RC_ASSERT_OK(store);
    store_ = *std::move(store);
  }

  absl::Status Write(absl::FunctionRef<absl::Status(WriteTx&)> body) {
    return store_->Write({"test.Write", "tester", clock_.Now(), nullptr}, body);
  }

  std::int64_t Revision() {
    std::int64_t revision = -1;
    RC_EXPECT_OK(store_->Read(nullptr, [&](ReadTx& tx) {
      revision = tx.revision();
      return absl::OkStatus();
    }));
    return revision;
  }

  absl::StatusOr<v1::Role> NewRole(const std::string& id, const Rights& rights) {
    v1::CreateRoleRequest request;
    request.set_role_id(id);
    request.mutable_role()->set_display_name("A role");
    for (const v1::Permission right : rights) request.mutable_role()->add_permissions(right);
    v1::Role role;
    RC_RETURN_IF_ERROR(
        Write([&](WriteTx& tx) { return CreateRole(tx, kDay, ids_, request, &role); }));
    return role;
  }

  absl::StatusOr<v1::Role> ChangeRole(const std::string& name, const Rights& rights) {
    v1::UpdateRoleRequest request;
    request.mutable_role()->set_name(name);
    for (const v1::Permission right : rights) request.mutable_role()->add_permissions(right);
    v1::Role role;
    RC_RETURN_IF_ERROR(Write([&](WriteTx& tx) { return UpdateRole(tx, kDay, request, &role); }));
    return role;
  }

  absl::Status RemoveRole(const std::string& name) {
    v1::DeleteRoleRequest request;
    request.set_name(name);
    return Write([&](WriteTx& tx) { return DeleteRole(tx, request); });
  }

  absl::StatusOr<v1::Grant> NewGrant(const std::string& principal, const std::string& role,
                                     absl::Duration life = absl::InfiniteDuration()) {
    v1::CreateGrantRequest request;
    request.mutable_grant()->set_principal(principal);
    request.mutable_grant()->set_role(role);
    if (life != absl::InfiniteDuration()) {
      *request.mutable_grant()->mutable_expire_time() = ToTimestamp(clock_.Now() + life);
    }
    v1::Grant grant;
    RC_RETURN_IF_ERROR(
        Write([&](WriteTx& tx) { return CreateGrant(tx, kDay, ids_, request, &grant); }));
    return grant;
  }

  absl::Status RemoveGrant(const std::string& name) {
    v1::DeleteGrantRequest request;
    request.set_name(name);
    return Write([&](WriteTx& tx) { return DeleteGrant(tx, request); });
  }

  // The token and its text.
  absl::StatusOr<std::pair<v1::Token, std::string>> NewToken(
      const std::string& principal, absl::Duration life = absl::ZeroDuration()) {
    v1::CreateTokenRequest request;
    request.mutable_token()->set_principal(principal);
    if (life != absl::ZeroDuration()) {
      *request.mutable_token()->mutable_expire_time() = ToTimestamp(clock_.Now() + life);
    }
    std::pair<v1::Token, std::string> made;
    RC_RETURN_IF_ERROR(Write([&](WriteTx& tx) {
      return CreateToken(tx, kDay, ids_, request, &made.first, &made.second);
    }));
    return made;
  }

  absl::Status Revoke(const std::string& name) {
    v1::Token token;
    return Write([&](WriteTx& tx) { return RevokeToken(tx, name, &token); });
  }

  std::shared_ptr<const AccessView> View() {
    std::shared_ptr<const AccessView> view;
    RC_EXPECT_OK(store_->Read(nullptr, [&](ReadTx& tx) -> absl::Status {
      RC_ASSIGN_OR_RETURN(view, directory_.Current(tx));
      return absl::OkStatus();
    }));
    return view;
  }

  Rights RightsOf(std::string_view principal) {
    return View()->Permissions(principal, clock_.Now());
  }

  static constexpr absl::CivilDay kDay{2025, 2, 8};
  testing::TempDir dir_;
  testing::FakeClock clock_{absl::FromUnixSeconds(1'739'000'000)};
  testing::FakeIds ids_;
  std::unique_ptr<Store> store_;
  AccessDirectory directory_;
};

}  // namespace rollcall::access

#endif  // ROLLCALL_TESTS_ACCESS_ACCESS_FIXTURE_H_
