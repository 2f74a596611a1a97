// The texts of a district's files, from the simulated world.

#ifndef ROLLCALL_CLIENT_DISTRICT_PACKAGE_H_
#define ROLLCALL_CLIENT_DISTRICT_PACKAGE_H_

#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include "client/district/csv_text.h"
#include "client/district/world.h"

namespace rollcall::district {

enum class OneRosterVersion { kV1p1, kV1p2 };

struct PackageOptions {
  int year = 0;  // One of the world's school years.
  OneRosterVersion version = OneRosterVersion::kV1p1;
  int classes_per_student = 2;
};

// Which rows of users.csv to change: about `percent` of a hundred, chosen by `seed`. A student gets
// another family name or e-mail address, staff another phone number, a guardian either of the last
// two.
struct UserChanges {
  int percent = 0;
  std::uint64_t seed = 0;
};

// A package's files with their names, the manifest first.
using Package = std::vector<std::pair<std::string_view, CsvText>>;

Package BuildPackage(const World& world, const PackageOptions& options);

// users.csv alone; `changed` (may be null) counts the changed rows.
CsvText BuildUsers(const World& world, const PackageOptions& options, const UserChanges& changes,
                   ChangedTruth* changed);

// The plain CSV files, as district_generator.h describes them.
CsvText BuildHistory(const World& world, int first_year, int last_year);
CsvText BuildProgramSpells(const World& world);
CsvText BuildAddresses(const World& world);
CsvText BuildHomeLanguages(const World& world);
CsvText BuildNobleList(const World& world, NobleTruth& truth);

}  // namespace rollcall::district

#endif  // ROLLCALL_CLIENT_DISTRICT_PACKAGE_H_
