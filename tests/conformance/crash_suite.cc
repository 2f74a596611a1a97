// A process that dies while it writes: what was answered is there, what was not is whole or absent.

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <thread>
#include <vector>

#include "absl/strings/numbers.h"
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

constexpr int kWriters = 12;

// Several threads write vendors `v{thread}-{number}` without end and tell each one that is
// committed. Each body also counts in a setting, so that a lost or half-kept one would show.
[[noreturn]] void ManyWriteUntilKilled(TestDatabase& database, int round, int pipe) {
  auto driver = database.NewDriver();
  if (!driver.ok()) _exit(1);
  auto store = Store::Open(*std::move(driver), absl::UnixEpoch());
  if (!store.ok()) _exit(2);
  std::vector<std::thread> threads;
  for (int thread = 0; thread < kWriters; ++thread) {
    threads.emplace_back([&, thread] {
      for (std::int64_t number = 0;; ++number) {
        const std::array<std::int64_t, 2> told = {thread, number};
        const absl::Status status = (*store)->Write(
            {"test.Write", "child", absl::UnixEpoch(), nullptr}, [&](WriteTx& tx) -> absl::Status {
              tx.NewRevision();
              v1::Vendor vendor;
              vendor.set_name(absl::StrCat("vendors/v", round, "-", thread, "-", number));
              RC_RETURN_IF_ERROR(VendorTable().Insert(tx, &vendor));
              RC_ASSIGN_OR_RETURN(const std::string before, GetSetting(tx, "count"));
              int count = 0;
              if (!before.empty() && !absl::SimpleAtoi(before, &count)) {
                return absl::InternalError("no number");
              }
              return SetSetting(tx, "count", absl::StrCat(count + 1));
            });
        if (!status.ok()) _exit(3);
        if (write(pipe, told.data(), sizeof(told)) != sizeof(told)) _exit(4);
      }
    });
  }
  threads.front().join();
  _exit(5);
}

TEST_P(StoreConformance, EveryAnswerOfManyWritersOutlivesAKilledProcess) {
  store_.reset();
  for (int round = 0; round < 3; ++round) {
    std::array<int, 2> pipe_ends{};
    ASSERT_EQ(pipe(pipe_ends.data()), 0);
    const pid_t child = fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      close(pipe_ends[0]);
      ManyWriteUntilKilled(*database_, round, pipe_ends[1]);
    }
    close(pipe_ends[1]);
    std::vector<std::string> answered;
    std::array<std::int64_t, 2> told{};
    bool killed = false;
    while (read(pipe_ends[0], told.data(), sizeof(told)) == sizeof(told)) {
      answered.push_back(absl::StrCat("vendors/v", round, "-", told[0], "-", told[1]));
      if (answered.size() >= 150 && !killed) {
        kill(child, SIGKILL);
        killed = true;
      }
    }
    close(pipe_ends[0]);
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status)) << "the child ended by itself: " << WEXITSTATUS(status);

    auto store = Open();
    RC_ASSERT_OK(store);
    store_ = *std::move(store);
    for (const std::string& name : answered) {
      RC_EXPECT_OK((Get<v1::Vendor>(VendorTable(), name)));
    }
    const std::int64_t kept = Revision();
    EXPECT_EQ(QueryInt("SELECT COUNT(*) FROM revision"), kept);
    EXPECT_EQ(QueryInt("SELECT COUNT(*) FROM vendor"), kept);
    EXPECT_EQ(QueryInt("SELECT CAST(value AS INTEGER) FROM setting WHERE key = 'count'"), kept);
    EXPECT_EQ(QueryInt("SELECT COUNT(DISTINCT revision_from) FROM vendor"), kept);
    store_.reset();
    RC_EXPECT_OK(database_->CheckIntegrity());
  }
}

}  // namespace
}  // namespace rollcall::testing
