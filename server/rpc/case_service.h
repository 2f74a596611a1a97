// The case service: one line a method.

#ifndef ROLLCALL_SERVER_RPC_CASE_SERVICE_H_
#define ROLLCALL_SERVER_RPC_CASE_SERVICE_H_

#include "rollcall/v1/case_service.grpc.pb.h"
#include "server/casework/approval.h"
#include "server/casework/cases.h"
#include "server/rpc/standard_calls.h"

namespace rollcall::rpc {

class CaseService final : public v1::CaseService::Service {
 public:
  CaseService(const StandardCalls& calls, Store* store, casework::Exposures* exposures)
      : calls_(calls), store_(store), exposures_(exposures) {}

  grpc::Status OpenCase(grpc::ServerContext* context, const v1::OpenCaseRequest* request,
                        v1::Case* response) override {
    return calls_.pipeline()->Stream(
        context, *request, /*check_request=*/true, [&](const CallContext& call) -> absl::Status {
          // Exposure and digest are computed before writers have to wait; if the register changes
          // in between, the transaction computes them again. What fails here fails there too.
          store_
              ->Read(call.cancelled,
                     [&](ReadTx& tx) {
                       return casework::PrepareCase(tx, *exposures_, Local(call).today, *request);
                     })
              .IgnoreError();
          return calls_.pipeline()->RunWrite(
              call, *request, response, [&](WriteTx& tx, const CallContext& inner) {
                return casework::OpenCase(tx, *exposures_, Local(inner), calls_.ids(), *request,
                                          response);
              });
        });
  }

  grpc::Status GetCase(grpc::ServerContext* context, const v1::GetCaseRequest* request,
                       v1::Case* response) override {
    return calls_.pipeline()->Read(
        context, *request, response, [&](ReadTx& tx, const CallContext& call) {
          return casework::GetCase(tx, Local(call), request->name(), response);
        });
  }

  grpc::Status ListCases(grpc::ServerContext* context, const v1::ListCasesRequest* request,
                         v1::ListCasesResponse* response) override {
    return calls_.pipeline()->Read(
        context, *request, response, [&](ReadTx& tx, const CallContext& call) {
          return casework::ListCases(tx, Local(call), *request, response);
        });
  }

  grpc::Status GetNotice(grpc::ServerContext* context, const v1::GetNoticeRequest* request,
                         v1::Notice* response) override {
    return calls_.pipeline()->Read(context, *request, response,
                                   [&](ReadTx& tx, const CallContext&) {
                                     return casework::GetNotice(tx, *request, response);
                                   });
  }

  grpc::Status ListNotices(grpc::ServerContext* context, const v1::ListNoticesRequest* request,
                           v1::ListNoticesResponse* response) override {
    return calls_.pipeline()->Read(context, *request, response,
                                   [&](ReadTx& tx, const CallContext&) {
                                     return casework::ListNotices(tx, *request, response);
                                   });
  }

  grpc::Status ApproveCase(grpc::ServerContext* context, const v1::ApproveCaseRequest* request,
                           v1::Case* response) override {
    return calls_.pipeline()->Write(
        context, *request, response, [&](WriteTx& tx, const CallContext& call) {
          return casework::ApproveCase(tx, Local(call), *request, response);
        });
  }

  grpc::Status RecordNoticesSent(grpc::ServerContext* context,
                                 const v1::RecordNoticesSentRequest* request,
                                 v1::RecordNoticesSentResponse* response) override {
    return calls_.pipeline()->Write(
        context, *request, response, [&](WriteTx& tx, const CallContext& call) {
          return casework::RecordNoticesSent(tx, Local(call), *request, response);
        });
  }

  grpc::Status CloseCase(grpc::ServerContext* context, const v1::CloseCaseRequest* request,
                         v1::Case* response) override {
    return calls_.pipeline()->Write(
        context, *request, response, [&](WriteTx& tx, const CallContext& call) {
          return casework::CloseCase(tx, Local(call), *request, response);
        });
  }

 private:
  casework::LocalTime Local(const CallContext& call) const {
    const District& district = calls_.district();
    return {district.Today(call), district.time_zone_name, district.time_zone};
  }

  StandardCalls calls_;
  Store* const store_;
  casework::Exposures* const exposures_;
};

}  // namespace rollcall::rpc

#endif  // ROLLCALL_SERVER_RPC_CASE_SERVICE_H_
