#include "client/district/package.h"

#include <algorithm>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "client/district/calendar.h"
#include "client/district/random.h"

namespace rollcall::district {
namespace {

constexpr std::string_view kLf = "\n";
constexpr std::string_view kCrLf = "\r\n";
constexpr std::string_view kDistrictId = "lakeshore";
constexpr int kSectionSize = 26;
constexpr int kGrades = 14;
constexpr int kNobleYear = 2017;

struct Subject {
  std::string_view code;
  std::string_view title;
};

constexpr Subject kSubjects[] = {
    {"HR", "Homeroom"}, {"MAT", "Mathematics"},    {"ELA", "English Language Arts"},
    {"SCI", "Science"}, {"SOC", "Social Studies"}, {"PE", "Physical Education"},
    {"ART", "Art"},     {"MUS", "Music"},
};

constexpr std::string_view kFiles1p1[] = {
    "academicSessions", "categories",   "classes",     "classResources", "courses",
    "courseResources",  "demographics", "enrollments", "lineItems",      "orgs",
    "resources",        "results",      "users"};
constexpr std::string_view kFiles1p2[] = {"academicSessions",
                                          "categories",
                                          "classes",
                                          "classResources",
                                          "courses",
                                          "courseResources",
                                          "demographics",
                                          "enrollments",
                                          "lineItemLearningObjectiveIds",
                                          "lineItems",
                                          "lineItemScoreScales",
                                          "orgs",
                                          "resources",
                                          "resultLearningObjectiveIds",
                                          "results",
                                          "resultScoreScales",
                                          "roles",
                                          "scoreScales",
                                          "userProfiles",
                                          "userResources",
                                          "users"};

std::string StudentId(std::uint32_t index) { return absl::StrFormat("S%07d", index + 1); }
std::string StaffId(std::uint32_t index) { return absl::StrFormat("T%06d", index + 1); }
std::string GuardianId(const Guardian& guardian) { return absl::StrFormat("G%07d", guardian.id); }
std::string SessionId(int year) { return absl::StrCat("SY", year); }

std::string CourseId(Grade grade, const Subject& subject) {
  return absl::StrCat("K-", std::string(GradeCode(grade)), "-", std::string(subject.code));
}

std::string PhoneText(const Phone& phone) {
  if (phone.area == 0) return {};
  return absl::StrFormat("%d-555-01%02d", phone.area, phone.number);
}

std::string StudentEmail(const Student& student, Grade grade) {
  if (!HasEmail(student, grade)) return {};
  return absl::StrCat("s", student.number, "@students.lakeshore.example");
}

std::string StaffEmail(const Staff& staff) {
  return absl::StrCat(std::string(staff.given->ascii), ".", std::string(staff.family->ascii), ".",
                      staff.number % 1000, "@staff.lakeshore.example");
}

std::string GuardianEmail(const Guardian& guardian) {
  if (!guardian.has_email) return {};
  return absl::StrCat(std::string(guardian.family->ascii), ".", guardian.id, "@mail.example");
}

std::string Password(std::uint32_t number) {
  return number % 20 == 7 ? absl::StrCat("made-up-", number) : std::string();
}

std::string_view GenderText(Gender gender) {
  switch (gender) {
    case Gender::kFemale:
      return "female";
    case Gender::kMale:
      return "male";
    case Gender::kBlank:
      break;
  }
  return "";
}

std::string_view RoleText(StaffRole role, OneRosterVersion version) {
  switch (role) {
    case StaffRole::kTeacher:
      return "teacher";
    case StaffRole::kAide:
      return "aide";
    case StaffRole::kAdministrator:
      break;
  }
  return version == OneRosterVersion::kV1p1 ? "administrator" : "principal";
}

std::string_view GuardianRole(const Guardian& guardian, const Household& household) {
  return guardian.family == household.family ? "parent" : "guardian";
}

// A household with a student in the year, and the school that one of them goes to.
struct PresentHousehold {
  std::uint32_t household = 0;
  std::uint16_t school = 0;
};

// By household, and so by guardian id.
std::vector<PresentHousehold> HouseholdsOfYear(const World& world, int year) {
  std::vector<PresentHousehold> present;
  for (const std::uint32_t index : world.students_of_year[world.YearIndex(year)]) {
    const Student& student = world.students[index];
    present.push_back({student.household, (StaysOfYear(student, year).second - 1)->school});
  }
  std::stable_sort(present.begin(), present.end(),
                   [](const PresentHousehold& a, const PresentHousehold& b) {
                     return a.household < b.household;
                   });
  const auto same = [](const PresentHousehold& a, const PresentHousehold& b) {
    return a.household == b.household;
  };
  present.erase(std::unique(present.begin(), present.end(), same), present.end());
  return present;
}

CsvText BuildManifest(const PackageOptions& options) {
  CsvText csv("propertyName,value", kCrLf);
  const auto row = [&csv](std::string_view name, std::string_view value) {
    csv.Cell(name);
    csv.Cell(value);
    csv.EndRow();
  };
  const bool v1p1 = options.version == OneRosterVersion::kV1p1;
  constexpr std::string_view kPresent[] = {"academicSessions", "classes", "courses", "demographics",
                                           "enrollments",      "orgs",    "users"};
  row("manifest.version", "1.0");
  row("oneroster.version", v1p1 ? "1.1" : "1.2");
  const auto files = [&](const auto& names) {
    for (const std::string_view name : names) {
      const bool present = name == "roles" || std::find(std::begin(kPresent), std::end(kPresent),
                                                        name) != std::end(kPresent);
      row(absl::StrCat("file.", std::string(name)), present ? "bulk" : "absent");
    }
  };
  if (v1p1) {
    files(kFiles1p1);
  } else {
    files(kFiles1p2);
  }
  row("source.systemName", "Make-believe student information system");
  row("source.systemCode", "make-believe");
  return csv;
}

CsvText BuildOrgs(const World& world) {
  CsvText csv("sourcedId,status,dateLastModified,name,type,identifier,parentSourcedId", kCrLf);
  csv.Cell(kDistrictId);
  csv.Blank(2);
  csv.Cell("Lakeshore Make-Believe School District 999");
  csv.Cell("district");
  csv.Cell("999");
  csv.Blank();
  csv.EndRow();
  for (const School& school : world.schools) {
    csv.Cell(school.id);
    csv.Blank(2);
    csv.Cell(school.name);
    csv.Cell("school");
    csv.Cell(school.id);
    csv.Cell(kDistrictId);
    csv.EndRow();
  }
  return csv;
}

CsvText BuildSessions(int year) {
  CsvText csv(
      "sourcedId,status,dateLastModified,title,type,startDate,endDate,parentSourcedId,schoolYear",
      kCrLf);
  const std::string year_id = SessionId(year);
  const auto row = [&](const std::string& id, const std::string& title, std::string_view type,
                       Day begin, Day end, std::string_view parent) {
    csv.Cell(id);
    csv.Blank(2);
    csv.Cell(title);
    csv.Cell(type);
    csv.DateCell(begin);
    csv.DateCell(end);
    csv.Cell(parent);
    csv.Cell(static_cast<std::uint64_t>(year));
    csv.EndRow();
  };
  const Day middle = DayOf(year, 1, 15);
  const Day end = SchoolYearEnd(year) + 1;
  row(year_id, absl::StrFormat("School year %d-%02d", year - 1, year % 100), "schoolYear",
      SchoolYearBegin(year), end, "");
  row(absl::StrCat(year_id, "-1"), "Autumn semester", "semester", SchoolYearBegin(year), middle,
      year_id);
  row(absl::StrCat(year_id, "-2"), "Spring semester", "semester", middle, end, year_id);
  return csv;
}

CsvText BuildCourses(const PackageOptions& options) {
  CsvText csv(
      "sourcedId,status,dateLastModified,schoolYearSourcedId,title,courseCode,grades,orgSourcedId,"
      "subjects,subjectCodes",
      kCrLf);
  for (Grade grade = kPreKindergarten; grade <= kLastGrade; ++grade) {
    for (int i = 0; i < options.classes_per_student; ++i) {
      const Subject& subject = kSubjects[i];
      csv.Cell(CourseId(grade, subject));
      csv.Blank(2);
      csv.Cell(SessionId(options.year));
      csv.Cell(absl::StrCat(std::string(subject.title), " ", std::string(GradeCode(grade))));
      csv.Cell(absl::StrCat(std::string(subject.code), std::string(GradeCode(grade))));
      csv.Cell(GradeCode(grade));
      csv.Cell(kDistrictId);
      csv.Cell(subject.title);
      csv.Cell(subject.code);
      csv.EndRow();
    }
  }
  return csv;
}

// classes.csv and enrollments.csv, which are worked out together.
class Timetable {
 public:
  Timetable(const World& world, const PackageOptions& options)
      : world_(world),
        options_(options),
        places_(world.schools.size() * kGrades),
        teachers_(world.schools.size()),
        classes_of_school_(world.schools.size()) {}

