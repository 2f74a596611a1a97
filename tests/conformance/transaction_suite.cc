// Transactions: all or nothing, one at a time, seen as a whole.

#include <atomic>
#include <stdexcept>
#include <thread>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "rollcall/v1/vendor_service.pb.h"
#include "storage/register_tables.h"
#include "tests/conformance/store_conformance.h"

namespace rollcall::testing {
namespace {

using google::protobuf::Message;

// Adds 1 to the number in a setting: a lost update would lose a count.
absl::Status AddOne(WriteTx& tx, std::string_view key) {
  RC_ASSIGN_OR_RETURN(const std::string text, GetSetting(tx, key));
  int value = 0;
  if (!text.empty() && !absl::SimpleAtoi(text, &value)) return absl::InternalError("no number");
  tx.NewRevision();
  return SetSetting(tx, key, absl::StrCat(value + 1));
}

constexpr char kLongQuery[] =
    "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 50000000) "
    "SELECT COUNT(*) FROM n";

absl::Status RunLongQuery(ReadTx& tx) {
  RC_ASSIGN_OR_RETURN(Statement * statement, tx.Prepare(kLongQuery));
  ScopedReset reset(statement);
  return statement->Step().status();
}

TEST_P(StoreConformance, EmptyRegisterIsAtRevisionZero) {
  EXPECT_EQ(Revision(), 0);
  EXPECT_EQ(store_->engine(), GetParam().name);
  EXPECT_GE(store_->schema_version(), 1);
  RC_EXPECT_OK(store_->Ready());
}

TEST_P(StoreConformance, RevisionsCountChangesOnly) {
  RC_ASSERT_OK(Write([](WriteTx&) { return absl::OkStatus(); }));
  EXPECT_EQ(Revision(), 0);
  EXPECT_EQ(MustWrite([](WriteTx& tx) {
              EXPECT_EQ(tx.revision(), 0);
              EXPECT_FALSE(tx.changed());
              EXPECT_EQ(tx.NewRevision(), 1);
              EXPECT_EQ(tx.NewRevision(), 1);
              EXPECT_TRUE(tx.changed());
              return absl::OkStatus();
            }),
            1);
  RC_ASSERT_OK(Write([](WriteTx&) { return absl::OkStatus(); }));
  EXPECT_EQ(Revision(), 1);
}

TEST_P(StoreConformance, ARevisionTellsWhoWroteItAndWhen) {
  RC_ASSERT_OK(store_->Write({"rollcall.v1.X/Y", "ana", absl::FromUnixMicros(1'234'567), nullptr},
                             [](WriteTx& tx) {
                               EXPECT_EQ(tx.time(), absl::FromUnixMicros(1'234'567));
                               tx.NewRevision();
                               return absl::OkStatus();
                             }));
  RC_EXPECT_OK(Read([](ReadTx& tx) -> absl::Status {
    RC_ASSIGN_OR_RETURN(Statement * row,
                        tx.Prepare("SELECT commit_time, method, principal FROM revision "
                                   "WHERE revision = 1"));
    ScopedReset reset(row);
    RC_ASSIGN_OR_RETURN(const bool found, row->Step());
    EXPECT_TRUE(found);
    EXPECT_EQ(row->Int(0), 1'234'567);
    EXPECT_EQ(row->Text(1), "rollcall.v1.X/Y");
    EXPECT_EQ(row->Text(2), "ana");
    return absl::OkStatus();
  }));
}

TEST_P(StoreConformance, AWriterSeesItsOwnChangeAndReadersOnlyAfterTheCommit) {
  RC_ASSERT_OK(Write([&](WriteTx& tx) -> absl::Status {
    tx.NewRevision();
    RC_RETURN_IF_ERROR(SetSetting(tx, "k", "new"));
    EXPECT_EQ(*GetSetting(tx, "k"), "new");
    return Read([](ReadTx& reader) {
      EXPECT_EQ(*GetSetting(reader, "k"), "");
      EXPECT_EQ(reader.revision(), 0);
      return absl::OkStatus();
    });
  }));
  RC_EXPECT_OK(Read([](ReadTx& reader) {
    EXPECT_EQ(*GetSetting(reader, "k"), "new");
    EXPECT_EQ(reader.revision(), 1);
    return absl::OkStatus();
  }));
}

TEST_P(StoreConformance, AFailedBodyLeavesNothing) {
  const absl::Status failed = Write([](WriteTx& tx) -> absl::Status {
    tx.NewRevision();
    v1::Vendor vendor;
    vendor.set_name("vendors/gone");
    RC_RETURN_IF_ERROR(VendorTable().Insert(tx, &vendor));
    RC_RETURN_IF_ERROR(SetSetting(tx, "k", "gone"));
    RC_RETURN_IF_ERROR(PutAnswer(tx, "id", {"sha", "answer"}));
    return absl::UnavailableError("the caller's own error");
  });
  EXPECT_EQ(failed, absl::UnavailableError("the caller's own error"));
  EXPECT_EQ(Revision(), 0);
  for (const char* table : {"vendor", "resource", "request", "revision"}) {
    EXPECT_EQ(QueryInt(absl::StrCat("SELECT COUNT(*) FROM ", table)), 0) << table;
  }
  // Only the register's own secret is there from the start.
  EXPECT_EQ(
      QueryInt("SELECT COUNT(*) FROM setting WHERE key NOT IN ('exposure_secret', 'plain_rows')"),
      0);
  AddVendor("next");
  EXPECT_EQ(Revision(), 1);
}

TEST_P(StoreConformance, AnAbandonedBodyIsOkAndLeavesNothing) {
  RC_ASSERT_OK(Write([](WriteTx& tx) -> absl::Status {
    v1::Vendor vendor;
    vendor.set_name("vendors/dry-run");
    RC_RETURN_IF_ERROR(VendorTable().Insert(tx, &vendor));
    EXPECT_EQ(vendor.revision(), 1);
    tx.Abandon();
    return absl::OkStatus();
  }));
  EXPECT_EQ(Revision(), 0);
  EXPECT_EQ(QueryInt("SELECT COUNT(*) FROM vendor"), 0);
}

TEST_P(StoreConformance, AnExceptionRollsBackAndTheStoreGoesOn) {
  EXPECT_THROW(Write([](WriteTx& tx) -> absl::Status {
                 tx.NewRevision();
                 RC_RETURN_IF_ERROR(SetSetting(tx, "k", "gone"));
                 throw std::runtime_error("from the body");
               }).IgnoreError(),
               std::runtime_error);
  EXPECT_THROW(Read([](ReadTx&) -> absl::Status {
                 throw std::runtime_error("from the body");
               }).IgnoreError(),
               std::runtime_error);
  EXPECT_EQ(
      QueryInt("SELECT COUNT(*) FROM setting WHERE key NOT IN ('exposure_secret', 'plain_rows')"),
      0);
  EXPECT_EQ(MustWrite([](WriteTx& tx) { return AddOne(tx, "k"); }), 1);
}

TEST_P(StoreConformance, AResultLeftOpenByAnEarlyReturnHoldsNobodyUp) {
  AddVendor("a");
  AddVendor("b");
  const auto stop_at_first = [](ReadTx& tx) -> absl::Status {
    v1::Vendor scratch;
    return VendorTable().List(tx, "", "", kNewest, &scratch,
                              [](const Message&) -> absl::StatusOr<bool> { return false; });
  };
  RC_ASSERT_OK(Read(stop_at_first));
  RC_ASSERT_OK(Write([&](WriteTx& tx) -> absl::Status {
    RC_ASSIGN_OR_RETURN(Statement * open, tx.Prepare("SELECT name FROM vendor"));
    RC_RETURN_IF_ERROR(open->Step().status());
    return AddOne(tx, "k");
  }));
  AddVendor("c");
  EXPECT_EQ(QueryInt("SELECT COUNT(*) FROM vendor"), 3);
}

TEST_P(StoreConformance, AReadersViewDoesNotMoveWhileAWriterCommits) {
  AddVendor("a");
  RC_EXPECT_OK(Read([&](ReadTx& tx) -> absl::Status {
    RC_ASSIGN_OR_RETURN(const auto before, NamesOf(tx, VendorTable(), "", "", kNewest));
    AddVendor("b");
    RC_RETURN_IF_ERROR(
        Write([](WriteTx& writer) { return VendorTable().Close(writer, "vendors/a"); }));
    RC_ASSIGN_OR_RETURN(const auto after, NamesOf(tx, VendorTable(), "", "", kNewest));
    EXPECT_EQ(before, after);
    EXPECT_EQ(tx.revision(), 1);
    return absl::OkStatus();
  }));
  RC_EXPECT_OK(Read([](ReadTx& tx) -> absl::Status {
    RC_ASSIGN_OR_RETURN(const auto names, NamesOf(tx, VendorTable(), "", "", kNewest));
    EXPECT_EQ(names, std::vector<std::string>{"vendors/b"});
    EXPECT_EQ(tx.revision(), 3);
    return absl::OkStatus();
  }));
}

TEST_P(StoreConformance, AScanIsNotDisturbedByACommitInItsMiddle) {
  for (int i = 0; i < 20; ++i) AddVendor(absl::StrCat("v", 100 + i));
  int seen = 0;
  RC_EXPECT_OK(Read([&](ReadTx& tx) -> absl::Status {
    v1::Vendor scratch;
    return VendorTable().List(tx, "", "", kNewest, &scratch,
                              [&](const Message&) -> absl::StatusOr<bool> {
                                AddVendor(absl::StrCat("w", 100 + seen));
                                ++seen;
                                return true;
                              });
  }));
  EXPECT_EQ(seen, 20);
}

TEST_P(StoreConformance, ManyReadersHoldTheirOwnViews) {
  constexpr int kDepth = 20;
  const std::function<absl::Status(int)> nest = [&](int depth) -> absl::Status {
    if (depth == kDepth) return absl::OkStatus();
    return Read([&](ReadTx& tx) -> absl::Status {
      EXPECT_EQ(tx.revision(), depth);
      AddVendor(absl::StrCat("v", depth));
      RC_RETURN_IF_ERROR(nest(depth + 1));
      RC_ASSIGN_OR_RETURN(const auto names, NamesOf(tx, VendorTable(), "", "", kNewest));
      EXPECT_EQ(names.size(), static_cast<std::size_t>(depth));
      return absl::OkStatus();
    });
  };
  RC_EXPECT_OK(nest(0));
  EXPECT_EQ(Revision(), kDepth);
}

TEST_P(StoreConformance, WritersOfOneStoreTakeTurns) {
  constexpr int kThreads = 4;
  constexpr int kWrites = 25;
  std::atomic<int> failures = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&] {
      for (int j = 0; j < kWrites; ++j) {
        if (!Write([](WriteTx& tx) { return AddOne(tx, "count"); }).ok()) ++failures;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(failures, 0);
  EXPECT_EQ(Revision(), kThreads * kWrites);
  EXPECT_EQ(QueryInt("SELECT CAST(value AS INTEGER) FROM setting WHERE key = 'count'"),
            kThreads * kWrites);
}

TEST_P(StoreConformance, WritersOfTwoStoresOverOneDatabaseLoseNoUpdate) {
  auto second = Open();
  RC_ASSERT_OK(second);
  constexpr int kWrites = 25;
  std::atomic<int> written = 0;
  const auto write_all = [&](Store& store) {
    for (int i = 0; i < kWrites;) {
      const absl::Status status = store.Write({"test.Write", "tester", clock_.Now(), nullptr},
                                              [](WriteTx& tx) { return AddOne(tx, "count"); });
      if (absl::IsAborted(status)) continue;
      if (status.ok()) ++written;
      ++i;
    }
  };
  std::thread other([&] { write_all(**second); });
  write_all(*store_);
  other.join();
  EXPECT_EQ(written, 2 * kWrites);
  EXPECT_EQ(Revision(), 2 * kWrites);
  EXPECT_EQ(QueryInt("SELECT CAST(value AS INTEGER) FROM setting WHERE key = 'count'"),
            2 * kWrites);
}

TEST_P(StoreConformance, ReadersAndAWriterAtOnceSeeWholeTransactionsOnly) {
  constexpr int kWrites = 60;
  std::atomic<bool> done = false;
  std::atomic<int> torn = 0;
  std::vector<std::thread> readers;
  for (int i = 0; i < 2; ++i) {
    readers.emplace_back([&] {
      while (!done) {
        const absl::Status status = Read([&](ReadTx& tx) -> absl::Status {
          RC_ASSIGN_OR_RETURN(const std::string left, GetSetting(tx, "left"));
          RC_ASSIGN_OR_RETURN(const std::string right, GetSetting(tx, "right"));
          const std::string revision = tx.revision() == 0 ? "" : absl::StrCat(tx.revision());
          if (left != right || left != revision) ++torn;
          return absl::OkStatus();
        });
        if (!status.ok()) ++torn;
      }
    });
  }
  for (int i = 0; i < kWrites; ++i) {
    MustWrite([](WriteTx& tx) -> absl::Status {
      const std::string value = absl::StrCat(tx.NewRevision());
      RC_RETURN_IF_ERROR(SetSetting(tx, "left", value));
      return SetSetting(tx, "right", value);
    });
  }
  done = true;
  for (std::thread& reader : readers) reader.join();
  EXPECT_EQ(torn, 0);
}

TEST_P(StoreConformance, ACancelledReadEndsInTheMiddleOfAStatement) {
  int asked = 0;
  const absl::Status status =
      store_->Read([&] { return ++asked == 3; }, [](ReadTx& tx) { return RunLongQuery(tx); });
  EXPECT_THAT(status, IsError(absl::StatusCode::kDeadlineExceeded, "DEADLINE"));
  EXPECT_EQ(asked, 3);
  // The same connection serves the next reader, who is not cancelled.
  EXPECT_EQ(Revision(), 0);
}

TEST_P(StoreConformance, ACancelledScanStopsBeforeItsEnd) {
  constexpr int kRecords = 5000;
  RC_ASSERT_OK(Write([](WriteTx& tx) -> absl::Status {
    for (int i = 0; i < kRecords; ++i) {
      v1::Vendor vendor;
      vendor.set_name(absl::StrCat("vendors/v", i));
      RC_RETURN_IF_ERROR(VendorTable().Insert(tx, &vendor));
    }
    return absl::OkStatus();
  }));
  int seen = 0;
  const absl::Status status =
      store_->Read([&] { return seen >= 10; },
                   [&](ReadTx& tx) {
                     v1::Vendor scratch;
                     return VendorTable().List(tx, "", "", kNewest, &scratch,
                                               [&](const Message&) -> absl::StatusOr<bool> {
                                                 ++seen;
                                                 return true;
                                               });
                   });
  EXPECT_THAT(status, IsError(absl::StatusCode::kDeadlineExceeded, "DEADLINE"));
  EXPECT_GE(seen, 10);
  EXPECT_LT(seen, kRecords);
}

TEST_P(StoreConformance, ACancelledWriteLeavesNothing) {
  bool cancelled = false;
  const absl::Status status =
      store_->Write({"test.Write", "tester", clock_.Now(), [&] { return cancelled; }},
                    [&](WriteTx& tx) -> absl::Status {
                      RC_RETURN_IF_ERROR(AddOne(tx, "k"));
                      cancelled = true;
                      return RunLongQuery(tx);
                    });
  EXPECT_THAT(status, IsError(absl::StatusCode::kDeadlineExceeded, "DEADLINE"));
  EXPECT_EQ(Revision(), 0);
  EXPECT_EQ(
      QueryInt("SELECT COUNT(*) FROM setting WHERE key NOT IN ('exposure_secret', 'plain_rows')"),
      0);
  EXPECT_EQ(MustWrite([](WriteTx& tx) { return AddOne(tx, "k"); }), 1);
}

TEST_P(StoreConformance, AWriteInAReadTransactionIsRefused) {
  const absl::Status status = Read([](ReadTx& tx) -> absl::Status {
    RC_ASSIGN_OR_RETURN(Statement * insert,
                        tx.Prepare("INSERT INTO setting (key, value) VALUES ('k', 'v')"));
    return insert->Run();
  });
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(
      QueryInt("SELECT COUNT(*) FROM setting WHERE key NOT IN ('exposure_secret', 'plain_rows')"),
      0);
}

TEST_P(StoreConformance, AStatementThatIsNoSqlIsAnInternalError) {
  EXPECT_THAT(Read([](ReadTx& tx) { return tx.Prepare("SELECT FROM WHERE").status(); }),
              IsError(absl::StatusCode::kInternal, "STORAGE"));
}

TEST_P(StoreConformance, ValuesComeBackAsTheyWereBound) {
  const std::string blob("\0\x01\xFF\0", 4);
  RC_ASSERT_OK(Read([&](ReadTx& tx) -> absl::Status {
    RC_ASSIGN_OR_RETURN(Statement * row, tx.Prepare("SELECT $1, $2, $3, $4, $5"));
    for (const std::int64_t number : {std::numeric_limits<std::int64_t>::min(), std::int64_t{-1},
                                      std::int64_t{0}, std::numeric_limits<std::int64_t>::max()}) {
      row->BindInt(1, number);
      row->BindText(2, "text");
      row->BindText(3, "");
      row->BindBlob(4, blob);
      row->BindNull(5);
      RC_ASSIGN_OR_RETURN(const bool found, row->Step());
      EXPECT_TRUE(found);
      EXPECT_EQ(row->Int(0), number);
      EXPECT_EQ(row->Text(1), "text");
      EXPECT_EQ(row->Text(2), "");
      EXPECT_FALSE(row->IsNull(2));
      EXPECT_EQ(row->Blob(3), blob);
      EXPECT_TRUE(row->IsNull(4));
      EXPECT_EQ(row->Int(4), 0);
      EXPECT_EQ(row->Text(4), "");
      RC_ASSIGN_OR_RETURN(const bool more, row->Step());
      EXPECT_FALSE(more);
    }
    return absl::OkStatus();
  }));
}

TEST_P(StoreConformance, AResetStatementHasNoBindings) {
  RC_ASSERT_OK(Read([](ReadTx& tx) -> absl::Status {
    RC_ASSIGN_OR_RETURN(Statement * row, tx.Prepare("SELECT $1"));
    row->BindText(1, "of the caller before");
    row->Reset();
    RC_RETURN_IF_ERROR(row->Step().status());
    EXPECT_TRUE(row->IsNull(0));
    return absl::OkStatus();
  }));
}

TEST_P(StoreConformance, ABindingErrorIsReportedByTheNextStepOnly) {
  RC_ASSERT_OK(Read([](ReadTx& tx) -> absl::Status {
    RC_ASSIGN_OR_RETURN(Statement * row, tx.Prepare("SELECT $1"));
    row->BindInt(7, 1);
    EXPECT_FALSE(row->Step().ok());
    row->BindInt(1, 1);
    RC_RETURN_IF_ERROR(row->Step().status());
    EXPECT_EQ(row->Int(0), 1);
    return absl::OkStatus();
  }));
}

}  // namespace
}  // namespace rollcall::testing
