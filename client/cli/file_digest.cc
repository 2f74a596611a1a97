#include "client/cli/file_digest.h"

#include <fstream>
#include <string_view>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "client/cli/local_file.h"
#include "client/cli/sha256.h"

namespace rollcall::cli {

absl::StatusOr<FileDigest> DigestOfFile(const std::string& path) {
  constexpr size_t kBlockBytes = 64 * 1024;
  absl::StatusOr<std::ifstream> file = OpenToRead(path);
  if (!file.ok()) return file.status();
  Sha256 hash;
  FileDigest digest;
  std::string block(kBlockBytes, '\0');
  while (*file) {
    file->read(block.data(), static_cast<std::streamsize>(block.size()));
    digest.bytes += file->gcount();
    hash.Update(std::string_view(block.data(), static_cast<size_t>(file->gcount())));
  }
  const std::string bytes = hash.Finish();
  if (file->bad() || !file->eof() || bytes.empty()) {
    return absl::DataLossError(absl::StrCat(path, " cannot be read to its end"));
  }
  digest.sha256 = Hex(bytes);
  return digest;
}

}  // namespace rollcall::cli
