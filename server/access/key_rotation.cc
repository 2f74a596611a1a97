#include "server/access/key_rotation.h"

#include <chrono>
#include <utility>

#include "absl/strings/str_cat.h"
#include "storage/status.h"

namespace rollcall::access {

KeyRotation::KeyRotation(Store* store, KeyRing* ring, std::vector<SealedColumn> columns,
                         std::function<absl::Time()> now,
                         std::function<void(const absl::Status&)> failed)
    : store_(store),
      ring_(ring),
      columns_(std::move(columns)),
      now_(std::move(now)),
      failed_(std::move(failed)),
      thread_([this] { Run(); }) {}

KeyRotation::~KeyRotation() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void KeyRotation::Notify() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    pending_ = true;
  }
  changed_.notify_all();
}

RotationProgress KeyRotation::progress() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return progress_;
}

bool KeyRotation::stopping() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return stopping_;
}

WriteOptions KeyRotation::Options() const {
  WriteOptions options;
  options.method = "RotateKeys";
  options.principal = "rollcalld";
  options.time = now_();
  options.source = "internal";
  return options;
}

void KeyRotation::Run() {
  std::unique_lock<std::mutex> lock(mutex_);
  while (!stopping_) {
    if (pending_) {
      pending_ = false;
      lock.unlock();
      const absl::Status status = Rotate();
      lock.lock();
      progress_.running = false;
      progress_.failure = status;
      if (status.ok() || stopping_) continue;
      lock.unlock();
      failed_(status);
      lock.lock();
      changed_.wait_for(lock, absl::ToChronoMilliseconds(kRetryAfter),
                        [this] { return stopping_ || pending_; });
      pending_ = true;
    } else {
      changed_.wait(lock, [this] { return stopping_ || pending_; });
    }
  }
}

absl::Status KeyRotation::Rotate() {
  std::size_t keys = 0;
  RC_RETURN_IF_ERROR(store_->Read(nullptr, [&](ReadTx& tx) -> absl::Status {
    RC_ASSIGN_OR_RETURN(const std::vector<DataKeyInfo> all, KeyRing::List(tx));
    keys = all.size();
    return absl::OkStatus();
  }));
  if (keys < 2) return absl::OkStatus();
  // The vault must seal under the newest key by now, whoever kept it.
  RC_RETURN_IF_ERROR(ring_->Refresh());
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    progress_ = RotationProgress();
    progress_.running = true;
  }
  while (true) {
    RC_ASSIGN_OR_RETURN(const std::int64_t resealed, Pass());
    if (stopping()) return absl::OkStatus();
    if (resealed == 0) break;
  }
  RC_RETURN_IF_ERROR(store_->Write(Options(), [&](WriteTx& tx) -> absl::Status {
    tx.NewRevision();
    tx.notes().facts.emplace_back("data_keys_dropped", absl::StrCat(keys - 1));
    return ring_->Drop(tx);
  }));
  return ring_->Refresh();
}

absl::StatusOr<std::int64_t> KeyRotation::Pass() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    ++progress_.pass;
    progress_.looked_at = 0;
  }
  std::int64_t resealed = 0;
  for (const SealedColumn& column : columns_) {
    ResealStep step;
    while (!step.done) {
      if (stopping()) return resealed;
      RowKey after = std::move(step.last);
      RC_RETURN_IF_ERROR(store_->Write(Options(), [&](WriteTx& tx) -> absl::Status {
        RC_ASSIGN_OR_RETURN(step, ResealSome(tx, column, after));
        return absl::OkStatus();
      }));
      resealed += step.resealed;
      const std::lock_guard<std::mutex> lock(mutex_);
      progress_.looked_at += step.looked_at;
      progress_.resealed += step.resealed;
    }
  }
  return resealed;
}

}  // namespace rollcall::access
