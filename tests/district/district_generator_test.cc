#include "client/district/district_generator.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "client/district/calendar.h"
#include "tests/district/district_files.h"

namespace rollcall::district {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::Ge;
using ::testing::HasSubstr;
using ::testing::Le;
using ::testing::MatchesRegex;

class DistrictTest : public testing::Test {
 protected:
  DistrictTest() {
    std::string pattern = (std::filesystem::temp_directory_path() / "district-XXXXXX").string();
    directory_ = mkdtemp(pattern.data());
  }
  ~DistrictTest() override { std::filesystem::remove_all(directory_); }

  // A district of its own directory, not yet generated.
  DistrictOptions Options(const std::string& name) const {
    DistrictOptions options;
    options.students = 600;
    options.out_dir = (directory_ / name).string();
    return options;
  }

  static DistrictReport Generate(const DistrictOptions& options) {
    auto report = GenerateDistrict(options);
    EXPECT_TRUE(report.ok()) << report.status().ToString();
    return report.ok() ? *std::move(report) : DistrictReport{};
  }

  static std::map<std::string, std::string> Contents(const DistrictOptions& options) {
    std::map<std::string, std::string> contents;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(options.out_dir)) {
      if (!entry.is_regular_file()) continue;
      contents[std::filesystem::relative(entry.path(), options.out_dir)] = ReadText(entry.path());
    }
    return contents;
  }

  static std::string PackagePath(const DistrictOptions& options, int year) {
    return absl::StrCat(options.out_dir, "/roster-", year, ".zip");
  }

  static Table PlainCsv(const DistrictOptions& options, const std::string& name) {
    return Table(ReadText(options.out_dir + "/" + name), "\n");
  }

  std::filesystem::path directory_;
};

TEST(CalendarTest, SchoolYearsRunFromTheLastMondayOfAugustToTheThirdFridayOfJune) {
  EXPECT_EQ(DateText(SchoolYearBegin(2016)), "2015-08-31");
  EXPECT_EQ(DateText(SchoolYearEnd(2016)), "2016-06-17");
  EXPECT_EQ(DateText(SchoolYearBegin(2027)), "2026-08-31");
  EXPECT_EQ(DateText(SchoolYearEnd(2027)), "2027-06-18");
}

TEST(CalendarTest, OnlyDatesThatExistAreRead) {
  EXPECT_EQ(ParseDate("1970-01-02"), 1);
  EXPECT_EQ(DateText(*ParseDate("2024-02-29")), "2024-02-29");
  EXPECT_TRUE(IsLeapDay(*ParseDate("2024-02-29")));
  EXPECT_FALSE(IsLeapDay(*ParseDate("2024-02-28")));
  for (const char* text : {"2023-02-29", "2024-13-01", "2024-1-01", "2024-01-01 ", "", "2024/01/01",
                           "20-4-01-01", "----------", "2024-01-0-"}) {
    EXPECT_FALSE(ParseDate(text).has_value()) << text;
  }
}

TEST_F(DistrictTest, EqualOptionsGiveEqualBytesInAnyTimeZone) {
  DistrictOptions first = Options("first");
  first.change_percent = 5;
  DistrictOptions second = first;
  second.out_dir = Options("second").out_dir;
  Generate(first);
  const char* const old_zone = getenv("TZ");
  const std::string saved = old_zone == nullptr ? "" : old_zone;
  setenv("TZ", "Asia/Kathmandu", 1);
  tzset();
  Generate(second);
  if (old_zone == nullptr) {
    unsetenv("TZ");
  } else {
    setenv("TZ", saved.c_str(), 1);
  }
  tzset();

  const auto contents = Contents(first);
  EXPECT_EQ(contents.size(), 12 + 1 + 3 + 1 + 1u);
  EXPECT_TRUE(contents == Contents(second));
}

TEST_F(DistrictTest, AnotherSeedGivesAnotherDistrict) {
  DistrictOptions first = Options("first");
  DistrictOptions second = Options("second");
  second.seed = 2;
  Generate(first);
  Generate(second);
  const auto old_contents = Contents(first);
  for (const auto& [name, text] : Contents(second)) EXPECT_NE(text, old_contents.at(name)) << name;
}

