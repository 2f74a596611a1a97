// Feeds arbitrary bytes to the CSV readers: no input may crash them, and whatever CsvReader takes
// for rows must not depend on how the bytes arrive.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "server/roster/byte_source.h"
#include "server/roster/csv_reader.h"
#include "server/roster/plain_csv_reader.h"
#include "server/roster/warnings.h"

namespace {

using rollcall::roster::ByteSource;
using rollcall::roster::CsvReader;
using rollcall::roster::NewMemorySource;
using rollcall::roster::Warnings;

// Hands out one byte at a time.
class DripSource : public ByteSource {
 public:
  explicit DripSource(std::string_view bytes) : bytes_(bytes) {}
  absl::StatusOr<std::size_t> Read(std::span<char> out) override {
    if (bytes_.empty()) return 0;
    out[0] = bytes_.front();
    bytes_.remove_prefix(1);
    return 1;
  }

 private:
  std::string_view bytes_;
};

struct Result {
  absl::Status status;
  std::vector<std::vector<std::string>> rows;

  friend bool operator==(const Result&, const Result&) = default;
};

Result ReadAll(std::unique_ptr<ByteSource> source) {
  Result result;
  Warnings warnings;
  CsvReader reader(std::move(source), "fuzz.csv", &warnings);
  for (;;) {
    const absl::StatusOr<bool> more = reader.Next();
    result.status = more.status();
    if (!more.ok() || !*more) return result;
    result.rows.emplace_back(reader.fields().begin(), reader.fields().end());
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const Result whole = ReadAll(NewMemorySource(bytes));
  if (!(whole == ReadAll(std::make_unique<DripSource>(bytes)))) std::abort();
  const auto ignore = [](const auto&) { return absl::OkStatus(); };
  Warnings warnings;
  rollcall::roster::ReadProgramSpells(NewMemorySource(bytes), "f", &warnings, ignore).IgnoreError();
  rollcall::roster::ReadAddresses(NewMemorySource(bytes), "f", &warnings, ignore).IgnoreError();
  rollcall::roster::ReadGuardians(NewMemorySource(bytes), "f", &warnings, ignore).IgnoreError();
  rollcall::roster::ReadLanguages(NewMemorySource(bytes), "f", &warnings, ignore).IgnoreError();
  rollcall::roster::ReadHistory(NewMemorySource(bytes), "f", &warnings, ignore).IgnoreError();
  return 0;
}
