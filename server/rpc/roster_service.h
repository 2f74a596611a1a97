// The roster service: imports as a stream, and reading.

#ifndef ROLLCALL_SERVER_RPC_ROSTER_SERVICE_H_
#define ROLLCALL_SERVER_RPC_ROSTER_SERVICE_H_

#include <mutex>
#include <string>

#include "rollcall/v1/roster_service.grpc.pb.h"
#include "server/roster/package.h"
#include "server/rpc/standard_calls.h"

namespace rollcall::rpc {

// How much an import may bring.
struct ImportLimits {
  std::string spool_directory;
  std::uint64_t max_package_bytes = 0;
  roster::PackageLimits package;
};

class RosterService final : public v1::RosterService::Service {
 public:
  RosterService(const StandardCalls& calls, ImportLimits limits)
      : calls_(calls), limits_(std::move(limits)) {}

  grpc::Status ImportRoster(
      grpc::ServerContext* context,
      grpc::ServerReaderWriter<v1::ImportRosterResponse, v1::ImportRosterRequest>* stream) override;
  grpc::Status GetRosterImport(grpc::ServerContext* context,
                               const v1::GetRosterImportRequest* request,
                               v1::RosterImport* response) override;
  grpc::Status ListRosterImports(grpc::ServerContext* context,
                                 const v1::ListRosterImportsRequest* request,
                                 v1::ListRosterImportsResponse* response) override;
  grpc::Status GetPerson(grpc::ServerContext* context, const v1::GetPersonRequest* request,
                         v1::Person* response) override;
  grpc::Status ListPeople(grpc::ServerContext* context, const v1::ListPeopleRequest* request,
                          v1::ListPeopleResponse* response) override;
  grpc::Status ListEnrollments(grpc::ServerContext* context,
                               const v1::ListEnrollmentsRequest* request,
                               v1::ListEnrollmentsResponse* response) override;
  grpc::Status ListProgramSpells(grpc::ServerContext* context,
                                 const v1::ListProgramSpellsRequest* request,
                                 v1::ListProgramSpellsResponse* response) override;
  grpc::Status ListSchools(grpc::ServerContext* context, const v1::ListSchoolsRequest* request,
                           v1::ListSchoolsResponse* response) override;
  grpc::Status GetRosterSummary(grpc::ServerContext* context,
                                const v1::GetRosterSummaryRequest* request,
                                v1::RosterSummary* response) override;

 private:
  using ImportStream = grpc::ServerReaderWriter<v1::ImportRosterResponse, v1::ImportRosterRequest>;

  absl::Status Import(const CallContext& call, ImportStream* stream);

  StandardCalls calls_;
  const ImportLimits limits_;
  std::mutex import_mutex_;  // One import at a time.
};

}  // namespace rollcall::rpc

#endif  // ROLLCALL_SERVER_RPC_ROSTER_SERVICE_H_
