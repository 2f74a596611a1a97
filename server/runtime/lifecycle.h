// How the server comes to an end: on a signal, once, in one order.

#ifndef ROLLCALL_SERVER_RUNTIME_LIFECYCLE_H_
#define ROLLCALL_SERVER_RUNTIME_LIFECYCLE_H_

#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "server/runtime/clock.h"

namespace rollcall::runtime {

// What stopping consists of, in the order in which it is done. Each may be empty; none may throw.
struct StopSteps {
  // Makes health answer NOT_SERVING, while calls are still taken.
  std::function<void()> announce;
  // Takes no further calls, lets those that run finish until `deadline`, then cancels them and
  // returns when none is left: grpc::Server::Shutdown(deadline).
  std::function<void(absl::Time deadline)> drain;
  // Checkpoints and closes the storage. No call is running any more.
  std::function<void()> close;
};

// Waits for the end and carries it out.
//
// SIGTERM and SIGINT ask for a stop; the second such signal ends the process at once with status
// 128 + signal, as if killed, which the storage survives. SIGHUP and SIGPIPE are ignored.
// grpc::Server::Shutdown deadlocks in a signal handler and in a call's handler, so one thread of
// this class receives the signals and the steps run in the thread that called Run.
class ServerLifecycle {
 public:
  // Blocks SIGTERM and SIGINT in this thread, and so in all threads it will create, and ignores
  // SIGHUP and SIGPIPE in the process. Must be called in main before any other thread exists.
  //
  // Errors:  kInternal, if the operating system refuses.
  static absl::Status BlockSignals();

  // Begins to receive signals. BlockSignals must have been called; at most one object may
  // exist at a time. Make it before slow work such as opening the storage: a signal that comes
  // then is kept, and Run stops at once.
  //
  // `clock` is not owned and must outlive this object.
  explicit ServerLifecycle(const Clock* clock);

  // Stops receiving signals. Not while Run is running.
  ~ServerLifecycle();

  ServerLifecycle(const ServerLifecycle&) = delete;
  ServerLifecycle& operator=(const ServerLifecycle&) = delete;

  // Asks for a stop and returns at once. Only the first request counts. Thread-safe; may be
  // called from a call's handler. `reason` is a word for the log, such as `storage_failed`.
  void RequestStop(std::string_view reason);

  // Returns true once a stop was asked for. Thread-safe.
  bool StopRequested() const;

  // Blocks until a stop is asked for, then runs `steps`, with a deadline `grace` after that
  // moment, and returns the reason (`SIGTERM`, `SIGINT` or what RequestStop was given). Logs
  // `stopping` and `stopped`. Call it once.
  std::string Run(const StopSteps& steps, absl::Duration grace);

 private:
  void ReceiveSignals();

  const Clock* const clock_;
  mutable std::mutex mutex_;
  std::condition_variable requested_;
  std::string reason_;     // Guarded by mutex_; empty until a stop is asked for.
  bool finished_ = false;  // Guarded by mutex_; true when the destructor has begun.
  std::thread receiver_;
};

}  // namespace rollcall::runtime

#endif  // ROLLCALL_SERVER_RUNTIME_LIFECYCLE_H_
