// A restore puts a verified backup in place and loses nothing of what was there.

#include "server/backup/restore.h"

#include "server/backup/backup_folder.h"
#include "tests/backup/register_file.h"

namespace rollcall::backup {
namespace {

using ::rollcall::testing::FlipByte;
using ::rollcall::testing::IsError;
using ::rollcall::testing::NamesIn;
using ::rollcall::testing::RegisterFile;

class RestoreTest : public ::testing::Test {
 protected:
  // A backup of vendors a and b; the register goes on with c.
  RestoreTest() {
    reg_.Add("a");
    reg_.Add("b");
    BackupFolder folder({reg_.folder.Path("backups"), 0, nullptr}, &reg_.store(), &reg_.clock);
    const auto made = folder.Create("r1", nullptr);
    RC_EXPECT_OK(made);
    backup_ = absl::StrCat(reg_.folder.Path(made->name()), ".db");
    reg_.Add("c");
  }

  absl::StatusOr<Restored> Run() {
    return Restore(backup_, reg_.path(), CheckSqliteFile, nullptr, reg_.clock.Now());
  }

  // Closes the register and leaves its files as after a kill: what is newest is in the log only.
  void Kill() {
    const std::string kept = reg_.folder.Path("kept");
    for (const char* suffix : {"", "-wal"}) {
      std::filesystem::copy_file(reg_.path() + suffix, kept + suffix);
    }
    reg_.Close();
    for (const char* suffix : {"", "-wal"}) {
      std::filesystem::rename(kept + suffix, reg_.path() + suffix);
    }
    ASSERT_GT(std::filesystem::file_size(reg_.path() + "-wal"), 0U);
  }

  // Where what is replaced at the clock's time goes.
  std::string Aside() const { return reg_.path() + ".replaced-20260205t031500z"; }