  std::pair<CsvText, CsvText> Build() {
    CountPlaces();
    AddClasses();
    EnrollStudents();
    EnrollTeachers();
    return {std::move(classes_), std::move(enrollments_)};
  }

 private:
  // The students of one grade at one school.
  struct Place {
    int students = 0;
    int sections = 0;
    int seated = 0;
  };

  Place& PlaceOf(std::uint16_t school, Grade grade) {
    return places_[static_cast<std::size_t>(school * kGrades + grade - kPreKindergarten)];
  }

  std::string ClassId(std::uint16_t school, Grade grade, int section,
                      const Subject& subject) const {
    return absl::StrCat("C", options_.year, "-", world_.schools[school].id, "-",
                        std::string(GradeCode(grade)), "-", section, "-",
                        std::string(subject.code));
  }

  void CountPlaces() {
    for (const std::uint32_t index : world_.students_of_year[world_.YearIndex(options_.year)]) {
      const auto [begin, end] = StaysOfYear(world_.students[index], options_.year);
      for (const Stay* stay = begin; stay != end; ++stay) {
        ++PlaceOf(stay->school, stay->grade).students;
      }
    }
    for (Place& place : places_)
      place.sections = (place.students + kSectionSize - 1) / kSectionSize;
    for (const std::uint32_t index : world_.staff_of_year[world_.YearIndex(options_.year)]) {
      const Staff& staff = world_.staff[index];
      if (staff.role == StaffRole::kTeacher) {
        teachers_[StaysOfYear(staff, options_.year).first->school].push_back(index);
      }
    }
  }

