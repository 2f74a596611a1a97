// Vaults for tests: keys that are known, no files, no database.

#ifndef ROLLCALL_TESTS_SUPPORT_TEST_VAULT_H_
#define ROLLCALL_TESTS_SUPPORT_TEST_VAULT_H_

#include <cstdint>
#include <string>
#include <utility>

#include "server/access/aes_vault.h"

namespace rollcall::testing {

// A key of 32 bytes that count up from `first`.
inline access::SecretKey CountingKey(unsigned char first) {
  std::string bytes;
  for (std::size_t i = 0; i < access::SecretKey::kBytes; ++i) {
    bytes.push_back(static_cast<char>(first + i));
  }
  return access::SecretKey::Copy(bytes).value();
}

// Keys with one data key or, as after a rotation, two: `newest_id` and the one before it.
inline access::VaultKeys FixedKeys(std::uint32_t newest_id = 1, bool with_earlier = false) {
  access::VaultKeys keys{{}, CountingKey(200)};
  if (with_earlier) {
    keys.sealing.push_back({newest_id - 1, CountingKey(static_cast<unsigned char>(newest_id - 1))});
  }
  keys.sealing.push_back({newest_id, CountingKey(static_cast<unsigned char>(newest_id))});
  return keys;
}

// The real vault with keys that are the same in every run.
class TestVault final : public access::AesVault {
 public:
  TestVault() : access::AesVault(FixedKeys()) {}
};

}  // namespace rollcall::testing

#endif  // ROLLCALL_TESTS_SUPPORT_TEST_VAULT_H_
