// The conformance suite on SQLite, and what only SQLite has: a file.

#include <signal.h>
#include <sqlite3.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "absl/strings/str_cat.h"
#include "rollcall/v1/vendor_service.pb.h"
#include "storage/register_tables.h"
#include "storage/sqlite/sqlite_driver.h"
#include "tests/conformance/sealing_conformance.h"
#include "tests/conformance/store_conformance.h"

namespace rollcall::testing {
namespace {

class SqliteDatabase final : public TestDatabase {
 public:
  SqliteDatabase() {
    std::string pattern = (std::filesystem::temp_directory_path() / "rollcall.XXXXXX").string();
    if (mkdtemp(pattern.data()) == nullptr) ADD_FAILURE() << "no temporary directory";
    folder_ = pattern;
  }
  ~SqliteDatabase() override {
    std::error_code error;
    std::filesystem::remove_all(folder_, error);
  }

  absl::StatusOr<std::unique_ptr<Driver>> NewDriver() override { return OpenSqlite(path()); }

  absl::Status CheckIntegrity() override {
    RC_ASSIGN_OR_RETURN(const std::unique_ptr<Driver> driver, NewDriver());
    RC_ASSIGN_OR_RETURN(const std::unique_ptr<Connection> connection, driver->Connect(false));
    for (const char* check : {"PRAGMA integrity_check", "PRAGMA foreign_key_check"}) {
      RC_ASSIGN_OR_RETURN(Statement * row, connection->Prepare(check));
      ScopedReset reset(row);
      RC_ASSIGN_OR_RETURN(const bool found, row->Step());
      if (found && row->Text(0) != "ok") return absl::DataLossError(std::string(row->Text(0)));
    }
    return absl::OkStatus();
  }

  std::string path() const { return folder_ + "/register.db"; }

 private:
  std::string folder_;
};

const Engine kSqlite{"sqlite", [] { return std::make_unique<SqliteDatabase>(); }};
std::string EngineName(const ::testing::TestParamInfo<Engine>& test) { return test.param.name; }

INSTANTIATE_TEST_SUITE_P(Sqlite, StoreConformance, ::testing::Values(kSqlite), EngineName);
INSTANTIATE_TEST_SUITE_P(Sqlite, SealingConformance, ::testing::Values(kSqlite), EngineName);
INSTANTIATE_TEST_SUITE_P(Sqlite, UpgradeConformance, ::testing::Values(kSqlite), EngineName);

absl::StatusOr<std::unique_ptr<Store>> OpenStore(SqliteDatabase& database) {
  RC_ASSIGN_OR_RETURN(std::unique_ptr<Driver> driver, database.NewDriver());
  return Store::Open(std::move(driver), absl::UnixEpoch());
}

WriteOptions Options() { return {"test.Write", "tester", absl::UnixEpoch(), nullptr}; }

// Adds vendors with long notes, about 1 MB in one transaction.
absl::Status AddMuch(WriteTx& tx) {
  const std::string note(8192, 'x');
  for (int i = 0; i < 128; ++i) {
    v1::Vendor vendor;
    vendor.set_name(absl::StrCat("vendors/much", tx.revision(), "-", i));
    vendor.set_note(note);
    RC_RETURN_IF_ERROR(VendorTable().Insert(tx, &vendor));
  }
  return absl::OkStatus();
}

absl::Status AddOneVendor(WriteTx& tx) {
  v1::Vendor vendor;
  vendor.set_name(absl::StrCat("vendors/one", tx.revision()));
  return VendorTable().Insert(tx, &vendor);
}

std::int64_t CountVendors(Store& store) {
  std::int64_t count = -1;
  RC_EXPECT_OK(store.Read(nullptr, [&](ReadTx& tx) -> absl::Status {
    RC_ASSIGN_OR_RETURN(Statement * row, tx.Prepare("SELECT COUNT(*) FROM vendor"));
    ScopedReset reset(row);
    RC_RETURN_IF_ERROR(row->Step().status());
    count = row->Int(0);
    return absl::OkStatus();
  }));
  return count;
}

mode_t ModeOf(const std::string& path) {
  struct stat info {};
  EXPECT_EQ(stat(path.c_str(), &info), 0) << path;
  return info.st_mode & 0777U;
}

// Runs SQL on a file as any program could.
void RunRaw(const std::string& path, const std::string& sql) {
  sqlite3* database = nullptr;
  ASSERT_EQ(sqlite3_open(path.c_str(), &database), SQLITE_OK);
  EXPECT_EQ(sqlite3_exec(database, sql.c_str(), nullptr, nullptr, nullptr), SQLITE_OK);
  sqlite3_close(database);
}

// Limits the size of every file of this process while it lives, as a full disk would.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(std::uintmax_t bytes) : old_handler_(signal(SIGXFSZ, SIG_IGN)) {
    getrlimit(RLIMIT_FSIZE, &old_limit_);
    rlimit limit = old_limit_;
    limit.rlim_cur = bytes;
    EXPECT_EQ(setrlimit(RLIMIT_FSIZE, &limit), 0);
  }
  ~FileSizeLimit() {
    setrlimit(RLIMIT_FSIZE, &old_limit_);
    signal(SIGXFSZ, old_handler_);
  }
  FileSizeLimit(const FileSizeLimit&) = delete;
  FileSizeLimit& operator=(const FileSizeLimit&) = delete;

