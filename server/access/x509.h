// Certificates, keys and revocation lists of OpenSSL as C++ values: ownership, PEM, and the few
// questions that the server asks of them.

#ifndef ROLLCALL_SERVER_ACCESS_X509_H_
#define ROLLCALL_SERVER_ACCESS_X509_H_

#include <openssl/evp.h>
#include <openssl/x509.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace rollcall::access {

struct OpensslFree {
  void operator()(X509* certificate) const { X509_free(certificate); }
  void operator()(X509_CRL* list) const { X509_CRL_free(list); }
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
using Certificate = std::unique_ptr<X509, OpensslFree>;
using RevocationFile = std::unique_ptr<X509_CRL, OpensslFree>;
using PrivateKey = std::unique_ptr<EVP_PKEY, OpensslFree>;

// Reads every certificate of a PEM text, in order.
//
// Errors:  kInvalidArgument, reason CERTIFICATE_UNREADABLE: there is none, or one is damaged.
absl::StatusOr<std::vector<Certificate>> ReadCertificates(std::string_view pem);

// Reads every revocation list of a PEM text, in order. Errors as above.
absl::StatusOr<std::vector<RevocationFile>> ReadRevocationLists(std::string_view pem);

// Reads an unencrypted private key. Errors as above; the message has nothing of the key.
absl::StatusOr<PrivateKey> ReadPrivateKey(std::string_view pem);

// The PEM of each. The key's is PKCS #8 without a password. Empty if OpenSSL has no memory.
std::string ToPem(const X509& certificate);
std::string ToPem(const X509_CRL& list);
std::string ToPem(const EVP_PKEY& key);

// The serial number in lower-case hexadecimal digits, two for each byte.
std::string SerialOf(const X509& certificate);
std::string SerialText(const ASN1_INTEGER& serial);

// The name of the issuer in DER, to compare with. Empty if it cannot be encoded.
std::string NameBytes(const X509_NAME& name);

// The URIs among the alternative names, in order.
std::vector<std::string> UrisOf(const X509& certificate);

// The DNS names and IP addresses among the alternative names, in order.
std::vector<std::string> HostsOf(const X509& certificate);

// The first and the last instant at which a certificate is valid; InfinitePast if unreadable.
absl::Time NotBefore(const X509& certificate);
absl::Time NotAfter(const X509& certificate);

// The instant of an ASN.1 time; InfinitePast if it is missing or unreadable.
absl::Time ToTime(const ASN1_TIME* time);

// An error of OpenSSL as one line without secrets: `what`, then OpenSSL's latest reason. Clears
// OpenSSL's queue of errors of this thread. kInternal, reason OPENSSL.
absl::Status OpensslError(std::string_view what);

}  // namespace rollcall::access

#endif  // ROLLCALL_SERVER_ACCESS_X509_H_
