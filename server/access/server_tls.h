// TLS of the server's listeners, with certificates that can be changed while it runs.
//
// Every handshake uses the files as they were last read well. A client certificate is asked for and
// verified but not demanded, since people come with tokens; what a certificate without an identity
// or a revoked one is worth, is decided for each call.

#ifndef ROLLCALL_SERVER_ACCESS_SERVER_TLS_H_
#define ROLLCALL_SERVER_ACCESS_SERVER_TLS_H_

#include <grpcpp/security/auth_context.h>
#include <grpcpp/security/server_credentials.h>

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/access/peer_identity.h"
#include "server/access/tls_files.h"
#include "server/runtime/clock.h"

namespace rollcall::access {

// Thread-safe. Outlives every server that was given its credentials.
class ServerTls {
 public:
  // Errors: those of LoadTlsFiles.
  static absl::StatusOr<std::unique_ptr<ServerTls>> Load(const TlsFiles& files,
                                                         const runtime::Clock* clock);
  ~ServerTls();
  ServerTls(const ServerTls&) = delete;
  ServerTls& operator=(const ServerTls&) = delete;

  // Credentials for one listening address; each address needs its own. TLS 1.2 and 1.3.
  std::shared_ptr<grpc::ServerCredentials> NewCredentials();

  // Reads the files again if one of them has changed. Returns whether new ones are in use. Running
  // connections go on; their certificates are held against the new authorities and lists.
  //
  // Errors:  those of LoadTlsFiles; what was in use stays in use, and the next call tries again.
  absl::StatusOr<bool> ReloadIfChanged();

  // Decides whether a client certificate counts now.
  // Errors:  those of ClientCertificates::Check.
  absl::Status CheckClient(const std::string& certificate_pem) const;

  // When the server's own certificate ends.
  absl::Time certificate_end() const;

 private:
  struct Listener;
  class Credentials;

  ServerTls(TlsFiles files, const runtime::Clock* clock);
  std::shared_ptr<const TlsMaterial> material() const;

  const TlsFiles files_;
  const runtime::Clock* const clock_;
  mutable std::mutex mutex_;
  std::shared_ptr<const TlsMaterial> material_;       // Guarded by mutex_.
  std::int64_t generation_ = 0;                       // Of material_. Guarded by mutex_.
  std::string fingerprint_;                           // Of material_. Guarded by mutex_.
  std::vector<std::unique_ptr<Listener>> listeners_;  // Guarded by mutex_.
};

// Who is at the other end of a connection right now: IdentifyPeer, and for a certificate whether
// it still counts. `tls` may be null if the server has Unix sockets only.
//
// Errors:  those of IdentifyPeer and ClientCertificates::Check, all kUnauthenticated.
absl::StatusOr<PeerIdentity> IdentifyConnection(const grpc::AuthContext& context,
                                                const ServerTls* tls);

}  // namespace rollcall::access

#endif  // ROLLCALL_SERVER_ACCESS_SERVER_TLS_H_
