// The digest of an exposure: 32 bytes that two exposures have in common if and only if (as far as
// SHA-256 goes) they name the same people, each with the same elements at the same certainty.
// How sets are numbered, which ordinals people have and why an element is exposed make no
// difference. docs/exposure-format.md specifies every byte.

#ifndef ROLLCALL_SERVER_EXPOSURE_DIGEST_H_
#define ROLLCALL_SERVER_EXPOSURE_DIGEST_H_

#include <array>
#include <cstdint>
#include <span>
#include <string>

#include "absl/status/statusor.h"
#include "server/exposure/engine.h"
#include "server/exposure/world.h"

namespace rollcall::exposure {

using Digest = std::array<std::uint8_t, 32>;

// The digest of an exposure that is given as columns, such as one that was stored:
// `person_ids[i]`, strictly ascending, has the set `sets[set_of[i]]`. `element_names[e]` is the
// name of element e, in UTF-8; only elements that occur in a set need one. Pure; any thread.
//
// Errors:
//   INVALID_ARGUMENT: ids that do not ascend; columns of different length; a set that is not
//     there; an element without a name, or two elements of one set with the same name.
//   INTERNAL: the hash function failed (it has no memory).
absl::StatusOr<Digest> DigestOf(std::span<const std::uint64_t> person_ids,
                                std::span<const std::uint32_t> set_of,
                                std::span<const ElementSet> sets,
                                std::span<const std::string> element_names);

// The same for an exposure that Enumerate() gave for `world`.
absl::StatusOr<Digest> DigestOf(const World& world, const Exposure& exposure,
                                std::span<const std::string> element_names);

// The digest as people write it: 64 lower-case hexadecimal digits.
std::string ToHex(const Digest& digest);

}  // namespace rollcall::exposure

#endif  // ROLLCALL_SERVER_EXPOSURE_DIGEST_H_
