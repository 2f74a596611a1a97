// The contract service: one line a method.

#ifndef ROLLCALL_SERVER_RPC_CONTRACT_SERVICE_H_
#define ROLLCALL_SERVER_RPC_CONTRACT_SERVICE_H_

#include "rollcall/v1/contract_service.grpc.pb.h"
#include "server/registry/collections.h"
#include "server/registry/contract_state.h"
#include "server/rpc/standard_calls.h"

namespace rollcall::rpc {

class ContractService final : public v1::ContractService::Service {
 public:
  explicit ContractService(const StandardCalls& calls) : calls_(calls) {}

  grpc::Status GetContract(grpc::ServerContext* context, const v1::GetContractRequest* request,
                           v1::Contract* response) override {
    return calls_.Get(context, registry::Contracts(), request, response);
  }

  grpc::Status ListContracts(grpc::ServerContext* context, const v1::ListContractsRequest* request,
                             v1::ListContractsResponse* response) override {
    return calls_.List(context, registry::Contracts(), request, response);
  }

  grpc::Status CreateContract(grpc::ServerContext* context,
                              const v1::CreateContractRequest* request,
                              v1::Contract* response) override {
    return calls_.Create(context, registry::Contracts(), request, response);
  }

  grpc::Status UpdateContract(grpc::ServerContext* context,
                              const v1::UpdateContractRequest* request,
                              v1::Contract* response) override {
    return calls_.Update(context, registry::Contracts(), request, response);
  }

  grpc::Status DeleteContract(grpc::ServerContext* context,
                              const v1::DeleteContractRequest* request,
                              google::protobuf::Empty* response) override {
    return calls_.Delete(context, registry::Contracts(), request, response);
  }

  grpc::Status GetClause(grpc::ServerContext* context, const v1::GetClauseRequest* request,
                         v1::Clause* response) override {
    return calls_.Get(context, registry::Clauses(), request, response);
  }

  grpc::Status ListClauses(grpc::ServerContext* context, const v1::ListClausesRequest* request,
                           v1::ListClausesResponse* response) override {
    return calls_.List(context, registry::Clauses(), request, response);
  }

  grpc::Status CreateClause(grpc::ServerContext* context, const v1::CreateClauseRequest* request,
                            v1::Clause* response) override {
    return calls_.Create(context, registry::Clauses(), request, response);
  }

  grpc::Status UpdateClause(grpc::ServerContext* context, const v1::UpdateClauseRequest* request,
                            v1::Clause* response) override {
    return calls_.Update(context, registry::Clauses(), request, response);
  }

  grpc::Status DeleteClause(grpc::ServerContext* context, const v1::DeleteClauseRequest* request,
                            google::protobuf::Empty* response) override {
    return calls_.Delete(context, registry::Clauses(), request, response);
  }

  grpc::Status GetDocument(grpc::ServerContext* context, const v1::GetDocumentRequest* request,
                           v1::Document* response) override {
    return calls_.Get(context, registry::Documents(), request, response);
  }

  grpc::Status ListDocuments(grpc::ServerContext* context, const v1::ListDocumentsRequest* request,
                             v1::ListDocumentsResponse* response) override {
    return calls_.List(context, registry::Documents(), request, response);
  }

  grpc::Status CreateDocument(grpc::ServerContext* context,
                              const v1::CreateDocumentRequest* request,
                              v1::Document* response) override {
    return calls_.Create(context, registry::Documents(), request, response);
  }

  grpc::Status TerminateContract(grpc::ServerContext* context,
                                 const v1::TerminateContractRequest* request,
                                 v1::Contract* response) override {
    return calls_.pipeline()->Write(
        context, *request, response, [&](WriteTx& tx, const CallContext& call) {
          return registry::TerminateContract(tx, calls_.district().Today(call), *request, response);
        });
  }

 private:
  StandardCalls calls_;
};

}  // namespace rollcall::rpc

#endif  // ROLLCALL_SERVER_RPC_CONTRACT_SERVICE_H_
