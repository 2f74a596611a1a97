#include "server/rpc/health_service.h"

#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/rpc/status_map.h"
#include "storage/status.h"

namespace rollcall::rpc {

using grpc::health::v1::HealthCheckRequest;
using grpc::health::v1::HealthCheckResponse;

HealthService::HealthService(int max_watchers) : max_watchers_(max_watchers) {
  services_[""] = HealthCheckResponse::NOT_SERVING;
}

void HealthService::SetServing(const std::string& service, bool serving) {
  const std::lock_guard lock(mutex_);
  if (stopped_) return;
  services_[service] = serving ? HealthCheckResponse::SERVING : HealthCheckResponse::NOT_SERVING;
  TellWatchers();
}

void HealthService::SetAll(bool serving) {
  const std::lock_guard lock(mutex_);
  if (stopped_) return;
  for (auto& [name, status] : services_) {
    status = serving ? HealthCheckResponse::SERVING : HealthCheckResponse::NOT_SERVING;
  }
  TellWatchers();
}

void HealthService::Stop() {
  const std::lock_guard lock(mutex_);
  stopped_ = true;
  for (auto& [name, status] : services_) status = HealthCheckResponse::NOT_SERVING;
  TellWatchers();
}

grpc::ServerUnaryReactor* HealthService::Check(grpc::CallbackServerContext* context,
                                               const HealthCheckRequest* request,
                                               HealthCheckResponse* response) {
  grpc::ServerUnaryReactor* const reactor = context->DefaultReactor();
  ServingStatus status;
  {
    const std::lock_guard lock(mutex_);
    status = Find(request->service());
  }
  if (status == HealthCheckResponse::SERVICE_UNKNOWN) {
    reactor->Finish(ToGrpcStatus(NotFound(absl::StrCat("service ", request->service()))));
  } else {
    response->set_status(status);
    reactor->Finish(grpc::Status::OK);
  }
  return reactor;
}

// One call of Watch. Deletes itself when gRPC is done with it; gRPC never calls it from within
// StartWrite or Finish, so that both may be called with the service's mutex held.
class HealthService::Watcher final : public grpc::ServerWriteReactor<HealthCheckResponse> {
 public:
  Watcher(HealthService* health, std::string service)
      : health_(health), service_(std::move(service)) {}

  // Sends the present state if the caller does not have it, or ends the call. Needs the service's
  // mutex.
  void Tell() {
    if (writing_ || finished_) return;
    const ServingStatus status = health_->Find(service_);
    if (sent_ != status) {
      sent_ = status;
      writing_ = true;
      response_.set_status(status);
      StartWrite(&response_);
    } else if (health_->stopped_) {
      End(MakeError(absl::StatusCode::kUnavailable, "STOPPING", "the server is stopping"));
    }
  }

  // Needs the service's mutex.
  void End(const absl::Status& status) {
    if (std::exchange(finished_, true)) return;
    Finish(ToGrpcStatus(status));
  }

  void OnWriteDone(bool ok) override {
    const std::lock_guard lock(health_->mutex_);
    writing_ = false;
    if (ok) {
      Tell();
    } else {
      End(absl::CancelledError("the caller has gone"));
    }
  }

  void OnCancel() override {
    const std::lock_guard lock(health_->mutex_);
    End(absl::CancelledError("the caller has gone"));
  }

  void OnDone() override {
    {
      const std::lock_guard lock(health_->mutex_);
      health_->watchers_.erase(this);
    }
    delete this;
  }

 private:
  HealthService* const health_;
  const std::string service_;
  HealthCheckResponse response_;       // Being sent while writing_ is true.
  std::optional<ServingStatus> sent_;  // This and what follows: guarded by the service's mutex.
  bool writing_ = false;
  bool finished_ = false;
};

grpc::ServerWriteReactor<HealthCheckResponse>* HealthService::Watch(
    grpc::CallbackServerContext* /*context*/, const HealthCheckRequest* request) {
  auto* const watcher = new Watcher(this, request->service());
  const std::lock_guard lock(mutex_);
  if (std::ssize(watchers_) >= max_watchers_) {
    watcher->End(
        MakeError(absl::StatusCode::kResourceExhausted, "TOO_MANY_WATCHERS",
                  absl::StrCat("the server has its ", max_watchers_,
                               " health watchers already; ask by Check or try again later")));
  } else {
    watchers_.insert(watcher);
    watcher->Tell();
  }
  return watcher;
}

void HealthService::TellWatchers() {
  for (Watcher* watcher : watchers_) watcher->Tell();
}

HealthService::ServingStatus HealthService::Find(const std::string& service) const {
  const auto found = services_.find(service);
  return found == services_.end() ? HealthCheckResponse::SERVICE_UNKNOWN : found->second;
}

}  // namespace rollcall::rpc
