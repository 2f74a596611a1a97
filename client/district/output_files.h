// Puts the generated texts on disk.

#ifndef ROLLCALL_CLIENT_DISTRICT_OUTPUT_FILES_H_
#define ROLLCALL_CLIENT_DISTRICT_OUTPUT_FILES_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"

namespace rollcall::district {

// Name in the archive and contents.
using ArchiveEntry = std::pair<std::string_view, std::string_view>;

// Each writes a file, replacing one of the same name, and returns its size in bytes. Errors: the
// code that matches errno, with the path.
absl::StatusOr<std::uint64_t> WriteTextFile(const std::string& path, std::string_view text);

// A zip with the entries at its root in that order, deflated, all dated 2020-01-01 00:00.
absl::StatusOr<std::uint64_t> WriteZipFile(const std::string& path,
                                           const std::vector<ArchiveEntry>& entries);

}  // namespace rollcall::district

#endif  // ROLLCALL_CLIENT_DISTRICT_OUTPUT_FILES_H_
