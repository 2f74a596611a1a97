// The private certificate authority of a district: one directory that is kept apart from the
// server, which needs the authority's certificate and list of revocations and never its key.
//
//   ca.crt             its certificate
//   ca.key             its private key, mode 0600
//   ca.crl             what it has revoked; renewed by every revocation
//   issued/SERIAL.crt  a copy of every certificate that it has issued
//
// The authority knows its trust domain by the one URI of its own certificate, `spiffe://DOMAIN`.

#ifndef ROLLCALL_SERVER_ACCESS_CERTIFICATE_AUTHORITY_H_
#define ROLLCALL_SERVER_ACCESS_CERTIFICATE_AUTHORITY_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/access/x509.h"

namespace rollcall::access {

// Ten years, and the longest that public authorities issue for; an authority's own end bounds both.
inline constexpr absl::Duration kAuthorityValidity = absl::Hours(24 * 3650);
inline constexpr absl::Duration kLeafValidity = absl::Hours(24 * 397);

// A fresh certificate with its key, both PEM. The key is kept nowhere else.
struct IssuedCertificate {
  std::string certificate_pem;
  std::string key_pem;
  std::string serial;
};

// One line of the authority's records.
struct IssuedEntry {
  std::string serial;
  std::string name;  // `system/NAME` or `server`.
  absl::Time not_before;
  absl::Time not_after;
  absl::Time revoked = absl::InfiniteFuture();  // InfiniteFuture: not revoked.
};

// Not thread-safe; two processes may work on one directory.
class CertificateAuthority {
 public:
  // Makes an authority that begins at `now`, with an empty list of revocations, in a directory that
  // exists and has none of its files. The list is good for as long as the authority.
  //
  // Errors:  kInvalidArgument, reason INVALID_TRUST_DOMAIN; kAlreadyExists, reason FILE_EXISTS;
  //          kFailedPrecondition, reason FILE_NOT_WRITTEN.
  static absl::StatusOr<CertificateAuthority> Create(const std::string& directory,
                                                     std::string_view trust_domain, absl::Time now,
                                                     absl::Duration validity = kAuthorityValidity);

  // Opens one that was made earlier.
  //
  // Errors:  of ReadPublicFile and ReadSecretFile; kFailedPrecondition, reason
  //          CERTIFICATE_AUTHORITY: its files do not belong together.
  static absl::StatusOr<CertificateAuthority> Open(const std::string& directory);

  const std::string& trust_domain() const { return trust_domain_; }
  std::string certificate_path() const;
  std::string list_path() const;

  // Issues a certificate for a server that is reached under `hosts`, DNS names or IP addresses, and
  // always also under localhost, 127.0.0.1 and ::1.
  //
  // Errors:  kInvalidArgument, reason INVALID_HOST; kFailedPrecondition, reason FILE_NOT_WRITTEN.
  absl::StatusOr<IssuedCertificate> IssueServer(const std::vector<std::string>& hosts,
                                                absl::Time now,
                                                absl::Duration validity = kLeafValidity);

  // Issues a client certificate for the system `name`, with the identity of SystemIdentity and
  // no other. Several may be valid at one time, so that a system can change over.
  //
  // Errors:  kInvalidArgument, reason INVALID_SYSTEM_NAME; kFailedPrecondition, FILE_NOT_WRITTEN.
  absl::StatusOr<IssuedCertificate> IssueSystem(std::string_view name, absl::Time now,
                                                absl::Duration validity = kLeafValidity);

  // `spiffe://DOMAIN/system/NAME`.
  std::string SystemIdentity(std::string_view name) const;

  // Revokes the certificate with a serial number, or every certificate of a system that is not
  // revoked yet, and replaces the list. Returns the serial numbers that were added; none if all
  // of them were revoked before.
  //
  // Errors:  kNotFound, reason CERTIFICATE_UNKNOWN: this authority has issued no such certificate.
  absl::StatusOr<std::vector<std::string>> Revoke(std::string_view serial_or_name, absl::Time now);

  // Everything that was issued, oldest first, then by serial number.
  absl::StatusOr<std::vector<IssuedEntry>> List() const;

 private:
  CertificateAuthority() = default;
  absl::Status ReplaceList(absl::Time now, const std::vector<std::string>& serials);
  absl::StatusOr<RevocationFile> ReadList() const;
  absl::StatusOr<IssuedCertificate> Issue(const struct CertificateContent& content);

  std::string directory_;
  std::string trust_domain_;
  Certificate certificate_;
  PrivateKey key_;
};

}  // namespace rollcall::access

#endif  // ROLLCALL_SERVER_ACCESS_CERTIFICATE_AUTHORITY_H_
