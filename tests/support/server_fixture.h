// A whole server inside the test's process, on a real database file, a Unix socket and a loopback
// port.

#ifndef ROLLCALL_TESTS_SUPPORT_SERVER_FIXTURE_H_
#define ROLLCALL_TESTS_SUPPORT_SERVER_FIXTURE_H_

#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "rollcall/v1/roster_service.grpc.pb.h"
#include "server/access/first_access.h"
#include "server/access/roles.h"
#include "server/access/server_tls.h"
#include "server/audit/audit_log.h"
#include "server/audit/signing_key.h"
#include "server/casework/clock.h"
#include "server/server.h"
#include "tests/casework/small_register.h"
#include "tests/support/test_pki.h"

namespace rollcall::testing {

// What an error carries besides its code and message.
struct ErrorDetails {
  google::rpc::ErrorInfo info;
  std::vector<std::string> fields;  // Of BadRequest.
  bool retry = false;               // RetryInfo is there.
};

inline ErrorDetails DetailsOf(const grpc::Status& status) {
  ErrorDetails details;
  google::rpc::Status packed;
  if (!packed.ParseFromString(status.error_details())) return details;
  for (const auto& any : packed.details()) {
    google::rpc::BadRequest bad_request;
    if (any.Is<google::rpc::ErrorInfo>()) any.UnpackTo(&details.info);
    if (any.Is<google::rpc::RetryInfo>()) details.retry = true;
    if (any.UnpackTo(&bad_request)) {
      for (const auto& violation : bad_request.field_violations()) {
        details.fields.push_back(violation.field());
      }
    }
  }
  return details;
}

inline std::string ReasonOf(const grpc::Status& status) { return DetailsOf(status).info.reason(); }

// The outcome of a streamed import.
struct StreamedImport {
  grpc::Status status;
  std::vector<v1::ImportProgress> progress;
  std::optional<v1::RosterImport> result;
};

// Serves a SmallRegister. The clock stands at noon of 2025-02-20 in Chicago.
class TestServer {
 public:
  explicit TestServer(const std::function<void(runtime::Config*)>& change = nullptr) {
    register_.clock.Set(absl::FromCivil(absl::CivilHour(2025, 2, 20, 18), absl::UTCTimeZone()));
    runtime::Config config;
    const std::string socket = pki_.dir().Path("socket");
    config.listen = {{"127.0.0.1:0", ""}, {absl::StrCat("unix:", socket), socket}};
    config.data_dir = register_.dir().Path("");
    config.time_zone = *casework::LoadZone(config.time_zone_name);
    if (change) change(&config);
    auto tls = access::ServerTls::Load(pki_.files(), &register_.clock);
    SmallRegister::Must(tls.status());
    tls_ = *std::move(tls);
    const std::string signing_key = pki_.dir().Path("audit.key");
    SmallRegister::Must(audit::SigningKey::Make(signing_key));
    auto key = audit::SigningKey::Load(signing_key);
    SmallRegister::Must(key.status());
    signing_key_ = std::make_unique<audit::SigningKey>(*std::move(key));
    auto log =
        audit::AuditLog::Open(&register_.store(), signing_key_.get(),
                              {.head_path = pki_.dir().Path("audit.head")}, register_.clock.Now());
    SmallRegister::Must(log.status());
    audit_log_ = *std::move(log);
    register_.store().SetJournal(audit_log_.get());
    SmallRegister::Must(access::PrepareAccess(register_.store(), register_.clock.Now()));
    SmallRegister::Must(register_.Write([&](WriteTx& tx) -> absl::Status {
      for (const v1::Role& role : access::BuiltInRoles()) {
        RC_RETURN_IF_ERROR(access::GiveRole(tx, register_.ids, "local", role.name(), "a test"));
      }
      return absl::OkStatus();
    }));
    auto server = Server::Start(config, {.store = &register_.store(),
                                         .clock = &register_.clock,
                                         .ids = &register_.ids,
                                         .tls = tls_.get(),
                                         .audit_log = audit_log_.get()});
    SmallRegister::Must(server.status());
    server_ = *std::move(server);
    channel_ = grpc::CreateCustomChannel(
        absl::StrCat("unix:", socket), grpc::experimental::LocalCredentials(UDS), OwnConnection());
  }

  ~TestServer() {
    server_.reset();
    register_.store().SetJournal(nullptr);
  }
  TestServer(const TestServer&) = delete;
  TestServer& operator=(const TestServer&) = delete;

  SmallRegister& reg() { return register_; }
  Server& server() { return *server_; }
  TestPki& pki() { return pki_; }
  access::ServerTls& tls() { return *tls_; }

  // The channel through the Unix socket: whoever uses it is `local`.
  const std::shared_ptr<grpc::Channel>& channel() const { return channel_; }

  // A new connection over TLS by somebody who shows a certificate, or none.
  std::shared_ptr<grpc::Channel> Connect(const access::IssuedCertificate& shown = {}) const {
    return grpc::CreateCustomChannel(absl::StrCat("127.0.0.1:", server_->ports().at(0)),
                                     pki_.Client(shown), OwnConnection());
  }

  template <typename Service>
  std::unique_ptr<typename Service::Stub> Stub() const {
    return Service::NewStub(channel_);
  }

  // Lets a call see personal fields.
  static void StatePurpose(grpc::ClientContext* context) {
    context->AddMetadata("rollcall-purpose", "a test");
  }

  // One unary call that states a purpose; `method` is a member of the stub.
  template <typename Service, typename Request, typename Response>
  grpc::Status Call(grpc::Status (Service::Stub::*method)(grpc::ClientContext*, const Request&,
                                                          Response*),
                    const Request& request, Response* response) const {
    grpc::ClientContext context;
    StatePurpose(&context);
    const auto stub = Service::NewStub(channel_);
    return (stub.get()->*method)(&context, request, response);
  }

  // Sends configuration, files and totals, half-closes, and reads to the end.
  StreamedImport Import(const v1::ImportRosterConfig& config, const roster::Files& files) const {
    grpc::ClientContext context;
    const auto stub = v1::RosterService::NewStub(channel_);
    const auto stream = stub->ImportRoster(&context);
    v1::ImportRosterRequest request;
    *request.mutable_config() = config;
    bool open = stream->Write(request);
    v1::ImportTotals totals;
    for (const auto& [name, content] : files) {
      totals.set_files(totals.files() + 1);
      totals.set_bytes(totals.bytes() + static_cast<std::int64_t>(content.size()));
      request.set_file_name(name);
      open = open && stream->Write(request);
      constexpr std::size_t kChunk = 1U << 18U;
      for (std::size_t at = 0; open && at < content.size(); at += kChunk) {
        request.set_chunk(content.substr(at, kChunk));
        open = stream->Write(request);
      }
    }
    *request.mutable_totals() = totals;
    if (open) stream->Write(request);
    stream->WritesDone();
    StreamedImport outcome;
    v1::ImportRosterResponse response;
    while (stream->Read(&response)) {
      if (response.has_progress()) outcome.progress.push_back(response.progress());
      if (response.has_result()) outcome.result = response.result();
    }
    outcome.status = stream->Finish();
    return outcome;
  }

 private:
  SmallRegister register_;
  TestPki pki_;
  std::unique_ptr<access::ServerTls> tls_;
  std::unique_ptr<audit::SigningKey> signing_key_;
  std::unique_ptr<audit::AuditLog> audit_log_;
  std::unique_ptr<Server> server_;
  std::shared_ptr<grpc::Channel> channel_;
};

}  // namespace rollcall::testing

#endif  // ROLLCALL_TESTS_SUPPORT_SERVER_FIXTURE_H_
