// Imports into a real register: what becomes of the facts, import by import.

#include "server/roster/importer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "server/roster/people.h"
#include "server/roster/world_cache.h"
#include "storage/person_key_store.h"
#include "storage/sealed_rows.h"
#include "tests/casework/register_fixture.h"
#include "tests/roster/fixtures.h"
#include "tests/support/plain_vault.h"

namespace rollcall::roster {
namespace {

using ::rollcall::testing::DateOf;
using ::rollcall::testing::DayOf;
using ::rollcall::testing::Dump;
using ::rollcall::testing::ImportOutcome;
using ::rollcall::testing::Register;
using ::rollcall::testing::RosterTables;
using ::testing::AnyOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::MatchesRegex;
using ::testing::Not;
using ::testing::UnorderedElementsAre;

v1::ImportRosterConfig OneRoster(int year, int month, int day, int school_year = 2027) {
  v1::ImportRosterConfig config;
  config.set_format(v1::ROSTER_FORMAT_ONE_ROSTER);
  *config.mutable_as_of_date() = DateOf(year, month, day);
  config.set_school_year(school_year);
  return config;
}

v1::ImportRosterConfig Plain(v1::RosterFormat format) {
  v1::ImportRosterConfig config;
  config.set_format(format);
  return config;
}

// added, changed, left, returned, unchanged.
std::vector<std::int64_t> Counts(const v1::RosterImport& result) {
  return {result.added(), result.changed(), result.left(), result.returned(), result.unchanged()};
}

std::string Iso(const google::type::Date& date) { return DateText(date); }

class ImporterTest : public ::testing::Test {
 protected:
  v1::RosterImport Import(const Files& files, const v1::ImportRosterConfig& config) {
    ImportOutcome outcome = register_.Import(files, config);
    EXPECT_TRUE(outcome.status.ok()) << outcome.status;
    return outcome.result;
  }

  v1::RosterImport ImportCsv(v1::RosterFormat format, const std::string& text) {
    return Import({{"file.csv", text}}, Plain(format));
  }

  // The one person with this number of the district, of this kind.
  v1::Person Person(const std::string& district_id,
                    v1::SubjectKind kind = v1::SUBJECT_KIND_STUDENT) {
    v1::ListPeopleRequest list;
    list.set_district_id(district_id);
    list.set_kind(kind);
    v1::ListPeopleResponse found;
    v1::Person person;
    const absl::Status status = register_.Read([&](ReadTx& tx) -> absl::Status {
      RC_RETURN_IF_ERROR(ListPeople(tx, list, &found));
      if (found.people_size() != 1) return absl::NotFoundError("not exactly one person");
      v1::GetPersonRequest get;
      get.set_name(found.people(0).name());
      return GetPerson(tx, get, &person);
    });
    EXPECT_TRUE(status.ok()) << district_id << ": " << status;
    return person;
  }

  // `school_year school grade begin..end` of each stay.
  static std::vector<std::string> Stays(const v1::Person& person) {
    std::vector<std::string> stays;
    for (const v1::Enrollment& row : person.enrollments()) {
      stays.push_back(absl::StrCat(row.school_year(), " ", row.school(), " ", row.grade(), " ",
                                   Iso(row.begin_date()), "..",
                                   row.has_end_date() ? Iso(row.end_date()) : ""));
    }
    return stays;
  }

  static std::vector<std::string> Programs(const v1::Person& person) {
    std::vector<std::string> spells;
    for (const v1::ProgramSpell& row : person.program_spells()) {
      spells.push_back(absl::StrCat(row.program(), " ", Iso(row.begin_date()), "..",
                                    row.has_end_date() ? Iso(row.end_date()) : "", " ",
                                    row.identifier()));
    }
    return spells;
  }

  static std::vector<std::string> Guardians(const v1::Person& person) {
    std::vector<std::string> names;
    for (const v1::Guardian& row : person.guardians()) {
      names.push_back(absl::StrCat(row.given_name(), " ", row.family_name()));
    }
    return names;
  }

  // A plain column of a person as of a revision, read from the table itself.
  std::string FactAsOf(const v1::Person& person, const std::string& column, std::int64_t revision) {
    const SQLite::Database db(register_.path(), SQLite::OPEN_READONLY);
    SQLite::Statement query(db, "SELECT " + column +
                                    " FROM person_fact WHERE person_id = ? AND revision_from <= ?"
                                    " AND (revision_to IS NULL OR revision_to > ?)");
    query.bind(1, std::stoi(person.name().substr(person.name().find('/') + 1)));
    query.bind(2, revision);
    query.bind(3, revision);
    return query.executeStep() ? query.getColumn(0).getString() : std::string("nothing");
  }

  // A family name as of a revision: the row is opened as whoever knows its form would.
  std::string FamilyNameAsOf(const v1::Person& person, std::int64_t revision) {
    const std::int64_t id = std::stoi(person.name().substr(person.name().find('/') + 1));
    PersonFact fact;
    const absl::Status status = register_.Read([&](ReadTx& tx) -> absl::Status {
      RC_ASSIGN_OR_RETURN(
          Statement * row,
          tx.Prepare("SELECT revision_from, source_index, district_index, state_index, sealed FROM "
                     "person_fact WHERE person_id = $1 AND revision_from <= $2 AND "
                     "(revision_to IS NULL OR revision_to > $2)"));
      ScopedReset reset(row);
      row->BindInt(1, id);
      row->BindInt(2, revision);
      RC_RETURN_IF_ERROR(row->Step().status());
      const PersonIdIndexes indexes = {IdIndexOf(row->Blob(1)), IdIndexOf(row->Blob(2)),
                                       IdIndexOf(row->Blob(3))};
      std::string packed;
      RC_RETURN_IF_ERROR(tx.person_keys()
                             .Open(id, FactContext(id, row->Int(0), indexes), row->Blob(4), &packed)
                             .status());
      return UnpackFact(packed, &fact) ? absl::OkStatus() : absl::DataLossError("no fact");
    });
    EXPECT_TRUE(status.ok()) << status;
    return fact.family_name;
  }

  // Imports the same again and expects that no table of facts changes.
  void ExpectNothingNew(const Files& files, const v1::ImportRosterConfig& config) {
    const Dump before = RosterTables(register_.Tables());
    const v1::RosterImport again = Import(files, config);
    EXPECT_EQ(RosterTables(register_.Tables()), before);
    EXPECT_EQ(again.added() + again.changed() + again.left() + again.returned(), 0)
        << again.ShortDebugString();
    EXPECT_GT(again.unchanged(), 0);
  }

  void ExpectNothingNew(v1::RosterFormat format, const std::string& text) {
    ExpectNothingNew({{"file.csv", text}}, Plain(format));
  }

  // Expects that an import is refused with these words and leaves every table as it was.
  void ExpectRefused(const Files& files, const v1::ImportRosterConfig& config,
                     const std::vector<std::string>& words) {
    const Dump before = register_.Tables();
    const ImportOutcome outcome = register_.Import(files, config);
    EXPECT_EQ(outcome.status.code(), absl::StatusCode::kInvalidArgument) << outcome.status;
    EXPECT_EQ(ErrorReason(outcome.status), "IMPORT_REFUSED");
    for (const std::string& word : words) {
      EXPECT_THAT(std::string(outcome.status.message()), HasSubstr(word));
    }
    EXPECT_EQ(register_.Tables(), before);
  }

