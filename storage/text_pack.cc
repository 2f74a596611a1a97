#include "storage/text_pack.h"

namespace rollcall {

void AppendVarint(std::uint64_t value, std::string* out) {
  while (value >= 0x80) {
    out->push_back(static_cast<char>((value & 0x7F) | 0x80));
    value >>= 7;
  }
  out->push_back(static_cast<char>(value));
}

std::optional<std::uint64_t> TakeVarint(std::string_view* bytes) {
  std::uint64_t value = 0;
  for (unsigned shift = 0; shift < 63 && !bytes->empty(); shift += 7) {
    const auto byte = static_cast<unsigned char>(bytes->front());
    bytes->remove_prefix(1);
    value |= static_cast<std::uint64_t>(byte & 0x7F) << shift;
    if ((byte & 0x80) == 0) return value;
  }
  return std::nullopt;
}

void PackTexts(std::span<const std::string_view> texts, std::string* packed) {
  packed->clear();
  std::uint64_t present = 0;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    if (!texts[i].empty()) present |= std::uint64_t{1} << i;
  }
  AppendVarint(present, packed);
  for (const std::string_view text : texts) {
    if (text.empty()) continue;
    AppendVarint(text.size(), packed);
    packed->append(text);
  }
}

bool UnpackTexts(std::string_view packed, std::span<std::string_view> texts) {
  const auto present = TakeVarint(&packed);
  if (!present || (*present >> texts.size()) != 0) return false;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    texts[i] = {};
    if ((*present >> i & 1) == 0) continue;
    const auto length = TakeVarint(&packed);
    if (!length || *length == 0 || *length > packed.size()) return false;
    texts[i] = packed.substr(0, *length);
    packed.remove_prefix(*length);
  }
  return packed.empty();
}

PackedDay::PackedDay(std::optional<std::int32_t> day) : bytes_{}, size_(day ? sizeof(bytes_) : 0) {
  const auto value = static_cast<std::uint32_t>(day.value_or(0));
  for (unsigned i = 0; i < sizeof(bytes_); ++i) {
    bytes_[i] = static_cast<char>(value >> (8 * i) & 0xFF);
  }
}

bool PackedDay::Read(std::string_view text, std::optional<std::int32_t>* day) {
  day->reset();
  if (text.empty()) return true;
  if (text.size() != 4) return false;
  std::uint32_t value = 0;
  for (unsigned i = 0; i < 4; ++i) {
    value |= std::uint32_t{static_cast<unsigned char>(text[i])} << (8 * i);
  }
  *day = static_cast<std::int32_t>(value);
  return true;
}

}  // namespace rollcall
