#include "server/access/tls_watcher.h"

#include "server/runtime/logging.h"
#include "storage/status.h"

namespace rollcall::access {

TlsWatcher::TlsWatcher(ServerTls* tls, const runtime::Clock* clock)
    : tls_(tls), clock_(clock), thread_([this] {
        std::unique_lock<std::mutex> lock(mutex_);
        do {
          lock.unlock();
          Look();
          lock.lock();
        } while (!stopped_.wait_for(lock, absl::ToChronoSeconds(kTlsWatchPeriod),
                                    [this] { return stopping_; }));
      }) {}

TlsWatcher::~TlsWatcher() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    stopping_ = true;
  }
  stopped_.notify_all();
  thread_.join();
}

void TlsWatcher::Look() {
  const absl::StatusOr<bool> reloaded = tls_->ReloadIfChanged();
  if (!reloaded.ok()) {
    const std::string failure(reloaded.status().message());
    if (failure != last_failure_) {
      runtime::LogEvent(runtime::LogLevel::kError, "tls_reload_failed",
                        {{"reason", ErrorReason(reloaded.status())}, {"message", failure}});
    }
    last_failure_ = failure;
  } else {
    last_failure_.clear();
    if (*reloaded) {
      next_warning_ = absl::InfinitePast();
      runtime::LogEvent(runtime::LogLevel::kInfo, "tls_reloaded",
                        {{"certificate_end", absl::FormatTime(tls_->certificate_end())}});
    }
  }
  WarnOfTheEnd();
}

void TlsWatcher::WarnOfTheEnd() {
  const absl::Time now = clock_->Now();
  if (tls_->certificate_end() - now > kRenewalNotice || now < next_warning_) return;
  next_warning_ = now + absl::Hours(24);
  runtime::LogEvent(runtime::LogLevel::kWarning, "tls_certificate_ends",
                    {{"certificate_end", absl::FormatTime(tls_->certificate_end())}});
}

}  // namespace rollcall::access