TEST_F(DistrictTest, TruthEqualsARecountOfTheFiles) {
  DistrictOptions options = Options("out");
  options.students = 1500;
  options.change_percent = 10;
  options.windows = {{"one-day", DayOf(2020, 2, 29), DayOf(2020, 2, 29)},
                     {"summer", DayOf(2021, 7, 1), DayOf(2021, 8, 1)}};
  const DistrictReport report = Generate(options);
  const std::string recount = TruthToJson(RecountTruth(options));
  EXPECT_EQ(TruthToJson(report.truth), recount);
  EXPECT_EQ(ReadText(options.out_dir + "/truth.json"), recount);
}

TEST_F(DistrictTest, TruthEqualsARecountWhenTheLastPackageIsOneRoster12) {
  DistrictOptions options = Options("out");
  options.seed = 77;
  options.from_year = 2018;
  options.last_year_v1p2 = true;
  Generate(options);
  EXPECT_FALSE(std::filesystem::exists(options.out_dir + "/vendor-lists/noble.csv"));
  EXPECT_EQ(ReadText(options.out_dir + "/truth.json"), TruthToJson(RecountTruth(options)));
}

TEST_F(DistrictTest, TheWorldHasTheShapeThatIsPromised) {
  DistrictOptions options = Options("out");
  options.students = 5000;
  const DistrictTruth truth = Generate(options).truth;
  EXPECT_EQ(truth.current.students, 5000);
  EXPECT_EQ(truth.schools, 10);
  EXPECT_GT(truth.charter_schools, 0);
  EXPECT_GT(truth.former.students, 5000);
  for (const YearTruth& year : truth.years) {
    EXPECT_THAT(year.people.students, AllOf(Ge(4950), Le(5050))) << year.year;
    EXPECT_THAT(year.people.staff, AllOf(Ge(350), Le(500))) << year.year;
    EXPECT_THAT(year.two_school, AllOf(Ge(150), Le(250))) << year.year;
    EXPECT_EQ(year.grades.size(), 14u) << year.year;
    EXPECT_EQ(year.schools.size(), 10u) << year.year;
    if (year.year == options.from_year) continue;
    EXPECT_GT(year.left.students, 400) << year.year;
    EXPECT_GT(year.left.staff, 10) << year.year;
    if (year.year > options.from_year + 2) {
      EXPECT_GT(year.returned.students, 0) << year.year;
    }
  }
  const std::int64_t students = truth.people.students;
  EXPECT_THAT(truth.with_medicaid * 100 / students, AllOf(Ge(45), Le(55)));
  EXPECT_GT(truth.with_reopened_medicaid, 0);
  EXPECT_GT(truth.with_iep, 0);
  EXPECT_GT(truth.with_el, 0);
  EXPECT_GT(truth.born_on_leap_day, 0);
  EXPECT_THAT(truth.without_gender * 1000 / students, AllOf(Ge(5), Le(15)));
  EXPECT_THAT(truth.without_state_id * 1000 / students, AllOf(Ge(20), Le(40)));
  EXPECT_THAT(truth.without_birth_date, AllOf(Ge(1), Le(students / 200)));
  for (const char* language : {"en", "es", "zh", "pl", "ar", "ur", "uk", "vi"}) {
    EXPECT_GT(truth.languages.count(language), 0u) << language;
  }
  for (const ContactTruth& contacts : {truth.current_contacts, truth.former_contacts}) {
    EXPECT_LT(contacts.with_guardian, contacts.students);
    EXPECT_LT(contacts.with_guardian_email, contacts.with_guardian);
    EXPECT_LT(contacts.with_address, contacts.students);
    EXPECT_GT(contacts.with_neither, 0);
  }
  for (const WindowTruth& window : truth.windows) {
    EXPECT_GT(window.students_with_medicaid, 0) << window.window.name;
    EXPECT_LT(window.students_with_medicaid, window.people.students) << window.window.name;
  }
}

constexpr char kOrgs[] = "sourcedId,status,dateLastModified,name,type,identifier,parentSourcedId";
constexpr char kSessions[] =
    "sourcedId,status,dateLastModified,title,type,startDate,endDate,parentSourcedId,schoolYear";
constexpr char kCourses[] =
    "sourcedId,status,dateLastModified,schoolYearSourcedId,title,courseCode,grades,orgSourcedId,"
    "subjects,subjectCodes";
