// The transfer service.

#ifndef ROLLCALL_SERVER_RPC_TRANSFER_SERVICE_H_
#define ROLLCALL_SERVER_RPC_TRANSFER_SERVICE_H_

#include <vector>

#include "rollcall/v1/transfer_service.grpc.pb.h"
#include "server/casework/exposures.h"
#include "server/casework/transfer_check.h"
#include "server/casework/transfers.h"
#include "server/rpc/standard_calls.h"

namespace rollcall::rpc {

class TransferService final : public v1::TransferService::Service {
 public:
  TransferService(const StandardCalls& calls, Store* store, casework::Exposures* exposures)
      : calls_(calls),
        store_(store),
        exposures_(exposures),
        indexes_(&exposures->ids()),
        find_undeclared_([exposures](ReadTx& tx, const v1::PlannedTransfer& planned,
                                     const casework::MatchedIds& matched,
                                     std::vector<v1::TransferFinding>* findings) {
          return casework::FindUndeclaredParts(tx, *exposures, planned, matched, findings);
        }) {}

  grpc::Status RecordTransfer(grpc::ServerContext* context,
                              grpc::ServerReader<v1::RecordTransferRequest>* reader,
                              v1::Transfer* response) override;
  grpc::Status CheckTransfer(grpc::ServerContext* context,
                             grpc::ServerReaderWriter<v1::CheckTransferResponse,
                                                      v1::CheckTransferRequest>* stream) override;
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
  casework::Exposures* const exposures_;
  roster::IdIndexCache* const indexes_;
  const casework::FindUndeclared find_undeclared_;
};

}  // namespace rollcall::rpc

#endif  // ROLLCALL_SERVER_RPC_TRANSFER_SERVICE_H_