  void AddClasses() {
    const std::string session = SessionId(options_.year);
    const std::string terms = absl::StrCat(session, "-1,", session, "-2");
    for (std::size_t i = 0; i < world_.schools.size(); ++i) {
      const auto school = static_cast<std::uint16_t>(i);
      for (Grade grade = kPreKindergarten; grade <= kLastGrade; ++grade) {
        for (int section = 1; section <= PlaceOf(school, grade).sections; ++section) {
          for (int n = 0; n < options_.classes_per_student; ++n) {
            AddClass(school, grade, section, n, terms);
          }
        }
      }
    }
  }

  void AddClass(std::uint16_t school, Grade grade, int section, int n, const std::string& terms) {
    const Subject& subject = kSubjects[n];
    std::string id = ClassId(school, grade, section, subject);
    classes_.Cell(id);
    classes_.Blank(2);
    classes_.Cell(absl::StrCat(std::string(subject.title), " ", std::string(GradeCode(grade)),
                               ", section ", section));
    classes_.Cell(GradeCode(grade));
    classes_.Cell(CourseId(grade, subject));
    classes_.Cell(
        absl::StrCat(std::string(subject.code), std::string(GradeCode(grade)), "-", section));
    classes_.Cell(n == 0 ? "homeroom" : "scheduled");
    classes_.Cell(absl::StrCat("Room ", 100 + section));
    classes_.Cell(world_.schools[school].id);
    classes_.Cell(terms);
    classes_.Cell(subject.title);
    classes_.Cell(subject.code);
    classes_.Cell(static_cast<std::uint64_t>(n + 1));
    classes_.EndRow();
    classes_of_school_[school].push_back(std::move(id));
  }