constexpr char kClasses[] =
    "sourcedId,status,dateLastModified,title,grades,courseSourcedId,classCode,classType,location,"
    "schoolSourcedId,termSourcedIds,subjects,subjectCodes,periods";
constexpr char kUsers1p1[] =
    "sourcedId,status,dateLastModified,enabledUser,orgSourcedIds,role,username,userIds,givenName,"
    "familyName,middleName,identifier,email,sms,phone,agentSourcedIds,grades,password";
constexpr char kUsers1p2[] =
    "sourcedId,status,dateLastModified,enabledUser,username,userIds,givenName,familyName,"
    "middleName,identifier,email,sms,phone,agentSourcedIds,grades,password,userMasterIdentifier,"
    "preferredGivenName,preferredMiddleName,preferredFamilyName,primaryOrgSourcedId,pronouns";
constexpr char kRoles[] =
    "sourcedId,status,dateLastModified,userSourcedId,roleType,role,beginDate,endDate,orgSourcedId,"
    "userProfileSourcedId";
constexpr char kEnrollments[] =
    "sourcedId,status,dateLastModified,classSourcedId,schoolSourcedId,userSourcedId,role,primary,"
    "beginDate,endDate";
constexpr char kDemographics[] =
    "sourcedId,status,dateLastModified,birthDate,sex,americanIndianOrAlaskaNative,asian,"
    "blackOrAfricanAmerican,nativeHawaiianOrOtherPacificIslander,white,"
    "demographicRaceTwoOrMoreRaces,hispanicOrLatinoEthnicity,countryOfBirthCode,"
    "stateOfBirthAbbreviation,cityOfBirth,publicSchoolResidenceStatus";

std::map<std::string, std::string> Headers(const std::map<std::string, Table>& package) {
  std::map<std::string, std::string> headers;
  for (const auto& [name, table] : package) headers[name] = table.header();
  return headers;
}

TEST_F(DistrictTest, HeadersAreThoseOfTheFormats) {
  DistrictOptions options = Options("out");
  options.from_year = 2026;
  options.last_year_v1p2 = true;
  Generate(options);
  const std::map<std::string, std::string> v1p1 = {{"manifest", "propertyName,value"},
                                                   {"orgs", kOrgs},
                                                   {"academicSessions", kSessions},
                                                   {"courses", kCourses},
                                                   {"classes", kClasses},
                                                   {"users", kUsers1p1},
                                                   {"enrollments", kEnrollments},
                                                   {"demographics", kDemographics}};
  std::map<std::string, std::string> v1p2 = v1p1;
  v1p2["users"] = kUsers1p2;
  v1p2["roles"] = kRoles;
  EXPECT_EQ(Headers(ReadPackage(PackagePath(options, 2026))), v1p1);
  EXPECT_EQ(Headers(ReadPackage(PackagePath(options, 2027))), v1p2);

  EXPECT_EQ(PlainCsv(options, "program-spells.csv").header(),
            "student_id,program,begin_date,end_date,identifier");
  EXPECT_EQ(PlainCsv(options, "addresses.csv").header(),
            "student_id,employee_id,line1,line2,city,state,postal_code,country,valid_from");
  EXPECT_EQ(PlainCsv(options, "home-languages.csv").header(), "student_id,language");
}

std::set<std::string> Ids(const Table& table) {
  std::set<std::string> ids;
  for (const auto& row : table.rows()) ids.insert(row.at("sourcedId"));
  EXPECT_EQ(ids.size(), table.rows().size()) << "an id stands twice under " << table.header();
  return ids;
}

// Every id in a comma-separated cell is one of `ids`.
void ExpectKnown(const Table& table, const char* column, const std::set<std::string>& ids) {
  for (const auto& row : table.rows()) {
    if (row.at(column).empty()) continue;
    for (const auto id : absl::StrSplit(row.at(column), ',')) {
      EXPECT_TRUE(ids.contains(std::string(id))) << column << " " << std::string(id);
    }
  }
}