 private:
  sighandler_t old_handler_;
  rlimit old_limit_{};
};

TEST(SqliteFile, OnlyTheOwnerCanReadAnyOfItsFiles) {
  SqliteDatabase database;
  const mode_t before = umask(0);
  auto store = OpenStore(database);
  umask(before);
  RC_ASSERT_OK(store);
  RC_ASSERT_OK((*store)->Write(Options(), AddOneVendor));
  for (const char* suffix : {"", "-wal", "-shm"}) {
    EXPECT_EQ(ModeOf(database.path() + suffix), 0600U) << suffix;
  }
}

TEST(SqliteFile, OpeningLeavesTheProcessUmaskAlone) {
  SqliteDatabase database;
  const mode_t before = umask(0027);
  RC_EXPECT_OK(OpenStore(database));
  EXPECT_EQ(umask(before), 0027U);
}

TEST(SqliteFile, CarriesTheProgramsMarkAndAWriteAheadLog) {
  SqliteDatabase database;
  auto store = OpenStore(database);
  RC_ASSERT_OK(store);
  RC_ASSERT_OK((*store)->Read(nullptr, [](ReadTx& tx) -> absl::Status {
    RC_ASSIGN_OR_RETURN(Statement * id, tx.Prepare("PRAGMA application_id"));
    RC_RETURN_IF_ERROR(id->Step().status());
    EXPECT_EQ(id->Int(0), 0x5243414C);
    RC_ASSIGN_OR_RETURN(Statement * mode, tx.Prepare("PRAGMA journal_mode"));
    RC_RETURN_IF_ERROR(mode->Step().status());
    EXPECT_EQ(mode->Text(0), "wal");
    return absl::OkStatus();
  }));
  RC_ASSERT_OK((*store)->Write(Options(), [](WriteTx& tx) -> absl::Status {
    for (const auto& [pragma, value] :
         {std::pair("PRAGMA synchronous", 2), std::pair("PRAGMA foreign_keys", 1),
          std::pair("PRAGMA trusted_schema", 0)}) {
      RC_ASSIGN_OR_RETURN(Statement * row, tx.Prepare(pragma));
      RC_RETURN_IF_ERROR(row->Step().status());
      EXPECT_EQ(row->Int(0), value) << pragma;
    }
    return absl::OkStatus();
  }));
}

TEST(SqliteFile, EveryTableIsStrict) {
  SqliteDatabase database;
  auto store = OpenStore(database);
  RC_ASSERT_OK(store);
  RC_ASSERT_OK((*store)->Read(nullptr, [](ReadTx& tx) -> absl::Status {
    RC_ASSIGN_OR_RETURN(Statement * row,
                        tx.Prepare("SELECT name FROM pragma_table_list WHERE schema = 'main' AND "
                                   "type = 'table' AND strict = 0 AND name NOT LIKE 'sqlite_%' "
                                   "AND name <> 'schema_migration'"));
    ScopedReset reset(row);
    RC_ASSIGN_OR_RETURN(const bool found, row->Step());
    EXPECT_FALSE(found) << row->Text(0);
    return absl::OkStatus();
  }));
}

TEST(SqliteFile, ADatabaseOfAnotherProgramIsRefusedAndLeftAlone) {
  for (const char* sql : {"PRAGMA application_id=7", "CREATE TABLE theirs (a)",
                          "CREATE TABLE theirs (a); PRAGMA application_id=7"}) {
    SqliteDatabase database;
    RunRaw(database.path(), sql);
    const auto size = std::filesystem::file_size(database.path());
    EXPECT_THAT(database.NewDriver(),
                IsError(absl::StatusCode::kFailedPrecondition, "NOT_OUR_DATABASE"))
        << sql;
    EXPECT_EQ(std::filesystem::file_size(database.path()), size);
  }
}

TEST(SqliteFile, AFileThatIsNoDatabaseIsRefusedAndLeftAlone) {
  SqliteDatabase database;
  const std::string text(4096, 't');
  std::ofstream(database.path()) << text;
  EXPECT_THAT(database.NewDriver(), IsError(absl::StatusCode::kDataLoss, "DATABASE_CORRUPT"));
  std::ifstream file(database.path());
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(file), {}), text);
}

