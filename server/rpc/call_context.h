// What the server knows about one call while it runs.

#ifndef ROLLCALL_SERVER_RPC_CALL_CONTEXT_H_
#define ROLLCALL_SERVER_RPC_CALL_CONTEXT_H_

#include <functional>
#include <string>

#include "absl/time/time.h"
#include "google/protobuf/descriptor.h"
#include "rollcall/v1/options.pb.h"
#include "server/rpc/peer_wait.h"
#include "storage/store.h"

namespace rollcall::rpc {

// Made by the pipeline, one per call; not shared between calls.
struct CallContext {
  const google::protobuf::MethodDescriptor* method = nullptr;
  v1::MethodPolicy policy;
  std::string principal;  // Who calls.
  std::string source;     // From where: the address of the peer.
  std::string via;        // The certificate under a token; else empty.
  std::string purpose;    // What the caller stated; empty if nothing.
  // True if the caller may see personal fields in this call and said what for. Otherwise they are
  // masked in every answer.
  bool personal = false;
  std::string correlation_id;       // Stands in the log line and in internal errors.
  absl::Time start;                 // By the injected clock.
  absl::Time deadline;              // By the wall clock: what bounds real work.
  std::function<bool()> cancelled;  // True once the caller is gone or the time is over.

  PeerWait* peer = nullptr;  // For steps of a stream that wait for the caller.

  // For a write transaction of this call.
  WriteOptions write_options() const {
    WriteOptions options{method->full_name(), principal, start, cancelled, source, purpose,
                         correlation_id,      via};
    // What may take minutes shares its commit with nobody.
    options.alone = policy.mutates() && policy.deadline_class() >= v1::DEADLINE_CLASS_LONG;
    return options;
  }
};

}  // namespace rollcall::rpc

#endif  // ROLLCALL_SERVER_RPC_CALL_CONTEXT_H_