  RegisterFile reg_;
  std::string backup_;
};

TEST_F(RestoreTest, TheRegisterGoesOnFromTheBackup) {
  reg_.Close();
  const auto restored = Run();
  RC_ASSERT_OK(restored);
  EXPECT_EQ(restored->backup.revision(), 2);
  reg_.Open();
  EXPECT_EQ(reg_.Vendors(), "a,b");
  reg_.Add("d");
  EXPECT_EQ(reg_.Vendors(), "a,b,d");

  // What was replaced is whole.
  reg_.Close();
  std::filesystem::rename(restored->set_aside, reg_.path());
  reg_.Open();
  EXPECT_EQ(reg_.Vendors(), "a,b,c");
}

TEST_F(RestoreTest, WhatIsOnlyInTheWriteAheadLogIsSetAsideToo) {
  // As after a kill: the log was not brought into the database.
  const std::string crashed = reg_.folder.Path("crashed.db");
  std::filesystem::copy_file(reg_.path(), crashed);
  std::filesystem::copy_file(reg_.path() + "-wal", crashed + "-wal");
  reg_.Close();
  const auto restored = Restore(backup_, crashed, CheckSqliteFile, nullptr, reg_.clock.Now());
  RC_ASSERT_OK(restored);
  EXPECT_FALSE(std::filesystem::exists(crashed + "-wal"));
  EXPECT_TRUE(std::filesystem::exists(restored->set_aside + "-wal"));
  const auto facts = CheckSqliteFile(restored->set_aside, nullptr, nullptr);
  RC_ASSERT_OK(facts);
  EXPECT_EQ(facts->revision, 3);
  EXPECT_EQ(CheckSqliteFile(crashed, nullptr, nullptr)->revision, 2);
}

TEST_F(RestoreTest, AnEmptyPlaceIsFilled) {
  reg_.Close();
  for (const char* suffix : {"", "-wal", "-shm"}) std::filesystem::remove(reg_.path() + suffix);
  const auto restored = Run();
  RC_ASSERT_OK(restored);
  EXPECT_EQ(restored->set_aside, "");
  reg_.Open();
  EXPECT_EQ(reg_.Vendors(), "a,b");
}

TEST_F(RestoreTest, WhatIsOnlyInTheLogOfTheRestoredFileIsRestored) {
  Kill();
  const std::string other = reg_.folder.Path("other.db");
  for (const char* suffix : {"", "-wal"}) {
    std::filesystem::rename(reg_.path() + suffix, other + suffix);
  }
  const auto restored = Restore(other, reg_.path(), CheckSqliteFile, nullptr, reg_.clock.Now());
  RC_ASSERT_OK(restored);
  EXPECT_EQ(restored->backup.revision(), 3);
  EXPECT_FALSE(std::filesystem::exists(reg_.path() + ".restoring-wal"));
  EXPECT_FALSE(std::filesystem::exists(reg_.path() + ".restoring-shm"));
  reg_.Open();
  EXPECT_EQ(reg_.Vendors(), "a,b,c");
}

TEST_F(RestoreTest, ALogWithoutItsDatabaseIsSetAside) {
  Kill();
  std::filesystem::remove(reg_.path());
  const auto restored = Run();
  RC_ASSERT_OK(restored);
  EXPECT_EQ(restored->set_aside, "");
  EXPECT_TRUE(std::filesystem::exists(Aside() + "-wal"));
  EXPECT_FALSE(std::filesystem::exists(reg_.path() + "-wal"));
  reg_.Open();
  EXPECT_EQ(reg_.Vendors(), "a,b");
}

TEST_F(RestoreTest, AStepThatFailsLeavesTheDatabaseWholeAndApart) {
  Kill();
  std::filesystem::create_directory(Aside() + "-wal");
  const auto before = NamesIn(reg_.folder.path());
  EXPECT_THAT(Run(), IsError(absl::StatusCode::kFailedPrecondition, "RESTORE_NOT_WRITABLE"));
  EXPECT_EQ(NamesIn(reg_.folder.path()), before);
  EXPECT_EQ(std::filesystem::hard_link_count(reg_.path()), 1U);
  reg_.Open();
  EXPECT_EQ(reg_.Vendors(), "a,b,c");
}

TEST_F(RestoreTest, ATakenNameLeavesTheDatabaseWithItsLog) {
  Kill();
  reg_.folder.Write(std::filesystem::path(Aside()).filename().string(), "");
  const auto before = NamesIn(reg_.folder.path());
  EXPECT_THAT(Run(), IsError(absl::StatusCode::kFailedPrecondition, "RESTORE_NOT_WRITABLE"));
  EXPECT_EQ(NamesIn(reg_.folder.path()), before);
  reg_.Open();
  EXPECT_EQ(reg_.Vendors(), "a,b,c");
}

TEST_F(RestoreTest, AnInterruptedRestoreIsRunAgainBeforeAnyServerStarts) {
  Kill();
  // The database has moved with its log, which has both names still; the copy has not come.
  std::filesystem::copy_file(backup_, reg_.path() + ".restoring");
  std::filesystem::create_hard_link(reg_.path() + "-wal", Aside() + "-wal");
  std::filesystem::rename(reg_.path(), Aside());
  EXPECT_THAT(OpenSqlite(reg_.path()),
              IsError(absl::StatusCode::kFailedPrecondition, "RESTORE_UNFINISHED"));
  std::filesystem::remove(reg_.path() + "-wal");
  EXPECT_THAT(OpenSqlite(reg_.path()),
              IsError(absl::StatusCode::kFailedPrecondition, "RESTORE_UNFINISHED"));
  EXPECT_FALSE(std::filesystem::exists(reg_.path()));
  reg_.clock.Advance(absl::Seconds(1));
  RC_ASSERT_OK(Run());
  reg_.Open();
  EXPECT_EQ(reg_.Vendors(), "a,b");
  EXPECT_EQ(CheckSqliteFile(Aside(), nullptr, nullptr)->revision, 3);
}

TEST_F(RestoreTest, WhatAnInterruptedRestoreLeftIsNotRestoredOntoItself) {
  reg_.Close();
  std::filesystem::copy_file(backup_, reg_.path() + ".restoring");
  backup_ = reg_.path() + ".restoring";
  const auto before = NamesIn(reg_.folder.path());
  EXPECT_THAT(Run(), IsError(absl::StatusCode::kFailedPrecondition, "RESTORE_NOT_WRITABLE"));
  EXPECT_EQ(NamesIn(reg_.folder.path()), before);
}

TEST_F(RestoreTest, ADamagedBackupReplacesNothing) {
  reg_.Close();
  const auto before = NamesIn(reg_.folder.path());
  FlipByte(backup_, std::filesystem::file_size(backup_) / 2);
  EXPECT_EQ(Run().status().code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(NamesIn(reg_.folder.path()), before);
  reg_.Open();
  EXPECT_EQ(reg_.Vendors(), "a,b,c");
}

TEST_F(RestoreTest, AFileThatIsNoBackupReplacesNothing) {
  reg_.Close();
  const auto before = NamesIn(reg_.folder.path());
  backup_ = "/nonexistent";
  EXPECT_THAT(Run(), IsError(absl::StatusCode::kNotFound, "NOT_FOUND"));
  backup_ = "/etc/hostname";
  EXPECT_EQ(Run().status().code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(NamesIn(reg_.folder.path()), before);
}

TEST_F(RestoreTest, TheSameSecondTwiceKeepsWhatTheFirstSetAside) {
  reg_.Close();
  RC_ASSERT_OK(Run());
  EXPECT_THAT(Run(), IsError(absl::StatusCode::kFailedPrecondition, "RESTORE_NOT_WRITABLE"));
  reg_.Open();
  EXPECT_EQ(reg_.Vendors(), "a,b");
}

}  // namespace
}  // namespace rollcall::backup
