// Small durable writes by many writers at once: each with a commit of its own, and sharing
// commits. One run measures both in turns, so that the ratio holds whatever the machine does.
//
//   write_bench [--seconds S] [--rounds N]
//
// A write inserts one vendor, with its revision, as CreateVendor does. Besides the disk as it is,
// disks whose fsync takes longer are played by waiting 1 ms and 5 ms in each.

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "rollcall/v1/vendor_service.pb.h"
#include "storage/register_tables.h"
#include "storage/sqlite/sqlite_driver.h"
#include "storage/store.h"
#include "tests/bench/slow_disk.h"

namespace rollcall {
namespace {

using Clock = std::chrono::steady_clock;

struct Measured {
  double writes_per_second = 0;
  double median_ms = 0;
  double p99_ms = 0;
};

// Runs `writers` threads for `seconds`.
Measured Run(Store& store, int writers, bool alone, double seconds) {
  static std::atomic<std::int64_t> next = 0;
  std::atomic<bool> stop = false;
  std::vector<std::vector<double>> times(static_cast<std::size_t>(writers));
  std::vector<std::thread> threads;
  const auto begin = Clock::now();
  for (int i = 0; i < writers; ++i) {
    threads.emplace_back([&, i] {
      WriteOptions options{"bench.Write", "bench", absl::Now(), nullptr};
      options.alone = alone;
      while (!stop) {
        v1::Vendor vendor;
        vendor.set_name(absl::StrCat("vendors/v", ++next));
        vendor.set_legal_name("A vendor of the usual length, Inc.");
        const auto start = Clock::now();
        const absl::Status status =
            store.Write(options, [&](WriteTx& tx) { return VendorTable().Insert(tx, &vendor); });
        if (!status.ok()) {
          std::fprintf(stderr, "%s\n", status.ToString().c_str());
          std::exit(1);
        }
        times[static_cast<std::size_t>(i)].push_back(
            std::chrono::duration<double, std::milli>(Clock::now() - start).count());
      }
    });
  }
  std::this_thread::sleep_for(std::chrono::duration<double>(seconds));
  stop = true;
  for (std::thread& thread : threads) thread.join();
  const double elapsed = std::chrono::duration<double>(Clock::now() - begin).count();
  std::vector<double> all;
  for (const auto& own : times) all.insert(all.end(), own.begin(), own.end());
  std::sort(all.begin(), all.end());
  return {static_cast<double>(all.size()) / elapsed, all[all.size() / 2],
          all[std::min(all.size() - 1, all.size() * 99 / 100)]};
}

double Median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

int Main(int argc, char** argv) {
  double seconds = 1;
  int rounds = 3;
  for (int i = 1; i + 1 < argc; i += 2) {
    if (std::strcmp(argv[i], "--seconds") == 0) seconds = std::atof(argv[i + 1]);
    if (std::strcmp(argv[i], "--rounds") == 0) rounds = std::atoi(argv[i + 1]);
  }
  std::string pattern = (std::filesystem::current_path() / "write_bench.XXXXXX").string();
  if (mkdtemp(pattern.data()) == nullptr) return 1;
  InstallSlowDisk(pattern);
  std::printf(
      "| fsync | writers | alone, writes/s (p50, p99 ms) | shared, writes/s (p50, p99 ms) | "
      "ratio |\n|---|---:|---:|---:|---:|\n");
  for (const int latency : {0, 1000, 5000}) {
    for (const int writers : {1, 8, 32, 128}) {
      std::vector<double> ratios;
      Measured alone;
      Measured shared;
      for (int round = 0; round < rounds; ++round) {
        const std::string path =
            absl::StrCat(pattern, "/", latency, "-", writers, "-", round, ".db");
        SetSyncLatency(absl::ZeroDuration());
        auto driver = OpenSqlite(path);
        if (!driver.ok()) return 1;
        auto store = Store::Open(*std::move(driver), absl::Now());
        if (!store.ok()) return 1;
        SetSyncLatency(absl::Microseconds(latency));
        alone = Run(**store, writers, /*alone=*/true, seconds);
        shared = Run(**store, writers, /*alone=*/false, seconds);
        ratios.push_back(shared.writes_per_second / alone.writes_per_second);
      }
      std::printf("| %s | %d | %.0f (%.2f, %.2f) | %.0f (%.2f, %.2f) | %.2f |\n",
                  latency == 0 ? "as it is" : absl::StrCat("+", latency / 1000, " ms").c_str(),
                  writers, alone.writes_per_second, alone.median_ms, alone.p99_ms,
                  shared.writes_per_second, shared.median_ms, shared.p99_ms, Median(ratios));
      std::fflush(stdout);
    }
  }
  std::filesystem::remove_all(pattern);
  return 0;
}

}  // namespace
}  // namespace rollcall

int main(int argc, char** argv) { return rollcall::Main(argc, argv); }
