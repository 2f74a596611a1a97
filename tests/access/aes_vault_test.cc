#include "server/access/aes_vault.h"

#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <unordered_set>
#include <vector>

#include "absl/strings/escaping.h"
#include "storage/digest.h"
#include "storage/status.h"
#include "tests/support/test_vault.h"

namespace rollcall::access {
namespace {

using ::rollcall::testing::CountingKey;
using ::rollcall::testing::FixedKeys;

PersonKey KeyOfPerson(unsigned char first) {
  PersonKey key;
  for (std::size_t i = 0; i < key.size(); ++i) key[i] = static_cast<unsigned char>(first + i);
  return key;
}

std::string HexOf(const BlindIndex& index) {
  return Hex({reinterpret_cast<const char*>(index.data()), index.size()});
}

VaultKeys OnlyKey(std::uint32_t id, unsigned char first) {
  VaultKeys keys{{}, CountingKey(0)};
  keys.sealing.push_back({id, CountingKey(first)});
  return keys;
}

// Bytes made by another implementation (Node's crypto) from the description of the format.
TEST(AesVaultTest, KeepsTheDescribedFormats) {
  AesVault vault(OnlyKey(7, 0));
  const std::string sealed = absl::HexStringToBytes(
      "0100000007a0a1a2a3a4a5a6a7a8a9aaab857009432eeb6dd9420ee2aa74a0a5b6e61b1a6d549fc98d83aa9c5"
      "c0e");
  EXPECT_EQ(vault.Open("person_key/3", sealed).value(), "chunk of keys");
  EXPECT_EQ(SealedKeyId(sealed), 7U);
  const std::string sealed_for =
      absl::HexStringToBytes("02a0a1a2a3a4a5a6a7a8a9aaaba77c1da30f15c811c5cbf1e20ee2506b7ad068");
  std::string plain;
  ASSERT_TRUE(vault.OpenFor(KeyOfPerson(0), "person_fact/12/7", sealed_for, &plain).ok());
  EXPECT_EQ(plain, "Ada");
  EXPECT_EQ(HexOf(vault.Index("person.district_id", "100200")), "2c410e8c37387f72240aa6a3728d6395");
}

TEST(AesVaultTest, OpensWhatItSealed) {
  testing::TestVault vault;
  std::string bytes;
  for (int i = 0; i < 300; ++i) {
    const std::string sealed = vault.Seal("here", bytes).value();
    EXPECT_EQ(sealed.size(), bytes.size() + 33);
    EXPECT_EQ(vault.Open("here", sealed).value(), bytes);
    std::string sealed_for = "left from before";
    std::string plain = "left from before";
    ASSERT_TRUE(vault.SealFor(KeyOfPerson(9), "here", bytes, &sealed_for).ok());
    EXPECT_EQ(sealed_for.size(), bytes.size() + 29);
    ASSERT_TRUE(vault.OpenFor(KeyOfPerson(9), "here", sealed_for, &plain).ok());
    EXPECT_EQ(plain, bytes);
    bytes.push_back(static_cast<char>(i));
  }
}

TEST(AesVaultTest, FindsEveryFlippedBitEveryCutAndEveryOtherPlace) {
  testing::TestVault vault;
  const PersonKey person = KeyOfPerson(1);
  const std::string sealed = vault.Seal("table/1/2", "Grace Hopper").value();
  std::string sealed_for;
  ASSERT_TRUE(vault.SealFor(person, "table/1/2", "Grace Hopper", &sealed_for).ok());
  std::string plain;
  for (std::size_t i = 0; i < sealed.size(); ++i) {
    for (int bit = 0; bit < 8; ++bit) {
      std::string changed = sealed;
      changed[i] = static_cast<char>(changed[i] ^ (1 << bit));
      const auto opened = vault.Open("table/1/2", changed);
      ASSERT_EQ(opened.status().code(), absl::StatusCode::kDataLoss) << i << '.' << bit;
      ASSERT_EQ(ErrorReason(opened.status()), "SEALED_VALUE_UNREADABLE");
      if (i >= sealed_for.size()) continue;
      changed = sealed_for;
      changed[i] = static_cast<char>(changed[i] ^ (1 << bit));
      const absl::Status status = vault.OpenFor(person, "table/1/2", changed, &plain);
      ASSERT_EQ(ErrorReason(status), "SEALED_VALUE_UNREADABLE") << i << '.' << bit;
      ASSERT_EQ(status.code(), absl::StatusCode::kDataLoss);
    }
  }
  for (std::size_t length = 0; length < sealed.size(); ++length) {
    EXPECT_FALSE(vault.Open("table/1/2", sealed.substr(0, length)).ok());
    if (length < sealed_for.size()) {
      EXPECT_FALSE(vault.OpenFor(person, "table/1/2", sealed_for.substr(0, length), &plain).ok());
    }
  }
  EXPECT_FALSE(vault.Open("table/1/2", sealed + "x").ok());
  for (const char* place : {"table/1/3", "table/12", "other/1/2", "", "table/1/2 "}) {
    EXPECT_FALSE(vault.Open(place, sealed).ok()) << place;
    EXPECT_FALSE(vault.OpenFor(person, place, sealed_for, &plain).ok()) << place;
  }
  // Neither form passes for the other, nor one person's value for another's.
  EXPECT_FALSE(vault.Open("table/1/2", sealed_for).ok());
  EXPECT_FALSE(vault.OpenFor(person, "table/1/2", sealed, &plain).ok());
  EXPECT_FALSE(vault.OpenFor(KeyOfPerson(2), "table/1/2", sealed_for, &plain).ok());
}

TEST(AesVaultTest, NeverSealsTwoValuesAlike) {
  testing::TestVault vault;
  constexpr int kThreads = 4;
  constexpr int kEach = 500'000;
  std::vector<std::string> nonces(kThreads);
  std::vector<std::thread> threads;
  for (std::string& own : nonces) {
    threads.emplace_back([&own, &vault] {
      std::string sealed;
      for (int i = 0; i < kEach; ++i) {
        if (!vault.SealFor(KeyOfPerson(1), "here", "same", &sealed).ok()) return;
        own.append(sealed, 1, 12);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  std::unordered_set<std::string_view> seen;
  seen.reserve(kThreads * kEach);
  for (const std::string& own : nonces) {
    ASSERT_EQ(own.size(), kEach * std::size_t{12});
    for (std::size_t at = 0; at < own.size(); at += 12) {
      ASSERT_TRUE(seen.insert(std::string_view(own).substr(at, 12)).second);
    }
  }
}

TEST(AesVaultTest, FollowsARotation) {
  AesVault vault(FixedKeys(1));
  const std::string before = vault.Seal("here", "value").value();
  EXPECT_TRUE(vault.IsNewest(before));
  const BlindIndex index = vault.Index("domain", "value");

  vault.SetKeys(FixedKeys(2, /*with_earlier=*/true));
  EXPECT_FALSE(vault.IsNewest(before));
  EXPECT_EQ(vault.Open("here", before).value(), "value");
  const std::string after = vault.Seal("here", "value").value();
  EXPECT_TRUE(vault.IsNewest(after));
  EXPECT_EQ(SealedKeyId(after), 2U);
  EXPECT_EQ(vault.Index("domain", "value"), index);

  vault.SetKeys(FixedKeys(2));
  EXPECT_EQ(vault.Open("here", after).value(), "value");
  EXPECT_EQ(SealedKeyId(vault.Seal("here", "value").value()), 2U);
  EXPECT_EQ(vault.DroppedKeyOf(after), 0U);
}

TEST(AesVaultTest, OpensUnderDroppedKeysAndTellsThem) {
  AesVault vault(FixedKeys(1));
  const std::string first = vault.Seal("here", "one").value();
  EXPECT_EQ(vault.DroppedKeyOf(first), 0U);
  for (const std::uint32_t id : {2U, 3U}) {
    vault.SetKeys(FixedKeys(id, /*with_earlier=*/true));
    vault.SetKeys(FixedKeys(id));
    // A reader whose view is older than the drop.
    EXPECT_EQ(vault.Open("here", first).value(), "one");
    EXPECT_EQ(vault.DroppedKeyOf(first), 1U);
    EXPECT_FALSE(vault.IsNewest(first));
    EXPECT_EQ(SealedKeyId(vault.Seal("here", "value").value()), id);
  }
  // Another process never knew it.
  AesVault other(FixedKeys(3));
  EXPECT_EQ(ErrorReason(other.Open("here", first).status()), "SEALED_VALUE_UNREADABLE");
}

TEST(AesVaultTest, TellsDomainsAndValuesApart) {
  testing::TestVault vault;
  EXPECT_EQ(vault.Index("a", "bc"), vault.Index("a", "bc"));
  EXPECT_NE(vault.Index("a", "bc"), vault.Index("ab", "c"));
  EXPECT_NE(vault.Index("a", "bc"), vault.Index("", "abc"));
  EXPECT_NE(vault.Index("a", "bc"), vault.Index("b", "bc"));
  EXPECT_NE(vault.Index("a", ""), vault.Index("", "a"));
  AesVault other(OnlyKey(1, 1));
  EXPECT_NE(vault.Index("a", "bc"), other.Index("a", "bc"));
}

TEST(AesVaultTest, RefusesDestroyedKeysAndMakesNone) {
  testing::TestVault vault;
  const PersonKey destroyed{};
  std::string out;
  EXPECT_EQ(ErrorReason(vault.SealFor(destroyed, "here", "value", &out)), "PERSON_ERASED");
  EXPECT_EQ(ErrorReason(vault.OpenFor(destroyed, "here", std::string(40, '\x02'), &out)),
            "PERSON_ERASED");
  const PersonKey one = vault.NewPersonKey();
  EXPECT_NE(one, destroyed);
  EXPECT_NE(one, vault.NewPersonKey());
}

TEST(AesVaultTest, KeepsNothingWithoutKeys) {
  AesVault vault;
  EXPECT_EQ(ErrorReason(vault.Seal("here", "value").status()), "KEYS_NOT_LOADED");
  EXPECT_EQ(ErrorReason(vault.Open("here", std::string(50, '\x01')).status()), "KEYS_NOT_LOADED");
  EXPECT_FALSE(vault.IsNewest(std::string(50, '\x01')));
  EXPECT_DEATH(vault.Index("domain", "value"), "before it had a key");
}

}  // namespace
}  // namespace rollcall::access
