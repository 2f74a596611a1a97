#include "server/roster/one_roster_reader.h"

#include <algorithm>
#include <array>
#include <limits>
#include <optional>
#include <string>
#include <tuple>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "server/roster/calendar.h"
#include "server/roster/package_plan.h"
#include "server/roster/person_index.h"
#include "server/roster/table_reader.h"
#include "server/roster/text.h"
#include "server/roster/words.h"

namespace rollcall::roster {
namespace {

// The first three columns of every file.
enum CommonColumn : std::size_t { kId, kStatus, kModified };

enum OrgColumn : std::size_t { kOrgName = 3, kOrgType, kOrgIdentifier, kOrgParent };
constexpr std::array kOrgColumns = std::to_array<Column>({{"sourcedId", Need::kRequired},
                                                          {"status"},
                                                          {"dateLastModified"},
                                                          {"name", Need::kRequired},
                                                          {"type", Need::kRequired},
                                                          {"identifier", Need::kExpected},
                                                          {"parentSourcedId"}});

enum SessionColumn : std::size_t {
  kSessionTitle = 3,
  kSessionType,
  kSessionStart,
  kSessionEnd,
  kSessionParent,
  kSessionYear
};
constexpr std::array kSessionColumns =
    std::to_array<Column>({{"sourcedId", Need::kRequired},
                           {"status"},
                           {"dateLastModified"},
                           {"title"},
                           {"type", Need::kRequired},
                           {"startDate", Need::kRequired, "beginDate"},
                           {"endDate", Need::kRequired},
                           {"parentSourcedId"},
                           {"schoolYear", Need::kExpected}});

enum ClassColumn : std::size_t { kClassSchool = 9, kClassTerms };
constexpr std::array kClassColumns =
    std::to_array<Column>({{"sourcedId", Need::kRequired},
                           {"status"},
                           {"dateLastModified"},
                           {"title"},
                           {"grades", Need::kOptional, "grade"},
                           {"courseSourcedId"},
                           {"classCode"},
                           {"classType"},
                           {"location"},
                           {"schoolSourcedId", Need::kRequired, "orgSourcedId"},
                           {"termSourcedIds", Need::kExpected, "termSourcedId"},
                           {"subjects"},
                           {"subjectCodes"},
                           {"periods"}});

enum RoleColumn : std::size_t {
  kRoleUser = 3,
  kRoleType,
  kRoleRole,
  kRoleBegin,
  kRoleEnd,
  kRoleOrg
};
constexpr std::array kRoleColumns =
    std::to_array<Column>({{"sourcedId", Need::kRequired},
                           {"status"},
                           {"dateLastModified"},
                           {"userSourcedId", Need::kRequired},
                           {"roleType"},
                           {"role", Need::kRequired},
                           {"beginDate"},
                           {"endDate"},
                           {"orgSourcedId", Need::kRequired, "orgSourcedIds"},
                           {"userProfileSourcedId"}});

enum UserColumn : std::size_t {
  kUserEnabled = 3,
  kUserOrgs,
  kUserRole,
  kUserUsername,
  kUserIds,
  kUserGiven,
  kUserFamily,
  kUserMiddle,
  kUserIdentifier,
  kUserEmail,
  kUserSms,
  kUserPhone,
  kUserAgents,
  kUserGrades,
  kUserPassword,
  kUserMaster,
  kUserResources,
  kUserPreferredGiven,
  kUserPreferredMiddle,
  kUserPreferredFamily,
  kUserPrimaryOrg,
  kUserPronouns
};
constexpr std::array kUserColumns =
    std::to_array<Column>({{"sourcedId", Need::kRequired},
                           {"status"},
                           {"dateLastModified"},
                           {"enabledUser"},
                           {"orgSourcedIds", Need::kOptional, "orgSourcedId"},
                           {"role", Need::kOptional, "roles"},
                           {"username", Need::kExpected},
                           {"userIds", Need::kExpected},
                           {"givenName", Need::kRequired},
                           {"familyName", Need::kRequired},
                           {"middleName", Need::kExpected},
                           {"identifier", Need::kExpected},
                           {"email", Need::kExpected},
                           {"sms", Need::kExpected},
                           {"phone", Need::kExpected},
                           {"agentSourcedIds", Need::kExpected, "agentSourcedId"},
                           {"grades", Need::kExpected, "grade"},
                           {"password", Need::kSecret},
                           {"userMasterIdentifier"},
                           {"resourceSourcedIds"},
                           {"preferredGivenName"},
                           {"preferredMiddleName"},
                           {"preferredFamilyName"},
                           {"primaryOrgSourcedId"},
                           {"pronouns"}});

enum EnrollmentColumn : std::size_t {
  kEnrollmentClass = 3,
  kEnrollmentSchool,
  kEnrollmentUser,
  kEnrollmentRole,
  kEnrollmentPrimary,
  kEnrollmentBegin,
  kEnrollmentEnd
};
constexpr std::array kEnrollmentColumns =
    std::to_array<Column>({{"sourcedId", Need::kRequired},
                           {"status"},
                           {"dateLastModified"},
                           {"classSourcedId", Need::kRequired},
                           {"schoolSourcedId", Need::kExpected, "orgSourcedId"},
                           {"userSourcedId", Need::kRequired},
                           {"role", Need::kRequired},
                           {"primary"},
                           {"beginDate", Need::kExpected, "startDate"},
                           {"endDate", Need::kExpected}});

enum DemographicsColumn : std::size_t {
  kBirthDate = 3,
  kSex,
  kFirstRace,
  kLastRace = kFirstRace + 6,
  kBirthCountry,
  kBirthState,
  kBirthCity,
  kResidenceStatus
};
constexpr std::array kDemographicsColumns =
    std::to_array<Column>({{"sourcedId", Need::kRequired, "userSourcedId"},
                           {"status"},
                           {"dateLastModified"},
                           {"birthDate", Need::kExpected, "birthday"},
                           {"sex", Need::kExpected, "gender"},
                           {"americanIndianOrAlaskaNative"},
                           {"asian"},
                           {"blackOrAfricanAmerican"},
                           {"nativeHawaiianOrOtherPacificIslander"},
                           {"white"},
                           {"demographicRaceTwoOrMoreRaces"},
                           {"hispanicOrLatinoEthnicity"},
                           {"countryOfBirthCode"},
                           {"stateOfBirthAbbreviation"},
                           {"cityOfBirth"},
                           {"publicSchoolResidenceStatus"}});

constexpr std::array<std::string_view, 8> kLanguageNames = {
    "homelanguage", "homelanguagecode", "primaryhomelanguage", "homelang",
    "language",     "languagecode",     "primarylanguage",     "nativelanguage"};

constexpr std::uint64_t kProgressRows = 8192;
// From this size on a file is worth a thread that inflates it.
constexpr std::uint64_t kReadAheadBytes = std::uint64_t{1} << 20U;
constexpr std::uint32_t kNoSchool = UINT32_MAX;
// An end in or after this year is how some systems write that there is no end yet.
constexpr int kOpenYear = 2100;

struct Org {
  SchoolRecord record;
  bool school = false;
  bool used = false;
  std::uint32_t place = kNoSchool;  // In schools().
};

// First and last day, inclusive; both kNoDay when nothing is known.
struct Days {
  Day begin = kNoDay;
  Day end = kNoDay;

