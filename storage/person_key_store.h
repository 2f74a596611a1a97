// The keys of people, and sealing with them, inside one transaction.
//
// Keys lie in chunks: row N of person_key_chunk holds those of the people 256 N to 256 N + 255, 32
// bytes each, sealed by Vault::Seal with the context `person_key_chunk/N`. Whoever walks people in
// order opens one chunk for 256 of them; the last few chunks are kept for the transaction, and
// what was changed in one is sealed again when it makes room and at the end. A first import of
// 700,000 people so seals some 3,000 chunks.
//
// A chunk under a data key that was dropped opens only in a view in which the key was not dropped
// yet: whoever puts an old chunk back, with the key of somebody who was erased since, gains
// nothing.
//
// An all-zero key is a destroyed one: its person is erased, and what was sealed for him is lost. A
// chunk that is missing is damage, not erasure.

#ifndef ROLLCALL_STORAGE_PERSON_KEY_STORE_H_
#define ROLLCALL_STORAGE_PERSON_KEY_STORE_H_

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "storage/driver.h"
#include "storage/vault.h"

namespace rollcall {

// The error for a sealed value that opens but says nothing sensible: kDataLoss,
// SEALED_VALUE_UNREADABLE.
absl::Status SealedValueUnreadable(std::string_view context);

// The error of a store that was opened without a vault: kFailedPrecondition, KEYS_NOT_LOADED.
absl::Status KeysNotLoaded();

// Not thread-safe; belongs to one transaction (ReadTx::person_keys). Keys are wiped from memory
// at its end. All errors of all functions: kFailedPrecondition KEYS_NOT_LOADED in a store without a
// vault, kDataLoss SEALED_VALUE_UNREADABLE for a chunk that is missing or was changed or moved,
// and the database's.
class PersonKeyStore {
 public:
  static constexpr std::int64_t kPeoplePerChunk = 256;

  PersonKeyStore(Connection& connection, Vault* vault) : connection_(connection), vault_(vault) {}
  ~PersonKeyStore();
  PersonKeyStore(const PersonKeyStore&) = delete;
  PersonKeyStore& operator=(const PersonKeyStore&) = delete;

  // True if the person's key was destroyed; also for a number that nobody has.
  absl::StatusOr<bool> Erased(std::int64_t person_id);

  // Seals for a person; `*sealed` is replaced.
  // Errors: kFailedPrecondition, PERSON_ERASED if the key was destroyed, REFERENCE_UNKNOWN if the
  // person never had one.
  absl::Status Seal(std::int64_t person_id, std::string_view context, std::string_view plain,
                    std::string* sealed);

  // Opens what Seal made for the same person and context; `*plain` is replaced. False, with
  // `*plain` empty, if the person is erased.
  absl::StatusOr<bool> Open(std::int64_t person_id, std::string_view context,
                            std::string_view sealed, std::string* plain);

  // --- In write transactions -------------------------------------------------------------------

  // Makes a person's key; does nothing if there is one. Errors: kDataLoss if the chunk is missing
  // and facts say that somebody had a key in it.
  absl::Status Make(std::int64_t person_id);

  // Destroys a person's key for good, once the transaction commits.
  absl::Status Destroy(std::int64_t person_id);

  // Writes what was changed. Store::Write calls it before every commit.
  absl::Status Flush();

 private:
  // At most so many chunks are open at a time: imports write two or three ranges of numbers by
  // turns. 8 KiB each.
  static constexpr std::size_t kOpenChunks = 16;

  struct Chunk {
    std::int64_t number = 0;
    std::uint64_t last_use = 0;
    bool changed = false;
    bool kept = false;  // Is in the database, or will be.
    std::array<PersonKey, kPeoplePerChunk> keys{};
  };

  // The chunk with a person's key; an empty one where the database has none.
  absl::StatusOr<Chunk*> ChunkOf(std::int64_t person_id);
  absl::Status Load(Chunk* chunk);
  // Whether this transaction's view of the database has a data key.
  absl::StatusOr<bool> KnowsDataKey(std::uint32_t id);
  // A chunk that was lost must not be begun anew: whoever had a key in it would read as erased.
  absl::Status CheckNobodyLost(std::int64_t chunk);
  absl::Status Write(Chunk* chunk);
  // A person's key; null if it is destroyed.
  absl::StatusOr<const PersonKey*> KeyOf(std::int64_t person_id);

  Connection& connection_;
  Vault* const vault_;
  std::vector<std::unique_ptr<Chunk>> chunks_;
  Chunk* last_ = nullptr;
  std::uint64_t uses_ = 0;
};

}  // namespace rollcall

#endif  // ROLLCALL_STORAGE_PERSON_KEY_STORE_H_
