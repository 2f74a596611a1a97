// Who calls, and what he, she or it may do.

#ifndef ROLLCALL_SERVER_RPC_CALLER_H_
#define ROLLCALL_SERVER_RPC_CALLER_H_

#include <grpcpp/grpcpp.h>

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "rollcall/v1/options.pb.h"
#include "server/access/peer_identity.h"
#include "storage/store.h"

namespace rollcall::rpc {

// What a call brings along to show who calls; never logged. Kept while the call runs, so that it
// can be judged again.
struct Credentials {
  access::PeerProperties peer;      // Of the connection.
  std::vector<std::string> tokens;  // Texts of the `authorization` metadata, as they came.
};

// A caller who is known.
struct Caller {
  std::string principal;  // `local`, `spiffe://...`, `oidc:...` or `user:...`.
  std::string via;        // The certificate under a token; else empty.
  // When the identity or the last right ends by itself.
  absl::Time expires = absl::InfiniteFuture();
};

// Takes the credentials from a call. A call may bring nothing.
Credentials TakeCredentials(const grpc::ServerContext& context);

// Tells who calls and what the caller may do. Thread-safe.
class Gatekeeper {
 public:
  virtual ~Gatekeeper() = default;

  // Who brings them. `now` is the time of the injected clock.
  // Errors: kUnauthenticated, the same for everything that is not a valid identity.
  virtual absl::StatusOr<Caller> Identify(ReadTx& tx, const Credentials& credentials,
                                          absl::Time now) = 0;

  // The rights of a principal, as of the transaction.
  virtual absl::StatusOr<std::set<v1::Permission>> Rights(ReadTx& tx, std::string_view principal,
                                                          absl::Time now) = 0;
};

}  // namespace rollcall::rpc

#endif  // ROLLCALL_SERVER_RPC_CALLER_H_
