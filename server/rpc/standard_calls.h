// Binds the standard methods of collections to the pipeline, so that a service's method is one
// line.

#ifndef ROLLCALL_SERVER_RPC_STANDARD_CALLS_H_
#define ROLLCALL_SERVER_RPC_STANDARD_CALLS_H_

#include <string>

#include "absl/time/time.h"
#include "server/casework/clock.h"
#include "server/registry/collection.h"
#include "server/rpc/pipeline.h"

namespace rollcall::rpc {

// The district whose register this is.
struct District {
  std::string time_zone_name;
  absl::TimeZone time_zone;

  // The local day of a call.
  absl::CivilDay Today(const CallContext& call) const {
    return casework::LocalDay(call.start, time_zone);
  }
};

// Thread-safe; refers to parts that outlive it.
class StandardCalls {
 public:
  StandardCalls(Pipeline* pipeline, const District* district, runtime::IdGenerator* ids)
      : pipeline_(pipeline), district_(district), ids_(ids) {}

  template <typename Request, typename Response>
  grpc::Status Get(grpc::ServerContext* context, const registry::Collection& collection,
                   const Request* request, Response* response) {
    return pipeline_->Read(context, *request, response, [&](ReadTx& tx, const CallContext& call) {
      return registry::GetRecord(tx, collection, district_->Today(call), *request, response);
    });
  }

  template <typename Request, typename Response>
  grpc::Status List(grpc::ServerContext* context, const registry::Collection& collection,
                    const Request* request, Response* response) {
    return pipeline_->Read(context, *request, response, [&](ReadTx& tx, const CallContext& call) {
      return registry::ListRecords(tx, collection, district_->Today(call), *request, response);
    });
  }

  template <typename Request, typename Response>
  grpc::Status Create(grpc::ServerContext* context, const registry::Collection& collection,
                      const Request* request, Response* response) {
    return pipeline_->Write(context, *request, response, [&](WriteTx& tx, const CallContext& call) {
      return registry::CreateRecord(tx, collection, district_->Today(call), *ids_, *request,
                                    response);
    });
  }

  template <typename Request, typename Response>
  grpc::Status Update(grpc::ServerContext* context, const registry::Collection& collection,
                      const Request* request, Response* response) {
    return pipeline_->Write(context, *request, response, [&](WriteTx& tx, const CallContext& call) {
      return registry::UpdateRecord(tx, collection, district_->Today(call), *request, response);
    });
  }

  template <typename Request, typename Response>
  grpc::Status Delete(grpc::ServerContext* context, const registry::Collection& collection,
                      const Request* request, Response* response) {
    return pipeline_->Write(context, *request, response, [&](WriteTx& tx, const CallContext&) {
      return registry::DeleteRecord(tx, collection, *request);
    });
  }

  Pipeline* pipeline() const { return pipeline_; }
  const District& district() const { return *district_; }
  runtime::IdGenerator& ids() const { return *ids_; }

 private:
  Pipeline* const pipeline_;
  const District* const district_;
  runtime::IdGenerator* const ids_;
};

}  // namespace rollcall::rpc

#endif  // ROLLCALL_SERVER_RPC_STANDARD_CALLS_H_
