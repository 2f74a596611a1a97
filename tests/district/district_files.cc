#include "tests/district/district_files.h"

#include <gtest/gtest.h>
#include <zip.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <set>
#include <tuple>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "client/district/calendar.h"

namespace rollcall::district {
namespace {

// Reads one row from `text` at `at`, which moves behind its line end.
std::vector<std::string> ReadRow(std::string_view text, std::string_view line_end,
                                 std::size_t& at) {
  std::vector<std::string> cells(1);
  bool quoted = false;
  while (at < text.size()) {
    const char c = text[at];
    if (quoted) {
      if (c != '"') {
        cells.back() += c;
      } else if (at + 1 < text.size() && text[at + 1] == '"') {
        cells.back() += '"';
        ++at;
      } else {
        quoted = false;
      }
      ++at;
    } else if (text.substr(at, line_end.size()) == line_end) {
      at += line_end.size();
      return cells;
    } else {
      EXPECT_FALSE(c == '\r' || c == '\n') << "line end of the wrong kind at " << at;
      if (c == ',') {
        cells.emplace_back();
      } else if (c == '"') {
        EXPECT_TRUE(cells.back().empty()) << "stray quote at " << at;
        quoted = true;
      } else {
        cells.back() += c;
      }
      ++at;
    }
  }
  ADD_FAILURE() << "the last row has no line end";
  return cells;
}

struct FileStay {
  int year;
  std::string school;
  std::string grade;
  Day begin;
  Day end;

  auto Key() const { return std::tie(begin, end, school); }
  bool operator<(const FileStay& other) const { return Key() < other.Key(); }
};

// One person as the packages tell it, read in the order of the years.
struct FilePerson {
  bool student = false;
  std::string number;
  std::string state_id;
  std::string birth_date;
  std::string sex;
  std::string email;
  std::string agents;  // Of the last package.
  bool guardian_email = false;
  std::set<FileStay> stays;