TEST(SqliteFile, AFolderThatDoesNotExistIsAnError) {
  EXPECT_THAT(OpenSqlite("/nonexistent/register.db"),
              IsError(absl::StatusCode::kFailedPrecondition, "DATABASE_NOT_WRITABLE"));
}

TEST(SqliteFile, DamageIsDataLoss) {
  SqliteDatabase database;
  {
    auto store = OpenStore(database);
    RC_ASSERT_OK(store);
    RC_ASSERT_OK((*store)->Write(Options(), AddMuch));
  }
  const auto size = static_cast<std::streamoff>(std::filesystem::file_size(database.path()));
  std::fstream file(database.path(), std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(8192);
  file << std::string(static_cast<std::size_t>(size) - 8192, '\xA5');
  file.close();
  absl::Status status = absl::OkStatus();
  auto store = OpenStore(database);
  if (store.ok()) {
    status = (*store)->Read(
        nullptr, [](ReadTx& tx) { return NamesOf(tx, VendorTable(), "", "", kNewest).status(); });
  } else {
    status = store.status();
  }
  EXPECT_THAT(status, IsError(absl::StatusCode::kDataLoss, "DATABASE_CORRUPT"));
}

TEST(SqliteFile, AFullDiskKeepsNothingOfTheChangeAndTheRegisterStaysUsable) {
  SqliteDatabase database;
  auto store = OpenStore(database);
  RC_ASSERT_OK(store);
  RC_ASSERT_OK((*store)->Write(Options(), AddOneVendor));
  {
    const FileSizeLimit limit(std::filesystem::file_size(database.path() + "-wal") + 65536);
    const absl::Status status = (*store)->Write(Options(), [](WriteTx& tx) -> absl::Status {
      // A small cache, so that pages are written before the commit.
      RC_ASSIGN_OR_RETURN(Statement * cache, tx.Prepare("PRAGMA cache_size=8"));
      RC_RETURN_IF_ERROR(cache->Run());
      return AddMuch(tx);
    });
    EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted) << status;
    EXPECT_EQ(CountVendors(**store), 1);
    EXPECT_EQ((*store)->Write(Options(), AddMuch).code(), absl::StatusCode::kResourceExhausted);
    RC_EXPECT_OK((*store)->Write(Options(), AddOneVendor));
  }
  EXPECT_EQ(CountVendors(**store), 2);
  RC_EXPECT_OK((*store)->Write(Options(), AddMuch));
  EXPECT_EQ(CountVendors(**store), 130);
  store->reset();
  RC_EXPECT_OK(database.CheckIntegrity());
}

TEST(SqliteFile, ACheckpointThatAReaderHoldsUpIsMadeUpForLater) {
  SqliteDatabase database;
  auto store = OpenStore(database);
  RC_ASSERT_OK(store);
  const auto log_size = [&] { return std::filesystem::file_size(database.path() + "-wal"); };
  RC_ASSERT_OK((*store)->Write(Options(), AddOneVendor));
  RC_ASSERT_OK((*store)->Checkpoint());
  EXPECT_EQ(log_size(), 0U);
  RC_ASSERT_OK((*store)->Write(Options(), AddOneVendor));
  RC_ASSERT_OK((*store)->Read(nullptr, [&](ReadTx&) -> absl::Status {
    RC_RETURN_IF_ERROR((*store)->Write(Options(), AddOneVendor));
    EXPECT_THAT((*store)->Checkpoint(), IsError(absl::StatusCode::kUnavailable, "CHECKPOINT_BUSY"));
    RC_EXPECT_OK((*store)->Ready());
    EXPECT_GT(log_size(), 0U);
    return (*store)->Write(Options(), AddOneVendor);
  }));
  RC_EXPECT_OK((*store)->Ready());
  EXPECT_EQ(log_size(), 0U);
  EXPECT_EQ(CountVendors(**store), 4);
  // Once made up for, it is not done again.
  RC_ASSERT_OK((*store)->Write(Options(), AddOneVendor));
  RC_EXPECT_OK((*store)->Ready());
  EXPECT_GT(log_size(), 0U);
}

TEST(SqliteFile, OpeningEmptiesTheLogThatAKilledProcessLeft) {
  SqliteDatabase database;
  SqliteDatabase killed;
  {
    auto store = OpenStore(database);
    RC_ASSERT_OK(store);
    RC_ASSERT_OK((*store)->Write(Options(), AddOneVendor));
    for (const char* suffix : {"", "-wal"}) {
      std::filesystem::copy_file(database.path() + suffix, killed.path() + suffix);
    }
  }
  ASSERT_GT(std::filesystem::file_size(killed.path() + "-wal"), 0U);
  auto store = OpenStore(killed);
  RC_ASSERT_OK(store);
  EXPECT_EQ(std::filesystem::file_size(killed.path() + "-wal"), 0U);
  EXPECT_EQ(CountVendors(**store), 1);
}

