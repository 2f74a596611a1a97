#include "client/cli/server_access.h"

#include <sys/stat.h>

#include <tuple>
#include <utility>

#include "absl/strings/str_cat.h"
#include "client/cli/local_file.h"

namespace rollcall::cli {
namespace {

absl::StatusOr<std::string> ReadPem(const std::string& path, const std::string& option) {
  if (path.empty()) return "";
  absl::StatusOr<std::string> pem = ReadWholeFile(path);
  if (!pem.ok()) {
    return absl::NotFoundError(absl::StrCat(option, ": ", std::string(pem.status().message())));
  }
  if (pem->find("-----BEGIN ") == std::string::npos) {
    return absl::NotFoundError(absl::StrCat(option, ": ", path, " is no PEM file"));
  }
  return pem;
}

}  // namespace

bool IsSocketAddress(const std::string& address) { return address.starts_with("unix:"); }

absl::StatusOr<ServerAccess> ReadServerAccess(const std::string& address,
                                              const AccessFiles& files) {
  ServerAccess access{files, "", "", ""};
  if (IsSocketAddress(address)) return access;
  if (files.certificate.empty() != files.key.empty()) {
    return absl::InvalidArgumentError("--certificate and --key belong together: give both");
  }
  struct stat info = {};
  if (files.authority.empty() && stat(kDefaultAuthorityFile, &info) == 0) {
    access.files.authority = kDefaultAuthorityFile;
  }
  if (!files.key.empty() && stat(files.key.c_str(), &info) == 0 && (info.st_mode & 0077U) != 0) {
    return absl::PermissionDeniedError(absl::StrCat(
        "--key: ", files.key, " is open to others than its owner; run: chmod 600 ", files.key));
  }
  for (const auto& [path, option, pem] :
       {std::tuple{&access.files.authority, "--ca", &access.authority_pem},
        std::tuple{&access.files.certificate, "--certificate", &access.certificate_pem},
        std::tuple{&access.files.key, "--key", &access.key_pem}}) {
    absl::StatusOr<std::string> read = ReadPem(*path, option);
    if (!read.ok()) return read.status();
    *pem = *std::move(read);
  }
  return access;
}

}  // namespace rollcall::cli
