// How long a call has been waiting for its caller, so that one who does not read, or does not send
// what was begun, can be cut off.

#ifndef ROLLCALL_SERVER_RPC_PEER_WAIT_H_
#define ROLLCALL_SERVER_RPC_PEER_WAIT_H_

#include <atomic>
#include <cstdint>

#include "absl/time/time.h"
#include "server/runtime/clock.h"

namespace rollcall::rpc {

// Thread-safe: one thread at a time waits, another looks.
class PeerWait {
 public:
  // Runs one step that blocks until the caller moves, such as a Write or a Read of a stream, and
  // returns its result.
  template <typename Step>
  bool Await(Step step) {
    since_.store(absl::ToUnixNanos(runtime::SteadyNow()), std::memory_order_relaxed);
    const bool result = step();
    since_.store(0, std::memory_order_relaxed);
    return result;
  }

  // How long the present step has been waiting at `now`, a time of SteadyNow; zero between steps.
  absl::Duration Waiting(absl::Time now) const {
    const std::int64_t since = since_.load(std::memory_order_relaxed);
    return since == 0 ? absl::ZeroDuration() : now - absl::FromUnixNanos(since);
  }

 private:
  std::atomic<std::int64_t> since_{0};
};

}  // namespace rollcall::rpc

#endif  // ROLLCALL_SERVER_RPC_PEER_WAIT_H_
