#include "server/runtime/ids.h"

#include <openssl/rand.h>

#include <array>
#include <cstdio>
#include <cstdlib>

namespace rollcall::runtime {
namespace {

constexpr char kHexDigits[] = "0123456789abcdef";
// The first 16 are letters; every character stands for five bits.
constexpr char kIdAlphabet[] = "abcdefghjkmnpqrstvwxyz0123456789";
static_assert(sizeof(kIdAlphabet) == 32 + 1);

std::array<unsigned char, 16> RandomBytes() {
  std::array<unsigned char, 16> bytes;
  if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1) {
    std::fputs("rollcalld: the random generator failed\n", stderr);
    std::abort();
  }
  return bytes;
}

}  // namespace

std::string RandomIdGenerator::NewUuid() {
  std::array<unsigned char, 16> bytes = RandomBytes();
  bytes[6] = static_cast<unsigned char>((bytes[6] & 0x0FU) | 0x40U);
  bytes[8] = static_cast<unsigned char>((bytes[8] & 0x3FU) | 0x80U);
  std::string uuid;
  uuid.reserve(36);
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) uuid += '-';
    uuid += kHexDigits[bytes[i] >> 4U];
    uuid += kHexDigits[bytes[i] & 0x0FU];
  }
  return uuid;
}

std::string RandomIdGenerator::NewResourceId() {
  const std::array<unsigned char, 16> bytes = RandomBytes();
  std::string id(1, kIdAlphabet[bytes[0] & 0x0FU]);
  for (std::size_t i = 1; i < bytes.size(); ++i) id += kIdAlphabet[bytes[i] & 0x1FU];
  return id;
}

}  // namespace rollcall::runtime