void ExpectSoundPackage(const std::map<std::string, Table>& package, bool v1p2) {
  const auto orgs = Ids(package.at("orgs"));
  const auto sessions = Ids(package.at("academicSessions"));
  const auto courses = Ids(package.at("courses"));
  const auto classes = Ids(package.at("classes"));
  const auto users = Ids(package.at("users"));
  ExpectKnown(package.at("orgs"), "parentSourcedId", orgs);
  ExpectKnown(package.at("academicSessions"), "parentSourcedId", sessions);
  ExpectKnown(package.at("courses"), "schoolYearSourcedId", sessions);
  ExpectKnown(package.at("courses"), "orgSourcedId", orgs);
  ExpectKnown(package.at("classes"), "courseSourcedId", courses);
  ExpectKnown(package.at("classes"), "schoolSourcedId", orgs);
  ExpectKnown(package.at("classes"), "termSourcedIds", sessions);
  ExpectKnown(package.at("users"), "agentSourcedIds", users);
  ExpectKnown(package.at("enrollments"), "classSourcedId", classes);
  ExpectKnown(package.at("enrollments"), "schoolSourcedId", orgs);
  ExpectKnown(package.at("enrollments"), "userSourcedId", users);
  ExpectKnown(package.at("demographics"), "sourcedId", users);
  Ids(package.at("enrollments"));
  Ids(package.at("demographics"));
  if (v1p2) {
    ExpectKnown(package.at("users"), "primaryOrgSourcedId", orgs);
    ExpectKnown(package.at("roles"), "userSourcedId", users);
    ExpectKnown(package.at("roles"), "orgSourcedId", orgs);
    EXPECT_EQ(Ids(package.at("roles")).size(), users.size());
  } else {
    ExpectKnown(package.at("users"), "orgSourcedIds", orgs);
  }

  std::map<std::string, std::string> manifest;
  for (const auto& row : package.at("manifest").rows()) {
    manifest[row.at("propertyName")] = row.at("value");
  }
  EXPECT_EQ(manifest["oneroster.version"], v1p2 ? "1.2" : "1.1");
  for (const auto& [name, table] : package) {
    if (name == "manifest") continue;
    EXPECT_EQ(manifest["file." + name], "bulk");
    EXPECT_FALSE(table.rows().empty()) << name;
    for (const auto& row : table.rows()) {
      EXPECT_EQ(row.at("status") + row.at("dateLastModified"), "") << name;
    }
  }
  std::size_t bulk = 0;
  for (const auto& [name, value] : manifest) bulk += value == "bulk";
  EXPECT_EQ(bulk + 1, package.size());
}

TEST_F(DistrictTest, EveryPackageIsCompleteInItself) {
  for (const bool v1p2 : {false, true}) {
    DistrictOptions options = Options(v1p2 ? "v1p2" : "v1p1");
    options.from_year = 2022;
    options.last_year_v1p2 = v1p2;
    Generate(options);
    for (int year = options.from_year; year <= options.to_year; ++year) {
      SCOPED_TRACE(year);
      ExpectSoundPackage(ReadPackage(PackagePath(options, year)), v1p2 && year == options.to_year);
    }
  }
}

TEST_F(DistrictTest, EveryStudentIsInTheClassesAskedForAtEachSchool) {
  DistrictOptions options = Options("out");
  options.from_year = 2026;
  options.classes_per_student = 5;
  Generate(options);
  for (const int year : {2026, 2027}) {
    const auto package = ReadPackage(PackagePath(options, year));
    std::map<std::string, std::string> class_school;
    for (const auto& row : package.at("classes").rows()) {
      class_school[row.at("sourcedId")] = row.at("schoolSourcedId");
    }
    std::map<std::pair<std::string, std::string>, std::set<std::string>> classes;
    std::map<std::string, int> primary_teachers;
    for (const auto& row : package.at("enrollments").rows()) {
      EXPECT_EQ(class_school.at(row.at("classSourcedId")), row.at("schoolSourcedId"));
      EXPECT_LT(row.at("beginDate"), row.at("endDate"));
      if (row.at("role") == "student") {
        classes[{row.at("userSourcedId"), row.at("schoolSourcedId")}].insert(
            row.at("classSourcedId"));
      } else {
        primary_teachers[row.at("classSourcedId")] += row.at("primary") == "true";
      }
    }
    for (const auto& [key, ids] : classes) EXPECT_EQ(ids.size(), 5u) << key.first;
    EXPECT_EQ(primary_teachers.size(), class_school.size());
    for (const auto& [id, count] : primary_teachers) EXPECT_EQ(count, 1) << id;
  }
}

