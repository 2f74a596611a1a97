#include "storage/store.h"

#include <openssl/rand.h>

#include <array>
#include <chrono>
#include <exception>
#include <utility>

#include "absl/strings/str_cat.h"
#include "storage/digest.h"
#include "storage/person_key_store.h"
#include "storage/register_tables.h"
#include "storage/status.h"
#include "storage/write_group.h"
#include "storage/write_queue.h"

namespace rollcall {
namespace {

constexpr std::size_t kMaxIdleReaders = 16;

// How many bodies share one commit at most, and how long bodies may still be added to it: those
// that ran first wait for it.
constexpr std::size_t kMaxGroup = 256;
constexpr std::chrono::milliseconds kMaxGroupTime{10};

// An attempt while a reader still needs the log costs the writers that wait two fsyncs.
constexpr std::chrono::seconds kBetweenCheckpoints{1};

// Rolls back at the end of a scope unless the transaction was ended.
class TransactionGuard {
 public:
  explicit TransactionGuard(Connection& connection) : connection_(connection) {}
  ~TransactionGuard() {
    if (!ended_) connection_.Rollback().IgnoreError();
    connection_.SetCancelCheck(nullptr);
  }
  TransactionGuard(const TransactionGuard&) = delete;
  TransactionGuard& operator=(const TransactionGuard&) = delete;

  absl::Status Commit() {
    const absl::Status status = connection_.Commit();
    ended_ = status.ok();
    return status;
  }

