// rollcalld: reads the configuration, opens the store and serves it until told to stop, or runs one
// of the commands of server/admin. The one place that names a storage engine.

#include <malloc.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <iostream>
#include <memory>
#include <optional>
#include <string>

#include "absl/strings/str_cat.h"
#include "server/access/aes_vault.h"
#include "server/access/key_encryption_key.h"
#include "server/access/key_ring.h"
#include "server/access/server_tls.h"
#include "server/access/tls_watcher.h"
#include "server/access/token_verifier.h"
#include "server/admin/backup_command.h"
#include "server/admin/command.h"
#include "server/audit/audit_log.h"
#include "server/audit/signing_key.h"
#include "server/backup/log_check.h"
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

int Fail(const absl::Status& status) {
  std::fprintf(stderr, "rollcalld: %s\n", std::string(status.message()).c_str());
  return 1;
}

// Null if there are only Unix sockets.
absl::StatusOr<std::unique_ptr<access::ServerTls>> LoadTls(const runtime::Config& config,
                                                           const runtime::Clock* clock) {
  const bool only_sockets =
      std::none_of(config.listen.begin(), config.listen.end(),
                   [](const auto& address) { return address.socket_path.empty(); });
  if (only_sockets) return nullptr;
  return access::ServerTls::Load({config.tls_certificate_file, config.tls_key_file,
                                  config.tls_client_ca_file, config.tls_crl_file},
                                 clock);
}

// The store with what it needs, in the order in which it is opened; closed in the opposite one.
struct Register {
  std::unique_ptr<access::KeyEncryptionKey> kek;
  std::unique_ptr<audit::SigningKey> signing_key;
  std::unique_ptr<runtime::LockFile> lock;
  std::unique_ptr<access::AesVault> vault = std::make_unique<access::AesVault>();
  std::unique_ptr<Store> store;
  std::unique_ptr<access::KeyRing> key_ring;
  std::unique_ptr<audit::AuditLog> audit_log;
};

absl::StatusOr<Register> OpenRegister(const runtime::Config& config, absl::Time now) {
  Register opened;
  RC_ASSIGN_OR_RETURN(
      opened.kek,
      access::OpenKeyEncryptionKey({config.key_file, config.key_credential, config.key_command}));
  RC_ASSIGN_OR_RETURN(audit::SigningKey signing_key,
                      audit::SigningKey::Load(config.audit_key_file));
  opened.signing_key = std::make_unique<audit::SigningKey>(std::move(signing_key));
  if (mkdir(config.data_dir.c_str(), 0700) != 0 && errno != EEXIST) {
    return MakeError(absl::StatusCode::kFailedPrecondition, "DATA_DIRECTORY",
                     absl::StrCat("cannot make the data directory ", config.data_dir));
  }
  RC_ASSIGN_OR_RETURN(opened.lock,
                      runtime::LockFile::Acquire(absl::StrCat(config.data_dir, "/rollcalld.lock")));
  RC_ASSIGN_OR_RETURN(std::unique_ptr<Driver> driver,
                      OpenSqlite(absl::StrCat(config.data_dir, "/register.db")));
  RC_ASSIGN_OR_RETURN(opened.store, Store::Open(std::move(driver), now, opened.vault.get()));
  RC_ASSIGN_OR_RETURN(opened.key_ring, access::KeyRing::Open(opened.store.get(), opened.kek.get(),
                                                             opened.vault.get(), now));
  // Before the first change that this process makes.
  RC_ASSIGN_OR_RETURN(opened.audit_log,
                      audit::AuditLog::Open(opened.store.get(), opened.signing_key.get(),
                                            {.head_path = config.data_dir + "/audit.head"}, now));
  opened.store->SetJournal(opened.audit_log.get());
  RC_RETURN_IF_ERROR(
      opened.audit_log->RecordStart(*opened.store, now, std::string(runtime::kVersion)));
  RC_RETURN_IF_ERROR(SealPlainRows(*opened.store, now));
  RC_ASSIGN_OR_RETURN(v1::CatalogFile catalog, registry::ReadCatalog(config.catalog_dir));
  RC_ASSIGN_OR_RETURN(const int rows,
                      registry::LoadCatalog(*opened.store, now, std::move(catalog)));
  if (rows > 0) {
    runtime::LogEvent(runtime::LogLevel::kInfo, "catalog_loaded", {{"rows_written", rows}});
  }
  return opened;
}

absl::Status Serve(const runtime::Config& config) {
  const runtime::SystemClock clock;
  runtime::RandomIdGenerator ids;
  runtime::ServerLifecycle lifecycle(&clock);

  RC_ASSIGN_OR_RETURN(const std::unique_ptr<access::ServerTls> tls, LoadTls(config, &clock));
  std::optional<access::TlsWatcher> tls_watcher;
  if (tls != nullptr) tls_watcher.emplace(tls.get(), &clock);
  RC_ASSIGN_OR_RETURN(Register opened, OpenRegister(config, clock.Now()));
  std::unique_ptr<access::TokenVerifier> people;
  if (!config.oidc.issuer.empty()) {
    RC_ASSIGN_OR_RETURN(people, access::TokenVerifier::Create(config.oidc));
  }
  RC_ASSIGN_OR_RETURN(std::unique_ptr<Server> server,
                      Server::Start(config, {.store = opened.store.get(),
                                             .clock = &clock,
                                             .ids = &ids,
                                             .tls = tls.get(),
                                             .people = people.get(),
                                             .key_ring = opened.key_ring.get(),
                                             .audit_log = opened.audit_log.get()}));
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
    opened.key_ring.reset();
    opened.store.reset();
  };
  lifecycle.Run(steps, config.shutdown_grace);
  return absl::OkStatus();
}

