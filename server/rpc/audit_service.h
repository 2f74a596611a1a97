// The audit service: reading the tamper-evident log, with proofs.

#ifndef ROLLCALL_SERVER_RPC_AUDIT_SERVICE_H_
#define ROLLCALL_SERVER_RPC_AUDIT_SERVICE_H_

#include "rollcall/v1/audit_service.grpc.pb.h"
#include "server/audit/signed_note.h"
#include "server/rpc/standard_calls.h"

namespace rollcall::rpc {

class AuditService final : public v1::AuditService::Service {
 public:
  // `key` is whose signature the checkpoints carry.
  AuditService(const StandardCalls& calls, Store* store, audit::NoteKey key)
      : calls_(calls), store_(store), key_(std::move(key)) {}

  grpc::Status ListAuditEntries(grpc::ServerContext* context,
                                const v1::ListAuditEntriesRequest* request,
                                v1::ListAuditEntriesResponse* response) override;
  grpc::Status GetAuditCheckpoint(grpc::ServerContext* context,
                                  const v1::GetAuditCheckpointRequest* request,
                                  v1::AuditCheckpoint* response) override;
  grpc::Status GetInclusionProof(grpc::ServerContext* context,
                                 const v1::GetInclusionProofRequest* request,
                                 v1::InclusionProof* response) override;
  grpc::Status GetConsistencyProof(grpc::ServerContext* context,
                                   const v1::GetConsistencyProofRequest* request,
                                   v1::ConsistencyProof* response) override;
  grpc::Status StreamAuditEntries(
      grpc::ServerContext* context, const v1::StreamAuditEntriesRequest* request,
      grpc::ServerWriter<v1::StreamAuditEntriesResponse>* writer) override;

 private:
  StandardCalls calls_;
  Store* const store_;
  const audit::NoteKey key_;
};

}  // namespace rollcall::rpc

#endif  // ROLLCALL_SERVER_RPC_AUDIT_SERVICE_H_