 private:
  Connection& connection_;
  bool ended_ = false;
};

absl::Status ApplyMigration(Connection& connection, const Migration& migration, absl::Time now) {
  RC_RETURN_IF_ERROR(connection.BeginWrite());
  TransactionGuard guard(connection);
  RC_RETURN_IF_ERROR(connection.Execute(std::string(migration.sql)));
  RC_ASSIGN_OR_RETURN(Statement * statement,
                      connection.Prepare("INSERT INTO schema_migration (version, name, sha256, "
                                         "applied_time) VALUES ($1, $2, $3, $4)"));
  const std::string digest = Sha256Hex(migration.sql);
  statement->BindInt(1, migration.version);
  statement->BindText(2, migration.name);
  statement->BindText(3, digest);
  statement->BindInt(4, absl::ToUnixMicros(now));
  RC_RETURN_IF_ERROR(statement->Run());
  return guard.Commit();
}

absl::Status Migrate(Connection& connection, const std::vector<Migration>& migrations,
                     absl::Time now) {
  RC_RETURN_IF_ERROR(
      connection.Execute("CREATE TABLE IF NOT EXISTS schema_migration ("
                         "version INTEGER PRIMARY KEY, name TEXT NOT NULL, sha256 TEXT NOT NULL, "
                         "applied_time BIGINT NOT NULL)"));
  std::size_t applied = 0;
  {
    RC_ASSIGN_OR_RETURN(
        Statement * statement,
        connection.Prepare("SELECT version, sha256 FROM schema_migration ORDER BY version"));
    ScopedReset reset(statement);
    while (true) {
      RC_ASSIGN_OR_RETURN(const bool more, statement->Step());
      if (!more) break;
      if (applied >= migrations.size()) {
        return MakeError(absl::StatusCode::kFailedPrecondition, "SCHEMA_NEWER",
                         "the database was written by a newer version of this program; run that "
                         "version, or restore a backup made before the upgrade");
      }
      const Migration& known = migrations[applied];
      if (statement->Int(0) != known.version || statement->Text(1) != Sha256Hex(known.sql)) {
        return MakeError(absl::StatusCode::kFailedPrecondition, "SCHEMA_MISMATCH",
                         absl::StrCat("step ", known.version,
                                      " of the schema was applied in another form than this "
                                      "program knows; it refuses to write to this database"));
      }
      ++applied;
    }
  }
  for (; applied < migrations.size(); ++applied) {
    RC_RETURN_IF_ERROR(ApplyMigration(connection, migrations[applied], now));
  }
  return absl::OkStatus();
}

// Gives a new register its secret.
absl::Status MakeSecret(Connection& connection) {
  std::array<unsigned char, 32> bytes{};
  if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1) {
    return absl::InternalError("no random bytes can be had");
  }
  const std::string secret =
      Hex(std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
  RC_RETURN_IF_ERROR(connection.BeginWrite());
  TransactionGuard guard(connection);
  RC_ASSIGN_OR_RETURN(Statement * statement,
                      connection.Prepare("INSERT INTO setting (key, value) VALUES ($1, $2) "
                                         "ON CONFLICT (key) DO NOTHING"));
  statement->BindText(1, kExposureSecretSetting);
  statement->BindText(2, secret);
  RC_RETURN_IF_ERROR(statement->Run());
  return guard.Commit();
}

}  // namespace

absl::StatusOr<std::int64_t> NewestRevision(Connection& connection) {
  RC_ASSIGN_OR_RETURN(Statement * statement,
                      connection.Prepare("SELECT COALESCE(MAX(revision), 0) FROM revision"));
  ScopedReset reset(statement);
  RC_RETURN_IF_ERROR(statement->Step().status());
  return statement->Int(0);
}

ReadTx::ReadTx(Connection& connection, std::int64_t revision, Vault* vault)
    : connection_(connection),
      revision_(revision),
      vault_(vault),
      person_keys_(std::make_unique<PersonKeyStore>(connection, vault)) {}

ReadTx::~ReadTx() = default;

Store::Store(std::unique_ptr<Driver> driver, std::unique_ptr<Connection> writer, int schema_version,
             Vault* vault)
    : driver_(std::move(driver)),
      schema_version_(schema_version),
      vault_(vault),
      queue_(std::make_unique<WriteQueue>()),
      writer_(std::move(writer)) {}

Store::~Store() = default;

absl::StatusOr<std::unique_ptr<Store>> Store::Open(std::unique_ptr<Driver> driver, absl::Time now,
                                                   Vault* vault) {
  RC_ASSIGN_OR_RETURN(std::unique_ptr<Connection> writer, driver->Connect(/*read_only=*/false));
  RC_RETURN_IF_ERROR(Migrate(*writer, driver->migrations(), now));
  RC_RETURN_IF_ERROR(MakeSecret(*writer));
  const int version = driver->migrations().empty() ? 0 : driver->migrations().back().version;
  std::unique_ptr<Store> store(new Store(std::move(driver), std::move(writer), version, vault));
  // What an earlier process owed.
  store->Checkpoint().IgnoreError();
  return store;
}

absl::StatusOr<std::unique_ptr<Connection>> Store::TakeReader() {
  {
    const std::lock_guard<std::mutex> lock(readers_mutex_);
    if (!idle_readers_.empty()) {
      std::unique_ptr<Connection> reader = std::move(idle_readers_.back());
      idle_readers_.pop_back();
      return reader;
    }
  }
  return driver_->Connect(/*read_only=*/true);
}

void Store::ReturnReader(std::unique_ptr<Connection> reader) {
  const std::lock_guard<std::mutex> lock(readers_mutex_);
  if (idle_readers_.size() < kMaxIdleReaders) idle_readers_.push_back(std::move(reader));
}

absl::Status Store::Read(const std::function<bool()>& cancelled,
                         absl::FunctionRef<absl::Status(ReadTx&)> body) {
  RC_ASSIGN_OR_RETURN(std::unique_ptr<Connection> reader, TakeReader());
  absl::Status status;
  {
    RC_RETURN_IF_ERROR(reader->BeginRead());
    TransactionGuard guard(*reader);
    reader->SetCancelCheck(cancelled);
    RC_ASSIGN_OR_RETURN(const std::int64_t revision, NewestRevision(*reader));
    ReadTx tx(*reader, revision, vault_);
    status = body(tx);
  }
  ReturnReader(std::move(reader));
  return status;
}

absl::Status Store::Write(const WriteOptions& options,
                          absl::FunctionRef<absl::Status(WriteTx&)> body) {
  QueuedWrite write(options, body);
  if (queue_->Join(write)) Lead(write);
  if (write.exception != nullptr) std::rethrow_exception(write.exception);
  return write.result;
}

void Store::Lead(const QueuedWrite& own) {
  std::vector<QueuedWrite*> taken;
  {
    const std::lock_guard<std::mutex> lock(writer_mutex_);
    WriteGroup group(*writer_, vault_, journal_);
    const auto begin = std::chrono::steady_clock::now();
    bool open = true;
    while (open && taken.size() < kMaxGroup) {
      QueuedWrite* const next = queue_->Take(/*group_is_empty=*/taken.empty());
      if (next == nullptr) break;
      taken.push_back(next);
      open = group.Run(*next) && !next->options.alone &&
             std::chrono::steady_clock::now() - begin < kMaxGroupTime;
    }
    const bool committed = group.Commit().ok();
    if (committed && group.changed() && committed_) committed_();
    if (committed && checkpoint_owed_ &&
        std::chrono::steady_clock::now() - last_checkpoint_ >= kBetweenCheckpoints) {
      CheckpointLocked().IgnoreError();
    }
  }
  queue_->Finish(taken, own);
}

void Store::OnCommit(std::function<void()> committed) {
  const std::lock_guard<std::mutex> lock(writer_mutex_);
  committed_ = std::move(committed);
}

void Store::SetJournal(Journal* journal) {
  const std::lock_guard<std::mutex> lock(writer_mutex_);
  journal_ = journal;
}

absl::Status Store::Ready() {
  RC_RETURN_IF_ERROR(Read(nullptr, [](ReadTx&) { return absl::OkStatus(); }));
  // An import may hold the writers up for minutes; it says nothing about the database.
  const std::unique_lock<std::mutex> lock(writer_mutex_, std::try_to_lock);
  if (lock.owns_lock() && checkpoint_owed_) CheckpointLocked().IgnoreError();
  return absl::OkStatus();
}

absl::Status Store::CheckpointLocked() {
  absl::Status status = writer_->Checkpoint();
  checkpoint_owed_ = !status.ok();
  last_checkpoint_ = std::chrono::steady_clock::now();
  return status;
}

absl::Status Store::Checkpoint() {
  const std::lock_guard<std::mutex> lock(writer_mutex_);
  return CheckpointLocked();
}

absl::Status Store::Compact() {
  const std::lock_guard<std::mutex> lock(writer_mutex_);
  RC_RETURN_IF_ERROR(writer_->Compact());
  const absl::Status status = CheckpointLocked();
  return absl::IsUnavailable(status) ? absl::OkStatus() : status;
}

}  // namespace rollcall
