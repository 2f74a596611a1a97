// Whether the server can serve, for load balancers, supervisors and clients.

#ifndef ROLLCALL_SERVER_RPC_HEALTH_SERVICE_H_
#define ROLLCALL_SERVER_RPC_HEALTH_SERVICE_H_

#include <condition_variable>
#include <map>
#include <mutex>
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
// A Watch holds one of the server's threads for as long as its caller listens, so their number
// is bounded. The thread looks every kWatchPollMilliseconds whether its caller has gone.
//
// Thread-safe.
class HealthService final : public grpc::health::v1::Health::Service {
 public:
  static constexpr int kDefaultMaxWatchers = 8;
  static constexpr int kWatchPollMilliseconds = 200;

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
  grpc::Status Check(grpc::ServerContext* context,
                     const grpc::health::v1::HealthCheckRequest* request,
                     grpc::health::v1::HealthCheckResponse* response) override;

  // Sends the state of one service now and after every change, SERVICE_UNKNOWN while it is not
  // known. Of changes in quick succession only the last is sent for certain.
  // Errors:  RESOURCE_EXHAUSTED, reason TOO_MANY_WATCHERS; UNAVAILABLE, reason STOPPING;
  //          CANCELLED when the caller has gone.
  grpc::Status Watch(grpc::ServerContext* context,
                     const grpc::health::v1::HealthCheckRequest* request,
                     grpc::ServerWriter<grpc::health::v1::HealthCheckResponse>* writer) override;

 private:
  using ServingStatus = grpc::health::v1::HealthCheckResponse::ServingStatus;

  ServingStatus Find(const std::string& service) const;  // Needs mutex_.

  const int max_watchers_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::string, ServingStatus> services_;  // Guarded by mutex_.
  int watchers_ = 0;                               // Guarded by mutex_.
  bool stopped_ = false;                           // Guarded by mutex_.
};

}  // namespace rollcall::rpc

#endif  // ROLLCALL_SERVER_RPC_HEALTH_SERVICE_H_
