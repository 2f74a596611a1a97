// Keeps the server's TLS files fresh while it runs.

#ifndef ROLLCALL_SERVER_ACCESS_TLS_WATCHER_H_
#define ROLLCALL_SERVER_ACCESS_TLS_WATCHER_H_

#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>

#include "absl/time/time.h"
#include "server/access/server_tls.h"
#include "server/runtime/clock.h"

namespace rollcall::access {

// How often the files are looked at.
inline constexpr absl::Duration kTlsWatchPeriod = absl::Seconds(5);
// A certificate that ends sooner than this is worth a warning a day.
inline constexpr absl::Duration kRenewalNotice = absl::Hours(24 * 30);

// A thread that reads changed files again. It logs `tls_reloaded` (info), `tls_reload_failed`
// (error, once for each reason) and `tls_certificate_ends` (warning, at the start and once a day).
// Ends with the object, before `tls` and `clock`.
class TlsWatcher {
 public:
  TlsWatcher(ServerTls* tls, const runtime::Clock* clock);
  ~TlsWatcher();
  TlsWatcher(const TlsWatcher&) = delete;
  TlsWatcher& operator=(const TlsWatcher&) = delete;

 private:
  void Look();
  void WarnOfTheEnd();

  ServerTls* const tls_;
  const runtime::Clock* const clock_;
  std::string last_failure_;                        // Used by the thread only.
  absl::Time next_warning_ = absl::InfinitePast();  // Used by the thread only.
  std::mutex mutex_;
  std::condition_variable stopped_;
  bool stopping_ = false;  // Guarded by mutex_.
  std::thread thread_;     // Last: it uses all of the above.
};

}  // namespace rollcall::access

#endif  // ROLLCALL_SERVER_ACCESS_TLS_WATCHER_H_
