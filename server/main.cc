// rollcalld: reads the configuration, opens the store and serves it until told to stop. The one
// place that names a storage engine.

#include <malloc.h>
#include <sys/stat.h>

#include <cstdio>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "server/access/aes_vault.h"
#include "server/access/key_encryption_key.h"
#include "server/access/key_ring.h"
#include "server/registry/catalog.h"
#include "server/runtime/clock.h"
#include "server/runtime/config.h"
#include "server/runtime/core_dumps.h"
#include "server/runtime/ids.h"
#include "server/runtime/lifecycle.h"
#include "server/runtime/listen_address.h"
#include "server/runtime/lock_file.h"
#include "server/runtime/logging.h"
#include "server/runtime/version.h"
#include "server/server.h"
#include "storage/seal_plain_rows.h"
#include "storage/sqlite/sqlite_driver.h"
#include "storage/status.h"

namespace rollcall {
namespace {

absl::Status Serve(const runtime::Config& config) {
  const runtime::SystemClock clock;
  runtime::RandomIdGenerator ids;
  runtime::ServerLifecycle lifecycle(&clock);

  RC_ASSIGN_OR_RETURN(
      const std::unique_ptr<access::KeyEncryptionKey> kek,
      access::OpenKeyEncryptionKey({config.key_file, config.key_credential, config.key_command}));

  if (mkdir(config.data_dir.c_str(), 0700) != 0 && errno != EEXIST) {
    return MakeError(absl::StatusCode::kFailedPrecondition, "DATA_DIRECTORY",
                     absl::StrCat("cannot make the data directory ", config.data_dir));
  }
  RC_ASSIGN_OR_RETURN(const std::unique_ptr<runtime::LockFile> lock,
                      runtime::LockFile::Acquire(absl::StrCat(config.data_dir, "/rollcalld.lock")));
  RC_ASSIGN_OR_RETURN(std::unique_ptr<Driver> driver,
                      OpenSqlite(absl::StrCat(config.data_dir, "/register.db")));
  access::AesVault vault;
  RC_ASSIGN_OR_RETURN(std::unique_ptr<Store> store,
                      Store::Open(std::move(driver), clock.Now(), &vault));
  RC_ASSIGN_OR_RETURN(const std::unique_ptr<access::KeyRing> key_ring,
                      access::KeyRing::Open(store.get(), kek.get(), &vault, clock.Now()));
  RC_RETURN_IF_ERROR(SealPlainRows(*store, clock.Now()));
  RC_ASSIGN_OR_RETURN(v1::CatalogFile catalog, registry::ReadCatalog(config.catalog_dir));
  RC_ASSIGN_OR_RETURN(const int rows,
                      registry::LoadCatalog(*store, clock.Now(), std::move(catalog)));
  if (rows > 0) {
    runtime::LogEvent(runtime::LogLevel::kInfo, "catalog_loaded", {{"rows_written", rows}});
  }
  RC_ASSIGN_OR_RETURN(std::unique_ptr<Server> server,
                      Server::Start(config, store.get(), &clock, &ids));
  for (std::size_t i = 0; i < config.listen.size(); ++i) {
    runtime::LogEvent(runtime::LogLevel::kInfo, "serving",
                      {{"address", config.listen[i].target},
                       {"port", server->ports()[i]},
                       {"version", runtime::kVersion}});
  }
  runtime::StopSteps steps;
  steps.announce = [&] { server->Announce(); };
  steps.drain = [&](absl::Time deadline) { server->Shutdown(deadline); };
  steps.close = [&] {
    server.reset();
    store.reset();
  };
  lifecycle.Run(steps, config.shutdown_grace);
  return absl::OkStatus();
}

// Large blocks go back to the system when they are freed: an answer about a million people must not
// leave its memory with the process. And a few arenas are enough for the threads of calls.
void BoundMemory() {
  mallopt(M_MMAP_THRESHOLD, 1 << 20);
  mallopt(M_TRIM_THRESHOLD, 8 << 20);
  mallopt(M_ARENA_MAX, 4);
}

int Main(int argc, char** argv) {
  BoundMemory();
  absl::Status status = runtime::ServerLifecycle::BlockSignals();
  if (status.ok()) status = runtime::ForbidCoreDumps();
  runtime::PrivateUmask();
  runtime::RouteLibraryLogs();
  if (status.ok()) {
    const absl::StatusOr<runtime::Config> config = runtime::LoadConfig(argc, argv);
    status = config.status();
    if (config.ok()) {
      switch (config->action) {
        case runtime::Config::Action::kShowText:
          std::fputs(config->text.c_str(), stdout);
          return 0;
        case runtime::Config::Action::kCheckConfig:
          std::puts("the configuration is right");
          return 0;
        case runtime::Config::Action::kServe:
          break;
      }
      status = runtime::StartLogging(config->log);
      if (status.ok()) status = Serve(*config);
    }
  }
  if (status.ok()) return 0;
  std::fprintf(stderr, "rollcalld: %s\n", std::string(status.message()).c_str());
  return 1;
}

}  // namespace
}  // namespace rollcall

int main(int argc, char** argv) { return rollcall::Main(argc, argv); }
