// The log goes with the register: it is verified in every backup, and goes on through a restore.

#include "server/backup/log_check.h"

#include <utility>
#include <vector>

#include "server/audit/audit_log.h"
#include "server/audit/signing_key.h"
#include "server/backup/backup_folder.h"
#include "server/backup/restore.h"
#include "tests/backup/register_file.h"

namespace rollcall::backup {
namespace {

using ::rollcall::testing::IsError;
using ::rollcall::testing::RegisterFile;

class LogCheckTest : public ::testing::Test {
 protected:
  void SetUp() override {
    RC_ASSERT_OK(audit::SigningKey::Make(reg_.folder.Path("audit.key")));
    auto key = audit::SigningKey::Load(reg_.folder.Path("audit.key"));
    RC_ASSERT_OK(key);
    key_ = std::make_unique<audit::SigningKey>(*std::move(key));
    RC_ASSERT_OK(OpenLog());
  }
  void TearDown() override { reg_.store().SetJournal(nullptr); }

  absl::Status OpenLog(bool restored = false) {
    reg_.store().SetJournal(nullptr);
    RC_ASSIGN_OR_RETURN(
        log_, audit::AuditLog::Open(&reg_.store(), key_.get(),
                                    {reg_.folder.Path("audit.head"), restored}, reg_.clock.Now()));
    reg_.store().SetJournal(log_.get());
    return absl::OkStatus();
  }

  BackupFolder Folder() {
    return {{reg_.folder.Path("backups"), 0, LogCheckWith(key_->public_key())},
            &reg_.store(),
            &reg_.clock};
  }

  RegisterFile reg_;
  std::unique_ptr<audit::SigningKey> key_;
  std::unique_ptr<audit::AuditLog> log_;
};

TEST_F(LogCheckTest, ABackupSaysHowFarItsLogIs) {
  reg_.Add("a");
  reg_.Add("b");
  auto folder = Folder();
  const auto made = folder.Create("r1", nullptr);
  RC_ASSERT_OK(made);
  EXPECT_EQ(made->log_size(), 2);
  EXPECT_EQ(made->log_checkpoint(), log_->head());
  RC_EXPECT_OK(folder.Verify(made->name(), nullptr));
}

TEST_F(LogCheckTest, ARegisterWhoseLogWasTamperedWithMakesNoBackup) {
  reg_.Add("a");
  reg_.Add("b");
  auto driver = OpenSqlite(reg_.path());
  RC_ASSERT_OK(driver);
  auto connection = (*driver)->Connect(/*read_only=*/false);
  RC_ASSERT_OK(connection);
  RC_ASSERT_OK((*connection)->Execute("PRAGMA foreign_keys=OFF"));
  const auto replace = [](const std::string& from, const std::string& to) {
    return absl::StrCat("UPDATE audit_entry SET entry = CAST(replace(CAST(entry AS TEXT), '", from,
                        "', '", to, "') AS BLOB) WHERE idx = 1");
  };
  // A change and how to take it back.
  const std::vector<std::pair<std::string, std::string>> changes = {
      {"UPDATE audit_entry SET principal = 'nobody' WHERE idx = 0",
       "UPDATE audit_entry SET principal = 'tester' WHERE idx = 0"},
      {replace("tester", "nobody"), replace("nobody", "tester")},
      {"DELETE FROM audit_entry WHERE idx = 0", ""}};
  for (const auto& [change, back] : changes) {
    SCOPED_TRACE(change);
    RC_ASSERT_OK((*connection)->Execute(change));
    EXPECT_EQ(Folder().Create("r1", nullptr).status().code(), absl::StatusCode::kDataLoss);
    EXPECT_TRUE(Folder().List()->empty());
    RC_ASSERT_OK((*connection)->Execute(back));
  }
}

TEST_F(LogCheckTest, AnOlderDatabaseIsRefusedUnlessItWasRestored) {
  reg_.Add("a");
  auto folder = Folder();
  const auto made = folder.Create("r1", nullptr);
  RC_ASSERT_OK(made);
  reg_.Add("b");
  const std::string lost = log_->head();
  reg_.store().SetJournal(nullptr);
  reg_.Close();
  const auto restored =
      Restore(absl::StrCat(reg_.folder.Path(made->name()), ".db"), reg_.path(), CheckSqliteFile,
              LogCheckWith(key_->public_key()), reg_.clock.Now());
  RC_ASSERT_OK(restored);
  reg_.Open();
  EXPECT_THAT(OpenLog(), IsError(absl::StatusCode::kFailedPrecondition, "AUDIT_LOG_SHORTER"));

  RC_ASSERT_OK(OpenLog(/*restored=*/true));
  RC_ASSERT_OK(reg_.store().Write({"rollcalld.restore", "local", reg_.clock.Now(), nullptr},
                                  [&](WriteTx& tx) { return log_->AppendRestored(tx); }));
  EXPECT_NE(log_->head(), lost);
  RC_ASSERT_OK(OpenLog());
  reg_.Add("c");
  const auto next = Folder().Create("r2", nullptr);
  RC_ASSERT_OK(next);
  EXPECT_EQ(next->log_size(), 3);
}

}  // namespace
}  // namespace rollcall::backup
