#include "storage/write_queue.h"

#include <algorithm>
#include <chrono>

#include "storage/status.h"

namespace rollcall {
namespace {

// How often a caller that waits looks whether its time is over.
constexpr std::chrono::milliseconds kPatience{25};

}  // namespace

absl::Status TurnCameTooLate() {
  return MakeError(absl::StatusCode::kDeadlineExceeded, "DEADLINE",
                   "the time for this call was over before other writers were done; nothing was "
                   "changed");
}

bool WriteQueue::Join(QueuedWrite& write) {
  std::unique_lock<std::mutex> lock(mutex_);
  waiting_.push_back(&write);
  if (!led_) {
    led_ = true;
    return true;
  }
  const auto called = [&] { return write.state_ != QueuedWrite::State::kWaiting; };
  while (!write.turn_.wait_for(lock, kPatience, called)) {
    const auto place = std::find(waiting_.begin(), waiting_.end(), &write);
    const bool taken = place == waiting_.end();
    if (!taken && write.options.cancelled && write.options.cancelled()) {
      waiting_.erase(place);
      write.result = TurnCameTooLate();
      return false;
    }
  }
  return write.state_ == QueuedWrite::State::kLeading;
}

QueuedWrite* WriteQueue::Take(bool group_is_empty) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (waiting_.empty()) return nullptr;
  QueuedWrite* const next = waiting_.front();
  if (next->options.alone && !group_is_empty) return nullptr;
  waiting_.pop_front();
  return next;
}

void WriteQueue::Finish(const std::vector<QueuedWrite*>& taken, const QueuedWrite& own) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (waiting_.empty()) {
    led_ = false;
  } else {
    waiting_.front()->state_ = QueuedWrite::State::kLeading;
    waiting_.front()->turn_.notify_one();
  }
  // Under the lock: a caller that is told may be gone, and its condition with it.
  for (QueuedWrite* write : taken) {
    if (write == &own) continue;
    write->state_ = QueuedWrite::State::kDone;
    write->turn_.notify_one();
  }
}

}  // namespace rollcall
