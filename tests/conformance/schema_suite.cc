// Opening: what is kept, what is upgraded, what is refused.

#include <vector>

#include "absl/strings/str_cat.h"
#include "rollcall/v1/case_service.pb.h"
#include "rollcall/v1/incident_service.pb.h"
#include "rollcall/v1/vendor_service.pb.h"
#include "storage/register_tables.h"
#include "tests/conformance/older_driver.h"
#include "tests/conformance/store_conformance.h"

namespace rollcall::testing {
namespace {

// The engine's driver with steps of the test's own behind its schema.
class ExtendedDriver final : public Driver {
 public:
  ExtendedDriver(std::unique_ptr<Driver> driver, const std::vector<std::string_view>& scripts)
      : driver_(std::move(driver)), migrations_(driver_->migrations()) {
    for (const std::string_view script : scripts) {
      migrations_.push_back({migrations_.back().version + 1, "test.sql", script});
    }
  }

  std::string_view engine() const override { return driver_->engine(); }
  absl::StatusOr<std::unique_ptr<Connection>> Connect(bool read_only) override {
    return driver_->Connect(read_only);
  }
  const std::vector<Migration>& migrations() const override { return migrations_; }
  absl::StatusOr<DatabaseFacts> Backup(const std::string& path,
                                       const ProgressCheck& progress) override {
    return driver_->Backup(path, progress);
  }
  absl::StatusOr<DatabaseFacts> Check(const std::string& path, const ProgressCheck& progress,
                                      const DatabaseVisit& visit) override {
    return driver_->Check(path, progress, visit);
  }

