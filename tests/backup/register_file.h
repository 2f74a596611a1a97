// A register in a folder of its own, with a clock, for tests of its files.

#ifndef ROLLCALL_TESTS_BACKUP_REGISTER_FILE_H_
#define ROLLCALL_TESTS_BACKUP_REGISTER_FILE_H_

#include <algorithm>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "rollcall/v1/vendor_service.pb.h"
#include "storage/register_tables.h"
#include "storage/sqlite/sqlite_driver.h"
#include "storage/store.h"
#include "tests/conformance/status_matchers.h"
#include "tests/runtime/temp_dir.h"
#include "tests/support/fake_clock.h"

namespace rollcall::testing {

class RegisterFile {
 public:
  RegisterFile() { Open(); }

  void Open() {
    auto driver = OpenSqlite(path());
    RC_ASSERT_OK(driver);
    auto store = Store::Open(*std::move(driver), clock.Now());
    RC_ASSERT_OK(store);
    store_ = *std::move(store);
  }
  void Close() { store_.reset(); }

  // Adds vendors/{id}.
  void Add(const std::string& id) {
    RC_ASSERT_OK(store_->Write({"test.Write", "tester", clock.Now(), nullptr}, [&](WriteTx& tx) {
      v1::Vendor vendor;
      vendor.set_name("vendors/" + id);
      vendor.set_legal_name("The legal name of " + id);
      return VendorTable().Insert(tx, &vendor);
    }));
  }

  // The ids of the vendors, with commas.
  std::string Vendors() {
    std::string ids;
    RC_EXPECT_OK(store_->Read(nullptr, [&](ReadTx& tx) {
      v1::Vendor vendor;
      return VendorTable().List(tx, "", "", kNewest, &vendor,
                                [&](const google::protobuf::Message&) -> absl::StatusOr<bool> {
                                  absl::StrAppend(&ids, ids.empty() ? "" : ",",
                                                  vendor.name().substr(8));
                                  return true;
                                });
    }));
    return ids;
  }

  Store& store() { return *store_; }
  std::string path() const { return folder.Path("register.db"); }

  TempDir folder;
  FakeClock clock{absl::FromUnixSeconds(1'770'261'300)};

 private:
  std::unique_ptr<Store> store_;
};

// The names in a folder, in order.
inline std::vector<std::string> NamesIn(const std::string& folder) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    names.push_back(entry.path().filename().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

// Changes one byte of a file.
inline void FlipByte(const std::string& path, std::uintmax_t at, unsigned char mask = 0x40) {
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  file.seekg(static_cast<std::streamoff>(at));
  const int byte = file.get();
  file.seekp(static_cast<std::streamoff>(at));
  file.put(static_cast<char>(static_cast<unsigned>(byte) ^ mask));
}

}  // namespace rollcall::testing

#endif  // ROLLCALL_TESTS_BACKUP_REGISTER_FILE_H_
