// Keeps an issuer's key set fresh in the background, so that no call waits for the network unless
// it brings a key id that was never seen, and then not for long.

#ifndef ROLLCALL_SERVER_ACCESS_ISSUER_KEY_KEEPER_H_
#define ROLLCALL_SERVER_ACCESS_ISSUER_KEY_KEEPER_H_

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <stop_token>
#include <thread>

#include "absl/status/statusor.h"
#include "server/access/jwks.h"

namespace rollcall::access {

// How often and how long. Real time, by the monotonic clock.
struct KeyPace {
  // Between the end of a load and the next: after a good one, and after a failed one.
  std::chrono::milliseconds refresh = std::chrono::minutes(5);
  std::chrono::milliseconds retry = std::chrono::seconds(15);
  // Between two loads that Renew asks for: whoever sends made-up key ids makes the server ask the
  // issuer no more often than this.
  std::chrono::milliseconds between_renewals = std::chrono::seconds(10);
  // How long Renew waits at most, and how many calls may wait at one time.
  std::chrono::milliseconds longest_wait = std::chrono::seconds(2);
  int most_waiting = 8;
};

// Thread-safe. A load that fails leaves the last good set in place; a good one replaces it whole,
// so that a key that the issuer withdrew is gone.
class KeyKeeper {
 public:
  // Blocks until done or until a stop is requested.
  using Load = std::function<absl::StatusOr<KeySet>(const std::stop_token&)>;
  // Told of every load: null and the status of a failure, or the new set. Called by one thread at
  // a time.
  using Report = std::function<void(const KeySet*, const absl::Status&)>;

  // Starts from `first`, which is empty if there is nothing yet.
  KeyKeeper(KeySet first, Load load, Report report, const KeyPace& pace);

  // Waits for a running load, which is asked to stop.
  ~KeyKeeper();
  KeyKeeper(const KeyKeeper&) = delete;
  KeyKeeper& operator=(const KeyKeeper&) = delete;

  // The newest good set; never null. Never waits.
  std::shared_ptr<const KeySet> Current() const;

  // Has the set loaded if that was not done for this reason just before, waits for the load that
  // is under way within the bounds of KeyPace, and returns what is then the newest good set.
  std::shared_ptr<const KeySet> Renew();

 private:
  using Clock = std::chrono::steady_clock;

  void Run(const std::stop_token& stop);

  const Load load_;
  const Report report_;
  const KeyPace pace_;

  mutable std::mutex mutex_;
  // Guarded by mutex_:
  std::condition_variable_any wake_;  // For the thread.
  std::condition_variable_any done_;  // For those who wait for it.
  std::shared_ptr<const KeySet> set_;
  bool wanted_ = false;   // Renew asked and the thread has not begun yet.
  bool loading_ = false;  // The thread is in `load_`.
  std::uint64_t loads_ = 0;
  int waiting_ = 0;
  Clock::time_point next_renewal_ = Clock::time_point::min();

  std::jthread thread_;  // Last: it uses all of the above.
};

}  // namespace rollcall::access

#endif  // ROLLCALL_SERVER_ACCESS_ISSUER_KEY_KEEPER_H_