  void EnrollStudents() {
    for (const std::uint32_t index : world_.students_of_year[world_.YearIndex(options_.year)]) {
      const std::string id = StudentId(index);
      const auto [begin, end] = StaysOfYear(world_.students[index], options_.year);
      for (const Stay* stay = begin; stay != end; ++stay) {
        Place& place = PlaceOf(stay->school, stay->grade);
        const int section = place.seated++ % place.sections + 1;
        for (int n = 0; n < options_.classes_per_student; ++n) {
          Enroll(ClassId(stay->school, stay->grade, section, kSubjects[n]), stay->school, id,
                 "student", false, stay->begin, stay->end);
        }
      }
    }
  }

  // Shares a school's classes out among its teachers; teachers left over assist.
  void EnrollTeachers() {
    const Day begin = SchoolYearBegin(options_.year);
    const Day end = SchoolYearEnd(options_.year);
    for (std::size_t i = 0; i < world_.schools.size(); ++i) {
      const std::vector<std::string>& classes = classes_of_school_[i];
      const std::vector<std::uint32_t>& teachers = teachers_[i];
      if (classes.empty()) continue;
      for (std::size_t n = 0; n < std::max(classes.size(), teachers.size()); ++n) {
        Enroll(classes[n % classes.size()], static_cast<std::uint16_t>(i),
               StaffId(teachers[n % teachers.size()]), "teacher", n < classes.size(), begin, end);
      }
    }
  }

  void Enroll(const std::string& class_id, std::uint16_t school, const std::string& user,
              std::string_view role, bool primary, Day begin, Day end) {
    enrollments_.Cell(absl::StrCat("E", options_.year, "-", enrollments_.rows() + 1));
    enrollments_.Blank(2);
    enrollments_.Cell(class_id);
    enrollments_.Cell(world_.schools[school].id);
    enrollments_.Cell(user);
    enrollments_.Cell(role);
    enrollments_.Cell(primary ? "true" : "false");
    enrollments_.DateCell(begin);
    enrollments_.DateCell(end + 1);
    enrollments_.EndRow();
  }

  const World& world_;
  const PackageOptions& options_;
  std::vector<Place> places_;
  std::vector<std::vector<std::uint32_t>> teachers_;         // By school.
  std::vector<std::vector<std::string>> classes_of_school_;  // Ids.
  CsvText classes_{
      "sourcedId,status,dateLastModified,title,grades,courseSourcedId,classCode,classType,location,"
      "schoolSourcedId,termSourcedIds,subjects,subjectCodes,periods",
      kCrLf};
  CsvText enrollments_{
      "sourcedId,status,dateLastModified,classSourcedId,schoolSourcedId,userSourcedId,role,primary,"
      "beginDate,endDate",
      kCrLf};
};

// What one row of users.csv says, in either version.
struct User {
  std::string id;
  std::string_view school;
  std::string_view role;  // 1.1 only; 1.2 has it in roles.csv.
  std::string username;
  std::string user_ids;
  std::string_view given;
  std::string family;
  std::string_view middle;
  std::string identifier;
  std::string email;
  std::string sms;
  std::string phone;
  std::string agents;
  std::string_view grade;
  std::string password;
  std::string_view preferred_given;  // 1.2 only.
};

class Users {
 public:
  Users(const World& world, const PackageOptions& options, const UserChanges& changes)
      : world_(world),
        options_(options),
        changes_(changes),
        random_(changes.seed, 4),
        csv_(options.version == OneRosterVersion::kV1p1
                 ? "sourcedId,status,dateLastModified,enabledUser,orgSourcedIds,role,username,"
                   "userIds,givenName,familyName,middleName,identifier,email,sms,phone,"
                   "agentSourcedIds,grades,password"
                 : "sourcedId,status,dateLastModified,enabledUser,username,userIds,givenName,"
                   "familyName,middleName,identifier,email,sms,phone,agentSourcedIds,grades,"
                   "password,userMasterIdentifier,preferredGivenName,preferredMiddleName,"
                   "preferredFamilyName,primaryOrgSourcedId,pronouns",
             kCrLf) {}

