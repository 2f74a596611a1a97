#include "tests/registry/registry_fixture.h"

#include <cstdlib>
#include <filesystem>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "storage/sqlite/sqlite_driver.h"

namespace rollcall::registry {

RegistryTest::RegistryTest()
    : clock_(absl::FromCivil(absl::CivilSecond(2025, 2, 8, 18, 0, 0), absl::UTCTimeZone())) {
  std::string pattern = (std::filesystem::temp_directory_path() / "rollcall.XXXXXX").string();
  if (mkdtemp(pattern.data()) == nullptr) ADD_FAILURE() << "no temporary directory";
  folder_ = pattern;
}

RegistryTest::~RegistryTest() {
  store_.reset();
  std::error_code error;
  std::filesystem::remove_all(folder_, error);
}

void RegistryTest::SetUp() {
  auto driver = OpenSqlite(folder_ + "/register.db");
  RC_ASSERT_OK(driver);
  auto store = Store::Open(*std::move(driver), clock_.Now(), &vault_);
  RC_ASSERT_OK(store);
  store_ = *std::move(store);
  for (const char* id : {"acme", "other"}) {
    RC_ASSERT_OK(Create<v1::Vendor>(
        "", id, absl::StrCat("legal_name: '", id, " Inc.' kind: VENDOR_KIND_OPERATOR")));
    RC_ASSERT_OK(Create<v1::Product>(absl::StrCat("vendors/", id), "app", "display_name: 'App'"));
  }
  for (const auto& [id, subject] :
       {std::pair("student.test_name", "STUDENT"), std::pair("guardian.test_phone", "GUARDIAN"),
        std::pair("staff.test_name", "STAFF")}) {
    RC_ASSERT_OK(
        Create<v1::DataElement>("", id,
                                absl::StrCat("category: 'Test' subject: SUBJECT_KIND_", subject,
                                             " sensitivity: SENSITIVITY_PERSONAL "
                                             "labels { language_code: 'en' text: 'e' } "
                                             "labels { language_code: 'es' text: 's' }")));
  }
  for (const auto& [id, type] :
       {std::pair("notice", "NOTICE_PERIOD"), std::pair("security", "NONE")}) {
    RC_ASSERT_OK(Create<v1::ClauseKind>("", id,
                                        absl::StrCat("value_type: CLAUSE_VALUE_TYPE_", type,
                                                     " labels { language_code: 'en' text: 'e' } "
                                                     "labels { language_code: 'es' text: 's' }")));
  }
}

absl::Status RegistryTest::Write(absl::FunctionRef<absl::Status(WriteTx&)> body) {
  return store_->Write({"test.Write", "tester", clock_.Now(), nullptr}, body);
}

absl::Status RegistryTest::Read(absl::FunctionRef<absl::Status(ReadTx&)> body) {
  return store_->Read(nullptr, body);
}

std::int64_t RegistryTest::Revision() {
  std::int64_t revision = -1;
  RC_EXPECT_OK(Read([&](ReadTx& tx) {
    revision = tx.revision();
    return absl::OkStatus();
  }));
  return revision;
}

void RegistryTest::AddPaths(const std::string& paths, google::protobuf::FieldMask* mask) {
  for (const absl::string_view path : absl::StrSplit(paths, ',', absl::SkipEmpty())) {
    mask->add_paths(std::string(path));
  }
}

std::string CatalogFolder() { return std::string(ROLLCALL_SOURCE_DIR) + "/deploy/catalog"; }

}  // namespace rollcall::registry
