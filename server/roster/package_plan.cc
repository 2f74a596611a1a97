#include "server/roster/package_plan.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "server/roster/table_reader.h"
#include "server/roster/text.h"

namespace rollcall::roster {
namespace {

constexpr std::string_view kManifest = "manifest.csv";
constexpr std::string_view kPackageName = "package";

constexpr std::array<std::string_view, kRosterFileCount> kFileNames = {
    "orgs.csv",  "academicSessions.csv", "classes.csv",     "roles.csv",
    "users.csv", "enrollments.csv",      "demographics.csv"};

// Files of the standard that hold nothing for the register.
constexpr std::array<std::string_view, 15> kOtherFiles = {"categories.csv",
                                                          "classResources.csv",
                                                          "courses.csv",
                                                          "courseResources.csv",
                                                          "lineItems.csv",
                                                          "lineItemLearningObjectiveIds.csv",
                                                          "lineItemScoreScales.csv",
                                                          "resources.csv",
                                                          "results.csv",
                                                          "resultLearningObjectiveIds.csv",
                                                          "resultScoreScales.csv",
                                                          "scoreScales.csv",
                                                          "userProfiles.csv",
                                                          "userResources.csv",
                                                          "manifest.csv"};

constexpr std::array<Column, 2> kManifestColumns = {
    {{"propertyName", Need::kRequired}, {"value", Need::kRequired}}};

enum class Mode : std::uint8_t { kAbsent, kBulk, kDelta };

struct Manifest {
  std::map<std::string, Mode> modes;  // By file name in lower case, without `.csv`.
  std::string version;
};

std::string_view StemOf(std::string_view file) { return file.substr(0, file.size() - 4); }

absl::StatusOr<Manifest> ReadManifest(Package& package, std::size_t place, Warnings* warnings) {
  absl::StatusOr<std::unique_ptr<ByteSource>> source = package.Open(place);
  if (!source.ok()) return source.status();
  absl::StatusOr<std::unique_ptr<TableReader>> table =
      TableReader::Open(*std::move(source), kManifest, kManifestColumns, warnings);
  if (!table.ok()) return table.status();
  Manifest manifest;
  for (;;) {
    absl::StatusOr<bool> more = (*table)->Next();
    if (!more.ok()) return more.status();
    if (!*more) return manifest;
    const std::string property = LowerAscii((*table)->Get(0));
    const std::string_view value = (*table)->Get(1);
    if (property == "oneroster.version") manifest.version = std::string(value);
    constexpr std::string_view kFilePrefix = "file.";
    if (!property.starts_with(kFilePrefix)) continue;
    const bool absent = EqualsIgnoreCase(value, "absent");
    const bool bulk = EqualsIgnoreCase(value, "bulk");
    if (!absent && !bulk && !EqualsIgnoreCase(value, "delta")) {
      return (*table)->Refuse(1, "a file is absent, bulk or delta; no other word is known");
    }
    const Mode mode = absent ? Mode::kAbsent : bulk ? Mode::kBulk : Mode::kDelta;
    const auto [known, added] = manifest.modes.emplace(property.substr(kFilePrefix.size()), mode);
    if (!added && known->second != mode) {
      return (*table)->Refuse(0, "the file is named twice with different modes");
    }
  }
}

absl::Status RefuseOtherFormats(Package& package) {
  const bool old_form = package.Find("Student.csv") && package.Find("School.csv");
  const bool new_form = package.Find("relationships.csv") || package.Find("userFlags.csv");
  if (!old_form && !new_form) return absl::OkStatus();
  return Refusal(kPackageName, 0, "",
                 "holds Microsoft School Data Sync files, which are not OneRoster; export "
                 "OneRoster 1.1 or 1.2 CSV instead");
}

void WarnOfUnknownFiles(const Package& package, Warnings* warnings) {
  const auto holds = [](const auto& names, std::string_view name) {
    return std::any_of(names.begin(), names.end(),
                       [&](std::string_view known) { return EqualsIgnoreCase(known, name); });
  };
  for (const Package::File& file : package.files()) {
    if (!holds(kFileNames, file.name) && !holds(kOtherFiles, file.name)) {
      warnings->Add(Printable(file.name), WarningCode::kUnknownFile);
    }
  }
}

absl::Status ReadVersion(const Manifest& manifest, PackagePlan& plan) {
  if (manifest.version.empty()) return absl::OkStatus();
  std::string_view version = manifest.version;
  if (version.starts_with('v') || version.starts_with('V')) version.remove_prefix(1);
  if (version.ends_with(".0") && version.size() == 5) version.remove_suffix(2);
  if (version != "1.0" && version != "1.1" && version != "1.2") {
    return Refusal(kManifest, 0, "value", "the version of OneRoster is none of 1.0, 1.1 and 1.2");
  }
  plan.version = version == "1.2" ? 12 : 11;
  plan.version_stated = true;
  return absl::OkStatus();
}

// The mode in which each file that is there is meant, nothing where the manifest does not say.
using StatedModes = std::array<std::optional<Mode>, kRosterFileCount>;

absl::StatusOr<StatedModes> HoldAgainstFiles(const Package& package, const Manifest& manifest,
                                             const PackagePlan& plan, Warnings* warnings) {
  StatedModes stated;
  for (std::size_t i = 0; i < kRosterFileCount; ++i) {
    const auto mode = manifest.modes.find(LowerAscii(StemOf(kFileNames[i])));
    const bool announced = mode != manifest.modes.end() && mode->second != Mode::kAbsent;
    if (announced && !plan.place[i].has_value()) {
      return Refusal(
          kFileNames[i], 0, "",
          Cat("is missing, but manifest.csv calls it ",
              mode->second == Mode::kBulk ? "bulk" : "delta", "; add it or call it absent"));
    }
    if (!plan.place[i].has_value()) continue;
    if (announced) {
      stated[i] = mode->second;
    } else {
      warnings->Add(kFileNames[i], WarningCode::kManifestMismatch);
    }
  }
  for (const auto& [stem, mode] : manifest.modes) {
    const std::string name = Cat(stem, ".csv");
    const bool there =
        std::any_of(package.files().begin(), package.files().end(),
                    [&](const Package::File& file) { return EqualsIgnoreCase(file.name, name); });
    if (mode != Mode::kAbsent && !there) {
      return Refusal(Printable(Cat(stem, ".csv")), 0, "",
                     "is missing, but manifest.csv does not call it absent");
    }
  }
  return stated;
}

absl::Status DecideMode(const StatedModes& stated, PackagePlan& plan) {
  std::optional<Mode> people;
  for (const RosterFile file : {kUsersFile, kRolesFile, kEnrollmentsFile, kDemographicsFile}) {
    if (!stated[file].has_value()) continue;
    if (people.has_value() && people != stated[file]) {
      return Refusal(kManifest, 0, "",
                     "calls some files about people bulk and others delta; users, roles, "
                     "enrollments and demographics must all be the same");
    }
    people = stated[file];
  }
  plan.delta = people == Mode::kDelta;
  if (plan.delta) return absl::OkStatus();
  for (const RosterFile file : {kOrgsFile, kSessionsFile, kClassesFile}) {
    if (people.has_value() && stated[file] == Mode::kDelta) {
      return Refusal(
          kManifest, 0, "",
          Cat("calls ", kFileNames[file], " delta beside bulk files about people; make it bulk"));
    }
  }
  return absl::OkStatus();
}

}  // namespace

std::string_view RosterFileName(RosterFile file) { return kFileNames[file]; }

absl::StatusOr<PackagePlan> PlanPackage(Package& package, Warnings* warnings) {
  if (absl::Status status = RefuseOtherFormats(package); !status.ok()) return status;
  PackagePlan plan;
  for (std::size_t i = 0; i < kRosterFileCount; ++i) plan.place[i] = package.Find(kFileNames[i]);
  const bool people =
      plan.place[kRolesFile] || plan.place[kEnrollmentsFile] || plan.place[kDemographicsFile];
  const std::optional<std::size_t> manifest_place = package.Find(kManifest);
  if (manifest_place.has_value()) {
    absl::StatusOr<Manifest> manifest = ReadManifest(package, *manifest_place, warnings);
    if (!manifest.ok()) return manifest.status();
    if (absl::Status status = ReadVersion(*manifest, plan); !status.ok()) return status;
    absl::StatusOr<StatedModes> stated = HoldAgainstFiles(package, *manifest, plan, warnings);
    if (!stated.ok()) return stated.status();
    if (absl::Status status = DecideMode(*stated, plan); !status.ok()) return status;
  } else {
    if (!plan.place[kUsersFile].has_value()) {
      return Refusal(kPackageName, 0, "",
                     "holds neither manifest.csv nor users.csv; a OneRoster package has its files "
                     "at the top of the zip");
    }
    warnings->Add(kPackageName, WarningCode::kNoManifest);
  }
  if (!plan.delta && plan.place[kUsersFile].has_value() && !plan.place[kOrgsFile].has_value()) {
    return Refusal(kFileNames[kOrgsFile], 0, "", "is missing; a bulk users.csv needs it");
  }
  if (!plan.delta && !plan.place[kUsersFile].has_value() && people) {
    return Refusal(kFileNames[kUsersFile], 0, "",
                   "is missing; bulk enrollments, roles or demographics need it");
  }
  if (plan.place[kRolesFile].has_value() && plan.version != 12) {
    if (plan.version_stated) warnings->Add(kManifest, WarningCode::kVersionMismatch);
    plan.version = 12;
  }
  if (!plan.place[kUsersFile].has_value()) plan.delta = true;
  WarnOfUnknownFiles(package, warnings);
  return plan;
}

}  // namespace rollcall::roster
