// People and what the roster says of them, in versions.

#include <limits>
#include <tuple>
#include <vector>

#include "absl/strings/str_cat.h"
#include "storage/roster_store.h"
#include "tests/conformance/store_conformance.h"

namespace rollcall::testing {
namespace {

constexpr int kStudent = 1;
constexpr int kStaff = 2;
constexpr int kGuardian = 3;

PersonFact Fact(std::int64_t person_id, const std::string& given_name = "") {
  PersonFact fact;
  fact.person_id = person_id;
  fact.current = true;
  fact.given_name = given_name;
  return fact;
}

absl::Status AddPerson(WriteTx& tx, std::int64_t person_id, int kind) {
  RC_RETURN_IF_ERROR(InsertPerson(tx, person_id, kind));
  return WritePersonFact(tx, Fact(person_id), /*existed=*/false);
}

absl::Status AddSchool(WriteTx& tx, std::int64_t school_id, const std::string& id) {
  return InsertSchool(tx, {school_id, "schools/" + id, "src-" + id, "School " + id});
}

EnrollmentRow Enrollment(std::int64_t person_id, std::int32_t begin,
                         std::optional<std::int32_t> end = std::nullopt) {
  return {person_id, 2025, 1, "07", begin, end};
}

// Everything a row says, for comparing.
auto Tied(const EnrollmentRow& row) {
  return std::tie(row.person_id, row.school_year, row.school_id, row.grade, row.begin, row.end);
}
auto Tied(const ProgramRow& row) {
  return std::tie(row.person_id, row.program, row.begin, row.end, row.identifier);
}

// The rows that a ForEach function visits, as text.
template <typename ForEach, typename... Arguments>
std::vector<std::string> Visited(Store& store, ForEach for_each, Arguments... arguments) {
  std::vector<std::string> rows;
  const auto day = [](std::optional<std::int32_t> value) {
    return value ? absl::StrCat(*value) : "open";
  };
  RC_EXPECT_OK(store.Read(nullptr, [&](ReadTx& tx) {
    return for_each(tx, arguments..., [&](const auto&... values) {
      if constexpr (sizeof...(values) == 1) {
        const auto& value = std::get<0>(std::tie(values...));
        using Value = std::decay_t<decltype(value)>;
        if constexpr (std::is_same_v<Value, EnrollmentRow>) {
          rows.push_back(absl::StrCat(value.person_id, " ", value.begin, "-", day(value.end)));
        } else if constexpr (std::is_same_v<Value, ProgramColumns>) {
          rows.push_back(absl::StrCat(value.person_id, " ", ToAbsl(value.program), " ", value.begin,
                                      "-", day(value.end), value.has_identifier ? " id" : ""));
        } else {
          rows.push_back(absl::StrCat(value));
        }
      } else {
        std::string row;
        ((row += (row.empty() ? "" : " ") +
                 [](const auto& value) {
                   if constexpr (std::is_convertible_v<decltype(value), std::string_view>) {
                     return std::string(value);
                   } else {
                     return absl::StrCat(value);
                   }
                 }(values)),
         ...);
        rows.push_back(row);
      }
      return absl::OkStatus();
    });
  }));
  return rows;
}

std::vector<std::string> Enrollments(Store& store, std::int64_t revision = kNewest) {
  return Visited(
      store,
      [](ReadTx& tx, std::int64_t at, auto visit) {
        return ForEachEnrollment(tx, at, [&](const EnrollmentRow& row) { return visit(row); });
      },
      revision);
}
std::vector<std::string> Programs(Store& store, std::int64_t revision = kNewest) {
  return Visited(
      store,
      [](ReadTx& tx, std::int64_t at, auto visit) {
        return ForEachProgramSpell(tx, at, [&](const ProgramColumns& row) { return visit(row); });
      },
      revision);
}
std::vector<std::string> Guardians(Store& store, std::int64_t revision = kNewest) {
  return Visited(
      store,
      [](ReadTx& tx, std::int64_t at, auto visit) {
        return ForEachGuardianLink(tx, at, [&](std::int64_t student, std::int64_t guardian) {
          return visit(student, guardian);
        });
      },
      revision);
}
std::vector<std::string> AddressHolders(Store& store, std::int64_t revision = kNewest) {
  return Visited(
      store,
      [](ReadTx& tx, std::int64_t at, auto visit) {
        return ForEachAddressHolder(tx, at, [&](std::int64_t person) { return visit(person); });
      },
      revision);
}
std::vector<std::string> Languages(Store& store, std::int64_t revision = kNewest) {
  return Visited(
      store,
      [](ReadTx& tx, std::int64_t at, auto visit) {
        return ForEachLanguage(tx, at, [&](std::int64_t person, std::string_view language) {
          return visit(person, language);
        });
      },
      revision);
}

std::vector<PersonColumns> Columns(Store& store, std::int64_t revision = kNewest) {
  std::vector<PersonColumns> people;
  RC_EXPECT_OK(store.Read(nullptr, [&](ReadTx& tx) {
    return ForEachPersonColumns(tx, revision, [&](const PersonColumns& person) {
      people.push_back(person);
      return absl::OkStatus();
    });
  }));
  return people;
}

using Texts = std::vector<std::string>;

// Reads one value in a transaction of its own; the test fails if that fails.
template <typename Function>
auto ReadValue(Store& store, Function function) {
  typename decltype(function(std::declval<ReadTx&>()))::value_type value{};
  RC_EXPECT_OK(store.Read(nullptr, [&](ReadTx& tx) -> absl::Status {
    RC_ASSIGN_OR_RETURN(value, function(tx));
    return absl::OkStatus();
  }));
  return value;
}

TEST_P(StoreConformance, APersonsFactsComeBackWhole) {
  PersonFact fact;
  fact.person_id = 7;
  fact.kind = kStaff;
  fact.current = true;
  fact.source_id = "source";
  fact.district_id = "district";
  fact.state_id = "state";
  fact.username = "user";
  fact.given_name = "Zo\xC3\xAB";
  fact.middle_name = "middle";
  fact.family_name = "O'Brien \\ %";
  fact.preferred_given_name = "preferred given";
  fact.preferred_family_name = "preferred family";
  fact.birth_date = -25567;
  fact.gender = "female";
  fact.race = "asian,white";
  fact.birth_place = "Chicago, IL, US";
  fact.email = "zoe@example.org";
  fact.phone = "+1 312 555 0100";
  fact.known = std::numeric_limits<std::uint32_t>::max();
  fact.populated = 0x80000001U;
  fact.content_hash = std::numeric_limits<std::int64_t>::min();
  MustWrite([&](WriteTx& tx) -> absl::Status {
    RC_RETURN_IF_ERROR(InsertPerson(tx, 7, kStaff));
    return WritePersonFact(tx, fact, /*existed=*/false);
  });
  const PersonFact read = ReadValue(*store_, [](ReadTx& tx) { return GetPersonFact(tx, 7); });
  const auto tied = [](const PersonFact& f) {
    return std::tie(f.person_id, f.kind, f.current, f.source_id, f.district_id, f.state_id,
                    f.username, f.given_name, f.middle_name, f.family_name, f.preferred_given_name,
                    f.preferred_family_name, f.birth_date, f.gender, f.race, f.birth_place, f.email,
                    f.phone, f.known, f.populated, f.content_hash);
  };
  EXPECT_TRUE(tied(read) == tied(fact));
  EXPECT_EQ(read.revision_from, 1);
}

TEST_P(StoreConformance, AnUnknownBirthDateIsNotTheFirstOfJanuary1970) {
  MustWrite([](WriteTx& tx) -> absl::Status {
    RC_RETURN_IF_ERROR(AddPerson(tx, 1, kStudent));
    RC_RETURN_IF_ERROR(InsertPerson(tx, 2, kStudent));
    PersonFact fact = Fact(2);
    fact.birth_date = 0;
    return WritePersonFact(tx, fact, /*existed=*/false);
  });
  EXPECT_EQ(ReadValue(*store_, [](ReadTx& tx) { return GetPersonFact(tx, 1); }).birth_date,
            std::nullopt);
  EXPECT_EQ(ReadValue(*store_, [](ReadTx& tx) { return GetPersonFact(tx, 2); }).birth_date, 0);
}

TEST_P(StoreConformance, APersonWhoDoesNotExistIsNotFound) {
  EXPECT_THAT(Read([](ReadTx& tx) { return GetPersonFact(tx, 1).status(); }),
              IsError(absl::StatusCode::kNotFound, "NOT_FOUND"));
  EXPECT_THAT(Write([](WriteTx& tx) { return WritePersonFact(tx, Fact(1), false); }),
              IsError(absl::StatusCode::kFailedPrecondition, "REFERENCE_UNKNOWN"));
  EXPECT_THAT(Write([](WriteTx& tx) { return InsertPerson(tx, 1, 4); }),
              IsError(absl::StatusCode::kFailedPrecondition, "CONSTRAINT"));
  MustWrite([](WriteTx& tx) { return AddPerson(tx, 1, kStudent); });
  EXPECT_THAT(Write([](WriteTx& tx) { return InsertPerson(tx, 1, kStudent); }),
              IsError(absl::StatusCode::kAlreadyExists, "ALREADY_EXISTS"));
}

TEST_P(StoreConformance, AnotherFactClosesTheEarlierOneAndKeepsIt) {
  MustWrite([](WriteTx& tx) { return AddPerson(tx, 1, kStudent); });
  PersonFact second = Fact(1, "second");
  second.known = 2;
  second.populated = 2;
  second.email = "a@example.org";
  MustWrite([&](WriteTx& tx) { return WritePersonFact(tx, second, /*existed=*/true); });
  PersonFact third = Fact(1, "third");
  third.known = 4;
  third.current = false;
  MustWrite([&](WriteTx& tx) { return WritePersonFact(tx, third, /*existed=*/true); });

  const PersonFact now = ReadValue(*store_, [](ReadTx& tx) { return GetPersonFact(tx, 1); });
  EXPECT_EQ(now.given_name, "third");
  EXPECT_EQ(now.revision_from, 3);
  EXPECT_EQ(QueryInt("SELECT COUNT(*) FROM person_fact"), 3);
  EXPECT_EQ(QueryInt("SELECT revision_to FROM person_fact WHERE has_email = 1"), 3);

  EXPECT_TRUE(Columns(*store_, 0).empty());
  const auto at_two = Columns(*store_, 2);
  ASSERT_EQ(at_two.size(), 1U);
  EXPECT_TRUE(at_two[0].current);
  EXPECT_TRUE(at_two[0].has_email);
  EXPECT_EQ(at_two[0].known, 2U);
  const auto newest = Columns(*store_);
  ASSERT_EQ(newest.size(), 1U);
  EXPECT_FALSE(newest[0].current);
  EXPECT_FALSE(newest[0].has_email);
  EXPECT_EQ(newest[0].known, 6U);
  EXPECT_EQ(newest[0].populated, 2U);
}

TEST_P(StoreConformance, ASecondFactOfOneTransactionReplacesTheFirstButForgetsNoField) {
  MustWrite([](WriteTx& tx) -> absl::Status {
    RC_RETURN_IF_ERROR(InsertPerson(tx, 1, kStudent));
    PersonFact fact = Fact(1, "first");
    fact.known = 1;
    fact.populated = 1;
    RC_RETURN_IF_ERROR(WritePersonFact(tx, fact, /*existed=*/false));
    fact.given_name = "second";
    fact.known = 2;
    fact.populated = 0;
    return WritePersonFact(tx, fact, /*existed=*/true);
  });
  EXPECT_EQ(QueryInt("SELECT COUNT(*) FROM person_fact"), 1);
  const PersonFact fact = ReadValue(*store_, [](ReadTx& tx) { return GetPersonFact(tx, 1); });
  EXPECT_EQ(fact.given_name, "second");
  EXPECT_EQ(fact.known, 3U);
  EXPECT_EQ(fact.populated, 1U);
}

TEST_P(StoreConformance, PeopleAreListedByKindDistrictIdAndPresence) {
  MustWrite([](WriteTx& tx) -> absl::Status {
    for (const auto& [id, kind, district_id, current] :
         {std::tuple(3, kStaff, "A1", true), std::tuple(1, kStudent, "A1", true),
          std::tuple(2, kStudent, "a1", false), std::tuple(4, kGuardian, "A1", true)}) {
      RC_RETURN_IF_ERROR(InsertPerson(tx, id, kind));
      PersonFact fact = Fact(id);
      fact.district_id = district_id;
      fact.current = current;
      RC_RETURN_IF_ERROR(WritePersonFact(tx, fact, /*existed=*/false));
    }
    return absl::OkStatus();
  });
  const auto list = [&](std::int64_t after, int kind, std::string_view district_id,
                        std::optional<bool> current, std::size_t most = 99) {
    std::vector<std::int64_t> ids;
    RC_EXPECT_OK(Read([&](ReadTx& tx) {
      return ListPersonFacts(tx, after, kind, district_id, current,
                             [&](const PersonFact& fact) -> absl::StatusOr<bool> {
                               ids.push_back(fact.person_id);
                               return ids.size() < most;
                             });
    }));
    return ids;
  };
  using Ids = std::vector<std::int64_t>;
  EXPECT_EQ(list(0, 0, "", std::nullopt), (Ids{1, 2, 3}));
  EXPECT_EQ(list(1, 0, "", std::nullopt), (Ids{2, 3}));
  EXPECT_EQ(list(0, 0, "", std::nullopt, 2), (Ids{1, 2}));
  EXPECT_EQ(list(0, kStaff, "", std::nullopt), Ids{3});
  EXPECT_EQ(list(0, kGuardian, "", std::nullopt), Ids{4});
  EXPECT_EQ(list(0, 0, "A1", std::nullopt), (Ids{1, 3}));
  EXPECT_EQ(list(0, kStudent, "a1", std::nullopt), Ids{2});
  EXPECT_EQ(list(0, 0, "", true), (Ids{1, 3}));
  EXPECT_EQ(list(0, 0, "", false), Ids{2});
}

TEST_P(StoreConformance, OutlinesAreVisitedInOrderWithWhatHoldsNow) {
  MustWrite([](WriteTx& tx) -> absl::Status {
    RC_RETURN_IF_ERROR(AddPerson(tx, 2, kStudent));
    return AddPerson(tx, 1, kStaff);
  });
  PersonFact fact = Fact(2);
  fact.source_id = "s";
  fact.district_id = "d";
  fact.content_hash = -9;
  fact.populated = 5;
  fact.current = false;
  MustWrite([&](WriteTx& tx) { return WritePersonFact(tx, fact, /*existed=*/true); });
  const auto word = [&](const BlindIndex& index) {
    if (index == kNoIdIndex) return "";
    return index == PersonIdIndex(vault_, "s")   ? "s"
           : index == PersonIdIndex(vault_, "d") ? "d"
                                                 : "?";
  };
  Texts keys;
  RC_EXPECT_OK(Read([&](ReadTx& tx) {
    return ForEachPersonOutline(tx, [&](const PersonOutline& key) {
      keys.push_back(absl::StrCat(key.person_id, " ", key.kind, " ", key.current, " ",
                                  word(key.source), " ", word(key.district), " ", key.populated,
                                  " ", key.content_hash));
      return absl::OkStatus();
    });
  }));
  EXPECT_EQ(keys, (Texts{"1 2 1   0 0", "2 1 0 s d 5 -9"}));
  EXPECT_EQ(ReadValue(*store_, LargestPersonId), 2);
}

TEST_P(StoreConformance, EnrollmentsKeepTheirHistory) {
  MustWrite([](WriteTx& tx) -> absl::Status {
    RC_RETURN_IF_ERROR(AddSchool(tx, 1, "a"));
    RC_RETURN_IF_ERROR(AddPerson(tx, 1, kStudent));
    RC_RETURN_IF_ERROR(WriteEnrollment(tx, Enrollment(1, 200), /*existed=*/false));
    return WriteEnrollment(tx, Enrollment(1, 100, 100), /*existed=*/false);
  });
  MustWrite(
      [](WriteTx& tx) { return WriteEnrollment(tx, Enrollment(1, 200, 300), /*existed=*/true); });
  MustWrite([](WriteTx& tx) { return CloseEnrollment(tx, Enrollment(1, 100)); });
  EXPECT_EQ(Enrollments(*store_, 0), Texts{});
  EXPECT_EQ(Enrollments(*store_, 1), (Texts{"1 100-100", "1 200-open"}));
  EXPECT_EQ(Enrollments(*store_, 2), (Texts{"1 100-100", "1 200-300"}));
  EXPECT_EQ(Enrollments(*store_, 3), Texts{"1 200-300"});
  EXPECT_EQ(Enrollments(*store_), Texts{"1 200-300"});
  const auto rows = ReadValue(*store_, [](ReadTx& tx) { return EnrollmentsOf(tx, 1); });
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(Tied(rows[0]), Tied(Enrollment(1, 200, 300)));

  const auto find = [&](const EnrollmentRow& key) {
    return ReadValue(*store_, [&](ReadTx& tx) { return FindEnrollment(tx, key); });
  };
  EXPECT_FALSE(find(Enrollment(1, 100)).has_value());
  ASSERT_TRUE(find(Enrollment(1, 200)).has_value());
  EXPECT_EQ(find(Enrollment(1, 200))->end, 300);
  EnrollmentRow other = Enrollment(1, 200);
  other.grade = "08";
  EXPECT_FALSE(find(other).has_value());
}

TEST_P(StoreConformance, ASecondEnrollmentOfOneTransactionReplacesTheFirst) {
  MustWrite([](WriteTx& tx) -> absl::Status {
    RC_RETURN_IF_ERROR(AddSchool(tx, 1, "a"));
    RC_RETURN_IF_ERROR(AddPerson(tx, 1, kStudent));
    RC_RETURN_IF_ERROR(WriteEnrollment(tx, Enrollment(1, 100), /*existed=*/false));
    return WriteEnrollment(tx, Enrollment(1, 100, 150), /*existed=*/true);
  });
  EXPECT_EQ(Enrollments(*store_), Texts{"1 100-150"});
  EXPECT_EQ(QueryInt("SELECT COUNT(*) FROM enrollment"), 1);
}

TEST_P(StoreConformance, AnEnrollmentWrittenAndClosedInOneTransactionDoesNotHold) {
  MustWrite([](WriteTx& tx) -> absl::Status {
    RC_RETURN_IF_ERROR(AddSchool(tx, 1, "a"));
    RC_RETURN_IF_ERROR(AddPerson(tx, 1, kStudent));
    RC_RETURN_IF_ERROR(WriteEnrollment(tx, Enrollment(1, 100), /*existed=*/false));
    return CloseEnrollment(tx, Enrollment(1, 100));
  });
  EXPECT_EQ(Enrollments(*store_), Texts{});
}

TEST_P(StoreConformance, AnEnrollmentThatCannotBeIsRefused) {
  MustWrite([](WriteTx& tx) -> absl::Status {
    RC_RETURN_IF_ERROR(AddSchool(tx, 1, "a"));
    return AddPerson(tx, 1, kStudent);
  });
  EnrollmentRow row = Enrollment(1, 100, 99);
  EXPECT_THAT(Write([&](WriteTx& tx) { return WriteEnrollment(tx, row, false); }),
              IsError(absl::StatusCode::kFailedPrecondition, "CONSTRAINT"));
  row = Enrollment(1, 100);
  row.school_id = 9;
  EXPECT_THAT(Write([&](WriteTx& tx) { return WriteEnrollment(tx, row, false); }),
              IsError(absl::StatusCode::kFailedPrecondition, "REFERENCE_UNKNOWN"));
  row = Enrollment(1, 100);
  row.school_year = 25;
  EXPECT_THAT(Write([&](WriteTx& tx) { return WriteEnrollment(tx, row, false); }),
              IsError(absl::StatusCode::kFailedPrecondition, "CONSTRAINT"));
}

TEST_P(StoreConformance, ProgramsKeepTheirHistory) {
  const auto spell = [](std::int32_t begin, std::optional<std::int32_t> end,
                        const std::string& identifier) {
    return ProgramRow{1, "medicaid", begin, end, identifier};
  };
  MustWrite([&](WriteTx& tx) -> absl::Status {
    RC_RETURN_IF_ERROR(AddPerson(tx, 1, kStudent));
    RC_RETURN_IF_ERROR(WriteProgramSpell(tx, spell(100, std::nullopt, "a"), false));
    return WriteProgramSpell(tx, spell(100, std::nullopt, "b"), true);
  });
  MustWrite([&](WriteTx& tx) { return WriteProgramSpell(tx, spell(100, 120, "b"), true); });
  MustWrite([&](WriteTx& tx) { return WriteProgramSpell(tx, spell(90, 95, ""), false); });
  EXPECT_EQ(Programs(*store_, 0), Texts{});
  EXPECT_EQ(Programs(*store_, 1), Texts{"1 medicaid 100-open id"});
  EXPECT_EQ(Programs(*store_, 2), Texts{"1 medicaid 100-120 id"});
  EXPECT_EQ(Programs(*store_), (Texts{"1 medicaid 90-95", "1 medicaid 100-120 id"}));
  const auto rows = ReadValue(*store_, [](ReadTx& tx) { return ProgramSpellsOf(tx, 1); });
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(Tied(rows[1]), Tied(spell(100, 120, "b")));
  const auto find = [&](const ProgramRow& key) {
    return ReadValue(*store_, [&](ReadTx& tx) { return FindProgramSpell(tx, key); });
  };
  EXPECT_EQ(find(spell(100, std::nullopt, ""))->end, 120);
  EXPECT_FALSE(find(spell(101, std::nullopt, "")).has_value());
}

TEST_P(StoreConformance, GuardianLinksKeepTheirHistory) {
  MustWrite([](WriteTx& tx) -> absl::Status {
    RC_RETURN_IF_ERROR(AddPerson(tx, 1, kStudent));
    RC_RETURN_IF_ERROR(AddPerson(tx, 2, kStudent));
    for (const int guardian : {11, 12, 13}) {
      RC_RETURN_IF_ERROR(AddPerson(tx, guardian, kGuardian));
    }
    EXPECT_TRUE(*SetGuardians(tx, 1, {11, 12}, /*existed=*/false));
    EXPECT_TRUE(*SetGuardians(tx, 2, {12}, /*existed=*/false));
    return absl::OkStatus();
  });
  RC_ASSERT_OK(Write([](WriteTx& tx) -> absl::Status {
    EXPECT_FALSE(*SetGuardians(tx, 1, {11, 12}, /*existed=*/true));
    EXPECT_FALSE(tx.changed());
    return absl::OkStatus();
  }));
  MustWrite([](WriteTx& tx) -> absl::Status {
    EXPECT_TRUE(*SetGuardians(tx, 1, {12, 13}, /*existed=*/true));
    return absl::OkStatus();
  });
  MustWrite([](WriteTx& tx) -> absl::Status {
    EXPECT_TRUE(*SetGuardians(tx, 2, {}, /*existed=*/true));
    return absl::OkStatus();
  });
  EXPECT_EQ(Guardians(*store_, 0), Texts{});
  EXPECT_EQ(Guardians(*store_, 1), (Texts{"1 11", "1 12", "2 12"}));
  EXPECT_EQ(Guardians(*store_, 2), (Texts{"1 12", "1 13", "2 12"}));
  EXPECT_EQ(Guardians(*store_), (Texts{"1 12", "1 13"}));
  MustWrite([](WriteTx& tx) { return SetGuardians(tx, 2, {12}, /*existed=*/true).status(); });
  EXPECT_EQ(Guardians(*store_), (Texts{"1 12", "1 13", "2 12"}));
  EXPECT_EQ(ReadValue(*store_, [](ReadTx& tx) { return GuardiansOf(tx, 1); }),
            (std::vector<std::int64_t>{12, 13}));
}

TEST_P(StoreConformance, GuardiansStandInTheOrderGiven) {
  MustWrite([](WriteTx& tx) -> absl::Status {
    RC_RETURN_IF_ERROR(AddPerson(tx, 1, kStudent));
    for (const int guardian : {11, 12, 13}) {
      RC_RETURN_IF_ERROR(AddPerson(tx, guardian, kGuardian));
    }
    return SetGuardians(tx, 1, {12, 11}, /*existed=*/false).status();
  });
  using Ids = std::vector<std::int64_t>;
  const auto guardians = [&] {
    return ReadValue(*store_, [](ReadTx& tx) { return GuardiansOf(tx, 1); });
  };
  EXPECT_EQ(guardians(), (Ids{12, 11}));
  for (const Ids& order : {Ids{11, 12}, Ids{13, 12, 11}, Ids{11, 13}}) {
    MustWrite([&](WriteTx& tx) { return SetGuardians(tx, 1, order, /*existed=*/true).status(); });
    EXPECT_EQ(guardians(), order);
    RC_EXPECT_OK(Write([&](WriteTx& tx) -> absl::Status {
      EXPECT_FALSE(*SetGuardians(tx, 1, order, /*existed=*/true));
      return absl::OkStatus();
    }));
  }
}

TEST_P(StoreConformance, GuardiansSetTwiceInOneTransactionAreTheLastOnes) {
  MustWrite([](WriteTx& tx) -> absl::Status {
    RC_RETURN_IF_ERROR(AddPerson(tx, 1, kStudent));
    RC_RETURN_IF_ERROR(AddPerson(tx, 11, kGuardian));
    RC_RETURN_IF_ERROR(AddPerson(tx, 12, kGuardian));
    RC_RETURN_IF_ERROR(SetGuardians(tx, 1, {11}, /*existed=*/false).status());
    RC_RETURN_IF_ERROR(SetGuardians(tx, 1, {12}, /*existed=*/true).status());
    return SetGuardians(tx, 1, {11, 12}, /*existed=*/true).status();
  });
  EXPECT_EQ(Guardians(*store_), (Texts{"1 11", "1 12"}));
}

TEST_P(StoreConformance, AddressesKeepTheirHistory) {
  const auto set = [&](const AddressRow& row) {
    bool changed = false;
    RC_EXPECT_OK(Write([&](WriteTx& tx) -> absl::Status {
      RC_ASSIGN_OR_RETURN(changed, SetAddress(tx, row));
      return absl::OkStatus();
    }));
    return changed;
  };
  MustWrite([](WriteTx& tx) { return AddPerson(tx, 1, kStudent); });
  const AddressRow first{1, "1 Main St", "Apt 2", "Chicago", "IL", "60601", "US", 19000};
  EXPECT_TRUE(set(first));
  EXPECT_FALSE(set(first));
  EXPECT_EQ(Revision(), 2);
  AddressRow second = first;
  second.valid_from = std::nullopt;
  EXPECT_TRUE(set(second));
  EXPECT_EQ(ReadValue(*store_, [](ReadTx& tx) { return AddressOf(tx, 1); }), second);
  AddressRow blank = second;
  blank.line1 = "";
  EXPECT_TRUE(set(blank));
  EXPECT_EQ(AddressHolders(*store_, 1), Texts{});
  EXPECT_EQ(AddressHolders(*store_, 2), Texts{"1"});
  EXPECT_EQ(AddressHolders(*store_, 3), Texts{"1"});
  EXPECT_EQ(AddressHolders(*store_), Texts{});
  EXPECT_EQ(QueryInt("SELECT COUNT(*) FROM postal_address WHERE revision_to IS NULL"), 1);
  EXPECT_FALSE(ReadValue(*store_, [](ReadTx& tx) { return AddressOf(tx, 2); }).has_value());

  MustWrite([&](WriteTx& tx) -> absl::Status {
    RC_RETURN_IF_ERROR(SetAddress(tx, first).status());
    return SetAddress(tx, second).status();
  });
  EXPECT_EQ(ReadValue(*store_, [](ReadTx& tx) { return AddressOf(tx, 1); }), second);
  EXPECT_EQ(QueryInt("SELECT COUNT(*) FROM postal_address"), 4);
}

TEST_P(StoreConformance, LanguagesKeepTheirHistory) {
  const auto set = [&](std::string_view language) {
    bool changed = false;
    RC_EXPECT_OK(Write([&](WriteTx& tx) -> absl::Status {
      RC_ASSIGN_OR_RETURN(changed, SetLanguage(tx, 1, language));
      return absl::OkStatus();
    }));
    return changed;
  };
  const auto language = [&] {
    return ReadValue(*store_, [](ReadTx& tx) { return LanguageOf(tx, 1); });
  };
  MustWrite([](WriteTx& tx) { return AddPerson(tx, 1, kStudent); });
  EXPECT_EQ(language(), "");
  EXPECT_TRUE(set("es"));
  EXPECT_FALSE(set("es"));
  EXPECT_TRUE(set("pl"));
  EXPECT_EQ(language(), "pl");
  EXPECT_EQ(Languages(*store_, 2), Texts{"1 es"});
  EXPECT_EQ(Languages(*store_), Texts{"1 pl"});
  MustWrite([](WriteTx& tx) -> absl::Status {
    RC_RETURN_IF_ERROR(SetLanguage(tx, 1, "fr").status());
    return SetLanguage(tx, 1, "uk").status();
  });
  EXPECT_EQ(Languages(*store_), Texts{"1 uk"});
}

TEST_P(StoreConformance, ALanguageThatWasTakenBackCanBeSetAgain) {
  MustWrite([](WriteTx& tx) { return AddPerson(tx, 1, kStudent); });
  for (const char* language : {"es", "", "pl"}) {
    MustWrite([&](WriteTx& tx) { return SetLanguage(tx, 1, language).status(); });
  }
  EXPECT_EQ(Languages(*store_, 2), Texts{"1 es"});
  EXPECT_EQ(Languages(*store_), Texts{"1 pl"});
  EXPECT_EQ(ReadValue(*store_, [](ReadTx& tx) { return LanguageOf(tx, 1); }), "pl");
}

TEST_P(StoreConformance, SchoolsAreFoundByNameAndRenamed) {
  MustWrite([](WriteTx& tx) -> absl::Status {
    RC_RETURN_IF_ERROR(AddSchool(tx, 2, "b"));
    return AddSchool(tx, 1, "a");
  });
  EXPECT_EQ(MustWrite([](WriteTx& tx) { return RenameSchool(tx, 2, "New name"); }), 2);
  const auto schools = ReadValue(*store_, AllSchools);
  ASSERT_EQ(schools.size(), 2U);
  EXPECT_EQ(schools[0].name, "schools/a");
  EXPECT_EQ(schools[0].source_id, "src-a");
  EXPECT_EQ(schools[0].display_name, "School a");
  EXPECT_EQ(schools[1].school_id, 2);
  EXPECT_EQ(schools[1].display_name, "New name");
  const auto exists = [&](std::string_view name) {
    return ReadValue(*store_, [&](ReadTx& tx) { return SchoolExists(tx, name); });
  };
  EXPECT_TRUE(exists("schools/a"));
  EXPECT_FALSE(exists("schools/A"));
  EXPECT_FALSE(exists("schools/_"));
  EXPECT_THAT(Write([](WriteTx& tx) { return AddSchool(tx, 3, "a"); }),
              IsError(absl::StatusCode::kAlreadyExists, "ALREADY_EXISTS"));
}

TEST_P(StoreConformance, TheRosterIsCountedAsItHoldsNow) {
  const RosterCounts empty = ReadValue(*store_, CountRoster);
  EXPECT_EQ(empty.current_students + empty.former_students + empty.current_staff +
                empty.former_staff + empty.guardians + empty.schools + empty.enrollments +
                empty.program_spells,
            0);
  EXPECT_EQ(ReadValue(*store_, LargestPersonId), 0);
  MustWrite([](WriteTx& tx) -> absl::Status {
    RC_RETURN_IF_ERROR(AddSchool(tx, 1, "a"));
    std::int64_t id = 0;
    for (const auto& [kind, people] :
         {std::pair(kStudent, 7), std::pair(kStaff, 5), std::pair(kGuardian, 3)}) {
      for (int i = 0; i < people; ++i) RC_RETURN_IF_ERROR(AddPerson(tx, ++id, kind));
    }
    RC_RETURN_IF_ERROR(WriteEnrollment(tx, Enrollment(1, 100), false));
    RC_RETURN_IF_ERROR(WriteEnrollment(tx, Enrollment(2, 100), false));
    return WriteProgramSpell(tx, {1, "medicaid", 1, 2, ""}, false);
  });
  MustWrite([](WriteTx& tx) -> absl::Status {
    for (const std::int64_t leaver : {1, 2, 8, 15}) {
      PersonFact fact = Fact(leaver);
      fact.current = false;
      RC_RETURN_IF_ERROR(WritePersonFact(tx, fact, /*existed=*/true));
    }
    RC_RETURN_IF_ERROR(WriteEnrollment(tx, Enrollment(1, 100, 200), true));
    return CloseEnrollment(tx, Enrollment(2, 100));
  });
  const RosterCounts counts = ReadValue(*store_, CountRoster);
  EXPECT_EQ(counts.current_students, 5);
  EXPECT_EQ(counts.former_students, 2);
  EXPECT_EQ(counts.current_staff, 4);
  EXPECT_EQ(counts.former_staff, 1);
  EXPECT_EQ(counts.guardians, 3);
  EXPECT_EQ(counts.schools, 1);
  EXPECT_EQ(counts.enrollments, 1);
  EXPECT_EQ(counts.program_spells, 1);
  EXPECT_EQ(ReadValue(*store_, LargestPersonId), 15);
}

TEST_P(StoreConformance, ImportsAreListedNewestFirstAndDateTheRoster) {
  EXPECT_EQ(ReadValue(*store_, NextImportId), 1);
  for (std::int64_t i = 1; i <= 3; ++i) {
    AddVendor(absl::StrCat("between", i));
    MustWrite([&](WriteTx& tx) {
      return InsertImport(tx, i, absl::StrCat("digest", i), absl::StrCat("{\"n\": ", i, "}"));
    });
  }
  EXPECT_EQ(ReadValue(*store_, NextImportId), 4);
  const auto list = [&](std::int64_t below, std::size_t most) {
    Texts imports;
    RC_EXPECT_OK(Read([&](ReadTx& tx) {
      return ListImports(tx, below,
                         [&](std::int64_t id, std::string_view json) -> absl::StatusOr<bool> {
                           imports.push_back(absl::StrCat(id, " ", std::string(json)));
                           return imports.size() < most;
                         });
    }));
    return imports;
  };
  EXPECT_EQ(list(kNewest, 99), (Texts{"3 {\"n\": 3}", "2 {\"n\": 2}", "1 {\"n\": 1}"}));
  EXPECT_EQ(list(3, 1), Texts{"2 {\"n\": 2}"});
  for (const auto& [revision, expected] : {std::pair(0, 0), std::pair(1, 0), std::pair(2, 2),
                                           std::pair(3, 2), std::pair(4, 4), std::pair(9, 6)}) {
    EXPECT_EQ(ReadValue(*store_, [at = revision](ReadTx& tx) { return RosterRevision(tx, at); }),
              expected)
        << revision;
  }
  EXPECT_THAT(Write([](WriteTx& tx) { return InsertImport(tx, 9, "d", "no json"); }),
              IsError(absl::StatusCode::kFailedPrecondition, "CONSTRAINT"));
}

}  // namespace
}  // namespace rollcall::testing
