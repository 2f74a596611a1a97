// A register for benchmarks, with keys as a server has them: its key file is `register.key` beside
// the data directory, so that rollcalld can serve the same register.

#ifndef ROLLCALL_TESTS_BENCH_BENCH_REGISTER_H_
#define ROLLCALL_TESTS_BENCH_BENCH_REGISTER_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/access/aes_vault.h"
#include "server/access/key_encryption_key.h"
#include "server/access/key_ring.h"
#include "storage/store.h"

namespace rollcall::bench {

struct BenchRegister {
  std::unique_ptr<access::KeyEncryptionKey> kek;
  std::unique_ptr<access::AesVault> vault;
  std::unique_ptr<Store> store;
  std::unique_ptr<access::KeyRing> keys;
};

// Opens, or makes, the register in a data directory that exists.
absl::StatusOr<BenchRegister> OpenBenchRegister(const std::string& data_dir, absl::Time now);

}  // namespace rollcall::bench

#endif  // ROLLCALL_TESTS_BENCH_BENCH_REGISTER_H_
