// The files of the server's TLS and what must hold between them before anything is served.

#ifndef ROLLCALL_SERVER_ACCESS_TLS_FILES_H_
#define ROLLCALL_SERVER_ACCESS_TLS_FILES_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/access/client_certificates.h"

namespace rollcall::access {

// Paths; all PEM.
struct TlsFiles {
  std::string certificate;       // The server's certificate, then those between it and a root.
  std::string key;               // Its private key without a password; see ReadSecretFile.
  std::string client_authority;  // Who issues client certificates; empty: systems cannot connect.
  std::string revocations;       // Their lists; empty: nothing is ever revoked.
};

// What the files hold.
struct TlsMaterial {
  std::string certificate_pem;
  std::string key_pem;
  std::string client_authority_pem;             // Empty if there is none.
  std::unique_ptr<ClientCertificates> clients;  // Null if there is none.
  absl::Time certificate_end;                   // When the server's certificate ends.
};

// Reads and checks all of them.
//
// Errors:  those of ReadPublicFile and ReadSecretFile; kFailedPrecondition, reason TLS_FILE, with a
//          message of one line that names the file: not PEM, the key is another certificate's, a
//          certificate that is not valid at `now`, is not for servers or names no host, a list
//          without an authority, a list that is out of date, or what ClientCertificates refuses.
absl::StatusOr<TlsMaterial> LoadTlsFiles(const TlsFiles& files, absl::Time now);

// A text that changes whenever one of the files is replaced or written to.
std::string FingerprintOf(const TlsFiles& files);

}  // namespace rollcall::access

#endif  // ROLLCALL_SERVER_ACCESS_TLS_FILES_H_
