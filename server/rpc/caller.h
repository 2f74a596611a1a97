// Who calls, and what he, she or it may do.

#ifndef ROLLCALL_SERVER_RPC_CALLER_H_
#define ROLLCALL_SERVER_RPC_CALLER_H_

#include <grpcpp/grpcpp.h>

#include <set>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "rollcall/v1/options.pb.h"
#include "storage/store.h"

namespace rollcall::rpc {

// What a call brings along to show who calls; never logged. Kept while a stream runs, so that it
// can be judged again.
struct Credentials {
  bool local = false;     // Came in through the Unix socket.
  std::string spiffe_id;  // Of the verified client certificate; empty without one.
  std::string bearer;     // Of the `authorization` metadata; empty without one.
};

// A caller who is known.
struct Caller {
  std::string principal;  // `local`, `spiffe://...`, `oidc:...` or `user:...`.
  std::string via;        // The certificate under a token; else empty.
  // When the identity or the last right ends by itself.
  absl::Time expires = absl::InfiniteFuture();
};

// Tells who calls and what the caller may do. Thread-safe.
class Gatekeeper {
 public:
  virtual ~Gatekeeper() = default;

  // Takes the credentials from a call. Never fails: a call may bring nothing.
  virtual Credentials Take(const grpc::ServerContext& context) = 0;

  // Who brings them. `now` is the time of the injected clock.
  // Errors: kUnauthenticated, the same for everything that is not a valid identity.
  virtual absl::StatusOr<Caller> Identify(ReadTx& tx, const Credentials& credentials,
                                          absl::Time now) = 0;

  // The rights of a principal, as of the transaction.
  virtual absl::StatusOr<std::set<v1::Permission>> Rights(ReadTx& tx, std::string_view principal,
                                                          absl::Time now) = 0;
};

// Everybody who can reach the listener is `local` and may do everything.
class OpenGate final : public Gatekeeper {
 public:
  Credentials Take(const grpc::ServerContext&) override { return {true, "", ""}; }
  absl::StatusOr<Caller> Identify(ReadTx&, const Credentials&, absl::Time) override {
    return Caller{"local", "", absl::InfiniteFuture()};
  }
  absl::StatusOr<std::set<v1::Permission>> Rights(ReadTx&, std::string_view, absl::Time) override {
    std::set<v1::Permission> all;
    for (int i = 1; i < v1::Permission_ARRAYSIZE; ++i) all.insert(static_cast<v1::Permission>(i));
    return all;
  }
};

}  // namespace rollcall::rpc

#endif  // ROLLCALL_SERVER_RPC_CALLER_H_