  CsvText Build(ChangedTruth& changed) {
    const std::size_t year = world_.YearIndex(options_.year);
    for (const std::uint32_t index : world_.students_of_year[year]) {
      User user = StudentUser(index);
      if (IsChanged()) {
        ++changed.students;
        if (user.email.empty() || random_.Chance(500)) {
          user.family += "-Harbor";
        } else {
          user.email = absl::StrCat("new.", user.email);
        }
      }
      Add(user);
    }
    for (const std::uint32_t index : world_.staff_of_year[year]) {
      const bool is_changed = IsChanged();
      changed.staff += is_changed;
      Add(StaffUser(index, is_changed));
    }
    for (const PresentHousehold& present : HouseholdsOfYear(world_, options_.year)) {
      for (const Guardian& guardian : world_.households[present.household].guardians) {
        const bool is_changed = IsChanged();
        changed.guardians += is_changed;
        Add(GuardianUser(present, guardian, is_changed));
      }
    }
    return std::move(csv_);
  }

 private:
  bool IsChanged() {
    return changes_.percent > 0 &&
           random_.Chance(static_cast<std::uint32_t>(changes_.percent) * 10);
  }

  static Phone OtherPhone(const Phone& phone) {
    if (phone.area == 0) return {312, 0};
    return {phone.area, static_cast<std::uint8_t>((phone.number + 1) % 100)};
  }

  User StudentUser(std::uint32_t index) const {
    const Student& student = world_.students[index];
    const Stay& stay = *(StaysOfYear(student, options_.year).second - 1);
    User user;
    user.id = StudentId(index);
    user.school = world_.schools[stay.school].id;
    user.role = "student";
    user.username = absl::StrCat("s", student.number);
    if (student.state_id != 0) user.user_ids = absl::StrCat("{State:", student.state_id, "}");
    user.given = student.given->text;
    user.family = student.family->text;
    if (student.middle != nullptr) user.middle = student.middle->text;
    user.identifier = absl::StrCat(student.number);
    user.email = StudentEmail(student, stay.grade);
    for (const Guardian& guardian : world_.households[student.household].guardians) {
      absl::StrAppend(&user.agents, user.agents.empty() ? "" : ",", GuardianId(guardian));
    }
    user.grade = GradeCode(stay.grade);
    user.password = Password(student.number);
    if (index % 33 == 0) user.preferred_given = "Robin";
    return user;
  }

  User StaffUser(std::uint32_t index, bool is_changed) const {
    const Staff& staff = world_.staff[index];
    User user;
    user.id = StaffId(index);
    user.school = world_.schools[StaysOfYear(staff, options_.year).first->school].id;
    user.role = RoleText(staff.role, options_.version);
    user.username = absl::StrCat("t", staff.number);
    user.given = staff.given->text;
    user.family = staff.family->text;
    user.identifier = absl::StrCat(staff.number);
    user.email = StaffEmail(staff);
    user.phone = PhoneText(is_changed ? OtherPhone(staff.phone) : staff.phone);
    user.password = Password(staff.number);
    return user;
  }