TEST_F(DistrictTest, BirthDatesFitTheGrade) {
  DistrictOptions options = Options("out");
  Generate(options);
  for (int year = options.from_year; year <= options.to_year; ++year) {
    const auto package = ReadPackage(PackagePath(options, year));
    std::map<std::string, int> grades;
    for (const auto& row : package.at("users").rows()) {
      const std::string& grade = row.at("grades");
      if (grade.empty()) continue;
      grades[row.at("sourcedId")] = grade == "PK" ? -1 : grade == "KG" ? 0 : std::stoi(grade);
    }
    for (const auto& row : package.at("demographics").rows()) {
      if (row.at("birthDate").empty()) continue;
      const Day birth = ParseDate(row.at("birthDate")).value();
      const int grade = grades.at(row.at("sourcedId"));
      EXPECT_LE(birth, DayOf(year - 6 - grade, 9, 1));
      EXPECT_GT(birth, DayOf(year - 7 - grade - 6, 9, 1)) << "more than six years behind";
    }
  }
}

TEST_F(DistrictTest, HistoryCsvTellsTheSameStaysAsThePackages) {
  DistrictOptions packages = Options("packages");
  packages.from_year = 2023;
  DistrictOptions history = packages;
  history.out_dir = Options("history").out_dir;
  history.history_csv = true;
  Generate(packages);
  Generate(history);
  auto old_contents = Contents(packages);
  for (const auto& [name, text] : Contents(history)) {
    if (name != "enrollment-history.csv") {
      EXPECT_EQ(text, old_contents.at(name)) << name;
    }
  }
  EXPECT_FALSE(std::filesystem::exists(PackagePath(history, 2026)));
  EXPECT_TRUE(std::filesystem::exists(PackagePath(history, 2027)));

  using Stay = std::tuple<std::string, std::string, std::string, std::string, Day, Day>;
  std::set<Stay> expected;
  for (int year = 2023; year <= 2026; ++year) {
    const auto package = ReadPackage(PackagePath(packages, year));
    std::map<std::string, Table::Row> users;
    for (const auto& row : package.at("users").rows()) {
      users[row.at("sourcedId")] = row;
      const char kind = row.at("sourcedId")[0];
      if (kind != 'T') continue;
      expected.insert({"staff", row.at("identifier"), absl::StrCat(year), row.at("orgSourcedIds"),
                       SchoolYearBegin(year), SchoolYearEnd(year)});
    }
    for (const auto& row : package.at("enrollments").rows()) {
      if (row.at("role") != "student") continue;
      expected.insert({"student", users.at(row.at("userSourcedId")).at("identifier"),
                       absl::StrCat(year), row.at("schoolSourcedId"),
                       *ParseDate(row.at("beginDate")), *ParseDate(row.at("endDate")) - 1});
    }
  }
  const Table table = PlainCsv(history, "enrollment-history.csv");
  EXPECT_EQ(table.header(),
            "subject,person_id,state_id,given_name,middle_name,family_name,birth_date,gender,email,"
            "school_year,school_id,school_name,grade,begin_date,end_date");
  std::set<Stay> actual;
  for (const auto& row : table.rows()) {
    actual.insert({row.at("subject"), row.at("person_id"), row.at("school_year"),
                   row.at("school_id"), *ParseDate(row.at("begin_date")),
                   *ParseDate(row.at("end_date"))});
    EXPECT_EQ(row.at("grade").empty(), row.at("subject") == "staff");
  }
  EXPECT_EQ(actual, expected);
  EXPECT_EQ(actual.size(), table.rows().size());
}

