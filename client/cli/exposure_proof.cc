#include "client/cli/exposure_proof.h"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <string>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "client/cli/exposure_digest.h"
#include "client/cli/sha256.h"
#include "client/cli/text_value.h"

namespace rollcall::cli {
namespace {

constexpr std::string_view kFirstLine = "rollcall-exposure-proof 2";
constexpr std::size_t kHashBytes = 32;
constexpr std::size_t kSaltBytes = 16;

bool IsLowerHex(std::string_view text, std::size_t bytes) {
  return text.size() == 2 * bytes && std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
         });
}

std::string Unhex(std::string_view text) { return absl::HexStringToBytes(std::string(text)); }

std::optional<std::int64_t> Number(std::string_view text) {
  if (text.empty() || (text.size() > 1 && text.front() == '0')) return std::nullopt;
  constexpr std::int64_t kMax = std::numeric_limits<std::int64_t>::max();
  std::int64_t number = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    const std::int64_t digit = c - '0';
    if (number > (kMax - digit) / 10) return std::nullopt;
    number = 10 * number + digit;
  }
  return number;
}

// The lines of a text, one after the other.
class Lines {
 public:
  explicit Lines(std::string_view text) : rest_(text) { Next(); }

  // True if this line begins with `key` and a space.
  bool At(std::string_view key) const {
    return line_.size() > key.size() && line_.substr(0, key.size()) == key &&
           line_[key.size()] == ' ';
  }
  // What follows `key` and a space in this line, which is then done with; nullopt, and the line
  // stays, if it does not begin so.
  std::optional<std::string_view> Take(std::string_view key) {
    if (!At(key)) return std::nullopt;
    const std::string_view value = line_.substr(key.size() + 1);
    Next();
    return value;
  }
  // True if this line, which is then done with, is `line`.
  bool TakeWhole(std::string_view line) {
    if (line_ != line) return false;
    Next();
    return true;
  }
  // True if every line was whole and is done with.
  bool done() const { return !more_ && rest_.empty(); }
  int number() const { return number_; }

 private:
  void Next() {
    const std::size_t end = rest_.find('\n');
    ++number_;
    more_ = end != std::string_view::npos;
    line_ = rest_.substr(0, more_ ? end : 0);
    if (!more_) return;
    rest_.remove_prefix(end + 1);
    if (!line_.empty() && line_.back() == '\r') line_.remove_suffix(1);
  }

  std::string_view rest_;
  std::string_view line_;
  bool more_ = false;
  int number_ = 0;
};

absl::Status Expected(int line, std::string_view what) {
  return absl::InvalidArgumentError(
      absl::StrCat("line ", line, " of the proof is not '", std::string(what), "'"));
}

// Reads one `key NUMBER`.
absl::StatusOr<std::int64_t> TakeNumber(Lines* lines, std::string_view key) {
  const int line = lines->number();
  const auto value = lines->Take(key);
  const auto number = value ? Number(*value) : std::nullopt;
  if (!number) return Expected(line, absl::StrCat(std::string(key), " NUMBER"));
  return *number;
}

// Reads one `key HEX`, and returns the digits.
absl::StatusOr<std::string> TakeHex(Lines* lines, std::string_view key, std::size_t bytes) {
  const int line = lines->number();
  const auto value = lines->Take(key);
  if (!value || !IsLowerHex(*value, bytes)) {
    return Expected(line, absl::StrCat(std::string(key), " ", 2 * bytes, " hexadecimal digits"));
  }
  return std::string(*value);
}

// Reads NAME CERTAINTY.
bool ReadElement(std::string_view value, v1::ProvenElement* element) {
  const std::size_t space = value.find(' ');
  if (space == std::string_view::npos) return false;
  const std::string_view name = value.substr(0, space);
  const std::string_view certainty = value.substr(space + 1);
  if (name.empty() || std::any_of(name.begin(), name.end(), [](char c) {
        return static_cast<unsigned char>(c) <= 0x20 || c == 0x7F;
      })) {
    return false;
  }
  element->set_id(std::string(name));
  if (certainty == "BELIEVED") {
    element->set_certainty(v1::CERTAINTY_BELIEVED);
  } else if (certainty == "CONFIRMED") {
    element->set_certainty(v1::CERTAINTY_CONFIRMED);
  } else {
    return false;
  }
  return true;
}