  void Cover(const Days& other) {
    if (other.begin == kNoDay) return;
    begin = begin == kNoDay ? other.begin : std::min(begin, other.begin);
    end = end == kNoDay ? other.end : std::max(end, other.end);
  }
};

struct Session {
  Days days;
  std::uint64_t row = 0;
};

struct Class {
  std::uint32_t org = 0;
  Days days;
  std::uint64_t row = 0;
};

// A stay that may become a spell of a record.
struct Draft {
  std::uint32_t org;
  int year;
  Days days;
  bool named;  // Without dates of its own.
};

template <typename T>
using IdMap = absl::flat_hash_map<std::string, T, TextHash, TextEqual>;

absl::Status RefuseTwice(const TableReader& table, std::size_t column, std::uint64_t first_row) {
  return table.Refuse(column, Cat("the same value stands in row ", first_row,
                                  " already; it must be there once only"));
}

std::uint8_t OneRole(std::uint8_t roles) {
  for (const std::uint8_t role : {kStudentRole, kStaffRole, kGuardianRole}) {
    if ((roles & role) != 0) return role;
  }
  return 0;
}

Kind KindOfRole(std::uint8_t role) {
  return role == kGuardianRole ? Kind::kGuardian
         : role == kStaffRole  ? Kind::kStaff
                               : Kind::kStudent;
}

}  // namespace

class OneRosterReader::Impl {
 public:
  Impl(Package& package, const OneRosterOptions& options, PackagePlan plan, Warnings* warnings)
      : package_(package), options_(options), plan_(plan), warnings_(warnings) {}

  absl::Status Load();
  absl::Status ForEachPerson(absl::FunctionRef<absl::Status(PersonRecord&)> visit);
  absl::Status ForEachPartial(absl::FunctionRef<absl::Status(PersonRecord&)> visit);

  const PackagePlan& plan() const { return plan_; }
  const std::vector<SchoolRecord>& schools() const { return schools_; }
  const Days& assumed() const { return assumed_; }
  std::uint64_t people() const { return people_; }

 private:
  using RowVisitor = absl::FunctionRef<absl::Status(TableReader&)>;

  // Opens a file that is there and visits its rows.
  absl::Status EachRow(RosterFile file, std::span<const Column> columns, RowVisitor visit);
  absl::StatusOr<std::unique_ptr<TableReader>> OpenTable(RosterFile file,
                                                         std::span<const Column> columns);
  absl::Status Report(const TableReader& table, RosterFile file) const;
  bool Has(RosterFile file) const { return plan_.place[file].has_value(); }

  absl::Status ReadOrgs();
  absl::Status ReadSessions();
  absl::Status AddSchoolYear(TableReader& table, const Days& days);
  absl::Status SettleAssumedDays();
  absl::Status ReadClasses();
  absl::Status ReadRoles();
  absl::Status ReadUsers();
  absl::Status CheckUsersHeader();
  absl::Status IndexUser(TableReader& table);
  absl::Status CheckReferencesToUsers() const;
  absl::Status ReadEnrollments();
  absl::Status ReadDemographics();
  absl::Status SettleOrgs();

  // The row's status, checked against the mode; nothing when the row must be skipped.
  absl::StatusOr<RowStatus> CheckStatus(TableReader& table);
  // The same for files whose deleted rows end nothing: true when the row counts.
  absl::StatusOr<bool> CountsAsActive(TableReader& table);

  absl::StatusOr<std::uint8_t> ReadRoleCell(TableReader& table, std::size_t column);
  absl::StatusOr<std::uint32_t> OrgOf(TableReader& table, std::size_t column, std::string_view id);
  // Person that a row of another file than users.csv is about.
  absl::StatusOr<std::uint32_t> PersonOf(TableReader& table, std::size_t column,
                                         PersonIndex::Guess& guess);
  absl::StatusOr<Days> ReadDays(TableReader& table, std::size_t begin, std::size_t end);
  absl::Status AddDatedStay(TableReader& table, std::size_t column, std::uint32_t person,
                            std::uint32_t org, Days days, const Days& fallback);
  // Adds a stay for each school year that the days touch, by the calendar.
  void AddStayByYears(std::uint32_t person, std::uint32_t org, Days days);
  // Refuses the file when two of its ids, whose hashes are given, are equal. Sorts the hashes.
  absl::Status CheckIdsOnce(RosterFile file, std::span<const Column> columns,
                            std::vector<std::uint64_t>& hashes);

  absl::Status VisitOrgCells(TableReader& table, absl::FunctionRef<void(std::uint32_t)> visit);
  FieldMask PopulatedOf(TableReader& table) const;
  std::string_view LanguageOf(TableReader& table) const;
  FieldMask KnownFor(std::uint8_t role) const;
  std::uint8_t RoleOf(const PersonIndex::Person& person) const;

  absl::Status FillPerson(TableReader& table, PersonRecord& record);
  absl::Status FillGuardians(TableReader& table, PersonRecord& record);
  absl::Status FillSpells(TableReader* table, std::uint32_t ordinal, PersonRecord& record);
  void FillDemographics(std::uint32_t ordinal, PersonRecord& record) const;

  Package& package_;
  OneRosterOptions options_;
  PackagePlan plan_;
  Warnings* warnings_;

  std::vector<Org> orgs_;
  IdMap<std::uint32_t> org_of_;
  std::uint32_t last_org_ = 0;
  IdMap<Session> sessions_;
  IdTable class_ids_;
  std::vector<Class> classes_;  // By number in class_ids_.
  std::vector<SchoolRecord> schools_;
  Days assumed_;
  Days year_;  // What counts as the imported school year.
  std::uint32_t root_org_ = kNoSchool;

  PersonIndex index_;
  PersonIndex::Guess user_guess_;
  PersonIndex::Guess agent_guess_;
  std::vector<std::uint32_t> named_orgs_;  // Of one row; kept for its memory, as the two below.
  std::vector<Draft> drafts_;
  std::vector<std::string> grades_;
  TextPool numbers_;
  absl::flat_hash_map<std::string_view, std::uint32_t, TextHash, TextEqual> student_numbers_;
  std::uint64_t people_ = 0;
  std::uint64_t users_without_state_ = 0;
  bool visited_ = false;

