#include "server/rpc/transfer_service.h"

#include "server/rpc/id_stream.h"
#include "storage/status.h"

namespace rollcall::rpc {

grpc::Status TransferService::RecordTransfer(grpc::ServerContext* context,
                                             grpc::ServerReader<v1::RecordTransferRequest>* reader,
                                             v1::Transfer* response) {
  const v1::RecordTransferRequest kind_of_call;
  return calls_.pipeline()->Stream(
      context, kind_of_call, /*check_request=*/false, [&](const CallContext& call) -> absl::Status {
        v1::NewTransfer request;
        casework::IdList ids;
        RC_RETURN_IF_ERROR(ReadIdStream<v1::RecordTransferRequest>(reader, call, &request, &ids));
        // Matching takes no turn among the writers.
        casework::MatchedIds matched;
        RC_RETURN_IF_ERROR(store_->Read(call.cancelled, [&](ReadTx& tx) -> absl::Status {
          RC_ASSIGN_OR_RETURN(matched,
                              casework::MatchIds(tx, *indexes_, ids, request.transfer().id_kind(),
                                                 request.transfer().subject()));
          return absl::OkStatus();
        }));
        // What a retry is compared with is the request with a digest in the place of the ids.
        v1::NewTransfer key = request;
        if (!key.request_id().empty()) key.mutable_transfer()->set_etag(ids.Digest());
        const casework::TransferParts parts = {calls_.district().time_zone, &calls_.ids(), indexes_,
                                               &find_undeclared_};
        return calls_.pipeline()->RunWrite(
            call, key, response, [&](WriteTx& tx, const CallContext&) {
              return casework::RecordTransfer(tx, parts, request, ids, &matched, response);
            });
      });
}

grpc::Status TransferService::GetTransfer(grpc::ServerContext* context,
                                          const v1::GetTransferRequest* request,
                                          v1::Transfer* response) {
  return calls_.Get(context, casework::Transfers(), request, response);
}

grpc::Status TransferService::ListTransfers(grpc::ServerContext* context,
                                            const v1::ListTransfersRequest* request,
                                            v1::ListTransfersResponse* response) {
  return calls_.List(context, casework::Transfers(), request, response);
}

grpc::Status TransferService::ListUnmatchedTransferIds(
    grpc::ServerContext* context, const v1::ListUnmatchedTransferIdsRequest* request,
    v1::ListUnmatchedTransferIdsResponse* response) {
  return calls_.pipeline()->Read(context, *request, [&](ReadTx& tx, const CallContext&) {
    return casework::ListUnmatchedTransferIds(tx, *request, response);
  });
}

}  // namespace rollcall::rpc
