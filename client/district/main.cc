// rollcall-district: writes the files of a make-believe school district. What they are stands in
// district_generator.h and, shorter, in --help.

#include <CLI/CLI.hpp>
#include <cstdio>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "client/district/calendar.h"
#include "client/district/district_generator.h"

namespace {

using rollcall::district::DistrictOptions;
using rollcall::district::DistrictReport;
using rollcall::district::NamedWindow;
using rollcall::district::ParseDate;

// Reads NAME:FROM:UNTIL.
bool ParseWindow(const std::string& text, NamedWindow& window) {
  const std::size_t first = text.find(':');
  const std::size_t second = text.find(':', first + 1);
  if (first == std::string::npos || second == std::string::npos) return false;
  const auto from = ParseDate(text.substr(first + 1, second - first - 1));
  const auto until = ParseDate(text.substr(second + 1));
  if (!from || !until) return false;
  window = {text.substr(0, first), *from, *until};
  return true;
}

void Print(const DistrictOptions& options, const DistrictReport& report) {
  const auto& truth = report.truth;
  std::printf("School years %d to %d, as of %s: %lld schools\n", options.from_year, options.to_year,
              rollcall::district::DateText(truth.as_of).c_str(),
              static_cast<long long>(truth.schools));
  std::printf("  students  %8lld current  %8lld former  (%lld of them in 2017-18 or later)\n",
              static_cast<long long>(truth.current.students),
              static_cast<long long>(truth.former.students),
              static_cast<long long>(truth.former_students_since_2018));
  std::printf("  staff     %8lld current  %8lld former\n",
              static_cast<long long>(truth.current.staff),
              static_cast<long long>(truth.former.staff));
  std::printf("  Medicaid  %8lld students with a spell\n",
              static_cast<long long>(truth.with_medicaid));
  std::printf("Written to %s:\n", options.out_dir.c_str());
  for (const auto& file : report.files) {
    std::printf("  %-28s %10llu rows %10llu KB\n", file.name.c_str(),
                static_cast<unsigned long long>(file.rows),
                static_cast<unsigned long long>((file.bytes + 999) / 1000));
  }
}

}  // namespace

int main(int argc, char** argv) {
  DistrictOptions options;
  std::string version = "1.1";
  std::vector<std::string> windows;
  CLI::App app(
      "Writes a make-believe school district: OneRoster packages, program spells, addresses, home "
      "languages, a vendor's list, and truth.json with what a register must find in them. Equal "
      "options give equal files.");
  app.set_help_flag("-h,--help", "Print this help");
  app.add_option("--students", options.students, "Students enrolled in a year")
      ->capture_default_str();
  app.add_option("--seed", options.seed, "Another seed gives another district")
      ->capture_default_str();
  app.add_option("--from-year", options.from_year, "First school year, named by its end")
      ->capture_default_str();
  app.add_option("--to-year", options.to_year, "Last school year, the current one")
      ->capture_default_str();
  app.add_option("--out", options.out_dir, "Directory to write to")->required();
  app.add_option("--oneroster", version, "Version of the last year's package")
      ->check(CLI::IsMember({"1.1", "1.2"}))
      ->capture_default_str();
  app.add_flag("--history-csv", options.history_csv,
               "Write the earlier years as enrollment-history.csv instead of packages");
  app.add_option("--classes-per-student", options.classes_per_student,
                 "Classes of each student (1 to 8)")
      ->capture_default_str();
  app.add_option("--change-percent", options.change_percent,
                 "Also write the last package with so many of a hundred users changed")
      ->capture_default_str();
  app.add_option("--seed2", options.change_seed, "Chooses the changed users")
      ->capture_default_str();
  app.add_option("--window", windows,
                 "NAME:FROM:UNTIL, days inclusive: another window to count in truth.json; may be "
                 "repeated");
  CLI11_PARSE(app, argc, argv);

  options.last_year_v1p2 = version == "1.2";
  for (const std::string& text : windows) {
    NamedWindow window;
    if (!ParseWindow(text, window)) {
      std::fprintf(stderr, "rollcall-district: --window %s: expected NAME:YYYY-MM-DD:YYYY-MM-DD\n",
                   text.c_str());
      return 2;
    }
    options.windows.push_back(window);
  }
  const auto report = rollcall::district::GenerateDistrict(options);
  if (!report.ok()) {
    std::fprintf(stderr, "rollcall-district: %s\n", std::string(report.status().message()).c_str());
    return absl::IsInvalidArgument(report.status()) ? 2 : 1;
  }
  Print(options, *report);
  return 0;
}
