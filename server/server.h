// The whole server, wired together: used by the program and by tests that want a real one inside
// their own process.

#ifndef ROLLCALL_SERVER_SERVER_H_
#define ROLLCALL_SERVER_SERVER_H_

#include <grpcpp/grpcpp.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "server/runtime/clock.h"
#include "server/runtime/config.h"
#include "server/runtime/ids.h"
#include "storage/store.h"

namespace rollcall {

// Serves a store until it is stopped. Start-up loads the roster before health says SERVING.
class Server {
 public:
  // Starts to listen on the addresses of `config`. What is passed outlives the server; the
  // catalogue must have been loaded. `credentials` null means plain text.
  // Errors: kFailedPrecondition (an address is taken, a socket cannot be made).
  static absl::StatusOr<std::unique_ptr<Server>> Start(
      const runtime::Config& config, Store* store, const runtime::Clock* clock,
      runtime::IdGenerator* ids, std::shared_ptr<grpc::ServerCredentials> credentials = nullptr);
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
