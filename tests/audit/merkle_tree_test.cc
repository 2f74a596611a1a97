#include "server/audit/merkle_tree.h"

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <utility>

#include "absl/strings/escaping.h"

namespace rollcall::testing {
namespace {

using audit::Bytes;
using audit::CheckConsistency;
using audit::CheckInclusion;
using audit::ConsistencyProof;
using audit::EmptyRoot;
using audit::Frontier;
using audit::Hash;
using audit::InclusionProof;
using audit::LeafHash;
using audit::NodeHash;

std::string Hex(const Hash& hash) {
  return absl::BytesToHexString(absl::string_view(Bytes(hash).data(), hash.size()));
}

// A tree with all its nodes in memory, and the roots of all its beginnings.
struct Tree {
  std::vector<Hash> leaves;
  std::vector<Hash> roots = {EmptyRoot()};
  std::map<std::pair<int, std::uint64_t>, Hash> nodes;
  Frontier edge;

  void Add(const Hash& leaf) {
    leaves.push_back(leaf);
    edge.Append(leaf, [&](int level, std::uint64_t index, const Hash& hash) {
      EXPECT_TRUE(nodes.emplace(std::make_pair(level, index), hash).second);
    });
    roots.push_back(edge.Root());
  }
  auto Reader() const {
    return [this](int level, std::uint64_t index) -> absl::StatusOr<Hash> {
      const auto it = nodes.find({level, index});
      if (it == nodes.end()) return absl::NotFoundError("no such node");
      return it->second;
    };
  }
};

// The definition of RFC 6962, section 2.1, word by word.
Hash Naive(const std::vector<Hash>& leaves, std::size_t begin, std::size_t end) {
  if (begin == end) return EmptyRoot();
  if (end - begin == 1) return leaves[begin];
  std::size_t k = 1;
  while (k * 2 < end - begin) k *= 2;
  return NodeHash(Naive(leaves, begin, begin + k), Naive(leaves, begin + k, end));
}

Tree Numbered(int count) {
  Tree tree;
  for (int i = 0; i < count; ++i) tree.Add(LeafHash(std::to_string(i)));
  return tree;
}

TEST(MerkleTree, HasTheKnownRoots) {
  // The leaves that implementations of Certificate Transparency test with, and their roots.
  const char* const leaves[] = {"",
                                "00",
                                "10",
                                "2021",
                                "3031",
                                "40414243",
                                "5051525354555657",
                                "606162636465666768696a6b6c6d6e6f"};
  const char* const roots[] = {"6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
                               "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
                               "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
                               "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
                               "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
                               "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
                               "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
                               "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"};
  EXPECT_EQ(Hex(EmptyRoot()), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  Tree tree;
  for (int i = 0; i < 8; ++i) {
    tree.Add(LeafHash(absl::HexStringToBytes(leaves[i])));
    EXPECT_EQ(Hex(tree.roots.back()), roots[i]);
  }
  // The inclusion and consistency proofs that go with them.
  const auto inclusion = InclusionProof(5, 8, tree.Reader());
  ASSERT_TRUE(inclusion.ok());
  ASSERT_EQ(inclusion->size(), 3U);
  EXPECT_EQ(Hex((*inclusion)[0]),
            "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b");
  EXPECT_EQ(Hex((*inclusion)[1]),
            "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0");
  EXPECT_EQ(Hex((*inclusion)[2]),
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7");
  const auto consistency = ConsistencyProof(6, 8, tree.Reader());
  ASSERT_TRUE(consistency.ok());
  ASSERT_EQ(consistency->size(), 3U);
  EXPECT_EQ(Hex((*consistency)[0]),
            "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a");
  EXPECT_EQ(Hex((*consistency)[1]),
            "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0");
  EXPECT_EQ(Hex((*consistency)[2]),
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7");
}

TEST(MerkleTree, RootsAreThoseOfTheDefinition) {
  const Tree tree = Numbered(130);
  for (std::size_t size = 0; size <= tree.leaves.size(); ++size) {
    EXPECT_EQ(tree.roots[size], Naive(tree.leaves, 0, size)) << size;
    EXPECT_EQ(*audit::RootOf(size, tree.Reader()), tree.roots[size]) << size;
  }
}

TEST(MerkleTree, AFrontierThatIsLoadedGoesOnAsIfItHadNeverStopped) {
  const Tree tree = Numbered(70);
  for (std::uint64_t size = 0; size < 70; ++size) {
    auto edge = Frontier::Load(size, tree.Reader());
    ASSERT_TRUE(edge.ok()) << edge.status();
    EXPECT_EQ(edge->Root(), tree.roots[size]);
    edge->Append(tree.leaves[size]);
    EXPECT_EQ(edge->size(), size + 1);
    EXPECT_EQ(edge->Root(), tree.roots[size + 1]);
  }
}

TEST(MerkleTree, EveryInclusionProofHoldsForItsOwnEntryAlone) {
  const Tree tree = Numbered(40);
  for (std::uint64_t size = 1; size <= 40; ++size) {
    for (std::uint64_t index = 0; index < size; ++index) {
      const auto proof = InclusionProof(index, size, tree.Reader());
      ASSERT_TRUE(proof.ok()) << proof.status();
      const Hash& leaf = tree.leaves[index];
      EXPECT_TRUE(CheckInclusion(index, size, leaf, *proof, tree.roots[size]).ok());
      for (std::uint64_t other = 0; other <= size; ++other) {
        if (other == index) continue;
        EXPECT_FALSE(CheckInclusion(other, size, leaf, *proof, tree.roots[size]).ok());
        if (other < size) {
          EXPECT_FALSE(
              CheckInclusion(index, size, tree.leaves[other], *proof, tree.roots[size]).ok());
        }
      }
      for (std::size_t at = 0; at < proof->size(); ++at) {
        std::vector<Hash> bad = *proof;
        bad[at][index % 32] ^= 1;
        EXPECT_FALSE(CheckInclusion(index, size, leaf, bad, tree.roots[size]).ok());
        bad = *proof;
        bad.erase(bad.begin() + static_cast<std::ptrdiff_t>(at));
        EXPECT_FALSE(CheckInclusion(index, size, leaf, bad, tree.roots[size]).ok());
      }
      std::vector<Hash> longer = *proof;
      longer.push_back(leaf);
      EXPECT_FALSE(CheckInclusion(index, size, leaf, longer, tree.roots[size]).ok());
    }
  }
  EXPECT_TRUE(absl::IsInvalidArgument(InclusionProof(40, 40, tree.Reader()).status()));
}

TEST(MerkleTree, EveryConsistencyProofHoldsForItsOwnTreesAlone) {
  const Tree tree = Numbered(40);
  const Hash other = LeafHash("another");
  for (std::uint64_t size = 0; size <= 40; ++size) {
    for (std::uint64_t old = 0; old <= size; ++old) {
      const auto proof = ConsistencyProof(old, size, tree.Reader());
      ASSERT_TRUE(proof.ok()) << proof.status();
      const auto check = [&](const Hash& before, const Hash& after, const std::vector<Hash>& with) {
        return CheckConsistency(old, size, before, after, with).ok();
      };
      EXPECT_TRUE(check(tree.roots[old], tree.roots[size], *proof)) << old << " " << size;
      EXPECT_FALSE(check(other, tree.roots[size], *proof)) << old << " " << size;
      if (old > 0) {
        EXPECT_FALSE(check(tree.roots[old], other, *proof)) << old << " " << size;
      }
      for (std::size_t at = 0; at < proof->size(); ++at) {
        std::vector<Hash> bad = *proof;
        bad[at][size % 32] ^= 0x80;
        EXPECT_FALSE(check(tree.roots[old], tree.roots[size], bad)) << old << " " << size;
        bad = *proof;
        bad.erase(bad.begin() + static_cast<std::ptrdiff_t>(at));
        EXPECT_FALSE(check(tree.roots[old], tree.roots[size], bad)) << old << " " << size;
      }
      std::vector<Hash> longer = *proof;
      longer.push_back(other);
      EXPECT_FALSE(check(tree.roots[old], tree.roots[size], longer)) << old << " " << size;
    }
  }
  EXPECT_TRUE(absl::IsInvalidArgument(ConsistencyProof(3, 2, tree.Reader()).status()));
  EXPECT_FALSE(CheckConsistency(3, 2, tree.roots[3], tree.roots[2], {}).ok());
}

}  // namespace
}  // namespace rollcall::testing
