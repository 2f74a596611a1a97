// The exposure service.

#ifndef ROLLCALL_SERVER_RPC_EXPOSURE_SERVICE_H_
#define ROLLCALL_SERVER_RPC_EXPOSURE_SERVICE_H_

#include "rollcall/v1/exposure_service.grpc.pb.h"
#include "server/casework/exposures.h"
#include "server/casework/portfolio.h"
#include "server/rpc/standard_calls.h"

namespace rollcall::rpc {

class ExposureService final : public v1::ExposureService::Service {
 public:
  ExposureService(const StandardCalls& calls, Store* store, casework::Exposures* exposures,
                  casework::Portfolio* portfolio)
      : calls_(calls), store_(store), exposures_(exposures), portfolio_(portfolio) {}

  grpc::Status GetExposureSummary(grpc::ServerContext* context,
                                  const v1::GetExposureSummaryRequest* request,
                                  v1::ExposureSummary* response) override;
  grpc::Status ListExposedPeople(grpc::ServerContext* context,
                                 const v1::ListExposedPeopleRequest* request,
                                 v1::ListExposedPeopleResponse* response) override;
  grpc::Status StreamExposure(grpc::ServerContext* context,
                              const v1::StreamExposureRequest* request,
                              grpc::ServerWriter<v1::StreamExposureResponse>* writer) override;
  grpc::Status GetPersonExposure(grpc::ServerContext* context,
                                 const v1::GetPersonExposureRequest* request,
                                 v1::PersonExposure* response) override;
  grpc::Status ListVendorExposures(grpc::ServerContext* context,
                                   const v1::ListVendorExposuresRequest* request,
                                   v1::ListVendorExposuresResponse* response) override;
  grpc::Status CompareExposures(grpc::ServerContext* context,
                                const v1::CompareExposuresRequest* request,
                                v1::CompareExposuresResponse* response) override;
  grpc::Status ProveExposure(grpc::ServerContext* context, const v1::ProveExposureRequest* request,
                             v1::ExposureProof* response) override;

 private:
  StandardCalls calls_;
  Store* const store_;
  casework::Exposures* const exposures_;
  casework::Portfolio* const portfolio_;
};

}  // namespace rollcall::rpc

#endif  // ROLLCALL_SERVER_RPC_EXPOSURE_SERVICE_H_
