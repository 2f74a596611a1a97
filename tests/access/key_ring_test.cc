// Data keys in a real database: made, opened again, rotated, wrapped anew, damaged.

#include "server/access/key_ring.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <string>
#include <thread>

#include "absl/strings/str_cat.h"
#include "server/access/key_rotation.h"
#include "storage/person_key_store.h"
#include "storage/resealing.h"
#include "storage/sealed_rows.h"
#include "storage/sqlite/sqlite_driver.h"
#include "storage/status.h"
#include "tests/support/test_vault.h"

namespace rollcall::access {
namespace {

using ::rollcall::testing::CountingKey;
using ::testing::HasSubstr;

const absl::Time kNow = absl::FromUnixSeconds(1'740'000'000);

WriteOptions Options() {
  WriteOptions options;
  options.method = "Test";
  options.principal = "test";
  options.time = kNow;
  return options;
}

// One register, opened and closed as often as a test wants.
class KeyRingTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = ::testing::TempDir() + "/ringXXXXXX";
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
    OpenStore();
  }
  void TearDown() override {
    store_.reset();
    std::filesystem::remove_all(folder_);
  }

  void OpenStore() {
    store_.reset();
    vault_ = std::make_unique<AesVault>();
    auto driver = OpenSqlite(absl::StrCat(folder_, "/register.db"));
    ASSERT_TRUE(driver.ok()) << driver.status();
    auto store = Store::Open(*std::move(driver), kNow, vault_.get());
    ASSERT_TRUE(store.ok()) << store.status();
    store_ = *std::move(store);
  }

  absl::StatusOr<std::unique_ptr<KeyRing>> OpenRing() {
    return KeyRing::Open(store_.get(), kek_.get(), vault_.get(), kNow);
  }

  absl::Status Write(absl::FunctionRef<absl::Status(WriteTx&)> body) {
    return store_->Write(Options(), body);
  }
  void Sql(const std::string& text) {
    const absl::Status status = Write([&](WriteTx& tx) -> absl::Status {
      RC_ASSIGN_OR_RETURN(Statement * statement, tx.Prepare(text));
      return statement->Run();
    });
    ASSERT_TRUE(status.ok()) << text << ": " << status;
  }
  std::int64_t Count(const std::string& text) {
    std::int64_t count = -1;
    const absl::Status status = store_->Read(nullptr, [&](ReadTx& tx) -> absl::Status {
      RC_ASSIGN_OR_RETURN(Statement * statement, tx.Prepare(text));
      ScopedReset reset(statement);
      RC_RETURN_IF_ERROR(statement->Step().status());
      count = statement->Int(0);
      return absl::OkStatus();
    });
    EXPECT_TRUE(status.ok()) << status;
    return count;
  }
  std::vector<DataKeyInfo> Keys() {
    std::vector<DataKeyInfo> keys;
    EXPECT_TRUE(store_
                    ->Read(nullptr,
                           [&](ReadTx& tx) -> absl::Status {
                             RC_ASSIGN_OR_RETURN(keys, KeyRing::List(tx));
                             return absl::OkStatus();
                           })
                    .ok());
    return keys;
  }

