// The bytes are those of docs/exposure-format.md; the golden values were computed from that page by
// another program, with other implementations of SHA-256, HMAC and AES.

#include "server/exposure/digest.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <string>
#include <vector>

namespace rollcall::testing {
namespace {

using exposure::Cell;
using exposure::Certainty;
using exposure::ContentHashOf;
using exposure::Digest;
using exposure::DigestOf;
using exposure::ElementSet;
using exposure::ExposureColumns;
using exposure::ExposureProof;
using exposure::ProofOf;
using exposure::ReasonKind;
using exposure::SaltKey;
using exposure::SaltKeyFrom;
using exposure::ToHex;
using exposure::TreeHasher;
using exposure::VerifyProof;

using Ids = std::vector<std::uint64_t>;
using SetOf = std::vector<std::uint32_t>;
using Names = std::vector<std::string>;

const Names kNames = {"student.name", "student.birth_date"};

Cell Make(std::uint16_t element, Certainty certainty) {
  return {element, certainty, {{ReasonKind::kDeclared, 0}}, {}};
}

const ElementSet kBoth{{Make(0, Certainty::kConfirmed), Make(1, Certainty::kBelieved)}, {}};
const ElementSet kNameOnly{{Make(0, Certainty::kBelieved)}, {}};
const ElementSet kRemovedOnly{{}, {{0, {{ReasonKind::kDeclared, 0}}, {3}}}};

// The bytes 00 to 1f.
std::string Secret() {
  std::string secret(32, '\0');
  std::iota(secret.begin(), secret.end(), '\0');
  return secret;
}

// An exposure with everything that is computed from it.
struct Sealed {
  Ids ids;
  SetOf set_of;
  std::vector<ElementSet> sets;
  Names names = kNames;

