#include "server/access/aes_vault.h"

#include <openssl/crypto.h>
#include <openssl/rand.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "server/access/big_endian.h"
#include "server/access/primitives.h"
#include "storage/status.h"

namespace rollcall::access {
namespace {

constexpr char kSealed = '\x01';
constexpr char kSealedFor = '\x02';
constexpr std::size_t kSealHeaderBytes = 5;
constexpr std::size_t kSealForHeaderBytes = 1;

[[noreturn]] void Stop(const char* why) {
  std::fprintf(stderr, "the vault cannot go on: %s\n", why);
  std::abort();
}

absl::Status Unreadable() {
  return MakeError(absl::StatusCode::kDataLoss, "SEALED_VALUE_UNREADABLE",
                   "a sealed value does not open: it was changed, moved from another place, or "
                   "its key is not known here");
}

absl::Status NotLoaded() {
  return MakeError(absl::StatusCode::kFailedPrecondition, "KEYS_NOT_LOADED",
                   "the register's keys were not opened");
}

bool IsDestroyed(const PersonKey& key) {
  return std::all_of(key.begin(), key.end(), [](unsigned char byte) { return byte == 0; });
}

absl::Status Destroyed() {
  return MakeError(absl::StatusCode::kFailedPrecondition, "PERSON_ERASED",
                   "the person was erased: the key is destroyed");
}

const unsigned char* NonceAt(std::string_view sealed, std::size_t position) {
  return reinterpret_cast<const unsigned char*>(sealed.data()) + position;
}

// Appends header, a fresh nonce, ciphertext and tag.
absl::Status AppendSealed(const unsigned char* key, std::string_view header,
                          std::string_view context, std::string_view plain, std::string* out) {
  unsigned char nonce[kNonceBytes];
  RC_RETURN_IF_ERROR(DrawNonce(nonce));
  out->reserve(header.size() + kNonceBytes + plain.size() + kTagBytes);
  out->append(header);
  out->append(reinterpret_cast<const char*>(nonce), kNonceBytes);
  return EncryptGcm(key, nonce, header, context, plain, out);
}

}  // namespace

void AesVault::SetKeys(VaultKeys keys) {
  if (keys.sealing.empty()) Stop("it was given no data key");
  auto sealing = std::make_shared<Sealing>();
  for (VaultKeys::Generation& generation : keys.sealing) {
    sealing->current.push_back(
        std::make_shared<const VaultKeys::Generation>(std::move(generation)));
  }
  const std::unique_lock<std::shared_mutex> lock(mutex_);
  if (sealing_ != nullptr) {
    for (const Generations* const earlier : {&sealing_->dropped, &sealing_->current}) {
      for (const auto& generation : *earlier) {
        if (Find(sealing->current, generation->id) == nullptr) {
          sealing->dropped.push_back(generation);
        }
      }
    }
  }
  sealing_ = std::move(sealing);
  if (!blind_index_.has_value()) {
    blind_index_.emplace(std::move(keys.blind_index));
    blind_index_instance_ = NextInstance();
  }
}

const VaultKeys::Generation* AesVault::Find(const Generations& generations, std::uint32_t id) {
  const auto found = std::find_if(generations.begin(), generations.end(),
                                  [id](const auto& generation) { return generation->id == id; });
  return found == generations.end() ? nullptr : found->get();
}

std::shared_ptr<const AesVault::Sealing> AesVault::sealing() const {
  const std::shared_lock<std::shared_mutex> lock(mutex_);
  return sealing_;
}

absl::StatusOr<std::string> AesVault::Seal(std::string_view context, std::string_view plain) {
  const std::shared_ptr<const Sealing> keys = sealing();
  if (keys == nullptr) return NotLoaded();
  const VaultKeys::Generation& newest = *keys->current.back();
  std::string header(1, kSealed);
  AppendBigEndian32(newest.id, &header);
  std::string sealed;
  RC_RETURN_IF_ERROR(AppendSealed(newest.key.data(), header, context, plain, &sealed));
  return sealed;
}

absl::StatusOr<std::string> AesVault::Open(std::string_view context, std::string_view sealed) {
  const std::shared_ptr<const Sealing> keys = sealing();
  if (keys == nullptr) return NotLoaded();
  const std::uint32_t id = SealedKeyId(sealed);
  const VaultKeys::Generation* found = Find(keys->current, id);
  if (found == nullptr) found = Find(keys->dropped, id);
  std::string plain;
  if (id == 0 || found == nullptr ||
      !DecryptGcm(found->key.data(), NonceAt(sealed, kSealHeaderBytes),
                  sealed.substr(0, kSealHeaderBytes), context,
                  sealed.substr(kSealHeaderBytes + kNonceBytes), &plain)) {
    return Unreadable();
  }
  return plain;
}

bool AesVault::IsNewest(std::string_view sealed) {
  const std::shared_ptr<const Sealing> keys = sealing();
  return keys != nullptr && SealedKeyId(sealed) == keys->current.back()->id;
}

std::uint32_t AesVault::DroppedKeyOf(std::string_view sealed) {
  const std::shared_ptr<const Sealing> keys = sealing();
  const std::uint32_t id = SealedKeyId(sealed);
  return keys != nullptr && Find(keys->dropped, id) != nullptr ? id : 0;
}

PersonKey AesVault::NewPersonKey() {
  PersonKey key{};
  if (RAND_priv_bytes(key.data(), static_cast<int>(key.size())) != 1 || IsDestroyed(key)) {
    Stop("no random bytes can be had");
  }
  return key;
}

absl::Status AesVault::SealFor(const PersonKey& key, std::string_view context,
                               std::string_view plain, std::string* out) {
  if (IsDestroyed(key)) return Destroyed();
  out->clear();
  return AppendSealed(key.data(), std::string_view(&kSealedFor, kSealForHeaderBytes), context,
                      plain, out);
}

absl::Status AesVault::OpenFor(const PersonKey& key, std::string_view context,
                               std::string_view sealed, std::string* out) {
  if (IsDestroyed(key)) return Destroyed();
  if (sealed.size() < kSealForHeaderBytes + kNonceBytes + kTagBytes || sealed[0] != kSealedFor ||
      !DecryptGcm(key.data(), NonceAt(sealed, kSealForHeaderBytes),
                  sealed.substr(0, kSealForHeaderBytes), context,
                  sealed.substr(kSealForHeaderBytes + kNonceBytes), out)) {
    return Unreadable();
  }
  return absl::OkStatus();
}

BlindIndex AesVault::Index(std::string_view domain, std::string_view value) {
  if (!blind_index_.has_value()) Stop("it was asked for a fingerprint before it had a key");
  std::string prefix;
  AppendBigEndian32(static_cast<std::uint32_t>(domain.size()), &prefix);
  prefix.append(domain);
  const auto mac = Hmac(blind_index_instance_, blind_index_->view(), prefix, value);
  BlindIndex index;
  std::copy_n(mac.begin(), index.size(), index.begin());
  return index;
}

std::uint32_t SealedKeyId(std::string_view sealed) {
  if (sealed.size() < kSealHeaderBytes + kNonceBytes + kTagBytes || sealed[0] != kSealed) return 0;
  return ReadBigEndian32(sealed.substr(1));
}

}  // namespace rollcall::access
