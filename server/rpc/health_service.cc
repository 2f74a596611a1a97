#include "server/rpc/health_service.h"

#include <chrono>
#include <optional>

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
  changed_.notify_all();
}

void HealthService::SetAll(bool serving) {
  const std::lock_guard lock(mutex_);
  if (stopped_) return;
  for (auto& [name, status] : services_) {
    status = serving ? HealthCheckResponse::SERVING : HealthCheckResponse::NOT_SERVING;
  }
  changed_.notify_all();
}

void HealthService::Stop() {
  const std::lock_guard lock(mutex_);
  stopped_ = true;
  for (auto& [name, status] : services_) status = HealthCheckResponse::NOT_SERVING;
  changed_.notify_all();
}

grpc::Status HealthService::Check(grpc::ServerContext* /*context*/,
                                  const HealthCheckRequest* request,
                                  HealthCheckResponse* response) {
  ServingStatus status;
  {
    const std::lock_guard lock(mutex_);
    status = Find(request->service());
  }
  if (status == HealthCheckResponse::SERVICE_UNKNOWN) {
    return ToGrpcStatus(NotFound(absl::StrCat("service ", request->service())));
  }
  response->set_status(status);
  return grpc::Status::OK;
}

grpc::Status HealthService::Watch(grpc::ServerContext* context, const HealthCheckRequest* request,
                                  grpc::ServerWriter<HealthCheckResponse>* writer) {
  std::unique_lock lock(mutex_);
  if (watchers_ >= max_watchers_) {
    return ToGrpcStatus(
        MakeError(absl::StatusCode::kResourceExhausted, "TOO_MANY_WATCHERS",
                  absl::StrCat("the server has its ", max_watchers_,
                               " health watchers already; ask by Check or try again later")));
  }
  ++watchers_;
  std::optional<ServingStatus> sent;
  absl::Status end;
  while (true) {
    const ServingStatus status = Find(request->service());
    if (sent != status) {
      HealthCheckResponse response;
      response.set_status(status);
      lock.unlock();
      const bool written = writer->Write(response);
      lock.lock();
      sent = status;
      if (written) continue;  // The state may have changed meanwhile.
    }
    if (context->IsCancelled()) {
      end = absl::CancelledError("the caller has gone");
      break;
    }
    if (stopped_) {
      end = MakeError(absl::StatusCode::kUnavailable, "STOPPING", "the server is stopping");
      break;
    }
    changed_.wait_for(lock, std::chrono::milliseconds(kWatchPollMilliseconds));
  }
  --watchers_;
  lock.unlock();
  return ToGrpcStatus(end);
}

HealthService::ServingStatus HealthService::Find(const std::string& service) const {
  const auto found = services_.find(service);
  return found == services_.end() ? HealthCheckResponse::SERVICE_UNKNOWN : found->second;
}

}  // namespace rollcall::rpc
