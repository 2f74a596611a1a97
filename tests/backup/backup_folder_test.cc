// Backups are whole or not there.

#include "server/backup/backup_folder.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <atomic>
#include <thread>

#include "tests/backup/register_file.h"

namespace rollcall::backup {
namespace {

using ::rollcall::testing::FlipByte;
using ::rollcall::testing::IsError;
using ::rollcall::testing::NamesIn;
using ::rollcall::testing::RegisterFile;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class BackupFolderTest : public ::testing::Test {
 protected:
  BackupFolder Folder(int keep = 0) {
    return {{Path(), keep, nullptr}, &reg_.store(), &reg_.clock};
  }

  std::string Path() const { return reg_.folder.Path("backups"); }
  std::string PathOf(const v1::Backup& backup, const std::string& suffix) const {
    return absl::StrCat(Path(), "/", backup.name().substr(8), suffix);
  }

  // The names in the folder but that of its lock.
  std::vector<std::string> Names() const {
    std::vector<std::string> names = NamesIn(Path());
    std::erase(names, "backup.lock");
    return names;
  }

  RegisterFile reg_;
};

TEST_F(BackupFolderTest, ABackupHoldsTheRegisterAndSaysWhatItHolds) {
  reg_.Add("a");
  reg_.Add("b");
  std::vector<std::string> phases;
  auto folder = Folder();
  const auto made = folder.Create("r1", [&](std::string_view phase, double fraction) {
    EXPECT_GE(fraction, 0);
    EXPECT_LE(fraction, 1);
    if (phases.empty() || phases.back() != phase) phases.emplace_back(phase);
    return true;
  });
  RC_ASSERT_OK(made);
  EXPECT_EQ(made->name(), "backups/20260205t031500z-r2");
  EXPECT_EQ(made->revision(), 2);
  EXPECT_EQ(made->rows().at("vendor"), 2);
  EXPECT_EQ(made->sha256().size(), 64U);
  EXPECT_EQ(made->size_bytes(),
            static_cast<std::int64_t>(std::filesystem::file_size(PathOf(*made, ".db"))));
  EXPECT_THAT(Names(), ElementsAre("20260205t031500z-r2.db", "20260205t031500z-r2.json"));
  for (const char* suffix : {".db", ".json"}) {
    struct stat info {};
    ASSERT_EQ(stat(PathOf(*made, suffix).c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 0777U, 0600U) << suffix;
  }
  EXPECT_EQ(phases.back(), "checking");
  const auto listed = folder.List();
  RC_ASSERT_OK(listed);
  ASSERT_EQ(listed->size(), 1U);
  EXPECT_EQ(listed->front().SerializeAsString().size(), made->SerializeAsString().size());
  RC_EXPECT_OK(folder.Verify(made->name(), nullptr));

  // It is a register: it opens, with everything in it.
  std::filesystem::copy_file(PathOf(*made, ".db"), reg_.folder.Path("copy.db"));
  auto driver = OpenSqlite(reg_.folder.Path("copy.db"));
  RC_ASSERT_OK(driver);
  auto copy = Store::Open(*std::move(driver), reg_.clock.Now());
  RC_ASSERT_OK(copy);
  v1::Vendor vendor;
  RC_EXPECT_OK((*copy)->Read(nullptr, [&](ReadTx& tx) {
    EXPECT_EQ(tx.revision(), 2);
    return VendorTable().Get(tx, "vendors/b", kNewest, &vendor);
  }));
  EXPECT_EQ(vendor.legal_name(), "The legal name of b");
}

TEST_F(BackupFolderTest, WritersGoOnAndTheCopyIsOfOneMoment) {
  for (int i = 0; i < 50; ++i) reg_.Add(absl::StrCat("v", i));
  int written = 0;
  auto folder = Folder();
  const auto made = folder.Create("r1", [&](std::string_view, double) {
    // In the middle of the copying: nobody waits for anybody.
    reg_.Add(absl::StrCat("w", written++));
    return true;
  });
  RC_ASSERT_OK(made);
  EXPECT_GT(written, 1);
  EXPECT_EQ(made->revision(), 50);
  EXPECT_EQ(made->rows().at("vendor"), 50);
  EXPECT_EQ(made->rows().at("revision"), 50);
  RC_EXPECT_OK(folder.Verify(made->name(), nullptr));
}

TEST_F(BackupFolderTest, TheSameRequestMakesOneBackup) {
  auto folder = Folder();
  const auto first = folder.Create("r1", nullptr);
  RC_ASSERT_OK(first);
  reg_.Add("a");
  reg_.clock.Advance(absl::Hours(1));
  const auto again = folder.Create("r1", nullptr);
  RC_ASSERT_OK(again);
  EXPECT_EQ(again->name(), first->name());
  EXPECT_EQ(Names().size(), 2U);
}

TEST_F(BackupFolderTest, TheNewestStay) {
  reg_.folder.Write("backups.txt", "");
  auto folder = Folder(/*keep=*/2);
  std::vector<std::string> names;
  for (int i = 0; i < 4; ++i) {
    reg_.Add(absl::StrCat("v", i));
    const auto made = folder.Create(absl::StrCat("r", i), nullptr);
    RC_ASSERT_OK(made);
    names.push_back(made->name().substr(8));
    reg_.clock.Advance(absl::Seconds(1));
    // What is no backup is left alone.
    std::filesystem::copy_file(reg_.folder.Path("backups.txt"), Path() + "/mine.db",
                               std::filesystem::copy_options::overwrite_existing);
  }
  EXPECT_THAT(Names(), ElementsAre(names[2] + ".db", names[2] + ".json", names[3] + ".db",
                                   names[3] + ".json", "mine.db"));
  const auto listed = folder.List();
  RC_ASSERT_OK(listed);
  ASSERT_EQ(listed->size(), 2U);
  EXPECT_EQ(listed->front().name(), "backups/" + names[3]);
}

TEST_F(BackupFolderTest, AClockThatWasInTheFutureCostsNoLaterBackup) {
  auto folder = Folder(/*keep=*/2);
  reg_.clock.Advance(absl::Hours(24 * 365));
  for (int i = 0; i < 2; ++i) {
    RC_ASSERT_OK(folder.Create(absl::StrCat("future", i), nullptr));
    reg_.clock.Advance(absl::Seconds(1));
  }
  reg_.clock.Advance(-absl::Hours(24 * 365));
  std::vector<std::string> names;
  for (int i = 0; i < 3; ++i) {
    const auto made = folder.Create(absl::StrCat("r", i), nullptr);
    RC_ASSERT_OK(made);
    RC_EXPECT_OK(folder.Verify(made->name(), nullptr));
    names.push_back(made->name().substr(8));
    reg_.clock.Advance(absl::Seconds(1));
  }
  EXPECT_THAT(Names(), ElementsAre(names[1] + ".db", names[1] + ".json", names[2] + ".db",
                                   names[2] + ".json"));
}

TEST_F(BackupFolderTest, AClockThatWentBackCostsNotTheBackupJustMade) {
  auto folder = Folder(/*keep=*/1);
  RC_ASSERT_OK(folder.Create("r1", nullptr));
  reg_.clock.Advance(-absl::Hours(1));
  const auto made = folder.Create("r2", nullptr);
  RC_ASSERT_OK(made);
  const auto listed = folder.List();
  RC_ASSERT_OK(listed);
  ASSERT_EQ(listed->size(), 1U);
  EXPECT_EQ(listed->front().name(), made->name());
}

TEST_F(BackupFolderTest, ANameThatIsTakenIsLeftAlone) {
  auto folder = Folder();
  const auto first = folder.Create("r1", nullptr);
  RC_ASSERT_OK(first);
  EXPECT_THAT(folder.Create("r2", nullptr),
              IsError(absl::StatusCode::kAlreadyExists, "ALREADY_EXISTS"));
  EXPECT_EQ(Names().size(), 2U);
  const auto verified = folder.Verify(first->name(), nullptr);
  RC_ASSERT_OK(verified);
  EXPECT_EQ(verified->request_id(), "r1");
}

TEST_F(BackupFolderTest, AnInterruptedBackupLeavesNothing) {
  reg_.Add("a");
  auto folder = Folder();
  for (const std::string_view phase : {"copying", "hashing", "checking"}) {
    EXPECT_THAT(folder.Create("r1", [&](std::string_view now, double) { return now != phase; }),
                IsError(absl::StatusCode::kDeadlineExceeded, "DEADLINE"))
        << phase;
    EXPECT_THAT(Names(), IsEmpty()) << phase;
  }
}

TEST_F(BackupFolderTest, WhatAKilledAttemptLeftIsRemovedAndNeverListed) {
  std::filesystem::create_directory(Path());
  reg_.folder.Write("backups/unfinished.db.partial", "half");
  auto folder = Folder();
  EXPECT_TRUE(folder.List()->empty());
  RC_ASSERT_OK(folder.Create("r1", nullptr));
  EXPECT_EQ(Names().size(), 2U);
}

TEST_F(BackupFolderTest, AFullDiskLeavesNothing) {
  for (int i = 0; i < 20; ++i) reg_.Add(absl::StrCat("v", i));
  // The database itself must not need room meanwhile.
  reg_.Close();
  const auto size = std::filesystem::file_size(reg_.path());
  reg_.Open();
  auto folder = Folder();
  const auto old_handler = signal(SIGXFSZ, SIG_IGN);
  rlimit old_limit{};
  getrlimit(RLIMIT_FSIZE, &old_limit);
  for (const auto bytes : {std::uintmax_t{0}, std::uintmax_t{4096}, size / 2, size - 1}) {
    rlimit limit = old_limit;
    limit.rlim_cur = bytes;
    setrlimit(RLIMIT_FSIZE, &limit);
    const auto made = folder.Create("r1", nullptr);
    setrlimit(RLIMIT_FSIZE, &old_limit);
    EXPECT_FALSE(made.ok()) << bytes;
    EXPECT_TRUE(absl::IsResourceExhausted(made.status()) ||
                absl::IsFailedPrecondition(made.status()))
        << made.status();
    EXPECT_THAT(Names(), IsEmpty()) << bytes;
  }
  signal(SIGXFSZ, old_handler);
  RC_EXPECT_OK(folder.Create("r1", nullptr));
}

TEST_F(BackupFolderTest, AFolderThatCannotBeIsAnError) {
  reg_.folder.Write("file", "");
  BackupFolder folder({reg_.folder.Path("file/backups"), 0, nullptr}, &reg_.store(), &reg_.clock);
  EXPECT_THAT(folder.Create("r1", nullptr),
              IsError(absl::StatusCode::kFailedPrecondition, "BACKUP_NOT_WRITABLE"));
  BackupFolder no_parent({reg_.folder.Path("no/backups"), 0, nullptr}, &reg_.store(), &reg_.clock);
  EXPECT_THAT(no_parent.Create("r1", nullptr),
              IsError(absl::StatusCode::kFailedPrecondition, "BACKUP_NOT_WRITABLE"));
}

TEST_F(BackupFolderTest, OneAtATime) {
  auto folder = Folder();
  auto other = Folder();
  absl::Status second;
  RC_ASSERT_OK(folder.Create("r1", [&](std::string_view, double) {
    second = other.Create("r2", nullptr).status();
    return true;
  }));
  EXPECT_THAT(second, IsError(absl::StatusCode::kAborted, "BACKUP_RUNNING"));
  EXPECT_EQ(Names().size(), 2U);
}

TEST_F(BackupFolderTest, AnyByteThatChangedIsFound) {
  reg_.Add("a");
  auto folder = Folder();
  const auto made = folder.Create("r1", nullptr);
  RC_ASSERT_OK(made);
  const std::string path = PathOf(*made, ".db");
  const auto size = std::filesystem::file_size(path);
  for (std::uintmax_t at = 0; at < size; at += size / 40 + 1) {
    FlipByte(path, at);
    const absl::Status found = folder.Verify(made->name(), nullptr).status();
    EXPECT_FALSE(found.ok()) << at;
    FlipByte(path, at);
  }
  RC_EXPECT_OK(folder.Verify(made->name(), nullptr));
  std::filesystem::resize_file(path, size - 4096);
  EXPECT_FALSE(folder.Verify(made->name(), nullptr).ok());
}

TEST_F(BackupFolderTest, ADescriptionThatChangedIsFound) {
  reg_.Add("a");
  auto folder = Folder();
  const auto made = folder.Create("r1", nullptr);
  RC_ASSERT_OK(made);
  const std::string path = PathOf(*made, ".json");
  v1::Backup other = *made;
  (*other.mutable_rows())["vendor"] = 7;
  RC_ASSERT_OK(WriteDescription(path, other));
  EXPECT_THAT(folder.Verify(made->name(), nullptr),
              IsError(absl::StatusCode::kDataLoss, "BACKUP_DAMAGED"));
  std::ofstream(path) << "{ no description";
  EXPECT_THAT(folder.Verify(made->name(), nullptr),
              IsError(absl::StatusCode::kDataLoss, "BACKUP_DAMAGED"));
  // Without one the file is still looked at by itself.
  std::filesystem::remove(path);
  RC_EXPECT_OK(folder.Verify(made->name(), nullptr));
  EXPECT_EQ(folder.List()->front().name(), made->name());
}

TEST_F(BackupFolderTest, ANameIsNoPath) {
  RC_ASSERT_OK(Folder().Create("r1", nullptr));
  for (const char* name : {"", "backups/", "backups/../register", "backups/unfinished",
                           "/etc/passwd", "backups/20260205t031500z-r", "20260205t031500z-r0",
                           "backups/20260205t031500z-r0/x", "backups/20260205T031500Z-r0"}) {
    EXPECT_EQ(Folder().Verify(name, nullptr).status().code(), absl::StatusCode::kInvalidArgument)
        << name;
  }
  EXPECT_THAT(Folder().Verify("backups/20260205t031500z-r99", nullptr),
              IsError(absl::StatusCode::kNotFound, "NOT_FOUND"));
}

TEST_F(BackupFolderTest, ManyWritersAndABackupAtOnce) {
  std::atomic<bool> stop = false;
  std::vector<std::thread> writers;
  for (int i = 0; i < 4; ++i) {
    writers.emplace_back([&, i] {
      for (int n = 0; !stop; ++n) reg_.Add(absl::StrCat("t", i, "-", n));
    });
  }
  auto folder = Folder();
  for (int i = 0; i < 5; ++i) {
    const auto made = folder.Create(absl::StrCat("r", i), nullptr);
    RC_ASSERT_OK(made);
    EXPECT_EQ(made->rows().at("vendor"), made->revision());
    reg_.clock.Advance(absl::Seconds(1));
  }
  stop = true;
  for (std::thread& writer : writers) writer.join();
}

}  // namespace
}  // namespace rollcall::backup
