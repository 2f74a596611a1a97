// The Merkle tree over the log's entries: RFC 6962, section 2.1; proofs and their checks after
// RFC 9162, sections 2.1.3 and 2.1.4.
//
// A tree is stored as the hashes of its perfect subtrees: node (level, index) is the root over the
// leaves index * 2^level up to, but not including, (index + 1) * 2^level; level 0 holds the hashes
// of the leaves. A node is there once its last leaf is, and never changes.
//
// Pure; every function may be called from any thread.

#ifndef ROLLCALL_SERVER_AUDIT_MERKLE_TREE_H_
#define ROLLCALL_SERVER_AUDIT_MERKLE_TREE_H_

#include <cstdint>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/audit/hash.h"

namespace rollcall::audit {

// Gives a stored node. What it fails with is what the caller of a function below gets.
using NodeReader = absl::FunctionRef<absl::StatusOr<Hash>(int level, std::uint64_t index)>;

// Told of every node that becomes complete, the leaf first.
using NodeWriter = absl::FunctionRef<void(int level, std::uint64_t index, const Hash& hash)>;

// The right edge of a tree: all that is needed to append and to tell the root. Append takes
// one hash on average, Root at most 63. Not thread-safe.
class Frontier {
 public:
  Frontier() = default;

  // The edge of the tree of `size` leaves in which `nodes` can be read: as many reads as `size` has
  // bits set.
  static absl::StatusOr<Frontier> Load(std::uint64_t size, NodeReader nodes);

  void Append(const Hash& leaf, NodeWriter completed);
  void Append(const Hash& leaf) {
    Append(leaf, [](int, std::uint64_t, const Hash&) {});
  }

  std::uint64_t size() const { return size_; }
  Hash Root() const;

 private:
  std::uint64_t size_ = 0;
  std::vector<Hash> subtrees_;  // The perfect subtrees of size_, the largest first.
};

// The root over the first `size` leaves.
absl::StatusOr<Hash> RootOf(std::uint64_t size, NodeReader nodes);

// The path that leads from leaf `index` to the root over the first `size` leaves, from the leaf up.
// Errors: kInvalidArgument unless index < size.
absl::StatusOr<std::vector<Hash>> InclusionProof(std::uint64_t index, std::uint64_t size,
                                                 NodeReader nodes);

// What shows that the tree of `old_size` leaves is the beginning of the tree of `size` leaves.
// Empty if both are of one size, or if `old_size` is 0. Errors: kInvalidArgument unless old_size <=
// size.
absl::StatusOr<std::vector<Hash>> ConsistencyProof(std::uint64_t old_size, std::uint64_t size,
                                                   NodeReader nodes);

// OK if the path leads from the leaf at `index` to `root`; kDataLoss otherwise.
absl::Status CheckInclusion(std::uint64_t index, std::uint64_t size, const Hash& leaf,
                            const std::vector<Hash>& proof, const Hash& root);

// OK if the proof leads from the earlier root to the later one; kDataLoss otherwise.
absl::Status CheckConsistency(std::uint64_t old_size, std::uint64_t size, const Hash& old_root,
                              const Hash& root, const std::vector<Hash>& proof);

}  // namespace rollcall::audit

#endif  // ROLLCALL_SERVER_AUDIT_MERKLE_TREE_H_
