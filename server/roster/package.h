// A roster package: a zip or a set of spooled files, seen as named streams of bytes.
//
// A package comes from outside and is not trusted. Opening it reads the directory of the zip only;
// nothing is ever written to disk under a name from the package. Refused, with the reason and the
// entry: names that climb out of a folder (`..`, absolute paths, drive letters, backslashes), two
// files of one name, encrypted entries, zips that are cut short or damaged, and zip bombs: limits
// hold for the sizes that the zip declares and again for the bytes that are really inflated.
//
// Accepted with a warning: all files inside one folder, file names in another case of letters.
// `__MACOSX/` and `.DS_Store` are passed over in silence.

#ifndef ROLLCALL_SERVER_ROSTER_PACKAGE_H_
#define ROLLCALL_SERVER_ROSTER_PACKAGE_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/roster/byte_source.h"
#include "server/roster/warnings.h"

struct zip;

namespace rollcall::roster {

struct PackageLimits {
  std::size_t max_entries = 200;
  std::uint64_t max_file_bytes = std::uint64_t{8} << 30;    // Of one file, inflated.
  std::uint64_t max_total_bytes = std::uint64_t{16} << 30;  // Of all files, inflated.
  std::uint64_t max_ratio = 200;  // Inflated bytes for each compressed byte of an entry, ...
  std::uint64_t ratio_from_bytes = std::uint64_t{64} << 20;  // ... looked at above this size.
};

// Not thread-safe, and neither are the sources it hands out together with it.
class Package {
 public:
  struct File {
    std::string name;         // As the package spells it, without the common folder.
    std::uint64_t bytes = 0;  // Size when inflated, as declared.
  };

  // Opens the zip in a spooled file. INVALID_ARGUMENT for everything that is refused.
  static absl::StatusOr<std::unique_ptr<Package>> OpenZip(const SpooledFile& file,
                                                          const PackageLimits& limits,
                                                          Warnings* warnings);

  // Makes a package of files that were spooled outside a zip; the same rules of names and sizes
  // hold.
  static absl::StatusOr<std::unique_ptr<Package>> FromFiles(std::vector<SpooledFile> files,
                                                            const PackageLimits& limits,
                                                            Warnings* warnings);

  ~Package();
  Package(const Package&) = delete;
  Package& operator=(const Package&) = delete;

  // In the order of the package.
  const std::vector<File>& files() const { return files_; }

  // The place in files() of the file called `name`, in any case of letters; a difference in case
  // is counted as a warning once.
  std::optional<std::size_t> Find(std::string_view name);

  // A fresh stream over the file at `place`. The package must outlive it. Reading to the end
  // checks length and CRC; what was inflated counts against the limits while it is read, each
  // file once however often it is opened.
  absl::StatusOr<std::unique_ptr<ByteSource>> Open(std::size_t place);

 private:
  friend class ZipEntrySource;

  struct Entry {
    std::uint64_t index = 0;       // In the zip, or in spooled_.
    std::uint64_t compressed = 0;  // Bytes in the zip.
    std::uint64_t inflated = 0;    // Most bytes that any stream has read of it so far.
    bool case_warned = false;
  };

  Package(const PackageLimits& limits, Warnings* warnings);

  absl::Status AddZipEntries();
  absl::Status AddFile(std::string_view name, std::uint64_t bytes, const Entry& entry);
  absl::Status Settle();
  absl::Status CheckDeclared(const File& file, const Entry& entry) const;

  // Accounts for `read` bytes inflated so far by one stream of the file at `place`.
  absl::Status Account(std::size_t place, std::uint64_t read);

  PackageLimits limits_;
  Warnings* warnings_;
  zip* zip_ = nullptr;
  std::vector<SpooledFile> spooled_;
  std::vector<File> files_;
  std::vector<Entry> entries_;  // Beside files_.
  std::uint64_t total_declared_ = 0;
  std::uint64_t total_inflated_ = 0;
};

}  // namespace rollcall::roster

#endif  // ROLLCALL_SERVER_ROSTER_PACKAGE_H_
