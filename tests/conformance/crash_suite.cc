// A process that dies while it writes: what was answered is there, what was not is not.

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>

#include "absl/strings/str_cat.h"
#include "rollcall/v1/vendor_service.pb.h"
#include "storage/register_tables.h"
#include "tests/conformance/store_conformance.h"

namespace rollcall::testing {
namespace {

// Writes revisions without end and tells each one through `pipe` once it is committed. Every
// revision makes one vendor and changes a setting, so that half a revision would show.
[[noreturn]] void WriteUntilKilled(TestDatabase& database, int pipe) {
  auto driver = database.NewDriver();
  if (!driver.ok()) _exit(1);
  auto store = Store::Open(*std::move(driver), absl::UnixEpoch());
  if (!store.ok()) _exit(2);
  while (true) {
    std::int64_t revision = 0;
    const absl::Status status = (*store)->Write(
        {"test.Write", "child", absl::UnixEpoch(), nullptr}, [&](WriteTx& tx) -> absl::Status {
          revision = tx.NewRevision();
          v1::Vendor vendor;
          vendor.set_name(absl::StrCat("vendors/v", revision));
          RC_RETURN_IF_ERROR(VendorTable().Insert(tx, &vendor));
          return SetSetting(tx, "last", absl::StrCat(revision));
        });
    if (!status.ok()) _exit(3);
    if (write(pipe, &revision, sizeof(revision)) != sizeof(revision)) _exit(4);
  }
}

TEST_P(StoreConformance, EveryAnsweredRevisionOutlivesAKilledProcess) {
  store_.reset();
  std::int64_t acknowledged = 0;
  for (const std::int64_t target : {1, 7, 20}) {
    std::array<int, 2> pipe_ends{};
    ASSERT_EQ(pipe(pipe_ends.data()), 0);
    const pid_t child = fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      close(pipe_ends[0]);
      WriteUntilKilled(*database_, pipe_ends[1]);
    }
    close(pipe_ends[1]);
    const std::int64_t goal = acknowledged + target;
    bool killed = false;
    std::int64_t revision = 0;
    // What the child wrote before it died stays in the pipe and is read to its end.
    while (read(pipe_ends[0], &revision, sizeof(revision)) == sizeof(revision)) {
      EXPECT_EQ(revision, acknowledged + 1);
      acknowledged = revision;
      if (acknowledged >= goal && !killed) {
        kill(child, SIGKILL);
        killed = true;
      }
    }
    close(pipe_ends[0]);
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status)) << "the child ended by itself: " << WEXITSTATUS(status);
    ASSERT_GE(acknowledged, goal);

    auto store = Open();
    RC_ASSERT_OK(store);
    store_ = *std::move(store);
    // The last commit may have been made but not told.
    const std::int64_t kept = Revision();
    EXPECT_GE(kept, acknowledged);
    EXPECT_LE(kept, acknowledged + 1);
    EXPECT_EQ(QueryInt("SELECT COUNT(*) FROM revision"), kept);
    EXPECT_EQ(QueryInt("SELECT COUNT(*) FROM vendor"), kept);
    EXPECT_EQ(QueryInt("SELECT CAST(value AS INTEGER) FROM setting WHERE key = 'last'"), kept);
    acknowledged = kept;
    store_.reset();
    RC_EXPECT_OK(database_->CheckIntegrity());
  }
}

}  // namespace
}  // namespace rollcall::testing
