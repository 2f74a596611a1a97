// The gate of the running server: connections and tokens make an identity, grants make its rights.

#ifndef ROLLCALL_SERVER_RPC_ACCESS_GATE_H_
#define ROLLCALL_SERVER_RPC_ACCESS_GATE_H_

#include <set>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "server/access/directory.h"
#include "server/access/server_tls.h"
#include "server/access/token_verifier.h"
#include "server/rpc/caller.h"

namespace rollcall::rpc {

// Thread-safe. Refers to parts that outlive it.
//
// A connection is a Unix socket (`local`), TLS with a client certificate (`spiffe://...`), or TLS
// without one. A token in the metadata of a call wins over the connection: a gateway shows its own
// certificate and passes on the token of the person whom it serves. A certificate that does not
// count is refused even beside a good token.
class AccessGate final : public Gatekeeper {
 public:
  // `tls` is null if there are only Unix sockets; `people` is null if no issuer of OpenID Connect
  // tokens is configured.
  AccessGate(access::AccessDirectory* directory, const access::ServerTls* tls,
             access::TokenVerifier* people)
      : directory_(directory), tls_(tls), people_(people) {}

  absl::StatusOr<Caller> Identify(ReadTx& tx, const Credentials& credentials,
                                  absl::Time now) override;
  absl::StatusOr<std::set<v1::Permission>> Rights(ReadTx& tx, std::string_view principal,
                                                  absl::Time now) override;

 private:
  absl::StatusOr<Caller> IdentifyToken(const access::AccessView& view, std::string_view text,
                                       absl::Time now);

  access::AccessDirectory* const directory_;
  const access::ServerTls* const tls_;
  access::TokenVerifier* const people_;
};

}  // namespace rollcall::rpc

#endif  // ROLLCALL_SERVER_RPC_ACCESS_GATE_H_
