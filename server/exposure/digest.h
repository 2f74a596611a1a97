// The digest of an exposure: 32 bytes that seal who is exposed with which elements at which
// certainty, and under which the inclusion of one person can be proven without showing the others.
// How sets are numbered, which ordinals people have, why an element is exposed and what
// dispositions removed make no difference. docs/exposure-format.md specifies every byte.
//
// Two values:
//   - the content hash (format 1) depends on nothing but the content, and hides nothing: whoever
//     guesses a list can tell whether the guess is right. It never leaves the server.
//   - the digest (format 2) is computed with salts from a key that only this register can derive
//     from the content hash. The same content has the same digest in one register.
//
// Everything here is pure and may be called from any thread. Errors named INTERNAL mean that the
// cryptographic library failed (it has no memory).

#ifndef ROLLCALL_SERVER_EXPOSURE_DIGEST_H_
#define ROLLCALL_SERVER_EXPOSURE_DIGEST_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/exposure/engine.h"
#include "server/exposure/world.h"

namespace rollcall::exposure {

// The format that DigestOf() computes, as `digest_format` in the API.
inline constexpr int kDigestFormat = 2;

// A SHA-256 value.
using Digest = std::array<std::uint8_t, 32>;

// What makes the leaf of a person unguessable.
using Salt = std::array<std::uint8_t, 16>;

// From which the salts of one exposure are made; as confidential as the list itself. A type of its
// own, so that it is not taken for a digest.
struct SaltKey {
  std::array<std::uint8_t, 32> bytes{};

  friend bool operator==(const SaltKey&, const SaltKey&) = default;
};

// The exposed people of an exposure as columns, which is how Enumerate() gives and how a frozen
// case keeps them: `person_ids[i]`, strictly ascending, has the set `sets[set_of[i]]`, which has at
// least one cell. (Sets that nobody has may have none, and removed cells count for nothing.)
// `element_names[e]` is the id of element e in the catalogue, in UTF-8; only elements that occur in
// a cell need one. What the spans refer to outlives the call.
//
// Functions that take columns give INVALID_ARGUMENT for: ids that do not ascend; columns of
// different length; a set that is not there, or without cells; an element without a name, or two
// of one set with the same name.
struct ExposureColumns {
  std::span<const std::uint64_t> person_ids;
  std::span<const std::uint32_t> set_of;
  std::span<const ElementSet> sets;
  std::span<const std::string> element_names;
};

// The ids of people given by ordinals of `world`, in the same order.
std::vector<std::uint64_t> PersonIdsOf(const World& world, std::span<const std::uint32_t> ordinals);

// The content hash. Errors: as ExposureColumns says.
absl::StatusOr<Digest> ContentHashOf(const ExposureColumns& columns);

// The same for an exposure that Enumerate() gave for `world`.
absl::StatusOr<Digest> ContentHashOf(const World& world, const Exposure& exposure,
                                     std::span<const std::string> element_names);

// The key for the exposure with this content hash. `register_secret` are the 32 bytes that the
// register keeps; with another secret every digest of the register would be another one.
// Errors: INVALID_ARGUMENT (a secret that is not of 32 bytes), INTERNAL.
absl::StatusOr<SaltKey> SaltKeyFrom(std::string_view register_secret, const Digest& content_hash);

// A digest and the two totals that it covers.
struct ExposureDigest {
  Digest digest{};
  std::uint64_t people = 0;
  std::uint64_t cells = 0;  // Pairs of person and element.

  friend bool operator==(const ExposureDigest&, const ExposureDigest&) = default;
};

// The digest under `key`. A large exposure is computed on two threads, with the same result; beside
// the columns it takes a few hundred kilobytes and 32 bytes for every 4096 people.
// Errors: as ExposureColumns says; INTERNAL.
absl::StatusOr<ExposureDigest> DigestOf(const ExposureColumns& columns, const SaltKey& key);

// The same for an exposure that Enumerate() gave for `world`.
absl::StatusOr<ExposureDigest> DigestOf(const World& world, const Exposure& exposure,
                                        std::span<const std::string> element_names,
                                        const SaltKey& key);

// What the digest covers of one element of a person.
struct ProvenElement {
  std::string name;
  Certainty certainty = Certainty::kBelieved;

  friend bool operator==(const ProvenElement&, const ProvenElement&) = default;
};

// Shows that one person, with exactly these elements, is in the exposure with this digest, and how
// large that exposure is. Of the others it shows nothing but how many have a lower number.
struct ExposureProof {
  Digest digest{};
  std::uint64_t people = 0;
  std::uint64_t cells = 0;
  std::uint64_t person = 0;
  std::vector<ProvenElement> elements;  // Ascending by the bytes of the name, never empty.
  Salt salt{};
  std::uint64_t leaf_index = 0;  // From 0, in ascending order of number.
  std::uint64_t tree_size = 0;   // Equals `people`: one leaf for each.
  std::vector<Digest> path;      // RFC 6962, 2.1.1: from the leaf up.

  friend bool operator==(const ExposureProof&, const ExposureProof&) = default;
};

// The proof for the person with the id `person`. Takes as long as DigestOf().
// Errors: as DigestOf(); NOT_FOUND if the person is not exposed here.
absl::StatusOr<ExposureProof> ProofOf(const ExposureColumns& columns, const SaltKey& key,
                                      std::uint64_t person);

// OK if the proof leads to its own `digest`; whether that is the digest that was published is for
// the caller to compare. Needs neither key nor secret.
// Errors: INVALID_ARGUMENT, whose text says which step fails.
absl::Status VerifyProof(const ExposureProof& proof);

// The root of a Merkle tree after RFC 6962 over hashes of leaves that come one after the other, in
// memory that does not grow. Subtrees of one size that is a power of two may be given by their
// roots as if those were leaves: if all but the last are complete, the root is the same.
class TreeHasher {
 public:
  void Add(const Digest& hash);
  // Of what was added so far; the SHA-256 of no bytes if that is nothing.
  Digest Root() const;

 private:
  std::uint64_t size_ = 0;
  // subtrees_[b] is the root of a complete subtree of 2^b leaves if bit b of size_ is set.
  std::array<Digest, 64> subtrees_{};
};

// A digest as people write it: 64 lower-case hexadecimal digits.
std::string ToHex(const Digest& digest);

}  // namespace rollcall::exposure

#endif  // ROLLCALL_SERVER_EXPOSURE_DIGEST_H_
