// Makes X.509 certificates and revocation lists: what RFC 5280 asks for, and nothing optional.

#ifndef ROLLCALL_SERVER_ACCESS_CERTIFICATE_BUILDER_H_
#define ROLLCALL_SERVER_ACCESS_CERTIFICATE_BUILDER_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/access/x509.h"

namespace rollcall::access {

// Clocks of clients may be behind by this much and still accept a fresh certificate.
inline constexpr absl::Duration kBackdating = absl::Minutes(5);

// Who signs: a certificate with its key. Null pointers mean that a certificate signs itself.
struct Signer {
  X509* certificate = nullptr;
  EVP_PKEY* key = nullptr;
};

enum class CertificateUse { kAuthority, kServer, kClient };

// What a certificate says.
struct CertificateContent {
  CertificateUse use = CertificateUse::kClient;
  std::string common_name;         // For people to read; nothing decides by it.
  std::vector<std::string> uris;   // Alternative names, in this order before the hosts.
  std::vector<std::string> hosts;  // DNS names and IP addresses.
  absl::Time not_before;
  absl::Time not_after;
};

// Makes a key on the curve P-256. Errors: kInternal, reason OPENSSL.
absl::StatusOr<PrivateKey> NewPrivateKey();

// Makes a version 3 certificate for the public part of `key`: a random serial number of 128 bits,
// basic constraints, key usage and extended key usage of its use, key identifiers of subject and
// issuer, signed with ECDSA and SHA-256. An authority may issue end certificates only.
//
// Errors:  kInternal, reason OPENSSL.
absl::StatusOr<Certificate> MakeCertificate(const CertificateContent& content, EVP_PKEY& key,
                                            const Signer& signer);

// One entry of a revocation list.
struct RevokedSerial {
  std::string serial;  // Hexadecimal digits, as SerialOf has them.
  absl::Time time;     // When it was revoked.
};

// Makes a version 2 revocation list that is complete: what is not in it is not revoked. `number`
// grows from list to list.
//
// Errors:  kInternal, reason OPENSSL.
absl::StatusOr<RevocationFile> MakeRevocationList(const std::vector<RevokedSerial>& revoked,
                                                  long number, absl::Time this_update,
                                                  absl::Time next_update, const Signer& signer);

// The entries of a list in its order.
std::vector<RevokedSerial> RevokedOf(X509_CRL& list);

// The number of a list; 0 if it has none.
long NumberOf(const X509_CRL& list);

}  // namespace rollcall::access

#endif  // ROLLCALL_SERVER_ACCESS_CERTIFICATE_BUILDER_H_