  ExposureColumns columns() const { return {ids, set_of, sets, names}; }
  std::string ContentHash() const {
    const auto hash = ContentHashOf(columns());
    EXPECT_TRUE(hash.ok()) << hash.status();
    return hash.ok() ? ToHex(*hash) : "";
  }
  SaltKey Key(const std::string& secret = Secret()) const {
    const auto hash = ContentHashOf(columns());
    EXPECT_TRUE(hash.ok()) << hash.status();
    const auto key = SaltKeyFrom(secret, hash.value_or(Digest{}));
    EXPECT_TRUE(key.ok()) << key.status();
    return key.value_or(SaltKey{});
  }
  exposure::ExposureDigest Seal(const std::string& secret = Secret()) const {
    const auto digest = DigestOf(columns(), Key(secret));
    EXPECT_TRUE(digest.ok()) << digest.status();
    return digest.value_or(exposure::ExposureDigest{});
  }
  std::string Hex() const { return ToHex(Seal().digest); }
  ExposureProof Prove(std::uint64_t person) const {
    const auto proof = ProofOf(columns(), Key(), person);
    EXPECT_TRUE(proof.ok()) << proof.status();
    return proof.value_or(ExposureProof{});
  }
};

Sealed Nobody() { return {}; }
Sealed One() { return {{7}, {0}, {kBoth}}; }
Sealed Three() { return {{7, 9, 0x0102030405060708}, {0, 1, 1}, {kBoth, kNameOnly}}; }
// People 2, 7, 12, ...; every seventh with both elements.
Sealed Many(std::size_t people) {
  Sealed many{{}, {}, {kBoth, kNameOnly}};
  for (std::size_t i = 0; i < people; ++i) {
    many.ids.push_back(5 * i + 2);
    many.set_of.push_back(i % 7 == 0 ? 0 : 1);
  }
  return many;
}

Digest FromHex(const std::string& hex) {
  Digest digest{};
  for (std::size_t i = 0; i < digest.size(); ++i) {
    digest[i] = static_cast<std::uint8_t>(std::stoi(hex.substr(2 * i, 2), nullptr, 16));
  }
  return digest;
}

std::string HexOf(const std::vector<Digest>& path) {
  std::string text;
  for (const Digest& hash : path) text += ToHex(hash) + "\n";
  return text;
}

TEST(ContentHash, IsGolden) {
  EXPECT_EQ(Nobody().ContentHash(),
            "3a6b916887a7bbf732a1fc678e8662f4694ad375b6dfb357a85e0920bbcea2b5");
  EXPECT_EQ((Sealed{{7, 0x0102030405060708}, {0, 1}, {kBoth, kNameOnly}}).ContentHash(),
            "30c051af0cba40c4b75b14ba7c5de8e7c733d131914e7ae77136960a3155837f");
  EXPECT_EQ(Three().ContentHash(),
            "40229fdbc771260ed80297e38a2a595ae282ad65135eaf1e1ceecd08a15e1c24");
}

TEST(SaltKey, IsGoldenAndDependsOnSecretAndContent) {
  EXPECT_EQ(ToHex(Three().Key().bytes),
            "5e4403dc1650a8b639a43c9bf68d785778a90f0f976d6288c24300a268fbe3be");
  EXPECT_NE(Three().Key(), One().Key());
  EXPECT_NE(Three().Key(), Three().Key(std::string(32, 'x')));
  EXPECT_EQ(SaltKeyFrom("short", Digest{}).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST(Digest, IsGolden) {
  EXPECT_EQ(Nobody().Hex(), "0cdbbdefe6b2ab67f9a27cf9fbedb1d0d4a6bad10d9d2512d6d553edded5990f");
  EXPECT_EQ(One().Hex(), "ab27bfd7fa6260a220a38ae0c926f1c0472001a998d715d39d33ac0dbe55e991");
  EXPECT_EQ(Three().Hex(), "254612d38f3733d76077c74fe5e2701a6d6996967b80f0448aa2c214d21ddc5e");
  EXPECT_EQ(Three().Seal().people, 3U);
  EXPECT_EQ(Three().Seal().cells, 4U);
}

// So many that two threads share the work.
TEST(Digest, OfManyPeopleIsGolden) {
  const auto sealed = Many(70000).Seal();
  EXPECT_EQ(ToHex(sealed.digest),
            "52631321aaf6461a968afa04291bd9b8e25d2bebb4626051b06b27eaa6a5c772");
  EXPECT_EQ(sealed.people, 70000U);
  EXPECT_EQ(sealed.cells, 80000U);
}

// The leaves and roots with which certificate transparency is tested.
TEST(TreeHasher, HasTheShapeOfRfc6962) {
  const std::vector<std::string> leaves = {
      "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
      "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
      "0298d122906dcfc10892cb53a73992fc5b9f493ea4c9badb27b791b4127a7fe7",
      "07506a85fd9dd2f120eb694f86011e5bb4662e5c415a62917033d4a9624487e7",
      "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
      "4271a26be0d8a84f0bd54c8c302e7cb3a3b5d1fa6780a40bcce2873477dab658",
      "b08693ec2e721597130641e8211e7eedccb4c26413963eee6c1e2ed16ffb1a5f",
      "46f6ffadd3d06a09ff3c5860d2755c8b9819db7df44251788c7d8e3180de8eb1",
  };
  const std::vector<std::string> roots = {
      "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
      "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
      "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
      "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
      "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
      "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
      "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
      "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
      "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
  };
  TreeHasher tree;
  for (std::size_t i = 0; i < roots.size(); ++i) {
    EXPECT_EQ(ToHex(tree.Root()), roots[i]) << i;
    if (i < leaves.size()) tree.Add(FromHex(leaves[i]));
  }
}

TEST(TreeHasher, TakesRootsOfCompleteSubtreesForLeaves) {
  for (std::size_t size = 1; size < 70; ++size) {
    TreeHasher all;
    TreeHasher eights;
    TreeHasher eight;
    for (std::size_t i = 0; i < size; ++i) {
      Digest leaf{};
      leaf[0] = static_cast<std::uint8_t>(i);
      all.Add(leaf);
      eight.Add(leaf);
      if (i % 8 == 7 || i + 1 == size) {
        eights.Add(eight.Root());
        eight = TreeHasher();
      }
    }
    EXPECT_EQ(eights.Root(), all.Root()) << size;
  }
}

TEST(Digest, DoesNotDependOnHowSetsAreNumbered) {
  const Sealed plain{{7, 9}, {0, 1}, {kBoth, kNameOnly}};
  for (const Sealed& same : {Sealed{{7, 9}, {1, 0}, {kNameOnly, kBoth}},
                             Sealed{{7, 9}, {2, 1}, {kNameOnly, kNameOnly, kBoth}},
                             Sealed{{7, 9}, {2, 1}, {kRemovedOnly, kNameOnly, kBoth}}}) {
    EXPECT_EQ(same.Hex(), plain.Hex());
    EXPECT_EQ(same.ContentHash(), plain.ContentHash());
  }
}

TEST(Digest, DoesNotDependOnElementNumbersReasonsOrWhatWasRemoved) {
  const ElementSet swapped{{Make(0, Certainty::kBelieved), Make(1, Certainty::kConfirmed)}, {}};
  EXPECT_EQ((Sealed{{7}, {0}, {swapped}, {kNames[1], kNames[0]}}).Hex(), One().Hex());
  ElementSet other = kBoth;
  other.cells[0].reasons = {{ReasonKind::kDeclared, 4}, {ReasonKind::kClaimedByList, 0}};
  other.cells[0].dispositions = {1};
  other.removed = {{5, {{ReasonKind::kDeclared, 0}}, {3}}};
  std::reverse(other.cells.begin(), other.cells.end());
  EXPECT_EQ((Sealed{{7}, {0}, {other}}).Hex(), One().Hex());
}

TEST(Digest, DependsOnPeopleElementsCertaintyAndSecret) {
  const std::string digest = One().Hex();
  EXPECT_NE((Sealed{{8}, {0}, {kBoth}}).Hex(), digest);
  EXPECT_NE((Sealed{{7}, {0}, {kNameOnly}}).Hex(), digest);
  ElementSet surer = kBoth;
  surer.cells[1].certainty = Certainty::kConfirmed;
  EXPECT_NE((Sealed{{7}, {0}, {surer}}).Hex(), digest);
  EXPECT_NE((Sealed{{7}, {0}, {kBoth}, {"student.name", "student.birth_place"}}).Hex(), digest);
  EXPECT_NE(ToHex(One().Seal(std::string(32, 'x')).digest), digest);
}

// With the key held fixed, so that it is the tree that notices.
TEST(Digest, OfManyPeopleDependsOnEachOfThem) {
  Sealed many = Many(70000);
  const SaltKey key = many.Key();
  const auto digest = DigestOf(many.columns(), key);
  for (const std::size_t row : {std::size_t{1}, std::size_t{4095}, std::size_t{4096},
                                std::size_t{40000}, many.ids.size() - 1}) {
    const std::uint32_t set = many.set_of[row];
    many.set_of[row] = 1 - set;
    EXPECT_NE(DigestOf(many.columns(), key)->digest, digest->digest) << row;
    many.set_of[row] = set;
    ++many.ids[row];
    EXPECT_NE(DigestOf(many.columns(), key)->digest, digest->digest) << row;
    --many.ids[row];
  }
}

TEST(Digest, OfAnAnswerIsThatOfItsColumns) {
  exposure::WorldBuilder builder(1);
  for (const std::uint64_t id : {3, 7, 9}) {
    exposure::PersonFacts facts;
    facts.id = id;
    ASSERT_TRUE(builder.AddPerson(facts, {}, {}).ok());
  }
  const auto world = std::move(builder).Build();
  ASSERT_TRUE(world.ok());
  exposure::Exposure exposure;
  exposure.sets = {kRemovedOnly, kBoth};
  exposure.ordinals = {1};
  exposure.set_of = {1};
  exposure.removed = {{2}, {0}};
  EXPECT_EQ(ToHex(*ContentHashOf(**world, exposure, kNames)), One().ContentHash());
  EXPECT_EQ(*DigestOf(**world, exposure, kNames, One().Key()), One().Seal());
}

TEST(Proof, IsGolden) {
  const ExposureProof proof = Three().Prove(7);
  EXPECT_EQ(ToHex(proof.digest), Three().Hex());
  EXPECT_EQ(proof.people, 3U);
  EXPECT_EQ(proof.cells, 4U);
  EXPECT_EQ(proof.tree_size, 3U);
  EXPECT_EQ(proof.leaf_index, 0U);
  EXPECT_EQ(proof.person, 7U);
  EXPECT_EQ(proof.elements,
            (std::vector<exposure::ProvenElement>{{"student.birth_date", Certainty::kBelieved},
                                                  {"student.name", Certainty::kConfirmed}}));
  const exposure::Salt salt = {0x60, 0x65, 0xf1, 0x9f, 0xc6, 0x20, 0x05, 0x06,
                               0x26, 0x4e, 0x6e, 0x2c, 0xd7, 0x2f, 0xd5, 0x3d};
  EXPECT_EQ(proof.salt, salt);
  EXPECT_EQ(HexOf(proof.path),
            "e9b7abddd27d646efde6dd29474859fd37816d1360900aff6864f37198308741\n"
            "59c2cf9a498ef08492b0a43913adf0f813cef23988c25cdf524f91607fd84881\n");
  EXPECT_EQ(HexOf(Three().Prove(0x0102030405060708).path),
            "9047d2be43a12a2da9edcca50ca4cd3b2fc500c5026e01adc2d6a571b94a8d38\n");
}

TEST(Proof, OfEveryPersonLeadsToTheDigest) {
  for (std::size_t people = 1; people <= 40; ++people) {
    const Sealed many = Many(people);
    const Digest digest = many.Seal().digest;
    for (const std::uint64_t person : many.ids) {
      const ExposureProof proof = many.Prove(person);
      EXPECT_EQ(proof.digest, digest);
      EXPECT_TRUE(VerifyProof(proof).ok()) << people << " " << VerifyProof(proof);
    }
  }
}

TEST(Proof, LeadsToTheDigestAcrossChunks) {
  for (const std::size_t people : {4096, 4097, 8191, 8192, 12289, 70000}) {
    const Sealed many = Many(people);
    const Digest digest = many.Seal().digest;
    for (const std::size_t row : {std::size_t{0}, std::size_t{4095}, people / 2, people - 1}) {
      const ExposureProof proof = many.Prove(many.ids[row]);
      EXPECT_EQ(proof.digest, digest);
      EXPECT_EQ(proof.leaf_index, row);
      EXPECT_TRUE(VerifyProof(proof).ok()) << people << " " << row << VerifyProof(proof);
    }
  }
}

TEST(Proof, DoesNotHoldForAnythingElse) {
  const ExposureProof good = Many(11).Prove(22);
  ASSERT_TRUE(VerifyProof(good).ok());
  const auto fails = [&](auto change) {
    ExposureProof bad = good;
    change(bad);
    return VerifyProof(bad).code() == absl::StatusCode::kInvalidArgument;
  };
  EXPECT_TRUE(fails([](ExposureProof& p) { p.digest[31] ^= 1; }));
  EXPECT_TRUE(fails([](ExposureProof& p) { ++p.people; }));
  EXPECT_TRUE(fails([](ExposureProof& p) { p.people = ++p.tree_size; }));
  EXPECT_TRUE(fails([](ExposureProof& p) { p.people = p.tree_size = p.leaf_index; }));
  EXPECT_TRUE(fails([](ExposureProof& p) { p.people = p.tree_size = p.leaf_index = 0; }));
  EXPECT_TRUE(fails([](ExposureProof& p) { --p.cells; }));
  EXPECT_TRUE(fails([](ExposureProof& p) { ++p.person; }));
  EXPECT_TRUE(fails([](ExposureProof& p) { p.salt[0] ^= 0x80; }));
  EXPECT_TRUE(fails([](ExposureProof& p) { ++p.leaf_index; }));
  EXPECT_TRUE(fails([](ExposureProof& p) { p.elements[0].name += "x"; }));
  EXPECT_TRUE(fails([](ExposureProof& p) { p.elements[0].certainty = Certainty::kConfirmed; }));
  EXPECT_TRUE(fails([](ExposureProof& p) { p.elements.clear(); }));
  EXPECT_TRUE(fails([](ExposureProof& p) { p.elements.push_back(p.elements[0]); }));
  EXPECT_TRUE(fails([](ExposureProof& p) { p.path.pop_back(); }));
  EXPECT_TRUE(fails([](ExposureProof& p) { p.path.push_back(p.path[0]); }));
  EXPECT_TRUE(fails([](ExposureProof& p) { std::swap(p.path[0], p.path[1]); }));
}

TEST(Proof, OfSomebodyElseIsNotFound) {
  const Sealed three = Three();
  for (const std::uint64_t person : {0, 8, 10}) {
    EXPECT_EQ(ProofOf(three.columns(), three.Key(), person).status().code(),
              absl::StatusCode::kNotFound);
  }
  EXPECT_EQ(ProofOf(Nobody().columns(), SaltKey{}, 7).status().code(), absl::StatusCode::kNotFound);
}

TEST(Digest, RefusesColumnsThatMakeNoExposure) {
  const auto code = [](Sealed sealed) {
    const absl::StatusCode content = ContentHashOf(sealed.columns()).status().code();
    EXPECT_EQ(DigestOf(sealed.columns(), SaltKey{}).status().code(), content);
    EXPECT_EQ(ProofOf(sealed.columns(), SaltKey{}, 1).status().code(), content);
    return content;
  };
  constexpr auto kInvalid = absl::StatusCode::kInvalidArgument;
  EXPECT_EQ(code({{2, 1}, {0, 0}, {kBoth}}), kInvalid);
  EXPECT_EQ(code({{2, 2}, {0, 0}, {kBoth}}), kInvalid);
  EXPECT_EQ(code({{1, 2}, {0}, {kBoth}}), kInvalid);
  EXPECT_EQ(code({{1}, {1}, {kBoth}}), kInvalid);
  EXPECT_EQ(code({{1}, {0}, {kRemovedOnly}}), kInvalid);
  EXPECT_EQ(code({{1}, {0}, {kBoth}, {"student.name"}}), kInvalid);
  EXPECT_EQ(code({{1}, {0}, {kBoth}, {"student.name", ""}}), kInvalid);
  EXPECT_EQ(code({{1}, {0}, {kBoth}, {"student.name", "student.name"}}), kInvalid);
  EXPECT_EQ(code({{1}, {0}, {kBoth}}), absl::StatusCode::kOk);
}

}  // namespace
}  // namespace rollcall::testing
