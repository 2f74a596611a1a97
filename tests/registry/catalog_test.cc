// Rules of the catalogue and the loading of the shipped one.

#include "server/registry/catalog.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>

#include "absl/strings/str_cat.h"
#include "tests/registry/registry_fixture.h"

namespace rollcall::registry {
namespace {

using testing::IsError;
using testing::IsInvalidField;

constexpr char kLabels[] =
    "labels { language_code: 'en' text: 'e' } labels { language_code: 'es' text: 's' } ";
constexpr char kElement[] =
    "category: 'Own' subject: SUBJECT_KIND_STUDENT sensitivity: SENSITIVITY_PERSONAL ";

class CatalogTest : public RegistryTest {
 protected:
  absl::StatusOr<int> Load(const v1::CatalogFile& catalog) {
    return LoadCatalog(*store_, clock_.Now(), catalog);
  }
  std::string Version() {
    std::string version;
    RC_EXPECT_OK(Read([&](ReadTx& tx) -> absl::Status {
      RC_ASSIGN_OR_RETURN(version, GetSetting(tx, "catalog_version"));
      return absl::OkStatus();
    }));
    return version;
  }
};

v1::CatalogFile SmallCatalog(const std::string& version) {
  auto catalog = Proto<v1::CatalogFile>(
      absl::StrCat("data_elements { name: 'dataElements/student.shipped' ", kElement, kLabels, "} ",
                   "clause_kinds { name: 'clauseKinds/shipped' value_type: CLAUSE_VALUE_TYPE_DAYS ",
                   kLabels, "}"));
  catalog.set_version(version);
  return catalog;
}

TEST_F(CatalogTest, AnElementIsNamedBySubjectAndField) {
  const std::string text = absl::StrCat(kElement, kLabels);
  RC_EXPECT_OK(Create<v1::DataElement>("", "student.lunch_pin", text));
  for (const char* id : {"lunch_pin", "student", "vendor.pin", "student.a.b", "student."}) {
    EXPECT_THAT(Create<v1::DataElement>("", id, text), IsInvalidField("data_element_id")) << id;
  }
}

TEST_F(CatalogTest, ARowHasWordsInBothLanguages) {
  for (const char* labels :
       {"labels { language_code: 'en' text: 'e' } ", "labels { language_code: 'es' text: 's' } ",
        "labels { language_code: 'en' text: 'e' } labels { language_code: 'es' } "}) {
    EXPECT_THAT(Create<v1::DataElement>("", "student.own", absl::StrCat(kElement, labels)),
                IsInvalidField("data_element.labels"))
        << labels;
    EXPECT_THAT(Create<v1::ClauseKind>("", "own",
                                       absl::StrCat("value_type: CLAUSE_VALUE_TYPE_NONE ", labels)),
                IsInvalidField("clause_kind.labels"))
        << labels;
  }
}

TEST_F(CatalogTest, ARowThatADistrictMakesIsItsOwnWhateverItSays) {
  const auto element = Create<v1::DataElement>(
      "", "student.own", absl::StrCat(kElement, kLabels, "district_defined: false"));
  RC_ASSERT_OK(element);
  EXPECT_TRUE(element->district_defined());
  const auto changed = Update<v1::DataElement>("name: 'dataElements/student.own' note: 'n'");
  RC_ASSERT_OK(changed);
  EXPECT_TRUE(changed->district_defined());
  EXPECT_EQ(changed->note(), "n");
}

TEST_F(CatalogTest, AShippedRowChangesByUpgradeOnly) {
  RC_ASSERT_OK(Load(SmallCatalog("2026-01-01")));
  EXPECT_THAT(Update<v1::DataElement>("name: 'dataElements/student.shipped' note: 'n'"),
              IsError(absl::StatusCode::kFailedPrecondition, "SHIPPED_ROW"));
  EXPECT_THAT(Create<v1::DataElement>("", "student.shipped", absl::StrCat(kElement, kLabels)),
              IsError(absl::StatusCode::kAlreadyExists, "ALREADY_EXISTS"));
  EXPECT_FALSE(Get<v1::DataElement>("dataElements/student.shipped")->district_defined());
}

TEST_F(CatalogTest, LoadingAgainWritesNothing) {
  const auto first = Load(SmallCatalog("2026-01-01"));
  RC_ASSERT_OK(first);
  EXPECT_EQ(*first, 2);
  EXPECT_EQ(Version(), "2026-01-01");
  const std::int64_t revision = Revision();
  const auto second = Load(SmallCatalog("2026-01-01"));
  RC_ASSERT_OK(second);
  EXPECT_EQ(*second, 0);
  EXPECT_EQ(Revision(), revision);
}

TEST_F(CatalogTest, ANewerCatalogueChangesWhatDiffersAndLeavesTheDistrictsRows) {
  RC_ASSERT_OK(Load(SmallCatalog("2026-01-01")));
  RC_ASSERT_OK(Create<v1::DataElement>("", "student.own", absl::StrCat(kElement, kLabels)));
  const std::int64_t before = Revision();
  auto newer = SmallCatalog("2026-02-01");
  newer.mutable_clause_kinds(0)->set_note("changed");
  *newer.add_data_elements() = newer.data_elements(0);
  newer.mutable_data_elements(1)->set_name("dataElements/student.added");
  const auto written = Load(newer);
  RC_ASSERT_OK(written);
  EXPECT_EQ(*written, 2);
  EXPECT_EQ(Version(), "2026-02-01");
  EXPECT_EQ(Revision(), before + 1);
  EXPECT_EQ(Get<v1::ClauseKind>("clauseKinds/shipped")->note(), "changed");
  EXPECT_TRUE(Get<v1::DataElement>("dataElements/student.own")->district_defined());
  RC_EXPECT_OK(Read([&](ReadTx& tx) -> absl::Status {
    v1::ClauseKind earlier;
    RC_RETURN_IF_ERROR(ClauseKindTable().Get(tx, "clauseKinds/shipped", before, &earlier));
    EXPECT_EQ(earlier.note(), "");
    return absl::OkStatus();
  }));
}

TEST_F(CatalogTest, AnOlderCatalogueIsRefused) {
  RC_ASSERT_OK(Load(SmallCatalog("2026-02-01")));
  EXPECT_THAT(Load(SmallCatalog("2026-01-31")),
              IsError(absl::StatusCode::kFailedPrecondition, "CATALOG_OLDER"));
  EXPECT_EQ(Version(), "2026-02-01");
}

TEST_F(CatalogTest, AShippedRowDoesNotTakeTheNameOfADistrictsRow) {
  RC_ASSERT_OK(Create<v1::ClauseKind>(
      "", "shipped", absl::StrCat("value_type: CLAUSE_VALUE_TYPE_NONE ", kLabels)));
  const std::int64_t before = Revision();
  const auto clash = Load(SmallCatalog("2026-01-01"));
  EXPECT_THAT(clash, IsError(absl::StatusCode::kFailedPrecondition, "CATALOG_CLASH"));
  EXPECT_EQ(ErrorMetadata(clash.status())["resource"], "clauseKinds/shipped");
  EXPECT_EQ(Revision(), before);
  EXPECT_EQ(Version(), "");
  EXPECT_THAT(Get<v1::DataElement>("dataElements/student.shipped"),
              IsError(absl::StatusCode::kNotFound, "NOT_FOUND"))
      << "nothing of the catalogue is kept";
}

TEST_F(CatalogTest, AFolderWithoutACatalogueOrWithABrokenOneIsRefused) {
  EXPECT_THAT(ReadCatalog("/nonexistent"),
              IsError(absl::StatusCode::kFailedPrecondition, "CATALOG_MISSING"));
  std::string folder = (std::filesystem::temp_directory_path() / "rollcall.XXXXXX").string();
  ASSERT_NE(mkdtemp(folder.data()), nullptr);
  std::ofstream(folder + "/README.md") << "no catalogue";
  EXPECT_THAT(ReadCatalog(folder),
              IsError(absl::StatusCode::kFailedPrecondition, "CATALOG_MISSING"));
  std::ofstream(folder + "/a.txtpb") << "version: '2026-01-01'\nclause_kinds { name: 'x' }\n";
  std::ofstream(folder + "/b.txtpb") << "version: '2026-02-01'\ndata_elements { name: 'y' }\n";
  const auto both = ReadCatalog(folder);
  RC_EXPECT_OK(both);
  EXPECT_EQ(both->version(), "2026-02-01");
  EXPECT_EQ(both->clause_kinds_size() + both->data_elements_size(), 2);
  std::ofstream(folder + "/c.txtpb") << "version: '2026-01-01'\ncolour: 'blue'\n";
  const auto broken = ReadCatalog(folder);
  EXPECT_THAT(broken, IsError(absl::StatusCode::kFailedPrecondition, "CATALOG_UNREADABLE"));
  const std::string message(broken.status().message());
  EXPECT_NE(message.find("c.txtpb"), std::string::npos) << message;
  EXPECT_NE(message.find("line 2"), std::string::npos) << message;
  std::filesystem::remove_all(folder);
}

TEST_F(CatalogTest, TheShippedCatalogueLoadsOnceAndReadsBack) {
  const auto catalog = ReadCatalog(CatalogFolder());
  RC_ASSERT_OK(catalog);
  const int rows =
      catalog->data_elements_size() + catalog->clause_kinds_size() + catalog->regimes_size();
  const auto written = Load(*catalog);
  RC_ASSERT_OK(written);
  EXPECT_EQ(*written, rows);
  EXPECT_EQ(Version(), catalog->version());
  const auto again = Load(*catalog);
  RC_ASSERT_OK(again);
  EXPECT_EQ(*again, 0);
  for (const v1::Regime& regime : catalog->regimes()) {
    RC_EXPECT_OK(Read([&](ReadTx& tx) {
      v1::Regime read;
      return RegimeTable().Get(tx, regime.name(), kNewest, &read);
    })) << regime.name();
  }
}

TEST_F(CatalogTest, EveryShippedRowKeepsTheRulesOfADistrictsRow) {
  auto catalog = ReadCatalog(CatalogFolder());
  RC_ASSERT_OK(catalog);
  RC_EXPECT_OK(Write([&](WriteTx& tx) -> absl::Status {
    const auto put_all = [&](const Collection& collection, auto* rows) {
      EXPECT_FALSE(rows->empty());
      for (auto& row : *rows) {
        const std::string name = row.name();
        const auto result = PutRecord(tx, collection, &row);
        RC_EXPECT_OK(result) << name;
        if (result.ok()) {
          EXPECT_EQ(*result, PutResult::kCreated) << name;
        }
      }
    };
    put_all(DataElements(), catalog->mutable_data_elements());
    put_all(ClauseKinds(), catalog->mutable_clause_kinds());
    put_all(Regimes(), catalog->mutable_regimes());
    tx.Abandon();
    return absl::OkStatus();
  }));
}

TEST_F(CatalogTest, ShippedElementsAreOfTheSubjectThatTheirNameSays) {
  const auto catalog = ReadCatalog(CatalogFolder());
  RC_ASSERT_OK(catalog);
  std::set<std::string> schedule_rows;
  for (const v1::DataElement& element : catalog->data_elements()) {
    const std::string subject = element.subject() == v1::SUBJECT_KIND_STUDENT    ? "student."
                                : element.subject() == v1::SUBJECT_KIND_STAFF    ? "staff."
                                : element.subject() == v1::SUBJECT_KIND_GUARDIAN ? "guardian."
                                                                                 : "?";
    EXPECT_EQ(element.name().rfind("dataElements/" + subject, 0), 0U) << element.name();
    if (!element.schedule_row().empty()) {
      EXPECT_TRUE(schedule_rows.insert(element.schedule_row()).second) << element.schedule_row();
    }
  }
}

}  // namespace
}  // namespace rollcall::registry
