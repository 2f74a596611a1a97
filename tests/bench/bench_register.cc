#include "tests/bench/bench_register.h"

#include <filesystem>

#include "absl/strings/str_cat.h"
#include "server/access/key_file.h"
#include "storage/sqlite/sqlite_driver.h"
#include "storage/status.h"

namespace rollcall::bench {

absl::StatusOr<BenchRegister> OpenBenchRegister(const std::string& data_dir, absl::Time now) {
  const std::string key_file = absl::StrCat(data_dir, "/../register.key");
  if (!std::filesystem::exists(key_file)) RC_RETURN_IF_ERROR(access::MakeKeyFile(key_file));
  BenchRegister bench;
  RC_ASSIGN_OR_RETURN(bench.kek, access::OpenKeyEncryptionKey({key_file, "", {}}));
  bench.vault = std::make_unique<access::AesVault>();
  RC_ASSIGN_OR_RETURN(std::unique_ptr<Driver> driver,
                      OpenSqlite(absl::StrCat(data_dir, "/register.db")));
  RC_ASSIGN_OR_RETURN(bench.store, Store::Open(std::move(driver), now, bench.vault.get()));
  RC_ASSIGN_OR_RETURN(bench.keys, access::KeyRing::Open(bench.store.get(), bench.kek.get(),
                                                        bench.vault.get(), now));
  return bench;
}

}  // namespace rollcall::bench
