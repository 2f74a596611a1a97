// The incident service: incidents, and statements with their lists.

#ifndef ROLLCALL_SERVER_RPC_INCIDENT_SERVICE_H_
#define ROLLCALL_SERVER_RPC_INCIDENT_SERVICE_H_

#include "rollcall/v1/incident_service.grpc.pb.h"
#include "server/rpc/standard_calls.h"

namespace rollcall::rpc {

class IncidentService final : public v1::IncidentService::Service {
 public:
  explicit IncidentService(const StandardCalls& calls) : calls_(calls) {}

  grpc::Status GetIncident(grpc::ServerContext* context, const v1::GetIncidentRequest* request,
                           v1::Incident* response) override;
  grpc::Status ListIncidents(grpc::ServerContext* context, const v1::ListIncidentsRequest* request,
                             v1::ListIncidentsResponse* response) override;
  grpc::Status CreateIncident(grpc::ServerContext* context,
                              const v1::CreateIncidentRequest* request,
                              v1::Incident* response) override;
  grpc::Status UpdateIncident(grpc::ServerContext* context,
                              const v1::UpdateIncidentRequest* request,
                              v1::Incident* response) override;
  grpc::Status GetStatement(grpc::ServerContext* context, const v1::GetStatementRequest* request,
                            v1::Statement* response) override;
  grpc::Status ListStatements(grpc::ServerContext* context,
                              const v1::ListStatementsRequest* request,
                              v1::ListStatementsResponse* response) override;
  grpc::Status CreateStatement(grpc::ServerContext* context,
                               const v1::CreateStatementRequest* request,
                               v1::Statement* response) override;
  grpc::Status ImportStatement(grpc::ServerContext* context,
                               grpc::ServerReader<v1::ImportStatementRequest>* reader,
                               v1::Statement* response) override;
  grpc::Status ListUnmatchedEntries(grpc::ServerContext* context,
                                    const v1::ListUnmatchedEntriesRequest* request,
                                    v1::ListUnmatchedEntriesResponse* response) override;

 private:
  StandardCalls calls_;
};

}  // namespace rollcall::rpc

#endif  // ROLLCALL_SERVER_RPC_INCIDENT_SERVICE_H_
