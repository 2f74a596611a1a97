// The share service: one line a method.

#ifndef ROLLCALL_SERVER_RPC_SHARE_SERVICE_H_
#define ROLLCALL_SERVER_RPC_SHARE_SERVICE_H_

#include "rollcall/v1/share_service.grpc.pb.h"
#include "server/registry/collections.h"
#include "server/rpc/standard_calls.h"

namespace rollcall::rpc {

class ShareService final : public v1::ShareService::Service {
 public:
  explicit ShareService(const StandardCalls& calls) : calls_(calls) {}

  grpc::Status GetShare(grpc::ServerContext* context, const v1::GetShareRequest* request,
                        v1::Share* response) override {
    return calls_.Get(context, registry::Shares(), request, response);
  }

  grpc::Status ListShares(grpc::ServerContext* context, const v1::ListSharesRequest* request,
                          v1::ListSharesResponse* response) override {
    return calls_.List(context, registry::Shares(), request, response);
  }

  grpc::Status CreateShare(grpc::ServerContext* context, const v1::CreateShareRequest* request,
                           v1::Share* response) override {
    return calls_.Create(context, registry::Shares(), request, response);
  }

  grpc::Status UpdateShare(grpc::ServerContext* context, const v1::UpdateShareRequest* request,
                           v1::Share* response) override {
    return calls_.Update(context, registry::Shares(), request, response);
  }

  grpc::Status DeleteShare(grpc::ServerContext* context, const v1::DeleteShareRequest* request,
                           google::protobuf::Empty* response) override {
    return calls_.Delete(context, registry::Shares(), request, response);
  }

 private:
  StandardCalls calls_;
};

}  // namespace rollcall::rpc

#endif  // ROLLCALL_SERVER_RPC_SHARE_SERVICE_H_
