// The index of ids: exact, for several people, for all versions; its cost; its cache.

#include "server/roster/id_index.h"

#include <random>
#include <string>
#include <unordered_map>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "storage/roster_store.h"
#include "storage/sqlite/sqlite_driver.h"
#include "storage/status.h"
#include "tests/conformance/status_matchers.h"
#include "tests/runtime/temp_dir.h"
#include "tests/support/test_vault.h"

namespace rollcall::roster {
namespace {

using ::rollcall::testing::IsError;

using People = std::vector<std::uint32_t>;

testing::TestVault& Vault() {
  static testing::TestVault vault;
  return vault;
}

BlindIndex IndexOf(std::string_view id) { return PersonIdIndex(Vault(), id); }

People Find(const IdIndex& index, std::string_view id,
            v1::SubjectKind subject = v1::SUBJECT_KIND_UNSPECIFIED) {
  People people{999'999};
  index.Find({&id, 1}, subject, [&](std::size_t, const IdIndex::Match& match) {
    people.assign(match.people.begin(), match.people.end());
  });
  return people;
}

TEST(IdIndex, FindsExactBytesOnly) {
  IdIndex index(&Vault());
  RC_ASSERT_OK(index.Add(7, v1::SUBJECT_KIND_STUDENT, IndexOf("100")));
  RC_ASSERT_OK(index.Add(8, v1::SUBJECT_KIND_STUDENT, IndexOf("")));
  RC_ASSERT_OK(index.Add(9, v1::SUBJECT_KIND_STUDENT, IndexOf(std::string(300, 'x'))));
  index.Finish();
  EXPECT_EQ(Find(index, "100"), People{7});
  EXPECT_EQ(Find(index, std::string(300, 'x')), People{9});
  for (const char* id : {"", "10", "1000", "0100", " 100", "100 "}) {
    EXPECT_EQ(Find(index, id), People{}) << id;
  }
}

TEST(IdIndex, AnEmptyIndexFindsNobody) {
  IdIndex index(&Vault());
  index.Finish();
  EXPECT_EQ(Find(index, "1"), People{});
  EXPECT_EQ(Find(index, ""), People{});
}

TEST(IdIndex, AnIdOfSeveralPeopleNamesThemAll) {
  IdIndex index(&Vault());
  RC_ASSERT_OK(index.Add(3, v1::SUBJECT_KIND_STUDENT, IndexOf("7")));
  RC_ASSERT_OK(index.Add(5, v1::SUBJECT_KIND_STAFF, IndexOf("7")));
  RC_ASSERT_OK(index.Add(5, v1::SUBJECT_KIND_STAFF, IndexOf("8")));
  RC_ASSERT_OK(index.Add(5, v1::SUBJECT_KIND_STAFF, IndexOf("7")));
  RC_ASSERT_OK(index.Add(9, v1::SUBJECT_KIND_STUDENT, IndexOf("7")));
  index.Finish();
  EXPECT_EQ(Find(index, "7"), (People{3, 5, 9}));
  EXPECT_EQ(Find(index, "7", v1::SUBJECT_KIND_STUDENT), (People{3, 9}));
  EXPECT_EQ(Find(index, "7", v1::SUBJECT_KIND_STAFF), People{5});
  EXPECT_EQ(Find(index, "8"), People{5});
  EXPECT_EQ(Find(index, "8", v1::SUBJECT_KIND_STUDENT), People{});
  EXPECT_EQ(Find(index, "7", v1::SUBJECT_KIND_GUARDIAN), People{});
}

TEST(IdIndex, AgreesWithAMapOnManyIdsAndStaysSmall) {
  std::mt19937 random(20250208);
  std::unordered_map<std::string, People> expected;
  IdIndex index(&Vault());
  constexpr std::uint32_t kPeople = 200'000;
  for (std::uint32_t person = 1; person <= kPeople; ++person) {
    // Some ids are those of others.
    const std::string id = absl::StrCat(100'000'000 + random() % 10'000'000);
    RC_ASSERT_OK(index.Add(person, v1::SUBJECT_KIND_STUDENT, IndexOf(id)));
    expected[id].push_back(person);
  }
  index.Finish();
  EXPECT_EQ(index.person_limit(), kPeople + 1);
  std::vector<std::string> texts;
  for (const auto& [id, people] : expected) {
    texts.push_back(id);
    texts.push_back("9" + id);
  }
  const std::vector<std::string_view> ids(texts.begin(), texts.end());
  std::size_t next = 0;
  std::vector<bool> seen(index.place_count());
  index.Find(ids, v1::SUBJECT_KIND_UNSPECIFIED, [&](std::size_t at, const IdIndex::Match& match) {
    ASSERT_EQ(at, next++);
    const auto found = expected.find(texts[at]);
    const People people(match.people.begin(), match.people.end());
    ASSERT_EQ(people, found == expected.end() ? People{} : found->second) << texts[at];
    ASSERT_EQ(match.place == IdIndex::kNoPlace, people.empty());
    if (people.empty()) return;
    ASSERT_FALSE(seen[match.place]);
    seen[match.place] = true;
  });
  EXPECT_EQ(next, ids.size());
  EXPECT_LT(index.memory(), kPeople * 30ULL);
}

TEST(IdIndex, APersonNumberBeyondTheSetsIsRefused) {
  IdIndex index(&Vault());
  EXPECT_THAT(index.Add(std::int64_t{1} << 30, v1::SUBJECT_KIND_STUDENT, IndexOf("1")),
              IsError(absl::StatusCode::kResourceExhausted, "TOO_MANY_PEOPLE"));
}

class IdIndexStoreTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto driver = OpenSqlite(dir_.Path("register.db"));
    RC_ASSERT_OK(driver);
    auto store = Store::Open(*std::move(driver), absl::UnixEpoch(), &vault_);
    RC_ASSERT_OK(store);
    store_ = *std::move(store);
  }

