#include "server/roster/one_roster_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cctype>
#include <functional>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "server/roster/calendar.h"
#include "tests/roster/fixtures.h"

namespace rollcall::roster {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

Day D(int year, int month, int day) { return MakeDay(year, month, day); }

bool Known(const PersonRecord& person, int field) { return (person.known & FieldBit(field)) != 0; }
bool Populated(const PersonRecord& person, int field) {
  return (person.populated & FieldBit(field)) != 0;
}

SpellRecord Spell(std::uint32_t school, std::string grade, Day begin, Day end,
                  int school_year = 2027) {
  SpellRecord spell;
  spell.school = school;
  spell.school_year = school_year;
  spell.grade = std::move(grade);
  spell.begin = begin;
  spell.end = end;
  return spell;
}

TEST(OneRosterReader, ReadsACleanBulkPackageWithoutWarnings) {
  const ReadResult result = PackageBuilder().Read();
  ASSERT_TRUE(result.status.ok()) << result.status;
  EXPECT_FALSE(result.delta);
  EXPECT_EQ(result.version, 11);
  EXPECT_TRUE(result.warnings.list().empty());
  ASSERT_EQ(result.schools.size(), 2U);
  EXPECT_EQ(result.schools[0].source_id, "north");
  EXPECT_EQ(result.schools[0].identifier, "100");
  EXPECT_EQ(result.schools[1].name, "South School");
  EXPECT_EQ(result.people.size(), 3U);
  EXPECT_TRUE(result.partial.empty());

  const PersonRecord& ada = result.Person("ada");
  EXPECT_EQ(ada.kind, Kind::kStudent);
  EXPECT_EQ(ada.row, 2U);
  EXPECT_EQ(ada.district_id, "5001");
  EXPECT_EQ(ada.state_id, "9001");
  EXPECT_EQ(ada.username, "ada1");
  EXPECT_EQ(ada.given_name, "Ada");
  EXPECT_EQ(ada.middle_name, "Q");
  EXPECT_EQ(ada.family_name, "Moss");
  EXPECT_EQ(ada.email, "ada@x.org");
  EXPECT_EQ(ada.phone, "312");
  EXPECT_EQ(ada.birth_date, D(2016, 2, 29));
  EXPECT_EQ(ada.gender, "female");
  EXPECT_EQ(ada.race, "asian,white");
  EXPECT_EQ(ada.birth_place, "Chicago, IL, US");
  ASSERT_EQ(ada.guardians.size(), 1U);
  EXPECT_EQ(ada.guardians[0].source_id, "gus");
  EXPECT_THAT(ada.spells, ElementsAre(Spell(0, "05", D(2026, 9, 1), D(2027, 1, 15))));

  EXPECT_EQ(result.Person("gus").kind, Kind::kGuardian);
  EXPECT_TRUE(result.Person("gus").spells.empty());
  const PersonRecord& tea = result.Person("tea");
  EXPECT_EQ(tea.kind, Kind::kStaff);
  // Without dates of their own the rows take those of the class's term.
  EXPECT_THAT(tea.spells, ElementsAre(Spell(0, "", D(2026, 8, 20), D(2027, 1, 15))));
}

TEST(OneRosterReader, NeverCopiesPasswords) {
  const ReadResult result = PackageBuilder().Read();
  for (const PersonRecord& person : result.people) {
    for (const std::string* text :
         {&person.district_id, &person.state_id, &person.username, &person.given_name,
          &person.middle_name, &person.family_name, &person.email, &person.phone, &person.gender,
          &person.race, &person.birth_place, &person.language}) {
      EXPECT_THAT(*text, Not(HasSubstr("secret")));
    }
  }
}

TEST(OneRosterReader, SaysWhatIsKnownAndWhatIsPopulated) {
  PackageBuilder package;
  package.Append("users.csv", "bo,,,true,south,student,,,Bo,Ray,,5002,,,,,,\n");
  const ReadResult result = package.Read();
  ASSERT_TRUE(result.status.ok()) << result.status;
  const PersonRecord& ada = result.Person("ada");
  for (const int field :
       {kFieldName, kFieldBirthDate, kFieldGender, kFieldDistrictId, kFieldStateId, kFieldEmail,
        kFieldPhone, kFieldGrade, kFieldSchool, kFieldRace, kFieldUsername, kFieldGuardianName,
        kFieldGuardianEmail, kFieldGuardianPhone, kFieldBirthPlace}) {
    EXPECT_TRUE(Known(ada, field)) << field;
    EXPECT_TRUE(Populated(ada, field)) << field;
  }
  for (const int field : {kFieldAddress, kFieldLanguage, kFieldProgramId}) {
    EXPECT_FALSE(Known(ada, field)) << field;
  }
  const PersonRecord& bo = result.Person("bo");
  for (const int field : {kFieldStateId, kFieldEmail, kFieldPhone, kFieldGrade, kFieldUsername,
                          kFieldGuardianName, kFieldGuardianEmail, kFieldGuardianPhone}) {
    EXPECT_TRUE(Known(bo, field)) << field;
    EXPECT_FALSE(Populated(bo, field)) << field;
  }
  // No demographics row: nothing is known, not even that it is empty.
  EXPECT_FALSE(Known(bo, kFieldBirthDate));
  EXPECT_FALSE(Known(bo, kFieldGender));
}

TEST(OneRosterReader, TakesAColumnBlankForAKindAsNotExportedUnlessToldOtherwise) {
  PackageBuilder package;
  package.Replace("users.csv", ",,312,gus,", ",,,gus,");
  EXPECT_FALSE(Known(package.Read().Person("ada"), kFieldPhone));
  package.options.blank_column_is_unknown = false;
  const ReadResult literal = package.Read();
  EXPECT_TRUE(Known(literal.Person("ada"), kFieldPhone));
  EXPECT_FALSE(Populated(literal.Person("ada"), kFieldPhone));
}

TEST(OneRosterReader, DoesNotClaimTheStateIdWhenUserIdsHoldOtherNumbersOnly) {
  PackageBuilder package;
  package.Replace("users.csv", "{State:9001}", "{Library:9001}");
  package.options.blank_column_is_unknown = false;
  EXPECT_FALSE(Known(package.Read().Person("ada"), kFieldStateId));
}

TEST(OneRosterReader, ReadsTheHomeLanguageFromMetadata) {
  PackageBuilder package;
  package.Replace("users.csv", ",password\n", ",password,metadata.homeLanguage\n");
  package.Replace("users.csv", ",5,secret\n", ",5,secret,es\n");
  const ReadResult result = package.Read();
  EXPECT_EQ(result.Person("ada").language, "es");
  EXPECT_TRUE(Populated(result.Person("ada"), kFieldLanguage));
  EXPECT_EQ(result.warnings.Count(WarningCode::kExtraColumn), 0U);
}

TEST(OneRosterReader, PrefersPhoneToSms) {
  PackageBuilder package;
  package.Replace("users.csv", "ada@x.org,,312,", "ada@x.org,708,312,");
  EXPECT_EQ(package.Read().Person("ada").phone, "312");
  package.Replace("users.csv", "ada@x.org,708,312,", "ada@x.org,708,,");
  EXPECT_EQ(package.Read().Person("ada").phone, "708");
}

// Stays.

TEST(OneRosterReader, JoinsEnrollmentsAtOneSchoolAndKeepsSchoolsApart) {
  PackageBuilder package;
  package.Append("enrollments.csv",
                 "e3,,,math,north,ada,student,,2026-08-25,2026-12-01\n"
                 "e4,,,art,south,ada,student,,2027-01-20,2027-06-12\n");
  EXPECT_THAT(package.Read().Person("ada").spells,
              ElementsAre(Spell(0, "05", D(2026, 8, 25), D(2027, 1, 15)),
                          Spell(1, "05", D(2027, 1, 20), D(2027, 6, 11))));
}

TEST(OneRosterReader, GivesASchoolThatIsOnlyNamedTheDaysOfTheSession) {
  PackageBuilder package;
  package.Replace("users.csv", "true,north,student", "true,\"north,south\",student");
  EXPECT_THAT(package.Read().Person("ada").spells,
              ElementsAre(Spell(1, "05", D(2026, 8, 20), D(2027, 6, 11)),
                          Spell(0, "05", D(2026, 9, 1), D(2027, 1, 15))));
}

TEST(OneRosterReader, FallsBackToTheFirstOfJulyWithoutASession) {
  PackageBuilder package;
  package.Remove("academicSessions.csv").Remove("enrollments.csv");
  package.Replace("classes.csv", "north,fall", "north,")
      .Replace("classes.csv", "south,y27", "south,");
  ReadResult result = package.Read();
  ASSERT_TRUE(result.status.ok()) << result.status;
  EXPECT_EQ(result.warnings.Count(WarningCode::kNoSchoolYearSession), 1U);
  EXPECT_THAT(result.Person("ada").spells,
              ElementsAre(Spell(0, "05", D(2026, 7, 1), D(2027, 6, 30))));
  package.options.default_begin = D(2026, 8, 1);
  package.options.default_end = D(2027, 5, 31);
  EXPECT_THAT(package.Read().Person("ada").spells,
              ElementsAre(Spell(0, "05", D(2026, 8, 1), D(2027, 5, 31))));
}

TEST(OneRosterReader, ReadsBeginAndEndOnOneDayAsThatDay) {
  PackageBuilder package;
  package.Replace("enrollments.csv", "2026-09-01,2027-01-16", "2027-02-28,2027-02-28");
  const ReadResult result = package.Read();
  EXPECT_THAT(result.Person("ada").spells,
              ElementsAre(Spell(0, "05", D(2027, 2, 28), D(2027, 2, 28))));
  EXPECT_EQ(result.warnings.Count(WarningCode::kOneDaySpell), 1U);
}

TEST(OneRosterReader, TakesExclusiveEndsAcrossTheYearAndLeapDays) {
  PackageBuilder package;
  package.options.school_year = 2028;
  package.Replace("enrollments.csv", "2026-09-01,2027-01-16", "2027-09-01,2028-03-01");
  package.Replace("academicSessions.csv", "y27,,,2026-27,schoolYear,2026-08-20,2027-06-12,,2027",
                  "y27,,,2027-28,schoolYear,2027-08-20,2028-01-01,,2028");
  const ReadResult result = package.Read();
  EXPECT_THAT(result.Person("ada").spells,
              ElementsAre(Spell(0, "05", D(2027, 9, 1), D(2028, 2, 29), 2028)));
  EXPECT_EQ(result.assumed_end, D(2027, 12, 31));
}

TEST(OneRosterReader, KeepsOtherSchoolYearsApartAndWithoutGrade) {
  PackageBuilder package;
  package.Append("enrollments.csv",
                 "e3,,,math,north,ada,student,,2024-09-01,2025-06-13\n"
                 "e4,,,art,south,ada,student,,2025-09-01,2027-02-02\n");
  const ReadResult result = package.Read();
  EXPECT_THAT(result.Person("ada").spells,
              ElementsAre(Spell(0, "", D(2024, 9, 1), D(2025, 6, 12), 2025),
                          Spell(1, "", D(2025, 9, 1), D(2026, 6, 30), 2026),
                          Spell(1, "05", D(2026, 7, 1), D(2027, 2, 1)),
                          Spell(0, "05", D(2026, 9, 1), D(2027, 1, 15))));
  EXPECT_EQ(result.warnings.Count(WarningCode::kOtherSchoolYear), 2U);
}

TEST(OneRosterReader, CutsAStayAtEverySchoolYear) {
  PackageBuilder package;
  package.Replace("enrollments.csv", "tea,teacher,true,,", "tea,teacher,true,2023-11-06,");
  package.Append("enrollments.csv", "e3,,,art,south,ada,student,,2027-06-01,2028-09-02\n");
  const ReadResult result = package.Read();
  ASSERT_TRUE(result.status.ok()) << result.status;
  EXPECT_THAT(result.Person("tea").spells,
              ElementsAre(Spell(0, "", D(2023, 11, 6), D(2024, 6, 30), 2024),
                          Spell(0, "", D(2024, 7, 1), D(2025, 6, 30), 2025),
                          Spell(0, "", D(2025, 7, 1), D(2026, 6, 30), 2026),
                          Spell(0, "", D(2026, 7, 1), D(2027, 1, 15), 2027)));
  EXPECT_THAT(result.Person("ada").spells,
              ElementsAre(Spell(0, "05", D(2026, 9, 1), D(2027, 1, 15), 2027),
                          Spell(1, "05", D(2027, 6, 1), D(2027, 6, 30), 2027),
                          Spell(1, "", D(2027, 7, 1), D(2028, 6, 30), 2028),
                          Spell(1, "", D(2028, 7, 1), D(2028, 9, 1), 2029)));
  EXPECT_EQ(result.warnings.Count(WarningCode::kOtherSchoolYear), 2U);
}

TEST(OneRosterReader, CutsWhereTheSessionOfTheYearBegins) {
  PackageBuilder package;
  package.Replace("academicSessions.csv", "schoolYear,2026-08-20", "schoolYear,2026-06-22");
  package.Replace("enrollments.csv", "2026-09-01,2027-01-16", "2026-03-02,2027-01-16");
  EXPECT_THAT(package.Read().Person("ada").spells,
              ElementsAre(Spell(0, "", D(2026, 3, 2), D(2026, 6, 21), 2026),
                          Spell(0, "05", D(2026, 6, 22), D(2027, 1, 15), 2027)));
}

TEST(OneRosterReader, TakesAStayOfAsManyYearsAsThereMayBe) {
  PackageBuilder package;
  package.Replace("enrollments.csv", "tea,teacher,true,,", "tea,teacher,true,1963-07-01,");
  const ReadResult result = package.Read();
  ASSERT_TRUE(result.status.ok()) << result.status;
  EXPECT_EQ(result.Person("tea").spells.size(), std::size_t{kMaxStayYears});
}

TEST(OneRosterReader, ReadsAFarEndAsOpen) {
  PackageBuilder package;
  package.Replace("enrollments.csv", "2026-09-01,2027-01-16", "2026-09-01,9999-12-31");
  EXPECT_THAT(package.Read().Person("ada").spells,
              ElementsAre(Spell(0, "05", D(2026, 9, 1), D(2027, 1, 15))));
}

TEST(OneRosterReader, GivesASpellForEachGrade) {
  PackageBuilder package;
  package.Replace("users.csv", ",gus,5,secret", ",gus,\"5,K\",secret");
  EXPECT_THAT(package.Read().Person("ada").spells,
              ElementsAre(Spell(0, "05", D(2026, 9, 1), D(2027, 1, 15)),
                          Spell(0, "KG", D(2026, 9, 1), D(2027, 1, 15))));
}

TEST(OneRosterReader, KeepsAStudentWithoutSchoolAtTheDistrict) {
  for (const char* org : {"d", ""}) {
    PackageBuilder package;
    package.Append("users.csv",
                   std::string("bo,,,true,") + org + ",student,,,Bo,Ray,,5002,,,,,7,\n");
    const ReadResult result = package.Read();
    ASSERT_TRUE(result.status.ok()) << result.status;
    ASSERT_EQ(result.schools.size(), 3U);
    EXPECT_EQ(result.schools[0].source_id, "d");
    EXPECT_THAT(result.Person("bo").spells,
                ElementsAre(Spell(0, "07", D(2026, 8, 20), D(2027, 6, 11))));
    EXPECT_EQ(result.warnings.Count(WarningCode::kStudentWithoutSchool), 1U);
  }
}

TEST(OneRosterReader, LeavesTheDistrictOutForAStudentWithASchool) {
  PackageBuilder package;
  package.Replace("users.csv", "true,north,student", "true,\"d,north\",student");
  const ReadResult result = package.Read();
  EXPECT_EQ(result.schools.size(), 2U);
  EXPECT_EQ(result.Person("ada").spells.size(), 1U);
}

// Version 1.2.

PackageBuilder Package12() {
  PackageBuilder package;
  package.Replace("manifest.csv", "oneroster.version,1.1", "oneroster.version,1.2");
  package.Append("manifest.csv", "file.roles,bulk\n");
  package.Set("users.csv",
              "sourcedId,status,dateLastModified,enabledUser,username,userIds,givenName,"
              "familyName,middleName,identifier,email,sms,phone,agentSourcedIds,grades,password,"
              "userMasterIdentifier,preferredGivenName,preferredMiddleName,preferredFamilyName,"
              "primaryOrgSourcedId,pronouns\n"
              "ada,,,true,ada1,,Ada,Moss,,5001,,,,gus,5,secret,,Addie,,Moss-Ray,north,\n"
              "gus,,,true,,,Gus,Moss,,,gus@x.org,,,,,,,,,,,\n"
              "tea,,,true,,,Tea,Cher,,7001,,,,,,,,,,,north,\n");
  package.Set("roles.csv",
              "sourcedId,status,dateLastModified,userSourcedId,roleType,role,beginDate,endDate,"
              "orgSourcedId,userProfileSourcedId\n"
              "r1,,,ada,primary,student,2026-09-01,2027-06-12,north,\n"
              "r2,,,gus,primary,guardian,,,north,\n"
              "r3,,,tea,primary,teacher,,,north,\n"
              "r4,,,tea,secondary,counselor,,,south,\n");
  return package;
}

TEST(OneRosterReader, ReadsVersionTwoWithRoles) {
  const ReadResult result = Package12().Read();
  ASSERT_TRUE(result.status.ok()) << result.status;
  EXPECT_EQ(result.version, 12);
  EXPECT_TRUE(result.warnings.list().empty());
  const PersonRecord& ada = result.Person("ada");
  EXPECT_EQ(ada.kind, Kind::kStudent);
  EXPECT_EQ(ada.preferred_given_name, "Addie");
  EXPECT_EQ(ada.preferred_family_name, "Moss-Ray");
  EXPECT_THAT(ada.spells, ElementsAre(Spell(0, "05", D(2026, 9, 1), D(2027, 6, 11))));
  EXPECT_TRUE(Populated(ada, kFieldGuardianEmail));
  EXPECT_EQ(result.Person("gus").kind, Kind::kGuardian);
  EXPECT_EQ(result.Person("tea").kind, Kind::kStaff);
  EXPECT_EQ(result.Person("tea").spells.size(), 2U);
}

TEST(OneRosterReader, LetsEnrollmentsTellTheKindOfAUserWithoutRole) {
  PackageBuilder package = Package12();
  package.Replace("roles.csv", "r1,,,ada,primary,student,2026-09-01,2027-06-12,north,\n", "");
  EXPECT_EQ(package.Read().Person("ada").kind, Kind::kStudent);
  package.Replace("enrollments.csv", "e1,,,math,north,ada,student,,2026-09-01,2027-01-16\n", "");
  EXPECT_THAT(std::string(package.Read().status.message()),
              HasSubstr("users.csv, row 2, column sourcedId: neither roles.csv nor"));
}

TEST(OneRosterReader, GoesByTheFilesWhenTheVersionDoesNotFit) {
  PackageBuilder old_manifest = Package12();
  old_manifest.Replace("manifest.csv", "oneroster.version,1.2", "oneroster.version,1.1");
  EXPECT_EQ(old_manifest.Read().version, 12);
  EXPECT_EQ(old_manifest.Read().warnings.Count(WarningCode::kVersionMismatch), 1U);
  PackageBuilder new_manifest;
  new_manifest.Replace("manifest.csv", "oneroster.version,1.1", "oneroster.version,1.2");
  EXPECT_EQ(new_manifest.Read().version, 11);
  EXPECT_EQ(new_manifest.Read().warnings.Count(WarningCode::kVersionMismatch), 1U);
}

// Deltas.

PackageBuilder Delta() {
  PackageBuilder package;
  for (const char* name :
       {"orgs.csv", "academicSessions.csv", "classes.csv", "demographics.csv", "enrollments.csv"}) {
    package.Remove(name);
  }
  package.MakeDelta();
  package.Set("users.csv",
              "sourcedId,status,dateLastModified,enabledUser,orgSourcedIds,role,username,userIds,"
              "givenName,familyName,middleName,identifier,email,sms,phone,agentSourcedIds,grades,"
              "password\n"
              "ada,active,2026-10-01T00:00:00Z,true,north,student,,,Ada,Moss,,5001,,,,gus,5,\n"
              "bo,tobedeleted,2026-10-01T00:00:00Z,true,north,student,,,Bo,Ray,,5002,,,,,7,\n");
  return package;
}

TEST(OneRosterReader, ReadsADelta) {
  const ReadResult result = Delta().Read();
  ASSERT_TRUE(result.status.ok()) << result.status;
  EXPECT_TRUE(result.delta);
  EXPECT_FALSE(result.Person("ada").deleted);
  EXPECT_TRUE(result.Person("bo").deleted);
  EXPECT_TRUE(result.Person("bo").spells.empty());
  ASSERT_EQ(result.schools.size(), 1U);
  EXPECT_EQ(result.schools[0].source_id, "north");
  EXPECT_EQ(result.schools[0].name, "");
  EXPECT_THAT(result.Person("ada").spells,
              ElementsAre(Spell(0, "05", result.assumed_begin, result.assumed_end)));
  // The guardian is not in the package, so nothing is claimed about him.
  EXPECT_EQ(result.Person("ada").guardians.size(), 1U);
  EXPECT_FALSE(Known(result.Person("ada"), kFieldGuardianEmail));
}

TEST(OneRosterReader, HandsOnRowsAboutPeopleWhoAreNotInTheDelta) {
  PackageBuilder package = Delta();
  package.Append("manifest.csv", "file.enrollments,delta\nfile.demographics,delta\n");
  package.Set("enrollments.csv",
              "sourcedId,status,dateLastModified,classSourcedId,schoolSourcedId,userSourcedId,"
              "role,primary,beginDate,endDate\n"
              "e7,active,2026-10-01T00:00:00Z,bio,south,cyd,student,,2026-10-01,2027-02-01\n"
              "e8,tobedeleted,2026-10-01T00:00:00Z,bio,north,cyd,student,,2026-10-01,2027-02-01\n");
  package.Set("demographics.csv",
              "sourcedId,status,dateLastModified,birthDate,sex\n"
              "cyd,active,2026-10-01T00:00:00Z,2014-05-06,male\n");
  const ReadResult result = package.Read();
  ASSERT_TRUE(result.status.ok()) << result.status;
  ASSERT_EQ(result.partial.size(), 1U);
  const PersonRecord& cyd = result.partial[0];
  EXPECT_EQ(cyd.source_id, "cyd");
  EXPECT_EQ(cyd.kind, Kind::kStudent);
  EXPECT_EQ(cyd.birth_date, D(2014, 5, 6));
  EXPECT_FALSE(Known(cyd, kFieldName));
  ASSERT_EQ(cyd.spells.size(), 1U);
  EXPECT_EQ(result.schools[cyd.spells[0].school].source_id, "south");
  EXPECT_EQ(cyd.spells[0].end, D(2027, 1, 31));
  EXPECT_EQ(result.warnings.Count(WarningCode::kOrphanEnrollment), 2U);
  EXPECT_EQ(result.warnings.Count(WarningCode::kDeletedRowSkipped), 1U);
}

TEST(OneRosterReader, TakesAPackageWithoutUsersAsADelta) {
  PackageBuilder package;
  for (const char* name : {"orgs.csv", "academicSessions.csv", "classes.csv", "demographics.csv",
                           "enrollments.csv", "users.csv"}) {
    package.Remove(name);
  }
  const ReadResult result = package.Read();
  ASSERT_TRUE(result.status.ok()) << result.status;
  EXPECT_TRUE(result.delta);
  EXPECT_TRUE(result.people.empty());
}

// Deviations that are accepted and counted.

struct Deviation {
  const char* name;
  std::function<void(PackageBuilder&)> make;
  WarningCode code;
  std::uint64_t count;
};

class OneRosterDeviation : public ::testing::TestWithParam<Deviation> {};

TEST_P(OneRosterDeviation, IsCountedAndChangesNothing) {
  const ReadResult clean = PackageBuilder().Read();
  PackageBuilder package;
  GetParam().make(package);
  const ReadResult result = package.Read();
  ASSERT_TRUE(result.status.ok()) << result.status;
  EXPECT_EQ(result.warnings.Count(GetParam().code), GetParam().count);
  ASSERT_EQ(result.people.size(), clean.people.size());
  for (std::size_t i = 0; i < clean.people.size(); ++i) {
    const PersonRecord& want = clean.people[i];
    const PersonRecord& have = result.people[i];
    EXPECT_EQ(have.source_id, want.source_id);
    EXPECT_EQ(have.kind, want.kind);
    EXPECT_EQ(have.given_name, want.given_name);
    EXPECT_EQ(have.family_name, want.family_name);
    EXPECT_EQ(have.district_id, want.district_id);
    EXPECT_EQ(have.birth_date, want.birth_date);
    EXPECT_EQ(have.gender, want.gender);
    EXPECT_EQ(have.race, want.race);
    EXPECT_EQ(have.birth_place, want.birth_place);
    EXPECT_EQ(have.spells, want.spells);
    EXPECT_EQ(have.guardians, want.guardians);
    EXPECT_EQ(have.populated, want.populated);
  }
}

// Shows a case by its name instead of its bytes.
void PrintTo(const Deviation& deviation, std::ostream* out) { *out << deviation.name; }

std::string CaseName(std::string_view name) {
  std::string out;
  bool upper = true;
  for (const char c : name) {
    const bool letter = std::isalnum(static_cast<unsigned char>(c)) != 0;
    if (letter) out += upper ? static_cast<char>(std::toupper(static_cast<unsigned char>(c))) : c;
    upper = !letter;
  }
  return out;
}

void ReplaceAll(std::string& text, std::string_view from, std::string_view to) {
  for (std::size_t at = text.find(from); at != std::string::npos;
       at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
}

INSTANTIATE_TEST_SUITE_P(
    Wild, OneRosterDeviation,
    ::testing::ValuesIn(std::vector<Deviation>{
        {"byte order mark", [](auto& p) { p.File("users.csv").insert(0, "\xEF\xBB\xBF"); },
         WarningCode::kByteOrderMark, 1},
        {"crlf needs no warning",
         [](auto& p) {
           for (const char* f : {"users.csv", "orgs.csv", "enrollments.csv", "manifest.csv"}) {
             ReplaceAll(p.File(f), "\n", "\r\n");
           }
         },
         WarningCode::kLoneCarriageReturn, 0},
        {"blank lines", [](auto& p) { p.Append("users.csv", "\n,,,,\n"); }, WarningCode::kBlankLine,
         2},
        {"missing trailing cells",
         [](auto& p) { p.Replace("users.csv", "tea@x.org,,,,,\n", "tea@x.org\n"); },
         WarningCode::kRaggedRow, 1},
        {"blank trailing cells too many",
         [](auto& p) { p.Replace("users.csv", "tea@x.org,,,,,\n", "tea@x.org,,,,,,,\n"); },
         WarningCode::kRaggedRow, 1},
        {"padding", [](auto& p) { p.Replace("users.csv", ",Ada,", ", Ada ,"); },
         WarningCode::kPaddedCell, 1},
        {"termSourcedId",
         [](auto& p) { p.Replace("classes.csv", "termSourcedIds", "termSourcedId"); },
         WarningCode::kMisspeltHeader, 1},
        {"stateofBirthAbbreviation",
         [](auto& p) {
           p.Replace("demographics.csv", "stateOfBirthAbbreviation", "stateofBirthAbbreviation");
         },
         WarningCode::kMisspeltHeader, 1},
        {"headers with spaces", [](auto& p) { p.Replace("users.csv", "givenName", "Given Name"); },
         WarningCode::kMisspeltHeader, 1},
        {"reordered columns",
         [](auto& p) {
           p.Set("users.csv",
                 "sourcedId,status,dateLastModified,enabledUser,orgSourcedIds,role,username,"
                 "userIds,givenName,agentSourcedIds,familyName,middleName,identifier,email,sms,"
                 "phone,grades,password\n"
                 "ada,,,true,north,student,ada1,{State:9001},Ada,gus,Moss,Q,5001,ada@x.org,,312,5,"
                 "secret\n"
                 "gus,,,true,north,parent,,,Gus,,Moss,,,gus@x.org,,773,,\n"
                 "tea,,,true,north,teacher,tea1,,Tea,,Cher,,7001,tea@x.org,,,,\n");
         },
         WarningCode::kReorderedColumns, 1},
        {"extra column",
         [](auto& p) {
           p.Replace("enrollments.csv", "endDate\n", "endDate,courseSourcedId\n");
           p.Replace("enrollments.csv", "2027-01-16\n", "2027-01-16,c1\n");
           p.Replace("enrollments.csv", "true,,\n", "true,,,c1\n");
         },
         WarningCode::kExtraColumn, 1},
        {"missing column", [](auto& p) { p.Replace("orgs.csv", "type,identifier", "type,number"); },
         WarningCode::kMissingColumn, 1},
        {"active in bulk", [](auto& p) { p.Replace("users.csv", "ada,,", "ada,active,"); },
         WarningCode::kBulkStatusSet, 1},
        {"date in bulk", [](auto& p) { p.Replace("users.csv", "ada,,,", "ada,,2026-08-01,"); },
         WarningCode::kBulkStatusSet, 1},
        {"inactive", [](auto& p) { p.Replace("users.csv", "ada,,", "ada,inactive,"); },
         WarningCode::kIllegalStatusAccepted, 1},
        {"local dates",
         [](auto& p) {
           p.Replace("enrollments.csv", "2026-09-01,2027-01-16", "9/1/2026,1/16/2027");
         },
         WarningCode::kLocalDate, 2},
        {"dates with times",
         [](auto& p) { p.Replace("demographics.csv", "2016-02-29", "2016-02-29T00:00:00.000Z"); },
         WarningCode::kDateWithTime, 1},
        {"yes and no",
         [](auto& p) { p.Replace("demographics.csv", "false,true,false", "no,YES,0"); },
         WarningCode::kBooleanSpelling, 3},
        {"F for female", [](auto& p) { p.Replace("demographics.csv", ",female,", ",F,"); },
         WarningCode::kWordSpelling, 1},
        {"role in capitals", [](auto& p) { p.Replace("users.csv", ",student,", ",Student,"); },
         WarningCode::kWordSpelling, 1},
        {"two roles", [](auto& p) { p.Replace("users.csv", ",teacher,", ",\"teacher,parent\","); },
         WarningCode::kMultipleRoles, 1},
        {"extension role", [](auto& p) { p.Replace("users.csv", ",teacher,", ",ext:coach,"); },
         WarningCode::kExtensionWord, 1},
        {"school year as a pair",
         [](auto& p) { p.Replace("academicSessions.csv", "12,,2027", "12,,2026-2027"); },
         WarningCode::kSchoolYearForm, 1},
        {"school year by its beginning",
         [](auto& p) { p.Replace("academicSessions.csv", "12,,2027", "12,,2026"); },
         WarningCode::kSchoolYearForm, 1},
        {"no manifest", [](auto& p) { p.Remove("manifest.csv"); }, WarningCode::kNoManifest, 1},
        {"file not in the manifest",
         [](auto& p) { p.Replace("manifest.csv", "demographics,bulk", "demographics,absent"); },
         WarningCode::kManifestMismatch, 1},
        {"unknown file", [](auto& p) { p.Set("readme.txt", "hello"); }, WarningCode::kUnknownFile,
         1},
        {"guardian in a class",
         [](auto& p) { p.Append("enrollments.csv", "e9,,,math,north,gus,student,,,\n"); },
         WarningCode::kGuardianEnrollment, 1},
    }),
    [](const auto& test) { return CaseName(test.param.name); });

// Refusals.

struct Refused {
  const char* name;
  std::function<void(PackageBuilder&)> make;
  const char* place;
  const char* reason;
};

void PrintTo(const Refused& refused, std::ostream* out) { *out << refused.name; }

class OneRosterRefusal : public ::testing::TestWithParam<Refused> {};

TEST_P(OneRosterRefusal, NamesThePlaceAndNoPerson) {
  PackageBuilder package;
  GetParam().make(package);
  const ReadResult result = package.Read();
  EXPECT_EQ(result.status.code(), absl::StatusCode::kInvalidArgument) << result.status;
  const std::string message(result.status.message());
  EXPECT_THAT(message, HasSubstr(GetParam().place));
  EXPECT_THAT(message, HasSubstr(GetParam().reason));
  for (const char* personal : {"Ada", "Moss", "5001", "9001", "ada", "zzz", "2016"}) {
    EXPECT_THAT(message, Not(HasSubstr(personal)));
  }
}

INSTANTIATE_TEST_SUITE_P(
    Uncertain, OneRosterRefusal,
    ::testing::ValuesIn(std::vector<Refused>{
        {"duplicate user",
         [](auto& p) { p.Append("users.csv", "ada,,,true,north,student,,,A,B,,5009,,,,,,\n"); },
         "users.csv, row 5, column sourcedId:", "row 2 already"},
        {"duplicate student number",
         [](auto& p) { p.Append("users.csv", "bo,,,true,north,student,,,A,B,,5001,,,,,,\n"); },
         "users.csv, row 5, column identifier:", "the student of row 2"},
        {"duplicate org", [](auto& p) { p.Append("orgs.csv", "north,,,N,school,,\n"); },
         "orgs.csv, row 5, column sourcedId:", "row 3"},
        {"duplicate class",
         [](auto& p) { p.Append("classes.csv", "art,,,A,,,,,,north,,,,\n"); },
         "classes.csv, row 4, column sourcedId:", "row 3"},
        {"duplicate session",
         [](auto& p) {
           p.Append("academicSessions.csv", "fall,,,F,term,2026-08-20,2027-01-16,,2027\n");
         },
         "academicSessions.csv, row 4, column sourcedId:", "row 3"},
        {"duplicate enrollment",
         [](auto& p) { p.Append("enrollments.csv", "e1,,,math,north,tea,teacher,,,\n"); },
         "enrollments.csv, row 4, column sourcedId:", "row 2"},
        {"duplicate demographics",
         [](auto& p) { p.Append("demographics.csv", "ada,,,,male,,,,,,,,,,,\n"); },
         "demographics.csv, row 3, column sourcedId:", "row 2"},
        {"unknown org",
         [](auto& p) { p.Replace("users.csv", "true,north,student", "true,\"north,zzz\",student"); },
         "users.csv, row 2, column orgSourcedIds:", "not in orgs.csv"},
        {"unknown school of a class",
         [](auto& p) { p.Replace("classes.csv", ",south,y27", ",zzz,y27"); },
         "classes.csv, row 3, column schoolSourcedId:", "not in orgs.csv"},
        {"unknown term", [](auto& p) { p.Replace("classes.csv", "south,y27", "south,zzz"); },
         "classes.csv, row 3, column termSourcedIds:", "not in academicSessions.csv"},
        {"unknown class", [](auto& p) { p.Replace("enrollments.csv", "e2,,,math", "e2,,,zzz"); },
         "enrollments.csv, row 3, column classSourcedId:", "not in classes.csv"},
        {"unknown school of an enrollment",
         [](auto& p) { p.Replace("enrollments.csv", "math,north,tea", "math,zzz,tea"); },
         "enrollments.csv, row 3, column schoolSourcedId:", "not in orgs.csv"},
        {"unknown user of an enrollment",
         [](auto& p) { p.Replace("enrollments.csv", "north,tea", "north,zzz"); },
         "enrollments.csv, row 3, column userSourcedId:", "not in users.csv"},
        {"unknown user of demographics",
         [](auto& p) { p.Append("demographics.csv", "zzz,,,,,,,,,,,,,,,\n"); },
         "demographics.csv, row 3, column sourcedId:", "not in users.csv"},
        {"unknown agent", [](auto& p) { p.Replace("users.csv", ",gus,5,", ",\"gus,zzz\",5,"); },
         "users.csv, row 2, column agentSourcedIds:", "not in users.csv"},
        {"end before begin",
         [](auto& p) { p.Replace("enrollments.csv", "2026-09-01,2027-01-16", "2026-09-01,2026-08-31"); },
         "enrollments.csv, row 2, column endDate:", "before the begin"},
        {"stay since ever",
         [](auto& p) {
           p.Replace("enrollments.csv", "2026-09-01,2027-01-16", "1900-01-01,2027-01-16");
         },
         "enrollments.csv, row 2, column beginDate:", "more than 64 school years"},
        {"stay to come",
         [](auto& p) { p.Replace("enrollments.csv", "2026-09-01,2027-01-16", "2206-09-01,"); },
         "enrollments.csv, row 2, column beginDate:", "2100 or later"},
        {"no such day",
         [](auto& p) { p.Replace("demographics.csv", "2016-02-29", "2015-02-29"); },
         "demographics.csv, row 2, column birthDate:", "not a date"},
        {"day first", [](auto& p) { p.Replace("demographics.csv", "2016-02-29", "29/2/2016"); },
         "demographics.csv, row 2, column birthDate:", "not a date"},
        {"ambiguous local date",
         [](auto& p) { p.Replace("demographics.csv", "2016-02-29", "3/4/2016"); },
         "demographics.csv, row 2, column birthDate:", "no date of the file settles it"},
        {"unknown status", [](auto& p) { p.Replace("users.csv", "ada,,", "ada,zzz,"); },
         "users.csv, row 2, column status:", "none of active and tobedeleted"},
        {"deleted in bulk", [](auto& p) { p.Replace("users.csv", "ada,,", "ada,tobedeleted,"); },
         "users.csv, row 2, column status:", "a bulk file may not hold"},
        {"unknown role", [](auto& p) { p.Replace("users.csv", ",student,", ",zzz,"); },
         "users.csv, row 2, column role:", "no word that OneRoster knows"},
        {"blank role", [](auto& p) { p.Replace("users.csv", ",student,", ",,"); },
         "users.csv, row 2, column role:", "blank"},
        {"unknown sex", [](auto& p) { p.Replace("demographics.csv", ",female,", ",zzz,"); },
         "demographics.csv, row 2, column sex:", "none of male"},
        {"unknown boolean",
         [](auto& p) { p.Replace("demographics.csv", "female,false", "female,zzz"); },
         "demographics.csv, row 2, column americanIndianOrAlaskaNative:", "neither true nor false"},
        {"unknown org type", [](auto& p) { p.Replace("orgs.csv", "North School,school", "N,zzz"); },
         "orgs.csv, row 3, column type:", "none of school"},
        {"school year that fits no date",
         [](auto& p) { p.Replace("academicSessions.csv", "12,,2027", "12,,2019"); },
         "academicSessions.csv, row 2, column schoolYear:", "does not fit the dates"},
        {"session without begin",
         [](auto& p) { p.Replace("academicSessions.csv", "2026-08-20,2027-06-12", ",2027-06-12"); },
         "academicSessions.csv, row 2, column startDate:", "blank"},
        {"session without end",
         [](auto& p) {
           p.Replace("academicSessions.csv", "2026-08-20,2027-06-12", "2026-08-20,9999-12-31");
         },
         "academicSessions.csv, row 2, column endDate:", "no end"},
        {"missing column", [](auto& p) { p.Replace("users.csv", "familyName,", "zzz,"); },
         "users.csv, row 1, column familyName:", "missing"},
        {"column twice", [](auto& p) { p.Replace("users.csv", "middleName,", "familyName,"); },
         "users.csv, row 1, column familyName:", "twice"},
        {"too many cells", [](auto& p) { p.Replace("users.csv", ",5,secret", ",5,secret,zzz"); },
         "users.csv, row 2, column 19:", "more cells than the header"},
        {"blank id", [](auto& p) { p.Replace("users.csv", "\nada,", "\n,"); },
         "users.csv, row 2, column sourcedId:", "blank"},
        {"long id",
         [](auto& p) { p.Replace("users.csv", "\nada,", "\n" + std::string(256, 'a') + ","); },
         "users.csv, row 2, column sourcedId:", "longer than 255"},
        {"long name",
         [](auto& p) { p.Replace("users.csv", ",Ada,", "," + std::string(20000, 'A') + ","); },
         "users.csv, row 2, column givenName:", "longer than 16 KiB"},
        {"huge name",
         [](auto& p) { p.Replace("users.csv", ",Ada,", "," + std::string(10U << 20, 'A') + ","); },
         "users.csv, row 2, column givenName:", "longer than 1 MiB"},
        {"invalid UTF-8", [](auto& p) { p.Replace("users.csv", ",Ada,", ",Ad\xE1,"); },
         "users.csv, row 2, column givenName:", "not UTF-8"},
        {"NUL", [](auto& p) { p.Replace("users.csv", ",Ada,", std::string_view(",A\0,", 4)); },
         "users.csv, row 2, column givenName:", "NUL"},
        {"empty file", [](auto& p) { p.Set("orgs.csv", ""); }, "orgs.csv:", "is empty"},
        {"no users in bulk",
         [](auto& p) { std::string& f = p.File("users.csv"); f.erase(f.find('\n') + 1); },
         "users.csv:", "no rows"},
        {"announced file missing",
         [](auto& p) { p.Append("manifest.csv", "file.courses,bulk\n"); }, "courses.csv:",
         "is missing"},
        {"announced roster file missing",
         [](auto& p) { p.Remove("enrollments.csv").Append("manifest.csv", "file.enrollments,delta\n"); },
         "enrollments.csv:", "manifest.csv calls it delta"},
        {"mixed modes",
         [](auto& p) { p.Replace("manifest.csv", "enrollments,bulk", "enrollments,delta"); },
         "manifest.csv:", "must all be the same"},
        {"unknown mode", [](auto& p) { p.Replace("manifest.csv", "users,bulk", "users,full"); },
         "manifest.csv, row 10, column value:", "absent, bulk or delta"},
        {"unknown version", [](auto& p) { p.Replace("manifest.csv", "version,1.1", "version,2.0"); },
         "manifest.csv", "none of 1.0, 1.1 and 1.2"},
        {"bulk without orgs", [](auto& p) { p.Remove("orgs.csv"); }, "orgs.csv:", "is missing"},
        {"enrollments without users", [](auto& p) { p.Remove("users.csv"); }, "users.csv:",
         "is missing"},
        {"delta without any status", [](auto& p) { p.MakeDelta(); }, "users.csv",
         "no row has a status"},
        {"birth after the roster", [](auto& p) { p.options.as_of = MakeDay(2010, 1, 1); },
         "demographics.csv, row 2, column birthDate:", "after the date of the roster"},
        {"School Data Sync, old",
         [](auto& p) { p.Set("Student.csv", "SIS ID\n1\n").Set("School.csv", "SIS ID\n1\n"); },
         "package:", "School Data Sync"},
        {"School Data Sync, new",
         [](auto& p) {
           p.Set("users.csv",
                 "sourcedId,orgSourcedIds,givenName,familyName,username,password,role,grade\n"
                 "1,north,A,B,c,d,Student,6\n");
         },
         "users.csv, row 1:", "School Data Sync"},
    }),
    [](const auto& test) { return CaseName(test.param.name); });

TEST(OneRosterReader, RefusesAStudentWithoutSchoolWhenNoDistrictIsCertain) {
  PackageBuilder package;
  package.Append("orgs.csv", "d2,,,Other,district,2,\n");
  package.Append("users.csv", "bo,,,true,,student,,,Bo,Ray,,5002,,,,,7,\n");
  EXPECT_THAT(std::string(package.Read().status.message()),
              HasSubstr("users.csv, row 5, column orgSourcedIds: names no organisation"));
}

TEST(OneRosterReader, CanStreamThePeopleAgainWithTheSameResultAndNoFurtherWarnings) {
  PackageBuilder builder;
  builder.Append("users.csv", "bo,,,true,d,student,,,Bo,Ray,,5002,,,,,Z9,\n");
  std::vector<TempFile> temporary;
  std::vector<SpooledFile> spooled;
  temporary.reserve(builder.files().size());
  for (const auto& [name, content] : builder.files()) {
    temporary.emplace_back(content);
    spooled.push_back({name, temporary.back().fd()});
  }
  Warnings warnings;
  auto package = Package::FromFiles(spooled, {}, &warnings);
  ASSERT_TRUE(package.ok());
  auto reader = OneRosterReader::Open(**package, builder.options, &warnings);
  ASSERT_TRUE(reader.ok()) << reader.status();
  std::vector<std::string> seen;
  for (int i = 0; i < 2; ++i) {
    ASSERT_TRUE((*reader)
                    ->ForEachPerson([&](const PersonRecord& person) {
                      seen.push_back(person.source_id);
                      return absl::OkStatus();
                    })
                    .ok());
  }
  EXPECT_THAT(seen, ElementsAre("ada", "gus", "tea", "bo", "ada", "gus", "tea", "bo"));
  EXPECT_EQ(warnings.Count(WarningCode::kStudentWithoutSchool), 1U);
  EXPECT_EQ(warnings.Count(WarningCode::kUnknownGrade), 1U);
}

TEST(OneRosterReader, ReportsProgressAndStopsWhenToldTo) {
  PackageBuilder package;
  std::vector<std::string> files;
  package.options.progress = [&](const ReadProgress& progress) {
    EXPECT_EQ(progress.bytes_done, progress.bytes_total);
    files.emplace_back(progress.file);
    return absl::OkStatus();
  };
  EXPECT_TRUE(package.Read().status.ok());
  EXPECT_THAT(files, ElementsAre("orgs.csv", "academicSessions.csv", "classes.csv", "users.csv",
                                 "enrollments.csv", "demographics.csv", "users.csv"));
  package.options.progress = [](const ReadProgress&) { return absl::CancelledError("stop"); };
  EXPECT_EQ(package.Read().status.code(), absl::StatusCode::kCancelled);
}

}  // namespace
}  // namespace rollcall::roster