int CheckConfig(const runtime::Config& config) {
  const runtime::SystemClock clock;
  const absl::Status tls = LoadTls(config, &clock).status();
  if (!tls.ok()) return Fail(tls);
  std::puts("the configuration is right");
  return 0;
}

// Large blocks go back to the system when they are freed: an answer about a million people must not
// leave its memory with the process. And a few arenas are enough for the threads of calls.
void BoundMemory() {
  mallopt(M_MMAP_THRESHOLD, 1 << 20);
  mallopt(M_TRIM_THRESHOLD, 8 << 20);
  mallopt(M_ARENA_MAX, 4);
}

// TLS 1.2 with one cipher suite for each kind of key: gRPC leaves the choice among several to the
// client. To be called before gRPC is used; TLS 1.3 has good ones only.
void ChooseCipherSuites() {
  setenv("GRPC_SSL_CIPHER_SUITES", "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384",
         /*replace=*/1);
}

// Commands that set the machine up, if one is named.
std::optional<int> Administer(int argc, char** argv) {
  const runtime::SystemClock clock;
  runtime::RandomIdGenerator ids;
  const admin::Surroundings surroundings{
      std::cout, std::cerr, clock, ids,
      [&](const runtime::Config& config, const std::function<absl::Status(Store&)>& work) {
        const absl::StatusOr<Register> opened = OpenRegister(config, clock.Now());
        return opened.ok() ? work(*opened->store) : opened.status();
      }};
  return admin::RunCommand(argc, argv, surroundings);
}

// Lets the log of a register that was restored go on, with an entry that says so.
absl::Status LogRestored(const runtime::Config& config, const backup::Restored& restored) {
  const runtime::SystemClock clock;
  RC_ASSIGN_OR_RETURN(const audit::SigningKey signing_key,
                      audit::SigningKey::Load(config.audit_key_file));
  RC_ASSIGN_OR_RETURN(const std::unique_ptr<runtime::LockFile> lock,
                      runtime::LockFile::Acquire(absl::StrCat(config.data_dir, "/rollcalld.lock")));
  RC_ASSIGN_OR_RETURN(std::unique_ptr<Driver> driver,
                      OpenSqlite(absl::StrCat(config.data_dir, "/register.db")));
  RC_ASSIGN_OR_RETURN(const std::unique_ptr<Store> store,
                      Store::Open(std::move(driver), clock.Now()));
  RC_ASSIGN_OR_RETURN(
      const std::unique_ptr<audit::AuditLog> audit_log,
      audit::AuditLog::Open(store.get(), &signing_key,
                            {.head_path = config.data_dir + "/audit.head", .restored = true},
                            clock.Now()));
  store->SetJournal(audit_log.get());
  const absl::Status status = store->Write(
      {"rollcalld.restore", "local", clock.Now(), nullptr, "internal"},
      [&](WriteTx& tx) { return audit_log->AppendRestored(tx, restored.backup.name()); });
  store->SetJournal(nullptr);
  return status;
}

// Commands about database files, if one is named.
std::optional<int> LookAfterFiles(int argc, char** argv) {
  const runtime::SystemClock clock;
  return admin::RunBackupCommand(
      argc, argv,
      {std::cout, std::cerr, clock, CheckSqliteFile,
       [](const runtime::Config& config) -> absl::StatusOr<backup::CheckLog> {
         RC_ASSIGN_OR_RETURN(const audit::SigningKey key,
                             audit::SigningKey::Load(config.audit_key_file));
         return backup::LogCheckWith(key.public_key());
       },
       LogRestored});
}

int Main(int argc, char** argv) {
  BoundMemory();
  ChooseCipherSuites();
  absl::Status status = runtime::ServerLifecycle::BlockSignals();
  if (status.ok()) status = runtime::ForbidCoreDumps();
  runtime::PrivateUmask();
  runtime::RouteLibraryLogs();
  if (status.ok()) {
    if (const std::optional<int> ended = Administer(argc, argv)) return *ended;
    if (const std::optional<int> ended = LookAfterFiles(argc, argv)) return *ended;
    const absl::StatusOr<runtime::Config> config = runtime::LoadConfig(argc, argv);
    status = config.status();
    if (config.ok()) {
      switch (config->action) {
        case runtime::Config::Action::kShowText:
          std::fputs(config->text.c_str(), stdout);
          return 0;
        case runtime::Config::Action::kCheckConfig:
          return CheckConfig(*config);
        case runtime::Config::Action::kServe:
          break;
      }
      status = runtime::StartLogging(config->log);
      if (status.ok()) status = Serve(*config);
    }
  }
  return status.ok() ? 0 : Fail(status);
}

}  // namespace
}  // namespace rollcall

int main(int argc, char** argv) { return rollcall::Main(argc, argv); }