  std::vector<bool> user_has_;  // By UserColumn.
  std::size_t language_place_ = std::numeric_limits<std::size_t>::max();
  std::array<FieldMask, 8> filled_{};  // By role bit: fields that some row fills.
  FieldMask demographics_columns_ = 0;
  FieldMask demographics_filled_ = 0;
  std::vector<std::size_t> race_order_;  // Race columns in file order.
};

absl::StatusOr<std::unique_ptr<TableReader>> OneRosterReader::Impl::OpenTable(
    RosterFile file, std::span<const Column> columns) {
  absl::StatusOr<std::unique_ptr<ByteSource>> source = package_.Open(*plan_.place[file]);
  if (!source.ok()) return source.status();
  if (package_.files()[*plan_.place[file]].bytes >= kReadAheadBytes) {
    *source = ReadAhead(*std::move(source));
  }
  absl::StatusOr<std::unique_ptr<TableReader>> table =
      TableReader::Open(*std::move(source), RosterFileName(file), columns, warnings_);
  if (table.ok() && plan_.delta && !(*table)->Has(kStatus)) {
    return Refusal(RosterFileName(file), 1, "status", "the column is missing; a delta needs it");
  }
  return table;
}

absl::Status OneRosterReader::Impl::Report(const TableReader& table, RosterFile file) const {
  if (!options_.progress) return absl::OkStatus();
  return options_.progress({RosterFileName(file), table.bytes(),
                            package_.files()[*plan_.place[file]].bytes, table.rows()});
}

absl::Status OneRosterReader::Impl::EachRow(RosterFile file, std::span<const Column> columns,
                                            RowVisitor visit) {
  absl::StatusOr<std::unique_ptr<TableReader>> opened = OpenTable(file, columns);
  if (!opened.ok()) return opened.status();
  TableReader& table = **opened;
  for (;;) {
    absl::StatusOr<bool> more = table.Next();
    if (!more.ok()) return more.status();
    if (!*more) break;
    if (absl::Status status = visit(table); !status.ok()) return status;
    if (table.rows() % kProgressRows == 0) {
      if (absl::Status status = Report(table, file); !status.ok()) return status;
    }
  }
  if (table.rows() == 0) warnings_->Add(RosterFileName(file), WarningCode::kEmptyFile);
  return Report(table, file);
}

absl::StatusOr<RowStatus> OneRosterReader::Impl::CheckStatus(TableReader& table) {
  const auto status = ParseStatus(table.Get(kStatus));
  if (!status.has_value()) {
    return table.Refuse(kStatus, "the status is none of active and tobedeleted");
  }
  if (status->spelling == Spelling::kVariant) {
    table.Warn(WarningCode::kIllegalStatusAccepted, kStatus);
  }
  if (plan_.delta) {
    if (status->value == RowStatus::kBlank) table.Warn(WarningCode::kBlankStatus, kStatus);
    return status->value;
  }
  if (status->value == RowStatus::kToBeDeleted) {
    return table.Refuse(kStatus,
                        "a bulk file may not hold rows that are tobedeleted; leave the row out, "
                        "or call the file delta in manifest.csv");
  }
  if (status->value == RowStatus::kActive) table.Warn(WarningCode::kBulkStatusSet, kStatus);
  if (!table.Get(kModified).empty()) table.Warn(WarningCode::kBulkStatusSet, kModified);
  return status->value;
}

absl::StatusOr<bool> OneRosterReader::Impl::CountsAsActive(TableReader& table) {
  absl::StatusOr<RowStatus> status = CheckStatus(table);
  if (!status.ok()) return status.status();
  if (*status != RowStatus::kToBeDeleted) return true;
  table.Warn(WarningCode::kDeletedRowSkipped, kStatus);
  return false;
}

absl::StatusOr<std::uint32_t> OneRosterReader::Impl::OrgOf(TableReader& table, std::size_t column,
                                                           std::string_view id) {
  if (id.size() > kMaxIdBytes) {
    return table.Refuse(column, "the identifier is longer than 255 bytes");
  }
  // Neighbouring rows are mostly of one school.
  if (last_org_ < orgs_.size() && orgs_[last_org_].record.source_id == id) return last_org_;
  const auto found = org_of_.find(id);
  if (found != org_of_.end()) return last_org_ = found->second;
  if (!plan_.delta) {
    return table.Refuse(column, "names an organisation that is not in orgs.csv");
  }
  const auto ordinal = static_cast<std::uint32_t>(orgs_.size());
  Org org;
  org.record.source_id = std::string(id);
  org.school = true;
  orgs_.push_back(std::move(org));
  org_of_.emplace(id, ordinal);
  return ordinal;
}

absl::Status OneRosterReader::Impl::ReadOrgs() {
  return EachRow(kOrgsFile, kOrgColumns, [&](TableReader& table) -> absl::Status {
    absl::StatusOr<std::string_view> id = table.GetId(kId);
    if (!id.ok()) return id.status();
    if (absl::StatusOr<RowStatus> status = CheckStatus(table); !status.ok()) {
      return status.status();
    }
    const auto is_school = ParseIsSchool(table.Get(kOrgType));
    if (!is_school.has_value()) {
      return table.Refuse(kOrgType,
                          "the type is none of school, district, department, local, state and "
                          "national");
    }
    if (is_school->spelling == Spelling::kVariant) table.Warn(WarningCode::kWordSpelling, kOrgType);
    if (is_school->spelling == Spelling::kExtension) {
      table.Warn(WarningCode::kExtensionWord, kOrgType);
    }
    const auto [known, added] = org_of_.emplace(*id, static_cast<std::uint32_t>(orgs_.size()));
    if (!added) return RefuseTwice(table, kId, orgs_[known->second].record.row);
    Org org;
    org.record = {std::string(*id), std::string(table.Get(kOrgIdentifier)),
                  std::string(table.Get(kOrgName)), table.row()};
    org.school = is_school->value;
    orgs_.push_back(std::move(org));
    return absl::OkStatus();
  });
}

absl::StatusOr<Days> OneRosterReader::Impl::ReadDays(TableReader& table, std::size_t begin,
                                                     std::size_t end) {
  Days days;
  absl::StatusOr<Day> first = table.GetDay(begin);
  if (!first.ok()) return first.status();
  absl::StatusOr<Day> after = table.GetDay(end);
  if (!after.ok()) return after.status();
  days.begin = *first;
  if (*after == kNoDay || *after >= MakeDay(kOpenYear, 1, 1)) return days;
  days.end = *after - 1;
  if (days.begin == kNoDay || days.begin <= days.end) return days;
  if (*after < days.begin) return table.Refuse(end, "the end lies before the begin");
  table.Warn(WarningCode::kOneDaySpell, end);
  days.end = days.begin;
  return days;
}

absl::Status OneRosterReader::Impl::ReadSessions() {
  return EachRow(kSessionsFile, kSessionColumns, [&](TableReader& table) -> absl::Status {
    absl::StatusOr<std::string_view> id = table.GetId(kId);
    if (!id.ok()) return id.status();
    if (absl::StatusOr<RowStatus> status = CheckStatus(table); !status.ok()) {
      return status.status();
    }
    absl::StatusOr<Days> days = ReadDays(table, kSessionStart, kSessionEnd);
    if (!days.ok()) return days.status();
    if (days->begin == kNoDay) return table.Refuse(kSessionStart, "the date is blank");
    if (days->end == kNoDay) return table.Refuse(kSessionEnd, "the session has no end");
    const auto [known, added] = sessions_.emplace(*id, Session{*days, table.row()});
    if (!added) return RefuseTwice(table, kId, known->second.row);
    const std::string type = LooseName(table.Get(kSessionType));
    if (type != "schoolyear") return absl::OkStatus();
    if (table.Get(kSessionType) != "schoolYear") {
      table.Warn(WarningCode::kWordSpelling, kSessionType);
    }
    return AddSchoolYear(table, *days);
  });
}

absl::Status OneRosterReader::Impl::AddSchoolYear(TableReader& table, const Days& days) {
  // The middle day tells the year even when the session begins in June or ends in July.
  const int year = SchoolYearOf(days.begin + (days.end - days.begin) / 2);
  const std::string_view cell = table.Get(kSessionYear);
  if (!cell.empty()) {
    const auto text = ParseSchoolYear(cell);
    const bool starting_year = text.has_value() && !text->pair && text->last + 1 == year;
    if (!text.has_value() || (text->last != year && !starting_year)) {
      return table.Refuse(kSessionYear,
                          "the school year does not fit the dates; write the year in which it "
                          "ends");
    }
    if (text->pair || starting_year) table.Warn(WarningCode::kSchoolYearForm, kSessionYear);
  }
  if (year == options_.school_year) assumed_.Cover(days);
  return absl::OkStatus();
}

absl::Status OneRosterReader::Impl::SettleAssumedDays() {
  year_ = {SchoolYearBegin(options_.school_year), SchoolYearEnd(options_.school_year)};
  if (assumed_.begin == kNoDay) {
    const bool given = options_.default_begin != kNoDay && options_.default_end != kNoDay;
    assumed_ = given ? Days{options_.default_begin, options_.default_end} : year_;
    if (assumed_.end < assumed_.begin) {
      return absl::InvalidArgumentError(
          "the default days of the school year end before they begin");
    }
    // A delta need not repeat the sessions.
    if (!plan_.delta) {
      warnings_->Add(RosterFileName(kSessionsFile), WarningCode::kNoSchoolYearSession);
    }
  }
  year_.Cover(assumed_);
  return absl::OkStatus();
}

absl::Status OneRosterReader::Impl::ReadClasses() {
  IdTable::Guess guess;
  return EachRow(kClassesFile, kClassColumns, [&](TableReader& table) -> absl::Status {
    absl::StatusOr<std::string_view> id = table.GetId(kId);
    if (!id.ok()) return id.status();
    if (absl::StatusOr<RowStatus> status = CheckStatus(table); !status.ok()) {
      return status.status();
    }
    absl::StatusOr<std::string_view> school = table.GetId(kClassSchool);
    if (!school.ok()) return school.status();
    absl::StatusOr<std::uint32_t> org = OrgOf(table, kClassSchool, *school);
    if (!org.ok()) return org.status();
    Class entry{*org, {}, table.row()};
    std::string_view terms = table.Get(kClassTerms);
    while (!terms.empty()) {
      const std::string_view term = NextListItem(terms);
      if (term.empty()) continue;
      const auto session = sessions_.find(term);
      if (session != sessions_.end()) {
        entry.days.Cover(session->second.days);
      } else if (!plan_.delta && Has(kSessionsFile)) {
        return table.Refuse(kClassTerms, "names a term that is not in academicSessions.csv");
      }
    }
    const std::uint32_t number = class_ids_.Add(*id, guess);
    if (number < classes_.size()) return RefuseTwice(table, kId, classes_[number].row);
    classes_.push_back(entry);
    return absl::OkStatus();
  });
}

absl::StatusOr<std::uint8_t> OneRosterReader::Impl::ReadRoleCell(TableReader& table,
                                                                 std::size_t column) {
  std::uint8_t roles = 0;
  std::string_view rest = table.Get(column);
  while (!rest.empty()) {
    const std::string_view item = NextListItem(rest);
    if (item.empty()) continue;
    const auto role = ParseRole(item);
    if (!role.has_value()) {
      return table.Refuse(column, "the role is no word that OneRoster knows");
    }
    if (role->spelling == Spelling::kVariant) table.Warn(WarningCode::kWordSpelling, column);
    if (role->spelling == Spelling::kExtension) table.Warn(WarningCode::kExtensionWord, column);
    roles = static_cast<std::uint8_t>(roles | role->value);
  }
  if (OneRole(roles) != roles) table.Warn(WarningCode::kMultipleRoles, column);
  return roles;
}

absl::StatusOr<std::uint32_t> OneRosterReader::Impl::PersonOf(TableReader& table,
                                                              std::size_t column,
                                                              PersonIndex::Guess& guess) {
  absl::StatusOr<std::string_view> id = table.GetId(column);
  if (!id.ok()) return id.status();
  const std::uint32_t ordinal = index_.Add(*id, guess);
  PersonIndex::Person& person = index_.person(ordinal);
  if (person.other_row == 0) person.other_row = static_cast<std::uint32_t>(table.row());
  return ordinal;
}

// Two rows can share an id only where two hashes are equal; then the file is read again for the
// rows, which also clears different ids of one hash.
absl::Status OneRosterReader::Impl::CheckIdsOnce(RosterFile file, std::span<const Column> columns,
                                                 std::vector<std::uint64_t>& hashes) {
  std::sort(hashes.begin(), hashes.end());
  absl::flat_hash_set<std::uint64_t> suspects;
  for (std::size_t i = 1; i < hashes.size(); ++i) {
    if (hashes[i] == hashes[i - 1]) suspects.insert(hashes[i]);
  }
  if (suspects.empty()) return absl::OkStatus();
  Warnings counted_before;
  Warnings* const warnings = std::exchange(warnings_, &counted_before);
  IdMap<std::uint64_t> rows;
  const absl::Status read = EachRow(file, columns, [&](TableReader& table) -> absl::Status {
    const std::string_view id = table.Get(kId);
    if (!suspects.contains(TextHash()(id))) return absl::OkStatus();
    const auto [known, added] = rows.emplace(id, table.row());
    return added ? absl::OkStatus() : RefuseTwice(table, kId, known->second);
  });
  warnings_ = warnings;
  return read;
}

void OneRosterReader::Impl::AddStayByYears(std::uint32_t person, std::uint32_t org, Days days) {
  while (days.begin <= days.end) {
    const int year = SchoolYearOf(days.begin);
    const Day last = std::min(days.end, SchoolYearEnd(year));
    index_.AddStay(person, org, year, days.begin, last);
    days.begin = last + 1;
  }
}

absl::Status OneRosterReader::Impl::AddDatedStay(TableReader& table, std::size_t column,
                                                 std::uint32_t person, std::uint32_t org, Days days,
                                                 const Days& fallback) {
  // A date that is there may lie outside the days that stand in for the other one.
  if (days.begin == kNoDay) {
    days.begin = fallback.begin <= days.end || days.end == kNoDay
                     ? fallback.begin
                     : SchoolYearBegin(SchoolYearOf(days.end));
  }
  if (days.end == kNoDay) {
    days.end = days.begin <= fallback.end ? fallback.end : SchoolYearEnd(SchoolYearOf(days.begin));
  }
  if (days.begin >= MakeDay(kOpenYear, 1, 1)) {
    return table.Refuse(column,
                        Cat("the stay begins in ", kOpenYear, " or later; correct the date"));
  }
  if (SchoolYearOf(days.end) - SchoolYearOf(days.begin) >= kMaxStayYears) {
    return table.Refuse(column, Cat("the stay covers more than ", kMaxStayYears,
                                    " school years; write the day on which it really began"));
  }
  orgs_[org].used = true;
  const Days within{std::max(days.begin, year_.begin), std::min(days.end, year_.end)};
  if (within.begin <= within.end) {
    index_.AddStay(person, org, options_.school_year, within.begin, within.end);
  }
  if (days.begin < year_.begin || days.end > year_.end) {
    table.Warn(WarningCode::kOtherSchoolYear, column);
    AddStayByYears(person, org, {days.begin, std::min(days.end, year_.begin - 1)});
    AddStayByYears(person, org, {std::max(days.begin, year_.end + 1), days.end});
  }
  return absl::OkStatus();
}

absl::Status OneRosterReader::Impl::ReadRoles() {
  PersonIndex::Guess guess;
  std::vector<std::uint64_t> hashes;
  const absl::Status read =
      EachRow(kRolesFile, kRoleColumns, [&](TableReader& table) -> absl::Status {
        absl::StatusOr<std::string_view> id = table.GetId(kId);
        if (!id.ok()) return id.status();
        hashes.push_back(TextHash()(*id));
        absl::StatusOr<bool> counts = CountsAsActive(table);
        if (!counts.ok()) return counts.status();
        if (!*counts) return absl::OkStatus();
        absl::StatusOr<std::uint8_t> roles = ReadRoleCell(table, kRoleRole);
        if (!roles.ok()) return roles.status();
        if (*roles == 0) return table.Refuse(kRoleRole, "the role is blank");
        absl::StatusOr<Days> days = ReadDays(table, kRoleBegin, kRoleEnd);
        if (!days.ok()) return days.status();
        absl::StatusOr<std::uint32_t> ordinal = PersonOf(table, kRoleUser, guess);
        if (!ordinal.ok()) return ordinal.status();
        PersonIndex::Person& person = index_.person(*ordinal);
        person.roles = static_cast<std::uint8_t>(person.roles | *roles);
        if (OneRole(*roles) == kGuardianRole || table.Get(kRoleOrg).empty())
          return absl::OkStatus();
        absl::StatusOr<std::uint32_t> org = OrgOf(table, kRoleOrg, table.Get(kRoleOrg));
        if (!org.ok()) return org.status();
        person.has_org = true;
        if (days->begin != kNoDay || days->end != kNoDay) {
          return AddDatedStay(table, kRoleBegin, *ordinal, *org, *days, assumed_);
        }
        orgs_[*org].used = true;
        index_.AddStay(*ordinal, *org, options_.school_year, kNoDay, kNoDay);
        return absl::OkStatus();
      });
  return read.ok() ? CheckIdsOnce(kRolesFile, kRoleColumns, hashes) : read;
}

// Comes before all else, since this header tells OneRoster from its look-alikes.
absl::Status OneRosterReader::Impl::CheckUsersHeader() {
  Warnings counted_later;
  Warnings* const warnings = std::exchange(warnings_, &counted_later);
  absl::StatusOr<std::unique_ptr<TableReader>> opened = OpenTable(kUsersFile, kUserColumns);
  warnings_ = warnings;
  if (!opened.ok()) return opened.status();
  const TableReader& table = **opened;
  user_has_.assign(kUserColumns.size(), false);
  for (std::size_t column = 0; column < kUserColumns.size(); ++column) {
    user_has_[column] = table.Has(column);
  }
  const std::string_view file = RosterFileName(kUsersFile);
  const bool one_roster = table.Has(kStatus) || table.Has(kModified) || table.Has(kUserEnabled);
  if (!one_roster) {
    return Refusal(file, 1, "",
                   "has none of the columns status, dateLastModified and enabledUser, so it is not "
                   "OneRoster (perhaps Microsoft School Data Sync); export OneRoster 1.1 or 1.2 "
                   "CSV");
  }
  if (!Has(kRolesFile)) {
    if (table.Has(kUserRole)) {
      if (plan_.version == 12) {
        warnings_->Add(file, WarningCode::kVersionMismatch, 1);
        plan_.version = 11;
      }
    } else if (!plan_.delta || plan_.version != 12) {
      return Refusal(file, 1, "role",
                     "the column is missing; OneRoster 1.1 needs it, and 1.2 needs a roles.csv");
    }
    if (!plan_.delta && !table.Has(kUserOrgs)) {
      return Refusal(file, 1, "orgSourcedIds",
                     "the column is missing; OneRoster 1.1 needs it, and 1.2 needs a roles.csv");
    }
  }
  for (std::size_t place = 0; place < table.header().size(); ++place) {
    const std::string& name = table.header()[place];
    const std::size_t dot = name.find('.');
    if (dot == std::string::npos || !EqualsIgnoreCase(name.substr(0, dot), "metadata")) continue;
    const std::string loose = LooseName(std::string_view(name).substr(dot + 1));
    if (std::find(kLanguageNames.begin(), kLanguageNames.end(), loose) != kLanguageNames.end()) {
      language_place_ = place;
      break;
    }
  }
  return absl::OkStatus();
}

std::string_view OneRosterReader::Impl::LanguageOf(TableReader& table) const {
  return language_place_ < table.header().size() ? table.GetAt(language_place_)
                                                 : std::string_view();
}

FieldMask OneRosterReader::Impl::PopulatedOf(TableReader& table) const {
  FieldMask mask = 0;
  const auto set = [&](int field, bool filled) {
    if (filled) mask |= FieldBit(field);
  };
  const auto filled = [&](std::size_t column) { return !table.Get(column).empty(); };
  set(kFieldName, filled(kUserGiven) || filled(kUserFamily) || filled(kUserMiddle) ||
                      filled(kUserPreferredGiven) || filled(kUserPreferredFamily));
  set(kFieldDistrictId, filled(kUserIdentifier));
  set(kFieldStateId, !StateIdOf(table.Get(kUserIds)).empty());
  set(kFieldEmail, filled(kUserEmail));
  set(kFieldPhone, filled(kUserPhone) || filled(kUserSms));
  set(kFieldUsername, filled(kUserUsername));
  set(kFieldGrade, filled(kUserGrades));
  set(kFieldLanguage, !LanguageOf(table).empty());
  set(kFieldGuardianName, filled(kUserAgents));
  return mask;
}

absl::Status OneRosterReader::Impl::VisitOrgCells(TableReader& table,
                                                  absl::FunctionRef<void(std::uint32_t)> visit) {
  for (const std::size_t column : {kUserOrgs, kUserPrimaryOrg}) {
    std::string_view rest = table.Get(column);
    while (!rest.empty()) {
      const std::string_view item = NextListItem(rest);
      if (item.empty()) continue;
      absl::StatusOr<std::uint32_t> org = OrgOf(table, column, item);
      if (!org.ok()) return org.status();
      visit(*org);
    }
  }
  return absl::OkStatus();
}

absl::Status OneRosterReader::Impl::IndexUser(TableReader& table) {
  absl::StatusOr<std::string_view> id = table.GetId(kId);
  if (!id.ok()) return id.status();
  absl::StatusOr<RowStatus> status = CheckStatus(table);
  if (!status.ok()) return status.status();
  if (*status == RowStatus::kBlank) ++users_without_state_;
  const std::uint32_t ordinal = index_.Add(*id, user_guess_);
  PersonIndex::Person& person = index_.person(ordinal);
  if (person.row != 0) return RefuseTwice(table, kId, person.row);
  person.row = static_cast<std::uint32_t>(table.row());
  absl::StatusOr<std::uint8_t> roles = ReadRoleCell(table, kUserRole);
  if (!roles.ok()) return roles.status();
  const bool deleted = *status == RowStatus::kToBeDeleted;
  if (*roles == 0 && !deleted && !Has(kRolesFile) && user_has_[kUserRole]) {
    return table.Refuse(kUserRole, "the role is blank");
  }
  person.roles = static_cast<std::uint8_t>(person.roles | *roles);
  const std::uint8_t role = OneRole(person.roles);
  const bool student = role == kStudentRole;

  std::vector<std::uint32_t>& named = named_orgs_;
  named.clear();
  if (absl::Status orgs = VisitOrgCells(table, [&](std::uint32_t org) { named.push_back(org); });
      !orgs.ok()) {
    return orgs;
  }
  person.has_org = person.has_org || !named.empty();
  const bool any_school =
      std::any_of(named.begin(), named.end(), [&](std::uint32_t org) { return orgs_[org].school; });
  for (const std::uint32_t org : named) {
    if (role != kGuardianRole && (!student || !any_school)) orgs_[org].used = true;
  }

  const FieldMask populated = PopulatedOf(table);
  person.has_name = (populated & FieldBit(kFieldName)) != 0;
  person.has_email = (populated & FieldBit(kFieldEmail)) != 0;
  person.has_phone = (populated & FieldBit(kFieldPhone)) != 0;
  filled_[role] |= populated;

  const std::string_view number = table.Get(kUserIdentifier);
  for (const std::size_t column : {kUserIdentifier, kUserUsername}) {
    if (table.Get(column).size() > kMaxIdBytes) {
      return table.Refuse(column, "the identifier is longer than 255 bytes");
    }
  }
  if (student && !number.empty() && !deleted) {
    const auto known = student_numbers_.find(number);
    if (known != student_numbers_.end()) {
      return table.Refuse(kUserIdentifier, Cat("the student of row ", known->second,
                                               " has the same number already; one number must "
                                               "stand for one student"));
    }
    student_numbers_.emplace(numbers_.Keep(number), static_cast<std::uint32_t>(table.row()));
  }
  return absl::OkStatus();
}

absl::Status OneRosterReader::Impl::ReadUsers() {
  const absl::Status read = EachRow(kUsersFile, kUserColumns, [&](TableReader& table) {
    ++people_;
    return IndexUser(table);
  });
  if (!read.ok()) return read;
  student_numbers_.clear();
  const std::string_view file = RosterFileName(kUsersFile);
  if (people_ == 0 && !plan_.delta) {
    return Refusal(file, 0, "",
                   "has no rows; a bulk file without users would take everybody off the roster");
  }
  if (plan_.delta && people_ != 0 && users_without_state_ == people_) {
    return Refusal(file, 2, "status",
                   "manifest.csv calls the file delta, but no row has a status; call it bulk, or "
                   "fill the column");
  }
  return absl::OkStatus();
}

absl::Status OneRosterReader::Impl::CheckReferencesToUsers() const {
  if (plan_.delta) return absl::OkStatus();
  for (std::uint32_t ordinal = 0; ordinal < index_.size(); ++ordinal) {
    const PersonIndex::Person& person = index_.person(ordinal);
    if (person.row == 0) {
      return Refusal(RosterFileName(kRolesFile), person.other_row, "userSourcedId",
                     "names a user who is not in users.csv");
    }
  }
  return absl::OkStatus();
}

absl::Status OneRosterReader::Impl::ReadEnrollments() {
  PersonIndex::Guess user_guess;
  IdTable::Guess class_guess;
  std::vector<std::uint64_t> hashes;
  const absl::Status read =
      EachRow(kEnrollmentsFile, kEnrollmentColumns, [&](TableReader& table) -> absl::Status {
        absl::StatusOr<std::string_view> id = table.GetId(kId);
        if (!id.ok()) return id.status();
        hashes.push_back(TextHash()(*id));
        absl::StatusOr<bool> counts = CountsAsActive(table);
        if (!counts.ok()) return counts.status();
        absl::StatusOr<Days> days = ReadDays(table, kEnrollmentBegin, kEnrollmentEnd);
        if (!days.ok()) return days.status();
        if (!*counts) return absl::OkStatus();
        absl::StatusOr<std::uint8_t> roles = ReadRoleCell(table, kEnrollmentRole);
        if (!roles.ok()) return roles.status();

        absl::StatusOr<std::string_view> class_id = table.GetId(kEnrollmentClass);
        if (!class_id.ok()) return class_id.status();
        const std::uint32_t number = class_ids_.Find(*class_id, class_guess);
        const Class* const in_class = number == IdTable::kNone ? nullptr : &classes_[number];
        if (in_class == nullptr && Has(kClassesFile) && !plan_.delta) {
          return table.Refuse(kEnrollmentClass, "names a class that is not in classes.csv");
        }
        std::uint32_t org = kNoSchool;
        if (!table.Get(kEnrollmentSchool).empty()) {
          absl::StatusOr<std::uint32_t> named =
              OrgOf(table, kEnrollmentSchool, table.Get(kEnrollmentSchool));
          if (!named.ok()) return named.status();
          org = *named;
        } else if (in_class != nullptr) {
          org = in_class->org;
        } else {
          return table.Refuse(kEnrollmentSchool,
                              "is blank, and the class does not tell the school");
        }

        absl::StatusOr<std::uint32_t> ordinal = PersonOf(table, kEnrollmentUser, user_guess);
        if (!ordinal.ok()) return ordinal.status();
        PersonIndex::Person& person = index_.person(*ordinal);
        if (person.row == 0) {
          if (!plan_.delta) {
            return table.Refuse(kEnrollmentUser, "names a user who is not in users.csv");
          }
          table.Warn(WarningCode::kOrphanEnrollment, kEnrollmentUser);
        }
        if (OneRole(person.roles) == kGuardianRole) {
          table.Warn(WarningCode::kGuardianEnrollment, kEnrollmentUser);
          return absl::OkStatus();
        }
        person.enrolled_roles = static_cast<std::uint8_t>(person.enrolled_roles | *roles);
        const bool terms = in_class != nullptr && in_class->days.begin != kNoDay;
        return AddDatedStay(table, kEnrollmentBegin, *ordinal, org, *days,
                            terms ? in_class->days : assumed_);
      });
  return read.ok() ? CheckIdsOnce(kEnrollmentsFile, kEnrollmentColumns, hashes) : read;
}

absl::Status OneRosterReader::Impl::ReadDemographics() {
  const auto fields = [&](const TableReader& table, auto has) {
    FieldMask mask = 0;
    if (has(table, kBirthDate)) mask |= FieldBit(kFieldBirthDate);
    if (has(table, kSex)) mask |= FieldBit(kFieldGender);
    for (std::size_t race = kFirstRace; race <= kLastRace; ++race) {
      if (has(table, race)) mask |= FieldBit(kFieldRace);
    }
    for (const std::size_t column : {kBirthCountry, kBirthState, kBirthCity}) {
      if (has(table, column)) mask |= FieldBit(kFieldBirthPlace);
    }
    return mask;
  };
  PersonIndex::Guess guess;
  return EachRow(kDemographicsFile, kDemographicsColumns, [&](TableReader& table) -> absl::Status {
    if (race_order_.empty() && table.rows() == 1) {
      demographics_columns_ =
          fields(table, [](const TableReader& t, std::size_t column) { return t.Has(column); });
      for (const std::string& name : table.header()) {
        for (std::size_t race = kFirstRace; race <= kLastRace; ++race) {
          if (LooseName(name) == LooseName(kDemographicsColumns[race].name)) {
            race_order_.push_back(race);
          }
        }
      }
    }
    absl::StatusOr<bool> counts = CountsAsActive(table);
    if (!counts.ok()) return counts.status();
    if (!*counts) return absl::OkStatus();
    absl::StatusOr<std::uint32_t> ordinal = PersonOf(table, kId, guess);
    if (!ordinal.ok()) return ordinal.status();
    if (index_.person(*ordinal).row == 0) {
      if (!plan_.delta) return table.Refuse(kId, "names a user who is not in users.csv");
      table.Warn(WarningCode::kOrphanEnrollment, kId);
    }
    if (const auto* before = index_.GetDemographics(*ordinal); before != nullptr) {
      return RefuseTwice(table, kId, before->row);
    }
    PersonIndex::Demographics row;
    row.row = static_cast<std::uint32_t>(table.row());
    absl::StatusOr<Day> birth = table.GetDay(kBirthDate);
    if (!birth.ok()) return birth.status();
    row.birth_date = *birth;
    if (options_.as_of != kNoDay && *birth != kNoDay && *birth > options_.as_of) {
      return table.Refuse(kBirthDate, "the birth date lies after the date of the roster");
    }
    const auto sex = ParseSex(table.Get(kSex));
    if (!sex.has_value()) {
      return table.Refuse(kSex, "the value is none of male, female, other and unspecified");
    }
    if (sex->spelling == Spelling::kVariant) table.Warn(WarningCode::kWordSpelling, kSex);
    row.gender = sex->value;
    for (std::size_t race = kFirstRace; race <= kLastRace; ++race) {
      if (table.Get(race).empty()) continue;
      const auto flag = ParseBoolean(table.Get(race));
      if (!flag.has_value()) return table.Refuse(race, "the value is neither true nor false");
      if (flag->spelling == Spelling::kVariant) table.Warn(WarningCode::kBooleanSpelling, race);
      if (flag->value) row.races = static_cast<std::uint8_t>(row.races | 1U << (race - kFirstRace));
    }
    std::string place;
    for (const std::size_t column : {kBirthCity, kBirthState, kBirthCountry}) {
      if (table.Get(column).empty()) continue;
      if (!place.empty()) place += ", ";
      place += table.Get(column);
    }
    row.birth_place = place;
    demographics_filled_ |= fields(
        table, [](const TableReader& t, std::size_t column) { return !t.Get(column).empty(); });
    index_.SetDemographics(*ordinal, row);
    return absl::OkStatus();
  });
}

// Gives the organisations their places in schools() and finds where people without any are kept.
absl::Status OneRosterReader::Impl::SettleOrgs() {
  std::uint32_t districts = 0;
  for (std::uint32_t org = 0; org < orgs_.size(); ++org) {
    if (orgs_[org].school) continue;
    ++districts;
    root_org_ = org;
  }
  if (districts != 1) root_org_ = kNoSchool;
  if (!plan_.delta) {
    for (std::uint32_t ordinal = 0; ordinal < index_.size(); ++ordinal) {
      const PersonIndex::Person& person = index_.person(ordinal);
      if (person.has_org || person.first_stay != PersonIndex::kNone) continue;
      if (RoleOf(person) == kGuardianRole) continue;
      if (root_org_ == kNoSchool) {
        return Refusal(RosterFileName(kUsersFile), person.row, "orgSourcedIds",
                       "names no organisation, and orgs.csv has no single district to put the "
                       "person at");
      }
      orgs_[root_org_].used = true;
    }
  }
  for (Org& org : orgs_) {
    if (!org.school && !org.used) continue;
    org.place = static_cast<std::uint32_t>(schools_.size());
    schools_.push_back(org.record);
  }
  return absl::OkStatus();
}

std::uint8_t OneRosterReader::Impl::RoleOf(const PersonIndex::Person& person) const {
  const std::uint8_t role = OneRole(person.roles);
  return role != 0 ? role : OneRole(person.enrolled_roles);
}

absl::Status OneRosterReader::Impl::Load() {
  if (options_.school_year < 1900 || options_.school_year > 9998) {
    return absl::InvalidArgumentError("the school year must be the year in which it ends");
  }
  if (Has(kUsersFile)) {
    if (absl::Status status = CheckUsersHeader(); !status.ok()) return status;
  }
  if (Has(kOrgsFile)) {
    if (absl::Status status = ReadOrgs(); !status.ok()) return status;
  }
  if (Has(kSessionsFile)) {
    if (absl::Status status = ReadSessions(); !status.ok()) return status;
  }
  if (absl::Status status = SettleAssumedDays(); !status.ok()) return status;
  if (Has(kClassesFile)) {
    if (absl::Status status = ReadClasses(); !status.ok()) return status;
  }
  if (Has(kRolesFile)) {
    if (absl::Status status = ReadRoles(); !status.ok()) return status;
  }
  if (Has(kUsersFile)) {
    if (absl::Status status = ReadUsers(); !status.ok()) return status;
  }
  if (absl::Status status = CheckReferencesToUsers(); !status.ok()) return status;
  if (Has(kEnrollmentsFile)) {
    if (absl::Status status = ReadEnrollments(); !status.ok()) return status;
  }
  if (Has(kDemographicsFile)) {
    if (absl::Status status = ReadDemographics(); !status.ok()) return status;
  }
  return SettleOrgs();
}

FieldMask OneRosterReader::Impl::KnownFor(std::uint8_t role) const {
  FieldMask mask = FieldBit(kFieldName);
  const auto set = [&](int field, bool known) {
    if (known) mask |= FieldBit(field);
  };
  const bool student = role == kStudentRole;
  set(kFieldDistrictId, user_has_[kUserIdentifier]);
  set(kFieldStateId, user_has_[kUserIds]);
  set(kFieldEmail, user_has_[kUserEmail]);
  set(kFieldPhone, user_has_[kUserPhone] || user_has_[kUserSms]);
  set(kFieldUsername, user_has_[kUserUsername]);
  set(kFieldGrade, user_has_[kUserGrades] && student);
  set(kFieldLanguage, language_place_ != std::numeric_limits<std::size_t>::max());
  set(kFieldGuardianName, user_has_[kUserAgents] && student);
  // userIds without any entry of the state's type tell nothing about the state's number.
  mask &= filled_[role] | ~FieldBit(kFieldStateId);
  if (options_.blank_column_is_unknown) mask &= filled_[role] | FieldBit(kFieldName);
  return mask;
}

void OneRosterReader::Impl::FillDemographics(std::uint32_t ordinal, PersonRecord& record) const {
  record.birth_date = kNoDay;
  record.gender.clear();
  record.race.clear();
  record.birth_place.clear();
  const PersonIndex::Demographics* row = index_.GetDemographics(ordinal);
  if (row == nullptr) return;
  record.birth_date = row->birth_date;
  record.gender = row->gender;
  record.birth_place = row->birth_place;
  for (const std::size_t race : race_order_) {
    if ((row->races >> (race - kFirstRace) & 1U) == 0) continue;
    if (!record.race.empty()) record.race += ',';
    record.race += kDemographicsColumns[race].name;
  }
  FieldMask known = demographics_columns_;
  if (options_.blank_column_is_unknown) known &= demographics_filled_;
  record.known |= known;
  const auto set = [&](int field, bool filled) {
    if (filled) record.populated |= FieldBit(field);
  };
  set(kFieldBirthDate, record.birth_date != kNoDay);
  set(kFieldGender, !record.gender.empty());
  set(kFieldRace, !record.race.empty());
  set(kFieldBirthPlace, !record.birth_place.empty());
}

absl::Status OneRosterReader::Impl::FillSpells(TableReader* table, std::uint32_t ordinal,
                                               PersonRecord& record) {
  record.spells.clear();
  if (record.kind == Kind::kGuardian) return absl::OkStatus();
  std::vector<Draft>& drafts = drafts_;
  drafts.clear();
  for (const PersonIndex::Stay* stay = index_.FirstStay(ordinal); stay != nullptr;
       stay = index_.Next(*stay)) {
    const bool named = stay->begin == kNoDay;
    if (named && record.deleted) continue;
    drafts.push_back(
        {stay->org, stay->school_year, named ? assumed_ : Days{stay->begin, stay->end}, named});
  }
  const auto name = [&](std::uint32_t org) {
    const bool there = std::any_of(drafts.begin(), drafts.end(), [&](const Draft& draft) {
      return draft.org == org && draft.year == options_.school_year;
    });
    if (!there) drafts.push_back({org, options_.school_year, assumed_, true});
  };
  if (table != nullptr && !record.deleted) {
    if (absl::Status status = VisitOrgCells(*table, name); !status.ok()) return status;
  }
  if (record.kind == Kind::kStudent && !record.deleted) {
    const bool at_school = std::any_of(drafts.begin(), drafts.end(), [&](const Draft& draft) {
      return orgs_[draft.org].school && draft.year == options_.school_year;
    });
    if (at_school) {
      std::erase_if(drafts,
                    [&](const Draft& draft) { return draft.named && !orgs_[draft.org].school; });
    } else if (!plan_.delta && table != nullptr) {
      table->Warn(WarningCode::kStudentWithoutSchool, kUserOrgs);
    }
  }
  if (drafts.empty() && !plan_.delta && root_org_ != kNoSchool) name(root_org_);

  std::vector<std::string>& grades = grades_;
  grades.clear();
  if (record.kind == Kind::kStudent && table != nullptr) {
    std::string_view rest = table->Get(kUserGrades);
    while (!rest.empty()) {
      const std::string_view item = NextListItem(rest);
      if (item.empty()) continue;
      Word<std::string> grade = ParseGrade(item);
      if (grade.spelling == Spelling::kExtension) {
        table->Warn(WarningCode::kUnknownGrade, kUserGrades);
      }
      grades.push_back(std::move(grade.value));
    }
  }
  if (grades.empty()) grades.emplace_back();
  for (const Draft& draft : drafts) {
    const bool graded = draft.year == options_.school_year;
    for (const std::string& grade : grades) {
      record.spells.push_back({orgs_[draft.org].place, draft.year, graded ? grade : std::string(),
                               draft.days.begin, draft.days.end});
      if (!graded) break;
    }
  }
  const auto key = [](const SpellRecord& spell) {
    return std::tie(spell.begin, spell.end, spell.school, spell.grade);
  };
  std::sort(record.spells.begin(), record.spells.end(),
            [&](const SpellRecord& a, const SpellRecord& b) { return key(a) < key(b); });
  record.spells.erase(std::unique(record.spells.begin(), record.spells.end()), record.spells.end());
  if (!record.spells.empty()) {
    record.known |= FieldBit(kFieldSchool);
    record.populated |= FieldBit(kFieldSchool);
  }
  return absl::OkStatus();
}

absl::Status OneRosterReader::Impl::FillGuardians(TableReader& table, PersonRecord& record) {
  record.guardians.clear();
  record.populated &= ~FieldBit(kFieldGuardianName);
  if (record.kind != Kind::kStudent) {
    record.known &= ~FieldBit(kFieldGuardianName);
    return absl::OkStatus();
  }
  bool all_here = true;
  bool email = false;
  bool phone = false;
  bool name = false;
  std::string_view rest = table.Get(kUserAgents);
  while (!rest.empty()) {
    const std::string_view item = NextListItem(rest);
    if (item.empty()) continue;
    if (item.size() > kMaxIdBytes) {
      return table.Refuse(kUserAgents, "the identifier is longer than 255 bytes");
    }
    const std::optional<std::uint32_t> ordinal = index_.Find(item, agent_guess_);
    const bool here = ordinal.has_value() && index_.person(*ordinal).row != 0;
    if (!here && !plan_.delta) {
      return table.Refuse(kUserAgents, "names a user who is not in users.csv");
    }
    all_here = all_here && here;
    if (here) {
      const PersonIndex::Person& agent = index_.person(*ordinal);
      if (RoleOf(agent) == kStudentRole) {
        table.Warn(WarningCode::kAgentNotGuardian, kUserAgents);
        continue;
      }
      name = name || agent.has_name;
      email = email || agent.has_email;
      phone = phone || agent.has_phone;
    }
    GuardianRef ref{std::string(item)};
    if (std::find(record.guardians.begin(), record.guardians.end(), ref) ==
        record.guardians.end()) {
      record.guardians.push_back(std::move(ref));
    }
  }
  const bool known = (record.known & FieldBit(kFieldGuardianName)) != 0;
  record.known &= ~FieldBit(kFieldGuardianName);
  const auto set = [&](int field, bool column, bool filled) {
    // A guardian who is not in this delta may well have what the others lack.
    if (filled || (known && column && all_here)) record.known |= FieldBit(field);
    if (filled) record.populated |= FieldBit(field);
  };
  const FieldMask column = options_.blank_column_is_unknown
                               ? filled_[kGuardianRole] | filled_[kStaffRole]
                               : ~FieldMask{0};
  set(kFieldGuardianName, true, name);
  set(kFieldGuardianEmail, user_has_[kUserEmail] && (column & FieldBit(kFieldEmail)) != 0, email);
  set(kFieldGuardianPhone,
      (user_has_[kUserPhone] || user_has_[kUserSms]) && (column & FieldBit(kFieldPhone)) != 0,
      phone);
  return absl::OkStatus();
}

absl::Status OneRosterReader::Impl::FillPerson(TableReader& table, PersonRecord& record) {
  const std::optional<std::uint32_t> ordinal = index_.Find(table.Get(kId), user_guess_);
  if (!ordinal.has_value()) return absl::InternalError("users.csv changed while it was read");
  const auto status = ParseStatus(table.Get(kStatus));
  record.deleted = status.has_value() && status->value == RowStatus::kToBeDeleted;
  const std::uint8_t role = RoleOf(index_.person(*ordinal));
  if (role == 0 && !record.deleted) {
    return table.Refuse(kId,
                        "neither roles.csv nor enrollments.csv say what this user is; add a row "
                        "to roles.csv");
  }
  record.kind = KindOfRole(role);
  record.source_id = table.Get(kId);
  record.district_id = table.Get(kUserIdentifier);
  record.state_id = StateIdOf(table.Get(kUserIds));
  record.username = table.Get(kUserUsername);
  record.given_name = table.Get(kUserGiven);
  record.middle_name = table.Get(kUserMiddle);
  record.family_name = table.Get(kUserFamily);
  record.preferred_given_name = table.Get(kUserPreferredGiven);
  record.preferred_family_name = table.Get(kUserPreferredFamily);
  record.email = table.Get(kUserEmail);
  record.phone = table.Get(kUserPhone).empty() ? table.Get(kUserSms) : table.Get(kUserPhone);
  record.language = LanguageOf(table);
  record.row = table.row();
  record.known = KnownFor(role);
  record.populated = PopulatedOf(table);
  if (record.kind != Kind::kStudent) record.populated &= ~FieldBit(kFieldGrade);
  record.known |= record.populated;
  FillDemographics(*ordinal, record);
  if (absl::Status filled = FillGuardians(table, record); !filled.ok()) return filled;
  return FillSpells(&table, *ordinal, record);
}

absl::Status OneRosterReader::Impl::ForEachPerson(
    absl::FunctionRef<absl::Status(PersonRecord&)> visit) {
  if (!Has(kUsersFile)) return absl::OkStatus();
  // The first pass has counted the deviations of these rows, so only new ones are kept.
  Warnings repeated;
  Warnings* const warnings = std::exchange(warnings_, &repeated);
  PersonRecord record;
  const absl::Status read =
      EachRow(kUsersFile, kUserColumns, [&](TableReader& table) -> absl::Status {
        if (absl::Status status = FillPerson(table, record); !status.ok()) return status;
        return visit(record);
      });
  warnings_ = warnings;
  const bool visited_before = std::exchange(visited_, true);
  for (const Warning& warning : repeated.list()) {
    if (visited_before) break;
    const bool first_seen = warning.code == WarningCode::kStudentWithoutSchool ||
                            warning.code == WarningCode::kUnknownGrade ||
                            warning.code == WarningCode::kAgentNotGuardian;
    if (first_seen) warnings_->Merge(warning);
  }
  return read;
}

absl::Status OneRosterReader::Impl::ForEachPartial(
    absl::FunctionRef<absl::Status(PersonRecord&)> visit) {
  if (!plan_.delta) return absl::OkStatus();
  for (std::uint32_t ordinal = 0; ordinal < index_.size(); ++ordinal) {
    const PersonIndex::Person& person = index_.person(ordinal);
    if (person.row != 0) continue;
    PersonRecord record;
    const std::uint8_t role = RoleOf(person);
    record.kind = KindOfRole(role);
    record.source_id = index_.id(ordinal);
    record.row = person.other_row;
    FillDemographics(ordinal, record);
    if (absl::Status filled = FillSpells(nullptr, ordinal, record); !filled.ok()) return filled;
    if (absl::Status status = visit(record); !status.ok()) return status;
  }
  return absl::OkStatus();
}

OneRosterReader::OneRosterReader(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
OneRosterReader::~OneRosterReader() = default;

absl::StatusOr<std::unique_ptr<OneRosterReader>> OneRosterReader::Open(
    Package& package, const OneRosterOptions& options, Warnings* warnings) {
  absl::StatusOr<PackagePlan> plan = PlanPackage(package, warnings);
  if (!plan.ok()) return plan.status();
  auto impl = std::make_unique<Impl>(package, options, *plan, warnings);
  if (absl::Status status = impl->Load(); !status.ok()) return status;
  return std::unique_ptr<OneRosterReader>(new OneRosterReader(std::move(impl)));
}

bool OneRosterReader::delta() const { return impl_->plan().delta; }

int OneRosterReader::version() const { return impl_->plan().version; }

const std::vector<SchoolRecord>& OneRosterReader::schools() const { return impl_->schools(); }

Day OneRosterReader::assumed_begin() const { return impl_->assumed().begin; }

Day OneRosterReader::assumed_end() const { return impl_->assumed().end; }

std::uint64_t OneRosterReader::people() const { return impl_->people(); }

absl::Status OneRosterReader::ForEachPerson(absl::FunctionRef<absl::Status(PersonRecord&)> visit) {
  return impl_->ForEachPerson(visit);
}

absl::Status OneRosterReader::ForEachPartial(absl::FunctionRef<absl::Status(PersonRecord&)> visit) {
  return impl_->ForEachPartial(visit);
}

}  // namespace rollcall::roster
