#include "storage/person_id.h"

#include <cstring>

namespace rollcall {

BlindIndex PersonIdIndex(Vault& vault, std::string_view id) {
  return id.empty() ? kNoIdIndex : vault.Index(kPersonIdDomain, id);
}

std::size_t IdIndexHash::operator()(const BlindIndex& index) const {
  std::size_t hash = 0;
  std::memcpy(&hash, index.data(), sizeof(hash));
  return hash;
}

}  // namespace rollcall
