// What the audit log costs: small durable writes with the log on and off, in turns in one run; and
// checking a long log beside hashing the same bytes without a log.
//
//   audit_bench [--seconds S] [--rounds N] [--entries N]
//
// A write inserts one vendor with its revision, as CreateVendor does, and shares its commit with
// whoever waits at the same time. Besides the disk as it is, one whose fsync takes 1 ms longer is
// played.

#include <openssl/evp.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "rollcall/v1/vendor_service.pb.h"
#include "server/audit/audit_log.h"
#include "server/audit/log_check.h"
#include "storage/register_tables.h"
#include "storage/sqlite/sqlite_driver.h"
#include "tests/bench/slow_disk.h"

namespace rollcall {
namespace {

using Clock = std::chrono::steady_clock;

double Since(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

void Must(const absl::Status& status) {
  if (status.ok()) return;
  std::fprintf(stderr, "%s\n", status.ToString().c_str());
  std::exit(1);
}

// Writes of `writers` threads in `seconds`, for each second.
double WritesPerSecond(Store& store, int writers, double seconds) {
  static std::atomic<std::int64_t> next = 0;
  std::atomic<bool> stop = false;
  std::atomic<std::int64_t> written = 0;
  std::vector<std::thread> threads;
  const auto begin = Clock::now();
  for (int i = 0; i < writers; ++i) {
    threads.emplace_back([&] {
      WriteOptions options{"rollcall.v1.VendorService.CreateVendor", "user:bench", absl::Now(),
                           nullptr};
      options.source = "ipv4:127.0.0.1";
      options.correlation_id = "0b6c1c8e-6d0d-4b5e-9f43-0f1f6e1d2c3b";
      while (!stop) {
        v1::Vendor vendor;
        vendor.set_name(absl::StrCat("vendors/v", ++next));
        vendor.set_legal_name("A vendor of the usual length, Inc.");
        Must(store.Write(options, [&](WriteTx& tx) { return VendorTable().Insert(tx, &vendor); }));
        ++written;
      }
    });
  }
  std::this_thread::sleep_for(std::chrono::duration<double>(seconds));
  stop = true;
  for (std::thread& thread : threads) thread.join();
  return static_cast<double>(written) / Since(begin);
}

double Median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

void CompareWrites(const std::string& folder, double seconds, int rounds) {
  Must(audit::SigningKey::Make(folder + "/audit.key"));
  auto key = audit::SigningKey::Load(folder + "/audit.key");
  Must(key.status());
  std::printf(
      "| fsync | writers | without the log, writes/s | with it | added to a write "
      "|\n|---|---:|---:|---:|---:|\n");
  InstallSlowDisk(folder);
  for (const auto& [latency_ms, writers] : std::vector<std::pair<int, int>>{
           {0, 1}, {0, 8}, {0, 32}, {0, 128}, {1, 1}, {1, 8}, {1, 32}, {1, 128}}) {
    std::vector<double> off;
    std::vector<double> on;
    std::vector<double> added;
    for (int round = 0; round < rounds; ++round) {
      // One database for both, in turns: what it has grown to is the same for both.
      SetSyncLatency(absl::ZeroDuration());
      auto driver =
          OpenSqlite(absl::StrCat(folder, "/", latency_ms, "-", writers, "-", round, ".db"));
      Must(driver.status());
      auto store = Store::Open(*std::move(driver), absl::Now());
      Must(store.status());
      auto log = audit::AuditLog::Open(store->get(), &*key, {folder + "/audit.head"}, absl::Now());
      Must(log.status());
      SetSyncLatency(absl::Milliseconds(latency_ms));
      for (const bool with_log : {false, true, true, false}) {
        (*store)->SetJournal(with_log ? log->get() : nullptr);
        (with_log ? on : off).push_back(WritesPerSecond(**store, writers, seconds));
      }
      added.push_back((off[off.size() - 2] + off.back()) / (on[on.size() - 2] + on.back()) - 1);
      std::filesystem::remove(folder + "/audit.head");
    }
    std::printf("| %s | %d | %.0f | %.0f | %.1f %% |\n",
                latency_ms == 0 ? "as it is" : absl::StrCat("+", latency_ms, " ms").c_str(),
                writers, Median(off), Median(on), 100 * Median(added));
    std::fflush(stdout);
  }
}

void CompareChecking(const std::string& folder, std::uint64_t entries) {
  auto key = audit::SigningKey::Load(folder + "/audit.key");
  Must(key.status());
  const audit::NoteKey note_key{"rollcall.local/bench", key->public_key()};
  audit::Frontier tree;
  std::string copy = absl::StrCat(audit::kCopyHeader, "\n");
  std::string plain;
  for (std::uint64_t i = 0; i < entries; ++i) {
    audit::Entry entry;
    entry.index = i;
    entry.time = absl::FromUnixMicros(1'804'601'106'000'000 + static_cast<std::int64_t>(i));
    entry.kind = audit::kChange;
    entry.principal = "user:bench";
    entry.source = "ipv4:127.0.0.1";
    entry.method = "rollcall.v1.VendorService.CreateVendor";
    entry.correlation_id = "0b6c1c8e-6d0d-4b5e-9f43-0f1f6e1d2c3b";
    entry.revision = static_cast<std::int64_t>(i) + 1;
    audit::ChangedValue name;
    name.form = audit::ChangedValue::Form::kJson;
    name.json = "\"A vendor of the usual length, Inc.\"";
    entry.changes.push_back({absl::StrCat("vendors/v", i), {{"legal_name", {}, name}}});
    const std::string bytes = audit::EncodeEntry(entry);
    tree.Append(audit::LeafHash(bytes));
    copy += audit::EntryLine(bytes);
    plain += bytes;
    if ((i + 1) % std::max<std::uint64_t>(1, entries / 1024) == 0 || i + 1 == entries) {
      auto note = audit::SignNote(audit::CheckpointText({note_key.name, tree.size(), tree.Root()}),
                                  note_key, [&](std::string_view text) { return key->Sign(text); });
      Must(note.status());
      copy += audit::CheckpointLine(*note);
    }
  }
  const std::size_t size = plain.size() / entries;

  auto begin = Clock::now();
  Must(audit::CheckCopy(copy, note_key, {}).status());
  const double checked = Since(begin);

  unsigned char digest[32];
  begin = Clock::now();
  for (std::uint64_t i = 0; i < entries; ++i) {
    EVP_Digest(plain.data() + i * size, size, digest, nullptr, EVP_sha256(), nullptr);
  }
  const double each = Since(begin);
  begin = Clock::now();
  EVP_Digest(plain.data(), plain.size(), digest, nullptr, EVP_sha256(), nullptr);
  const double whole = Since(begin);
  std::printf(
      "\n%llu entries of %zu bytes: checked in %.2f s (%.0f a second, %.0f MB/s); SHA-256 of each "
      "of "
      "them alone %.2f s; of all in one piece %.2f s (%.0f MB/s)\n",
      static_cast<unsigned long long>(entries), size, checked,
      static_cast<double>(entries) / checked, static_cast<double>(plain.size()) / checked / 1e6,
      each, whole, static_cast<double>(plain.size()) / whole / 1e6);
}

int Main(int argc, char** argv) {
  double seconds = 1;
  int rounds = 3;
  std::uint64_t entries = 1'000'000;
  for (int i = 1; i + 1 < argc; i += 2) {
    if (std::strcmp(argv[i], "--seconds") == 0) seconds = std::atof(argv[i + 1]);
    if (std::strcmp(argv[i], "--rounds") == 0) rounds = std::atoi(argv[i + 1]);
    if (std::strcmp(argv[i], "--entries") == 0) entries = std::strtoull(argv[i + 1], nullptr, 10);
  }
  std::string folder = (std::filesystem::current_path() / "audit_bench.XXXXXX").string();
  if (mkdtemp(folder.data()) == nullptr) return 1;
  CompareWrites(folder, seconds, rounds);
  CompareChecking(folder, entries);
  std::filesystem::remove_all(folder);
  return 0;
}

}  // namespace
}  // namespace rollcall

int main(int argc, char** argv) { return rollcall::Main(argc, argv); }
