// What a OneRoster package holds and how it is meant: its manifest held against its files.
//
// Rules, by the OneRoster CSV binding and by what packages in use look like:
// - A file that the manifest calls bulk or delta and that is missing: refused.
// - A file that the manifest calls absent or does not name: read, with a warning, in the mode of
//   the others. A package without a manifest is bulk, with a warning.
// - Files about people (users, roles, enrollments, demographics) are all bulk or all delta, and a
//   bulk users.csv comes with an orgs.csv that is bulk: other mixtures are refused.
// - A package without users.csv says nothing about who is there, so nobody leaves: it counts as a
//   delta. Without users.csv and without a manifest it is refused.
// - Microsoft School Data Sync files have other columns under like names: refused by name.

#ifndef ROLLCALL_SERVER_ROSTER_PACKAGE_PLAN_H_
#define ROLLCALL_SERVER_ROSTER_PACKAGE_PLAN_H_

#include <array>
#include <cstddef>
#include <optional>
#include <string_view>

#include "absl/status/statusor.h"
#include "server/roster/package.h"
#include "server/roster/warnings.h"

namespace rollcall::roster {

// The files that are read.
enum RosterFile : std::size_t {
  kOrgsFile,
  kSessionsFile,
  kClassesFile,
  kRolesFile,
  kUsersFile,
  kEnrollmentsFile,
  kDemographicsFile,
  kRosterFileCount
};

// `users.csv` and so on.
std::string_view RosterFileName(RosterFile file);

struct PackagePlan {
  bool delta = false;
  int version = 11;  // 11 or 12, for OneRoster 1.1 (and 1.0) or 1.2.
  bool version_stated = false;
  std::array<std::optional<std::size_t>, kRosterFileCount> place;  // In Package::files().
};

// Reads manifest.csv and applies the rules above. INVALID_ARGUMENT for what they refuse.
absl::StatusOr<PackagePlan> PlanPackage(Package& package, Warnings* warnings);

}  // namespace rollcall::roster

#endif  // ROLLCALL_SERVER_ROSTER_PACKAGE_PLAN_H_