// The root over `size` leaves of which `leaf` is the one at `position`; nullopt if the path is of
// another length. `path` and `count`: the hashes that are still to be used, from the leaf up.
std::optional<std::string> RootFrom(TreeHash* hash, const std::string& leaf, std::uint64_t position,
                                    std::uint64_t size, const v1::ExposureProof& proof, int count) {
  if (size == 1) return count == 0 ? std::optional(leaf) : std::nullopt;
  if (count == 0) return std::nullopt;
  const std::uint64_t left = std::bit_floor(size - 1);
  const std::string& beside = proof.path(count - 1);
  if (position < left) {
    const auto below = RootFrom(hash, leaf, position, left, proof, count - 1);
    return below ? std::optional(hash->Node(*below, beside)) : std::nullopt;
  }
  const auto below = RootFrom(hash, leaf, position - left, size - left, proof, count - 1);
  return below ? std::optional(hash->Node(beside, *below)) : std::nullopt;
}

}  // namespace

absl::StatusOr<v1::ExposureProof> ParseProof(std::string_view text) {
  if (!IsUtf8(text)) return absl::InvalidArgumentError("the proof is not UTF-8");
  Lines lines(text);
  v1::ExposureProof proof;
  proof.set_digest_format(kKnownDigestFormat);
  if (!lines.TakeWhole(kFirstLine)) return Expected(1, kFirstLine);
  const auto digest = TakeHex(&lines, "digest", kHashBytes);
  if (!digest.ok()) return digest.status();
  proof.set_digest(*digest);
  const auto people = TakeNumber(&lines, "people");
  if (!people.ok()) return people.status();
  proof.set_people(*people);
  proof.set_tree_size(*people);
  const auto cells = TakeNumber(&lines, "cells");
  if (!cells.ok()) return cells.status();
  proof.set_cells(*cells);
  const auto person = TakeNumber(&lines, "person");
  if (!person.ok()) return person.status();
  proof.set_person(*person);
  for (bool more = true; more; more = lines.At("element")) {
    const int line = lines.number();
    const auto value = lines.Take("element");
    if (!value || !ReadElement(*value, proof.add_elements())) {
      return Expected(line, "element NAME CERTAINTY");
    }
    const int last = proof.elements_size() - 1;
    if (last > 0 && proof.elements(last).id() <= proof.elements(last - 1).id()) {
      return absl::InvalidArgumentError(
          absl::StrCat("line ", line, " of the proof: the elements do not ascend"));
    }
  }
  const auto salt = TakeHex(&lines, "salt", kSaltBytes);
  if (!salt.ok()) return salt.status();
  proof.set_salt(Unhex(*salt));
  const auto leaf = TakeNumber(&lines, "leaf");
  if (!leaf.ok()) return leaf.status();
  proof.set_leaf_index(*leaf);
  while (!lines.done()) {
    const auto hash = TakeHex(&lines, "path", kHashBytes);
    if (!hash.ok()) return hash.status();
    proof.add_path(Unhex(*hash));
  }
  return proof;
}

absl::Status CheckProof(const v1::ExposureProof& proof) {
  if (proof.leaf_index() >= proof.people()) {
    return absl::DataLossError("its position is not among its people");
  }
  std::map<std::string, v1::Certainty> elements;
  for (const v1::ProvenElement& element : proof.elements()) {
    elements[element.id()] = element.certainty();
  }
  TreeHash hash;
  const std::string leaf = hash.Leaf(proof.salt(), proof.person(), HashOfElements(elements));
  const auto root = RootFrom(&hash, leaf, static_cast<std::uint64_t>(proof.leaf_index()),
                             static_cast<std::uint64_t>(proof.people()), proof, proof.path_size());
  if (!root) return absl::DataLossError("its path is not as long as its people and position ask");
  const std::string digest = Hex(hash.Digest(proof.people(), proof.cells(), *root));
  if (digest != proof.digest()) {
    return absl::DataLossError(
        absl::StrCat("it leads to the digest ", digest, ", not to the one that it names"));
  }
  return absl::OkStatus();
}

}  // namespace rollcall::cli