  // A table of sealed values, of which every seventh is empty.
  void MakeValues(int count) {
    Sql("CREATE TABLE thing (name TEXT, number INTEGER, sealed BLOB NOT NULL, "
        "PRIMARY KEY (name, number)) STRICT, WITHOUT ROWID");
    const absl::Status status = Write([&](WriteTx& tx) -> absl::Status {
      for (int i = 0; i < count; ++i) {
        RC_ASSIGN_OR_RETURN(Statement * insert,
                            tx.Prepare("INSERT INTO thing VALUES ($1, $2, $3)"));
        const std::string name = absl::StrCat("n", i % 10);
        std::string sealed;
        if (i % 7 != 0) {
          RC_ASSIGN_OR_RETURN(sealed, vault_->Seal(absl::StrCat("thing/", name, "/", i),
                                                   absl::StrCat("value ", i)));
        }
        insert->BindText(1, name);
        insert->BindInt(2, i);
        insert->BindBlob(3, sealed);
        RC_RETURN_IF_ERROR(insert->Run());
      }
      return absl::OkStatus();
    });
    ASSERT_TRUE(status.ok()) << status;
  }
  static SealedColumn Things() {
    return {"thing",
            "sealed",
            {{"name", SealedColumn::KeyType::kText}, {"number", SealedColumn::KeyType::kInt}},
            [](Statement& row) {
              return absl::StrCat("thing/", ToAbsl(row.Text(0)), "/", row.Int(1));
            }};
  }
  void ExpectValues(int count) {
    int seen = 0;
    const absl::Status status = store_->Read(nullptr, [&](ReadTx& tx) -> absl::Status {
      RC_ASSIGN_OR_RETURN(Statement * rows, tx.Prepare("SELECT name, number, sealed FROM thing"));
      ScopedReset reset(rows);
      while (true) {
        RC_ASSIGN_OR_RETURN(const bool more, rows->Step());
        if (!more) return absl::OkStatus();
        ++seen;
        const std::int64_t i = rows->Int(1);
        if (i % 7 == 0) {
          EXPECT_TRUE(rows->Blob(2).empty());
          continue;
        }
        RC_ASSIGN_OR_RETURN(const std::string plain,
                            vault_->Open(Things().context(*rows), rows->Blob(2)));
        EXPECT_EQ(plain, absl::StrCat("value ", i));
      }
    });
    EXPECT_TRUE(status.ok()) << status;
    EXPECT_EQ(seen, count);
  }
  std::string OlderThan(std::uint32_t id) const {
    return absl::StrCat(
        "SELECT COUNT(*) FROM thing WHERE length(sealed) > 0 AND "
        "substr(sealed, 1, 5) <> x'0100000",
        absl::Hex(id, absl::kZeroPad3), "'");
  }

  absl::Status BeginRotation(KeyRing& ring) {
    RC_ASSIGN_OR_RETURN(const DrawnKey drawn, ring.Draw());
    RC_RETURN_IF_ERROR(Write([&](WriteTx& tx) { return ring.Keep(tx, drawn); }));
    return ring.Refresh();
  }