TEST_F(DistrictTest, ProgramSpellsAreSane) {
  DistrictOptions options = Options("out");
  const DistrictTruth truth = Generate(options).truth;
  std::map<std::pair<std::string, std::string>, Day> last_end;
  std::map<std::string, std::string> identifiers;  // By student.
  bool ended = false;
  bool open = false;
  for (const auto& row : PlainCsv(options, "program-spells.csv").rows()) {
    const Day begin = ParseDate(row.at("begin_date")).value();
    const Day end = row.at("end_date").empty() ? kOpenDay : ParseDate(row.at("end_date")).value();
    EXPECT_LE(begin, end);
    EXPECT_LE(begin, truth.as_of);
    (end == kOpenDay ? open : ended) = true;
    if (end != kOpenDay) {
      EXPECT_LE(end, truth.as_of);
    }
    const auto key = std::pair(row.at("student_id"), row.at("program"));
    if (last_end.contains(key)) {
      EXPECT_GT(begin, last_end[key]) << key.first;
    }
    last_end[key] = end;
    if (row.at("program") == "medicaid") {
      EXPECT_THAT(row.at("identifier"), MatchesRegex("00[0-9][0-9][0-9][0-9][0-9][0-9][0-9]"));
      const auto [place, is_new] = identifiers.emplace(row.at("student_id"), row.at("identifier"));
      EXPECT_EQ(place->second, row.at("identifier"));
    } else {
      EXPECT_EQ(row.at("identifier"), "");
    }
  }
  EXPECT_TRUE(ended);
  EXPECT_TRUE(open);
  std::set<std::string> distinct;
  for (const auto& [student, identifier] : identifiers) distinct.insert(identifier);
  EXPECT_EQ(distinct.size(), identifiers.size());
}

TEST_F(DistrictTest, AddressesBelongToOnePersonAndFollowOneAnother) {
  DistrictOptions options = Options("out");
  Generate(options);
  std::map<std::string, std::string> last;
  std::size_t moved = 0;
  for (const auto& row : PlainCsv(options, "addresses.csv").rows()) {
    EXPECT_NE(row.at("student_id").empty(), row.at("employee_id").empty());
    EXPECT_TRUE(ParseDate(row.at("valid_from")).has_value());
    const std::string person = row.at("student_id") + row.at("employee_id");
    if (last.contains(person)) {
      EXPECT_LT(last[person], row.at("valid_from")) << person;
      ++moved;
    }
    last[person] = row.at("valid_from");
  }
  EXPECT_GT(moved, 0u);
}

TEST_F(DistrictTest, SiblingsShareTheirGuardians) {
  DistrictOptions options = Options("out");
  options.from_year = options.to_year;
  Generate(options);
  std::map<std::string, int> children;
  const auto package = ReadPackage(PackagePath(options, options.to_year));
  for (const auto& row : package.at("users").rows()) {
    if (!row.at("agentSourcedIds").empty()) ++children[row.at("agentSourcedIds")];
  }
  std::size_t shared = 0;
  for (const auto& [agents, count] : children) {
    shared += count > 1;
    EXPECT_LE(count, 4) << agents;
  }
  EXPECT_GT(shared, 20u);
}

TEST_F(DistrictTest, NamesExerciseUnicodeAndQuoting) {
  DistrictOptions options = Options("out");
  options.students = 3000;
  options.from_year = options.to_year;
  Generate(options);
  const std::string users = ReadZip(PackagePath(options, options.to_year)).at("users.csv");
  for (const char* name : {"José", "Núñez", "Łukasz", "李", "محمد", "𠮷川", "\"Foxley, Jr.\"",
                           "O'Marlow", "made-up-"}) {
    EXPECT_THAT(users, HasSubstr(name));
  }
}

TEST_F(DistrictTest, TheChangedPackageDiffersInTheChosenUsersAndNothingElse) {
  DistrictOptions options = Options("out");
  options.students = 3000;
  options.from_year = options.to_year;
  options.change_percent = 10;
  const ChangedTruth changed = Generate(options).truth.changed;
  auto old_files = ReadZip(PackagePath(options, options.to_year));
  auto new_files = ReadZip(absl::StrCat(options.out_dir, "/roster-2027-changed.zip"));
  const Table old_users(old_files["users.csv"], "\r\n");
  const Table new_users(new_files["users.csv"], "\r\n");
  old_files.erase("users.csv");
  new_files.erase("users.csv");
  EXPECT_TRUE(old_files == new_files);

  ASSERT_EQ(old_users.rows().size(), new_users.rows().size());
  std::set<std::string> columns;
  std::int64_t rows = 0;
  for (std::size_t i = 0; i < old_users.rows().size(); ++i) {
    int cells = 0;
    for (const auto& [column, value] : old_users.rows()[i]) {
      if (new_users.rows()[i].at(column) == value) continue;
      columns.insert(column);
      ++cells;
    }
    EXPECT_LE(cells, 1);
    rows += cells;
  }
  EXPECT_EQ(columns, (std::set<std::string>{"email", "familyName", "phone", "sms"}));
  EXPECT_EQ(rows, changed.students + changed.staff + changed.guardians);
  const auto all = static_cast<std::int64_t>(old_users.rows().size());
  EXPECT_THAT(rows * 100 / all, AllOf(Ge(8), Le(12)));
}

