// The lists that statements come with, matched to people; the frozen people of cases.

#include <algorithm>
#include <tuple>
#include <vector>

#include "absl/strings/str_cat.h"
#include "rollcall/v1/case_service.pb.h"
#include "rollcall/v1/incident_service.pb.h"
#include "storage/case_store.h"
#include "storage/register_tables.h"
#include "storage/roster_store.h"
#include "storage/statement_store.h"
#include "tests/conformance/store_conformance.h"

namespace rollcall::testing {
namespace {

constexpr char kStatement[] = "incidents/base/statements/1";
constexpr int kStudent = 1;
constexpr int kStaff = 2;
constexpr int kGuardian = 3;

using Pairs = std::vector<std::pair<std::int64_t, std::int64_t>>;

// A statement record, whose name the entries refer to.
absl::Status AddStatement(WriteTx& tx, const std::string& name = kStatement) {
  v1::Statement statement;
  statement.set_name(name);
  return StatementTable().Insert(tx, &statement);
}

absl::Status AddEntries(WriteTx& tx, const std::vector<std::string>& ids,
                        const std::string& statement = kStatement) {
  std::int64_t position = 0;
  for (const std::string& id : ids) {
    v1::StatementEntry entry;
    entry.set_id(id);
    RC_RETURN_IF_ERROR(InsertStatementEntry(tx, statement, ++position, entry));
  }
  return absl::OkStatus();
}

absl::Status AddPerson(WriteTx& tx, std::int64_t id, int kind, const std::string& district_id,
                       const std::string& state_id = "", const std::string& source_id = "") {
  RC_RETURN_IF_ERROR(InsertPerson(tx, id, kind));
  PersonFact fact;
  fact.person_id = id;
  fact.current = true;
  fact.district_id = district_id;
  fact.state_id = state_id;
  fact.source_id = source_id;
  return WritePersonFact(tx, fact, /*existed=*/false);
}

absl::StatusOr<Pairs> Matches(ReadTx& tx, v1::ListIdKind id_kind, v1::SubjectKind subject,
                              std::int64_t revision) {
  Pairs pairs;
  RC_RETURN_IF_ERROR(
      ForEachEntryMatch(tx, kStatement, id_kind, subject, revision, [&](const EntryMatch& match) {
        pairs.emplace_back(match.position, match.person_id);
        return absl::OkStatus();
      }));
  return pairs;
}

#define EXPECT_MATCHES(id_kind, subject, revision, ...)                              \
  RC_EXPECT_OK(Read([&](ReadTx& tx) -> absl::Status {                                \
    RC_ASSIGN_OR_RETURN(const Pairs pairs, Matches(tx, id_kind, subject, revision)); \
    EXPECT_EQ(pairs, (Pairs __VA_ARGS__));                                           \
    return absl::OkStatus();                                                         \
  }))

TEST_P(StoreConformance, EntriesMatchByTheKindOfIdThatTheListHas) {
  AddParents();
  MustWrite([](WriteTx& tx) -> absl::Status {
    RC_RETURN_IF_ERROR(AddPerson(tx, 1, kStudent, "100", "900", "src-1"));
    RC_RETURN_IF_ERROR(AddPerson(tx, 2, kStudent, "900", "100", "src-2"));
    RC_RETURN_IF_ERROR(AddStatement(tx));
    return AddEntries(tx, {"100", "900", "src-1", "Src-1"});
  });
  const auto any = v1::SUBJECT_KIND_UNSPECIFIED;
  EXPECT_MATCHES(v1::LIST_ID_KIND_DISTRICT_ID, any, kNewest, {{1, 1}, {2, 2}, {3, 0}, {4, 0}});
  EXPECT_MATCHES(v1::LIST_ID_KIND_UNSPECIFIED, any, kNewest, {{1, 1}, {2, 2}, {3, 0}, {4, 0}});
  EXPECT_MATCHES(v1::LIST_ID_KIND_STATE_ID, any, kNewest, {{1, 2}, {2, 1}, {3, 0}, {4, 0}});
  EXPECT_MATCHES(v1::LIST_ID_KIND_SOURCE_ID, any, kNewest, {{1, 0}, {2, 0}, {3, 1}, {4, 0}});
}

TEST_P(StoreConformance, AnEntryThatNamesTwoPeopleNamesBoth) {
  AddParents();
  MustWrite([](WriteTx& tx) -> absl::Status {
    RC_RETURN_IF_ERROR(AddPerson(tx, 5, kStudent, "7"));
    RC_RETURN_IF_ERROR(AddPerson(tx, 3, kStaff, "7"));
    RC_RETURN_IF_ERROR(AddStatement(tx));
    return AddEntries(tx, {"7", "8"});
  });
  EXPECT_MATCHES(v1::LIST_ID_KIND_DISTRICT_ID, v1::SUBJECT_KIND_UNSPECIFIED, kNewest,
                 {{1, 3}, {1, 5}, {2, 0}});
  EXPECT_MATCHES(v1::LIST_ID_KIND_DISTRICT_ID, v1::SUBJECT_KIND_STUDENT, kNewest, {{1, 5}, {2, 0}});
  EXPECT_MATCHES(v1::LIST_ID_KIND_DISTRICT_ID, v1::SUBJECT_KIND_STAFF, kNewest, {{1, 3}, {2, 0}});
}

TEST_P(StoreConformance, GuardiansAreNeverOnAList) {
  AddParents();
  MustWrite([](WriteTx& tx) -> absl::Status {
    RC_RETURN_IF_ERROR(AddPerson(tx, 1, kGuardian, "7"));
    RC_RETURN_IF_ERROR(AddStatement(tx));
    return AddEntries(tx, {"7"});
  });
  for (const auto subject : {v1::SUBJECT_KIND_UNSPECIFIED, v1::SUBJECT_KIND_GUARDIAN}) {
    EXPECT_MATCHES(v1::LIST_ID_KIND_DISTRICT_ID, subject, kNewest, {{1, 0}});
  }
}

TEST_P(StoreConformance, APersonIsFoundByAnIdOfLongAgoButNotByOneOfTheFuture) {
  AddParents();
  const std::int64_t old_id = MustWrite([](WriteTx& tx) -> absl::Status {
    RC_RETURN_IF_ERROR(AddPerson(tx, 1, kStudent, "old"));
    RC_RETURN_IF_ERROR(AddStatement(tx));
    return AddEntries(tx, {"old", "new"});
  });
  const std::int64_t new_id = MustWrite([](WriteTx& tx) {
    PersonFact fact;
    fact.person_id = 1;
    fact.district_id = "new";
    return WritePersonFact(tx, fact, /*existed=*/true);
  });
  const auto kind = v1::LIST_ID_KIND_DISTRICT_ID;
  const auto any = v1::SUBJECT_KIND_UNSPECIFIED;
  EXPECT_MATCHES(kind, any, old_id - 1, {{1, 0}, {2, 0}});
  EXPECT_MATCHES(kind, any, old_id, {{1, 1}, {2, 0}});
  EXPECT_MATCHES(kind, any, new_id, {{1, 1}, {2, 1}});
}

TEST_P(StoreConformance, APersonWithTheSameIdInManyVersionsIsNamedOnce) {
  AddParents();
  MustWrite([](WriteTx& tx) -> absl::Status {
    RC_RETURN_IF_ERROR(AddPerson(tx, 1, kStudent, "7"));
    RC_RETURN_IF_ERROR(AddStatement(tx));
    return AddEntries(tx, {"7", "7"});
  });
  for (int i = 0; i < 3; ++i) {
    MustWrite([&](WriteTx& tx) {
      PersonFact fact;
      fact.person_id = 1;
      fact.district_id = "7";
      fact.given_name = absl::StrCat(i);
      return WritePersonFact(tx, fact, /*existed=*/true);
    });
  }
  EXPECT_MATCHES(v1::LIST_ID_KIND_DISTRICT_ID, v1::SUBJECT_KIND_UNSPECIFIED, kNewest,
                 {{1, 1}, {2, 1}});
}

TEST_P(StoreConformance, AnEmptyIdOfAPersonMatchesNoEntry) {
  AddParents();
  MustWrite([](WriteTx& tx) -> absl::Status {
    RC_RETURN_IF_ERROR(AddPerson(tx, 1, kStudent, ""));
    RC_RETURN_IF_ERROR(AddStatement(tx));
    return AddEntries(tx, {"", "%", "_"});
  });
  EXPECT_MATCHES(v1::LIST_ID_KIND_DISTRICT_ID, v1::SUBJECT_KIND_UNSPECIFIED, kNewest,
                 {{1, 0}, {2, 0}, {3, 0}});
}

TEST_P(StoreConformance, ListsOfTwoStatementsDoNotMix) {
  AddParents();
  MustWrite([](WriteTx& tx) -> absl::Status {
    RC_RETURN_IF_ERROR(AddPerson(tx, 1, kStudent, "1"));
    RC_RETURN_IF_ERROR(AddPerson(tx, 2, kStudent, "2"));
    RC_RETURN_IF_ERROR(AddStatement(tx));
    RC_RETURN_IF_ERROR(AddStatement(tx, "incidents/base/statements/2"));
    RC_RETURN_IF_ERROR(AddEntries(tx, {"2"}));
    return AddEntries(tx, {"1", "9"}, "incidents/base/statements/2");
  });
  EXPECT_MATCHES(v1::LIST_ID_KIND_DISTRICT_ID, v1::SUBJECT_KIND_UNSPECIFIED, kNewest, {{1, 2}});
}

TEST_P(StoreConformance, UnmatchedEntriesAreListedBehindAPositionUntilTheVisitorStops) {
  AddParents();
  MustWrite([](WriteTx& tx) -> absl::Status {
    RC_RETURN_IF_ERROR(AddPerson(tx, 1, kStudent, "known"));
    RC_RETURN_IF_ERROR(AddStatement(tx));
    return AddEntries(tx, {"a", "known", "b", "B", "c"});
  });
  const auto unmatched = [&](std::int64_t after, std::size_t most) {
    std::vector<std::pair<std::int64_t, std::string>> found;
    RC_EXPECT_OK(Read([&](ReadTx& tx) {
      return ForEachUnmatchedEntry(
          tx, kStatement, v1::LIST_ID_KIND_DISTRICT_ID, v1::SUBJECT_KIND_UNSPECIFIED, after,
          [&](std::int64_t position, std::string_view id) -> absl::StatusOr<bool> {
            found.emplace_back(position, std::string(id));
            return found.size() < most;
          });
    }));
    return found;
  };
  using Found = std::vector<std::pair<std::int64_t, std::string>>;
  EXPECT_EQ(unmatched(0, 99), (Found{{1, "a"}, {3, "b"}, {4, "B"}, {5, "c"}}));
  EXPECT_EQ(unmatched(3, 99), (Found{{4, "B"}, {5, "c"}}));
  EXPECT_EQ(unmatched(0, 2), (Found{{1, "a"}, {3, "b"}}));
  EXPECT_EQ(unmatched(5, 99), Found{});
}

TEST_P(StoreConformance, RepeatedEntriesAreCountedExactly) {
  AddParents();
  MustWrite([](WriteTx& tx) -> absl::Status {
    RC_RETURN_IF_ERROR(AddStatement(tx));
    return AddEntries(tx, {"a", "b", "a", "A", "a ", "a", "b"});
  });
  RC_EXPECT_OK(Read([](ReadTx& tx) -> absl::Status {
    RC_ASSIGN_OR_RETURN(const std::int64_t repeated, CountRepeatedEntries(tx, kStatement));
    EXPECT_EQ(repeated, 3);
    RC_ASSIGN_OR_RETURN(const std::int64_t none, CountRepeatedEntries(tx, "incidents/none"));
    EXPECT_EQ(none, 0);
    return absl::OkStatus();
  }));
}

TEST_P(StoreConformance, AnEntryKeepsItsOwnElements) {
  AddParents();
  MustWrite([](WriteTx& tx) -> absl::Status {
    RC_RETURN_IF_ERROR(AddStatement(tx));
    v1::StatementEntry entry;
    entry.set_id("1");
    entry.add_data_elements("dataElements/student.b");
    entry.add_data_elements("dataElements/student.a");
    RC_RETURN_IF_ERROR(InsertStatementEntry(tx, kStatement, 1, entry));
    entry.clear_data_elements();
    return InsertStatementEntry(tx, kStatement, 2, entry);
  });
  std::vector<std::vector<std::string>> elements;
  RC_EXPECT_OK(Read([&](ReadTx& tx) {
    return ForEachEntryMatch(tx, kStatement, v1::LIST_ID_KIND_DISTRICT_ID,
                             v1::SUBJECT_KIND_UNSPECIFIED, kNewest, [&](const EntryMatch& match) {
                               elements.push_back(match.data_elements);
                               return absl::OkStatus();
                             });
  }));
  EXPECT_EQ(elements, (std::vector<std::vector<std::string>>{
                          {"dataElements/student.b", "dataElements/student.a"}, {}}));
}

TEST_P(StoreConformance, EntriesNeedAStatementAndAPlaceOfTheirOwn) {
  AddParents();
  EXPECT_THAT(Write([](WriteTx& tx) { return AddEntries(tx, {"1"}, "incidents/x/statements/9"); }),
              IsError(absl::StatusCode::kFailedPrecondition, "REFERENCE_UNKNOWN"));
  MustWrite([](WriteTx& tx) -> absl::Status {
    RC_RETURN_IF_ERROR(AddStatement(tx));
    return AddEntries(tx, {"1"});
  });
  EXPECT_THAT(Write([](WriteTx& tx) { return AddEntries(tx, {"2"}); }),
              IsError(absl::StatusCode::kAlreadyExists, "ALREADY_EXISTS"));
  EXPECT_THAT(Write([](WriteTx& tx) {
                return InsertStatementEntry(tx, kStatement, 0, v1::StatementEntry());
              }),
              IsError(absl::StatusCode::kFailedPrecondition, "CONSTRAINT"));
}

TEST_P(StoreConformance, AListOfManyThousandsIsMatchedWhole) {
  constexpr std::int64_t kEntries = 20'000;
  AddParents();
  MustWrite([](WriteTx& tx) -> absl::Status {
    RC_RETURN_IF_ERROR(AddStatement(tx));
    for (std::int64_t i = 1; i <= kEntries; ++i) {
      if (i % 2 == 0) RC_RETURN_IF_ERROR(AddPerson(tx, i, kStudent, absl::StrCat(i)));
      v1::StatementEntry entry;
      entry.set_id(absl::StrCat(i));
      RC_RETURN_IF_ERROR(InsertStatementEntry(tx, kStatement, i, entry));
    }
    return absl::OkStatus();
  });
  RC_EXPECT_OK(Read([](ReadTx& tx) -> absl::Status {
    RC_ASSIGN_OR_RETURN(const Pairs pairs, Matches(tx, v1::LIST_ID_KIND_DISTRICT_ID,
                                                   v1::SUBJECT_KIND_STUDENT, kNewest));
    EXPECT_EQ(pairs.size(), static_cast<std::size_t>(kEntries));
    for (const auto& [position, person] : pairs) {
      if (person != (position % 2 == 0 ? position : 0)) {
        ADD_FAILURE() << "entry " << position << " names " << person;
        break;
      }
    }
    return absl::OkStatus();
  }));
}

TEST_P(StoreConformance, ACaseKeepsItsGroupsSendingsAndPeople) {
  AddParents();
  const std::string bytes("\0\x3A\xFF\0", 4);
  MustWrite([&](WriteTx& tx) -> absl::Status {
    for (const char* name : {"cases/a", "cases/b"}) {
      v1::Case record;
      record.set_name(name);
      record.set_incident("incidents/base");
      record.set_statement("incidents/base");
      RC_RETURN_IF_ERROR(CaseTable().Insert(tx, &record));
    }
    for (const std::int64_t position : {2, 0, 1}) {
      CaseGroup group;
      group.elements.add_elements()->set_data_element(absl::StrCat("dataElements/", position));
      group.people = position == 1 ? "" : bytes;
      RC_RETURN_IF_ERROR(InsertCaseGroup(tx, "cases/a", position, group));
    }
    RC_RETURN_IF_ERROR(InsertCasePeople(tx, "cases/a", "current", bytes));
    RC_RETURN_IF_ERROR(InsertCasePeople(tx, "cases/a", "channel:1", "x"));
    for (const std::int64_t position : {2, 1}) {
      RC_RETURN_IF_ERROR(InsertCaseSending(
          tx, "cases/a", {position, "2025-02-2" + absl::StrCat(position), "receipt", bytes}));
    }
    return absl::OkStatus();
  });
  RC_EXPECT_OK(Read([&](ReadTx& tx) -> absl::Status {
    RC_ASSIGN_OR_RETURN(const auto groups, CaseGroups(tx, "cases/a"));
    EXPECT_EQ(groups.size(), 3U);
    for (std::size_t i = 0; i < groups.size(); ++i) {
      EXPECT_EQ(groups[i].elements.elements(0).data_element(), absl::StrCat("dataElements/", i));
      EXPECT_EQ(groups[i].people, i == 1 ? "" : bytes);
    }
    RC_ASSIGN_OR_RETURN(const auto sendings, CaseSendings(tx, "cases/a"));
    EXPECT_EQ(sendings.size(), 2U);
    for (std::size_t i = 0; i < sendings.size(); ++i) {
      EXPECT_EQ(sendings[i].position, static_cast<std::int64_t>(i) + 1);
      EXPECT_EQ(sendings[i].sent_date, absl::StrCat("2025-02-2", i + 1));
      EXPECT_EQ(sendings[i].evidence, "receipt");
      EXPECT_EQ(sendings[i].people, bytes);
    }
    EXPECT_EQ(*CasePeople(tx, "cases/a", "current"), bytes);
    EXPECT_EQ(*CasePeople(tx, "cases/a", "channel:1"), "x");
    EXPECT_EQ(*CasePeople(tx, "cases/a", "channel:2"), "");
    EXPECT_EQ(*CasePeople(tx, "cases/b", "current"), "");
    EXPECT_TRUE(CaseGroups(tx, "cases/b")->empty());
    EXPECT_TRUE(CaseSendings(tx, "cases/b")->empty());
    return absl::OkStatus();
  }));
  EXPECT_THAT(Write([&](WriteTx& tx) { return InsertCaseGroup(tx, "cases/a", 0, CaseGroup()); }),
              IsError(absl::StatusCode::kAlreadyExists, "ALREADY_EXISTS"));
  EXPECT_THAT(Write([&](WriteTx& tx) { return InsertCasePeople(tx, "cases/x", "current", ""); }),
              IsError(absl::StatusCode::kFailedPrecondition, "REFERENCE_UNKNOWN"));
}

}  // namespace
}  // namespace rollcall::testing
