#include "server/rpc/transfer_service.h"

#include <algorithm>

#include "server/rpc/id_stream.h"
#include "storage/status.h"

namespace rollcall::rpc {
namespace {

// Positions in one message of an answer, which stays far below what clients accept.
constexpr std::size_t kPositions = 100'000;

}  // namespace

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
  return calls_.pipeline()->Read(context, *request, response, [&](ReadTx& tx, const CallContext&) {
    return casework::ListUnmatchedTransferIds(tx, *request, response);
  });
}

grpc::Status TransferService::CheckTransfer(
    grpc::ServerContext* context,
    grpc::ServerReaderWriter<v1::CheckTransferResponse, v1::CheckTransferRequest>* stream) {
  const v1::CheckTransferRequest kind_of_call;
  return calls_.pipeline()->Stream(
      context, kind_of_call, /*check_request=*/false, [&](const CallContext& call) -> absl::Status {
        v1::PlannedTransfer planned;
        casework::IdList ids;
        RC_RETURN_IF_ERROR(ReadIdStream<v1::CheckTransferRequest>(stream, call, &planned, &ids));
        std::vector<casework::TransferObstacle> obstacles;
        std::int64_t revision = 0;
        RC_RETURN_IF_ERROR(store_->Read(call.cancelled, [&](ReadTx& tx) -> absl::Status {
          revision = tx.revision();
          RC_ASSIGN_OR_RETURN(
              const casework::MatchedIds matched,
              casework::MatchIds(tx, *indexes_, ids, planned.id_kind(), planned.subject()));
          RC_ASSIGN_OR_RETURN(obstacles, casework::FindObstacles(tx, *exposures_, planned, matched,
                                                                 calls_.district().Today(call)));
          return absl::OkStatus();
        }));
        const auto gone = [] {
          return MakeError(absl::StatusCode::kCancelled, "CANCELLED",
                           "the caller stopped reading; what it has is not the answer");
        };
        std::vector<bool> refused(ids.size());
        v1::CheckTransferResponse message;
        for (std::size_t i = 0; i < obstacles.size(); ++i) {
          const casework::TransferObstacle& obstacle = obstacles[i];
          if (obstacle.positions.empty()) refused.assign(ids.size(), true);
          for (const std::uint32_t position : obstacle.positions) refused[position] = true;
          std::size_t begin = 0;
          do {
            const std::size_t end = std::min(begin + kPositions, obstacle.positions.size());
            v1::CheckTransferFinding* finding = message.mutable_finding();
            finding->Clear();
            finding->set_number(static_cast<std::int32_t>(i));
            *finding->mutable_finding() = obstacle.finding;
            finding->mutable_positions()->Add(obstacle.positions.data() + begin,
                                              obstacle.positions.data() + end);
            if (!call.peer->Await([&] { return stream->Write(message); })) return gone();
            begin = end;
          } while (begin < obstacle.positions.size());
        }
        v1::CheckTransferClosing* closing = message.mutable_closing();
        closing->set_allowed(obstacles.empty());
        closing->set_ids(static_cast<std::int64_t>(ids.size()));
        closing->set_allowed_ids(std::count(refused.begin(), refused.end(), false));
        closing->set_findings(static_cast<std::int32_t>(obstacles.size()));
        closing->set_revision(revision);
        return call.peer->Await([&] { return stream->Write(message); }) ? absl::OkStatus() : gone();
      });
}

}  // namespace rollcall::rpc
