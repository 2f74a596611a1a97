#include "server/access/issuer_key_keeper.h"

#include <utility>

namespace rollcall::access {

KeyKeeper::KeyKeeper(KeySet first, Load load, Report report, const KeyPace& pace)
    : load_(std::move(load)),
      report_(std::move(report)),
      pace_(pace),
      set_(std::make_shared<const KeySet>(std::move(first))),
      thread_([this](const std::stop_token& stop) { Run(stop); }) {}

KeyKeeper::~KeyKeeper() {
  thread_.request_stop();
  thread_.join();
}

std::shared_ptr<const KeySet> KeyKeeper::Current() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return set_;
}

std::shared_ptr<const KeySet> KeyKeeper::Renew() {
  std::unique_lock<std::mutex> lock(mutex_);
  const Clock::time_point now = Clock::now();
  if (!wanted_ && !loading_) {
    if (now < next_renewal_) return set_;
    next_renewal_ = now + pace_.between_renewals;
    wanted_ = true;
    wake_.notify_all();
  }
  if (waiting_ >= pace_.most_waiting) return set_;
  ++waiting_;
  done_.wait_for(lock, pace_.longest_wait, [this, before = loads_] { return loads_ != before; });
  --waiting_;
  return set_;
}

void KeyKeeper::Run(const std::stop_token& stop) {
  std::unique_lock<std::mutex> lock(mutex_);
  Clock::time_point next = Clock::now() + (set_->keys.empty() ? pace_.retry : pace_.refresh);
  while (!stop.stop_requested()) {
    wake_.wait_until(lock, stop, next, [this] { return wanted_; });
    if (stop.stop_requested()) return;
    wanted_ = false;
    loading_ = true;
    lock.unlock();
    absl::StatusOr<KeySet> loaded = load_(stop);
    std::shared_ptr<const KeySet> set;
    if (loaded.ok()) set = std::make_shared<const KeySet>(*std::move(loaded));
    if (!stop.stop_requested()) report_(set.get(), loaded.status());
    lock.lock();
    if (set != nullptr) set_ = set;
    loading_ = false;
    ++loads_;
    next = Clock::now() + (set != nullptr ? pace_.refresh : pace_.retry);
    done_.notify_all();
  }
}

}  // namespace rollcall::access
