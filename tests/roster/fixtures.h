// What the tests of the roster readers share: small files in memory, packages made of them, and
// short ways to read them.

#ifndef ROLLCALL_TESTS_ROSTER_FIXTURES_H_
#define ROLLCALL_TESTS_ROSTER_FIXTURES_H_

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/roster/byte_source.h"
#include "server/roster/one_roster_reader.h"
#include "server/roster/package.h"
#include "server/roster/records.h"
#include "server/roster/warnings.h"

namespace rollcall::roster {

// An unnamed file on disk with the given bytes, gone when the object is.
class TempFile {
 public:
  explicit TempFile(std::string_view bytes);
  ~TempFile();
  TempFile(TempFile&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  TempFile& operator=(TempFile&&) = delete;
  int fd() const { return fd_; }

 private:
  int fd_;
};

// Names and contents, in package order.
using Files = std::vector<std::pair<std::string, std::string>>;

// The bytes of a zip with these entries, deflated. Names are taken as they are, even bad ones.
std::string MakeZip(const Files& files);

// What reading a package gave.
struct ReadResult {
  absl::Status status;
  bool delta = false;
  int version = 0;
  Day assumed_begin = kNoDay;
  Day assumed_end = kNoDay;
  std::vector<SchoolRecord> schools;
  std::vector<PersonRecord> people;
  std::vector<PersonRecord> partial;
  Warnings warnings;

  // The one person with this source id, who must be there.
  const PersonRecord& Person(std::string_view source_id) const;
};

// Reads files as a package that is not zipped.
ReadResult ReadPackage(const Files& files, const OneRosterOptions& options);

// A bulk 1.1 package of the school year 2026-27 with a district, two schools, a session, a term,
// two classes, one student with a guardian, and a teacher. Tests change one file of it.
class PackageBuilder {
 public:
  PackageBuilder();

  // Replaces or adds a file.
  PackageBuilder& Set(std::string_view name, std::string_view content);
  // Takes a file away, with its line in the manifest.
  PackageBuilder& Remove(std::string_view name);
  // Replaces text that must be in the file.
  PackageBuilder& Replace(std::string_view name, std::string_view from, std::string_view to);
  // Adds lines to the end of a file.
  PackageBuilder& Append(std::string_view name, std::string_view lines);
  // Makes every file of the manifest a delta.
  PackageBuilder& MakeDelta();

  const Files& files() const { return files_; }
  std::string& File(std::string_view name);
  ReadResult Read() const;

  OneRosterOptions options;

 private:
  Files files_;
};

}  // namespace rollcall::roster

#endif  // ROLLCALL_TESTS_ROSTER_FIXTURES_H_
