// The register's data keys: made, kept wrapped in the table data_key, and handed to the vault.

#ifndef ROLLCALL_SERVER_ACCESS_KEY_RING_H_
#define ROLLCALL_SERVER_ACCESS_KEY_RING_H_

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/access/aes_vault.h"
#include "server/access/key_encryption_key.h"
#include "storage/store.h"

namespace rollcall::access {

// A key for sealing, without the key.
struct DataKeyInfo {
  std::uint32_t id = 0;
  absl::Time create_time;
};

// A new key for sealing that no transaction has kept yet.
struct DrawnKey {
  std::uint32_t id = 0;
  std::string wrapped;
};

// Thread-safe. Errors of every method, besides its own: those of the key-encryption key and of the
// store, and kDataLoss, reason KEY_DAMAGED, for a row of data_key that is missing or was
// changed although the key-encryption key is the right one.
class KeyRing {
 public:
  // Opens the keys of a store and gives them to `vault`; a register that has none yet, and nothing
  // sealed, gets its first ones. All that is passed outlives the ring.
  // Errors: kFailedPrecondition, reason KEY_WRONG: the key-encryption key is another one than that
  // of the register, or does not unwrap the first keys that it wrapped; then no key was kept. The
  // vault has no keys after an error.
  static absl::StatusOr<std::unique_ptr<KeyRing>> Open(Store* store, KeyEncryptionKey* kek,
                                                       AesVault* vault, absl::Time now);

  // The keys for sealing, ascending; the last one seals, and others mean that a rotation runs.
  static absl::StatusOr<std::vector<DataKeyInfo>> List(ReadTx& tx);

  // A rotation has these steps. Draw makes a key, outside of any transaction, since wrapping may
  // ask a slow service. Keep writes its row. Refresh, once that is committed, makes the vault seal
  // under it; whatever was sealed before is then sealed anew, and Drop gives up the keys before it.

  // Wraps the new key and unwraps it again.
  // Errors: kFailedPrecondition, reason KEY_WRONG: the two differ, nothing was changed.
  absl::StatusOr<DrawnKey> Draw();

  // Errors: kFailedPrecondition, reason KEY_ROTATION_RUNNING: an earlier rotation has not ended,
  // or another one was begun since Draw.
  absl::Status Keep(WriteTx& tx, const DrawnKey& drawn);

  // Brings the vault's keys to what the database has. Keys that it does not have any more go on
  // opening in this process, see AesVault::SetKeys: readers may have a view from before.
  absl::Status Refresh();

  // Deletes all keys for sealing but the newest. Nothing may be sealed under them any more.
  absl::Status Drop(WriteTx& tx);

  // Where the key-encryption key comes from: `file`, `credential` or `command`.
  std::string_view source() const { return kek_->source(); }

 private:
  KeyRing(Store* store, KeyEncryptionKey* kek, AesVault* vault)
      : store_(store), kek_(kek), vault_(vault) {}

  Store* const store_;
  KeyEncryptionKey* const kek_;
  AesVault* const vault_;
  std::mutex refresh_mutex_;  // The vault gets keys in the order in which they were read.
};

// Wraps all keys of a register anew, in one transaction that leaves a revision, so that the journal
// has it: from then on only `next` opens it. For a server that does not run; the keys stay.
// Returns how many keys there are. Errors: as KeyRing::Open.
absl::StatusOr<int> RewrapKeys(Store& store, KeyEncryptionKey& current, KeyEncryptionKey& next,
                               absl::Time now);

}  // namespace rollcall::access

#endif  // ROLLCALL_SERVER_ACCESS_KEY_RING_H_
