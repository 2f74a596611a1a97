#include "client/district/district_generator.h"

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <system_error>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "client/district/csv_text.h"
#include "client/district/output_files.h"
#include "client/district/package.h"
#include "client/district/world.h"

namespace rollcall::district {
namespace {

constexpr int kMinStudents = 50;
constexpr int kFirstYear = 1990;
constexpr int kLastYear = 2100;

absl::Status CheckRange(std::string_view what, int value, int low, int high) {
  if (value >= low && value <= high) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat(std::string(what), " is ", value, "; it must be from ", low, " to ", high));
}

absl::Status CheckWindow(const NamedWindow& window) {
  const bool plain = std::all_of(window.name.begin(), window.name.end(), [](char c) {
    return c == '-' || std::isalnum(static_cast<unsigned char>(c)) != 0;
  });
  if (window.name.empty() || !plain) {
    return absl::InvalidArgumentError(
        absl::StrCat("the window name \"", window.name, "\" is not letters, digits and hyphens"));
  }
  if (window.until < window.from) {
    return absl::InvalidArgumentError(
        absl::StrCat("the window ", window.name, " ends before it begins"));
  }
  return absl::OkStatus();
}

absl::Status CheckOptions(const DistrictOptions& options) {
  for (const absl::Status& status : {
           CheckRange("the number of students", options.students, kMinStudents, kMaxStudents),
           CheckRange("the first school year", options.from_year, kFirstYear, kLastYear),
           CheckRange("the last school year", options.to_year, options.from_year,
                      std::min(kLastYear, options.from_year + kMaxYears - 1)),
           CheckRange("the number of classes", options.classes_per_student, 1,
                      kMaxClassesPerStudent),
           CheckRange("the percentage of changed rows", options.change_percent, 0, 100),
       }) {
    if (!status.ok()) return status;
  }
  if (options.out_dir.empty()) return absl::InvalidArgumentError("no output directory is named");
  for (const NamedWindow& window : options.windows) {
    if (const absl::Status status = CheckWindow(window); !status.ok()) return status;
  }
  return absl::OkStatus();
}

// Writes files below a directory and keeps the list of them. After the first failure it does
// nothing more.
class Writer {
 public:
  explicit Writer(std::string directory) : directory_(std::move(directory)) {
    Check(directory_);
    Check(directory_ + "/vendor-lists");
  }

  void Text(const std::string& name, std::string_view text, std::uint64_t rows) {
    if (!status_.ok()) return;
    Note(name, rows, WriteTextFile(Path(name), text));
  }

  void Csv(const std::string& name, const CsvText& csv) { Text(name, csv.text(), csv.rows()); }

  void Zip(const std::string& name, const Package& package) {
    if (!status_.ok()) return;
    std::vector<ArchiveEntry> entries;
    std::uint64_t rows = 0;
    for (const auto& [entry, csv] : package) {
      entries.emplace_back(entry, csv.text());
      rows += csv.rows();
    }
    Note(name, rows, WriteZipFile(Path(name), entries));
  }

  const absl::Status& status() const { return status_; }
  std::vector<WrittenFile> TakeFiles() { return std::move(files_); }

 private:
  std::string Path(const std::string& name) const { return absl::StrCat(directory_, "/", name); }

  void Check(const std::string& directory) {
    std::error_code error;
    std::filesystem::create_directories(directory, error);
    if (error && status_.ok()) {
      status_ = absl::ErrnoToStatus(error.value(), absl::StrCat("cannot create ", directory));
    }
  }

  void Note(const std::string& name, std::uint64_t rows,
            const absl::StatusOr<std::uint64_t>& bytes) {
    if (bytes.ok()) {
      files_.push_back({name, rows, *bytes});
    } else {
      status_ = bytes.status();
    }
  }

  std::string directory_;
  absl::Status status_;
  std::vector<WrittenFile> files_;
};

std::string PackageName(int year) { return absl::StrCat("roster-", year, ".zip"); }

}  // namespace

absl::StatusOr<DistrictReport> GenerateDistrict(const DistrictOptions& options) {
  if (const absl::Status status = CheckOptions(options); !status.ok()) return status;
  const World world = Simulate(options.students, options.seed, options.from_year, options.to_year);

  std::vector<NamedWindow> windows = DefaultWindows(options.from_year, options.to_year);
  windows.insert(windows.end(), options.windows.begin(), options.windows.end());
  DistrictReport report;
  report.truth = CountTruth(world, windows);
  report.truth.option_students = options.students;

  Writer writer(options.out_dir);
  PackageOptions package_options;
  package_options.classes_per_student = options.classes_per_student;
  if (options.history_csv) {
    writer.Csv("enrollment-history.csv",
               BuildHistory(world, options.from_year, options.to_year - 1));
  } else {
    for (int year = options.from_year; year < options.to_year && writer.status().ok(); ++year) {
      package_options.year = year;
      writer.Zip(PackageName(year), BuildPackage(world, package_options));
    }
  }

  package_options.year = options.to_year;
  package_options.version =
      options.last_year_v1p2 ? OneRosterVersion::kV1p2 : OneRosterVersion::kV1p1;
  Package package = BuildPackage(world, package_options);
  writer.Zip(PackageName(options.to_year), package);
  if (options.change_percent > 0) {
    const auto users = std::find_if(package.begin(), package.end(),
                                    [](const auto& entry) { return entry.first == "users.csv"; });
    users->second =
        BuildUsers(world, package_options, {options.change_percent, options.change_seed},
                   &report.truth.changed);
    writer.Zip(absl::StrCat("roster-", options.to_year, "-changed.zip"), package);
  }

  writer.Csv("program-spells.csv", BuildProgramSpells(world));
  writer.Csv("addresses.csv", BuildAddresses(world));
  writer.Csv("home-languages.csv", BuildHomeLanguages(world));
  const CsvText noble = BuildNobleList(world, report.truth.noble);
  if (noble.rows() > 0) writer.Csv("vendor-lists/noble.csv", noble);
  writer.Text("truth.json", TruthToJson(report.truth), 0);

  if (!writer.status().ok()) return writer.status();
  report.files = writer.TakeFiles();
  return report;
}

}  // namespace rollcall::district