  // The district of the fixture, imported as of 2026-10-01.
  v1::RosterImport ImportFixture() { return Import(package_.files(), OneRoster(2026, 10, 1)); }

  // Takes a student's rows out of every file.
  static void TakeOut(PackageBuilder& package, const std::string& source_id) {
    for (const char* file : {"users.csv", "enrollments.csv", "demographics.csv"}) {
      std::string kept;
      std::istringstream lines(package.File(file));
      for (std::string line; std::getline(lines, line);) {
        const bool his = line.starts_with(source_id + ",") ||
                         line.find("," + source_id + ",") != std::string::npos;
        if (!his) kept += line + "\n";
      }
      package.Set(file, kept);
    }
  }

  Register register_{/*with_catalog=*/false};
  PackageBuilder package_;
};

// --- Bulk packages ---------------------------------------------------------------------------

TEST_F(ImporterTest, BulkPackageAddsPeopleSchoolsStaysAndGuardians) {
  const v1::RosterImport result = ImportFixture();
  EXPECT_THAT(Counts(result), ElementsAre(3, 0, 0, 0, 0));
  EXPECT_EQ(result.name(), "rosterImports/1");
  EXPECT_EQ(result.revision(), 1);
  EXPECT_EQ(result.one_roster_version(), "1.1");
  EXPECT_FALSE(result.delta());
  EXPECT_EQ(result.rows(), 3);
  EXPECT_EQ(result.roster().current_students(), 1);
  EXPECT_EQ(result.roster().current_staff(), 1);
  EXPECT_EQ(result.roster().guardians(), 1);
  EXPECT_EQ(result.roster().enrollments(), 2);

  const v1::Person ada = Person("5001");
  EXPECT_TRUE(ada.current());
  EXPECT_EQ(ada.given_name(), "Ada");
  EXPECT_EQ(ada.middle_name(), "Q");
  EXPECT_EQ(ada.family_name(), "Moss");
  EXPECT_EQ(ada.source_id(), "ada");
  EXPECT_EQ(ada.state_id(), "9001");
  EXPECT_EQ(ada.email(), "ada@x.org");
  EXPECT_EQ(ada.phone(), "312");
  EXPECT_EQ(ada.gender(), "female");
  EXPECT_EQ(Iso(ada.birth_date()), "2016-02-29");
  EXPECT_THAT(Guardians(ada), ElementsAre("Gus Moss"));
  EXPECT_EQ(ada.guardians(0).email(), "gus@x.org");
  EXPECT_THAT(Stays(ada), ElementsAre("2027 schools/100 05 2026-09-01..2027-01-15"));
  const v1::Person tea = Person("7001", v1::SUBJECT_KIND_STAFF);
  EXPECT_THAT(Stays(tea), ElementsAre("2027 schools/100  2026-08-20..2027-01-15"));
}

TEST_F(ImporterTest, ZippedPackageGivesTheSameFactsAsItsFiles) {
  testing::PlainVault open;
  Register other(/*with_catalog=*/false, &open);
  Register plain(/*with_catalog=*/false, &open);
  ASSERT_TRUE(plain.Import(package_.files(), OneRoster(2026, 10, 1)).status.ok());
  const ImportOutcome zipped =
      other.Import({{"roster.zip", MakeZip(package_.files())}}, OneRoster(2026, 10, 1));
  ASSERT_TRUE(zipped.status.ok()) << zipped.status;
  EXPECT_EQ(RosterTables(other.Tables()), RosterTables(plain.Tables()));
}

TEST_F(ImporterTest, SamePackageTwiceChangesNothing) {
  ImportFixture();
  ExpectNothingNew(package_.files(), OneRoster(2026, 10, 1));
}

TEST_F(ImporterTest, SamePackageOnALaterDayChangesNothing) {
  ImportFixture();
  ExpectNothingNew(package_.files(), OneRoster(2026, 11, 15));
}

TEST_F(ImporterTest, AbsentPersonLeavesTheRosterAndStaysInHistory) {
  const std::int64_t before = ImportFixture().revision();
  TakeOut(package_, "ada");
  const v1::RosterImport result = Import(package_.files(), OneRoster(2026, 11, 1));
  EXPECT_THAT(Counts(result), ElementsAre(0, 0, 1, 0, 2));
  EXPECT_EQ(result.roster().current_students(), 0);
  EXPECT_EQ(result.roster().former_students(), 1);

  const v1::Person ada = Person("5001");
  EXPECT_FALSE(ada.current());
  EXPECT_EQ(ada.family_name(), "Moss");
  EXPECT_THAT(Stays(ada), ElementsAre("2027 schools/100 05 2026-09-01..2026-10-31"));
  std::vector<std::int32_t> ends;
  ASSERT_TRUE(register_
                  .Read([&](ReadTx& tx) {
                    return ForEachEnrollment(tx, before, [&](const EnrollmentRow& row) {
                      if (row.grade == "05") ends.push_back(row.end.value_or(0));
                      return absl::OkStatus();
                    });
                  })
                  .ok());
  EXPECT_THAT(ends, ElementsAre(DayOf(2027, 1, 15)));
  EXPECT_EQ(FactAsOf(ada, "current", before), "1");
  EXPECT_EQ(FactAsOf(ada, "current", result.revision()), "0");
}

TEST_F(ImporterTest, AStayThatBeginsLaterThanTheLeavingIsOneDayLong) {
  Import(package_.files(), OneRoster(2026, 8, 21));
  TakeOut(package_, "ada");
  Import(package_.files(), OneRoster(2026, 8, 25));
  EXPECT_THAT(Stays(Person("5001")), ElementsAre("2027 schools/100 05 2026-09-01..2026-09-01"));
}

TEST_F(ImporterTest, PersonWhoIsBackReturnsUnderTheSameNumber) {
  ImportFixture();
  const std::string name = Person("5001").name();
  PackageBuilder without;
  TakeOut(without, "ada");
  Import(without.files(), OneRoster(2026, 11, 1));
  const v1::RosterImport result = Import(package_.files(), OneRoster(2026, 12, 1));
  EXPECT_THAT(Counts(result), ElementsAre(0, 0, 0, 1, 2));
  const v1::Person ada = Person("5001");
  EXPECT_EQ(ada.name(), name);
  EXPECT_TRUE(ada.current());
  EXPECT_THAT(Stays(ada), ElementsAre("2027 schools/100 05 2026-09-01..2027-01-15"));
}

TEST_F(ImporterTest, NextSchoolYearAddsStaysAndKeepsThoseOfTheLast) {
  ImportFixture();
  PackageBuilder next;
  next.Set("academicSessions.csv",
           "sourcedId,status,dateLastModified,title,type,startDate,endDate,parentSourcedId,"
           "schoolYear\n"
           "y28,,,2027-28,schoolYear,2027-08-20,2028-06-12,,2028\n"
           "fall,,,Fall,term,2027-08-20,2028-01-16,y28,2028\n");
  next.Replace("classes.csv", "y27", "y28");
  next.Replace("enrollments.csv", "2026-09-01,2027-01-16", "2027-08-25,2028-01-16");
  next.Replace("users.csv", ",5,secret", ",6,secret");
  const v1::RosterImport result = Import(next.files(), OneRoster(2027, 9, 1, 2028));
  EXPECT_EQ(result.added(), 0);
  EXPECT_EQ(result.left(), 0);
  EXPECT_THAT(Stays(Person("5001")),
              UnorderedElementsAre("2027 schools/100 05 2026-09-01..2027-01-15",
                                   "2028 schools/100 06 2027-08-25..2028-01-15"));
}

// A share or a statement that is limited to a school year looks at the year alone.
TEST_F(ImporterTest, DaysOfOtherSchoolYearsAreKeptUnderTheirOwnYear) {
  package_.Append("enrollments.csv", "e4,,,art,south,ada,student,,2025-09-01,2027-02-02\n");
  package_.Replace("enrollments.csv", "tea,teacher,true,,", "tea,teacher,true,2024-11-04,");
  ImportFixture();
  EXPECT_THAT(Stays(Person("5001")),
              UnorderedElementsAre("2026 schools/200  2025-09-01..2026-06-30",
                                   "2027 schools/200 05 2026-07-01..2027-02-01",
                                   "2027 schools/100 05 2026-09-01..2027-01-15"));
  EXPECT_THAT(Stays(Person("7001", v1::SUBJECT_KIND_STAFF)),
              UnorderedElementsAre("2025 schools/100  2024-11-04..2025-06-30",
                                   "2026 schools/100  2025-07-01..2026-06-30",
                                   "2027 schools/100  2026-07-01..2027-01-15"));
  std::vector<int> years;
  ASSERT_TRUE(register_
                  .Read([&](ReadTx& tx) -> absl::Status {
                    RC_ASSIGN_OR_RETURN(const auto world, LoadWorld(tx, tx.revision()));
                    years.assign(world->world->school_years().begin(),
                                 world->world->school_years().end());
                    return absl::OkStatus();
                  })
                  .ok());
  EXPECT_THAT(years, ElementsAre(2025, 2026, 2027));
  ExpectNothingNew(package_.files(), OneRoster(2026, 10, 1));
}

TEST_F(ImporterTest, APackageExtendsStaysOfOtherYearsAndEndsNone) {
  ImportCsv(v1::ROSTER_FORMAT_ENROLLMENT_HISTORY,
            "student_id,given_name,family_name,school_year,school_id,grade,begin_date,end_date\n"
            "5001,Ada,Moss,2026,200,,2025-10-01,2026-05-29\n"
            "5001,Ada,Moss,2025,300,03,2024-09-03,2025-06-13\n");
  package_.Append("enrollments.csv", "e4,,,art,south,ada,student,,2025-09-01,2026-05-02\n");
  ImportFixture();
  EXPECT_THAT(Stays(Person("5001")),
              UnorderedElementsAre("2025 schools/300 03 2024-09-03..2025-06-13",
                                   "2026 schools/200  2025-09-01..2026-05-29",
                                   "2027 schools/100 05 2026-09-01..2027-01-15"));
  ExpectNothingNew(package_.files(), OneRoster(2026, 10, 1));
}

TEST_F(ImporterTest, AnotherYearThatIsKnownWithItsGradeIsNotRepeatedWithoutOne) {
  ImportCsv(v1::ROSTER_FORMAT_ENROLLMENT_HISTORY,
            "student_id,given_name,family_name,school_year,school_id,grade\n"
            "5001,Ada,Moss,2026,200,04\n");
  package_.Append("enrollments.csv", "e4,,,art,south,ada,student,,2025-09-01,2026-05-02\n");
  ImportFixture();
  EXPECT_THAT(Stays(Person("5001")),
              UnorderedElementsAre("2026 schools/200 04 2025-07-01..2026-06-30",
                                   "2027 schools/100 05 2026-09-01..2027-01-15"));
}

TEST_F(ImporterTest, AStayThatWasRecordedUnderTheWrongYearMovesOnce) {
  ImportFixture();
  const v1::Person tea = Person("7001", v1::SUBJECT_KIND_STAFF);
  ASSERT_TRUE(register_
                  .Write([&](WriteTx& tx) -> absl::Status {
                    const std::int64_t id = std::stoi(tea.name().substr(tea.name().find('/') + 1));
                    RC_ASSIGN_OR_RETURN(const auto rows, EnrollmentsOf(tx, id));
                    EnrollmentRow row = rows.front();
                    row.begin = DayOf(2024, 11, 4);
                    row.end = DayOf(2026, 6, 30);
                    return WriteEnrollment(tx, row, /*existed=*/false);
                  })
                  .ok());
  package_.Replace("enrollments.csv", "tea,teacher,true,,", "tea,teacher,true,2024-11-04,");
  Import(package_.files(), OneRoster(2026, 10, 2));
  EXPECT_THAT(Stays(Person("7001", v1::SUBJECT_KIND_STAFF)),
              UnorderedElementsAre("2025 schools/100  2024-11-04..2025-06-30",
                                   "2026 schools/100  2025-07-01..2026-06-30",
                                   "2027 schools/100  2026-07-01..2027-01-15"));
  ExpectNothingNew(package_.files(), OneRoster(2026, 10, 2));
}

TEST_F(ImporterTest, ChangedSurnameClosesTheOldFact) {
  const std::int64_t before = ImportFixture().revision();
  package_.Replace("users.csv", "Ada,Moss", "Ada,Fern");
  const v1::RosterImport result = Import(package_.files(), OneRoster(2026, 11, 1));
  EXPECT_THAT(Counts(result), ElementsAre(0, 1, 0, 0, 2));
  const v1::Person ada = Person("5001");
  EXPECT_EQ(ada.family_name(), "Fern");
  EXPECT_EQ(FamilyNameAsOf(ada, before), "Moss");
  EXPECT_EQ(FamilyNameAsOf(ada, result.revision()), "Fern");
}

TEST_F(ImporterTest, MoveWithinTheYearGivesTwoSpells) {
  ImportFixture();
  package_.Replace("enrollments.csv", "2026-09-01,2027-01-16", "2026-09-01,2026-10-15");
  package_.Append("enrollments.csv", "e3,,,art,south,ada,student,,2026-10-15,2027-06-12\n");
  package_.Replace("users.csv", "ada,,,true,north", "ada,,,true,south");
  const v1::RosterImport result = Import(package_.files(), OneRoster(2026, 10, 15));
  EXPECT_THAT(Counts(result), ElementsAre(0, 1, 0, 0, 2));
  EXPECT_THAT(Stays(Person("5001")),
              UnorderedElementsAre("2027 schools/100 05 2026-09-01..2026-10-14",
                                   "2027 schools/200 05 2026-10-15..2027-06-11"));
}

TEST_F(ImporterTest, AStayThatTheFilesNoLongerNameEndsTheDayBefore) {
  ImportFixture();
  package_.Replace("enrollments.csv", "math,north,ada,student,,2026-09-01,2027-01-16",
                   "art,south,ada,student,,2026-11-02,2027-06-12");
  package_.Replace("users.csv", "ada,,,true,north", "ada,,,true,south");
  Import(package_.files(), OneRoster(2026, 11, 2));
  EXPECT_THAT(Stays(Person("5001")),
              UnorderedElementsAre("2027 schools/100 05 2026-09-01..2026-11-01",
                                   "2027 schools/200 05 2026-11-02..2027-06-11"));
}

TEST_F(ImporterTest, GradeChangeEndsTheSpellOfTheOldGrade) {
  ImportFixture();
  package_.Replace("users.csv", ",5,secret", ",6,secret");
  const v1::RosterImport result = Import(package_.files(), OneRoster(2026, 11, 1));
  EXPECT_EQ(result.changed(), 1);
  EXPECT_THAT(Stays(Person("5001")),
              UnorderedElementsAre("2027 schools/100 05 2026-09-01..2026-10-31",
                                   "2027 schools/100 06 2026-09-01..2027-01-15"));
}

TEST_F(ImporterTest, PackageWithoutDemographicsKeepsBirthDates) {
  ImportFixture();
  package_.Remove("demographics.csv");
  Import(package_.files(), OneRoster(2026, 11, 1));
  const v1::Person ada = Person("5001");
  EXPECT_EQ(Iso(ada.birth_date()), "2016-02-29");
  EXPECT_EQ(ada.gender(), "female");
}

TEST_F(ImporterTest, AFieldBlankedLaterIsRememberedAsOnceFilled) {
  package_.Append("users.csv", "bea,,,true,north,student,,,Bea,Oak,,5002,bea@x.org,,,gus,5,\n");
  package_.Append("enrollments.csv", "e4,,,math,north,bea,student,,,\n");
  ImportFixture();
  package_.Replace("users.csv", "ada@x.org", "");
  Import(package_.files(), OneRoster(2026, 11, 1));
  const v1::Person ada = Person("5001");
  EXPECT_EQ(ada.email(), "");
  std::uint32_t populated = 0;
  ASSERT_TRUE(register_
                  .Read([&](ReadTx& tx) -> absl::Status {
                    RC_ASSIGN_OR_RETURN(const auto world, LoadWorld(tx, tx.revision()));
                    const auto number = std::stoull(ada.name().substr(ada.name().find('/') + 1));
                    populated = world->world->populated_fields(*world->world->OrdinalOf(number));
                    return absl::OkStatus();
                  })
                  .ok());
  EXPECT_NE(populated & FieldBit(kFieldEmail), 0U);
}

TEST_F(ImporterTest, PersonIsRecognisedByTheDistrictsNumberWhenTheSourcedIdChanges) {
  ImportFixture();
  const std::string name = Person("5001").name();
  package_.Replace("users.csv", "ada,,,true", "uuid-1,,,true");
  package_.Replace("enrollments.csv", "north,ada,", "north,uuid-1,");
  package_.Replace("demographics.csv", "ada,,", "uuid-1,,");
  const v1::RosterImport result = Import(package_.files(), OneRoster(2026, 11, 1));
  EXPECT_THAT(Counts(result), ElementsAre(0, 1, 0, 0, 2));
  EXPECT_EQ(Person("5001").name(), name);
  EXPECT_EQ(Person("5001").source_id(), "uuid-1");
  ExpectNothingNew(package_.files(), OneRoster(2026, 11, 1));
}

TEST_F(ImporterTest, ConflictOfTheTwoIdsIsRefused) {
  PackageBuilder two;
  two.Append("users.csv", "bea,,,true,north,student,,,Bea,Oak,,5002,,,,,5,\n");
  two.Append("enrollments.csv", "e4,,,math,north,bea,student,,,\n");
  Import(two.files(), OneRoster(2026, 10, 1));
  package_.Replace("users.csv", ",5001,", ",5002,");
  ExpectRefused(package_.files(), OneRoster(2026, 11, 1), {"users.csv", "row 2", "identifier"});
}

TEST_F(ImporterTest, RefusedFileLeavesNothing) {
  ExpectRefused(PackageBuilder()
                    .Append("users.csv", "ada,,,true,north,student,,,Eve,Twin,,5009,,,,,5,\n")
                    .files(),
                OneRoster(2026, 10, 1), {"users.csv", "sourcedId"});
  ImportFixture();
  // The last row of the last file is wrong: everything before it was read.
  ExpectRefused(PackageBuilder()
                    .Replace("users.csv", "Ada,Moss", "Ada,Fern")
                    .Append("users.csv", "zoe,,,true,nowhere,student,,,Zoe,Ash,,5010,,,,,5,\n")
                    .files(),
                OneRoster(2026, 11, 1), {"users.csv", "row 5", "orgSourcedIds"});
}

TEST_F(ImporterTest, PasswordsAreStoredNowhereAndPersonalFieldsInNoReadableForm) {
  package_.Replace("users.csv", ",5,secret", ",5,Correct-Horse-Battery");
  ImportFixture();
  register_.Close();
  for (const auto& file : std::filesystem::directory_iterator(register_.dir().Path(""))) {
    std::ifstream in(file.path(), std::ios::binary);
    std::ostringstream bytes;
    bytes << in.rdbuf();
    for (const char* word : {"Correct-Horse", "Moss", "ada@x.org", "gus@x.org", "5001", "9001"}) {
      EXPECT_EQ(bytes.str().find(word), std::string::npos) << word << " is in " << file.path();
    }
    // What is not personal is there to be read: the search would have found the rest.
    if (file.path().filename() == "register.db") {
      EXPECT_NE(bytes.str().find("schools/100"), std::string::npos);
    }
  }
}

TEST_F(ImporterTest, DryRunCountsAndChangesNothing) {
  ImportFixture();
  TakeOut(package_, "tea");
  package_.Replace("users.csv", "Ada,Moss", "Ada,Fern");
  package_.Append("users.csv", "bea,,,true,north,student,,,Bea,Oak,,5002,,,,,5,\n");
  package_.Append("enrollments.csv", "e4,,,math,north,bea,student,,,\n");
  v1::ImportRosterConfig config = OneRoster(2026, 11, 1);
  config.set_dry_run(true);
  const Dump before = register_.Tables();
  const v1::RosterImport dry = Import(package_.files(), config);
  EXPECT_EQ(register_.Tables(), before);
  EXPECT_TRUE(dry.dry_run());
  EXPECT_EQ(dry.name(), "");
  EXPECT_THAT(Counts(dry), ElementsAre(1, 1, 1, 0, 1));
  config.set_dry_run(false);
  EXPECT_THAT(Counts(Import(package_.files(), config)), ElementsAre(1, 1, 1, 0, 1));
}

TEST_F(ImporterTest, WarningsAreCountedWithTheirFirstRow) {
  package_.Replace("users.csv", "tea,,,", "tea,,,1");
  package_.Remove("manifest.csv");
  const v1::RosterImport result = ImportFixture();
  std::vector<std::string> codes;
  for (const v1::ImportWarning& warning : result.warnings()) {
    codes.push_back(warning.code());
    EXPECT_GT(warning.count(), 0);
    EXPECT_NE(warning.message(), "");
    if (warning.code() == "NO_MANIFEST") {
      EXPECT_EQ(warning.first_row(), 0);
    }
  }
  EXPECT_THAT(codes, Contains("NO_MANIFEST"));
}

TEST_F(ImporterTest, ProgressNamesThePhasesInOrder) {
  const ImportOutcome outcome = register_.Import(package_.files(), OneRoster(2026, 10, 1));
  ASSERT_TRUE(outcome.status.ok());
  std::vector<std::string> phases;
  for (const v1::ImportProgress& step : outcome.progress) {
    if (phases.empty() || phases.back() != step.phase()) phases.push_back(step.phase());
  }
  ASSERT_GE(phases.size(), 3U);
  EXPECT_EQ(phases.front(), "loading the register");
  EXPECT_THAT(phases, Contains("reading users.csv"));
  EXPECT_EQ(phases.back(), "committing");
  EXPECT_EQ(outcome.progress.back().rows(), 3);
}

TEST_F(ImporterTest, AnErrorOfTheListenerEndsTheImport) {
  const Dump before = register_.Tables();
  std::vector<TempFile> temporary;
  ImportInput input;
  for (const auto& [name, content] : package_.files()) {
    temporary.emplace_back(content);
    input.files.push_back({name, temporary.back().fd()});
  }
  input.config = OneRoster(2026, 10, 1);
  v1::RosterImport result;
  const absl::Status status = register_.Write([&](WriteTx& tx) {
    return RunImport(
        tx, input,
        [](const v1::ImportProgress& step) {
          return step.phase() == "committing" ? absl::CancelledError("gone") : absl::OkStatus();
        },
        &result);
  });
  EXPECT_EQ(status.code(), absl::StatusCode::kCancelled);
  EXPECT_EQ(register_.Tables(), before);
}

TEST_F(ImporterTest, ConfigurationIsChecked) {
  v1::ImportRosterConfig config;
  config.set_format(v1::ROSTER_FORMAT_ONE_ROSTER);
  const absl::Status status = CheckImportConfig(config);
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(ErrorViolations(status).size(), 2U);
  EXPECT_TRUE(CheckImportConfig(OneRoster(2026, 10, 1)).ok());
  EXPECT_TRUE(CheckImportConfig(Plain(v1::ROSTER_FORMAT_ADDRESSES)).ok());
}

// --- Bulk packages that are too old ----------------------------------------------------------

TEST_F(ImporterTest, ABulkPackageOlderThanTheNewestIsRefused) {
  const std::int64_t before = Import(package_.files(), OneRoster(2026, 11, 1)).revision();
  PackageBuilder older;
  TakeOut(older, "ada");
  for (const bool dry_run : {false, true}) {
    v1::ImportRosterConfig config = OneRoster(2026, 10, 31);
    config.set_dry_run(dry_run);
    const ImportOutcome outcome = register_.Import(older.files(), config);
    EXPECT_EQ(outcome.status.code(), absl::StatusCode::kFailedPrecondition) << outcome.status;
    EXPECT_EQ(ErrorReason(outcome.status), "IMPORT_OLDER");
    for (const char* word : {"2026-10-31", "2026-11-01", "rosterImports/1", "history", "delta"}) {
      EXPECT_THAT(std::string(outcome.status.message()), HasSubstr(word));
    }
  }
  EXPECT_EQ(register_.Revision(), before);
  EXPECT_TRUE(Person("5001").current());
}

TEST_F(ImporterTest, OnlyBulkPackagesMakeAnotherOneOld) {
  Import(package_.files(), OneRoster(2026, 9, 1));
  v1::ImportRosterConfig tried = OneRoster(2026, 11, 20);
  tried.set_dry_run(true);
  Import(package_.files(), tried);
  v1::ImportRosterConfig languages = Plain(v1::ROSTER_FORMAT_HOME_LANGUAGES);
  *languages.mutable_as_of_date() = DateOf(2026, 11, 20);
  Import({{"file.csv", "student_id,language\n5001,es\n"}}, languages);
  PackageBuilder delta;
  delta.MakeDelta().Replace("users.csv", "ada,,", "ada,active,");
  Import(delta.files(), OneRoster(2026, 11, 20));
  Import(package_.files(), OneRoster(2026, 10, 1));
}

// The clock of the register stands at 2026-12-01.
TEST_F(ImporterTest, AMistypedDateAheadDoesNotKeepLaterPackagesOut) {
  Import(package_.files(), OneRoster(2062, 10, 1));
  EXPECT_EQ(ErrorReason(register_.Import(package_.files(), OneRoster(2026, 11, 30)).status),
            "IMPORT_OLDER");
  Import(package_.files(), OneRoster(2026, 12, 1));
}

// --- What the engine can take ----------------------------------------------------------------

TEST_F(ImporterTest, MoreSchoolYearsThanTheEngineTakesAreRefused) {
  std::string text = "student_id,given_name,family_name,school_year,school_id\n";
  for (int year = 1950; year < 1950 + 64; ++year) {
    text += absl::StrCat("4001,Old,Timer,", year, ",100\n");
  }
  ImportCsv(v1::ROSTER_FORMAT_ENROLLMENT_HISTORY, text);
  const std::string one_more =
      "student_id,given_name,family_name,school_year,school_id\n4002,Too,Many,2020,100\n";
  v1::ImportRosterConfig config = Plain(v1::ROSTER_FORMAT_ENROLLMENT_HISTORY);
  ExpectRefused({{"file.csv", one_more}}, config, {"65 different school years", "64"});
  config.set_dry_run(true);
  ExpectRefused({{"file.csv", one_more}}, config, {"65 different school years"});
  // Others of the same years are no more.
  ImportCsv(v1::ROSTER_FORMAT_ENROLLMENT_HISTORY,
            "student_id,given_name,family_name,school_year,school_id\n4002,Not,More,2013,100\n");
  EXPECT_TRUE(
      register_.Read([&](ReadTx& tx) { return LoadWorld(tx, tx.revision()).status(); }).ok());
}

TEST_F(ImporterTest, MoreProgramsThanTheEngineTakesAreRefused) {
  ImportFixture();
  std::string text = "student_id,program,begin_date\n5001,medicaid,2026-09-01\n";
  for (std::size_t i = 0; i < CodeTable::kMaxWords; ++i) {
    text += absl::StrCat("5001,number-", i, ",2026-09-01\n");
  }
  ExpectRefused({{"file.csv", text}}, Plain(v1::ROSTER_FORMAT_PROGRAM_SPELLS),
                {"65001 different programs", "65000"});
}

TEST_F(ImporterTest, GrowthCountsEverySort) {
  ImportFixture();
  ImportCsv(v1::ROSTER_FORMAT_HOME_LANGUAGES, "student_id,language\n5001,es\n");
  const auto check = [&](const RosterGrowth& growth) {
    return std::string(register_.Read([&](ReadTx& tx) { return growth.Check(tx); }).message());
  };
  RosterGrowth grades;
  RosterGrowth languages;
  for (std::size_t i = 0; i < CodeTable::kMaxWords - 1; ++i) {
    grades.AddEnrollment(2027, absl::StrCat("g", i));
    languages.AddLanguage(absl::StrCat("l", i));
  }
  // With the grade and the language that there are these are as many as there may be.
  EXPECT_EQ(check(grades), "");
  EXPECT_EQ(check(languages), "");
  grades.AddEnrollment(2027, "05");
  languages.AddLanguage("es");
  EXPECT_EQ(check(grades), "");
  EXPECT_EQ(check(languages), "");
  grades.AddEnrollment(2027, "one more");
  languages.AddLanguage("one more");
  EXPECT_THAT(check(grades), HasSubstr("65001 different grades"));
  EXPECT_THAT(check(languages), HasSubstr("65001 different languages"));
}

// --- Schools ---------------------------------------------------------------------------------

TEST_F(ImporterTest, TwoSchoolsWithOneNumberAreRefused) {
  package_.Replace("orgs.csv", "South School,school,200", "South School,school,100");
  ExpectRefused(package_.files(), OneRoster(2026, 10, 1),
                {"orgs.csv, row 4, column identifier", "row 3"});
}

TEST_F(ImporterTest, SchoolNumbersThatDifferInSignsOnlyAreRefused) {
  package_.Replace("orgs.csv", "North School,school,100", "North School,school,A/1");
  package_.Replace("orgs.csv", "South School,school,200", "South School,school,a-1");
  ExpectRefused(package_.files(), OneRoster(2026, 10, 1),
                {"orgs.csv, row 4, column identifier", "row 3"});
}

// --- Guardians of a package ------------------------------------------------------------------

TEST_F(ImporterTest, ChangedGuardianOfAPackageReplacesTheLink) {
  ImportFixture();
  package_.Replace("users.csv", ",312,gus,", ",312,mia,");
  package_.Append("users.csv", "mia,,,true,north,parent,,,Mia,Moss,,,mia@x.org,,,,,\n");
  const v1::RosterImport result = Import(package_.files(), OneRoster(2026, 11, 1));
  EXPECT_THAT(Counts(result), ElementsAre(1, 1, 0, 0, 2));
  EXPECT_THAT(Guardians(Person("5001")), ElementsAre("Mia Moss"));
}

TEST_F(ImporterTest, SecondGuardianIsAddedInTheOrderOfTheFile) {
  ImportFixture();
  package_.Replace("users.csv", ",312,gus,", ",312,\"mia,gus\",");
  package_.Append("users.csv", "mia,,,true,north,parent,,,Mia,Moss,,,mia@x.org,,,,,\n");
  Import(package_.files(), OneRoster(2026, 11, 1));
  EXPECT_THAT(Guardians(Person("5001")), ElementsAre("Mia Moss", "Gus Moss"));
  ExpectNothingNew(package_.files(), OneRoster(2026, 11, 1));
}

// --- Deltas ----------------------------------------------------------------------------------

class DeltaTest : public ImporterTest {
 protected:
  DeltaTest() {
    ImportFixture();
    delta_.MakeDelta();
    for (const char* file : {"orgs.csv", "academicSessions.csv", "classes.csv", "users.csv",
                             "enrollments.csv", "demographics.csv"}) {
      std::string& content = delta_.File(file);
      content = content.substr(0, content.find('\n') + 1);
    }
    delta_.Append("academicSessions.csv",
                  "y27,active,2026-11-01T00:00:00Z,2026-27,schoolYear,2026-08-20,2027-06-12,,"
                  "2027\n");
  }

