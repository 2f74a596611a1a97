#include "server/runtime/lifecycle.h"

#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include "server/runtime/logging.h"
#include "storage/status.h"

namespace rollcall::runtime {
namespace {

sigset_t StopSignals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  return signals;
}

std::string_view SignalName(int signal) { return signal == SIGINT ? "SIGINT" : "SIGTERM"; }

}  // namespace

absl::Status ServerLifecycle::BlockSignals() {
  const sigset_t signals = StopSignals();
  struct sigaction ignore = {};
  ignore.sa_handler = SIG_IGN;
  if (pthread_sigmask(SIG_BLOCK, &signals, nullptr) != 0 ||
      sigaction(SIGHUP, &ignore, nullptr) != 0 || sigaction(SIGPIPE, &ignore, nullptr) != 0) {
    return MakeError(absl::StatusCode::kInternal, "SIGNALS", "cannot set up the signals");
  }
  return absl::OkStatus();
}

ServerLifecycle::ServerLifecycle(const Clock* clock)
    : clock_(clock), receiver_([this] { ReceiveSignals(); }) {}

ServerLifecycle::~ServerLifecycle() {
  {
    const std::lock_guard lock(mutex_);
    finished_ = true;
  }
  // Directed at the one thread that waits for it, so the process does not see a signal.
  pthread_kill(receiver_.native_handle(), SIGTERM);
  receiver_.join();
}

void ServerLifecycle::RequestStop(std::string_view reason) {
  const std::lock_guard lock(mutex_);
  if (!reason_.empty()) return;
  reason_ = reason.empty() ? "request" : reason;
  requested_.notify_all();
}

bool ServerLifecycle::StopRequested() const {
  const std::lock_guard lock(mutex_);
  return !reason_.empty();
}

std::string ServerLifecycle::Run(const StopSteps& steps, absl::Duration grace) {
  std::string reason;
  {
    std::unique_lock lock(mutex_);
    requested_.wait(lock, [this] { return !reason_.empty(); });
    reason = reason_;
  }
  const absl::Time begin = clock_->Now();
  LogEvent(LogLevel::kInfo, "stopping",
           {{"reason", reason}, {"grace_ms", absl::ToInt64Milliseconds(grace)}});
  if (steps.announce) steps.announce();
  if (steps.drain) steps.drain(begin + grace);
  if (steps.close) steps.close();
  LogEvent(LogLevel::kInfo, "stopped", {{"ms", absl::ToInt64Milliseconds(clock_->Now() - begin)}});
  return reason;
}

void ServerLifecycle::ReceiveSignals() {
  const sigset_t signals = StopSignals();
  bool signalled = false;
  while (true) {
    int signal = 0;
    if (sigwait(&signals, &signal) != 0) continue;
    {
      const std::lock_guard lock(mutex_);
      if (finished_) return;
    }
    if (signalled) {
      LogEvent(LogLevel::kWarning, "killed_while_stopping", {{"signal", SignalName(signal)}});
      _exit(128 + signal);
    }
    signalled = true;
    RequestStop(SignalName(signal));
  }
}

}  // namespace rollcall::runtime
