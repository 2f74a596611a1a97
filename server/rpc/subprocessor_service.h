// The subprocessor service: one line a method.

#ifndef ROLLCALL_SERVER_RPC_SUBPROCESSOR_SERVICE_H_
#define ROLLCALL_SERVER_RPC_SUBPROCESSOR_SERVICE_H_

#include "rollcall/v1/subprocessor_service.grpc.pb.h"
#include "server/casework/upstream.h"
#include "server/registry/collections.h"
#include "server/rpc/standard_calls.h"

namespace rollcall::rpc {

class SubprocessorService final : public v1::SubprocessorService::Service {
 public:
  SubprocessorService(const StandardCalls& calls, casework::Exposures* exposures)
      : calls_(calls), exposures_(exposures) {}

  grpc::Status GetSubprocessor(grpc::ServerContext* context,
                               const v1::GetSubprocessorRequest* request,
                               v1::Subprocessor* response) override {
    return calls_.Get(context, registry::Subprocessors(), request, response);
  }

  grpc::Status ListSubprocessors(grpc::ServerContext* context,
                                 const v1::ListSubprocessorsRequest* request,
                                 v1::ListSubprocessorsResponse* response) override {
    return calls_.List(context, registry::Subprocessors(), request, response);
  }

  grpc::Status CreateSubprocessor(grpc::ServerContext* context,
                                  const v1::CreateSubprocessorRequest* request,
                                  v1::Subprocessor* response) override {
    return calls_.Create(context, registry::Subprocessors(), request, response);
  }

  grpc::Status UpdateSubprocessor(grpc::ServerContext* context,
                                  const v1::UpdateSubprocessorRequest* request,
                                  v1::Subprocessor* response) override {
    return calls_.Update(context, registry::Subprocessors(), request, response);
  }

  grpc::Status DeleteSubprocessor(grpc::ServerContext* context,
                                  const v1::DeleteSubprocessorRequest* request,
                                  google::protobuf::Empty* response) override {
    return calls_.Delete(context, registry::Subprocessors(), request, response);
  }

  grpc::Status ListUpstreamVendors(grpc::ServerContext* context,
                                   const v1::ListUpstreamVendorsRequest* request,
                                   v1::ListUpstreamVendorsResponse* response) override {
    return calls_.pipeline()->Read(
        context, *request, response, [&](ReadTx& tx, const CallContext&) {
          return casework::ListUpstreamVendors(tx, *exposures_, *request, response);
        });
  }

 private:
  StandardCalls calls_;
  casework::Exposures* const exposures_;
};

}  // namespace rollcall::rpc

#endif  // ROLLCALL_SERVER_RPC_SUBPROCESSOR_SERVICE_H_
