// The disclosure service: one line a method.

#ifndef ROLLCALL_SERVER_RPC_DISCLOSURE_SERVICE_H_
#define ROLLCALL_SERVER_RPC_DISCLOSURE_SERVICE_H_

#include "rollcall/v1/disclosure_service.grpc.pb.h"
#include "server/casework/disclosure_record.h"
#include "server/rpc/standard_calls.h"

namespace rollcall::rpc {

class DisclosureService final : public v1::DisclosureService::Service {
 public:
  DisclosureService(const StandardCalls& calls, casework::Portfolio* portfolio)
      : calls_(calls), portfolio_(portfolio) {}

  grpc::Status GetDisclosureRecord(grpc::ServerContext* context,
                                   const v1::GetDisclosureRecordRequest* request,
                                   v1::DisclosureRecord* response) override {
    return calls_.pipeline()->Read(
        context, *request, response, [&](ReadTx& tx, const CallContext& call) {
          return casework::GetDisclosureRecord(tx, *portfolio_, calls_.district().Today(call),
                                               *request, response);
        });
  }

  grpc::Status ListDisclosures(grpc::ServerContext* context,
                               const v1::ListDisclosuresRequest* request,
                               v1::ListDisclosuresResponse* response) override {
    return calls_.pipeline()->Read(
        context, *request, response, [&](ReadTx& tx, const CallContext& call) {
          return casework::ListDisclosures(tx, *portfolio_, calls_.district().Today(call), *request,
                                           response);
        });
  }

 private:
  StandardCalls calls_;
  casework::Portfolio* const portfolio_;
};

}  // namespace rollcall::rpc

#endif  // ROLLCALL_SERVER_RPC_DISCLOSURE_SERVICE_H_
