// Sealed fields: every byte of them counts, none can be moved, an erased person is gone, keys can
// be changed, and a register that was kept in the open is sealed whole.

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/str_cat.h"
#include "rollcall/v1/incident_service.pb.h"
#include "rollcall/v1/transfer_service.pb.h"
#include "storage/people_set_store.h"
#include "storage/person_key_store.h"
#include "storage/register_tables.h"
#include "storage/resealing.h"
#include "storage/roster_store.h"
#include "storage/seal_plain_rows.h"
#include "storage/sealed_rows.h"
#include "storage/statement_store.h"
#include "storage/value_codec.h"
#include "tests/conformance/older_driver.h"
#include "tests/conformance/sealing_conformance.h"

namespace rollcall::testing {
namespace {

const auto kUnreadable = [] {
  return IsError(absl::StatusCode::kDataLoss, "SEALED_VALUE_UNREADABLE");
};

absl::Status AddLists(WriteTx& tx, const std::string& statement_name,
                      const std::string& transfer_name) {
  v1::Statement statement;
  statement.set_name(statement_name);
  RC_RETURN_IF_ERROR(StatementTable().Insert(tx, &statement));
  std::int64_t position = 0;
  for (const char* id : {"d-ana", "nobody", "else"}) {
    v1::StatementEntry entry;
    entry.set_id(id);
    RC_RETURN_IF_ERROR(InsertStatementEntry(tx, statement_name, ++position, entry));
  }
  v1::Transfer transfer;
  transfer.set_name(transfer_name);
  *transfer.mutable_send_date() = ToDate(absl::CivilDay(2024, 9, 1));
  RC_RETURN_IF_ERROR(TransferTable().Insert(tx, &transfer));
  UnmatchedIds unmatched;
  unmatched.Add(3, "stranger");
  RC_RETURN_IF_ERROR(PutPeople(tx, transfer_name, "set", 1, unmatched));
  return PutAnswer(tx, "id", {"digest", "answer"});
}

}  // namespace

PersonFact SealingConformance::FactOf(std::int64_t person_id, const std::string& name) {
  PersonFact fact;
  fact.person_id = person_id;
  fact.current = true;
  fact.given_name = name;
  fact.district_id = "d-" + name;
  fact.source_id = "s-" + name;
  fact.state_id = "t-" + name;
  fact.birth_date = 15'000;
  fact.email = name + "@example.org";
  return fact;
}

absl::Status SealingConformance::AddPerson(WriteTx& tx, std::int64_t person_id,
                                           const std::string& name) {
  RC_RETURN_IF_ERROR(InsertPerson(tx, person_id, 1));
  return WritePersonFact(tx, FactOf(person_id, name), /*existed=*/false);
}

void SealingConformance::Fill() {
  AddParents();
  MustWrite([](WriteTx& tx) { return AddPerson(tx, 1, "ana"); });
  MustWrite([](WriteTx& tx) -> absl::Status {
    PersonFact married = FactOf(1, "ana");
    married.family_name = "Moss";
    RC_RETURN_IF_ERROR(WritePersonFact(tx, married, /*existed=*/true));
    RC_RETURN_IF_ERROR(AddPerson(tx, kFarPerson, "ben"));
    for (const std::int64_t person : {std::int64_t{1}, kFarPerson}) {
      RC_RETURN_IF_ERROR(WriteProgramSpell(
          tx, {person, "medicaid", 100, std::nullopt, absl::StrCat("M", person)}, false));
      RC_RETURN_IF_ERROR(
          SetAddress(tx, {person, "1 Elm", "", "Oak", "IL", "60601", "US", 200}).status());
    }
    return AddLists(tx, kStatement, kTransfer);
  });
  newest_ = Revision();
}

std::string SealingConformance::BlobAt(std::string_view select) {
  std::string blob;
  RC_EXPECT_OK(Read([&](ReadTx& tx) -> absl::Status {
    RC_ASSIGN_OR_RETURN(Statement * query, tx.Prepare(select));
    ScopedReset reset(query);
    RC_ASSIGN_OR_RETURN(const bool found, query->Step());
    EXPECT_TRUE(found) << select;
    if (found) blob = query->Blob(0);
    return absl::OkStatus();
  }));
  return blob;
}

void SealingConformance::Put(std::string_view update, std::string_view blob) {
  MustWrite([&](WriteTx& tx) -> absl::Status {
    RC_ASSIGN_OR_RETURN(Statement * put, tx.Prepare(update));
    put->BindBlob(1, blob);
    return put->Run();
  });
}

void SealingConformance::ExpectEveryByteCounts(const std::string& table, const std::string& column,
                                               const std::string& where,
                                               absl::FunctionRef<absl::Status(ReadTx&)> read,
                                               std::size_t step) {
  const std::string value =
      BlobAt(absl::StrCat("SELECT ", column, " FROM ", table, " WHERE ", where));
  ASSERT_FALSE(value.empty()) << table;
  const std::string update = absl::StrCat("UPDATE ", table, " SET ", column, " = $1 WHERE ", where);
  std::vector<std::string> damaged = {value.substr(1), value.substr(0, value.size() - 1),
                                      value + '\0'};
  for (std::size_t i = 0; i < value.size(); i += step) {
    std::string flipped = value;
    flipped[i] = static_cast<char>(flipped[i] ^ (1 << (i % 8)));
    damaged.push_back(flipped);
  }
  for (const std::string& bytes : damaged) {
    Put(update, bytes);
    ASSERT_THAT(Read(read), kUnreadable()) << table << '.' << column;
  }
  Put(update, value);
  RC_EXPECT_OK(Read(read));
}

absl::Status SealingConformance::ReadPerson(ReadTx& tx, std::int64_t person_id) {
  return GetPersonFact(tx, person_id).status();
}
absl::Status SealingConformance::ReadEntries(ReadTx& tx) {
  return ForEachUnmatchedEntry(
      tx, kStatement, v1::LIST_ID_KIND_DISTRICT_ID, v1::SUBJECT_KIND_UNSPECIFIED, 0,
      [](std::int64_t, std::string_view) -> absl::StatusOr<bool> { return true; });
}

void SealingConformance::ExpectWhole() {
  RC_EXPECT_OK(Read([&](ReadTx& tx) -> absl::Status {
    RC_ASSIGN_OR_RETURN(const PersonFact ana, GetPersonFact(tx, 1));
    EXPECT_EQ(ana.given_name, "ana");
    EXPECT_EQ(ana.family_name, "Moss");
    EXPECT_EQ(ana.birth_date, 15'000);
    RC_ASSIGN_OR_RETURN(const PersonFact ben, GetPersonFact(tx, kFarPerson));
    EXPECT_EQ(ben.email, "ben@example.org");
    for (const std::int64_t person : {std::int64_t{1}, kFarPerson}) {
      RC_ASSIGN_OR_RETURN(const std::vector<ProgramRow> spells, ProgramSpellsOf(tx, person));
      EXPECT_EQ(spells.size(), 1U);
      EXPECT_EQ(spells.at(0).identifier, absl::StrCat("M", person));
      RC_ASSIGN_OR_RETURN(const std::optional<AddressRow> address, AddressOf(tx, person));
      EXPECT_EQ(address.value(),
                (AddressRow{person, "1 Elm", "", "Oak", "IL", "60601", "US", 200}));
    }
    std::vector<std::int64_t> matched;
    RC_RETURN_IF_ERROR(ForEachEntryMatch(tx, kStatement, v1::LIST_ID_KIND_DISTRICT_ID,
                                         v1::SUBJECT_KIND_UNSPECIFIED, kNewest,
                                         [&](const EntryMatch& match) {
                                           matched.push_back(match.person_id);
                                           return absl::OkStatus();
                                         }));
    EXPECT_EQ(matched, (std::vector<std::int64_t>{1, 0, 0}));
    std::vector<std::string> strangers;
    RC_RETURN_IF_ERROR(ForEachUnmatchedEntry(
        tx, kStatement, v1::LIST_ID_KIND_DISTRICT_ID, v1::SUBJECT_KIND_UNSPECIFIED, 0,
        [&](std::int64_t, std::string_view id) -> absl::StatusOr<bool> {
          strangers.emplace_back(id);
          return true;
        }));
    EXPECT_EQ(strangers, (std::vector<std::string>{"nobody", "else"}));
    RC_ASSIGN_OR_RETURN(const std::string unmatched, GetUnmatched(tx, kTransfer, newest_));
    UnmatchedIds expected;
    expected.Add(3, "stranger");
    EXPECT_EQ(unmatched, expected.bytes());
    RC_ASSIGN_OR_RETURN(const StoredAnswer answer, GetAnswer(tx, "tester", "test.Write", "id"));
    EXPECT_EQ(answer.request_sha256, "digest");
    EXPECT_EQ(answer.response, "answer");
    return absl::OkStatus();
  }));
}

void UpgradeConformance::FillPlain() {
  store_.reset();
  database_ = GetParam().make();
  {
    auto driver = database_->NewDriver();
    RC_ASSERT_OK(driver);
    RC_ASSERT_OK(Store::Open(
        std::make_unique<OlderDriver>(*std::move(driver), "seal_personal_fields"), clock_.Now()));
  }
  RC_ASSERT_OK(RunSql(
      "INSERT INTO revision VALUES (1, 0, 'm', 'p'), (2, 0, 'm', 'p');"
      "INSERT INTO resource VALUES ('incidents/base/statements/1', 'statement'), "
      "('vendors/base/transfers/a', 'transfer');"
      "INSERT INTO person VALUES (1, 1, 1), (300, 1, 2);"
      "INSERT INTO person_fact VALUES "
      "(1, 1, 2, 1, 's-ana', 'd-ana', 't-ana', '', 'ana', '', '', '', '', 15000, '', '', '', "
      "'ana@example.org', '', 0, 0, 77),"
      "(1, 2, NULL, 1, 's-ana', 'd-ana', 't-ana', '', 'ana', '', 'Moss', '', '', 15000, '', '', "
      "'', 'ana@example.org', '', 0, 0, 78),"
      "(300, 2, NULL, 1, 's-ben', 'd-ben', 't-ben', '', 'ben', '', '', '', '', 15000, '', '', "
      "'', 'ben@example.org', '', 0, 0, 79);"
      "INSERT INTO program_spell VALUES (1, 'medicaid', 100, NULL, 'M1', 2, NULL), "
      "(300, 'medicaid', 100, NULL, 'M300', 2, NULL);"
      "INSERT INTO postal_address VALUES "
      "(1, 2, NULL, '1 Elm', '', 'Oak', 'IL', '60601', 'US', 200),"
      "(300, 2, NULL, '1 Elm', '', 'Oak', 'IL', '60601', 'US', 200);"
      "INSERT INTO statement_entry VALUES ('incidents/base/statements/1', 1, 'd-ana', '{}'), "
      "('incidents/base/statements/1', 2, 'nobody', '{}'), "
      "('incidents/base/statements/1', 3, 'else', '{}');"
      "INSERT INTO people_set VALUES (x'"
      "0000000000000000000000000000000000000000000000000000000000000000', 1, x'00');"
      "INSERT INTO named_people VALUES ('vendors/base/transfers/a', 2, x'"
      "0000000000000000000000000000000000000000000000000000000000000000', "
      "x'0308737472616e676572');"
      "INSERT INTO request VALUES ('id', 'tester', 'test.Write', 'digest', "
      "x'616e73776572', 0)"));
  newest_ = 2;
}

namespace {

TEST_P(SealingConformance, EveryByteOfASealedValueCounts) {
  Fill();
  ExpectWhole();
  const auto ana = [](ReadTx& tx) { return ReadPerson(tx, 1); };
  const std::string holds = "person_id = 1 AND revision_to IS NULL";
  ExpectEveryByteCounts("person_fact", "sealed", holds, ana);
  ExpectEveryByteCounts("program_spell", "identifier", holds,
                        [](ReadTx& tx) { return ProgramSpellsOf(tx, 1).status(); });
  ExpectEveryByteCounts("postal_address", "sealed", holds,
                        [](ReadTx& tx) { return AddressOf(tx, 1).status(); });
  ExpectEveryByteCounts("person_key_chunk", "sealed", "chunk = 0", ana, /*step=*/97);
  ExpectEveryByteCounts("statement_entry", "sealed", "position = 2", ReadEntries);
  ExpectEveryByteCounts("named_people", "unmatched", "owner = 'vendors/base/transfers/a'",
                        [&](ReadTx& tx) { return GetUnmatched(tx, kTransfer, newest_).status(); });
  ExpectEveryByteCounts("request", "sealed", "request_id = 'id'", [](ReadTx& tx) {
    return GetAnswer(tx, "tester", "test.Write", "id").status();
  });
  ExpectWhole();
}

TEST_P(SealingConformance, AnOverwrittenFingerprintIsFoundWhenItsRowIsRead) {
  Fill();
  for (const char* column : {"source_index", "district_index", "state_index"}) {
    const std::string mine =
        BlobAt(absl::StrCat("SELECT ", column, " FROM person_fact WHERE person_id = 1"));
    const std::string his =
        BlobAt(absl::StrCat("SELECT ", column, " FROM person_fact WHERE person_id = ", kFarPerson));
    const std::string update =
        absl::StrCat("UPDATE person_fact SET ", column, " = $1 WHERE person_id = 1");
    Put(update, his);
    EXPECT_THAT(Read([](ReadTx& tx) { return ReadPerson(tx, 1); }), kUnreadable()) << column;
    Put(update, mine);
  }
  ExpectWhole();
}

TEST_P(SealingConformance, NothingSealedOpensInAnotherPlace) {
  Fill();
  const auto move = [&](const std::string& table, const std::string& column,
                        const std::string& from, const std::string& to,
                        absl::FunctionRef<absl::Status(ReadTx&)> read) {
    const auto at = [&](const std::string& where) {
      return BlobAt(absl::StrCat("SELECT ", column, " FROM ", table, " WHERE ", where));
    };
    const std::string before = at(to);
    const std::string update = absl::StrCat("UPDATE ", table, " SET ", column, " = $1 WHERE ", to);
    Put(update, at(from));
    EXPECT_THAT(Read(read), kUnreadable()) << table << ": " << from << " to " << to;
    Put(update, before);
  };
  const std::string ana = "person_id = 1 AND revision_to IS NULL";
  const std::string ben = absl::StrCat("person_id = ", kFarPerson);
  const auto read_ana = [](ReadTx& tx) { return ReadPerson(tx, 1); };
  const auto read_programs = [](ReadTx& tx) { return ProgramSpellsOf(tx, 1).status(); };
  move("person_fact", "sealed", ben, ana, read_ana);
  move("program_spell", "identifier", ben, ana, read_programs);
  move("postal_address", "sealed", ben, ana, [](ReadTx& tx) { return AddressOf(tx, 1).status(); });
  move("person_key_chunk", "sealed", "chunk = 1", "chunk = 0", read_ana);
  move("statement_entry", "sealed", "position = 3", "position = 2", ReadEntries);
  // An earlier version of the same person over the one that holds.
  move("person_fact", "sealed", "person_id = 1 AND revision_to IS NOT NULL", ana, read_ana);
  // Another column of the same person.
  Put("UPDATE program_spell SET identifier = $1 WHERE person_id = 1",
      BlobAt("SELECT sealed FROM postal_address WHERE person_id = 1"));
  EXPECT_THAT(Read(read_programs), kUnreadable());
}

TEST_P(SealingConformance, AListOfPeopleWithAnUnreadableRowFailsAndIsNotShorter) {
  Fill();
  Put("UPDATE person_fact SET sealed = $1 WHERE person_id = 300", "");
  std::int64_t visited = 0;
  const absl::Status status = Read([&](ReadTx& tx) {
    return ListPersonFacts(tx, 0, 0, "", std::nullopt,
                           [&](const PersonFact&) -> absl::StatusOr<bool> {
                             ++visited;
                             return true;
                           });
  });
  EXPECT_THAT(status, kUnreadable());
  EXPECT_EQ(visited, 1);
}

TEST_P(SealingConformance, AMissingChunkIsDamageAndNotErasure) {
  Fill();
  RC_ASSERT_OK(RunSql("DELETE FROM person_key_chunk WHERE chunk = 1"));
  EXPECT_THAT(Read([](ReadTx& tx) { return ReadPerson(tx, kFarPerson); }), kUnreadable());
  EXPECT_THAT(Read([](ReadTx& tx) { return tx.person_keys().Erased(kFarPerson).status(); }),
              kUnreadable());
  RC_EXPECT_OK(Read([](ReadTx& tx) { return ReadPerson(tx, 1); }));
  // Nor does a new neighbour begin the chunk anew, with nobody's key in it but his own.
  EXPECT_THAT(Write([](WriteTx& tx) { return tx.person_keys().Make(kFarPerson + 1); }),
              kUnreadable());
  EXPECT_THAT(Read([](ReadTx& tx) { return ReadPerson(tx, kFarPerson); }), kUnreadable());
}

TEST_P(SealingConformance, AnErasedPersonIsGoneInEveryVersionAndStillCounted) {
  Fill();
  MustWrite([](WriteTx& tx) { return tx.person_keys().Destroy(1); });
  RC_EXPECT_OK(Read([](ReadTx& tx) -> absl::Status {
    RC_ASSIGN_OR_RETURN(const PersonFact ana, GetPersonFact(tx, 1));
    EXPECT_TRUE(ana.erased);
    EXPECT_TRUE(ana.current);
    EXPECT_EQ(ana.given_name + ana.family_name + ana.district_id + ana.email, "");
    EXPECT_FALSE(ana.birth_date.has_value());
    RC_ASSIGN_OR_RETURN(const std::optional<AddressRow> address, AddressOf(tx, 1));
    EXPECT_FALSE(address.has_value());
    RC_ASSIGN_OR_RETURN(const std::vector<ProgramRow> spells, ProgramSpellsOf(tx, 1));
    EXPECT_EQ(spells.size(), 1U);
    EXPECT_EQ(spells.at(0).identifier, "");
    // The ids still name her, so that earlier exposures can be counted again.
    std::int64_t named = 0;
    RC_RETURN_IF_ERROR(ForEachEntryMatch(tx, kStatement, v1::LIST_ID_KIND_DISTRICT_ID,
                                         v1::SUBJECT_KIND_UNSPECIFIED, kNewest,
                                         [&](const EntryMatch& match) {
                                           if (match.person_id == 1) ++named;
                                           return absl::OkStatus();
                                         }));
    EXPECT_EQ(named, 1);
    return absl::OkStatus();
  }));
  EXPECT_THAT(Write([](WriteTx& tx) { return WritePersonFact(tx, FactOf(1, "ana"), true); }),
              IsError(absl::StatusCode::kFailedPrecondition, "PERSON_ERASED"));
  // Leaving the roster is still recorded, with the ids that she had.
  MustWrite([](WriteTx& tx) -> absl::Status {
    RC_ASSIGN_OR_RETURN(PersonFact ana, GetPersonFact(tx, 1));
    ana.current = false;
    return WritePersonFact(tx, ana, /*existed=*/true);
  });
  EXPECT_EQ(QueryInt("SELECT COUNT(DISTINCT district_index) FROM person_fact WHERE person_id = 1"),
            1);
  EXPECT_EQ(QueryInt("SELECT current FROM person_fact WHERE person_id = 1 AND revision_to IS NULL"),
            0);
}

TEST_P(SealingConformance, KeysOfManyChunksAreMadeInOneTransactionAndUndoneWithIt) {
  constexpr std::int64_t kPeople = 40 * PersonKeyStore::kPeoplePerChunk;
  const auto add = [](WriteTx& tx) -> absl::Status {
    // From both ends, so that chunks are left and come back.
    for (std::int64_t i = 1; i <= kPeople / 2; ++i) {
      for (const std::int64_t person : {i, kPeople + 1 - i}) {
        RC_RETURN_IF_ERROR(AddPerson(tx, person, absl::StrCat("p", person)));
      }
    }
    return absl::OkStatus();
  };
  EXPECT_FALSE(Write([&](WriteTx& tx) -> absl::Status {
                 RC_RETURN_IF_ERROR(add(tx));
                 return absl::InternalError("no");
               }).ok());
  EXPECT_EQ(QueryInt("SELECT COUNT(*) FROM person_key_chunk"), 0);
  MustWrite(add);
  EXPECT_EQ(QueryInt("SELECT COUNT(*) FROM person_key_chunk"), 41);
  std::int64_t next = 0;
  RC_EXPECT_OK(Read([&](ReadTx& tx) {
    return ListPersonFacts(tx, 0, 0, "", std::nullopt,
                           [&](const PersonFact& fact) -> absl::StatusOr<bool> {
                             EXPECT_EQ(fact.given_name, absl::StrCat("p", ++next));
                             return true;
                           });
  }));
  EXPECT_EQ(next, kPeople);
}

TEST_P(SealingConformance, AnotherDataKeyTakesOverEveryColumn) {
  Fill();
  vault_.SetKeys(FixedKeys(2, /*with_earlier=*/true));
  std::set<std::string_view> tables;
  for (const SealedColumn& column : SealedColumns()) {
    tables.insert(column.table);
    ResealStep step;
    MustWrite([&](WriteTx& tx) -> absl::Status {
      RC_ASSIGN_OR_RETURN(step, ResealSome(tx, column, {}));
      return absl::OkStatus();
    });
    EXPECT_TRUE(step.done);
    EXPECT_GT(step.resealed, 0) << column.table;
  }
  EXPECT_EQ(tables.size(), 4U);
  // Nothing needs the earlier key any more.
  access::AesVault next(FixedKeys(2));
  store_.reset();
  auto driver = database_->NewDriver();
  RC_ASSERT_OK(driver);
  auto store = Store::Open(*std::move(driver), clock_.Now(), &next);
  RC_ASSERT_OK(store);
  store_ = *std::move(store);
  ExpectWhole();
  store_.reset();
}

// --- Upgrading -------------------------------------------------------------------------------

TEST_P(UpgradeConformance, ARegisterKeptInTheOpenIsSealedWholeAndOnce) {
  FillPlain();
  Reopen();
  RC_ASSERT_OK(SealPlainRows(*store_, clock_.Now()));
  ExpectWhole();
  EXPECT_EQ(Revision(), 2);
  EXPECT_EQ(QueryInt("SELECT COUNT(*) FROM person_fact"), 3);
  EXPECT_EQ(QueryInt("SELECT COUNT(*) FROM person_fact WHERE content_hash <> 0"), 0);
  EXPECT_EQ(QueryInt("SELECT revision_to FROM person_fact WHERE revision_from = 1"), 2);
  EXPECT_FALSE(RunSql("SELECT * FROM plain_person_fact").ok());
  // Again, and after another start: nothing is done twice.
  RC_ASSERT_OK(SealPlainRows(*store_, clock_.Now()));
  Reopen();
  RC_ASSERT_OK(SealPlainRows(*store_, clock_.Now()));
  ExpectWhole();
  store_.reset();
  RC_EXPECT_OK(database_->CheckIntegrity());
}

TEST_P(UpgradeConformance, WithoutKeysTheOpenRowsStayForTheNextStart) {
  FillPlain();
  {
    auto driver = database_->NewDriver();
    RC_ASSERT_OK(driver);
    auto store = Store::Open(*std::move(driver), clock_.Now());
    RC_ASSERT_OK(store);
    EXPECT_THAT(SealPlainRows(**store, clock_.Now()),
                IsError(absl::StatusCode::kFailedPrecondition, "KEYS_NOT_LOADED"));
  }
  Reopen();
  RC_ASSERT_OK(SealPlainRows(*store_, clock_.Now()));
  ExpectWhole();
}

TEST_P(UpgradeConformance, ANewRegisterHasNothingToSealAndNeedsNoKeysForThat) {
  store_.reset();
  database_ = GetParam().make();
  auto driver = database_->NewDriver();
  RC_ASSERT_OK(driver);
  auto store = Store::Open(*std::move(driver), clock_.Now());
  RC_ASSERT_OK(store);
  RC_EXPECT_OK(SealPlainRows(**store, clock_.Now()));
  RC_EXPECT_OK(SealPlainRows(**store, clock_.Now()));
}

}  // namespace
}  // namespace rollcall::testing
