// Whole numbers as four bytes, the highest first.

#ifndef ROLLCALL_SERVER_ACCESS_BIG_ENDIAN_H_
#define ROLLCALL_SERVER_ACCESS_BIG_ENDIAN_H_

#include <cstdint>
#include <string>
#include <string_view>

namespace rollcall::access {

inline void AppendBigEndian32(std::uint32_t number, std::string* out) {
  for (int shift = 24; shift >= 0; shift -= 8) {
    out->push_back(static_cast<char>((number >> static_cast<unsigned>(shift)) & 0xffU));
  }
}

// `bytes` has at least four.
inline std::uint32_t ReadBigEndian32(std::string_view bytes) {
  std::uint32_t number = 0;
  for (int i = 0; i < 4; ++i) {
    number = (number << 8U) | static_cast<unsigned char>(bytes[static_cast<std::size_t>(i)]);
  }
  return number;
}

}  // namespace rollcall::access

#endif  // ROLLCALL_SERVER_ACCESS_BIG_ENDIAN_H_
