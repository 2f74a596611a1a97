#include "client/district/truth.h"

#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"
#include "client/district/calendar.h"

namespace rollcall::district {
namespace {

// Writes JSON whose keys and texts need no escaping, which holds for everything in a truth.
class JsonWriter {
 public:
  void Open(std::string_view key, char bracket) {
    Begin(key);
    text_ += bracket;
    first_ = true;
    ++depth_;
  }

  void Close(char bracket) {
    --depth_;
    if (!first_) NewLine();
    text_ += bracket;
    first_ = false;
  }

  void Text(std::string_view key, std::string_view value) {
    Begin(key);
    text_ += '"';
    text_ += value;
    text_ += '"';
  }

  template <typename Integer>
  void Number(std::string_view key, Integer value) {
    Begin(key);
    absl::StrAppend(&text_, value);
  }

  void Date(std::string_view key, Day day) { Text(key, DateText(day)); }

  void Count(std::string_view key, const HeadCount& count) {
    Open(key, '{');
    Number("students", count.students);
    Number("staff", count.staff);
    Close('}');
  }

  void Map(std::string_view key, const std::map<std::string, std::int64_t>& map) {
    Open(key, '{');
    for (const auto& [name, value] : map) Number(name, value);
    Close('}');
  }

  std::string Take() {
    text_ += '\n';
    return std::move(text_);
  }

 private:
  void NewLine() {
    text_ += '\n';
    text_.append(2 * depth_, ' ');
  }

  // An empty key: the top, or a member of an array.
  void Begin(std::string_view key) {
    if (depth_ > 0) {
      if (!first_) text_ += ',';
      NewLine();
    }
    first_ = false;
    if (!key.empty()) {
      text_ += '"';
      text_ += key;
      text_ += "\": ";
    }
  }

