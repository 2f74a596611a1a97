// Reads the files of a generated district back, and counts its truth from them alone.

#ifndef ROLLCALL_TESTS_DISTRICT_DISTRICT_FILES_H_
#define ROLLCALL_TESTS_DISTRICT_DISTRICT_FILES_H_

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "client/district/district_generator.h"

namespace rollcall::district {

// A CSV file. A malformed one (ragged row, stray quote, no line end) is an assertion failure.
class Table {
 public:
  using Row = std::map<std::string, std::string>;

  Table() = default;
  Table(std::string_view text, std::string_view line_end);

  const std::string& header() const { return header_; }
  const std::vector<Row>& rows() const& { return rows_; }
  std::vector<Row> rows() && { return std::move(rows_); }

 private:
  std::string header_;
  std::vector<Row> rows_;
};

std::string ReadText(const std::filesystem::path& path);

// The entries of a zip by name.
std::map<std::string, std::string> ReadZip(const std::filesystem::path& path);

// The tables of a OneRoster package by name without `.csv`.
std::map<std::string, Table> ReadPackage(const std::filesystem::path& path);

// The truth as the files of a run with packages (no history_csv) tell it.
DistrictTruth RecountTruth(const DistrictOptions& options);

}  // namespace rollcall::district

#endif  // ROLLCALL_TESTS_DISTRICT_DISTRICT_FILES_H_
