// The disposition service: one line a method.

#ifndef ROLLCALL_SERVER_RPC_DISPOSITION_SERVICE_H_
#define ROLLCALL_SERVER_RPC_DISPOSITION_SERVICE_H_

#include "rollcall/v1/disposition_service.grpc.pb.h"
#include "server/casework/dispositions.h"
#include "server/registry/collections.h"
#include "server/rpc/standard_calls.h"

namespace rollcall::rpc {

class DispositionService final : public v1::DispositionService::Service {
 public:
  DispositionService(const StandardCalls& calls, roster::IdIndexCache* indexes)
      : calls_(calls), indexes_(indexes) {}

  grpc::Status GetDisposition(grpc::ServerContext* context,
                              const v1::GetDispositionRequest* request,
                              v1::Disposition* response) override {
    return calls_.Get(context, registry::Dispositions(), request, response);
  }

  grpc::Status ListDispositions(grpc::ServerContext* context,
                                const v1::ListDispositionsRequest* request,
                                v1::ListDispositionsResponse* response) override {
    return calls_.List(context, registry::Dispositions(), request, response);
  }

  grpc::Status CreateDisposition(grpc::ServerContext* context,
                                 const v1::CreateDispositionRequest* request,
                                 v1::Disposition* response) override {
    return calls_.pipeline()->Write(
        context, *request, response, [&](WriteTx& tx, const CallContext& call) {
          return casework::CreateDisposition(tx, *indexes_, calls_.district().Today(call),
                                             calls_.ids(), *request, response);
        });
  }

  grpc::Status DeleteDisposition(grpc::ServerContext* context,
                                 const v1::DeleteDispositionRequest* request,
                                 google::protobuf::Empty* response) override {
    return calls_.Delete(context, registry::Dispositions(), request, response);
  }

  grpc::Status ListUnmatchedDispositionIds(
      grpc::ServerContext* context, const v1::ListUnmatchedDispositionIdsRequest* request,
      v1::ListUnmatchedDispositionIdsResponse* response) override {
    return calls_.pipeline()->Read(
        context, *request, response, [&](ReadTx& tx, const CallContext&) {
          return casework::ListUnmatchedDispositionIds(tx, *request, response);
        });
  }

 private:
  StandardCalls calls_;
  roster::IdIndexCache* const indexes_;
};

}  // namespace rollcall::rpc

#endif  // ROLLCALL_SERVER_RPC_DISPOSITION_SERVICE_H_
