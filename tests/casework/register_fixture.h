// A register on a real database file, for tests that go through the store and the rules.

#ifndef ROLLCALL_TESTS_CASEWORK_REGISTER_FIXTURE_H_
#define ROLLCALL_TESTS_CASEWORK_REGISTER_FIXTURE_H_

#include <SQLiteCpp/SQLiteCpp.h>
#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/str_cat.h"
#include "server/registry/catalog.h"
#include "server/registry/collection.h"
#include "server/roster/importer.h"
#include "storage/roster_store.h"
#include "storage/sqlite/sqlite_driver.h"
#include "storage/status.h"
#include "storage/store.h"
#include "storage/value_codec.h"
#include "tests/roster/fixtures.h"
#include "tests/runtime/temp_dir.h"
#include "tests/support/fake_clock.h"
#include "tests/support/fake_ids.h"
#include "tests/support/test_vault.h"

namespace rollcall::testing {

inline google::type::Date DateOf(int year, int month, int day) {
  return ToDate(absl::CivilDay(year, month, day));
}

inline std::int32_t DayOf(int year, int month, int day) {
  return ToDayNumber(absl::CivilDay(year, month, day));
}

// A message from its text form.
template <typename M>
M Parse(std::string_view text) {
  M message;
  if (!google::protobuf::TextFormat::ParseFromString(std::string(text), &message)) {
    ADD_FAILURE() << "not a " << M::descriptor()->full_name() << ": " << text;
    std::abort();
  }
  return message;
}

// The rows of every table, each row as one text, sorted. The image of the engine is left out: a
// server makes it by the way.
using Dump = std::map<std::string, std::vector<std::string>>;

inline Dump DumpDatabase(const std::string& path) {
  const SQLite::Database db(path, SQLite::OPEN_READONLY);
  std::vector<std::string> tables;
  SQLite::Statement names(
      db, "SELECT name FROM sqlite_schema WHERE type = 'table' AND name <> 'engine_image'");
  while (names.executeStep()) tables.push_back(names.getColumn(0).getString());
  Dump dump;
  for (const std::string& table : tables) {
    SQLite::Statement rows(db, "SELECT * FROM " + table);
    std::vector<std::string>& lines = dump[table];
    while (rows.executeStep()) {
      std::string line;
      for (int i = 0; i < rows.getColumnCount(); ++i) {
        const SQLite::Column column = rows.getColumn(i);
        line += column.isNull() ? std::string("NULL") : "'" + column.getString() + "'";
        line += '|';
      }
      lines.push_back(line);
    }
    std::sort(lines.begin(), lines.end());
  }
  return dump;
}

// The tables that hold facts of the roster.
inline Dump RosterTables(Dump dump) {
  const std::set<std::string> wanted = {"school",         "person",        "person_fact",
                                        "enrollment",     "program_spell", "guardian_link",
                                        "postal_address", "home_language"};
  std::erase_if(dump, [&](const auto& entry) { return !wanted.contains(entry.first); });
  return dump;
}

// What an import did.
struct ImportOutcome {
  absl::Status status;
  v1::RosterImport result;
  std::vector<v1::ImportProgress> progress;
};

// One database in a folder of its own, opened with the product's own code.
class Register {
 public:
  // `vault`, which outlives the register, takes the place of the real one.
  explicit Register(bool with_catalog = true, Vault* vault = nullptr)
      : clock(absl::FromCivil(absl::CivilHour(2026, 12, 1, 12), absl::UTCTimeZone())) {
    if (vault != nullptr) vault_ = vault;
    Open();
    if (!with_catalog) return;
    auto catalog = registry::ReadCatalog(ROLLCALL_CATALOG_DIR);
    if (!catalog.ok()) Fail(catalog.status());
    const auto rows = registry::LoadCatalog(*store_, clock.Now(), *std::move(catalog));
    if (!rows.ok()) Fail(rows.status());
  }

  // Takes a copy of a database file that no one has open.
  explicit Register(const std::string& copy_of)
      : clock(absl::FromCivil(absl::CivilHour(2026, 12, 1, 12), absl::UTCTimeZone())) {
    std::filesystem::copy_file(copy_of, path());
    Open();
  }

  std::string path() const { return dir_.Path("register.db"); }
  const TempDir& dir() const { return dir_; }
  Store& store() { return *store_; }
  absl::CivilDay today() const { return absl::ToCivilDay(clock.Now(), absl::UTCTimeZone()); }
  Dump Tables() const { return DumpDatabase(path()); }

  // Closes the database; the register is of no further use.
  void Close() { store_.reset(); }

  template <typename Body>
  absl::Status Write(const Body& body) {
    return store_->Write({"test", "tester", clock.Now(), nullptr},
                         [&](WriteTx& tx) -> absl::Status { return body(tx); });
  }

  template <typename Body>
  absl::Status Read(const Body& body) {
    return store_->Read(nullptr, [&](ReadTx& tx) -> absl::Status { return body(tx); });
  }

  std::int64_t Revision() {
    std::int64_t revision = 0;
    EXPECT_TRUE(Read([&](ReadTx& tx) {
                  revision = tx.revision();
                  return absl::OkStatus();
                }).ok());
    return revision;
  }

  // Creates a record through the rules of its collection.
  template <typename Response, typename Request>
  absl::StatusOr<Response> Create(const registry::Collection& collection, const Request& request) {
    Response response;
    RC_RETURN_IF_ERROR(Write([&](WriteTx& tx) {
      return registry::CreateRecord(tx, collection, today(), ids, request, &response);
    }));
    return response;
  }

  // Imports files through the importer, in a transaction of their own.
  ImportOutcome Import(const roster::Files& files, const v1::ImportRosterConfig& config) {
    std::vector<roster::TempFile> temporary;
    roster::ImportInput input;
    temporary.reserve(files.size());
    for (const auto& [name, content] : files) {
      temporary.emplace_back(content);
      input.files.push_back({name, temporary.back().fd()});
    }
    input.config = config;
    input.digest = "digest";
    ImportOutcome outcome;
    outcome.status = Write([&](WriteTx& tx) {
      return roster::RunImport(
          tx, input,
          [&](const v1::ImportProgress& step) {
            outcome.progress.push_back(step);
            return absl::OkStatus();
          },
          &outcome.result);
    });
    return outcome;
  }

  FakeClock clock;
  FakeIds ids;

 private:
  void Open() {
    auto driver = OpenSqlite(path());
    if (!driver.ok()) Fail(driver.status());
    auto store = Store::Open(*std::move(driver), clock.Now(), vault_);
    if (!store.ok()) Fail(store.status());
    store_ = *std::move(store);
  }

  static void Fail(const absl::Status& status) {
    ADD_FAILURE() << status.ToString();
    std::abort();
  }

  TempDir dir_;
  TestVault own_vault_;
  Vault* vault_ = &own_vault_;
  std::unique_ptr<Store> store_;
};

}  // namespace rollcall::testing

#endif  // ROLLCALL_TESTS_CASEWORK_REGISTER_FIXTURE_H_
