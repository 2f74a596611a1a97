// Ids of people as the database knows them: by a keyed fingerprint alone.
//
// All kinds of ids have one domain, so that an entry of a vendor's list can be compared with
// whichever kind the list is said to have. Somebody who has the database but not the key learns
// which ids are equal, and nothing else.

#ifndef ROLLCALL_STORAGE_PERSON_ID_H_
#define ROLLCALL_STORAGE_PERSON_ID_H_

#include <algorithm>
#include <string_view>

#include "storage/vault.h"

namespace rollcall {

// Stands for an empty id, which names nobody.
inline constexpr BlindIndex kNoIdIndex{};

// The domain of the fingerprints.
inline constexpr std::string_view kPersonIdDomain = "person.id";

// The fingerprint of an id, exact bytes; kNoIdIndex if it is empty. Takes some 0.7 us.
BlindIndex PersonIdIndex(Vault& vault, std::string_view id);

// The bytes of a fingerprint for a column, which is NULL where these are empty; valid as long as
// `index`.
inline std::string_view IdIndexBytes(const BlindIndex& index) {
  if (index == kNoIdIndex) return {};
  return {reinterpret_cast<const char*>(index.data()), index.size()};
}

// The fingerprint in a column; kNoIdIndex if it is not 16 bytes long.
inline BlindIndex IdIndexOf(std::string_view bytes) {
  BlindIndex index = kNoIdIndex;
  if (bytes.size() == index.size()) {
    std::copy(bytes.begin(), bytes.end(), reinterpret_cast<char*>(index.data()));
  }
  return index;
}

// Fingerprints are as good as random: eight of their bytes are a hash.
struct IdIndexHash {
  std::size_t operator()(const BlindIndex& index) const;
};

}  // namespace rollcall

#endif  // ROLLCALL_STORAGE_PERSON_ID_H_
