#include "server/backup/backup_file.h"

#include <fcntl.h>
#include <google/protobuf/util/json_util.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <sstream>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "storage/digest.h"
#include "storage/status.h"

namespace rollcall::backup {
namespace {

constexpr std::size_t kReadBytes = std::size_t{1} << 20;
constexpr std::size_t kMaxDescriptionBytes = std::size_t{1} << 20;

absl::Status Damaged(std::string_view what) {
  return MakeError(
      absl::StatusCode::kDataLoss, "BACKUP_DAMAGED",
      absl::StrCat("the backup is not what was made: ", ToAbsl(what), "; take another one"));
}

bool AllDigits(std::string_view text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

absl::Status HashFile(const std::string& path, const Report& report, v1::Backup* backup) {
  std::ifstream file(path, std::ios::binary | std::ios::ate);
  if (!file) {
    return MakeError(absl::StatusCode::kNotFound, "NOT_FOUND", "the backup's file is not there");
  }
  const auto size = static_cast<std::int64_t>(file.tellg());
  file.seekg(0);
  Sha256 hash;
  std::vector<char> buffer(kReadBytes);
  std::int64_t done = 0;
  while (done < size) {
    file.read(buffer.data(), static_cast<std::streamsize>(buffer.size()));
    if (file.gcount() <= 0) return Damaged("its file cannot be read to the end");
    hash.Update({buffer.data(), static_cast<std::size_t>(file.gcount())});
    done += file.gcount();
    if (report && !report("hashing", static_cast<double>(done) / static_cast<double>(size))) {
      return MakeError(absl::StatusCode::kDeadlineExceeded, "DEADLINE",
                       "the time for this call is over");
    }
  }
  backup->set_size_bytes(size);
  backup->set_sha256(Hex(hash.Finish()));
  return absl::OkStatus();
}

}  // namespace

std::string BackupId(absl::Time time, std::int64_t revision) {
  return absl::StrCat(
      absl::AsciiStrToLower(absl::FormatTime("%Y%m%dT%H%M%SZ", time, absl::UTCTimeZone())), "-r",
      revision);
}

bool IsBackupId(std::string_view id) {
  // 20260205t031500z-r1234
  return id.size() > 18 && id.size() <= 40 && AllDigits(id.substr(0, 8)) && id[8] == 't' &&
         AllDigits(id.substr(9, 6)) && id.substr(15, 3) == "z-r" && AllDigits(id.substr(18));
}

std::string DescriptionPath(const std::string& database_path) {
  const std::string stem = database_path.ends_with(".db")
                               ? database_path.substr(0, database_path.size() - 3)
                               : database_path;
  return stem + ".json";
}

absl::Status WriteDescription(const std::string& path, const v1::Backup& backup) {
  std::string text;
  google::protobuf::util::JsonPrintOptions options;
  options.add_whitespace = true;
  options.always_print_primitive_fields = true;
  if (!google::protobuf::util::MessageToJsonString(backup, &text, options).ok()) {
    return absl::InternalError("a backup has no JSON");
  }
  const int file = open(path.c_str(), O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600);
  bool written = file >= 0;
  for (std::size_t done = 0; written && done < text.size();) {
    const ssize_t step = write(file, text.data() + done, text.size() - done);
    written = step > 0;
    if (written) done += static_cast<std::size_t>(step);
  }
  written = written && fsync(file) == 0;
  const int error = errno;
  if (file >= 0) close(file);
  if (written) return absl::OkStatus();
  unlink(path.c_str());
  if (error == ENOSPC || error == EDQUOT || error == EFBIG) {
    return MakeError(absl::StatusCode::kResourceExhausted, "DISK_FULL",
                     "the disk is full; no backup was kept");
  }
  return MakeError(absl::StatusCode::kFailedPrecondition, "BACKUP_NOT_WRITABLE",
                   absl::StrCat("the backup's description cannot be written (error ", error, ")"));
}

absl::StatusOr<v1::Backup> ReadDescription(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    return MakeError(absl::StatusCode::kNotFound, "NOT_FOUND",
                     "the backup has no description beside it");
  }
  std::string text(kMaxDescriptionBytes, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(file.gcount()));
  v1::Backup backup;
  google::protobuf::util::JsonParseOptions options;
  options.ignore_unknown_fields = true;
  if (!google::protobuf::util::JsonStringToMessage(text, &backup, options).ok()) {
    return Damaged("its description cannot be read");
  }
  return backup;
}

absl::StatusOr<v1::Backup> Examine(const std::string& path, const CheckDatabase& check_database,
                                   const CheckLog& check_log, const Report& report) {
  v1::Backup backup;
  RC_RETURN_IF_ERROR(HashFile(path, report, &backup));
  DatabaseVisit visit;
  if (check_log) {
    visit = [&](Connection& connection) -> absl::Status {
      RC_ASSIGN_OR_RETURN(const std::int64_t revision, NewestRevision(connection));
      ReadTx tx(connection, revision, /*vault=*/nullptr);
      return check_log(tx, &backup);
    };
  }
  RC_ASSIGN_OR_RETURN(
      const DatabaseFacts facts,
      check_database(
          path, [&](double fraction) { return !report || report("checking", fraction); }, visit));
  backup.set_revision(facts.revision);
  backup.set_schema_version(facts.schema_version);
  for (const auto& [table, rows] : facts.rows) (*backup.mutable_rows())[table] = rows;
  return backup;
}

std::string Difference(const v1::Backup& described, const v1::Backup& actual, bool log_checked) {
  if (described.size_bytes() != actual.size_bytes()) return "its size differs";
  if (described.sha256() != actual.sha256()) return "its SHA-256 differs";
  if (described.revision() != actual.revision()) return "its newest revision differs";
  if (described.schema_version() != actual.schema_version()) return "its schema differs";
  if (described.rows_size() != actual.rows_size()) return "its tables differ";
  for (const auto& [table, rows] : described.rows()) {
    const auto found = actual.rows().find(table);
    if (found == actual.rows().end() || found->second != rows) {
      return absl::StrCat("the number of rows of ", table, " differs");
    }
  }
  if (log_checked && (described.log_size() != actual.log_size() ||
                      described.log_checkpoint() != actual.log_checkpoint())) {
    return "its log differs";
  }
  return "";
}

absl::StatusOr<v1::Backup> Verify(const std::string& path, const CheckDatabase& check_database,
                                  const CheckLog& check_log, const Report& report) {
  const absl::StatusOr<v1::Backup> described = ReadDescription(DescriptionPath(path));
  if (!described.ok() && !absl::IsNotFound(described.status())) return described.status();
  RC_ASSIGN_OR_RETURN(v1::Backup actual, Examine(path, check_database, check_log, report));
  if (!described.ok()) return actual;
  const std::string difference = Difference(*described, actual, check_log != nullptr);
  if (!difference.empty()) return Damaged(difference);
  return described;
}

}  // namespace rollcall::backup
