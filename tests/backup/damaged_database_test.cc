// A register whose file was damaged behind the program's back: nothing crashes, and damage of the
// structure is DATA_LOSS. What can be found by content alone is found by seals, the log and the
// hashes of backups, which have tests of their own.

#include <random>

#include "tests/backup/register_file.h"

namespace rollcall::testing {
namespace {

// Everything that a reader could ask of every table: opens, reads all rows, writes one.
absl::Status UseAll(const std::string& path) {
  RC_ASSIGN_OR_RETURN(std::unique_ptr<Driver> driver, OpenSqlite(path));
  RC_ASSIGN_OR_RETURN(const std::unique_ptr<Store> store,
                      Store::Open(std::move(driver), absl::UnixEpoch()));
  RC_RETURN_IF_ERROR(store->Read(nullptr, [&](ReadTx& tx) -> absl::Status {
    v1::Vendor vendor;
    RC_RETURN_IF_ERROR(VendorTable().List(
        tx, "", "", kNewest, &vendor,
        [](const google::protobuf::Message&) -> absl::StatusOr<bool> { return true; }));
    RC_ASSIGN_OR_RETURN(Statement * tables,
                        tx.Prepare("SELECT name FROM sqlite_master WHERE type = 'table'"));
    std::vector<std::string> names;
    {
      ScopedReset reset(tables);
      while (true) {
        RC_ASSIGN_OR_RETURN(const bool more, tables->Step());
        if (!more) break;
        names.emplace_back(tables->Text(0));
      }
    }
    for (const std::string& name : names) {
      RC_ASSIGN_OR_RETURN(Statement * rows, tx.Prepare(absl::StrCat("SELECT * FROM ", name)));
      ScopedReset reset(rows);
      while (true) {
        RC_ASSIGN_OR_RETURN(const bool more, rows->Step());
        if (!more) break;
        static_cast<void>(rows->Text(0));
      }
    }
    return absl::OkStatus();
  }));
  return store->Write({"test.Write", "tester", absl::UnixEpoch(), nullptr}, [](WriteTx& tx) {
    v1::Vendor vendor;
    vendor.set_name("vendors/after");
    return VendorTable().Insert(tx, &vendor);
  });
}

class DamagedDatabase : public ::testing::Test {
 protected:
  DamagedDatabase() {
    for (int i = 0; i < 200; ++i) reg_.Add(absl::StrCat("v", i));
    reg_.Close();
    size_ = std::filesystem::file_size(reg_.path());
  }

  // A fresh copy of the whole database.
  std::string Copy() {
    const std::string path = reg_.folder.Path("damaged.db");
    for (const char* suffix : {"-wal", "-shm"}) std::filesystem::remove(path + suffix);
    std::filesystem::copy_file(reg_.path(), path,
                               std::filesystem::copy_options::overwrite_existing);
    return path;
  }

  // Holds one damaged file against what may be said of it; true if the check found the damage.
  bool FoundOrHarmless(const std::string& path, const std::string& what) {
    const absl::Status checked = CheckSqliteFile(path, nullptr, nullptr).status();
    if (!checked.ok()) {
      EXPECT_TRUE(absl::IsDataLoss(checked) || absl::IsFailedPrecondition(checked))
          << what << ": " << checked;
    }
    const absl::Status used = UseAll(path);
    if (!used.ok()) {
      // Damage has its own code; what looks like a wrong value of a good file is a refusal.
      EXPECT_NE(used.code(), absl::StatusCode::kUnknown) << what << ": " << used;
      EXPECT_FALSE(ErrorReason(used).empty()) << what << ": " << used;
    }
    return !checked.ok();
  }

  RegisterFile reg_;
  std::uintmax_t size_ = 0;
};

TEST_F(DamagedDatabase, AWholeOneIsWhole) {
  RC_EXPECT_OK(CheckSqliteFile(Copy(), nullptr, nullptr));
  RC_EXPECT_OK(UseAll(Copy()));
}

TEST_F(DamagedDatabase, NoFlippedByteCrashesAnything) {
  std::minstd_rand random(4);
  int found = 0;
  constexpr int kFlips = 120;
  for (int i = 0; i < kFlips; ++i) {
    const std::string path = Copy();
    const auto at = random() % size_;
    const auto mask = static_cast<unsigned char>(1U << (random() % 8));
    FlipByte(path, at, mask);
    found += FoundOrHarmless(path, absl::StrCat("byte ", at)) ? 1 : 0;
  }
  RecordProperty("found_by_check", found);
  std::printf("%d of %d flipped bits break the structure\n", found, kFlips);
  EXPECT_GT(found, 0);
}

TEST_F(DamagedDatabase, EveryPageThatWasOverwrittenIsFound) {
  constexpr std::uintmax_t kPage = 4096;
  for (std::uintmax_t page = 0; page < size_ / kPage; ++page) {
    const std::string path = Copy();
    std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(static_cast<std::streamoff>(page * kPage));
    file << std::string(kPage, '\xA5');
    file.close();
    EXPECT_TRUE(FoundOrHarmless(path, absl::StrCat("page ", page))) << page;
  }
}

TEST_F(DamagedDatabase, ATailThatWasCutIsFound) {
  for (const std::uintmax_t rest :
       {size_ - 4096, size_ / 2, std::uintmax_t{4096}, std::uintmax_t{100}}) {
    const std::string path = Copy();
    std::filesystem::resize_file(path, rest);
    EXPECT_TRUE(FoundOrHarmless(path, absl::StrCat("cut to ", rest))) << rest;
  }
}

}  // namespace
}  // namespace rollcall::testing