  bool InYear(int year) const {
    return std::any_of(stays.begin(), stays.end(),
                       [year](const FileStay& stay) { return stay.year == year; });
  }
  std::int64_t& Of(HeadCount& count) const { return student ? count.students : count.staff; }
};

struct FileWorld {
  std::map<std::string, FilePerson> people;  // By sourcedId.
  std::map<int, std::set<std::string>> guardians;
  std::map<int, std::pair<Day, Day>> years;
  Table orgs;
  // By student number.
  std::map<std::string, std::vector<Table::Row>> spells;
  std::map<std::string, int> addresses;
  std::map<std::string, std::string> languages;
};

Day DateOr(const std::string& text, Day blank) {
  return text.empty() ? blank : ParseDate(text).value();
}

void ReadYear(const DistrictOptions& options, int year, FileWorld& world) {
  const auto package = ReadPackage(options.out_dir + absl::StrCat("/roster-", year, ".zip"));
  world.orgs = package.at("orgs");
  const Table::Row& session = package.at("academicSessions").rows().front();
  const Day begin = *ParseDate(session.at("startDate"));
  const Day end = *ParseDate(session.at("endDate")) - 1;
  world.years[year] = {begin, end};

  std::map<std::string, std::string> roles;
  if (package.contains("roles")) {
    for (const auto& row : package.at("roles").rows())
      roles[row.at("userSourcedId")] = row.at("role");
  }
  std::map<std::string, std::string> grades;
  std::map<std::string, bool> emails;  // Of guardians.
  for (const auto& row : package.at("users").rows()) {
    const std::string& id = row.at("sourcedId");
    const std::string role = roles.empty() ? row.at("role") : roles.at(id);
    if (role == "parent" || role == "guardian") {
      world.guardians[year].insert(id);
      emails[id] = !row.at("email").empty();
      continue;
    }
    FilePerson& person = world.people[id];
    person.student = role == "student";
    person.number = row.at("identifier");
    person.state_id = row.at("userIds");
    person.email = row.at("email");
    person.agents = row.at("agentSourcedIds");
    grades[id] = row.at("grades");
    const std::string school =
        roles.empty() ? row.at("orgSourcedIds") : row.at("primaryOrgSourcedId");
    if (!person.student) person.stays.insert({year, school, "", begin, end});
  }
  for (auto& [id, person] : world.people) {
    if (!grades.contains(id)) continue;
    person.guardian_email = false;
    if (person.agents.empty()) continue;
    for (const auto agent : absl::StrSplit(person.agents, ',')) {
      person.guardian_email = person.guardian_email || emails.at(std::string(agent));
    }
  }
  for (const auto& row : package.at("demographics").rows()) {
    FilePerson& person = world.people.at(row.at("sourcedId"));
    person.birth_date = row.at("birthDate");
    person.sex = row.at("sex");
  }
  for (const auto& row : package.at("enrollments").rows()) {
    const std::string& id = row.at("userSourcedId");
    world.people.at(id).stays.insert({year, row.at("schoolSourcedId"), grades.at(id),
                                      *ParseDate(row.at("beginDate")),
                                      *ParseDate(row.at("endDate")) - 1});
  }
}

FileWorld ReadWorld(const DistrictOptions& options) {
  FileWorld world;
  for (int year = options.from_year; year <= options.to_year; ++year) {
    ReadYear(options, year, world);
  }
  const auto read = [&](const char* name) { return Table(ReadText(options.out_dir + name), "\n"); };
  for (const auto& row : read("/program-spells.csv").rows()) {
    world.spells[row.at("student_id")].push_back(row);
  }
  for (const auto& row : read("/addresses.csv").rows()) ++world.addresses[row.at("student_id")];
  for (const auto& row : read("/home-languages.csv").rows()) {
    world.languages[row.at("student_id")] = row.at("language");
  }
  return world;
}

std::int64_t CountSpells(const FileWorld& world, const std::string& number,
                         const std::string& program) {
  const auto found = world.spells.find(number);
  if (found == world.spells.end()) return 0;
  return std::count_if(found->second.begin(), found->second.end(),
                       [&](const Table::Row& row) { return row.at("program") == program; });
}

bool OnMedicaid(const FileWorld& world, const std::string& number, const NamedWindow& window) {
  const auto found = world.spells.find(number);
  if (found == world.spells.end()) return false;
  return std::any_of(found->second.begin(), found->second.end(), [&](const Table::Row& row) {
    return row.at("program") == "medicaid" && *ParseDate(row.at("begin_date")) <= window.until &&
           DateOr(row.at("end_date"), kOpenDay) >= window.from;
  });
}

YearTruth RecountYear(const FileWorld& world, int year) {
  YearTruth truth;
  truth.year = year;
  std::tie(truth.begin, truth.end) = world.years.at(year);
  truth.guardians = static_cast<std::int64_t>(world.guardians.at(year).size());
  for (const auto& [id, person] : world.people) {
    const bool now = person.InYear(year);
    const bool before = person.InYear(year - 1);
    bool earlier = false;
    for (const auto& [other, days] : world.years) {
      earlier = earlier || (other < year && person.InYear(other));
    }
    if (now) ++person.Of(truth.people);
    if (now && !earlier) ++person.Of(truth.arrived);
    if (now && earlier && !before) ++person.Of(truth.returned);
    if (before && !now) ++person.Of(truth.left);
    if (!now || !person.student) continue;
    std::set<std::string> schools;
    std::string grade;
    for (const FileStay& stay : person.stays) {
      if (stay.year != year) continue;
      schools.insert(stay.school);
      grade = stay.grade;
    }
    truth.two_school += schools.size() == 2;
    ++truth.grades[grade];
    for (const std::string& school : schools) ++truth.schools[school];
  }
  return truth;
}

WindowTruth RecountWindow(const FileWorld& world, const NamedWindow& window, int last_year) {
  WindowTruth truth;
  truth.window = window;
  for (const auto& [id, person] : world.people) {
    if (std::none_of(person.stays.begin(), person.stays.end(), [&](const FileStay& stay) {
          return stay.begin <= window.until && stay.end >= window.from;
        })) {
      continue;
    }
    const bool current = person.InYear(last_year);
    const bool medicaid = person.student && OnMedicaid(world, person.number, window);
    ++person.Of(truth.people);
    if (current) ++person.Of(truth.current);
    truth.students_with_medicaid += medicaid;
    truth.current_with_medicaid += medicaid && current;
  }
  return truth;
}

void RecountContacts(const FileWorld& world, const FilePerson& person, ContactTruth& truth) {
  const bool address = world.addresses.contains(person.number);
  ++truth.students;
  truth.with_guardian += !person.agents.empty();
  truth.with_guardian_email += person.guardian_email;
  truth.with_own_email += !person.email.empty();
  truth.with_address += address;
  truth.with_neither += !person.guardian_email && !address;
}

NobleTruth RecountNoble(const DistrictOptions& options, const FileWorld& world) {
  NobleTruth truth;
  if (options.from_year > 2017 || options.to_year < 2017) return truth;
  std::set<std::string> numbers;
  for (const auto& [id, person] : world.people) {
    if (person.student) numbers.insert(person.number);
    truth.in_grades +=
        std::any_of(person.stays.begin(), person.stays.end(), [](const FileStay& stay) {
          return stay.year == 2017 && stay.grade >= "06" && stay.grade <= "08";
        });
  }
  for (const auto& row :
       Table(ReadText(options.out_dir + "/vendor-lists/noble.csv"), "\n").rows()) {
    ++truth.listed;
    truth.known += numbers.contains(row.at("student_id"));
  }
  return truth;
}

ChangedTruth RecountChanged(const DistrictOptions& options) {
  ChangedTruth truth;
  if (options.change_percent == 0) return truth;
  const std::string stem = absl::StrCat(options.out_dir, "/roster-", options.to_year);
  const auto old_rows = ReadPackage(stem + ".zip").at("users").rows();
  const auto new_rows = ReadPackage(stem + "-changed.zip").at("users").rows();
  EXPECT_EQ(old_rows.size(), new_rows.size());
  for (std::size_t i = 0; i < std::min(old_rows.size(), new_rows.size()); ++i) {
    if (old_rows[i] == new_rows[i]) continue;
    const char kind = old_rows[i].at("sourcedId")[0];
    ++(kind == 'S' ? truth.students : kind == 'T' ? truth.staff : truth.guardians);
  }
  return truth;
}

}  // namespace

Table::Table(std::string_view text, std::string_view line_end) {
  header_ = std::string(text.substr(0, text.find(line_end)));
  std::size_t at = 0;
  const std::vector<std::string> names = ReadRow(text, line_end, at);
  while (at < text.size()) {
    std::vector<std::string> cells = ReadRow(text, line_end, at);
    EXPECT_EQ(cells.size(), names.size()) << "ragged row under " << header_;
    cells.resize(names.size());
    Row row;
    for (std::size_t i = 0; i < names.size(); ++i) row[names[i]] = std::move(cells[i]);
    rows_.push_back(std::move(row));
  }
}

std::string ReadText(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  EXPECT_TRUE(file.is_open()) << path;
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

std::map<std::string, std::string> ReadZip(const std::filesystem::path& path) {
  std::map<std::string, std::string> entries;
  zip_t* archive = zip_open(path.c_str(), ZIP_RDONLY | ZIP_CHECKCONS, nullptr);
  EXPECT_NE(archive, nullptr) << path;
  if (archive == nullptr) return entries;
  for (zip_int64_t i = 0; i < zip_get_num_entries(archive, 0); ++i) {
    const auto index = static_cast<zip_uint64_t>(i);
    zip_stat_t stat;
    EXPECT_EQ(zip_stat_index(archive, index, 0, &stat), 0);
    std::string text(stat.size, '\0');
    zip_file_t* file = zip_fopen_index(archive, index, 0);
    EXPECT_EQ(zip_fread(file, text.data(), text.size()), static_cast<zip_int64_t>(text.size()));
    zip_fclose(file);
    entries[stat.name] = std::move(text);
  }
  zip_discard(archive);
  return entries;
}

std::map<std::string, Table> ReadPackage(const std::filesystem::path& path) {
  std::map<std::string, Table> tables;
  for (const auto& [name, text] : ReadZip(path)) {
    tables.emplace(name.substr(0, name.find('.')), Table(text, "\r\n"));
  }
  return tables;
}

DistrictTruth RecountTruth(const DistrictOptions& options) {
  const FileWorld world = ReadWorld(options);
  DistrictTruth truth;
  truth.option_students = options.students;
  truth.option_seed = options.seed;
  truth.from_year = options.from_year;
  truth.to_year = options.to_year;
  truth.as_of = DayOf(options.to_year - 1, 10, 15);
  for (const auto& row : world.orgs.rows()) {
    truth.schools += row.at("type") == "school";
    truth.charter_schools += row.at("name").find("Charter") != std::string::npos;
  }
  std::set<std::string> guardians;
  for (const auto& [year, ids] : world.guardians) guardians.insert(ids.begin(), ids.end());
  truth.guardians = static_cast<std::int64_t>(guardians.size());

  for (const auto& [id, person] : world.people) {
    const bool current = person.InYear(options.to_year);
    ++person.Of(truth.people);
    ++person.Of(current ? truth.current : truth.former);
    if (!person.student) continue;
    bool since_2018 = false;
    for (const FileStay& stay : person.stays) since_2018 = since_2018 || stay.year >= 2018;
    truth.former_students_since_2018 += !current && since_2018;
    const std::int64_t medicaid = CountSpells(world, person.number, "medicaid");
    truth.with_medicaid += medicaid >= 1;
    truth.with_reopened_medicaid += medicaid >= 2;
    truth.with_iep += CountSpells(world, person.number, "iep") >= 1;
    truth.with_el += CountSpells(world, person.number, "el") >= 1;
    truth.without_birth_date += person.birth_date.empty();
    truth.born_on_leap_day += person.birth_date.ends_with("-02-29");
    truth.without_gender += person.sex.empty();
    truth.without_state_id += person.state_id.empty();
    if (const auto found = world.languages.find(person.number); found != world.languages.end()) {
      ++truth.languages[found->second];
    }
    RecountContacts(world, person, current ? truth.current_contacts : truth.former_contacts);
  }
  for (int year = options.from_year; year <= options.to_year; ++year) {
    truth.years.push_back(RecountYear(world, year));
  }
  std::vector<NamedWindow> windows = DefaultWindows(options.from_year, options.to_year);
  windows.insert(windows.end(), options.windows.begin(), options.windows.end());
  for (const NamedWindow& window : windows) {
    truth.windows.push_back(RecountWindow(world, window, options.to_year));
  }
  truth.noble = RecountNoble(options, world);
  truth.changed = RecountChanged(options);
  return truth;
}

}  // namespace rollcall::district