  // An import that says so much of one person.
  void Import(std::int64_t import, std::int64_t person, int kind, const std::string& id,
              bool existed) {
    RC_ASSERT_OK(
        store_->Write({"t", "t", absl::UnixEpoch(), nullptr}, [&](WriteTx& tx) -> absl::Status {
          if (!existed) RC_RETURN_IF_ERROR(InsertPerson(tx, person, kind));
          PersonFact fact;
          fact.person_id = person;
          fact.district_id = id;
          fact.state_id = "s" + id;
          fact.source_id = "x" + id;
          RC_RETURN_IF_ERROR(WritePersonFact(tx, fact, existed));
          return InsertImport(tx, import, "d", "{}");
        }));
  }

  absl::StatusOr<IdIndexCache::Entry> Get(v1::ListIdKind kind, std::int64_t revision = kNewest) {
    absl::StatusOr<IdIndexCache::Entry> entry = absl::InternalError("");
    RC_RETURN_IF_ERROR(store_->Read(nullptr, [&](ReadTx& tx) {
      entry = cache_.Get(tx, kind, revision);
      return entry.status();
    }));
    return entry;
  }

  testing::TempDir dir_;
  testing::TestVault vault_;
  std::unique_ptr<Store> store_;
  IdIndexCache cache_;
};

TEST_F(IdIndexStoreTest, AnyVersionUpToTheRevisionCountsAndGuardiansNever) {
  Import(1, 1, 1, "old", false);
  Import(2, 1, 1, "new", true);
  Import(3, 2, 3, "parent", false);
  const auto newest = Get(v1::LIST_ID_KIND_UNSPECIFIED);
  RC_ASSERT_OK(newest);
  EXPECT_EQ(newest->roster_revision, 3);
  EXPECT_EQ(Find(*newest->index, "old"), People{1});
  EXPECT_EQ(Find(*newest->index, "new"), People{1});
  EXPECT_EQ(Find(*newest->index, "parent"), People{});
  const auto first = Get(v1::LIST_ID_KIND_DISTRICT_ID, 1);
  RC_ASSERT_OK(first);
  EXPECT_EQ(first->roster_revision, 1);
  EXPECT_EQ(Find(*first->index, "new"), People{});
  EXPECT_EQ(Find(*Get(v1::LIST_ID_KIND_STATE_ID)->index, "snew"), People{1});
  EXPECT_EQ(Find(*Get(v1::LIST_ID_KIND_SOURCE_ID)->index, "xold"), People{1});
}

TEST_F(IdIndexStoreTest, TheTwoUsedLastAreKept) {
  Import(1, 1, 1, "a", false);
  const auto district = Get(v1::LIST_ID_KIND_DISTRICT_ID);
  RC_ASSERT_OK(district);
  EXPECT_EQ(Get(v1::LIST_ID_KIND_UNSPECIFIED)->index, district->index);
  const auto state = Get(v1::LIST_ID_KIND_STATE_ID);
  RC_ASSERT_OK(state);
  EXPECT_EQ(Get(v1::LIST_ID_KIND_DISTRICT_ID)->index, district->index);
  RC_ASSERT_OK(Get(v1::LIST_ID_KIND_SOURCE_ID));
  EXPECT_EQ(Get(v1::LIST_ID_KIND_DISTRICT_ID)->index, district->index);
  EXPECT_NE(Get(v1::LIST_ID_KIND_STATE_ID)->index, state->index);
}

}  // namespace
}  // namespace rollcall::roster
