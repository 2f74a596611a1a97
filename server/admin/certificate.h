// Certificates of systems and of the server, made by the authority that `rollcalld init` has set
// up. Works on files alone: the server need not run, and takes what changed within seconds if it
// does.

#ifndef ROLLCALL_SERVER_ADMIN_CERTIFICATE_H_
#define ROLLCALL_SERVER_ADMIN_CERTIFICATE_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "server/admin/command.h"

namespace rollcall::admin {

struct CertificateOptions {
  std::string config_dir = "/etc/rollcall";
  std::string name;                // Of a system; for RevokeCertificate also a serial number.
  std::string out;                 // Folder for the new files; empty: CONFIG_DIR/systems.
  std::vector<std::string> hosts;  // For RenewServer; empty: those that the certificate has.
  int days = 397;
};

// Writes NAME.crt (0644) and NAME.key (0600), which must not exist. The key is kept nowhere else.
// Errors:  of CertificateAuthority; kAlreadyExists, reason FILE_EXISTS.
absl::Status IssueCertificate(const CertificateOptions& options, const Surroundings& surroundings);

// Errors:  of CertificateAuthority::Revoke.
absl::Status RevokeCertificate(const CertificateOptions& options, const Surroundings& surroundings);

// One line a certificate: serial number, name, last day, and whether it is revoked or over.
// Errors:  of CertificateAuthority.
absl::Status ListCertificates(const CertificateOptions& options, const Surroundings& surroundings);

// Replaces the server's certificate and key. The earlier certificate stays valid until its end.
// Errors:  of CertificateAuthority; kFailedPrecondition, reason FILE_NOT_WRITTEN.
absl::Status RenewServer(const CertificateOptions& options, const Surroundings& surroundings);

}  // namespace rollcall::admin

#endif  // ROLLCALL_SERVER_ADMIN_CERTIFICATE_H_
