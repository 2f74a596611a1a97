// The log in a real database: what is appended, how it survives, and that nothing is changed
// unseen.

#include "server/audit/audit_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <thread>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "rollcall/v1/roster_service.pb.h"
#include "rollcall/v1/vendor_service.pb.h"
#include "server/audit/audit_tables.h"
#include "server/audit/log_check.h"
#include "storage/audit_store.h"
#include "storage/register_tables.h"
#include "storage/sqlite/sqlite_driver.h"
#include "storage/status.h"

namespace rollcall::testing {
namespace {

namespace fs = std::filesystem;
using audit::AuditLog;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

const absl::Time kStart = absl::FromUnixSeconds(1804601106);

class AuditLogTest : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::path(::testing::TempDir()) /
              absl::StrCat("audit_log_", ::testing::UnitTest::GetInstance()->random_seed(), "_",
                           ::testing::UnitTest::GetInstance()->current_test_info()->name());
    fs::remove_all(folder_);
    fs::create_directories(folder_);
    ASSERT_EQ(audit::SigningKey::Make(Path("audit.key")), absl::OkStatus());
    Open();
  }
  void TearDown() override {
    Close();
    fs::remove_all(folder_);
  }

  std::string Path(const std::string& name) const { return folder_ / name; }

  absl::Status TryOpen(bool restored = false) {
    auto key = audit::SigningKey::Load(Path("audit.key"));
    if (!key.ok()) return key.status();
    key_.emplace(*std::move(key));
    auto driver = OpenSqlite(Path("register.db"));
    if (!driver.ok()) return driver.status();
    auto store = Store::Open(*std::move(driver), kStart);
    if (!store.ok()) return store.status();
    store_ = *std::move(store);
    auto log = AuditLog::Open(store_.get(), &*key_, {Path("audit.head"), restored}, kStart);
    if (!log.ok()) {
      store_.reset();
      return log.status();
    }
    log_ = *std::move(log);
    store_->SetJournal(log_.get());
    return absl::OkStatus();
  }
  void Open() { ASSERT_EQ(TryOpen(), absl::OkStatus()); }
  void Close() {
    store_.reset();
    log_.reset();
  }

  WriteOptions Options(absl::Time time = kStart) const {
    WriteOptions options{"rollcall.v1.VendorService.CreateVendor", "user:kim", time, nullptr};
    options.source = "ipv4:10.0.0.7";
    options.purpose = "new contract";
    options.correlation_id = "c-1";
    return options;
  }

  static v1::Vendor Vendor(const std::string& id) {
    v1::Vendor vendor;
    vendor.set_name("vendors/" + id);
    vendor.set_legal_name("The vendor " + id);
    return vendor;
  }

  void AddVendor(const std::string& id, absl::Time time = kStart) {
    ASSERT_EQ(store_->Write(Options(time),
                            [&](WriteTx& tx) {
                              v1::Vendor vendor = Vendor(id);
                              return VendorTable().Insert(tx, &vendor);
                            }),
              absl::OkStatus());
  }

  void Read(std::vector<std::int64_t> people, std::int64_t count) {
    audit::Reading reading;
    reading.principal = "oidc:7";
    reading.via = "spiffe://d.example/system/gateway";
    reading.source = "ipv4:10.0.0.8";
    reading.method = "rollcall.v1.RosterService.ListPeople";
    reading.purpose = "call the parents";
    reading.people_count = count;
    reading.people = std::move(people);
    reading.elements = {"student.name"};
    ASSERT_EQ(
        store_->Write(Options(), [&](WriteTx& tx) { return log_->AppendReading(tx, reading); }),
        absl::OkStatus());
  }

  std::vector<std::string> Entries() {
    std::vector<std::string> entries;
    EXPECT_EQ(store_->Read(nullptr,
                           [&](ReadTx& tx) {
                             return ReadAuditEntries(
                                 tx, 0, [&](const AuditRow& row) -> absl::StatusOr<bool> {
                                   entries.push_back(row.entry);
                                   return true;
                                 });
                           }),
              absl::OkStatus());
    return entries;
  }

  absl::Status Check() {
    return store_->Read(nullptr, [&](ReadTx& tx) { return audit::CheckTables(tx, log_->key()); });
  }

