// The catalogue service: one line a method.

#ifndef ROLLCALL_SERVER_RPC_CATALOG_SERVICE_H_
#define ROLLCALL_SERVER_RPC_CATALOG_SERVICE_H_

#include "rollcall/v1/catalog_service.grpc.pb.h"
#include "server/registry/collections.h"
#include "server/rpc/standard_calls.h"

namespace rollcall::rpc {

class CatalogService final : public v1::CatalogService::Service {
 public:
  explicit CatalogService(const StandardCalls& calls) : calls_(calls) {}

  grpc::Status GetDataElement(grpc::ServerContext* context,
                              const v1::GetDataElementRequest* request,
                              v1::DataElement* response) override {
    return calls_.Get(context, registry::DataElements(), request, response);
  }

  grpc::Status ListDataElements(grpc::ServerContext* context,
                                const v1::ListDataElementsRequest* request,
                                v1::ListDataElementsResponse* response) override {
    return calls_.List(context, registry::DataElements(), request, response);
  }

  grpc::Status CreateDataElement(grpc::ServerContext* context,
                                 const v1::CreateDataElementRequest* request,
                                 v1::DataElement* response) override {
    return calls_.Create(context, registry::DataElements(), request, response);
  }

  grpc::Status UpdateDataElement(grpc::ServerContext* context,
                                 const v1::UpdateDataElementRequest* request,
                                 v1::DataElement* response) override {
    return calls_.Update(context, registry::DataElements(), request, response);
  }

  grpc::Status GetClauseKind(grpc::ServerContext* context, const v1::GetClauseKindRequest* request,
                             v1::ClauseKind* response) override {
    return calls_.Get(context, registry::ClauseKinds(), request, response);
  }

  grpc::Status ListClauseKinds(grpc::ServerContext* context,
                               const v1::ListClauseKindsRequest* request,
                               v1::ListClauseKindsResponse* response) override {
    return calls_.List(context, registry::ClauseKinds(), request, response);
  }

  grpc::Status CreateClauseKind(grpc::ServerContext* context,
                                const v1::CreateClauseKindRequest* request,
                                v1::ClauseKind* response) override {
    return calls_.Create(context, registry::ClauseKinds(), request, response);
  }

  grpc::Status GetRegime(grpc::ServerContext* context, const v1::GetRegimeRequest* request,
                         v1::Regime* response) override {
    return calls_.Get(context, registry::Regimes(), request, response);
  }

  grpc::Status ListRegimes(grpc::ServerContext* context, const v1::ListRegimesRequest* request,
                           v1::ListRegimesResponse* response) override {
    return calls_.List(context, registry::Regimes(), request, response);
  }

 private:
  StandardCalls calls_;
};

}  // namespace rollcall::rpc

#endif  // ROLLCALL_SERVER_RPC_CATALOG_SERVICE_H_
