// The register service: whole vendors, and the server's word on itself.

#ifndef ROLLCALL_SERVER_RPC_REGISTER_SERVICE_H_
#define ROLLCALL_SERVER_RPC_REGISTER_SERVICE_H_

#include "rollcall/v1/register_service.grpc.pb.h"
#include "server/registry/vendor_file.h"
#include "server/rpc/standard_calls.h"
#include "server/runtime/version.h"
#include "storage/register_tables.h"
#include "storage/status.h"
#include "storage/value_codec.h"

namespace rollcall::rpc {

class RegisterService final : public v1::RegisterService::Service {
 public:
  RegisterService(const StandardCalls& calls, Store* store, absl::Time start)
      : calls_(calls), store_(store), start_(start) {}

  grpc::Status ApplyVendorFile(grpc::ServerContext* context,
                               const v1::ApplyVendorFileRequest* request,
                               v1::ApplyVendorFileResponse* response) override {
    return calls_.pipeline()->Write(
        context, *request, response, [&](WriteTx& tx, const CallContext&) {
          return registry::ApplyVendorFile(tx, request->file(), response);
        });
  }

  grpc::Status ExportVendorFile(grpc::ServerContext* context,
                                const v1::ExportVendorFileRequest* request,
                                v1::VendorFile* response) override {
    return calls_.pipeline()->Read(
        context, *request, response, [&](ReadTx& tx, const CallContext& call) {
          return registry::ExportVendorFile(tx, calls_.district().Today(call), request->name(),
                                            response);
        });
  }

  grpc::Status GetServerInfo(grpc::ServerContext* context, const v1::GetServerInfoRequest* request,
                             v1::ServerInfo* response) override {
    return calls_.pipeline()->Read(context, *request, response,
                                   [&](ReadTx& tx, const CallContext&) -> absl::Status {
                                     response->set_version(runtime::kVersion);
                                     response->set_revision(tx.revision());
                                     response->set_schema_version(store_->schema_version());
                                     RC_ASSIGN_OR_RETURN(*response->mutable_catalog_version(),
                                                         GetSetting(tx, "catalog_version"));
                                     response->set_time_zone(calls_.district().time_zone_name);
                                     response->set_storage_engine(std::string(store_->engine()));
                                     *response->mutable_start_time() = ToTimestamp(start_);
                                     return absl::OkStatus();
                                   });
  }

 private:
  StandardCalls calls_;
  Store* const store_;
  const absl::Time start_;
};

}  // namespace rollcall::rpc

#endif  // ROLLCALL_SERVER_RPC_REGISTER_SERVICE_H_
