// What every storage engine must do, as tests that an engine runs by naming itself.
//
// The tests live in the *_suite.cc files of this folder, an object library. An engine's test
// program links it and instantiates StoreConformance with an Engine; GoogleTest fails the program
// if it forgets to.

#ifndef ROLLCALL_TESTS_CONFORMANCE_STORE_CONFORMANCE_H_
#define ROLLCALL_TESTS_CONFORMANCE_STORE_CONFORMANCE_H_

#include <functional>
#include <memory>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "google/protobuf/message.h"
#include "gtest/gtest.h"
#include "storage/driver.h"
#include "storage/record_table.h"
#include "storage/store.h"
#include "tests/conformance/status_matchers.h"
#include "tests/support/fake_clock.h"
#include "tests/support/test_vault.h"

namespace rollcall::testing {

// A database that lives as long as the object; empty at first.
class TestDatabase {
 public:
  virtual ~TestDatabase() = default;

  // A driver for this database; may be called again, also while other drivers are open, and in
  // another process than the one that made the object.
  virtual absl::StatusOr<std::unique_ptr<Driver>> NewDriver() = 0;

  // OK if the engine's own check finds no damage. Called while nothing else is open.
  virtual absl::Status CheckIntegrity() = 0;
};

struct Engine {
  std::string name;
  std::function<std::unique_ptr<TestDatabase>()> make;
};
std::ostream& operator<<(std::ostream& out, const Engine& engine);

// An open store over an empty database.
class StoreConformance : public ::testing::TestWithParam<Engine> {
 protected:
  StoreConformance();

  void SetUp() override;

  // Opens a store over the database, as another program start would.
  absl::StatusOr<std::unique_ptr<Store>> Open();

  // Closes the store and opens it again.
  void Reopen();

  // A write by `tester` at the clock's time.
  absl::Status Write(absl::FunctionRef<absl::Status(WriteTx&)> body);
  absl::Status Read(absl::FunctionRef<absl::Status(ReadTx&)> body);

  // Writes that must succeed; return the revision after them.
  std::int64_t MustWrite(absl::FunctionRef<absl::Status(WriteTx&)> body);
  std::int64_t MustInsert(const RecordTable& table, google::protobuf::Message* record);

  // The newest revision.
  std::int64_t Revision();

  // Runs SQL behind the store's back, on a connection of its own.
  absl::Status RunSql(const std::string& sql);

  // The first column of the first row; -1 if there is none.
  std::int64_t QueryInt(std::string_view sql);

  // Makes vendors/{id}, with nothing but a name.
  void AddVendor(const std::string& id);

  // Makes vendors/base, its contract vendors/base/contracts/base and incidents/base.
  void AddParents();

  template <typename Record>
  absl::StatusOr<Record> Get(const RecordTable& table, std::string_view name,
                             std::int64_t revision = kNewest) {
    Record record;
    RC_RETURN_IF_ERROR(Read([&](ReadTx& tx) { return table.Get(tx, name, revision, &record); }));
    return record;
  }

  std::unique_ptr<TestDatabase> database_;
  FakeClock clock_;
  TestVault vault_;
  std::unique_ptr<Store> store_;
};

// The names of a table's records at a revision, in the order of the table.
absl::StatusOr<std::vector<std::string>> NamesOf(ReadTx& tx, const RecordTable& table,
                                                 std::string_view parent, std::string_view after,
                                                 std::int64_t revision);

// An empty message of the table's type.
std::unique_ptr<google::protobuf::Message> NewRecord(const RecordTable& table);

}  // namespace rollcall::testing

#endif  // ROLLCALL_TESTS_CONFORMANCE_STORE_CONFORMANCE_H_
