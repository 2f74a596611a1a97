// The transfer service.

#ifndef ROLLCALL_SERVER_RPC_TRANSFER_SERVICE_H_
#define ROLLCALL_SERVER_RPC_TRANSFER_SERVICE_H_

#include <utility>

#include "rollcall/v1/transfer_service.grpc.pb.h"
#include "server/casework/transfers.h"
#include "server/rpc/standard_calls.h"

namespace rollcall::rpc {

class TransferService final : public v1::TransferService::Service {
 public:
  TransferService(const StandardCalls& calls, Store* store, roster::IdIndexCache* indexes,
                  casework::FindUndeclared find_undeclared)
      : calls_(calls),
        store_(store),
        indexes_(indexes),
        find_undeclared_(std::move(find_undeclared)) {}

  grpc::Status RecordTransfer(grpc::ServerContext* context,
                              grpc::ServerReader<v1::RecordTransferRequest>* reader,
                              v1::Transfer* response) override;
  grpc::Status GetTransfer(grpc::ServerContext* context, const v1::GetTransferRequest* request,
                           v1::Transfer* response) override;
  grpc::Status ListTransfers(grpc::ServerContext* context, const v1::ListTransfersRequest* request,
                             v1::ListTransfersResponse* response) override;
  grpc::Status ListUnmatchedTransferIds(grpc::ServerContext* context,
                                        const v1::ListUnmatchedTransferIdsRequest* request,
                                        v1::ListUnmatchedTransferIdsResponse* response) override;

 private:
  StandardCalls calls_;
  Store* const store_;
  roster::IdIndexCache* const indexes_;
  const casework::FindUndeclared find_undeclared_;
};

}  // namespace rollcall::rpc

#endif  // ROLLCALL_SERVER_RPC_TRANSFER_SERVICE_H_