  User GuardianUser(const PresentHousehold& present, const Guardian& guardian, bool is_changed) {
    User user;
    user.id = GuardianId(guardian);
    user.school = world_.schools[present.school].id;
    user.role = GuardianRole(guardian, world_.households[present.household]);
    user.username = absl::StrCat("g", guardian.id);
    user.given = guardian.given->text;
    user.family = guardian.family->text;
    user.email = GuardianEmail(guardian);
    Phone phone = guardian.phone;
    if (is_changed) {
      if (user.email.empty() || random_.Chance(500)) {
        phone = OtherPhone(phone);
      } else {
        user.email = absl::StrCat("new.", user.email);
      }
    }
    (guardian.phone_as_sms ? user.sms : user.phone) = PhoneText(phone);
    user.password = Password(guardian.id);
    return user;
  }

  void Add(const User& user) {
    const bool v1p1 = options_.version == OneRosterVersion::kV1p1;
    csv_.Cell(user.id);
    csv_.Blank(2);
    csv_.Cell("true");
    if (v1p1) {
      csv_.Cell(user.school);
      csv_.Cell(user.role);
    }
    csv_.Cell(user.username);
    csv_.Cell(user.user_ids);
    csv_.Cell(user.given);
    csv_.Cell(user.family);
    csv_.Cell(user.middle);
    csv_.Cell(user.identifier);
    csv_.Cell(user.email);
    csv_.Cell(user.sms);
    csv_.Cell(user.phone);
    csv_.Cell(user.agents);
    csv_.Cell(user.grade);
    csv_.Cell(user.password);
    if (!v1p1) {
      csv_.Blank();
      csv_.Cell(user.preferred_given);
      csv_.Blank(2);
      csv_.Cell(user.school);
      csv_.Blank();
    }
    csv_.EndRow();
  }

