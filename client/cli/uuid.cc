#include "client/cli/uuid.h"

#include <array>
#include <cstdint>
#include <random>
#include <string_view>

namespace rollcall::cli {

std::string NewUuid() {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::array<std::uint8_t, 16> bytes{};
  std::random_device source;
  for (std::uint8_t& byte : bytes) byte = static_cast<std::uint8_t>(source() & 0xFFU);
  bytes[6] = static_cast<std::uint8_t>((bytes[6] & 0x0FU) | 0x40U);
  bytes[8] = static_cast<std::uint8_t>((bytes[8] & 0x3FU) | 0x80U);
  std::string text;
  for (size_t i = 0; i < bytes.size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) text += '-';
    text += kDigits[bytes[i] >> 4U];
    text += kDigits[bytes[i] & 0x0FU];
  }
  return text;
}

}  // namespace rollcall::cli
