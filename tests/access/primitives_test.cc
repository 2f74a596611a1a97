// Known answers of the published test vectors.

#include "server/access/primitives.h"

#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <unordered_set>
#include <vector>

#include "absl/strings/escaping.h"
#include "storage/digest.h"

namespace rollcall::access {
namespace {

const unsigned char* Bytes(const std::string& text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

struct GcmVector {
  const char* key;
  const char* nonce;
  const char* associated;
  const char* plain;
  const char* sealed;
};

// Test cases 13, 14, 15 and 16 of "The Galois/Counter Mode of Operation", appendix B, the vectors
// that NIST publishes with SP 800-38D.
const GcmVector kGcmVectors[] = {
    {"0000000000000000000000000000000000000000000000000000000000000000", "000000000000000000000000",
     "", "", "530f8afbc74536b9a963b4f1c4cb738b"},
    {"0000000000000000000000000000000000000000000000000000000000000000", "000000000000000000000000",
     "", "00000000000000000000000000000000",
     "cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919"},
    {"feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308", "cafebabefacedbaddecaf888",
     "",
     "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
     "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b391aafd255",
     "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
     "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662898015ad"
     "b094dac5d93471bdec1a502270e3cc6c"},
    {"feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308", "cafebabefacedbaddecaf888",
     "feedfacedeadbeeffeedfacedeadbeefabaddad2",
     "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
     "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
     "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
     "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662"
     "76fc6ece0f4e1768cddf8853bb2d551b"},
};

TEST(GcmTest, AnswersThePublishedVectors) {
  for (const GcmVector& vector : kGcmVectors) {
    const std::string key = absl::HexStringToBytes(vector.key);
    const std::string nonce = absl::HexStringToBytes(vector.nonce);
    const std::string associated = absl::HexStringToBytes(vector.associated);
    const std::string plain = absl::HexStringToBytes(vector.plain);
    // Wherever the authenticated text is cut in two, it is one text.
    for (std::size_t cut = 0; cut <= associated.size(); ++cut) {
      const std::string header = associated.substr(0, cut);
      const std::string context = associated.substr(cut);
      std::string sealed;
      ASSERT_TRUE(EncryptGcm(Bytes(key), Bytes(nonce), header, context, plain, &sealed).ok());
      EXPECT_EQ(Hex(sealed), vector.sealed);
      std::string opened = "left from before";
      ASSERT_TRUE(DecryptGcm(Bytes(key), Bytes(nonce), header, context, sealed, &opened));
      EXPECT_EQ(opened, plain);
    }
  }
}

TEST(GcmTest, LeavesNothingOfWhatDoesNotVerify) {
  const std::string key(32, 'k');
  const std::string nonce(12, 'n');
  std::string sealed;
  ASSERT_TRUE(EncryptGcm(Bytes(key), Bytes(nonce), "", "here", "secret", &sealed).ok());
  sealed.back() = static_cast<char>(sealed.back() ^ 1);
  std::string opened = "left from before";
  EXPECT_FALSE(DecryptGcm(Bytes(key), Bytes(nonce), "", "here", sealed, &opened));
  EXPECT_EQ(opened, "");
  EXPECT_FALSE(DecryptGcm(Bytes(key), Bytes(nonce), "", "here", "too short", &opened));
}

// RFC 4231, test cases 1, 2, 3, 6 and 7.
TEST(HmacTest, AnswersThePublishedVectors) {
  const std::string long_key(131, '\xaa');
  const struct {
    std::string key;
    std::string text;
    const char* mac;
  } vectors[] = {
      {std::string(20, '\x0b'), "Hi There",
       "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"},
      {"Jefe", "what do ya want for nothing?",
       "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
      {std::string(20, '\xaa'), std::string(50, '\xdd'),
       "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"},
      {long_key, "Test Using Larger Than Block-Size Key - Hash Key First",
       "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"},
      {long_key,
       "This is a test using a larger than block-size key and a larger than block-size data. The "
       "key needs to be hashed before being used by the HMAC algorithm.",
       "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2"},
  };
  for (const auto& vector : vectors) {
    const std::uint64_t instance = NextInstance();
    // Twice under the key, as the context is used again, and cut in two anywhere.
    for (const std::size_t cut : {std::size_t{0}, vector.text.size() / 2, vector.text.size()}) {
      const auto mac =
          Hmac(instance, vector.key, vector.text.substr(0, cut), vector.text.substr(cut));
      EXPECT_EQ(Hex({reinterpret_cast<const char*>(mac.data()), mac.size()}), vector.mac);
    }
  }
}

TEST(HmacTest, KeepsKeysApartInOneThread) {
  const std::uint64_t first = NextInstance();
  const std::uint64_t second = NextInstance();
  const auto one = Hmac(first, "one", "text", "");
  const auto two = Hmac(second, "two", "text", "");
  EXPECT_NE(one, two);
  EXPECT_EQ(one, Hmac(first, "one", "text", ""));
  EXPECT_EQ(two, Hmac(second, "two", "text", ""));
}

TEST(NonceTest, NeverComesTwiceInAnyThread) {
  constexpr int kThreads = 4;
  constexpr int kEach = 250'000;
  std::vector<std::vector<std::string>> drawn(kThreads);
  std::vector<std::thread> threads;
  for (auto& own : drawn) {
    threads.emplace_back([&own] {
      own.reserve(kEach);
      for (int i = 0; i < kEach; ++i) {
        std::string nonce(kNonceBytes, '\0');
        if (!DrawNonce(reinterpret_cast<unsigned char*>(nonce.data())).ok()) return;
        own.push_back(std::move(nonce));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  std::unordered_set<std::string> seen;
  seen.reserve(kThreads * kEach);
  for (const auto& own : drawn) {
    ASSERT_EQ(own.size(), kEach);
    for (const std::string& nonce : own) ASSERT_TRUE(seen.insert(nonce).second);
  }
}

}  // namespace
}  // namespace rollcall::access
