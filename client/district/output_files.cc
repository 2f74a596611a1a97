#include "client/district/output_files.h"

#include <zip.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <system_error>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace rollcall::district {
namespace {

// Fast: the packages are read once or twice and thrown away.
constexpr zip_uint32_t kDeflateLevel = 1;

// 2020-01-01 00:00 as MS-DOS keeps it, which knows no time zone.
constexpr zip_uint16_t kDosDate = ((2020 - 1980) << 9) | (1 << 5) | 1;
constexpr zip_uint16_t kDosTime = 0;

absl::StatusOr<std::uint64_t> FileSize(const std::string& path) {
  std::error_code error;
  const std::uintmax_t size = std::filesystem::file_size(path, error);
  if (error) return absl::ErrnoToStatus(error.value(), absl::StrCat("cannot read ", path));
  return size;
}

struct DiscardZip {
  void operator()(zip_t* archive) const { zip_discard(archive); }
};

absl::Status ZipStatus(zip_error_t* error, const std::string& path) {
  const int system_error = zip_error_code_system(error);
  const std::string message = absl::StrCat("cannot write ", path, ": ", zip_error_strerror(error));
  if (zip_error_system_type(error) == ZIP_ET_SYS && system_error != 0) {
    return absl::ErrnoToStatus(system_error, message);
  }
  return absl::UnknownError(message);
}

absl::Status ZipStatus(zip_t* archive, const std::string& path) {
  return ZipStatus(zip_get_error(archive), path);
}

}  // namespace

absl::StatusOr<std::uint64_t> WriteTextFile(const std::string& path, std::string_view text) {
  std::FILE* file = std::fopen(path.c_str(), "wb");
  if (file == nullptr) return absl::ErrnoToStatus(errno, absl::StrCat("cannot create ", path));
  const bool written = std::fwrite(text.data(), 1, text.size(), file) == text.size();
  int error = errno;
  const bool closed = std::fclose(file) == 0;
  if (written && !closed) error = errno;
  if (!written || !closed) return absl::ErrnoToStatus(error, absl::StrCat("cannot write ", path));
  return text.size();
}

absl::StatusOr<std::uint64_t> WriteZipFile(const std::string& path,
                                           const std::vector<ArchiveEntry>& entries) {
  int code = 0;
  std::unique_ptr<zip_t, DiscardZip> archive(
      zip_open(path.c_str(), ZIP_CREATE | ZIP_TRUNCATE, &code));
  if (archive == nullptr) {
    zip_error_t error;
    zip_error_init_with_code(&error, code);
    const absl::Status status = ZipStatus(&error, path);
    zip_error_fini(&error);
    return status;
  }
  for (const auto& [name, text] : entries) {
    zip_source_t* source = zip_source_buffer(archive.get(), text.data(), text.size(), 0);
    if (source == nullptr) return ZipStatus(archive.get(), path);
    const std::string entry_name(name);
    const zip_int64_t index =
        zip_file_add(archive.get(), entry_name.c_str(), source, ZIP_FL_ENC_UTF_8);
    if (index < 0) {
      zip_source_free(source);
      return ZipStatus(archive.get(), path);
    }
    const auto entry = static_cast<zip_uint64_t>(index);
    if (zip_set_file_compression(archive.get(), entry, ZIP_CM_DEFLATE, kDeflateLevel) != 0 ||
        zip_file_set_dostime(archive.get(), entry, kDosTime, kDosDate, 0) != 0) {
      return ZipStatus(archive.get(), path);
    }
  }
  if (zip_close(archive.get()) != 0) return ZipStatus(archive.get(), path);
  static_cast<void>(archive.release());
  return FileSize(path);
}

}  // namespace rollcall::district
