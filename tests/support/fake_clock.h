// A clock that stands still until the test moves it.

#ifndef ROLLCALL_TESTS_SUPPORT_FAKE_CLOCK_H_
#define ROLLCALL_TESTS_SUPPORT_FAKE_CLOCK_H_

#include <atomic>
#include <cstdint>

#include "absl/time/time.h"
#include "server/runtime/clock.h"

namespace rollcall::testing {

// Thread-safe. Keeps whole microseconds, as the real clock does.
class FakeClock final : public runtime::Clock {
 public:
  explicit FakeClock(absl::Time now) : unix_micros_(absl::ToUnixMicros(now)) {}

  absl::Time Now() const override { return absl::FromUnixMicros(unix_micros_.load()); }

  void Set(absl::Time now) { unix_micros_ = absl::ToUnixMicros(now); }

  // `step` may be negative, as when a machine's clock is corrected.
  void Advance(absl::Duration step) { unix_micros_ += absl::ToInt64Microseconds(step); }

 private:
  std::atomic<std::int64_t> unix_micros_;
};

}  // namespace rollcall::testing

#endif  // ROLLCALL_TESTS_SUPPORT_FAKE_CLOCK_H_