  const World& world_;
  const PackageOptions& options_;
  const UserChanges& changes_;
  Random random_;
  CsvText csv_;
};

CsvText BuildRoles(const World& world, const PackageOptions& options) {
  CsvText csv(
      "sourcedId,status,dateLastModified,userSourcedId,roleType,role,beginDate,endDate,"
      "orgSourcedId,userProfileSourcedId",
      kCrLf);
  const auto row = [&](const std::string& user, std::string_view role, const Stay* stay,
                       std::uint16_t school) {
    csv.Cell(absl::StrCat("R-", user));
    csv.Blank(2);
    csv.Cell(user);
    csv.Cell("primary");
    csv.Cell(role);
    if (stay == nullptr) {
      csv.Blank(2);
    } else {
      csv.DateCell(stay->begin);
      csv.DateCell(stay->end + 1);
    }
    csv.Cell(world.schools[school].id);
    csv.Blank();
    csv.EndRow();
  };
  const std::size_t year = world.YearIndex(options.year);
  for (const std::uint32_t index : world.students_of_year[year]) {
    const Stay* stay = StaysOfYear(world.students[index], options.year).second - 1;
    row(StudentId(index), "student", stay, stay->school);
  }
  for (const std::uint32_t index : world.staff_of_year[year]) {
    const Staff& staff = world.staff[index];
    const Stay* stay = StaysOfYear(staff, options.year).first;
    row(StaffId(index), RoleText(staff.role, options.version), stay, stay->school);
  }
  for (const PresentHousehold& present : HouseholdsOfYear(world, options.year)) {
    const Household& household = world.households[present.household];
    for (const Guardian& guardian : household.guardians) {
      row(GuardianId(guardian), GuardianRole(guardian, household), nullptr, present.school);
    }
  }
  return csv;
}

CsvText BuildDemographics(const World& world, int year) {
  CsvText csv(
      "sourcedId,status,dateLastModified,birthDate,sex,americanIndianOrAlaskaNative,asian,"
      "blackOrAfricanAmerican,nativeHawaiianOrOtherPacificIslander,white,"
      "demographicRaceTwoOrMoreRaces,hispanicOrLatinoEthnicity,countryOfBirthCode,"
      "stateOfBirthAbbreviation,cityOfBirth,publicSchoolResidenceStatus",
      kCrLf);
  constexpr unsigned kRaceColumns = 7;
  for (const std::uint32_t index : world.students_of_year[world.YearIndex(year)]) {
    const Student& student = world.students[index];
    csv.Cell(StudentId(index));
    csv.Blank(2);
    if (student.birth_blank) {
      csv.Blank();
    } else {
      csv.DateCell(student.birth);
    }
    csv.Cell(GenderText(student.gender));
    for (unsigned i = 0; i < kRaceColumns; ++i) {
      csv.Cell((student.races >> i & 1) != 0 ? "true" : "false");
    }
    if (index % 3 == 0) {
      csv.Cell("US");
      csv.Cell("IL");
      csv.Cell("Lakeshore");
    } else {
      csv.Blank(3);
    }
    csv.Blank();
    csv.EndRow();
  }
  return csv;
}

void AddAddressCells(const Address& address, CsvText& csv) {
  csv.Cell(absl::StrCat(address.house_number, " ", std::string(StreetNames()[address.street])));
  if (address.unit == 0) {
    csv.Blank();
  } else {
    csv.Cell(absl::StrCat(address.unit % 2 == 0 ? "Apt " : "Unit ", address.unit,
                          address.unit % 5 == 0 ? ", rear" : ""));
  }
  csv.Cell(address.out_of_state ? "Dunes End" : "Lakeshore");
  csv.Cell(address.out_of_state ? "IN" : "IL");
  csv.Cell(absl::StrFormat("00%03d", address.house_number % 1000));
  csv.Cell("US");
  csv.DateCell(address.valid_from);
  csv.EndRow();
}

}  // namespace

Package BuildPackage(const World& world, const PackageOptions& options) {
  Package package;
  package.emplace_back("manifest.csv", BuildManifest(options));
  package.emplace_back("orgs.csv", BuildOrgs(world));
  package.emplace_back("academicSessions.csv", BuildSessions(options.year));
  package.emplace_back("courses.csv", BuildCourses(options));
  auto [classes, enrollments] = Timetable(world, options).Build();
  package.emplace_back("classes.csv", std::move(classes));
  package.emplace_back("users.csv", BuildUsers(world, options, {}, nullptr));
  if (options.version == OneRosterVersion::kV1p2) {
    package.emplace_back("roles.csv", BuildRoles(world, options));
  }
  package.emplace_back("enrollments.csv", std::move(enrollments));
  package.emplace_back("demographics.csv", BuildDemographics(world, options.year));
  return package;
}

CsvText BuildUsers(const World& world, const PackageOptions& options, const UserChanges& changes,
                   ChangedTruth* changed) {
  ChangedTruth counts;
  CsvText csv = Users(world, options, changes).Build(counts);
  if (changed != nullptr) *changed = counts;
  return csv;
}

CsvText BuildHistory(const World& world, int first_year, int last_year) {
  CsvText csv(
      "subject,person_id,state_id,given_name,middle_name,family_name,birth_date,gender,email,"
      "school_year,school_id,school_name,grade,begin_date,end_date",
      kLf);
  const auto stay_cells = [&](const Stay& stay) {
    csv.Cell(static_cast<std::uint64_t>(stay.year));
    csv.Cell(world.schools[stay.school].id);
    csv.Cell(world.schools[stay.school].name);
    csv.Cell(GradeCode(stay.grade));
    csv.DateCell(stay.begin);
    csv.DateCell(stay.end);
    csv.EndRow();
  };
  for (int year = first_year; year <= last_year; ++year) {
    for (const std::uint32_t index : world.students_of_year[world.YearIndex(year)]) {
      const Student& student = world.students[index];
      const auto [begin, end] = StaysOfYear(student, year);
      for (const Stay* stay = begin; stay != end; ++stay) {
        csv.Cell("student");
        csv.Cell(student.number);
        if (student.state_id == 0) {
          csv.Blank();
        } else {
          csv.Cell(student.state_id);
        }
        csv.Cell(student.given->text);
        csv.Cell(student.middle == nullptr ? std::string_view() : student.middle->text);
        csv.Cell(student.family->text);
        if (student.birth_blank) {
          csv.Blank();
        } else {
          csv.DateCell(student.birth);
        }
        csv.Cell(GenderText(student.gender));
        csv.Cell(StudentEmail(student, stay->grade));
        stay_cells(*stay);
      }
    }
    for (const std::uint32_t index : world.staff_of_year[world.YearIndex(year)]) {
      const Staff& staff = world.staff[index];
      csv.Cell("staff");
      csv.Cell(staff.number);
      csv.Blank();
      csv.Cell(staff.given->text);
      csv.Blank();
      csv.Cell(staff.family->text);
      csv.Blank(2);
      csv.Cell(StaffEmail(staff));
      stay_cells(*StaysOfYear(staff, year).first);
    }
  }
  return csv;
}

CsvText BuildProgramSpells(const World& world) {
  CsvText csv("student_id,program,begin_date,end_date,identifier", kLf);
  constexpr std::string_view kPrograms[] = {"medicaid", "iep", "el"};
  for (const Student& student : world.students) {
    for (const ProgramSpell& spell : student.spells) {
      csv.Cell(student.number);
      csv.Cell(kPrograms[static_cast<std::size_t>(spell.program)]);
      csv.DateCell(spell.begin);
      if (spell.end == kOpenDay) {
        csv.Blank();
      } else {
        csv.DateCell(spell.end);
      }
      if (spell.program == Program::kMedicaid) {
        csv.Cell(absl::StrFormat("00%07d", student.medicaid_id));
      } else {
        csv.Blank();
      }
      csv.EndRow();
    }
  }
  return csv;
}

CsvText BuildAddresses(const World& world) {
  CsvText csv("student_id,employee_id,line1,line2,city,state,postal_code,country,valid_from", kLf);
  for (const Student& student : world.students) {
    const auto [begin, end] = AddressRange(world, student);
    for (std::size_t i = begin; i < end; ++i) {
      csv.Cell(student.number);
      csv.Blank();
      AddAddressCells(world.households[student.household].addresses[i], csv);
    }
  }
  for (const Staff& staff : world.staff) {
    if (!staff.has_address) continue;
    csv.Blank();
    csv.Cell(staff.number);
    AddAddressCells(staff.address, csv);
  }
  return csv;
}

CsvText BuildHomeLanguages(const World& world) {
  CsvText csv("student_id,language", kLf);
  for (const Student& student : world.students) {
    const std::string_view language = world.households[student.household].language;
    if (language.empty()) continue;
    csv.Cell(student.number);
    csv.Cell(language);
    csv.EndRow();
  }
  return csv;
}

CsvText BuildNobleList(const World& world, NobleTruth& truth) {
  CsvText csv("student_id", kLf);
  if (kNobleYear < world.from_year || kNobleYear > world.to_year) return csv;
  Random random(world.seed, 3);
  for (const std::uint32_t index : world.students_of_year[world.YearIndex(kNobleYear)]) {
    const Student& student = world.students[index];
    const Grade grade = StaysOfYear(student, kNobleYear).first->grade;
    if (grade < 6 || grade > 8) continue;
    ++truth.in_grades;
    if (random.Chance(20)) continue;
    ++truth.known;
    csv.Cell(student.number);
    csv.EndRow();
  }
  for (const std::uint64_t unknown : {99'999'901, 99'999'902, 99'999'903}) {
    csv.Cell(unknown);
    csv.EndRow();
  }
  truth.listed = static_cast<std::int64_t>(csv.rows());
  return csv;
}

}  // namespace rollcall::district
