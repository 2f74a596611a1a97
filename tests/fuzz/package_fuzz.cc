// Feeds arbitrary bytes to the package reader as a zip, and as the files of a package, one after
// the other and divided by lines that begin with `=` and name the next file. No input may crash,
// and every stay that comes out must make sense.

#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "server/roster/one_roster_reader.h"
#include "server/roster/package.h"
#include "server/roster/warnings.h"

namespace {

using rollcall::roster::OneRosterOptions;
using rollcall::roster::OneRosterReader;
using rollcall::roster::Package;
using rollcall::roster::PackageLimits;
using rollcall::roster::PersonRecord;
using rollcall::roster::SpooledFile;
using rollcall::roster::Warnings;

class Spool {
 public:
  explicit Spool(std::string_view bytes) : fd_(memfd_create("fuzz", 0)) {
    if (write(fd_, bytes.data(), bytes.size()) != static_cast<ssize_t>(bytes.size())) std::abort();
  }
  ~Spool() { close(fd_); }
  Spool(const Spool&) = delete;
  Spool& operator=(const Spool&) = delete;
  int fd() const { return fd_; }

 private:
  int fd_;
};

void Visit(Package& package, Warnings& warnings) {
  OneRosterOptions options;
  options.school_year = 2027;
  auto reader = OneRosterReader::Open(package, options, &warnings);
  if (!reader.ok()) return;
  const std::size_t schools = (*reader)->schools().size();
  const auto check = [&](const PersonRecord& person) {
    if (person.source_id.empty()) std::abort();
    for (const auto& spell : person.spells) {
      if (spell.school >= schools || spell.begin == rollcall::roster::kNoDay ||
          spell.end < spell.begin) {
        std::abort();
      }
    }
    return absl::OkStatus();
  };
  (*reader)->ForEachPerson(check).IgnoreError();
  (*reader)->ForEachPartial(check).IgnoreError();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  PackageLimits limits;
  limits.max_total_bytes = std::uint64_t{1} << 24;
  Warnings warnings;
  {
    const Spool zip(bytes);
    auto package = Package::OpenZip({"package.zip", zip.fd()}, limits, &warnings);
    if (package.ok()) Visit(**package, warnings);
  }
  std::vector<std::unique_ptr<Spool>> spools;
  std::vector<SpooledFile> files;
  std::string_view rest = bytes;
  while (rest.starts_with('=')) {
    const std::size_t line = rest.find('\n');
    if (line == std::string_view::npos) break;
    const std::string name(rest.substr(1, line - 1));
    rest.remove_prefix(line + 1);
    const std::size_t next = rest.starts_with('=') ? 0 : rest.find("\n=");
    const std::size_t length = next == std::string_view::npos ? rest.size()
                               : next == 0                    ? 0
                                                              : next + 1;
    spools.push_back(std::make_unique<Spool>(rest.substr(0, length)));
    files.push_back({name, spools.back()->fd()});
    rest.remove_prefix(length);
  }
  auto package = Package::FromFiles(files, limits, &warnings);
  if (package.ok()) Visit(**package, warnings);
  return 0;
}
