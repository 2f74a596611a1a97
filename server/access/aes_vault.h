// The vault over AES-256-GCM and HMAC-SHA-256.
//
// Bytes of a sealed value, numbers big-endian:
//
//   Seal:     01 | id of the data key (4) | nonce (12) | ciphertext | tag (16)
//   SealFor:  02 | nonce (12) | ciphertext | tag (16)
//
// What stands before the nonce is authenticated together with the context. The fingerprint of
// Index is the first 16 bytes of HMAC-SHA-256 over length of the domain (4) | domain | value.
// docs/encryption.md has the reasons.

#ifndef ROLLCALL_SERVER_ACCESS_AES_VAULT_H_
#define ROLLCALL_SERVER_ACCESS_AES_VAULT_H_

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <vector>

#include "server/access/secret_key.h"
#include "storage/vault.h"

namespace rollcall::access {

// The keys that a vault works with.
struct VaultKeys {
  struct Generation {
    std::uint32_t id = 0;
    SecretKey key;
  };
  std::vector<Generation> sealing;  // Ascending by id, at least one; the last one seals.
  SecretKey blind_index;
};

// Thread-safe. Without keys every method but SealFor, OpenFor and NewPersonKey fails: Seal and
// Open with kFailedPrecondition, reason KEYS_NOT_LOADED; Index stops the process, because a
// fingerprint under no key would be one that anybody can compute.
class AesVault : public Vault {
 public:
  AesVault() = default;
  explicit AesVault(VaultKeys keys) { SetKeys(std::move(keys)); }

  // Replaces the keys; values sealed meanwhile are under the old or the new newest one. A key that
  // was set before and is not among the new ones is dropped: it still opens for as long as the
  // vault lives, and never seals again. The blind-index key may be set once and is the same ever
  // after: `keys.blind_index` of later calls is not looked at.
  void SetKeys(VaultKeys keys);

  absl::StatusOr<std::string> Seal(std::string_view context, std::string_view plain) override;
  absl::StatusOr<std::string> Open(std::string_view context, std::string_view sealed) override;
  bool IsNewest(std::string_view sealed) override;
  std::uint32_t DroppedKeyOf(std::string_view sealed) override;
  PersonKey NewPersonKey() override;
  absl::Status SealFor(const PersonKey& key, std::string_view context, std::string_view plain,
                       std::string* out) override;
  absl::Status OpenFor(const PersonKey& key, std::string_view context, std::string_view sealed,
                       std::string* out) override;
  BlindIndex Index(std::string_view domain, std::string_view value) override;

 private:
  using Generations = std::vector<std::shared_ptr<const VaultKeys::Generation>>;
  struct Sealing {
    Generations current;  // As in VaultKeys.
    Generations dropped;
  };
  static const VaultKeys::Generation* Find(const Generations& generations, std::uint32_t id);
  std::shared_ptr<const Sealing> sealing() const;

  mutable std::shared_mutex mutex_;
  std::shared_ptr<const Sealing> sealing_;  // Guarded by mutex_; null without keys.
  std::optional<SecretKey> blind_index_;    // Set once, before the vault is used.
  std::uint64_t blind_index_instance_ = 0;
};

// The id of the data key under which a value was sealed; 0 if it is no value of Seal.
std::uint32_t SealedKeyId(std::string_view sealed);

}  // namespace rollcall::access

#endif  // ROLLCALL_SERVER_ACCESS_AES_VAULT_H_
