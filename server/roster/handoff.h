// Hands batches from one thread to another, a few at a time, and hands them back for re-use.

#ifndef ROLLCALL_SERVER_ROSTER_HANDOFF_H_
#define ROLLCALL_SERVER_ROSTER_HANDOFF_H_

#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

namespace rollcall::roster {

// One thread gives, another takes. Batch has a method Clear().
template <typename Batch>
class Handoff {
 public:
  // Giver: waits for room and hands a batch over. False if the taker wants no more.
  bool Give(Batch&& batch) {
    std::unique_lock<std::mutex> lock(mutex_);
    changed_.wait(lock, [&] { return refused_ || batches_.size() < kWaiting; });
    if (refused_) return false;
    batches_.push_back(std::move(batch));
    changed_.notify_all();
    return true;
  }

  // Giver: nothing more will come.
  void End() {
    const std::lock_guard<std::mutex> lock(mutex_);
    ended_ = true;
    changed_.notify_all();
  }

  // Giver: an empty batch, one that was used before if there is any.
  Batch Recycled() {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (used_.empty()) return Batch();
    Batch batch = std::move(used_.back());
    used_.pop_back();
    batch.Clear();
    return batch;
  }

  // Taker: waits for the next batch; unset at the end.
  std::optional<Batch> Take() {
    std::unique_lock<std::mutex> lock(mutex_);
    changed_.wait(lock, [&] { return ended_ || !batches_.empty(); });
    if (batches_.empty()) return std::nullopt;
    std::optional<Batch> batch(std::move(batches_.front()));
    batches_.pop_front();
    changed_.notify_all();
    return batch;
  }

  // Taker: gives a batch back.
  void Recycle(Batch&& batch) {
    const std::lock_guard<std::mutex> lock(mutex_);
    used_.push_back(std::move(batch));
  }

  // Taker: wants no more.
  void Refuse() {
    const std::lock_guard<std::mutex> lock(mutex_);
    refused_ = true;
    changed_.notify_all();
  }

 private:
  static constexpr std::size_t kWaiting = 8;

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Batch> batches_;  // Guarded by mutex_, as all below.
  std::vector<Batch> used_;
  bool ended_ = false;
  bool refused_ = false;
};

}  // namespace rollcall::roster

#endif  // ROLLCALL_SERVER_ROSTER_HANDOFF_H_