  std::string text_;
  std::size_t depth_ = 0;
  bool first_ = true;
};

constexpr std::pair<std::string_view, std::string_view> kAbout[] = {
    {"options", "what the district was generated from; school years are named by their end"},
    {"as_of", "the day whose state the last package shows"},
    {"schools", "schools in every package; charter are those with Charter in their name"},
    {"people", "students and staff ever in one of the school years"},
    {"current", "those of people with a stay in the last school year"},
    {"former", "those of people without one"},
    {"former_students_since_2018",
     "former students with a stay in school year 2018 (2017-18) or later"},
    {"guardians", "guardians ever in one of the packages"},
    {"students_with",
     "students by what the files say: at least one medicaid, iep or el spell, more than one "
     "medicaid spell, a birth date on 29 February"},
    {"students_without", "students whose cell is blank"},
    {"languages", "students by home language; those not counted here have none on file"},
    {"contacts",
     "students by what is known for reaching their families: a guardian (with e-mail) in their "
     "last package, an e-mail address of their own in it, a postal address on file; neither: no "
     "guardian e-mail and no address"},
    {"school_years",
     "one for each year: first and last day, people with a stay in it, guardians in its package, "
     "students with two schools, people who arrived (never before), returned (not in the year "
     "before, but earlier) or left (in the year before, not in this one), students by grade and by "
     "school (two-school ones in both)"},
    {"windows",
     "from and until are inclusive: people with a day of a stay in the window; current: those of "
     "them with a stay in the last school year; with_medicaid: students of them with a Medicaid "
     "spell that overlaps the window; since former = people - current, it is not repeated"},
    {"noble",
     "in_grades: students in grades 06 to 08 in school year 2017; listed: rows of the list; known: "
     "rows that are a student of the district"},
    {"changed", "rows of users.csv that differ in the changed package"},
};

void AppendContacts(std::string_view key, const ContactTruth& contacts, JsonWriter& json) {
  json.Open(key, '{');
  json.Number("students", contacts.students);
  json.Number("with_guardian", contacts.with_guardian);
  json.Number("with_guardian_email", contacts.with_guardian_email);
  json.Number("with_own_email", contacts.with_own_email);
  json.Number("with_address", contacts.with_address);
  json.Number("with_neither", contacts.with_neither);
  json.Close('}');
}

void AppendYear(const YearTruth& year, JsonWriter& json) {
  json.Open("", '{');
  json.Number("school_year", year.year);
  json.Date("begin", year.begin);
  json.Date("end", year.end);
  json.Number("students", year.people.students);
  json.Number("staff", year.people.staff);
  json.Number("guardians", year.guardians);
  json.Number("two_school_students", year.two_school);
  json.Count("arrived", year.arrived);
  json.Count("returned", year.returned);
  json.Count("left", year.left);
  json.Map("grades", year.grades);
  json.Map("schools", year.schools);
  json.Close('}');
}

void AppendWindow(const WindowTruth& window, JsonWriter& json) {
  json.Open("", '{');
  json.Text("name", window.window.name);
  json.Date("from", window.window.from);
  json.Date("until", window.window.until);
  json.Number("students", window.people.students);
  json.Number("staff", window.people.staff);
  json.Number("current_students", window.current.students);
  json.Number("current_staff", window.current.staff);
  json.Number("students_with_medicaid", window.students_with_medicaid);
  json.Number("current_students_with_medicaid", window.current_with_medicaid);
  json.Close('}');
}

}  // namespace

std::vector<NamedWindow> DefaultWindows(int from_year, int to_year) {
  std::vector<NamedWindow> windows = {
      {"cleo", DayOf(2017, 7, 1), DayOf(2024, 12, 31)},
      {"battelle", DayOf(2015, 7, 1), DayOf(2019, 6, 30)},
      {"noble", DayOf(2016, 7, 1), DayOf(2017, 6, 30)},
  };
  for (int year = from_year; year <= to_year; ++year) {
    windows.push_back(
        {absl::StrCat("school-year-", year), DayOf(year - 1, 7, 1), DayOf(year, 6, 30)});
  }
  return windows;
}

std::string TruthToJson(const DistrictTruth& truth) {
  JsonWriter json;
  json.Open("", '{');

  json.Open("about", '{');
  for (const auto& [key, meaning] : kAbout) json.Text(key, meaning);
  json.Close('}');

  json.Open("options", '{');
  json.Number("students", truth.option_students);
  json.Number("seed", truth.option_seed);
  json.Number("from_year", truth.from_year);
  json.Number("to_year", truth.to_year);
  json.Close('}');

  json.Date("as_of", truth.as_of);
  json.Open("schools", '{');
  json.Number("all", truth.schools);
  json.Number("charter", truth.charter_schools);
  json.Close('}');
  json.Count("people", truth.people);
  json.Count("current", truth.current);
  json.Count("former", truth.former);
  json.Number("former_students_since_2018", truth.former_students_since_2018);
  json.Number("guardians", truth.guardians);

  json.Open("students_with", '{');
  json.Number("medicaid", truth.with_medicaid);
  json.Number("reopened_medicaid", truth.with_reopened_medicaid);
  json.Number("iep", truth.with_iep);
  json.Number("el", truth.with_el);
  json.Number("leap_day_birth_date", truth.born_on_leap_day);
  json.Close('}');
  json.Open("students_without", '{');
  json.Number("birth_date", truth.without_birth_date);
  json.Number("gender", truth.without_gender);
  json.Number("state_id", truth.without_state_id);
  json.Close('}');

  json.Map("languages", truth.languages);
  json.Open("contacts", '{');
  AppendContacts("current", truth.current_contacts, json);
  AppendContacts("former", truth.former_contacts, json);
  json.Close('}');

  json.Open("school_years", '[');
  for (const YearTruth& year : truth.years) AppendYear(year, json);
  json.Close(']');
  json.Open("windows", '[');
  for (const WindowTruth& window : truth.windows) AppendWindow(window, json);
  json.Close(']');

  json.Open("noble", '{');
  json.Number("in_grades", truth.noble.in_grades);
  json.Number("listed", truth.noble.listed);
  json.Number("known", truth.noble.known);
  json.Close('}');
  json.Open("changed", '{');
  json.Number("students", truth.changed.students);
  json.Number("staff", truth.changed.staff);
  json.Number("guardians", truth.changed.guardians);
  json.Close('}');

  json.Close('}');
  return json.Take();
}

}  // namespace rollcall::district
