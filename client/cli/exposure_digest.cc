#include "client/cli/exposure_digest.h"

#include <utility>

namespace rollcall::cli {
namespace {

constexpr std::string_view kDigestTag("rollcall.exposure.v2", 21);
static_assert(kDigestTag.back() == '\0');
constexpr std::size_t kKeyBytes = 32;
constexpr std::size_t kSaltBytes = 16;

// `bytes` bytes, the most significant one first.
std::string BigEndian(std::uint64_t number, int bytes) {
  std::string text;
  for (int i = bytes - 1; i >= 0; --i) {
    text += static_cast<char>((number >> (8U * static_cast<unsigned>(i))) & 0xFFU);
  }
  return text;
}

std::string BigEndian(std::int64_t number) {
  return BigEndian(static_cast<std::uint64_t>(number), 8);
}

const unsigned char* Bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

}  // namespace

std::string HashOfElements(const std::map<std::string, v1::Certainty>& elements) {
  // std::string compares bytes as unsigned, which is the order that the format asks for.
  Sha256 hash;
  for (const auto& [name, certainty] : elements) {
    hash.Update(BigEndian(name.size(), 4));
    hash.Update(name);
    hash.Update(BigEndian(static_cast<std::uint64_t>(certainty), 1));
  }
  return hash.Finish();
}

std::string HashOfSet(const v1::ExposureSet& set) {
  std::map<std::string, v1::Certainty> elements;
  for (const v1::ExposedElement& element : set.elements()) {
    const std::string& name = element.data_element();
    elements[name.substr(name.find('/') + 1)] = element.certainty();
  }
  return HashOfElements(elements);
}

std::string TreeHash::Leaf(std::string_view salt, std::int64_t person, std::string_view set_hash) {
  hash_.Update(std::string_view("\0", 1));
  hash_.Update(salt);
  hash_.Update(BigEndian(person));
  hash_.Update(set_hash);
  return hash_.Finish();
}

std::string TreeHash::Node(std::string_view left, std::string_view right) {
  hash_.Update("\1");
  hash_.Update(left);
  hash_.Update(right);
  return hash_.Finish();
}

std::string TreeHash::Digest(std::int64_t people, std::int64_t cells, std::string_view root) {
  hash_.Update("\2");
  hash_.Update(kDigestTag);
  hash_.Update(BigEndian(people));
  hash_.Update(BigEndian(cells));
  hash_.Update(root);
  return hash_.Finish();
}

ExposureDigest::ExposureDigest(std::string_view salt_key)
    : cipher_(EVP_CIPHER_CTX_new(), &EVP_CIPHER_CTX_free),
      good_(cipher_ != nullptr && salt_key.size() == kKeyBytes &&
            EVP_EncryptInit_ex(cipher_.get(), EVP_aes_256_ecb(), nullptr, Bytes(salt_key),
                               nullptr) == 1 &&
            EVP_CIPHER_CTX_set_padding(cipher_.get(), 0) == 1) {}

std::string ExposureDigest::SaltOf(std::int64_t person) {
  const std::string block = std::string(8, '\0') + BigEndian(person);
  std::string salt(2 * kSaltBytes, '\0');
  int size = 0;
  good_ = good_ &&
          EVP_EncryptUpdate(cipher_.get(), reinterpret_cast<unsigned char*>(salt.data()), &size,
                            Bytes(block), static_cast<int>(block.size())) == 1 &&
          size == static_cast<int>(kSaltBytes);
  salt.resize(kSaltBytes);
  return salt;
}

void ExposureDigest::Add(std::int64_t person, std::string_view set_hash) {
  std::string hash = tree_.Leaf(SaltOf(person), person, set_hash);
  good_ = good_ && !hash.empty() && !set_hash.empty();
  ++people_;
  for (std::string& subtree : subtrees_) {
    if (subtree.empty()) {
      subtree = std::move(hash);
      return;
    }
    hash = tree_.Node(subtree, hash);
    subtree.clear();
  }
  subtrees_.push_back(std::move(hash));
}

std::string ExposureDigest::Finish(std::int64_t cells) {
  std::string root;
  for (const std::string& subtree : subtrees_) {
    if (subtree.empty()) continue;
    root = root.empty() ? subtree : tree_.Node(subtree, root);
  }
  if (people_ == 0) root = Sha256().Finish();
  const std::string digest = tree_.Digest(people_, cells, root);
  return good_ && !root.empty() ? Hex(digest) : std::string();
}

}  // namespace rollcall::cli