TEST(SqliteFile, ALogWithoutItsDatabaseIsNotThrownAway) {
  SqliteDatabase database;
  std::ofstream(database.path() + "-wal") << "something";
  EXPECT_THAT(database.NewDriver(),
              IsError(absl::StatusCode::kFailedPrecondition, "RESTORE_UNFINISHED"));
  EXPECT_FALSE(std::filesystem::exists(database.path()));
  EXPECT_EQ(std::filesystem::file_size(database.path() + "-wal"), 9U);
}

// SQLite's usual files, counting those without a name: they are its temporary ones.
class CountingFiles {
 public:
  CountingFiles() : usual_(sqlite3_vfs_find(nullptr)), counting_(*usual_) {
    temporary = 0;
    open = usual_->xOpen;
    counting_.zName = "counting";
    counting_.xOpen = [](sqlite3_vfs* files, const char* name, sqlite3_file* file, int flags,
                         int* out_flags) {
      if (name == nullptr) ++temporary;
      return open(files, name, file, flags, out_flags);
    };
    sqlite3_vfs_register(&counting_, /*makeDflt=*/1);
  }
  ~CountingFiles() {
    sqlite3_vfs_unregister(&counting_);
    sqlite3_vfs_register(usual_, /*makeDflt=*/1);
  }
  CountingFiles(const CountingFiles&) = delete;
  CountingFiles& operator=(const CountingFiles&) = delete;

  static inline int temporary = 0;

 private:
  static inline decltype(sqlite3_vfs::xOpen) open = nullptr;
  sqlite3_vfs* const usual_;
  sqlite3_vfs counting_;
};

TEST(SqliteFile, CompactingPutsTheDatabaseIntoAFileAndNotIntoMemory) {
  SqliteDatabase database;
  {
    auto store = OpenStore(database);
    RC_ASSERT_OK(store);
    RC_ASSERT_OK((*store)->Write(Options(), AddMuch));
  }
  const CountingFiles files;
  auto driver = database.NewDriver();
  RC_ASSERT_OK(driver);
  auto connection = (*driver)->Connect(/*read_only=*/false);
  RC_ASSERT_OK(connection);
  // So that a small database does not fit into the cache.
  RC_ASSERT_OK((*connection)->Execute("PRAGMA cache_size=8"));
  RC_ASSERT_OK(
      (*connection)->Execute("CREATE TABLE scratch AS SELECT * FROM vendor ORDER BY note"));
  EXPECT_EQ(CountingFiles::temporary, 0);
  RC_ASSERT_OK((*connection)->Compact());
  EXPECT_GT(CountingFiles::temporary, 0);
  ASSERT_NE(sqlite3_temp_directory, nullptr);
  const int before = CountingFiles::temporary;
  RC_ASSERT_OK((*connection)->Execute("CREATE TABLE other AS SELECT * FROM vendor ORDER BY note"));
  EXPECT_EQ(CountingFiles::temporary, before);
}

TEST(SqliteFile, ADatabaseAtItsLargestSizeIsAFullDisk) {
  SqliteDatabase database;
  auto store = OpenStore(database);
  RC_ASSERT_OK(store);
  RC_ASSERT_OK((*store)->Write(Options(), [](WriteTx& tx) -> absl::Status {
    RC_ASSIGN_OR_RETURN(Statement * limit, tx.Prepare("PRAGMA max_page_count=1"));
    return limit->Run();
  }));
  EXPECT_THAT((*store)->Write(Options(), AddMuch),
              IsError(absl::StatusCode::kResourceExhausted, "DISK_FULL"));
  EXPECT_EQ(CountVendors(**store), 0);
  RC_ASSERT_OK((*store)->Write(Options(), [](WriteTx& tx) -> absl::Status {
    RC_ASSIGN_OR_RETURN(Statement * limit, tx.Prepare("PRAGMA max_page_count=1000000"));
    return limit->Run();
  }));
  RC_EXPECT_OK((*store)->Write(Options(), AddMuch));
  store->reset();
  RC_EXPECT_OK(database.CheckIntegrity());
}

TEST(SqliteFile, OpensAgainAfterAFullDiskAtStart) {
  SqliteDatabase database;
  {
    const FileSizeLimit limit(16384);
    EXPECT_EQ(OpenStore(database).status().code(), absl::StatusCode::kResourceExhausted);
  }
  auto store = OpenStore(database);
  RC_ASSERT_OK(store);
  RC_EXPECT_OK((*store)->Write(Options(), AddOneVendor));
}

}  // namespace
}  // namespace rollcall::testing
