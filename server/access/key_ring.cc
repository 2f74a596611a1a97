#include "server/access/key_ring.h"

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"
#include "storage/resealing.h"
#include "storage/sealed_rows.h"
#include "storage/status.h"

namespace rollcall::access {
namespace {

constexpr char kCheck[] = "check";
constexpr char kSealing[] = "sealing";
constexpr char kBlindIndex[] = "blind_index";

struct Row {
  std::uint32_t id = 0;
  std::string purpose;
  std::string wrapped;
  absl::Time create_time;
};

std::string ContextOf(std::uint32_t id, std::string_view purpose) {
  return absl::StrCat("data_key/", id, "/", ToAbsl(purpose));
}

absl::StatusOr<std::vector<Row>> ReadRows(ReadTx& tx) {
  std::vector<Row> rows;
  RC_ASSIGN_OR_RETURN(
      Statement * query,
      tx.Prepare("SELECT key_id, purpose, wrapped, create_time FROM data_key ORDER BY key_id"));
  ScopedReset reset(query);
  while (true) {
    RC_ASSIGN_OR_RETURN(const bool more, query->Step());
    if (!more) return rows;
    rows.push_back({static_cast<std::uint32_t>(query->Int(0)), std::string(query->Text(1)),
                    std::string(query->Blob(2)), absl::FromUnixMicros(query->Int(3))});
  }
}

absl::Status WriteRow(WriteTx& tx, const Row& row) {
  RC_ASSIGN_OR_RETURN(Statement * insert,
                      tx.Prepare("INSERT INTO data_key (key_id, purpose, wrapped, create_time) "
                                 "VALUES ($1, $2, $3, $4)"));
  insert->BindInt(1, row.id);
  insert->BindText(2, row.purpose);
  insert->BindBlob(3, row.wrapped);
  insert->BindInt(4, absl::ToUnixMicros(row.create_time));
  return insert->Run();
}

WriteOptions InternalWrite(std::string method, absl::Time now) {
  WriteOptions options;
  options.method = std::move(method);
  options.principal = "rollcalld";
  options.time = now;
  options.source = "internal";
  return options;
}

// A key that cannot be had back would be the loss of everything that is sealed under it.
absl::StatusOr<std::string> WrapSafely(KeyEncryptionKey& kek, const std::string& context,
                                       const SecretKey& key) {
  RC_ASSIGN_OR_RETURN(std::string wrapped, kek.Wrap(context, key));
  RC_ASSIGN_OR_RETURN(const SecretKey again, kek.Unwrap(context, wrapped));
  if (again.view() != key.view()) {
    return MakeError(absl::StatusCode::kFailedPrecondition, "KEY_WRONG",
                     "the key-encryption key does not unwrap what it wrapped; nothing was changed; "
                     "look at what the key comes from");
  }
  return wrapped;
}

// The first keys of a register, by their ids.
absl::StatusOr<std::vector<Row>> FirstRows(KeyEncryptionKey& kek, absl::Time now) {
  std::vector<Row> rows;
  for (const char* const purpose : {kCheck, kSealing, kBlindIndex}) {
    Row row;
    row.id = static_cast<std::uint32_t>(rows.size());
    row.purpose = purpose;
    row.create_time = now;
    RC_ASSIGN_OR_RETURN(const SecretKey key, SecretKey::Random());
    RC_ASSIGN_OR_RETURN(row.wrapped, WrapSafely(kek, ContextOf(row.id, row.purpose), key));
    rows.push_back(std::move(row));
  }
  return rows;
}

absl::Status Damaged(std::string_view what) {
  return MakeError(absl::StatusCode::kDataLoss, "KEY_DAMAGED",
                   absl::StrCat(ToAbsl(what), " in the table data_key; restore a backup"));
}

// Whether anything lies sealed under a data key.
absl::StatusOr<bool> AnySealed(ReadTx& tx) {
  for (const SealedColumn& column : SealedColumns()) {
    RC_ASSIGN_OR_RETURN(
        Statement * query,
        tx.Prepare(absl::StrCat("SELECT 1 FROM ", ToAbsl(column.table), " WHERE length(",
                                ToAbsl(column.column), ") > 0 LIMIT 1")));
    ScopedReset reset(query);
    RC_ASSIGN_OR_RETURN(const bool found, query->Step());
    if (found) return true;
  }
  return false;
}

// Unwraps a row of a register whose check was right.
absl::StatusOr<SecretKey> UnwrapRow(KeyEncryptionKey& kek, const Row& row) {
  absl::StatusOr<SecretKey> key = kek.Unwrap(ContextOf(row.id, row.purpose), row.wrapped);
  if (ErrorReason(key.status()) == "KEY_WRONG") {
    return Damaged(absl::StrCat("the key ", row.id, " was changed"));
  }
  return key;
}

absl::Status CheckKey(KeyEncryptionKey& kek, const std::vector<Row>& rows) {
  const auto check =
      std::find_if(rows.begin(), rows.end(), [](const Row& row) { return row.purpose == kCheck; });
  if (check == rows.end()) return Damaged("the check of the key-encryption key is missing");
  return kek.Unwrap(ContextOf(check->id, check->purpose), check->wrapped).status();
}

absl::StatusOr<VaultKeys> UnwrapAll(KeyEncryptionKey& kek, const std::vector<Row>& rows) {
  RC_RETURN_IF_ERROR(CheckKey(kek, rows));
  std::vector<VaultKeys::Generation> sealing;
  std::optional<SecretKey> blind_index;
  for (const Row& row : rows) {
    if (row.purpose == kCheck) continue;
    RC_ASSIGN_OR_RETURN(SecretKey key, UnwrapRow(kek, row));
    if (row.purpose == kSealing) {
      sealing.push_back({row.id, std::move(key)});
    } else {
      blind_index.emplace(std::move(key));
    }
  }
  if (sealing.empty()) return Damaged("every key for sealing is missing");
  if (!blind_index.has_value()) return Damaged("the key of the fingerprints is missing");
  return VaultKeys{std::move(sealing), *std::move(blind_index)};
}

}  // namespace

absl::StatusOr<std::unique_ptr<KeyRing>> KeyRing::Open(Store* store, KeyEncryptionKey* kek,
                                                       AesVault* vault, absl::Time now) {
  std::vector<Row> rows;
  RC_RETURN_IF_ERROR(store->Read(nullptr, [&](ReadTx& tx) -> absl::Status {
    RC_ASSIGN_OR_RETURN(rows, ReadRows(tx));
    if (!rows.empty()) return absl::OkStatus();
    // New keys would open none of it, and new fingerprints would find nobody.
    RC_ASSIGN_OR_RETURN(const bool sealed, AnySealed(tx));
    return sealed ? Damaged("all keys are missing") : absl::OkStatus();
  }));
  if (rows.empty()) {
    RC_ASSIGN_OR_RETURN(rows, FirstRows(*kek, now));
    RC_RETURN_IF_ERROR(store->Write(InternalWrite("MakeKeys", now), [&](WriteTx& tx) {
      for (const Row& row : rows) RC_RETURN_IF_ERROR(WriteRow(tx, row));
      return absl::OkStatus();
    }));
  }
  std::unique_ptr<KeyRing> ring(new KeyRing(store, kek, vault));
  RC_RETURN_IF_ERROR(ring->Refresh());
  return ring;
}

absl::StatusOr<std::vector<DataKeyInfo>> KeyRing::List(ReadTx& tx) {
  RC_ASSIGN_OR_RETURN(const std::vector<Row> rows, ReadRows(tx));
  std::vector<DataKeyInfo> keys;
  for (const Row& row : rows) {
    if (row.purpose == kSealing) keys.push_back({row.id, row.create_time});
  }
  return keys;
}

absl::StatusOr<DrawnKey> KeyRing::Draw() {
  DrawnKey drawn;
  RC_RETURN_IF_ERROR(store_->Read(nullptr, [&](ReadTx& tx) -> absl::Status {
    RC_ASSIGN_OR_RETURN(const std::vector<Row> rows, ReadRows(tx));
    drawn.id = rows.empty() ? 1 : rows.back().id + 1;
    return absl::OkStatus();
  }));
  RC_ASSIGN_OR_RETURN(const SecretKey key, SecretKey::Random());
  RC_ASSIGN_OR_RETURN(drawn.wrapped, WrapSafely(*kek_, ContextOf(drawn.id, kSealing), key));
  return drawn;
}

absl::Status KeyRing::Keep(WriteTx& tx, const DrawnKey& drawn) {
  RC_ASSIGN_OR_RETURN(const std::vector<Row> rows, ReadRows(tx));
  const auto sealing = std::count_if(rows.begin(), rows.end(),
                                     [](const Row& row) { return row.purpose == kSealing; });
  if (sealing != 1 || rows.back().id >= drawn.id) {
    return MakeError(absl::StatusCode::kFailedPrecondition, "KEY_ROTATION_RUNNING",
                     "an earlier rotation of the data key has not ended; wait for it");
  }
  return WriteRow(tx, {drawn.id, kSealing, drawn.wrapped, tx.time()});
}

absl::Status KeyRing::Refresh() {
  const std::lock_guard<std::mutex> lock(refresh_mutex_);
  std::vector<Row> rows;
  RC_RETURN_IF_ERROR(store_->Read(nullptr, [&](ReadTx& tx) -> absl::Status {
    RC_ASSIGN_OR_RETURN(rows, ReadRows(tx));
    return absl::OkStatus();
  }));
  RC_ASSIGN_OR_RETURN(VaultKeys keys, UnwrapAll(*kek_, rows));
  vault_->SetKeys(std::move(keys));
  return absl::OkStatus();
}

absl::Status KeyRing::Drop(WriteTx& tx) {
  RC_ASSIGN_OR_RETURN(Statement * drop,
                      tx.Prepare("DELETE FROM data_key WHERE purpose = 'sealing' AND key_id < "
                                 "(SELECT MAX(key_id) FROM data_key WHERE purpose = 'sealing')"));
  return drop->Run();
}

absl::StatusOr<int> RewrapKeys(Store& store, KeyEncryptionKey& current, KeyEncryptionKey& next,
                               absl::Time now) {
  int count = 0;
  RC_RETURN_IF_ERROR(
      store.Write(InternalWrite("RewrapKeys", now), [&](WriteTx& tx) -> absl::Status {
        RC_ASSIGN_OR_RETURN(const std::vector<Row> rows, ReadRows(tx));
        RC_RETURN_IF_ERROR(CheckKey(current, rows));
        for (const Row& row : rows) {
          const std::string context = ContextOf(row.id, row.purpose);
          RC_ASSIGN_OR_RETURN(const SecretKey key, UnwrapRow(current, row));
          RC_ASSIGN_OR_RETURN(const std::string wrapped, WrapSafely(next, context, key));
          RC_ASSIGN_OR_RETURN(Statement * update,
                              tx.Prepare("UPDATE data_key SET wrapped = $1 WHERE key_id = $2"));
          update->BindBlob(1, wrapped);
          update->BindInt(2, row.id);
          RC_RETURN_IF_ERROR(update->Run());
          ++count;
        }
        tx.NewRevision();
        tx.notes().facts.emplace_back("kind", "KEY_ROTATION");
        tx.notes().facts.emplace_back("key_encryption_key", next.source());
        tx.notes().facts.emplace_back("data_keys", absl::StrCat(count));
        return absl::OkStatus();
      }));
  return count;
}

}  // namespace rollcall::access
