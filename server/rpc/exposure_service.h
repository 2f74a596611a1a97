// The exposure service.

#ifndef ROLLCALL_SERVER_RPC_EXPOSURE_SERVICE_H_
#define ROLLCALL_SERVER_RPC_EXPOSURE_SERVICE_H_

#include "rollcall/v1/exposure_service.grpc.pb.h"
#include "server/casework/exposures.h"
#include "server/rpc/standard_calls.h"

namespace rollcall::rpc {

class ExposureService final : public v1::ExposureService::Service {
 public:
  ExposureService(const StandardCalls& calls, Store* store, casework::Exposures* exposures)
      : calls_(calls), store_(store), exposures_(exposures) {}

  grpc::Status GetExposureSummary(grpc::ServerContext* context,
                                  const v1::GetExposureSummaryRequest* request,
                                  v1::ExposureSummary* response) override;
  grpc::Status ListExposedPeople(grpc::ServerContext* context,
                                 const v1::ListExposedPeopleRequest* request,
                                 v1::ListExposedPeopleResponse* response) override;
  grpc::Status StreamExposure(grpc::ServerContext* context,
                              const v1::StreamExposureRequest* request,
                              grpc::ServerWriter<v1::StreamExposureResponse>* writer) override;

 private:
  StandardCalls calls_;
  Store* const store_;
  casework::Exposures* const exposures_;
};

}  // namespace rollcall::rpc

#endif  // ROLLCALL_SERVER_RPC_EXPOSURE_SERVICE_H_