TEST_F(DistrictTest, TheVendorsListHasThreeStrangersAndLacksSomeStudents) {
  DistrictOptions options = Options("out");
  options.students = 3000;
  const NobleTruth noble = Generate(options).truth.noble;
  EXPECT_EQ(noble.listed, noble.known + 3);
  EXPECT_LT(noble.known, noble.in_grades);
  EXPECT_GT(noble.known, noble.in_grades * 9 / 10);
}

TEST_F(DistrictTest, TheReportNamesEveryFileWithItsSize) {
  DistrictOptions options = Options("out");
  options.change_percent = 1;
  const DistrictReport report = Generate(options);
  std::map<std::string, std::uint64_t> sizes;
  for (const auto& [name, text] : Contents(options)) sizes[name] = text.size();
  std::map<std::string, std::uint64_t> reported;
  for (const WrittenFile& file : report.files) reported[file.name] = file.bytes;
  EXPECT_EQ(reported, sizes);
}

TEST_F(DistrictTest, OptionsOutOfRangeAreRefused) {
  const std::vector<std::pair<const char*, void (*)(DistrictOptions&)>> cases = {
      {"students is 49", [](DistrictOptions& options) { options.students = 49; }},
      {"students is 1000001", [](DistrictOptions& options) { options.students = 1'000'001; }},
      {"first school year is 1989", [](DistrictOptions& options) { options.from_year = 1989; }},
      {"last school year is 2015", [](DistrictOptions& options) { options.to_year = 2015; }},
      {"last school year is 2046", [](DistrictOptions& options) { options.to_year = 2046; }},
      {"classes is 0", [](DistrictOptions& options) { options.classes_per_student = 0; }},
      {"classes is 9", [](DistrictOptions& options) { options.classes_per_student = 9; }},
      {"changed rows is 101", [](DistrictOptions& options) { options.change_percent = 101; }},
      {"no output directory", [](DistrictOptions& options) { options.out_dir.clear(); }},
      {"ends before it begins",
       [](DistrictOptions& options) {
         options.windows = {{"w", 10, 9}};
       }},
      {"letters, digits and hyphens",
       [](DistrictOptions& options) {
         options.windows = {{"a\"b", 1, 2}};
       }},
  };
  for (const auto& [message, change] : cases) {
    DistrictOptions options = Options("out");
    change(options);
    const auto report = GenerateDistrict(options);
    EXPECT_TRUE(absl::IsInvalidArgument(report.status())) << message;
    EXPECT_THAT(std::string(report.status().message()), HasSubstr(message));
    EXPECT_FALSE(std::filesystem::exists(directory_ / "out"));
  }
}

TEST_F(DistrictTest, AnUnusableDirectoryIsAnErrorThatNamesIt) {
  DistrictOptions file = Options("file");
  Generate(file);
  DistrictOptions options = Options("file/truth.json/below");
  const auto report = GenerateDistrict(options);
  EXPECT_FALSE(report.ok());
  EXPECT_THAT(std::string(report.status().message()), HasSubstr(options.out_dir));

  DistrictOptions blocked = Options("blocked");
  std::filesystem::create_directories(blocked.out_dir + "/roster-2020.zip");
  const auto blocked_report = GenerateDistrict(blocked);
  EXPECT_FALSE(blocked_report.ok());
  EXPECT_THAT(std::string(blocked_report.status().message()), HasSubstr("roster-2020.zip"));
}

TEST_F(DistrictTest, TheSmallestDistrictIsSound) {
  DistrictOptions options = Options("out");
  options.students = 50;
  Generate(options);
  for (int year = options.from_year; year <= options.to_year; ++year) {
    ExpectSoundPackage(ReadPackage(PackagePath(options, year)), false);
  }
  EXPECT_EQ(ReadText(options.out_dir + "/truth.json"), TruthToJson(RecountTruth(options)));
}

}  // namespace
}  // namespace rollcall::district