  // A copy as the export makes it.
  std::string Copy() {
    std::string copy = absl::StrCat(audit::kCopyHeader, "\n");
    EXPECT_EQ(store_->Read(nullptr,
                           [&](ReadTx& tx) -> absl::Status {
                             RC_ASSIGN_OR_RETURN(const std::int64_t size, CountAuditEntries(tx));
                             audit::TableReader reader(log_->key(), 0,
                                                       static_cast<std::uint64_t>(size), 1);
                             while (!reader.done()) {
                               RC_ASSIGN_OR_RETURN(const auto batch, reader.Next(tx, 1000));
                               for (const AuditRow& row : batch.rows) {
                                 copy += audit::EntryLine(row.entry);
                               }
                               if (!batch.checkpoint.empty()) {
                                 copy += audit::CheckpointLine(batch.checkpoint);
                               }
                             }
                             return absl::OkStatus();
                           }),
              absl::OkStatus());
    return copy;
  }

  std::string File(const std::string& name) const {
    std::ifstream file(Path(name), std::ios::binary);
    return std::string((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  }

  // Runs SQL on the file behind the store's back, which is closed.
  void Tamper(const std::string& sql) {
    sqlite3* database = nullptr;
    ASSERT_EQ(sqlite3_open(Path("register.db").c_str(), &database), SQLITE_OK);
    char* error = nullptr;
    EXPECT_EQ(sqlite3_exec(database, sql.c_str(), nullptr, nullptr, &error), SQLITE_OK)
        << sql << ": " << error;
    sqlite3_close(database);
  }

  fs::path folder_;
  std::optional<audit::SigningKey> key_;
  std::unique_ptr<Store> store_;
  std::unique_ptr<AuditLog> log_;
};

TEST_F(AuditLogTest, EveryChangeLeavesAnEntryUnderASignedHead) {
  EXPECT_EQ(log_->head(), "");
  AddVendor("one");
  const std::vector<std::string> entries = Entries();
  ASSERT_EQ(entries.size(), 1U);
  EXPECT_EQ(entries[0],
            "{\"changes\":[{\"fields\":[{\"after\":\"The vendor one\",\"field\":\"legal_name\"}],"
            "\"name\":\"vendors/one\"}],\"correlation_id\":\"c-1\",\"index\":0,\"kind\":\"CHANGE\","
            "\"method\":\"rollcall.v1.VendorService.CreateVendor\",\"principal\":\"user:kim\","
            "\"purpose\":\"new contract\",\"revision\":1,\"source\":\"ipv4:10.0.0.7\","
            "\"time\":\"2027-03-09T14:05:06.000000Z\"}");
  const auto head = audit::OpenCheckpoint(log_->head(), log_->key());
  ASSERT_TRUE(head.ok()) << head.status();
  EXPECT_EQ(head->size, 1U);
  EXPECT_EQ(head->root, audit::LeafHash(entries[0]));
  EXPECT_EQ(File("audit.head"), log_->head() + std::string(512 - log_->head().size(), '\0'));
  EXPECT_EQ(Check(), absl::OkStatus());
}

TEST_F(AuditLogTest, AnUpdateSaysBeforeAndAfterAndAnEndOnlyBefore) {
  AddVendor("one");
  ASSERT_EQ(store_->Write(Options(),
                          [&](WriteTx& tx) {
                            v1::Vendor vendor = Vendor("one");
                            vendor.set_legal_name("Another \"name\"");
                            return VendorTable().Replace(tx, &vendor);
                          }),
            absl::OkStatus());
  EXPECT_THAT(Entries()[1],
              HasSubstr("[{\"after\":\"Another \\\"name\\\"\",\"before\":\"The vendor one\","
                        "\"field\":\"legal_name\"}]"));
  ASSERT_EQ(
      store_->Write(Options(), [&](WriteTx& tx) { return VendorTable().Close(tx, "vendors/one"); }),
      absl::OkStatus());
  EXPECT_THAT(Entries()[2],
              HasSubstr("[{\"before\":\"Another \\\"name\\\"\",\"field\":\"legal_name\"}]"));
}

TEST_F(AuditLogTest, AStartIsInItWithoutARevision) {
  ASSERT_EQ(log_->RecordStart(*store_, kStart, "1.2"), absl::OkStatus());
  EXPECT_EQ(Entries()[0],
            "{\"facts\":{\"format\":\"1\",\"version\":\"1.2\"},\"index\":0,\"kind\":\"START\","
            "\"method\":\"rollcalld\",\"principal\":\"internal\",\"source\":\"internal\","
            "\"time\":\"2027-03-09T14:05:06.000000Z\"}");
  EXPECT_EQ(Check(), absl::OkStatus());
  AddVendor("one");
  EXPECT_THAT(Entries()[1], HasSubstr("\"revision\":1,"));
}

TEST_F(AuditLogTest, ManyWritersShareACommitAndEachHasAnEntry) {
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([this, i] {
      for (int n = 0; n < 25; ++n) {
        v1::Vendor vendor = Vendor(absl::StrCat("v", i, "-", n));
        const absl::Status status = store_->Write(Options(), [&](WriteTx& tx) -> absl::Status {
          RC_RETURN_IF_ERROR(VendorTable().Insert(tx, &vendor));
          return n % 5 == 4 ? absl::AbortedError("undone") : absl::OkStatus();
        });
        EXPECT_EQ(status.ok(), n % 5 != 4) << status;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(Entries().size(), 8U * 20);
  EXPECT_EQ(Check(), absl::OkStatus());
  Close();
  Open();
  EXPECT_EQ(Check(), absl::OkStatus());
}

TEST_F(AuditLogTest, WhatIsUndoneLeavesNothing) {
  AddVendor("one");
  const std::string head = log_->head();
  EXPECT_TRUE(absl::IsInternal(store_->Write(Options(), [&](WriteTx& tx) -> absl::Status {
    v1::Vendor vendor = Vendor("two");
    RC_RETURN_IF_ERROR(VendorTable().Insert(tx, &vendor));
    RC_RETURN_IF_ERROR(log_->AppendEvent(tx, audit::kStart, {}));
    return absl::InternalError("no");
  })));
  EXPECT_EQ(store_->Write(Options(),
                          [&](WriteTx& tx) {
                            v1::Vendor vendor = Vendor("two");
                            tx.Abandon();
                            return VendorTable().Insert(tx, &vendor);
                          }),
            absl::OkStatus());
  EXPECT_EQ(log_->head(), head);
  AddVendor("three");
  EXPECT_EQ(Entries().size(), 2U);
  EXPECT_EQ(Check(), absl::OkStatus());
}

TEST_F(AuditLogTest, AReadingKeepsPeopleOnlyAsCommitmentsThatErasingOpensNoMore) {
  Read({17, 18}, 2);
  const std::string entry = Entries()[0];
  EXPECT_THAT(entry, HasSubstr("\"people_count\":2"));
  EXPECT_THAT(entry, HasSubstr("\"via\":\"spiffe://d.example/system/gateway\""));
  EXPECT_THAT(entry, Not(HasSubstr("people/")));
  std::vector<AuditSaltRow> salts;
  const auto read_salts = [&] {
    ASSERT_EQ(store_->Read(nullptr,
                           [&](ReadTx& tx) -> absl::Status {
                             RC_ASSIGN_OR_RETURN(salts, GetAuditSalts(tx, 0));
                             return absl::OkStatus();
                           }),
              absl::OkStatus());
  };
  read_salts();
  ASSERT_EQ(salts.size(), 2U);
  EXPECT_EQ(salts[1].subject, "people/18");
  audit::Salt salt;
  std::copy(salts[1].salt.begin(), salts[1].salt.end(), salt.begin());
  EXPECT_THAT(entry, HasSubstr(audit::Base64(audit::Bytes(audit::Commitment(salt, "people/18")))));
  ASSERT_EQ(store_->Write(Options(),
                          [&](WriteTx& tx) -> absl::Status {
                            RC_ASSIGN_OR_RETURN(const std::int64_t count,
                                                EraseAuditSalts(tx, "people/17"));
                            EXPECT_EQ(count, 1);
                            tx.notes().facts.emplace_back(audit::kKindFact, audit::kErasure);
                            tx.notes().people = {17};
                            tx.NewRevision();
                            return absl::OkStatus();
                          }),
            absl::OkStatus());
  EXPECT_THAT(Entries()[1], HasSubstr("\"kind\":\"ERASURE\""));
  EXPECT_THAT(Entries()[1], Not(HasSubstr("facts")));
  read_salts();
  EXPECT_EQ(salts.size(), 1U);
  EXPECT_EQ(Check(), absl::OkStatus());
  Read({}, 1'000'000);
  EXPECT_THAT(Entries()[2], Not(HasSubstr("\"people\":")));
}

TEST_F(AuditLogTest, PersonalFieldsOfARecordAreCommitmentsAtAnyDepth) {
  audit::RecordDiffer differ;
  auto before = std::make_unique<v1::Person>();
  before->set_name("people/3");
  before->set_given_name("Planted");
  auto after = std::make_unique<v1::Person>(*before);
  after->set_given_name("Changed");
  after->add_guardians()->set_given_name("Deep");
  RecordChange change{"people/3", std::move(before), std::move(after)};
  std::vector<audit::HiddenValue> hidden;
  unsigned char next = 0;
  audit::Entry entry;
  entry.kind = audit::kChange;
  entry.changes.push_back(differ.Diff(
      change,
      [&] {
        audit::Salt salt;
        salt.fill(next++);
        return salt;
      },
      &hidden));
  const std::string bytes = audit::EncodeEntry(entry);
  for (const char* planted : {"Planted", "Changed", "Deep"}) {
    EXPECT_THAT(bytes, Not(HasSubstr(planted)));
  }
  ASSERT_EQ(hidden.size(), 3U);
  EXPECT_EQ(hidden[0].subject, "people/3");
  audit::Salt salt;
  salt.fill(1);
  EXPECT_THAT(bytes, HasSubstr(absl::StrCat(
                         "\"before_commitment\":\"",
                         audit::Base64(audit::Bytes(audit::Commitment(salt, "\"Planted\""))))));
}

TEST_F(AuditLogTest, AClockThatJumpsBackIsSaidAndChangesNoOrder) {
  AddVendor("one", kStart);
  AddVendor("two", kStart - absl::Milliseconds(1500));
  AddVendor("three", kStart);
  EXPECT_THAT(Entries()[1], HasSubstr("\"facts\":{\"clock_went_back_ms\":\"1500\"}"));
  EXPECT_THAT(Entries()[1], HasSubstr("\"time\":\"2027-03-09T14:05:04.500000Z\""));
  EXPECT_THAT(Entries()[2], Not(HasSubstr("clock_went_back_ms")));
  Close();
  Open();
  AddVendor("four", kStart - absl::Seconds(1));
  EXPECT_THAT(Entries()[3], HasSubstr("clock_went_back_ms"));
}

TEST_F(AuditLogTest, GoesOnAfterEveryRestart) {
  for (int i = 0; i < 20; ++i) {
    AddVendor(absl::StrCat("v", i));
    Close();
    Open();
  }
  EXPECT_EQ(Check(), absl::OkStatus());
  const auto head = audit::CheckCopy(Copy(), log_->key(), {});
  ASSERT_TRUE(head.ok()) << head.status();
  EXPECT_EQ(head->size, 20U);
}

TEST_F(AuditLogTest, AnOlderDatabaseInThePlaceOfANewerOneIsNotServed) {
  AddVendor("one");
  Close();
  fs::copy(Path("register.db"), Path("older.db"));
  Open();
  AddVendor("two");
  const std::string lost = log_->head();
  Close();
  for (const char* file : {"register.db-wal", "register.db-shm"}) fs::remove(Path(file));
  fs::copy(Path("older.db"), Path("register.db"), fs::copy_options::overwrite_existing);
  absl::Status refused = TryOpen();
  EXPECT_EQ(ErrorReason(refused), "AUDIT_LOG_SHORTER") << refused;
  // A restore says so in the log, and then all is well.
  ASSERT_EQ(TryOpen(/*restored=*/true), absl::OkStatus());
  ASSERT_EQ(store_->Write(Options(), [&](WriteTx& tx) { return log_->AppendRestored(tx); }),
            absl::OkStatus());
  EXPECT_THAT(Entries()[1], HasSubstr("\"kind\":\"RESTORED\""));
  EXPECT_THAT(Entries()[1],
              HasSubstr(absl::StrCat("\\u000a2\\u000a", lost.substr(lost.find("\n2\n") + 3, 40))));
  Close();
  Open();
  // The same number of entries, but others.
  fs::copy(Path("audit.head"), Path("head.before"));
  Close();
  for (const char* file : {"register.db-wal", "register.db-shm"}) fs::remove(Path(file));
  fs::copy(Path("older.db"), Path("register.db"), fs::copy_options::overwrite_existing);
  fs::remove(Path("audit.head"));
  Open();
  AddVendor("other");
  Close();
  fs::copy(Path("head.before"), Path("audit.head"), fs::copy_options::overwrite_existing);
  refused = TryOpen();
  EXPECT_EQ(ErrorReason(refused), "AUDIT_LOG_REWRITTEN") << refused;
}

TEST_F(AuditLogTest, RefusesAKeyThatIsMissingOpenToOthersOrAnotherOne) {
  AddVendor("one");
  Close();
  fs::rename(Path("audit.key"), Path("kept.key"));
  EXPECT_EQ(ErrorReason(TryOpen()), "FILE_NOT_READ");
  ASSERT_EQ(audit::SigningKey::Make(Path("audit.key")), absl::OkStatus());
  EXPECT_EQ(ErrorReason(TryOpen()), "AUDIT_KEY_OTHER");
  EXPECT_EQ(ErrorReason(audit::SigningKey::Make(Path("audit.key"))), "FILE_EXISTS");
  std::ofstream(Path("audit.key")) << "no key\n";
  EXPECT_EQ(ErrorReason(TryOpen()), "AUDIT_KEY_UNREADABLE");
  fs::rename(Path("kept.key"), Path("audit.key"));
  chmod(Path("audit.key").c_str(), 0644);
  EXPECT_EQ(ErrorReason(TryOpen()), "SECRET_FILE_OPEN_TO_OTHERS");
  chmod(Path("audit.key").c_str(), 0400);
  EXPECT_EQ(TryOpen(), absl::OkStatus());
}

// Every row of every table of the log, every column, changed one at a time.
TEST_F(AuditLogTest, EveryChangedRowIsFound) {
  AddVendor("one");
  Read({17, 18}, 2);
  for (int i = 2; i < 9; ++i) AddVendor(absl::StrCat("v", i));
  ASSERT_EQ(Check(), absl::OkStatus());
  Close();
  Tamper("PRAGMA wal_checkpoint(TRUNCATE)");
  fs::copy(Path("register.db"), Path("good.db"));

  struct Column {
    const char* table;
    const char* key;
    const char* column;
    const char* value;
  };
  const char* flip_blob =
      "CAST(substr(X, 1, length(X) / 2) || char(126) || "
      "substr(X, length(X) / 2 + 2) AS BLOB)";
  const char* flip_text = "substr(X, 1, length(X) / 2) || '~' || substr(X, length(X) / 2 + 2)";
  const std::vector<Column> columns = {
      {"audit_entry", "idx", "idx", "X + 100"},
      {"audit_entry", "idx", "time", "X + 1"},
      {"audit_entry", "idx", "kind", flip_text},
      {"audit_entry", "idx", "principal", flip_text},
      {"audit_entry", "idx", "method", flip_text},
      {"audit_entry", "idx", "leaf_hash", "zeroblob(32)"},
      {"audit_entry", "idx", "nodes", "zeroblob(length(X) + 32)"},
      {"audit_entry", "idx", "entry", flip_blob},
      {"audit_checkpoint", "size", "size", "X + 100"},
      {"audit_checkpoint", "size", "note", flip_text},
      {"audit_salt", "entry_idx * 1000 + place", "subject", "X || '0'"},
      {"audit_salt", "entry_idx * 1000 + place", "salt", "zeroblob(16)"},
  };
  int changed = 0;
  for (const Column& column : columns) {
    std::vector<std::string> keys;
    sqlite3* database = nullptr;
    ASSERT_EQ(sqlite3_open(Path("good.db").c_str(), &database), SQLITE_OK);
    sqlite3_exec(
        database, absl::StrCat("SELECT ", column.key, " FROM ", column.table).c_str(),
        [](void* list, int, char** values, char**) {
          static_cast<std::vector<std::string>*>(list)->emplace_back(values[0]);
          return 0;
        },
        &keys, nullptr);
    sqlite3_close(database);
    ASSERT_FALSE(keys.empty()) << column.table;
    for (const std::string& key : keys) {
      fs::copy(Path("good.db"), Path("register.db"), fs::copy_options::overwrite_existing);
      std::string value = column.value;
      for (std::size_t at = 0; (at = value.find('X', at)) != std::string::npos;) {
        value.replace(at, 1, column.column);
        at += std::string(column.column).size();
      }
      Tamper(absl::StrCat("UPDATE ", column.table, " SET ", column.column, " = ", value, " WHERE ",
                          column.key, " = ", key));
      absl::Status status = TryOpen();
      if (status.ok()) status = Check();
      EXPECT_FALSE(status.ok()) << column.table << "." << column.column << " " << key;
      ++changed;
      Close();
      for (const char* file : {"register.db-wal", "register.db-shm"}) fs::remove(Path(file));
    }
  }
  EXPECT_GT(changed, 90);
  // Rows that are gone, and one too many.
  for (const char* sql :
       {"DELETE FROM audit_entry WHERE idx = 3", "DELETE FROM audit_entry WHERE idx = 8",
        "UPDATE audit_entry SET nodes = x'' WHERE idx = 3",
        "UPDATE audit_entry SET nodes = "
        "zeroblob(length(nodes)) WHERE idx = 7",
        "DELETE FROM audit_checkpoint WHERE size = 9", "DELETE FROM audit_entry",
        "INSERT INTO audit_entry SELECT idx + 1, time, kind, principal, method, leaf_hash, nodes, "
        "entry "
        "FROM audit_entry WHERE idx = 8"}) {
    fs::copy(Path("good.db"), Path("register.db"), fs::copy_options::overwrite_existing);
    Tamper(sql);
    absl::Status status = TryOpen();
    if (status.ok()) status = Check();
    EXPECT_FALSE(status.ok()) << sql;
    Close();
    for (const char* file : {"register.db-wal", "register.db-shm"}) fs::remove(Path(file));
  }
}

TEST_F(AuditLogTest, TheFirstBadEntryIsNamed) {
  for (int i = 0; i < 100; ++i) AddVendor(absl::StrCat("v", i));
  Close();
  // So far from the end that opening does not see it.
  Tamper(
      "UPDATE audit_entry SET entry = CAST(replace(CAST(entry AS TEXT), 'user:kim', 'user:tim') "
      "AS BLOB) WHERE idx = 5");
  ASSERT_EQ(TryOpen(), absl::OkStatus());
  const absl::Status status = Check();
  EXPECT_EQ(ErrorReason(status), "AUDIT_LOG_DAMAGED");
  EXPECT_EQ(ErrorMetadata(status)["entry"], "5");
}

TEST_F(AuditLogTest, ListsFindEntriesByWhatTheySay) {
  AddVendor("one");
  Read({17}, 1);
  AddVendor("two", kStart + absl::Seconds(10));
  const auto list = [&](const AuditFilter& filter) {
    std::vector<std::int64_t> found;
    EXPECT_EQ(store_->Read(nullptr,
                           [&](ReadTx& tx) {
                             return ListAuditEntries(
                                 tx, filter, kNewest,
                                 [&](const AuditRow& row) -> absl::StatusOr<bool> {
                                   found.push_back(row.index);
                                   return true;
                                 });
                           }),
              absl::OkStatus());
    return found;
  };
  EXPECT_THAT(list({}), ElementsAre(2, 1, 0));
  AuditFilter filter;
  filter.principal = "oidc:7";
  EXPECT_THAT(list(filter), ElementsAre(1));
  filter = {};
  filter.subject = "people/17";
  EXPECT_THAT(list(filter), ElementsAre(1));
  filter.subject = "people/18";
  EXPECT_THAT(list(filter), ElementsAre());
  filter = {};
  filter.begin_time_us = absl::ToUnixMicros(kStart) + 1;
  EXPECT_THAT(list(filter), ElementsAre(2));
  filter = {};
  filter.end_time_us = absl::ToUnixMicros(kStart) + 1;
  filter.kind = "CHANGE";
  EXPECT_THAT(list(filter), ElementsAre(0));
}

}  // namespace
}  // namespace rollcall::testing
