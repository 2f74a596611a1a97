// The whole server, wired together: used by the program and by tests that want a real one inside
// their own process.

#ifndef ROLLCALL_SERVER_SERVER_H_
#define ROLLCALL_SERVER_SERVER_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "server/access/key_ring.h"
#include "server/access/server_tls.h"
#include "server/access/token_verifier.h"
#include "server/audit/audit_log.h"
#include "server/runtime/clock.h"
#include "server/runtime/config.h"
#include "server/runtime/ids.h"
#include "storage/store.h"

namespace rollcall {

// What a server works with; all of it outlives the server.
struct ServerParts {
  Store* store = nullptr;  // The catalogue and the built-in roles have been loaded.
  const runtime::Clock* clock = nullptr;
  runtime::IdGenerator* ids = nullptr;
  access::ServerTls* tls = nullptr;         // Null if there are only Unix sockets.
  access::TokenVerifier* people = nullptr;  // Null without OpenID Connect.
  access::KeyRing* key_ring = nullptr;      // Null: the store's keys cannot be rotated.
  audit::AuditLog* audit_log = nullptr;     // Null: readings are not recorded, the log not served.
};

// Serves a store until it is stopped. Start-up loads the roster before health says SERVING.
class Server {
 public:
  // Starts to listen on the addresses of `config`.
  // Errors: kFailedPrecondition (an address is taken, a socket cannot be made, no TLS for TCP).
  static absl::StatusOr<std::unique_ptr<Server>> Start(const runtime::Config& config,
                                                       const ServerParts& with);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // The port of each TCP address in the order of the configuration; 0 for a Unix socket.
  const std::vector<int>& ports() const;

  // Makes health answer NOT_SERVING for good.
  void Announce();

  // Takes no further calls, waits for running ones until `deadline`, then cancels them.
  void Shutdown(absl::Time deadline);

 private:
  struct Parts;
  explicit Server(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace rollcall

#endif  // ROLLCALL_SERVER_SERVER_H_
