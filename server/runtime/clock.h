// The wall clock as an interface, so that a test decides what time it is.

#ifndef ROLLCALL_SERVER_RUNTIME_CLOCK_H_
#define ROLLCALL_SERVER_RUNTIME_CLOCK_H_

#include <chrono>

#include "absl/time/clock.h"
#include "absl/time/time.h"

namespace rollcall::runtime {

// Tells the time. Thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;

  // Returns the current instant in whole microseconds, the precision that every storage engine
  // keeps. It follows the machine's clock, so it may step backwards.
  virtual absl::Time Now() const = 0;
};

// For measuring how long something takes: the time since some beginning, of a clock that nobody
// sets and that never jumps. Thread-safe.
inline absl::Time SteadyNow() {
  return absl::UnixEpoch() + absl::FromChrono(std::chrono::steady_clock::now().time_since_epoch());
}

// The machine's clock.
class SystemClock final : public Clock {
 public:
  absl::Time Now() const override { return absl::FromUnixMicros(absl::ToUnixMicros(absl::Now())); }
};

}  // namespace rollcall::runtime

#endif  // ROLLCALL_SERVER_RUNTIME_CLOCK_H_
