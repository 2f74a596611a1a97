#include "server/access/directory.h"

#include <atomic>
#include <thread>
#include <vector>

#include "tests/access/access_fixture.h"

namespace rollcall::access {
namespace {

class DirectoryTest : public AccessTest {
 protected:
  void SetUp() override {
    AccessTest::SetUp();
    RC_ASSERT_OK(PrepareAccess(*store_, clock_.Now()));
  }
};

TEST_F(DirectoryTest, IsReadAgainOnlyAfterAChange) {
  const auto first = View();
  RC_ASSERT_OK(Write([](WriteTx& tx) {
    tx.NewRevision();
    return absl::OkStatus();
  }));
  EXPECT_EQ(View(), first);
  RC_ASSERT_OK(NewGrant("user:ana", "roles/viewer"));
  EXPECT_NE(View(), first);
}

TEST_F(DirectoryTest, EveryKindOfChangeIsSeen) {
  auto seen = View();
  const auto changed = [&] {
    const auto now = View();
    const bool is_new = now != seen;
    seen = now;
    return is_new;
  };
  const auto role = NewRole("own", {v1::PERMISSION_CASE_READ});
  RC_ASSERT_OK(role);
  EXPECT_TRUE(changed());
  RC_ASSERT_OK(ChangeRole(role->name(), {v1::PERMISSION_ROSTER_READ}));
  EXPECT_TRUE(changed());
  RC_ASSERT_OK(RemoveRole(role->name()));
  EXPECT_TRUE(changed());
  const auto grant = NewGrant("user:ana", "roles/viewer");
  RC_ASSERT_OK(grant);
  EXPECT_TRUE(changed());
  RC_ASSERT_OK(RemoveGrant(grant->name()));
  EXPECT_TRUE(changed());
  const auto token = NewToken("user:ana");
  RC_ASSERT_OK(token);
  EXPECT_TRUE(changed());
  RC_ASSERT_OK(Revoke(token->first.name()));
  EXPECT_TRUE(changed());
}

// A revision that was rolled back comes again with another content: what was seen inside the first
// transaction must not be taken for the second.
TEST_F(DirectoryTest, WhatWasRolledBackIsForgotten) {
  v1::CreateGrantRequest request;
  request.mutable_grant()->set_principal("user:ana");
  request.mutable_grant()->set_role("roles/viewer");
  v1::Grant grant;
  EXPECT_FALSE(
      Write([&](WriteTx& tx) -> absl::Status {
        RC_RETURN_IF_ERROR(CreateGrant(tx, kDay, ids_, request, &grant));
        RC_ASSIGN_OR_RETURN(const auto view, directory_.Current(tx));
        EXPECT_TRUE(view->Permissions("user:ana", clock_.Now()).contains(v1::PERMISSION_CASE_READ));
        return absl::InternalError("undo");
      }).ok());
  EXPECT_EQ(RightsOf("user:ana"), Rights({v1::PERMISSION_SIGNED_IN}));
  RC_ASSERT_OK(NewGrant("user:ben", "roles/viewer"));
  EXPECT_EQ(RightsOf("user:ana"), Rights({v1::PERMISSION_SIGNED_IN}));
  EXPECT_TRUE(RightsOf("user:ben").contains(v1::PERMISSION_CASE_READ));
}

TEST_F(DirectoryTest, AViewOfAnEarlierStateTellsOfThatState) {
  RC_ASSERT_OK(store_->Read(nullptr, [&](ReadTx& early) -> absl::Status {
    RC_RETURN_IF_ERROR(NewGrant("user:ana", "roles/viewer").status());
    EXPECT_TRUE(RightsOf("user:ana").contains(v1::PERMISSION_CASE_READ));
    const auto newest = View();
    RC_ASSIGN_OR_RETURN(const auto view, directory_.Current(early));
    EXPECT_FALSE(view->Permissions("user:ana", clock_.Now()).contains(v1::PERMISSION_CASE_READ));
    EXPECT_EQ(View(), newest);
    return absl::OkStatus();
  }));
}

TEST_F(DirectoryTest, NobodyIsLetInWithARightThatIsGone) {
  std::atomic<bool> stop{false};
  std::atomic<int> wrong{0};
  // Even states: ana has the role; odd ones: she has not. A reader's view must fit its snapshot.
  const auto read = [&] {
    while (!stop) {
      const absl::Status status = store_->Read(nullptr, [&](ReadTx& tx) -> absl::Status {
        RC_ASSIGN_OR_RETURN(const AccessMark mark, GetAccessMark(tx));
        RC_ASSIGN_OR_RETURN(const auto view, directory_.Current(tx));
        if (view->mark().mark != mark.mark) ++wrong;
        const bool may =
            view->Permissions("user:ana", clock_.Now()).contains(v1::PERMISSION_CASE_READ);
        // The register has revision 1 before the first grant.
        if (may != (mark.revision % 2 == 0)) ++wrong;
        return absl::OkStatus();
      });
      if (!status.ok()) ++wrong;
    }
  };
  std::vector<std::thread> readers;
  for (int i = 0; i < 3; ++i) readers.emplace_back(read);
  for (int i = 0; i < 50; ++i) {
    const auto grant = NewGrant("user:ana", "roles/viewer");
    RC_EXPECT_OK(grant);
    RC_EXPECT_OK(RemoveGrant(grant->name()));
  }
  stop = true;
  for (std::thread& reader : readers) reader.join();
  EXPECT_EQ(wrong, 0);
}

TEST_F(DirectoryTest, ARegisterWithoutRolesHasALocalAdministrator) {
  auto driver = OpenSqlite(dir_.Path("fresh.db"));
  RC_ASSERT_OK(driver);
  auto fresh = Store::Open(*std::move(driver), clock_.Now());
  RC_ASSERT_OK(fresh);
  RC_ASSERT_OK((*fresh)->Read(nullptr, [&](ReadTx& tx) -> absl::Status {
    AccessDirectory directory;
    RC_ASSIGN_OR_RETURN(const auto view, directory.Current(tx));
    EXPECT_TRUE(view->Permissions("local", clock_.Now()).contains(v1::PERMISSION_ACCESS_WRITE));
    EXPECT_EQ(view->Permissions("user:ana", clock_.Now()), Rights({v1::PERMISSION_SIGNED_IN}));
    return absl::OkStatus();
  }));
}

}  // namespace
}  // namespace rollcall::access
