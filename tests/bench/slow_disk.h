// A disk whose fsync takes longer than this machine's: SQLite waits in each.

#ifndef ROLLCALL_TESTS_BENCH_SLOW_DISK_H_
#define ROLLCALL_TESTS_BENCH_SLOW_DISK_H_

#include <string>

#include "absl/time/time.h"

namespace rollcall {

// Lets SQLite open all files from now on on such a disk. To be called once, after SQLite was set
// up; for that a database is opened in `folder`.
void InstallSlowDisk(const std::string& folder);

// What each fsync takes longer from now on; nothing at first. Any thread.
void SetSyncLatency(absl::Duration latency);

}  // namespace rollcall

#endif  // ROLLCALL_TESTS_BENCH_SLOW_DISK_H_
