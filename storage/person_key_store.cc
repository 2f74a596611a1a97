#include "storage/person_key_store.h"

#include <openssl/crypto.h>

#include <algorithm>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "storage/sealed_rows.h"
#include "storage/status.h"

namespace rollcall {
namespace {

constexpr PersonKey kDestroyed{};

std::size_t PlaceOf(std::int64_t person_id) {
  return static_cast<std::size_t>(person_id % PersonKeyStore::kPeoplePerChunk);
}

void Wipe(std::string* text) { OPENSSL_cleanse(text->data(), text->size()); }

}  // namespace

absl::Status SealedValueUnreadable(std::string_view context) {
  return MakeError(absl::StatusCode::kDataLoss, "SEALED_VALUE_UNREADABLE",
                   absl::StrCat("the sealed value ", ToAbsl(context),
                                " cannot be read: it is damaged; restore a backup"));
}

absl::Status KeysNotLoaded() {
  return MakeError(absl::StatusCode::kFailedPrecondition, "KEYS_NOT_LOADED",
                   "the register was opened without its keys, so nothing personal can be read or "
                   "kept");
}

PersonKeyStore::~PersonKeyStore() {
  for (const auto& chunk : chunks_) OPENSSL_cleanse(chunk->keys.data(), sizeof(chunk->keys));
}

absl::Status PersonKeyStore::Load(Chunk* chunk) {
  if (vault_ == nullptr) return KeysNotLoaded();
  RC_ASSIGN_OR_RETURN(Statement * query,
                      connection_.Prepare("SELECT sealed FROM person_key_chunk WHERE chunk = $1"));
  ScopedReset reset(query);
  query->BindInt(1, chunk->number);
  RC_ASSIGN_OR_RETURN(chunk->kept, query->Step());
  if (!chunk->kept) {
    chunk->keys.fill(kDestroyed);
    return absl::OkStatus();
  }
  const std::string context = KeyChunkContext(chunk->number);
  if (const std::uint32_t key = vault_->DroppedKeyOf(query->Blob(0)); key != 0) {
    RC_ASSIGN_OR_RETURN(const bool known, KnowsDataKey(key));
    if (!known) return SealedValueUnreadable(context);
  }
  RC_ASSIGN_OR_RETURN(std::string plain, vault_->Open(context, query->Blob(0)));
  if (plain.size() != sizeof(chunk->keys)) return SealedValueUnreadable(context);
  std::memcpy(chunk->keys.data(), plain.data(), plain.size());
  Wipe(&plain);
  return absl::OkStatus();
}

absl::StatusOr<bool> PersonKeyStore::KnowsDataKey(std::uint32_t id) {
  RC_ASSIGN_OR_RETURN(
      Statement * query,
      connection_.Prepare("SELECT 1 FROM data_key WHERE key_id = $1 AND purpose = 'sealing'"));
  ScopedReset reset(query);
  query->BindInt(1, id);
  return query->Step();
}

absl::Status PersonKeyStore::Write(Chunk* chunk) {
  std::string plain(reinterpret_cast<const char*>(chunk->keys.data()), sizeof(chunk->keys));
  const absl::StatusOr<std::string> sealed = vault_->Seal(KeyChunkContext(chunk->number), plain);
  Wipe(&plain);
  RC_RETURN_IF_ERROR(sealed.status());
  RC_ASSIGN_OR_RETURN(Statement * put,
                      connection_.Prepare("INSERT INTO person_key_chunk (chunk, sealed) "
                                          "VALUES ($1, $2) ON CONFLICT (chunk) DO UPDATE SET "
                                          "sealed = excluded.sealed"));
  put->BindInt(1, chunk->number);
  put->BindBlob(2, *sealed);
  RC_RETURN_IF_ERROR(put->Run());
  chunk->changed = false;
  return absl::OkStatus();
}

absl::StatusOr<PersonKeyStore::Chunk*> PersonKeyStore::ChunkOf(std::int64_t person_id) {
  const std::int64_t number = person_id / kPeoplePerChunk;
  if (last_ != nullptr && last_->number == number) return last_;
  const auto found = std::find_if(chunks_.begin(), chunks_.end(),
                                  [&](const auto& chunk) { return chunk->number == number; });
  Chunk* chunk = nullptr;
  if (found != chunks_.end()) {
    chunk = found->get();
  } else {
    if (chunks_.size() < kOpenChunks) {
      chunks_.push_back(std::make_unique<Chunk>());
      chunk = chunks_.back().get();
    } else {
      chunk = std::min_element(chunks_.begin(), chunks_.end(), [](const auto& a, const auto& b) {
                return a->last_use < b->last_use;
              })->get();
      if (chunk->changed) RC_RETURN_IF_ERROR(Write(chunk));
    }
    last_ = nullptr;
    chunk->number = number;
    if (absl::Status loaded = Load(chunk); !loaded.ok()) {
      chunk->number = -1;
      return loaded;
    }
  }
  chunk->last_use = ++uses_;
  return last_ = chunk;
}

absl::StatusOr<const PersonKey*> PersonKeyStore::KeyOf(std::int64_t person_id) {
  RC_ASSIGN_OR_RETURN(Chunk * chunk, ChunkOf(person_id));
  const PersonKey& key = chunk->keys[PlaceOf(person_id)];
  return key == kDestroyed ? nullptr : &key;
}

absl::StatusOr<bool> PersonKeyStore::Erased(std::int64_t person_id) {
  RC_ASSIGN_OR_RETURN(const PersonKey* key, KeyOf(person_id));
  if (key == nullptr && !last_->kept) return SealedValueUnreadable(KeyChunkContext(last_->number));
  return key == nullptr;
}

absl::Status PersonKeyStore::Seal(std::int64_t person_id, std::string_view context,
                                  std::string_view plain, std::string* sealed) {
  RC_ASSIGN_OR_RETURN(const PersonKey* key, KeyOf(person_id));
  if (key != nullptr) return vault_->SealFor(*key, context, plain, sealed);
  RC_ASSIGN_OR_RETURN(Statement * query,
                      connection_.Prepare("SELECT kind FROM person WHERE person_id = $1"));
  ScopedReset reset(query);
  query->BindInt(1, person_id);
  RC_ASSIGN_OR_RETURN(const bool known, query->Step());
  if (known) {
    return MakeError(absl::StatusCode::kFailedPrecondition, "PERSON_ERASED",
                     absl::StrCat("people/", person_id, " was erased; nothing can be kept of him"));
  }
  return MakeError(absl::StatusCode::kFailedPrecondition, "REFERENCE_UNKNOWN",
                   "a record that this one refers to does not exist");
}

absl::StatusOr<bool> PersonKeyStore::Open(std::int64_t person_id, std::string_view context,
                                          std::string_view sealed, std::string* plain) {
  RC_ASSIGN_OR_RETURN(const PersonKey* key, KeyOf(person_id));
  if (key == nullptr) {
    if (!last_->kept) return SealedValueUnreadable(KeyChunkContext(last_->number));
    plain->clear();
    return false;
  }
  RC_RETURN_IF_ERROR(vault_->OpenFor(*key, context, sealed, plain));
  return true;
}

absl::Status PersonKeyStore::CheckNobodyLost(std::int64_t chunk) {
  RC_ASSIGN_OR_RETURN(
      Statement * query,
      connection_.Prepare("SELECT 1 FROM person_fact WHERE person_id >= $1 AND person_id < $2 "
                          "LIMIT 1"));
  ScopedReset reset(query);
  query->BindInt(1, chunk * kPeoplePerChunk);
  query->BindInt(2, (chunk + 1) * kPeoplePerChunk);
  RC_ASSIGN_OR_RETURN(const bool lost, query->Step());
  return lost ? SealedValueUnreadable(KeyChunkContext(chunk)) : absl::OkStatus();
}

absl::Status PersonKeyStore::Make(std::int64_t person_id) {
  RC_ASSIGN_OR_RETURN(Chunk * chunk, ChunkOf(person_id));
  if (!chunk->kept) RC_RETURN_IF_ERROR(CheckNobodyLost(chunk->number));
  PersonKey& key = chunk->keys[PlaceOf(person_id)];
  if (key == kDestroyed) key = vault_->NewPersonKey();
  chunk->changed = chunk->kept = true;
  return absl::OkStatus();
}

absl::Status PersonKeyStore::Destroy(std::int64_t person_id) {
  RC_ASSIGN_OR_RETURN(Chunk * chunk, ChunkOf(person_id));
  OPENSSL_cleanse(chunk->keys[PlaceOf(person_id)].data(), sizeof(PersonKey));
  chunk->changed = true;
  return absl::OkStatus();
}

absl::Status PersonKeyStore::Flush() {
  for (const auto& chunk : chunks_) {
    if (chunk->changed) RC_RETURN_IF_ERROR(Write(chunk.get()));
  }
  return absl::OkStatus();
}

}  // namespace rollcall
