// Whether the server can serve, for load balancers, supervisors and clients.

#ifndef ROLLCALL_SERVER_RPC_HEALTH_SERVICE_H_
#define ROLLCALL_SERVER_RPC_HEALTH_SERVICE_H_

#include <map>
#include <mutex>
#include <set>
#include <string>

#include "grpc/health/v1/health.grpc.pb.h"

namespace rollcall::rpc {

// The standard protocol grpc.health.v1.Health, written against its own .proto so that reflection
// can describe it (gRPC's built-in service has no descriptor).
//
// Services are known by their full name, such as `rollcall.v1.VendorService`; the empty name is
// the server as a whole, known from the beginning and NOT_SERVING until it is set. Names are
// independent of each other: setting one changes no other.
//
// Anybody may ask, without an identity. So no call holds a thread of the server, not even one whose
// caller does not read the answer: the methods react to events and never block. The number of
// watchers is bounded all the same.
//
// Thread-safe. Outlives the servers that it is registered with.
class HealthService final : public grpc::health::v1::Health::CallbackService {
 public:
  static constexpr int kDefaultMaxWatchers = 64;

  explicit HealthService(int max_watchers = kDefaultMaxWatchers);

  // Makes `service` known if it is not and sets its state. No effect after Stop.
  void SetServing(const std::string& service, bool serving);

  // Sets the state of every known service. No effect after Stop.
  void SetAll(bool serving);

  // Sets every known service to NOT_SERVING for good, tells every watcher, and ends their calls
  // with UNAVAILABLE, so that they do not delay the server's shutdown. Does not wait for them.
  void Stop();

  // Answers the state of one service.
  // Errors:  NOT_FOUND: the service is not known.
  grpc::ServerUnaryReactor* Check(grpc::CallbackServerContext* context,
                                  const grpc::health::v1::HealthCheckRequest* request,
                                  grpc::health::v1::HealthCheckResponse* response) override;

  // Sends the state of one service now and after every change, SERVICE_UNKNOWN while it is not
  // known. Of changes in quick succession only the last is sent for certain.
  // Errors:  RESOURCE_EXHAUSTED, reason TOO_MANY_WATCHERS; UNAVAILABLE, reason STOPPING;
  //          CANCELLED when the caller has gone.
  grpc::ServerWriteReactor<grpc::health::v1::HealthCheckResponse>* Watch(
      grpc::CallbackServerContext* context,
      const grpc::health::v1::HealthCheckRequest* request) override;

 private:
  using ServingStatus = grpc::health::v1::HealthCheckResponse::ServingStatus;

  class Watcher;

  ServingStatus Find(const std::string& service) const;  // Needs mutex_.
  void TellWatchers();                                   // Needs mutex_.

  const int max_watchers_;
  std::mutex mutex_;
  std::map<std::string, ServingStatus> services_;  // Guarded by mutex_.
  std::set<Watcher*> watchers_;                    // Guarded by mutex_.
  bool stopped_ = false;                           // Guarded by mutex_.
};

}  // namespace rollcall::rpc

#endif  // ROLLCALL_SERVER_RPC_HEALTH_SERVICE_H_
