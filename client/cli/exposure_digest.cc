#include "client/cli/exposure_digest.h"

#include <map>
#include <string_view>

namespace rollcall::cli {
namespace {

constexpr std::string_view kTag("rollcall.exposure.v1", 21);
static_assert(kTag.back() == '\0');

// `bytes` bytes, the most significant one first.
std::string BigEndian(std::uint64_t number, int bytes) {
  std::string text;
  for (int i = bytes - 1; i >= 0; --i) {
    text += static_cast<char>((number >> (8U * static_cast<unsigned>(i))) & 0xFFU);
  }
  return text;
}

}  // namespace

std::string HashOfSet(const v1::ExposureSet& set) {
  // std::string compares bytes as unsigned, which is the order that the format asks for.
  std::map<std::string, v1::Certainty> cells;
  for (const v1::ExposedElement& element : set.elements()) {
    const std::string& name = element.data_element();
    cells[name.substr(name.find('/') + 1)] = element.certainty();
  }
  Sha256 hash;
  for (const auto& [name, certainty] : cells) {
    hash.Update(BigEndian(name.size(), 4));
    hash.Update(name);
    hash.Update(BigEndian(static_cast<std::uint64_t>(certainty), 1));
  }
  return hash.Finish();
}

ExposureDigest::ExposureDigest() { hash_.Update(kTag); }

void ExposureDigest::Add(std::int64_t person, const std::string& hash_of_set) {
  hash_.Update(BigEndian(static_cast<std::uint64_t>(person), 8));
  hash_.Update(hash_of_set);
}

}  // namespace rollcall::cli