  void WaitForEnd(const KeyRotation& rotation) {
    for (int i = 0; i < 6000 && Keys().size() > 1; ++i) {
      ASSERT_TRUE(rotation.progress().failure.ok()) << rotation.progress().failure;
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    ASSERT_EQ(Keys().size(), 1U);
  }

  std::string folder_;
  std::unique_ptr<KeyEncryptionKey> kek_ = MakeKeyEncryptionKey(CountingKey(1), "file");
  std::unique_ptr<AesVault> vault_;
  std::unique_ptr<Store> store_;
};

TEST_F(KeyRingTest, KeepsItsKeysOverARestart) {
  ASSERT_TRUE(OpenRing().ok());
  EXPECT_EQ(Count("SELECT COUNT(*) FROM data_key"), 3);
  const std::string sealed = vault_->Seal("here", "value").value();
  const BlindIndex index = vault_->Index("domain", "value");
  OpenStore();
  ASSERT_TRUE(OpenRing().ok());
  EXPECT_EQ(Count("SELECT COUNT(*) FROM data_key"), 3);
  EXPECT_EQ(vault_->Open("here", sealed).value(), "value");
  EXPECT_EQ(vault_->Index("domain", "value"), index);
  // Keys are no change of the register.
  EXPECT_EQ(Count("SELECT COUNT(*) FROM revision"), 0);
}

TEST_F(KeyRingTest, RecognisesTheWrongKeyBeforeAnything) {
  ASSERT_TRUE(OpenRing().ok());
  OpenStore();
  kek_ = MakeKeyEncryptionKey(CountingKey(2), "file");
  const absl::Status status = OpenRing().status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(ErrorReason(status), "KEY_WRONG");
  EXPECT_EQ(ErrorReason(vault_->Seal("here", "value").status()), "KEYS_NOT_LOADED");
}

TEST_F(KeyRingTest, TellsADamagedRowFromAWrongKey) {
  ASSERT_TRUE(OpenRing().ok());
  const struct {
    const char* damage;
    const char* reason;
  } cases[] = {
      {"UPDATE data_key SET wrapped = x'00' WHERE purpose = 'sealing'", "KEY_DAMAGED"},
      {"UPDATE data_key SET wrapped = x'00' WHERE purpose = 'blind_index'", "KEY_DAMAGED"},
      // Each key is bound to its row.
      {"UPDATE data_key SET wrapped = (SELECT wrapped FROM data_key WHERE purpose = 'blind_index') "
       "WHERE purpose = 'sealing'",
       "KEY_DAMAGED"},
      {"UPDATE data_key SET key_id = 9 WHERE purpose = 'sealing'", "KEY_DAMAGED"},
      {"DELETE FROM data_key WHERE purpose = 'sealing'", "KEY_DAMAGED"},
      {"DELETE FROM data_key WHERE purpose = 'blind_index'", "KEY_DAMAGED"},
      {"DELETE FROM data_key WHERE purpose = 'check'", "KEY_DAMAGED"},
  };
  Sql("CREATE TABLE kept AS SELECT * FROM data_key");
  for (const auto& each : cases) {
    Sql(each.damage);
    const absl::Status status = OpenRing().status();
    EXPECT_EQ(ErrorReason(status), each.reason) << each.damage;
    EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss) << each.damage;
    Sql("DELETE FROM data_key");
    Sql("INSERT INTO data_key SELECT * FROM kept");
  }
  EXPECT_TRUE(OpenRing().ok());
}

TEST_F(KeyRingTest, RotatesWhileValuesAreWritten) {
  auto ring = OpenRing().value();
  constexpr int kValues = 5000;
  MakeValues(kValues);
  KeyRotation rotation(
      store_.get(), ring.get(), {Things()}, [] { return kNow; },
      [](const absl::Status& status) { ADD_FAILURE() << status; });
  std::atomic<bool> stop{false};
  std::atomic<int> added{0};
  std::thread writer([&] {
    while (!stop) {
      const int i = kValues + 7 * ++added + 1;  // Never an empty one.
      const std::string name = absl::StrCat("n", i % 10);
      const absl::Status status = Write([&](WriteTx& tx) -> absl::Status {
        RC_ASSIGN_OR_RETURN(Statement * insert,
                            tx.Prepare("INSERT INTO thing VALUES ($1, $2, $3)"));
        const int number = i % 7 == 0 ? i + 1 : i;
        RC_ASSIGN_OR_RETURN(const std::string sealed,
                            tx.vault()->Seal(absl::StrCat("thing/", name, "/", number),
                                             absl::StrCat("value ", number)));
        insert->BindText(1, name);
        insert->BindInt(2, number);
        insert->BindBlob(3, sealed);
        return insert->Run();
      });
      if (!status.ok()) ADD_FAILURE() << status;
    }
  });
  ASSERT_TRUE(BeginRotation(*ring).ok());
  EXPECT_EQ(Keys().size(), 2U);
  rotation.Notify();
  WaitForEnd(rotation);
  stop = true;
  writer.join();
  EXPECT_EQ(Keys().front().id, 3U);
  EXPECT_EQ(Count(OlderThan(3)), 0);
  ExpectValues(kValues + added);
  EXPECT_GE(rotation.progress().resealed, kValues - kValues / 7 - 1);
  // What the journal is told.
  EXPECT_EQ(Count("SELECT COUNT(*) FROM revision"), 1);

  OpenStore();
  ASSERT_TRUE(OpenRing().ok());
  ExpectValues(kValues + added);
}

TEST_F(KeyRingTest, GoesOnWithAnInterruptedRotation) {
  constexpr int kValues = 3000;
  {
    auto ring = OpenRing().value();
    MakeValues(kValues);
    ASSERT_TRUE(BeginRotation(*ring).ok());
    // One step, then the process ends.
    const absl::Status status = Write([&](WriteTx& tx) -> absl::Status {
      RC_ASSIGN_OR_RETURN(const ResealStep step, ResealSome(tx, Things(), {}));
      EXPECT_EQ(step.looked_at, kResealRows);
      EXPECT_FALSE(step.done);
      return absl::OkStatus();
    });
    ASSERT_TRUE(status.ok()) << status;
  }
  EXPECT_GT(Count(OlderThan(3)), 0);
  OpenStore();
  auto ring = OpenRing().value();
  ExpectValues(kValues);
  KeyRotation rotation(
      store_.get(), ring.get(), {Things()}, [] { return kNow; },
      [](const absl::Status& status) { ADD_FAILURE() << status; });
  WaitForEnd(rotation);
  EXPECT_EQ(Count(OlderThan(3)), 0);
  ExpectValues(kValues);
}

TEST_F(KeyRingTest, RefusesASecondRotationBeforeTheEndOfTheFirst) {
  auto ring = OpenRing().value();
  const DrawnKey one = ring->Draw().value();
  const DrawnKey other = ring->Draw().value();
  ASSERT_TRUE(Write([&](WriteTx& tx) { return ring->Keep(tx, one); }).ok());
  for (const DrawnKey& drawn : {one, other, ring->Draw().value()}) {
    EXPECT_EQ(ErrorReason(Write([&](WriteTx& tx) { return ring->Keep(tx, drawn); })),
              "KEY_ROTATION_RUNNING");
  }
}

TEST_F(KeyRingTest, KeepsTheOldKeyWhileAValueCannotBeRead) {
  auto ring = OpenRing().value();
  MakeValues(100);
  Sql("UPDATE thing SET sealed = (SELECT sealed FROM thing WHERE number = 1) WHERE number = 2");
  ASSERT_TRUE(BeginRotation(*ring).ok());
  std::atomic<int> failures{0};
  absl::Status failure;
  {
    KeyRotation rotation(
        store_.get(), ring.get(), {Things()}, [] { return kNow; },
        [&](const absl::Status&) { ++failures; });
    for (int i = 0; i < 6000 && rotation.progress().failure.ok(); ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    failure = rotation.progress().failure;
    EXPECT_FALSE(rotation.progress().running);
  }
  EXPECT_EQ(failures, 1);
  EXPECT_EQ(ErrorReason(failure), "SEALED_VALUE_UNREADABLE");
  EXPECT_THAT(std::string(failure.message()), HasSubstr("table thing"));
  EXPECT_EQ(Keys().size(), 2U);
}

TEST_F(KeyRingTest, WrapsAnewForAnotherKeyEncryptionKey) {
  auto ring = OpenRing().value();
  const std::string sealed = vault_->Seal("here", "value").value();
  const BlindIndex index = vault_->Index("domain", "value");
  const auto next = MakeKeyEncryptionKey(CountingKey(2), "file");
  const auto wrong = MakeKeyEncryptionKey(CountingKey(3), "file");
  EXPECT_EQ(ErrorReason(RewrapKeys(*store_, *wrong, *next, kNow).status()), "KEY_WRONG");
  EXPECT_EQ(RewrapKeys(*store_, *kek_, *next, kNow).value(), 3);
  OpenStore();
  EXPECT_EQ(ErrorReason(OpenRing().status()), "KEY_WRONG");
  kek_ = MakeKeyEncryptionKey(CountingKey(2), "file");
  ASSERT_TRUE(OpenRing().ok());
  EXPECT_EQ(vault_->Open("here", sealed).value(), "value");
  EXPECT_EQ(vault_->Index("domain", "value"), index);
}

// A key service that answers, but not with what it was given.
class ForgetfulKey final : public KeyEncryptionKey {
 public:
  absl::StatusOr<std::string> Wrap(std::string_view, const SecretKey&) override { return "w"; }
  absl::StatusOr<SecretKey> Unwrap(std::string_view, std::string_view) override {
    return CountingKey(77);
  }
  std::string_view source() const override { return "command"; }
};

TEST_F(KeyRingTest, KeepsNoKeyThatDoesNotUnwrap) {
  kek_ = std::make_unique<ForgetfulKey>();
  EXPECT_EQ(ErrorReason(OpenRing().status()), "KEY_WRONG");
  EXPECT_EQ(Count("SELECT COUNT(*) FROM data_key"), 0);
}

// Is right until it is told to forget.
class FailingKey final : public KeyEncryptionKey {
 public:
  absl::StatusOr<std::string> Wrap(std::string_view context, const SecretKey& key) override {
    return forgets ? "w" : right_->Wrap(context, key);
  }
  absl::StatusOr<SecretKey> Unwrap(std::string_view context, std::string_view wrapped) override {
    return forgets ? CountingKey(77) : right_->Unwrap(context, wrapped);
  }
  std::string_view source() const override { return "command"; }

  bool forgets = false;

 private:
  const std::unique_ptr<KeyEncryptionKey> right_ = MakeKeyEncryptionKey(CountingKey(1), "file");
};

TEST_F(KeyRingTest, DrawsNoKeyThatDoesNotUnwrap) {
  FailingKey kek;
  const auto ring = KeyRing::Open(store_.get(), &kek, vault_.get(), kNow).value();
  EXPECT_TRUE(ring->Draw().ok());
  kek.forgets = true;
  const absl::Status status = ring->Draw().status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(ErrorReason(status), "KEY_WRONG");
}

TEST_F(KeyRingTest, MakesNoNewKeysWhereSomethingIsSealed) {
  ASSERT_TRUE(OpenRing().ok());
  ASSERT_TRUE(Write([](WriteTx& tx) { return tx.person_keys().Make(1); }).ok());
  Sql("DELETE FROM data_key");
  OpenStore();
  const absl::Status status = OpenRing().status();
  EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(ErrorReason(status), "KEY_DAMAGED");
  EXPECT_EQ(Count("SELECT COUNT(*) FROM data_key"), 0);
}

TEST_F(KeyRingTest, AReaderFromBeforeTheDropReadsOn) {
  auto ring = OpenRing().value();
  MakeValues(10);
  const absl::Status status = store_->Read(nullptr, [&](ReadTx& tx) -> absl::Status {
    RC_RETURN_IF_ERROR(BeginRotation(*ring));
    RC_RETURN_IF_ERROR(Write([&](WriteTx& writer) -> absl::Status {
      RC_RETURN_IF_ERROR(ResealSome(writer, Things(), {}).status());
      return ring->Drop(writer);
    }));
    RC_RETURN_IF_ERROR(ring->Refresh());
    RC_ASSIGN_OR_RETURN(Statement * row,
                        tx.Prepare("SELECT name, number, sealed FROM thing WHERE number = 1"));
    ScopedReset reset(row);
    RC_RETURN_IF_ERROR(row->Step().status());
    return vault_->Open(Things().context(*row), row->Blob(2)).status();
  });
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_EQ(Keys().size(), 1U);
}

// What an erasure destroyed does not come back with a chunk of keys from before it.
TEST_F(KeyRingTest, AnOldChunkOfPeoplesKeysOpensInAnOldViewOnly) {
  auto ring = OpenRing().value();
  const auto chunk_of = [](ReadTx& tx) { return tx.person_keys().Erased(1).status(); };
  ASSERT_TRUE(Write([](WriteTx& tx) { return tx.person_keys().Make(1); }).ok());
  Sql("CREATE TABLE kept AS SELECT * FROM person_key_chunk");
  const absl::Status status = store_->Read(nullptr, [&](ReadTx& tx) -> absl::Status {
    RC_RETURN_IF_ERROR(BeginRotation(*ring));
    RC_RETURN_IF_ERROR(Write([&](WriteTx& writer) -> absl::Status {
      RC_RETURN_IF_ERROR(writer.person_keys().Destroy(1));
      return ring->Drop(writer);
    }));
    RC_RETURN_IF_ERROR(ring->Refresh());
    return chunk_of(tx);
  });
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_TRUE(store_->Read(nullptr, chunk_of).ok());
  Sql("UPDATE person_key_chunk SET sealed = (SELECT sealed FROM kept)");
  EXPECT_EQ(ErrorReason(store_->Read(nullptr, chunk_of)), "SEALED_VALUE_UNREADABLE");
  ASSERT_TRUE(BeginRotation(*ring).ok());
  for (const SealedColumn& column : SealedColumns()) {
    if (column.table != "person_key_chunk") continue;
    EXPECT_EQ(ErrorReason(Write([&](WriteTx& tx) { return ResealSome(tx, column, {}).status(); })),
              "SEALED_VALUE_UNREADABLE");
  }
}

TEST_F(KeyRingTest, ChangesNothingIfTheNewKeyDoesNotUnwrap) {
  auto ring = OpenRing().value();
  ForgetfulKey forgetful;
  EXPECT_EQ(ErrorReason(RewrapKeys(*store_, *kek_, forgetful, kNow).status()), "KEY_WRONG");
  OpenStore();
  EXPECT_TRUE(OpenRing().ok());
}

}  // namespace
}  // namespace rollcall::access
