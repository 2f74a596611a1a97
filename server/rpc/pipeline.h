// The one way every call takes: admission, identity, deadline, authorisation, validation,
// idempotency, the use case, audit, status mapping, one log line.
//
// Handlers are lines that name the use case; everything that all methods share is here.

#ifndef ROLLCALL_SERVER_RPC_PIPELINE_H_
#define ROLLCALL_SERVER_RPC_PIPELINE_H_

#include <grpcpp/grpcpp.h>

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "google/protobuf/message.h"
#include "server/rpc/call_context.h"
#include "server/runtime/clock.h"
#include "server/runtime/ids.h"
#include "storage/store.h"

namespace rollcall::rpc {

// Tells who calls. The server listens on loopback or a Unix socket only, so there is one
// identity, `local`, until callers carry their own.
class Identifier {
 public:
  virtual ~Identifier() = default;
  // Thread-safe. Errors: kUnauthenticated.
  virtual absl::StatusOr<std::string> Identify(const grpc::ServerContext& context) = 0;
};

// Decides whether a caller may use a method.
class Authorizer {
 public:
  virtual ~Authorizer() = default;
  // Thread-safe. Errors: kPermissionDenied, worded so that it tells nothing about what exists.
  virtual absl::Status Authorize(std::string_view principal, const v1::MethodPolicy& policy) = 0;
};

// Everybody who can reach the listener is `local` and may do everything.
class LocalIdentifier final : public Identifier {
 public:
  absl::StatusOr<std::string> Identify(const grpc::ServerContext&) override { return "local"; }
};
class LocalAuthorizer final : public Authorizer {
 public:
  absl::Status Authorize(std::string_view, const v1::MethodPolicy&) override {
    return absl::OkStatus();
  }
};

// What the pipeline works with; all of it outlives the pipeline.
struct PipelineParts {
  Store* store = nullptr;
  const runtime::Clock* clock = nullptr;
  runtime::IdGenerator* ids = nullptr;
  Identifier* identifier = nullptr;
  Authorizer* authorizer = nullptr;
  int max_concurrent_calls = 64;
};

// Thread-safe.
class Pipeline {
 public:
  using ReadUseCase = absl::FunctionRef<absl::Status(ReadTx&, const CallContext&)>;
  using WriteUseCase = absl::FunctionRef<absl::Status(WriteTx&, const CallContext&)>;
  using StreamUseCase = absl::FunctionRef<absl::Status(const CallContext&)>;

  // Learns all methods of `services`. Every method has a request type of its own, by which it
  // is recognised. kFailedPrecondition if a method declares no policy or no permission.
  static absl::StatusOr<std::unique_ptr<Pipeline>> Create(
      const PipelineParts& parts,
      const std::vector<const google::protobuf::ServiceDescriptor*>& services);

  // A call that reads: `use_case` runs on one consistent view.
  grpc::Status Read(grpc::ServerContext* context, const google::protobuf::Message& request,
                    ReadUseCase use_case);

  // A call that changes: `use_case` runs in one write transaction and fills `response`. If the
  // request has a `request_id`, the answer is kept with the change, and a retry gets it back;
  // if it has `validate_only` set, everything is checked and nothing is kept.
  grpc::Status Write(grpc::ServerContext* context, const google::protobuf::Message& request,
                     google::protobuf::Message* response, WriteUseCase use_case);

  // A call that streams or that runs transactions of its own. `first_request` names the method;
  // it is checked if `check_request` is true.
  grpc::Status Stream(grpc::ServerContext* context, const google::protobuf::Message& first_request,
                      bool check_request, StreamUseCase use_case);

  // The transaction of Write for a call that is inside Stream: `request` carries request_id and
  // is what the retry is compared with.
  absl::Status RunWrite(const CallContext& call, const google::protobuf::Message& request,
                        google::protobuf::Message* response, WriteUseCase use_case);

  // The answer kept for `request`, if its request_id was used before. Returns true and fills
  // `response`, or false. Lets a streamed call answer a retry before reading it all.
  absl::StatusOr<bool> FindAnswer(const CallContext& call, const google::protobuf::Message& request,
                                  google::protobuf::Message* response);

 private:
  explicit Pipeline(const PipelineParts& parts) : parts_(parts) {}

  grpc::Status Run(grpc::ServerContext* context, const google::protobuf::Message& request,
                   bool check_request, StreamUseCase use_case);
  absl::Status Prepare(grpc::ServerContext* context, const google::protobuf::Message& request,
                       bool check_request, CallContext* call);

  const PipelineParts parts_;
  std::unordered_map<std::string, const google::protobuf::MethodDescriptor*> methods_;
  std::atomic<int> running_{0};
};

}  // namespace rollcall::rpc

#endif  // ROLLCALL_SERVER_RPC_PIPELINE_H_
