#include "server/casework/engine_keeper.h"

#include <chrono>
#include <memory>
#include <string>
#include <utility>

#include "server/roster/world_image.h"
#include "storage/engine_image_store.h"
#include "storage/roster_store.h"
#include "storage/status.h"

namespace rollcall::casework {
namespace {

// Many small commits in a row are answered by one round.
constexpr std::chrono::milliseconds kPause{500};

}  // namespace

EngineKeeper::EngineKeeper(Store* store, Exposures* exposures, Portfolio* portfolio,
                           std::function<absl::Time()> now, std::function<absl::CivilDay()> today,
                           std::function<void(const absl::Status&)> failed)
    : store_(store),
      exposures_(exposures),
      portfolio_(portfolio),
      now_(std::move(now)),
      today_(std::move(today)),
      failed_(std::move(failed)),
      thread_([this] { Run(); }) {}

EngineKeeper::~EngineKeeper() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void EngineKeeper::Notify() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    pending_ = true;
  }
  changed_.notify_all();
}

bool EngineKeeper::stopping() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return stopping_;
}

void EngineKeeper::Run() {
  while (true) {
    {
      std::unique_lock<std::mutex> lock(mutex_);
      changed_.wait(lock, [this] { return pending_ || stopping_; });
      if (stopping_) return;
      pending_ = false;
    }
    const absl::Status status = Refresh();
    if (stopping()) return;
    if (!status.ok() && failed_) failed_(status);
    std::unique_lock<std::mutex> lock(mutex_);
    changed_.wait_for(lock, kPause, [this] { return stopping_; });
  }
}

absl::Status EngineKeeper::Refresh() {
  const auto cancelled = [this] { return stopping(); };
  RC_RETURN_IF_ERROR(
      store_->Read(cancelled, [&](ReadTx& tx) { return exposures_->Ground(tx, 0).status(); }));
  RC_RETURN_IF_ERROR(StoreImage());
  return store_->Read(cancelled, [&](ReadTx& tx) -> absl::Status {
    RC_ASSIGN_OR_RETURN(const ExposureGround ground, exposures_->Ground(tx, 0));
    // The portfolio holds its roster, too: it comes first.
    RC_RETURN_IF_ERROR(portfolio_->Get(tx, 0, today_()).status());
    if (std::exchange(roster_revision_, ground.roster->roster_revision) !=
        ground.roster->roster_revision) {
      exposures_->KeepOnly(ground);
    }
    return exposures_->ids().Get(tx, v1::LIST_ID_KIND_DISTRICT_ID, tx.revision()).status();
  });
}

absl::Status EngineKeeper::StoreImage() {
  std::shared_ptr<const roster::RosterWorld> roster;
  bool stored = true;
  RC_RETURN_IF_ERROR(store_->Read(nullptr, [&](ReadTx& tx) -> absl::Status {
    RC_ASSIGN_OR_RETURN(const ExposureGround ground, exposures_->Ground(tx, 0));
    roster = ground.roster;
    RC_ASSIGN_OR_RETURN(stored, HasEngineImage(tx, roster->roster_revision));
    return absl::OkStatus();
  }));
  if (stored || roster->roster_revision == 0) return absl::OkStatus();
  // Made outside of the transaction, so that writers wait only for the writing.
  const std::string image = roster::ImageOf(*roster);
  WriteOptions options;
  options.method = "engine_image";
  options.principal = "rollcalld";
  options.time = now_();
  options.alone = true;
  return store_->Write(options, [&](WriteTx& tx) -> absl::Status {
    RC_ASSIGN_OR_RETURN(const std::int64_t newest, RosterRevision(tx, tx.revision()));
    if (newest != roster->roster_revision) return absl::OkStatus();
    return PutEngineImage(tx, newest, image);
  });
}

}  // namespace rollcall::casework