 private:
  const std::unique_ptr<Driver> driver_;
  std::vector<Migration> migrations_;
};

absl::StatusOr<std::unique_ptr<Store>> OpenExtended(TestDatabase& database,
                                                    const std::vector<std::string_view>& scripts) {
  RC_ASSIGN_OR_RETURN(std::unique_ptr<Driver> driver, database.NewDriver());
  return Store::Open(std::make_unique<ExtendedDriver>(std::move(driver), scripts),
                     absl::UnixEpoch());
}

TEST_P(StoreConformance, StepsAreNumberedWithoutAGap) {
  const auto driver = database_->NewDriver();
  RC_ASSERT_OK(driver);
  int expected = 0;
  for (const Migration& migration : (*driver)->migrations()) {
    EXPECT_EQ(migration.version, ++expected) << migration.name;
    EXPECT_FALSE(migration.sql.empty()) << migration.name;
  }
  EXPECT_EQ(store_->schema_version(), expected);
  EXPECT_EQ(QueryInt("SELECT COUNT(*) FROM schema_migration"), expected);
}

TEST_P(StoreConformance, OpeningAgainKeepsEverything) {
  AddVendor("a");
  MustWrite([](WriteTx& tx) -> absl::Status {
    RC_RETURN_IF_ERROR(VendorTable().Close(tx, "vendors/a"));
    RC_RETURN_IF_ERROR(SetSetting(tx, "k", "v"));
    return PutAnswer(tx, "id", {"sha", "answer"});
  });
  const std::int64_t applied = QueryInt("SELECT MAX(applied_time) FROM schema_migration");
  clock_.Advance(absl::Hours(1));
  Reopen();
  EXPECT_EQ(Revision(), 2);
  EXPECT_EQ(QueryInt("SELECT MAX(applied_time) FROM schema_migration"), applied);
  RC_EXPECT_OK(Read([](ReadTx& tx) -> absl::Status {
    v1::Vendor vendor;
    RC_RETURN_IF_ERROR(VendorTable().Get(tx, "vendors/a", 1, &vendor));
    EXPECT_TRUE(absl::IsNotFound(VendorTable().Get(tx, "vendors/a", kNewest, &vendor)));
    EXPECT_EQ(*GetSetting(tx, "k"), "v");
    EXPECT_EQ(GetAnswer(tx, "tester", "test.Write", "id")->response, "answer");
    return absl::OkStatus();
  }));
  AddVendor("b");
  EXPECT_EQ(Revision(), 3);
  store_.reset();
  RC_EXPECT_OK(database_->CheckIntegrity());
}

TEST_P(StoreConformance, AStepIsAppliedOnceAndKeepsWhatWasThere) {
  AddVendor("a");
  const int version = store_->schema_version();
  store_.reset();
  for (int i = 0; i < 2; ++i) {
    auto upgraded =
        OpenExtended(*database_, {"CREATE TABLE added (a INTEGER); INSERT INTO added VALUES (1)"});
    RC_ASSERT_OK(upgraded);
    EXPECT_EQ((*upgraded)->schema_version(), version + 1);
    store_ = *std::move(upgraded);
    EXPECT_EQ(QueryInt("SELECT COUNT(*) FROM added"), 1);
    EXPECT_EQ(QueryInt("SELECT COUNT(*) FROM vendor"), 1);
    store_.reset();
  }
}

TEST_P(StoreConformance, ANewerDatabaseIsRefusedAndLeftAlone) {
  store_.reset();
  RC_ASSERT_OK(OpenExtended(*database_, {"CREATE TABLE added (a INTEGER)"}));
  for (int i = 0; i < 2; ++i) {
    EXPECT_THAT(Open(), IsError(absl::StatusCode::kFailedPrecondition, "SCHEMA_NEWER"));
  }
  RC_EXPECT_OK(OpenExtended(*database_, {"CREATE TABLE added (a INTEGER)"}));
}

TEST_P(StoreConformance, AStepThatWasAppliedInAnotherFormIsRefused) {
  store_.reset();
  RC_ASSERT_OK(OpenExtended(*database_, {"CREATE TABLE added (a INTEGER)"}));
  EXPECT_THAT(OpenExtended(*database_, {"CREATE TABLE added (b INTEGER)"}),
              IsError(absl::StatusCode::kFailedPrecondition, "SCHEMA_MISMATCH"));
  RC_ASSERT_OK(RunSql("UPDATE schema_migration SET sha256 = 'x' WHERE version = 1"));
  EXPECT_THAT(Open(), IsError(absl::StatusCode::kFailedPrecondition, "SCHEMA_MISMATCH"));
}

TEST_P(StoreConformance, AGapInTheAppliedStepsIsRefused) {
  store_.reset();
  RC_ASSERT_OK(RunSql("DELETE FROM schema_migration WHERE version = 1"));
  EXPECT_THAT(Open(), IsError(absl::StatusCode::kFailedPrecondition, "SCHEMA_MISMATCH"));
}

TEST_P(StoreConformance, AStepThatFailsLeavesTheDatabaseAsItWas) {
  AddVendor("a");
  store_.reset();
  EXPECT_FALSE(OpenExtended(*database_, {"CREATE TABLE half (a INTEGER); "
                                         "INSERT INTO nowhere VALUES (1)"})
                   .ok());
  Reopen();
  EXPECT_EQ(QueryInt("SELECT COUNT(*) FROM vendor"), 1);
  RC_EXPECT_OK(RunSql("CREATE TABLE half (b INTEGER)"));
}

TEST_P(StoreConformance, StepsBeforeTheOneThatFailsStay) {
  store_.reset();
  EXPECT_FALSE(OpenExtended(*database_, {"CREATE TABLE added (a INTEGER)", "nonsense"}).ok());
  const auto upgraded =
      OpenExtended(*database_, {"CREATE TABLE added (a INTEGER)", "CREATE TABLE more (a INTEGER)"});
  RC_EXPECT_OK(upgraded);
}

TEST_P(StoreConformance, RecordsOfTheFirstSchemaAreReadAfterTheUpgrade) {
  store_.reset();
  database_ = GetParam().make();
  {
    auto driver = database_->NewDriver();
    RC_ASSERT_OK(driver);
    RC_ASSERT_OK(Store::Open(std::make_unique<OlderDriver>(*std::move(driver), "add_transfers"),
                             absl::UnixEpoch()));
  }
  RC_ASSERT_OK(RunSql(
      "INSERT INTO resource VALUES ('incidents/a/statements/1', 'statement'), "
      "('incidents/a', 'incident'), ('cases/a', 'notification_case'); "
      "INSERT INTO statement VALUES ('incidents/a/statements/1', 'incidents/a', 1, NULL, 0, 0, "
      "NULL, '{}', '{}', '{}', 0, 0, 0, NULL, 'said', 0, 0, 0, 0, 0); "
      "INSERT INTO notification_case VALUES ('cases/a', 1, NULL, 0, 0, 'incidents/a', "
      "'incidents/a/statements/1', 1, '{}', 7, 8, 'd', 0, '')"));
  Reopen();
  const auto statement = Get<v1::Statement>(StatementTable(), "incidents/a/statements/1");
  RC_ASSERT_OK(statement);
  EXPECT_EQ(statement->description(), "said");
  EXPECT_EQ(statement->shares_size(), 0);
  const auto record = Get<v1::Case>(CaseTable(), "cases/a");
  RC_ASSERT_OK(record);
  EXPECT_EQ(record->people(), 7);
  EXPECT_EQ(record->digest_format(), 1);
}

}  // namespace
}  // namespace rollcall::testing
