// How personal fields are sealed before they reach the disk, as storage needs it.
//
// Two layers. Every person has a key of his or her own, under which the facts about that person
// are sealed: whoever destroys the key has erased the person, in every version of every row.
// Persons' keys, and what belongs to no person (the ids of a vendor's list), are sealed under data
// keys, which are kept wrapped by a key-encryption key that never lies in the database.
//
// A sealed value is AES-256-GCM with a nonce drawn at random. `context` says where the value
// lies, such as `person_fact/12/7`, and is authenticated with it: a value that was moved to
// another row or column does not open.

#ifndef ROLLCALL_STORAGE_VAULT_H_
#define ROLLCALL_STORAGE_VAULT_H_

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace rollcall {

// The key of one person. All zero: destroyed.
using PersonKey = std::array<unsigned char, 32>;

// A keyed fingerprint: equal values of one domain have equal ones, and nobody who lacks the key
// can go back or try values out.
using BlindIndex = std::array<unsigned char, 16>;

// Thread-safe.
class Vault {
 public:
  virtual ~Vault() = default;

  // Seals under the newest data key. What is kept is sealed inside the write transaction that keeps
  // it: a rotation drops a key once nothing that was committed is under it.
  // Errors: kInternal (no random bytes).
  virtual absl::StatusOr<std::string> Seal(std::string_view context, std::string_view plain) = 0;

  // Opens what Seal made with the same context, under any data key that is known or was dropped
  // since the process began: a reader whose view is older than the drop still meets it.
  // Errors: kDataLoss, reason SEALED_VALUE_UNREADABLE: changed, moved or of an unknown key.
  virtual absl::StatusOr<std::string> Open(std::string_view context, std::string_view sealed) = 0;

  // True if Seal used the newest data key: a rotation looks for the others.
  virtual bool IsNewest(std::string_view sealed) = 0;

  // The number of the data key under which Seal made a value, if that key was dropped; otherwise 0.
  // Who must not take an old value for a current one asks: a chunk of people's keys from before an
  // erasure holds the key that was destroyed.
  virtual std::uint32_t DroppedKeyOf(std::string_view /*sealed*/) { return 0; }

  // A fresh random key; never all zero.
  virtual PersonKey NewPersonKey() = 0;

  // Seal and open under a person's key; `*out`, another text than the input, is replaced.
  // Errors: as above, and kFailedPrecondition, reason PERSON_ERASED, if the key was destroyed.
  virtual absl::Status SealFor(const PersonKey& key, std::string_view context,
                               std::string_view plain, std::string* out) = 0;
  virtual absl::Status OpenFor(const PersonKey& key, std::string_view context,
                               std::string_view sealed, std::string* out) = 0;

  // The fingerprint of a value in a domain, such as `person.district_id`.
  virtual BlindIndex Index(std::string_view domain, std::string_view value) = 0;
};

}  // namespace rollcall

#endif  // ROLLCALL_STORAGE_VAULT_H_