  PackageBuilder delta_;
};

TEST_F(DeltaTest, AddsWhomItNamesAndLeavesOthersAlone) {
  delta_.Append("users.csv",
                "bea,active,2026-11-01T00:00:00Z,true,south,student,,,Bea,Oak,,5002,,,,,5,\n");
  delta_.Append("enrollments.csv",
                "e4,active,2026-11-01T00:00:00Z,art,south,bea,student,,2026-11-01,2027-06-12\n");
  const v1::Person before = Person("5001");
  const v1::RosterImport result = Import(delta_.files(), OneRoster(2026, 11, 1));
  EXPECT_TRUE(result.delta());
  EXPECT_THAT(Counts(result), ElementsAre(1, 0, 0, 0, 0));
  EXPECT_THAT(Stays(Person("5002")), ElementsAre("2027 schools/200 05 2026-11-01..2027-06-11"));
  EXPECT_EQ(Person("5001").SerializeAsString(), before.SerializeAsString());
  ExpectNothingNew(delta_.files(), OneRoster(2026, 11, 1));
}

TEST_F(DeltaTest, ExtendsAStayAndNeverShortensOne) {
  delta_.Append("users.csv",
                "ada,active,2026-11-01T00:00:00Z,true,north,student,ada1,{State:9001},Ada,Moss,Q,"
                "5001,ada@x.org,,312,gus,5,\n");
  delta_.Append("enrollments.csv",
                "e1,active,2026-11-01T00:00:00Z,math,north,ada,student,,2026-10-01,2027-06-12\n");
  Import(delta_.files(), OneRoster(2026, 11, 1));
  EXPECT_THAT(Stays(Person("5001")), ElementsAre("2027 schools/100 05 2026-09-01..2027-06-11"));
}

TEST_F(DeltaTest, DeletedPersonLeavesOnTheDayBefore) {
  delta_.Append("users.csv",
                "ada,tobedeleted,2026-11-01T00:00:00Z,true,north,student,,,Ada,Moss,,5001,,,,,,\n");
  const v1::RosterImport result = Import(delta_.files(), OneRoster(2026, 11, 1));
  EXPECT_THAT(Counts(result), ElementsAre(0, 0, 1, 0, 0));
  EXPECT_FALSE(Person("5001").current());
  EXPECT_THAT(Stays(Person("5001")), ElementsAre("2027 schools/100 05 2026-09-01..2026-10-31"));
  EXPECT_TRUE(Person("7001", v1::SUBJECT_KIND_STAFF).current());
}

TEST_F(DeltaTest, DeletedStrangerIsRefused) {
  delta_.Append("users.csv",
                "zoe,tobedeleted,2026-11-01T00:00:00Z,true,north,student,,,Zoe,Ash,,5010,,,,,,\n");
  ExpectRefused(delta_.files(), OneRoster(2026, 11, 1), {"users.csv", "row 2", "sourcedId"});
}

TEST_F(DeltaTest, EnrollmentsAloneAddStaysToKnownPeople) {
  delta_.Remove("users.csv");
  delta_.Append("enrollments.csv",
                "e5,active,2026-11-01T00:00:00Z,art,south,ada,student,,2026-11-02,2027-06-12\n");
  const v1::RosterImport result = Import(delta_.files(), OneRoster(2026, 11, 1));
  EXPECT_TRUE(result.delta());
  EXPECT_EQ(result.changed(), 1);
  EXPECT_EQ(Person("5001").family_name(), "Moss");
  EXPECT_EQ(Stays(Person("5001")).size(), 2U);
}

TEST_F(DeltaTest, EnrollmentOfAStrangerIsRefused) {
  delta_.Remove("users.csv");
  delta_.Append("enrollments.csv",
                "e5,active,2026-11-01T00:00:00Z,art,south,zoe,student,,2026-11-02,2027-06-12\n");
  ExpectRefused(delta_.files(), OneRoster(2026, 11, 1), {"enrollments.csv", "userSourcedId"});
}

// --- Plain files -----------------------------------------------------------------------------

constexpr char kSpells[] =
    "student_id,program,begin_date,end_date,identifier\n"
    "5001,Medicaid,2026-09-01,,M-77\n"
    "5001,Medicaid,2024-01-01,2024-12-31,M-77\n";

TEST_F(ImporterTest, ProgramSpellsAreKeptUnderTheWordInLowerCase) {
  ImportFixture();
  const v1::RosterImport result = ImportCsv(v1::ROSTER_FORMAT_PROGRAM_SPELLS, kSpells);
  EXPECT_THAT(Counts(result), ElementsAre(0, 1, 0, 0, 0));
  EXPECT_EQ(result.rows(), 2);
  EXPECT_THAT(Programs(Person("5001")),
              ElementsAre("medicaid 2024-01-01..2024-12-31 M-77", "medicaid 2026-09-01.. M-77"));
  ExpectNothingNew(v1::ROSTER_FORMAT_PROGRAM_SPELLS, kSpells);
}

TEST_F(ImporterTest, EndDateOfAProgramSpellCanBeFilledInLater) {
  ImportFixture();
  ImportCsv(v1::ROSTER_FORMAT_PROGRAM_SPELLS, kSpells);
  const v1::RosterImport result = ImportCsv(v1::ROSTER_FORMAT_PROGRAM_SPELLS,
                                            "student_id,program,begin_date,end_date,identifier\n"
                                            "5001,medicaid,2026-09-01,2026-10-31,M-77\n");
  EXPECT_EQ(result.changed(), 1);
  EXPECT_THAT(Programs(Person("5001")), ElementsAre("medicaid 2024-01-01..2024-12-31 M-77",
                                                    "medicaid 2026-09-01..2026-10-31 M-77"));
}

TEST_F(ImporterTest, PlainFilesRefuseIdsThatNobodyHas) {
  ImportFixture();
  const std::vector<std::pair<v1::RosterFormat, std::string>> files = {
      {v1::ROSTER_FORMAT_PROGRAM_SPELLS,
       "student_id,program,begin_date\n5001,medicaid,2026-09-01\n6666,medicaid,2026-09-01\n"},
      {v1::ROSTER_FORMAT_ADDRESSES, "student_id,line1\n5001,1 Elm St\n6666,2 Elm St\n"},
      {v1::ROSTER_FORMAT_GUARDIANS,
       "student_id,guardian_id,given_name\n5001,g1,Gil\n6666,g2,Gwen\n"},
      {v1::ROSTER_FORMAT_HOME_LANGUAGES, "student_id,language\n5001,es\n6666,pl\n"}};
  for (const auto& [format, text] : files) {
    ExpectRefused({{"file.csv", text}}, Plain(format), {"file.csv", "row 3", "student_id"});
  }
  ExpectRefused({{"file.csv", "employee_id,line1\n6666,2 Elm St\n"}},
                Plain(v1::ROSTER_FORMAT_ADDRESSES), {"row 2", "employee_id"});
}

TEST_F(ImporterTest, AddressesBelongToStudentsOrStaff) {
  ImportFixture();
  const std::string text =
      "student_id,employee_id,line1,line2,city,state,postal_code,country\n"
      "5001,,1 Elm St,Apt 2,Chicago,IL,60601,\n"
      ",7001,9 Oak Ave,,Chicago,IL,60602,US\n";
  EXPECT_EQ(ImportCsv(v1::ROSTER_FORMAT_ADDRESSES, text).changed(), 2);
  const v1::Person ada = Person("5001");
  EXPECT_THAT(ada.address().lines(), ElementsAre("1 Elm St", "Apt 2"));
  EXPECT_EQ(ada.address().postal_code(), "60601");
  EXPECT_THAT(Person("7001", v1::SUBJECT_KIND_STAFF).address().lines(), ElementsAre("9 Oak Ave"));
  ExpectNothingNew(v1::ROSTER_FORMAT_ADDRESSES, text);
  ImportCsv(v1::ROSTER_FORMAT_ADDRESSES, "student_id,line1,city\n5001,3 Ash Ct,Chicago\n");
  EXPECT_THAT(Person("5001").address().lines(), ElementsAre("3 Ash Ct"));
}

TEST_F(ImporterTest, GuardiansOfAPlainFileAreAddedToThoseThatAreThere) {
  ImportFixture();
  const std::string text =
      "student_id,guardian_id,given_name,family_name,email,phone,line1,city\n"
      "5001,g1,Gil,Moss,gil@x.org,555,1 Elm St,Chicago\n"
      "5001,,Uma,Oak,uma@x.org,,,\n";
  const v1::RosterImport result = ImportCsv(v1::ROSTER_FORMAT_GUARDIANS, text);
  EXPECT_EQ(result.added(), 2);
  EXPECT_EQ(result.changed(), 1);
  EXPECT_THAT(Guardians(Person("5001")), ElementsAre("Gus Moss", "Gil Moss", "Uma Oak"));
  ExpectNothingNew(v1::ROSTER_FORMAT_GUARDIANS, text);
  ImportCsv(v1::ROSTER_FORMAT_GUARDIANS,
            "student_id,guardian_id,given_name,family_name,email\n5001,g1,Gil,Fern,new@x.org\n");
  EXPECT_THAT(Guardians(Person("5001")), ElementsAre("Gus Moss", "Gil Fern", "Uma Oak"));
}

// The guardian's record outlives the erasure of the student.
TEST_F(ImporterTest, TheIdOfAGuardianWithoutOneShowsNeitherStudentNorName) {
  ImportFixture();
  ImportCsv(v1::ROSTER_FORMAT_GUARDIANS,
            "student_id,guardian_id,given_name,family_name\n5001,,Uma,Oak\n5001,,Uma,Oakley\n");
  const v1::Person ada = Person("5001");
  EXPECT_THAT(Guardians(ada), ElementsAre("Gus Moss", "Uma Oak", "Uma Oakley"));
  for (const v1::Guardian& guardian : ada.guardians()) {
    v1::GetPersonRequest get;
    get.set_name(guardian.person());
    v1::Person person;
    ASSERT_TRUE(register_.Read([&](ReadTx& tx) { return GetPerson(tx, get, &person); }).ok());
    EXPECT_THAT(person.source_id(), AnyOf("gus", MatchesRegex("guardian-of:[0-9a-f]+")));
  }
}

TEST_F(ImporterTest, HomeLanguagesAreKeptAndCanChange) {
  ImportFixture();
  const std::string text = "student_id,language\n5001,es\n";
  EXPECT_EQ(ImportCsv(v1::ROSTER_FORMAT_HOME_LANGUAGES, text).changed(), 1);
  EXPECT_EQ(Person("5001").language(), "es");
  ExpectNothingNew(v1::ROSTER_FORMAT_HOME_LANGUAGES, text);
  ImportCsv(v1::ROSTER_FORMAT_HOME_LANGUAGES, "student_id,language\n5001,pl\n");
  EXPECT_EQ(Person("5001").language(), "pl");
}

// A file that says two things of one key must not change the register again each time it comes.
TEST_F(ImporterTest, ContradictingRowsOfAPlainFileImportTheSameTwice) {
  ImportFixture();
  const std::vector<std::pair<v1::RosterFormat, std::string>> files = {
      {v1::ROSTER_FORMAT_PROGRAM_SPELLS,
       "student_id,program,begin_date,end_date\n5001,medicaid,2026-09-01,\n"
       "5001,medicaid,2026-09-01,2026-10-31\n"},
      {v1::ROSTER_FORMAT_ADDRESSES,
       "student_id,line1,valid_from\n5001,1 Elm St,2025-01-01\n5001,2 Elm St,2026-01-01\n"},
      {v1::ROSTER_FORMAT_GUARDIANS,
       "student_id,guardian_id,given_name,phone\n5001,g1,Gil,111\n5001,g1,Gil,222\n"},
      {v1::ROSTER_FORMAT_HOME_LANGUAGES, "student_id,language\n5001,es\n5001,pl\n"}};
  for (const auto& [format, text] : files) {
    const Dump before = register_.Tables();
    const ImportOutcome first = register_.Import({{"file.csv", text}}, Plain(format));
    if (!first.status.ok()) {  // Refusing such a file is as good.
      EXPECT_EQ(ErrorReason(first.status), "IMPORT_REFUSED");
      EXPECT_EQ(register_.Tables(), before);
      continue;
    }
    SCOPED_TRACE(v1::RosterFormat_Name(format));
    ExpectNothingNew(format, text);
  }
}

// --- History ---------------------------------------------------------------------------------

constexpr char kHistory[] =
    "student_id,given_name,middle_name,family_name,birth_date,gender,email,school_year,school_id,"
    "school_name,grade,begin_date,end_date\n"
    "4001,Old,,Timer,2005-05-05,,old@x.org,2017-18,100,North School,03,,\n"
    "4001,Older,M,Timer-Fern,2005-05-05,male,,2019,200,South School,05,2018-09-04,2019-06-18\n"
    "5001,A.,,Moos,2016-02-29,,ada.old@x.org,2026,200,South School,04,,\n";

TEST_F(ImporterTest, HistoryMakesFormerPeopleOfWhomTheNewestRowCounts) {
  ImportFixture();
  const v1::RosterImport result = ImportCsv(v1::ROSTER_FORMAT_ENROLLMENT_HISTORY, kHistory);
  EXPECT_EQ(result.added(), 1);
  EXPECT_EQ(result.changed(), 1);
  const v1::Person old = Person("4001");
  EXPECT_FALSE(old.current());
  EXPECT_EQ(old.given_name(), "Older");
  EXPECT_EQ(old.middle_name(), "M");
  EXPECT_EQ(old.family_name(), "Timer-Fern");
  EXPECT_EQ(old.gender(), "male");
  EXPECT_EQ(old.email(), "old@x.org");
  EXPECT_THAT(Stays(old), ElementsAre("2018 schools/100 03 2017-07-01..2018-06-30",
                                      "2019 schools/200 05 2018-09-04..2019-06-18"));
}

TEST_F(ImporterTest, HistoryOnlyFillsBlanksOfKnownPeople) {
  package_.Replace("users.csv", "ada@x.org", "");
  ImportFixture();
  ImportCsv(v1::ROSTER_FORMAT_ENROLLMENT_HISTORY, kHistory);
  const v1::Person ada = Person("5001");
  EXPECT_TRUE(ada.current());
  EXPECT_EQ(ada.given_name(), "Ada");
  EXPECT_EQ(ada.family_name(), "Moss");
  EXPECT_EQ(ada.email(), "ada.old@x.org");
  EXPECT_THAT(Stays(ada), UnorderedElementsAre("2026 schools/200 04 2025-07-01..2026-06-30",
                                               "2027 schools/100 05 2026-09-01..2027-01-15"));
}

TEST_F(ImporterTest, HistoryOnTheSecondImportChangesNothing) {
  ImportFixture();
  ImportCsv(v1::ROSTER_FORMAT_ENROLLMENT_HISTORY, kHistory);
  ExpectNothingNew(v1::ROSTER_FORMAT_ENROLLMENT_HISTORY, kHistory);
  // Nor does the package after it.
  ExpectNothingNew(package_.files(), OneRoster(2026, 10, 1));
}

TEST_F(ImporterTest, HistoryShortensNoStay) {
  ImportFixture();
  ImportCsv(v1::ROSTER_FORMAT_ENROLLMENT_HISTORY,
            "student_id,given_name,family_name,school_year,school_id,grade,begin_date,end_date\n"
            "5001,Ada,Moss,2027,100,05,2026-09-01,2026-09-15\n");
  EXPECT_THAT(Stays(Person("5001")), ElementsAre("2027 schools/100 05 2026-09-01..2027-01-15"));
  ImportCsv(v1::ROSTER_FORMAT_ENROLLMENT_HISTORY,
            "student_id,given_name,family_name,school_year,school_id,grade,begin_date,end_date\n"
            "5001,Ada,Moss,2027,100,05,2026-08-24,2026-09-15\n");
  EXPECT_THAT(Stays(Person("5001")), ElementsAre("2027 schools/100 05 2026-08-24..2027-01-15"));
}

TEST_F(ImporterTest, HistoryRowsOfOneStayAddUpInAnyOrder) {
  const std::string header =
      "student_id,given_name,family_name,school_year,school_id,grade,begin_date,end_date\n";
  const std::vector<std::string> rows = {"Old,Timer,2018,100,03,2017-09-05,2018-06-15\n",
                                         "Old,Timer,2018,100,03,2017-09-05,2017-12-22\n",
                                         "Old,Timer,2018,100,03,2018-01-08,2018-03-30\n"};
  const auto whole = ElementsAre("2018 schools/100 03 2017-09-05..2018-06-15");
  std::string text = header;
  for (const std::string& row : rows) text += "4001," + row;
  for (auto row = rows.rbegin(); row != rows.rend(); ++row) text += "4002," + *row;
  ImportCsv(v1::ROSTER_FORMAT_ENROLLMENT_HISTORY, text);
  EXPECT_THAT(Stays(Person("4001")), whole);
  EXPECT_THAT(Stays(Person("4002")), whole);
  ExpectNothingNew(v1::ROSTER_FORMAT_ENROLLMENT_HISTORY, text);
}

TEST_F(ImporterTest, OrderOfHistoryRowsDoesNotDecideWhichIsNewest) {
  const std::string header = "student_id,given_name,family_name,school_year,school_id,grade\n";
  const std::string older = "4001,Young,Timer,2018,100,03\n";
  const std::string newer = "4001,Grown,Timer,2021,100,06\n";
  ImportCsv(v1::ROSTER_FORMAT_ENROLLMENT_HISTORY, header + newer + older);
  EXPECT_EQ(Person("4001").given_name(), "Grown");
}

TEST_F(ImporterTest, HistoryRemembersThatAFieldWasFilledOnce) {
  ImportCsv(v1::ROSTER_FORMAT_ENROLLMENT_HISTORY, kHistory);
  const v1::Person old = Person("4001");
  const std::uint32_t populated =
      static_cast<std::uint32_t>(std::stoul(FactAsOf(old, "populated", register_.Revision())));
  for (const int field : {kFieldName, kFieldBirthDate, kFieldGender, kFieldEmail}) {
    EXPECT_NE(populated & FieldBit(field), 0U) << field;
  }
  EXPECT_EQ(populated & FieldBit(kFieldPhone), 0U);
}

TEST_F(ImporterTest, FormerStudentOfHistoryWhoEnrollsIsOnePerson) {
  ImportCsv(v1::ROSTER_FORMAT_ENROLLMENT_HISTORY,
            "student_id,given_name,family_name,school_year,school_id,grade\n"
            "5001,Ada,Moss,2025,200,03\n");
  const std::string name = Person("5001").name();
  const v1::RosterImport result = ImportFixture();
  EXPECT_THAT(Counts(result), ElementsAre(2, 0, 0, 1, 0));
  EXPECT_EQ(Person("5001").name(), name);
  EXPECT_EQ(Stays(Person("5001")).size(), 2U);
}

}  // namespace
}  // namespace rollcall::roster
