#include "server/audit/merkle_tree.h"

#include <bit>
#include <utility>

namespace rollcall::audit {
namespace {

// The largest power of two smaller than `count`, which is at least 2.
std::uint64_t LeftPart(std::uint64_t count) { return std::bit_floor(count - 1); }

// The root over the leaves from `begin` to before `end`; `begin` is a multiple of every power of
// two that is not larger than the range, as it is for all ranges that splitting a tree gives.
absl::StatusOr<Hash> RangeRoot(std::uint64_t begin, std::uint64_t end, NodeReader nodes) {
  const std::uint64_t count = end - begin;
  if (std::has_single_bit(count)) {
    const int level = std::countr_zero(count);
    return nodes(level, begin >> level);
  }
  const std::uint64_t middle = begin + LeftPart(count);
  const absl::StatusOr<Hash> left = RangeRoot(begin, middle, nodes);
  if (!left.ok()) return left.status();
  const absl::StatusOr<Hash> right = RangeRoot(middle, end, nodes);
  if (!right.ok()) return right.status();
  return NodeHash(*left, *right);
}

absl::Status AppendPath(std::uint64_t index, std::uint64_t begin, std::uint64_t end,
                        NodeReader nodes, std::vector<Hash>* path) {
  if (end - begin == 1) return absl::OkStatus();
  const std::uint64_t middle = begin + LeftPart(end - begin);
  const bool is_left = index < middle;
  const absl::Status status = is_left ? AppendPath(index, begin, middle, nodes, path)
                                      : AppendPath(index, middle, end, nodes, path);
  if (!status.ok()) return status;
  const absl::StatusOr<Hash> sibling =
      is_left ? RangeRoot(middle, end, nodes) : RangeRoot(begin, middle, nodes);
  if (!sibling.ok()) return sibling.status();
  path->push_back(*sibling);
  return absl::OkStatus();
}

// `known` is true as long as the range begins at 0 and ends with the old tree: its root is known to
// whoever checks the proof.
absl::Status AppendSubproof(std::uint64_t old_size, std::uint64_t begin, std::uint64_t end,
                            bool known, NodeReader nodes, std::vector<Hash>* proof) {
  if (old_size == end) {
    if (known) return absl::OkStatus();
    const absl::StatusOr<Hash> root = RangeRoot(begin, end, nodes);
    if (root.ok()) proof->push_back(*root);
    return root.status();
  }
  const std::uint64_t middle = begin + LeftPart(end - begin);
  const bool in_left = old_size <= middle;
  const absl::Status status = in_left ? AppendSubproof(old_size, begin, middle, known, nodes, proof)
                                      : AppendSubproof(old_size, middle, end, false, nodes, proof);
  if (!status.ok()) return status;
  const absl::StatusOr<Hash> other =
      in_left ? RangeRoot(middle, end, nodes) : RangeRoot(begin, middle, nodes);
  if (other.ok()) proof->push_back(*other);
  return other.status();
}

absl::Status Failed(const char* what) { return absl::DataLossError(what); }

}  // namespace

absl::StatusOr<Frontier> Frontier::Load(std::uint64_t size, NodeReader nodes) {
  Frontier frontier;
  frontier.size_ = size;
  std::uint64_t begin = 0;
  while (begin < size) {
    const std::uint64_t count = std::bit_floor(size - begin);
    const int level = std::countr_zero(count);
    const absl::StatusOr<Hash> node = nodes(level, begin >> level);
    if (!node.ok()) return node.status();
    frontier.subtrees_.push_back(*node);
    begin += count;
  }
  return frontier;
}

void Frontier::Append(const Hash& leaf, NodeWriter completed) {
  completed(0, size_, leaf);
  Hash hash = leaf;
  int level = 0;
  for (std::uint64_t rest = size_; (rest & 1U) != 0; rest >>= 1U) {
    hash = NodeHash(subtrees_.back(), hash);
    subtrees_.pop_back();
    ++level;
    completed(level, size_ >> level, hash);
  }
  subtrees_.push_back(hash);
  ++size_;
}

Hash Frontier::Root() const {
  if (subtrees_.empty()) return EmptyRoot();
  Hash root = subtrees_.back();
  for (std::size_t i = subtrees_.size() - 1; i-- > 0;) root = NodeHash(subtrees_[i], root);
  return root;
}

absl::StatusOr<Hash> RootOf(std::uint64_t size, NodeReader nodes) {
  return size == 0 ? EmptyRoot() : RangeRoot(0, size, nodes);
}

absl::StatusOr<std::vector<Hash>> InclusionProof(std::uint64_t index, std::uint64_t size,
                                                 NodeReader nodes) {
  if (index >= size) return absl::InvalidArgumentError("the entry is not in a tree of that size");
  std::vector<Hash> path;
  const absl::Status status = AppendPath(index, 0, size, nodes, &path);
  if (!status.ok()) return status;
  return path;
}

absl::StatusOr<std::vector<Hash>> ConsistencyProof(std::uint64_t old_size, std::uint64_t size,
                                                   NodeReader nodes) {
  if (old_size > size) {
    return absl::InvalidArgumentError("the earlier tree is larger than the later one");
  }
  std::vector<Hash> proof;
  if (old_size == 0 || old_size == size) return proof;
  const absl::Status status = AppendSubproof(old_size, 0, size, true, nodes, &proof);
  if (!status.ok()) return status;
  return proof;
}

absl::Status CheckInclusion(std::uint64_t index, std::uint64_t size, const Hash& leaf,
                            const std::vector<Hash>& proof, const Hash& root) {
  if (index >= size) return Failed("the entry is not in a tree of that size");
  std::uint64_t position = index;
  std::uint64_t last = size - 1;
  Hash hash = leaf;
  for (const Hash& sibling : proof) {
    if (last == 0) return Failed("the inclusion proof is too long");
    if ((position & 1U) != 0 || position == last) {
      hash = NodeHash(sibling, hash);
      while ((position & 1U) == 0 && position != 0) {
        position >>= 1U;
        last >>= 1U;
      }
    } else {
      hash = NodeHash(hash, sibling);
    }
    position >>= 1U;
    last >>= 1U;
  }
  if (last != 0) return Failed("the inclusion proof is too short");
  if (hash != root) return Failed("the inclusion proof leads to another root");
  return absl::OkStatus();
}

absl::Status CheckConsistency(std::uint64_t old_size, std::uint64_t size, const Hash& old_root,
                              const Hash& root, const std::vector<Hash>& proof) {
  if (old_size > size) return Failed("the earlier tree is larger than the later one");
  if (old_size == size || old_size == 0) {
    if (!proof.empty()) return Failed("the consistency proof is too long");
    if (old_size == size ? old_root != root : old_root != EmptyRoot()) {
      return Failed("two trees of one size have different roots");
    }
    return absl::OkStatus();
  }
  std::uint64_t position = old_size - 1;
  std::uint64_t last = size - 1;
  while ((position & 1U) != 0) {
    position >>= 1U;
    last >>= 1U;
  }
  // A perfect earlier tree is a node of the later one and stands first without being sent.
  std::size_t next = 0;
  Hash from_old = old_root;
  if (position != 0) {
    if (proof.empty()) return Failed("the consistency proof is too short");
    from_old = proof[next++];
  }
  Hash from_new = from_old;
  for (; next < proof.size(); ++next) {
    if (last == 0) return Failed("the consistency proof is too long");
    const Hash& node = proof[next];
    if ((position & 1U) != 0 || position == last) {
      from_old = NodeHash(node, from_old);
      from_new = NodeHash(node, from_new);
      while ((position & 1U) == 0 && position != 0) {
        position >>= 1U;
        last >>= 1U;
      }
    } else {
      from_new = NodeHash(from_new, node);
    }
    position >>= 1U;
    last >>= 1U;
  }
  if (last != 0) return Failed("the consistency proof is too short");
  if (from_old != old_root)
    return Failed("the consistency proof does not begin at the earlier root");
  if (from_new != root) return Failed("the consistency proof leads to another root");
  return absl::OkStatus();
}

}  // namespace rollcall::audit
