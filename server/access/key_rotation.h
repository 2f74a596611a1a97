// The long part of a rotation: sealing everything anew while the service serves.

#ifndef ROLLCALL_SERVER_ACCESS_KEY_ROTATION_H_
#define ROLLCALL_SERVER_ACCESS_KEY_ROTATION_H_

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "server/access/key_ring.h"
#include "storage/resealing.h"
#include "storage/store.h"

namespace rollcall::access {

// How far the rotation of this process is. All zero before the first one.
struct RotationProgress {
  bool running = false;
  int pass = 0;                // 1, 2, ...: the last pass is the one that finds nothing.
  std::int64_t looked_at = 0;  // Values in this pass.
  std::int64_t resealed = 0;   // Values in all passes.
  absl::Status failure;        // Why it stands still; it tries again after kRetryAfter.
};

// A thread that, whenever the ring has more than one key for sealing, goes through all sealed
// columns in small transactions, until a whole pass finds nothing under an earlier key, and then
// drops the earlier keys. A restart in the midst begins with the first column again and
// passes quickly over what is done. Ends with the object, after at most one small transaction.
//
// The transaction that drops keys leaves a revision, so that the journal has it.
class KeyRotation {
 public:
  static constexpr absl::Duration kRetryAfter = absl::Seconds(30);

  // All arguments outlive the rotation. `now` gives the time; `failed` is told of errors on the
  // rotation's thread. A rotation that an earlier process left half done goes on at once.
  KeyRotation(Store* store, KeyRing* ring, std::vector<SealedColumn> columns,
              std::function<absl::Time()> now, std::function<void(const absl::Status&)> failed);
  ~KeyRotation();
  KeyRotation(const KeyRotation&) = delete;
  KeyRotation& operator=(const KeyRotation&) = delete;

  // Says that the ring has a new key. Any thread; does not wait.
  void Notify();

  // Any thread.
  RotationProgress progress() const;

 private:
  void Run();
  absl::Status Rotate();
  absl::StatusOr<std::int64_t> Pass();
  bool stopping() const;
  WriteOptions Options() const;

  Store* const store_;
  KeyRing* const ring_;
  const std::vector<SealedColumn> columns_;
  const std::function<absl::Time()> now_;
  const std::function<void(const absl::Status&)> failed_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  bool pending_ = true;        // Guarded by mutex_. The start counts as a change.
  bool stopping_ = false;      // Guarded by mutex_.
  RotationProgress progress_;  // Guarded by mutex_.
  std::thread thread_;         // Last: it uses all of the above.
};

}  // namespace rollcall::access

#endif  // ROLLCALL_SERVER_ACCESS_KEY_ROTATION_H_
