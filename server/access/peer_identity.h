// Who is at the other end of a connection, as far as the transport has proven it.
//
// Two transports count: a Unix socket, whose file mode has decided who may connect, and TLS, on
// which a system may show a certificate. A system's identity is one property and nothing else: the
// only URI among the certificate's alternative names, which is a SPIFFE ID. The common name, DNS
// names and e-mail addresses of a certificate are never looked at.
//
// A person's token is read elsewhere, from the metadata of the call: a connection on which nobody
// showed a certificate has no identity, which is no error.

#ifndef ROLLCALL_SERVER_ACCESS_PEER_IDENTITY_H_
#define ROLLCALL_SERVER_ACCESS_PEER_IDENTITY_H_

#include <grpcpp/security/auth_context.h>

#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace rollcall::access {

// What a transport says of its peer. Each list has what the connection's context holds under one
// name, in its order; anything but one element is suspicious or absent.
struct PeerProperties {
  std::vector<std::string> security_types;  // `local` or `ssl`.
  std::vector<std::string> uris;            // All URIs of the certificate.
  std::vector<std::string> spiffe_ids;      // The one that gRPC found to be a SPIFFE ID.
  std::vector<std::string> certificates;    // PEM of the certificate itself, without its chain.
};

// A peer that may go on.
struct PeerIdentity {
  // `local`, `spiffe://DOMAIN/PATH`, or empty: TLS without a client certificate.
  std::string principal;
  // The certificate that proved it, PEM; empty unless the principal is a SPIFFE ID.
  std::string certificate_pem;
};

// Copies the properties out of a connection's context. They belong to the connection and are the
// same for all of its calls.
PeerProperties ReadPeerProperties(const grpc::AuthContext& context);

// Turns the properties into an identity. The transport has verified the chain by then; whether the
// certificate is still valid and not revoked is CertificateCheck's question.
//
// Errors:  kUnauthenticated, reason TRANSPORT_NOT_SECURE: neither TLS nor a Unix socket.
//          kUnauthenticated, reason CERTIFICATE_IDENTITY: a certificate was shown that has no
//          URI, several, or one that is no SPIFFE ID. The message does not repeat its text.
absl::StatusOr<PeerIdentity> IdentifyPeer(const PeerProperties& properties);

}  // namespace rollcall::access

#endif  // ROLLCALL_SERVER_ACCESS_PEER_IDENTITY_H_
