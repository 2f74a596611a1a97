// The one way every call takes: admission, identity, deadline, authorisation, validation,
// idempotency, the use case, masking or the log of readings, status mapping, one log line.
//
// Handlers are lines that name the use case; everything that all methods share is here.

#ifndef ROLLCALL_SERVER_RPC_PIPELINE_H_
#define ROLLCALL_SERVER_RPC_PIPELINE_H_

#include <grpcpp/grpcpp.h>

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "google/protobuf/message.h"
#include "server/rpc/admission.h"
#include "server/rpc/call_context.h"
#include "server/rpc/caller.h"
#include "server/rpc/peer_wait.h"
#include "server/runtime/clock.h"
#include "server/runtime/ids.h"
#include "storage/store.h"

namespace rollcall::rpc {

// What a call is about to tell of people, for the log.
struct Reading {
  std::int64_t people = 0;
  std::set<std::string> fields;       // Names of personal fields.
  std::vector<std::int64_t> numbers;  // Of people, as far as they are few.
};

// What the pipeline works with; all of it outlives the pipeline.
struct PipelineParts {
  Store* store = nullptr;
  const runtime::Clock* clock = nullptr;
  runtime::IdGenerator* ids = nullptr;
  Gatekeeper* gatekeeper = nullptr;
  // Writes a reading of personal data into the log, within a transaction whose options say who
  // reads. Empty: readings are not recorded.
  std::function<absl::Status(WriteTx&, const Reading&)> record_reading;
  AdmissionLimits limits;
  // A caller who lets a stream wait longer than this is cut off.
  absl::Duration patience = absl::Minutes(2);
};

// Thread-safe.
class Pipeline {
 public:
  ~Pipeline();
  Pipeline(const Pipeline&) = delete;
  Pipeline& operator=(const Pipeline&) = delete;

  using ReadUseCase = absl::FunctionRef<absl::Status(ReadTx&, const CallContext&)>;
  using WriteUseCase = absl::FunctionRef<absl::Status(WriteTx&, const CallContext&)>;
  using StreamUseCase = absl::FunctionRef<absl::Status(const CallContext&)>;

  // Learns all methods of `services`. Every method has a request type of its own, by which it
  // is recognised. kFailedPrecondition if a method declares no policy or no permission.
  static absl::StatusOr<std::unique_ptr<Pipeline>> Create(
      const PipelineParts& parts,
      const std::vector<const google::protobuf::ServiceDescriptor*>& services);

  // True if calls are running.
  bool busy();

  // A call that reads: `use_case` runs on one consistent view and fills `response`. Personal
  // fields in it are masked, or the reading is in the log before the answer leaves.
  grpc::Status Read(grpc::ServerContext* context, const google::protobuf::Message& request,
                    google::protobuf::Message* response, ReadUseCase use_case);

  // A call that changes: `use_case` runs in one write transaction and fills `response`. If the
  // request has a `request_id`, the answer is kept with the change, and a retry gets it back;
  // if it has `validate_only` set, everything is checked and nothing is kept.
  grpc::Status Write(grpc::ServerContext* context, const google::protobuf::Message& request,
                     google::protobuf::Message* response, WriteUseCase use_case);

  // A call that streams or that runs transactions of its own. `first_request` names the method;
  // it is checked if `check_request` is true.
  grpc::Status Stream(grpc::ServerContext* context, const google::protobuf::Message& first_request,
                      bool check_request, StreamUseCase use_case);

  // For a stream: puts into the log what the call is about to tell, before it does. Nothing is
  // recorded if the call's answers are masked.
  absl::Status RecordReading(const CallContext& call, const Reading& reading);

  // For a stream: masks a message if the call may not tell personal fields.
  static void Mask(const CallContext& call, google::protobuf::Message* message);

  // The transaction of Write for a call that is inside Stream: `request` carries request_id and
  // is what the retry is compared with.
  absl::Status RunWrite(const CallContext& call, const google::protobuf::Message& request,
                        google::protobuf::Message* response, WriteUseCase use_case);

  // The answer kept for `request`, if its request_id was used before. Returns true and fills
  // `response`, or false. Lets a streamed call answer a retry before reading it all.
  absl::StatusOr<bool> FindAnswer(const CallContext& call, const google::protobuf::Message& request,
                                  google::protobuf::Message* response);

 private:
  // A call that runs, so that it can be ended when its caller loses the right to it.
  struct Running {
    Credentials credentials;
    bool personal = false;    // As in CallContext.
    v1::MethodPolicy policy;  // As in CallContext.
    grpc::ServerContext* context = nullptr;
    std::atomic<bool> revoked{false};
    std::atomic<bool> slow{false};
    PeerWait peer;
  };

  explicit Pipeline(const PipelineParts& parts);

  grpc::Status Run(grpc::ServerContext* context, const google::protobuf::Message& request,
                   bool check_request, StreamUseCase use_case);
  absl::Status Prepare(grpc::ServerContext* context, const google::protobuf::Message& request,
                       bool check_request, Running* running, CallContext* call);
  absl::Status RunAdmitted(grpc::ServerContext* context, const google::protobuf::Message& request,
                           bool check_request, StreamUseCase use_case, CallContext* call);
  absl::Status Admit(ReadTx& tx, const Credentials& credentials, bool personal,
                     const v1::MethodPolicy& policy, absl::Time now, Caller* caller);
  // Ends the running calls whose callers may not make them any more; all of them if that cannot be
  // told and `in_doubt` is true.
  void EndRevokedCalls(absl::Time now, bool in_doubt);
  // Cuts off slow callers until the pipeline ends, and judges running calls again now and then:
  // certificates are revoked and identities end without a call that says so.
  void Watch();

  const PipelineParts parts_;
  std::unordered_map<std::string, const google::protobuf::MethodDescriptor*> methods_;
  Admission admission_;
  std::mutex running_mutex_;
  std::set<std::shared_ptr<Running>> running_;  // Guarded by running_mutex_.
  // How often EndRevokedCalls ran: a call that was being admitted meanwhile is judged again.
  std::int64_t revocations_ = 0;  // Guarded by running_mutex_.
  std::condition_variable stopped_;
  bool stopping_ = false;  // Guarded by running_mutex_.
  std::thread watcher_;    // Last: it uses all of the above.
};

}  // namespace rollcall::rpc

#endif  // ROLLCALL_SERVER_RPC_PIPELINE_H_
