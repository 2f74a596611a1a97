#include "server/exposure/digest.h"

#include <openssl/evp.h>

#include <algorithm>
#include <cstddef>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "server/exposure/filter.h"

namespace rollcall::exposure {
namespace {

// With its closing NUL, which ends the tag.
constexpr std::string_view kTag("rollcall.exposure.v1\0", 21);
constexpr std::size_t kFlushBytes = std::size_t{1} << 16;

template <typename T>
void AppendBigEndian(T value, std::string& out) {
  for (std::size_t i = sizeof(T); i-- > 0;) out.push_back(static_cast<char>(value >> (8 * i)));
}

class Sha256 {
 public:
  Sha256() : context_(EVP_MD_CTX_new(), &EVP_MD_CTX_free) {
    ok_ = context_ != nullptr && EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr) == 1;
  }
  void Update(std::string_view bytes) {
    ok_ = ok_ && EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()) == 1;
  }
  absl::StatusOr<Digest> Finish() {
    Digest digest;
    unsigned int length = 0;
    ok_ = ok_ && EVP_DigestFinal_ex(context_.get(), digest.data(), &length) == 1 &&
          length == digest.size();
    if (!ok_) return absl::InternalError("SHA-256 failed");
    return digest;
  }

 private:
  std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context_;
  bool ok_ = false;
};

absl::StatusOr<Digest> DigestOfSet(const ElementSet& set,
                                   std::span<const std::string> element_names) {
  std::vector<std::pair<std::string_view, Certainty>> cells;
  for (const Cell& cell : set.cells) {
    if (cell.element >= element_names.size() || element_names[cell.element].empty()) {
      return absl::InvalidArgumentError(absl::StrCat("element ", cell.element, " has no name"));
    }
    cells.emplace_back(element_names[cell.element], cell.certainty);
  }
  std::sort(cells.begin(), cells.end());
  std::string bytes;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const auto& [name, certainty] = cells[i];
    if (i > 0 && name == cells[i - 1].first) {
      return absl::InvalidArgumentError(
          absl::StrCat("two elements have the name ", std::string(name)));
    }
    AppendBigEndian(static_cast<std::uint32_t>(name.size()), bytes);
    bytes.append(name);
    bytes.push_back(static_cast<char>(certainty));
  }
  Sha256 hash;
  hash.Update(bytes);
  return hash.Finish();
}

}  // namespace

absl::StatusOr<Digest> DigestOf(std::span<const std::uint64_t> person_ids,
                                std::span<const std::uint32_t> set_of,
                                std::span<const ElementSet> sets,
                                std::span<const std::string> element_names) {
  if (person_ids.size() != set_of.size()) {
    return absl::InvalidArgumentError("the columns of the exposure differ in length");
  }
  std::vector<Digest> set_digests;
  set_digests.reserve(sets.size());
  for (const ElementSet& set : sets) {
    auto digest = DigestOfSet(set, element_names);
    if (!digest.ok()) return digest.status();
    set_digests.push_back(*digest);
  }

  Sha256 hash;
  std::string bytes(kTag);
  for (std::size_t i = 0; i < person_ids.size(); ++i) {
    if (i > 0 && person_ids[i] <= person_ids[i - 1]) {
      return absl::InvalidArgumentError("the people of the exposure are not in ascending order");
    }
    if (set_of[i] >= set_digests.size()) {
      return absl::InvalidArgumentError(absl::StrCat("the exposure has no set ", set_of[i]));
    }
    AppendBigEndian(person_ids[i], bytes);
    const Digest& set_digest = set_digests[set_of[i]];
    bytes.append(reinterpret_cast<const char*>(set_digest.data()), set_digest.size());
    if (bytes.size() >= kFlushBytes) {
      hash.Update(bytes);
      bytes.clear();
    }
  }
  hash.Update(bytes);
  return hash.Finish();
}

absl::StatusOr<Digest> DigestOf(const World& world, const Exposure& exposure,
                                std::span<const std::string> element_names) {
  std::vector<std::uint64_t> ids;
  std::vector<std::uint32_t> set_of;
  ids.reserve(exposure.ordinals.size());
  set_of.reserve(exposure.ordinals.size());
  for (const std::uint32_t row : RowsById(world, exposure.ordinals)) {
    ids.push_back(world.id(exposure.ordinals[row]));
    set_of.push_back(exposure.set_of[row]);
  }
  return DigestOf(ids, set_of, exposure.sets, element_names);
}

std::string ToHex(const Digest& digest) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string hex;
  for (const std::uint8_t byte : digest) {
    hex.push_back(kDigits[byte >> 4]);
    hex.push_back(kDigits[byte & 15]);
  }
  return hex;
}

}  // namespace rollcall::exposure
