#include "server/admin/certificate.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "server/access/certificate_authority.h"
#include "server/access/secret_file.h"
#include "server/admin/init.h"
#include "storage/status.h"

namespace rollcall::admin {
namespace {

absl::StatusOr<access::CertificateAuthority> OpenAuthority(const CertificateOptions& options) {
  return access::CertificateAuthority::Open(
      absl::StrCat(options.config_dir, "/", kAuthorityFolder));
}

absl::Duration Validity(const CertificateOptions& options) {
  return absl::Hours(24) * options.days;
}

std::string Day(absl::Time time) { return absl::FormatTime("%Y-%m-%d", time, absl::UTCTimeZone()); }

std::string StateOf(const access::IssuedEntry& entry, absl::Time now) {
  if (entry.revoked != absl::InfiniteFuture()) {
    return absl::StrCat("revoked ", Day(entry.revoked));
  }
  return now > entry.not_after ? "over" : "valid";
}

}  // namespace

absl::Status IssueCertificate(const CertificateOptions& options, const Surroundings& surroundings) {
  RC_ASSIGN_OR_RETURN(access::CertificateAuthority authority, OpenAuthority(options));
  const std::string folder =
      options.out.empty() ? absl::StrCat(options.config_dir, "/systems") : options.out;
  if (mkdir(folder.c_str(), 0755) != 0 && errno != EEXIST) {
    return MakeError(absl::StatusCode::kFailedPrecondition, "FILE_NOT_WRITTEN",
                     absl::StrCat("cannot make the folder ", folder, ": ",
                                  std::error_code(errno, std::generic_category()).message()));
  }
  const std::string certificate_path = absl::StrCat(folder, "/", options.name, ".crt");
  const std::string key_path = absl::StrCat(folder, "/", options.name, ".key");
  std::error_code ignored;
  for (const std::string& path : {certificate_path, key_path}) {
    if (std::filesystem::exists(path, ignored)) {
      return MakeError(absl::StatusCode::kAlreadyExists, "FILE_EXISTS",
                       absl::StrCat(path,
                                    " exists and is not overwritten; name another folder "
                                    "with --out, or move it away"));
    }
  }
  RC_ASSIGN_OR_RETURN(
      const access::IssuedCertificate issued,
      authority.IssueSystem(options.name, surroundings.clock.Now(), Validity(options)));
  RC_RETURN_IF_ERROR(access::WriteNewFile(key_path, issued.key_pem, access::kSecretMode));
  RC_RETURN_IF_ERROR(
      access::WriteNewFile(certificate_path, issued.certificate_pem, access::kPublicMode));
  surroundings.out << "Issued " << issued.serial << " for "
                   << authority.SystemIdentity(options.name) << "\n  " << certificate_path << "\n  "
                   << key_path << "\nGive the system both files and "
                   << authority.certificate_path() << ", and grant its identity a role.\n";
  return absl::OkStatus();
}

absl::Status RevokeCertificate(const CertificateOptions& options,
                               const Surroundings& surroundings) {
  RC_ASSIGN_OR_RETURN(access::CertificateAuthority authority, OpenAuthority(options));
  RC_ASSIGN_OR_RETURN(const std::vector<std::string> serials,
                      authority.Revoke(options.name, surroundings.clock.Now()));
  for (const std::string& serial : serials) surroundings.out << "Revoked " << serial << "\n";
  if (serials.empty()) surroundings.out << "Revoked before; nothing was changed.\n";
  return absl::OkStatus();
}

absl::Status ListCertificates(const CertificateOptions& options, const Surroundings& surroundings) {
  RC_ASSIGN_OR_RETURN(const access::CertificateAuthority authority, OpenAuthority(options));
  RC_ASSIGN_OR_RETURN(const std::vector<access::IssuedEntry> entries, authority.List());
  for (const access::IssuedEntry& entry : entries) {
    surroundings.out << absl::StrFormat("%s  %-24s until %s  %s\n", entry.serial, entry.name,
                                        Day(entry.not_after),
                                        StateOf(entry, surroundings.clock.Now()));
  }
  return absl::OkStatus();
}

absl::Status RenewServer(const CertificateOptions& options, const Surroundings& surroundings) {
  RC_ASSIGN_OR_RETURN(access::CertificateAuthority authority, OpenAuthority(options));
  const std::string certificate_path =
      absl::StrCat(options.config_dir, "/", kServerCertificateFile);
  const std::string key_path = absl::StrCat(options.config_dir, "/", kServerKeyFile);
  std::vector<std::string> hosts = options.hosts;
  if (hosts.empty()) {
    RC_ASSIGN_OR_RETURN(const std::string pem, access::ReadPublicFile(certificate_path));
    RC_ASSIGN_OR_RETURN(const std::vector<access::Certificate> certificates,
                        access::ReadCertificates(pem));
    hosts = access::HostsOf(*certificates.front());
  }
  struct stat before = {};
  const bool had_key = stat(key_path.c_str(), &before) == 0;
  RC_ASSIGN_OR_RETURN(const access::IssuedCertificate issued,
                      authority.IssueServer(hosts, surroundings.clock.Now(), Validity(options)));
  RC_RETURN_IF_ERROR(access::ReplaceFile(key_path, issued.key_pem, access::kSecretMode));
  RC_RETURN_IF_ERROR(
      access::ReplaceFile(certificate_path, issued.certificate_pem, access::kPublicMode));
  // The user that runs the server goes on to own its key.
  if (had_key && before.st_uid != geteuid() &&
      chown(key_path.c_str(), before.st_uid, before.st_gid) != 0) {
    return MakeError(absl::StatusCode::kFailedPrecondition, "FILE_NOT_WRITTEN",
                     absl::StrCat("cannot give ", key_path, " back to its owner"));
  }
  surroundings.out << "Renewed the server's certificate: " << issued.serial << "\n";
  return absl::OkStatus();
}

}  // namespace rollcall::admin
