#include "tests/bench/slow_disk.h"

#include <sqlite3.h>
#include <unistd.h>

#include <atomic>
#include <map>
#include <mutex>

#include "storage/sqlite/sqlite_driver.h"

namespace rollcall {
namespace {

std::atomic<int> sync_latency_us = 0;

int (*real_open)(sqlite3_vfs*, const char*, sqlite3_file*, int, int*) = nullptr;
int (*real_sync)(sqlite3_file*, int) = nullptr;  // The same for all kinds of files.

int SlowSync(sqlite3_file* file, int flags) {
  const int latency = sync_latency_us;
  if (latency > 0) usleep(static_cast<useconds_t>(latency));
  return real_sync(file, flags);
}

// SQLite's own methods for a kind of file, with a wait in xSync.
const sqlite3_io_methods* Slow(const sqlite3_io_methods* methods) {
  static std::mutex mutex;
  static std::map<const sqlite3_io_methods*, sqlite3_io_methods> slow;
  const std::lock_guard<std::mutex> lock(mutex);
  sqlite3_io_methods& copy = slow[methods];
  copy = *methods;
  real_sync = methods->xSync;
  copy.xSync = SlowSync;
  return &copy;
}

int SlowOpen(sqlite3_vfs* vfs, const char* name, sqlite3_file* file, int flags, int* out_flags) {
  const int result = real_open(vfs, name, file, flags, out_flags);
  if (result == SQLITE_OK && file->pMethods != nullptr) file->pMethods = Slow(file->pMethods);
  return result;
}

}  // namespace

void InstallSlowDisk(const std::string& folder) {
  // OpenSqlite sets what can only be set before SQLite is used.
  static_cast<void>(OpenSqlite(folder + "/first.db"));
  static sqlite3_vfs slow = *sqlite3_vfs_find(nullptr);
  real_open = slow.xOpen;
  slow.zName = "slow";
  slow.xOpen = SlowOpen;
  sqlite3_vfs_register(&slow, /*makeDflt=*/1);
}

void SetSyncLatency(absl::Duration latency) {
  sync_latency_us = static_cast<int>(absl::ToInt64Microseconds(latency));
}

}  // namespace rollcall
