// Keeps the engine's view of the register fresh in the background, so that the first question after
// a change does not have to.

#ifndef ROLLCALL_SERVER_CASEWORK_ENGINE_KEEPER_H_
#define ROLLCALL_SERVER_CASEWORK_ENGINE_KEEPER_H_

#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

#include "absl/status/status.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "server/casework/exposures.h"
#include "server/casework/portfolio.h"
#include "storage/store.h"

namespace rollcall::casework {

// A thread that, after commits, loads the newest roster and register, counts the portfolio anew,
// reads the ids of the roster, and stores the engine's image of a new roster, so that the next
// start is quick. Once a new roster is in place it gives up the memory of the earlier one. It only
// prepares: whoever asks before it is done waits or computes for himself, with the same answer.
// Ends with the object.
class EngineKeeper {
 public:
  // All arguments outlive the keeper. `now` gives the time, `today` the district's day; `failed`
  // is told of errors, on the keeper's thread, and may be empty.
  EngineKeeper(Store* store, Exposures* exposures, Portfolio* portfolio,
               std::function<absl::Time()> now, std::function<absl::CivilDay()> today,
               std::function<void(const absl::Status&)> failed);
  ~EngineKeeper();
  EngineKeeper(const EngineKeeper&) = delete;
  EngineKeeper& operator=(const EngineKeeper&) = delete;

  // Says that something was committed. Any thread; does not wait.
  void Notify();

  // One round, on the caller's thread.
  absl::Status Refresh();

 private:
  void Run();
  bool stopping() const;
  absl::Status StoreImage();

  Store* const store_;
  Exposures* const exposures_;
  Portfolio* const portfolio_;
  const std::function<absl::Time()> now_;
  const std::function<absl::CivilDay()> today_;
  const std::function<void(const absl::Status&)> failed_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  bool pending_ = true;               // Guarded by mutex_. The start counts as a change.
  bool stopping_ = false;             // Guarded by mutex_.
  std::int64_t roster_revision_ = 0;  // Of the last round; used by Refresh() only.
  std::thread thread_;                // Last: it uses all of the above.
};

}  // namespace rollcall::casework

#endif  // ROLLCALL_SERVER_CASEWORK_ENGINE_KEEPER_H_
