// What sealing costs, record by record, beside the bare primitives of OpenSSL on the same machine.

#include <benchmark/benchmark.h>

#include <string>

#include "storage/digest.h"
#include "tests/support/test_vault.h"

namespace rollcall {
namespace {

constexpr char kContext[] =
    "person_fact/123456/78/0123456789abcdef0123456789abcdef0123456789abcdef";

void SealPerson(benchmark::State& state) {
  testing::TestVault vault;
  const PersonKey key = vault.NewPersonKey();
  const std::string plain(static_cast<std::size_t>(state.range(0)), 'x');
  std::string sealed;
  for (auto _ : state) {
    benchmark::DoNotOptimize(vault.SealFor(key, kContext, plain, &sealed));
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(SealPerson)->Arg(20)->Arg(150);

void OpenPerson(benchmark::State& state) {
  testing::TestVault vault;
  const PersonKey key = vault.NewPersonKey();
  std::string sealed;
  std::string opened;
  vault.SealFor(key, kContext, std::string(static_cast<std::size_t>(state.range(0)), 'x'), &sealed)
      .IgnoreError();
  for (auto _ : state) {
    benchmark::DoNotOptimize(vault.OpenFor(key, kContext, sealed, &opened));
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(OpenPerson)->Arg(20)->Arg(150);

// A row of 256 persons' keys.
void OpenChunk(benchmark::State& state) {
  testing::TestVault vault;
  const std::string sealed = *vault.Seal(kContext, std::string(8192, 'k'));
  for (auto _ : state) benchmark::DoNotOptimize(vault.Open(kContext, sealed));
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(OpenChunk);

void Fingerprint(benchmark::State& state) {
  testing::TestVault vault;
  for (auto _ : state) benchmark::DoNotOptimize(vault.Index("person.id", "738205519"));
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(Fingerprint);

// For comparison: a plain digest of the same bytes.
void PlainSha256(benchmark::State& state) {
  Sha256 hash;
  for (auto _ : state) {
    hash.Update("738205519");
    benchmark::DoNotOptimize(hash.Finish());
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(PlainSha256);

}  // namespace
}  // namespace rollcall

BENCHMARK_MAIN();
