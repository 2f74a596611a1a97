// The SHA256_* functions are deprecated in favour of EVP, which takes nearly twice as long for
// inputs as short as these; OpenSSL declares them without a warning on request.
#define OPENSSL_SUPPRESS_DEPRECATED

#include "server/exposure/digest.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>

#include <algorithm>
#include <atomic>
#include <bit>
#include <cstring>
#include <iterator>
#include <memory>
#include <system_error>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"

namespace rollcall::exposure {
namespace {

// Tags, each with its closing NUL.
constexpr std::string_view kContentTag("rollcall.exposure.v1\0", 21);
constexpr std::string_view kDigestTag("rollcall.exposure.v2\0", 21);
constexpr std::string_view kSaltTag("rollcall.exposure.salt.v2\0", 26);

constexpr std::uint8_t kLeafPrefix = 0;
constexpr std::uint8_t kNodePrefix = 1;
constexpr std::uint8_t kSealPrefix = 2;

constexpr std::size_t kSecretBytes = 32;
constexpr std::size_t kFlushBytes = std::size_t{1} << 16;
// Leaves that one thread hashes at a time; a power of two.
constexpr std::size_t kChunkLeaves = std::size_t{1} << 12;
constexpr std::size_t kMinLeavesForThreads = std::size_t{1} << 16;

void PutBigEndian(std::uint64_t value, std::uint8_t* out) {
  for (int shift = 56; shift >= 0; shift -= 8) *out++ = static_cast<std::uint8_t>(value >> shift);
}

template <typename T>
void AppendBigEndian(T value, std::string& out) {
  for (std::size_t i = sizeof(T); i-- > 0;) out.push_back(static_cast<char>(value >> (8 * i)));
}

// SHA-256 of bytes as they come. These functions of the library cannot fail.
class Sha256 {
 public:
  Sha256() { SHA256_Init(&context_); }
  void Update(const void* bytes, std::size_t size) { SHA256_Update(&context_, bytes, size); }
  void Update(std::string_view bytes) { Update(bytes.data(), bytes.size()); }
  Digest Finish() {
    Digest digest;
    SHA256_Final(digest.data(), &context_);
    return digest;
  }

 private:
  SHA256_CTX context_;
};

Digest LeafHash(const std::uint8_t* salt, std::uint64_t person, const Digest& set_hash) {
  std::array<std::uint8_t, 57> bytes;
  bytes[0] = kLeafPrefix;
  std::memcpy(bytes.data() + 1, salt, 16);
  PutBigEndian(person, bytes.data() + 17);
  std::memcpy(bytes.data() + 25, set_hash.data(), set_hash.size());
  Sha256 hash;
  hash.Update(bytes.data(), bytes.size());
  return hash.Finish();
}

Digest NodeHash(const Digest& left, const Digest& right) {
  std::array<std::uint8_t, 65> bytes;
  bytes[0] = kNodePrefix;
  std::memcpy(bytes.data() + 1, left.data(), left.size());
  std::memcpy(bytes.data() + 33, right.data(), right.size());
  Sha256 hash;
  hash.Update(bytes.data(), bytes.size());
  return hash.Finish();
}

Digest Seal(std::uint64_t people, std::uint64_t cells, const Digest& root) {
  std::array<std::uint8_t, 16> totals;
  PutBigEndian(people, totals.data());
  PutBigEndian(cells, totals.data() + 8);
  Sha256 hash;
  hash.Update(&kSealPrefix, 1);
  hash.Update(kDigestTag);
  hash.Update(totals.data(), totals.size());
  hash.Update(root.data(), root.size());
  return hash.Finish();
}

// Elements of a set in the order of the format.
absl::StatusOr<std::vector<std::pair<std::string_view, Certainty>>> NamedCells(
    const ElementSet& set, std::span<const std::string> element_names) {
  std::vector<std::pair<std::string_view, Certainty>> cells;
  cells.reserve(set.cells.size());
  for (const Cell& cell : set.cells) {
    if (cell.element >= element_names.size() || element_names[cell.element].empty()) {
      return absl::InvalidArgumentError(absl::StrCat("element ", cell.element, " has no name"));
    }
    cells.emplace_back(element_names[cell.element], cell.certainty);
  }
  std::sort(cells.begin(), cells.end());
  for (std::size_t i = 1; i < cells.size(); ++i) {
    if (cells[i].first == cells[i - 1].first) {
      return absl::InvalidArgumentError(
          absl::StrCat("two elements have the name ", std::string(cells[i].first)));
    }
  }
  return cells;
}

void AppendCell(std::string_view name, Certainty certainty, std::string& out) {
  AppendBigEndian(static_cast<std::uint32_t>(name.size()), out);
  out.append(name);
  out.push_back(static_cast<char>(certainty));
}

Digest HashOf(std::string_view bytes) {
  Sha256 hash;
  hash.Update(bytes);
  return hash.Finish();
}

absl::StatusOr<std::vector<Digest>> HashesOfSets(const ExposureColumns& columns) {
  std::vector<Digest> hashes;
  hashes.reserve(columns.sets.size());
  for (const ElementSet& set : columns.sets) {
    const auto cells = NamedCells(set, columns.element_names);
    if (!cells.ok()) return cells.status();
    std::string bytes;
    for (const auto& [name, certainty] : *cells) AppendCell(name, certainty, bytes);
    hashes.push_back(HashOf(bytes));
  }
  return hashes;
}

// Returns the cells of all people together.
absl::StatusOr<std::uint64_t> CheckPeople(const ExposureColumns& columns) {
  if (columns.person_ids.size() != columns.set_of.size()) {
    return absl::InvalidArgumentError("the columns of the exposure differ in length");
  }
  std::uint64_t cells = 0;
  for (std::size_t i = 0; i < columns.person_ids.size(); ++i) {
    if (i > 0 && columns.person_ids[i] <= columns.person_ids[i - 1]) {
      return absl::InvalidArgumentError("the people of the exposure are not in ascending order");
    }
    const std::uint32_t set = columns.set_of[i];
    if (set >= columns.sets.size() || columns.sets[set].cells.empty()) {
      return absl::InvalidArgumentError(
          absl::StrCat("the exposure has no set ", set, " with an element in it"));
    }
    cells += columns.sets[set].cells.size();
  }
  return cells;
}

// Makes the salts of many people at once. One thread only.
class SaltMaker {
 public:
  explicit SaltMaker(const SaltKey& key)
      : context_(EVP_CIPHER_CTX_new(), &EVP_CIPHER_CTX_free),
        ok_(context_ != nullptr &&
            EVP_EncryptInit_ex(context_.get(), EVP_aes_256_ecb(), nullptr, key.bytes.data(),
                               nullptr) == 1 &&
            EVP_CIPHER_CTX_set_padding(context_.get(), 0) == 1) {}

  // The salts, 16 bytes each, valid until the next call; null if the library failed. At most
  // kChunkLeaves people.
  const std::uint8_t* Make(std::span<const std::uint64_t> person_ids) {
    blocks_.assign(16 * person_ids.size(), 0);
    for (std::size_t i = 0; i < person_ids.size(); ++i) {
      PutBigEndian(person_ids[i], blocks_.data() + 16 * i + 8);
    }
    const auto size = static_cast<int>(blocks_.size());
    int written = 0;
    ok_ = ok_ &&
          EVP_EncryptUpdate(context_.get(), blocks_.data(), &written, blocks_.data(), size) == 1 &&
          written == size;
    return ok_ ? blocks_.data() : nullptr;
  }

 private:
  std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)> context_;
  bool ok_;
  std::vector<std::uint8_t> blocks_;
};

// Leaves of one exposure in chunks, the last of which may be short.
class Leaves {
 public:
  // All outlive the object.
  Leaves(const ExposureColumns& columns, const std::vector<Digest>& set_hashes, const SaltKey& key)
      : columns_(columns), set_hashes_(set_hashes), key_(key) {}

  std::size_t chunks() const {
    return (columns_.person_ids.size() + kChunkLeaves - 1) / kChunkLeaves;
  }

  // Calls `take` with the hash of each leaf of a chunk. False if the library failed.
  template <typename Take>
  bool ForEach(std::size_t chunk, SaltMaker& salts, Take take) const {
    const std::size_t begin = chunk * kChunkLeaves;
    const std::size_t count = std::min(kChunkLeaves, columns_.person_ids.size() - begin);
    const auto ids = columns_.person_ids.subspan(begin, count);
    const std::uint8_t* salt = salts.Make(ids);
    if (salt == nullptr) return false;
    for (std::size_t i = 0; i < count; ++i) {
      take(LeafHash(salt + 16 * i, ids[i], set_hashes_[columns_.set_of[begin + i]]));
    }
    return true;
  }

  // The root of every chunk.
  absl::StatusOr<std::vector<Digest>> ChunkRoots() const {
    std::vector<Digest> roots(chunks());
    std::atomic<std::size_t> next{0};
    std::atomic<bool> failed{false};
    const auto work = [&] {
      SaltMaker salts(key_);
      for (std::size_t chunk; !failed && (chunk = next++) < roots.size();) {
        TreeHasher tree;
        if (!ForEach(chunk, salts, [&](const Digest& leaf) { tree.Add(leaf); })) failed = true;
        roots[chunk] = tree.Root();
      }
    };
    std::thread helper;
    if (columns_.person_ids.size() >= kMinLeavesForThreads) {
      try {
        helper = std::thread(work);
      } catch (const std::system_error&) {
        // No thread to be had: this one does it all.
      }
    }
    work();
    if (helper.joinable()) helper.join();
    if (failed) return absl::InternalError("AES failed");
    return roots;
  }

 private:
  const ExposureColumns& columns_;
  const std::vector<Digest>& set_hashes_;
  const SaltKey& key_;
};

Digest RootOf(std::span<const Digest> hashes) {
  TreeHasher tree;
  for (const Digest& hash : hashes) tree.Add(hash);
  return tree.Root();
}

// Appends the audit path of hashes[index].
void AppendPath(std::span<const Digest> hashes, std::size_t index, std::vector<Digest>& path) {
  if (hashes.size() < 2) return;
  const std::size_t split = std::bit_floor(hashes.size() - 1);
  const auto left = hashes.first(split);
  const auto right = hashes.subspan(split);
  if (index < split) {
    AppendPath(left, index, path);
    path.push_back(RootOf(right));
  } else {
    AppendPath(right, index - split, path);
    path.push_back(RootOf(left));
  }
}

}  // namespace

std::vector<std::uint64_t> PersonIdsOf(const World& world,
                                       std::span<const std::uint32_t> ordinals) {
  std::vector<std::uint64_t> ids;
  ids.reserve(ordinals.size());
  for (const std::uint32_t ordinal : ordinals) ids.push_back(world.id(ordinal));
  return ids;
}

absl::StatusOr<Digest> ContentHashOf(const ExposureColumns& columns) {
  if (const auto cells = CheckPeople(columns); !cells.ok()) return cells.status();
  const auto set_hashes = HashesOfSets(columns);
  if (!set_hashes.ok()) return set_hashes.status();
  Sha256 hash;
  std::string bytes(kContentTag);
  for (std::size_t i = 0; i < columns.person_ids.size(); ++i) {
    AppendBigEndian(columns.person_ids[i], bytes);
    const Digest& set_hash = (*set_hashes)[columns.set_of[i]];
    bytes.append(reinterpret_cast<const char*>(set_hash.data()), set_hash.size());
    if (bytes.size() >= kFlushBytes) {
      hash.Update(bytes);
      bytes.clear();
    }
  }
  hash.Update(bytes);
  return hash.Finish();
}

absl::StatusOr<Digest> ContentHashOf(const World& world, const Exposure& exposure,
                                     std::span<const std::string> element_names) {
  const std::vector<std::uint64_t> ids = PersonIdsOf(world, exposure.ordinals);
  return ContentHashOf({ids, exposure.set_of, exposure.sets, element_names});
}

absl::StatusOr<SaltKey> SaltKeyFrom(std::string_view register_secret, const Digest& content_hash) {
  if (register_secret.size() != kSecretBytes) {
    return absl::InvalidArgumentError("the secret of the register is not of 32 bytes");
  }
  std::string message(kSaltTag);
  message.append(reinterpret_cast<const char*>(content_hash.data()), content_hash.size());
  SaltKey key;
  unsigned int size = 0;
  if (HMAC(EVP_sha256(), register_secret.data(), static_cast<int>(register_secret.size()),
           reinterpret_cast<const unsigned char*>(message.data()), message.size(), key.bytes.data(),
           &size) == nullptr ||
      size != key.bytes.size()) {
    return absl::InternalError("HMAC-SHA-256 failed");
  }
  return key;
}

absl::StatusOr<ExposureDigest> DigestOf(const ExposureColumns& columns, const SaltKey& key) {
  const auto cells = CheckPeople(columns);
  if (!cells.ok()) return cells.status();
  const auto set_hashes = HashesOfSets(columns);
  if (!set_hashes.ok()) return set_hashes.status();
  const auto roots = Leaves(columns, *set_hashes, key).ChunkRoots();
  if (!roots.ok()) return roots.status();
  const std::uint64_t people = columns.person_ids.size();
  return ExposureDigest{Seal(people, *cells, RootOf(*roots)), people, *cells};
}

absl::StatusOr<ExposureDigest> DigestOf(const World& world, const Exposure& exposure,
                                        std::span<const std::string> element_names,
                                        const SaltKey& key) {
  const std::vector<std::uint64_t> ids = PersonIdsOf(world, exposure.ordinals);
  return DigestOf({ids, exposure.set_of, exposure.sets, element_names}, key);
}

absl::StatusOr<ExposureProof> ProofOf(const ExposureColumns& columns, const SaltKey& key,
                                      std::uint64_t person) {
  const auto cells = CheckPeople(columns);
  if (!cells.ok()) return cells.status();
  const auto set_hashes = HashesOfSets(columns);
  if (!set_hashes.ok()) return set_hashes.status();
  const auto ids = columns.person_ids;
  const auto row = std::lower_bound(ids.begin(), ids.end(), person);
  if (row == ids.end() || *row != person) {
    return absl::NotFoundError("the person is not in the exposure");
  }
  const auto index = static_cast<std::size_t>(std::distance(ids.begin(), row));
  const Leaves leaves(columns, *set_hashes, key);
  const auto roots = leaves.ChunkRoots();
  if (!roots.ok()) return roots.status();

  ExposureProof proof;
  proof.people = proof.tree_size = ids.size();
  proof.cells = *cells;
  proof.digest = Seal(proof.people, proof.cells, RootOf(*roots));
  proof.person = person;
  proof.leaf_index = index;
  const auto elements = NamedCells(columns.sets[columns.set_of[index]], columns.element_names);
  if (!elements.ok()) return elements.status();
  for (const auto& [name, certainty] : *elements) {
    proof.elements.push_back({std::string(name), certainty});
  }
  SaltMaker salts(key);
  std::vector<Digest> chunk;
  const bool hashed = leaves.ForEach(index / kChunkLeaves, salts,
                                     [&](const Digest& leaf) { chunk.push_back(leaf); });
  const std::uint8_t* salt = salts.Make(ids.subspan(index, 1));
  if (!hashed || salt == nullptr) return absl::InternalError("AES failed");
  std::copy_n(salt, proof.salt.size(), proof.salt.begin());
  AppendPath(chunk, index % kChunkLeaves, proof.path);
  AppendPath(*roots, index / kChunkLeaves, proof.path);
  return proof;
}

absl::Status VerifyProof(const ExposureProof& proof) {
  if (proof.elements.empty()) return absl::InvalidArgumentError("the proof names no element");
  std::string bytes;
  for (std::size_t i = 0; i < proof.elements.size(); ++i) {
    const ProvenElement& element = proof.elements[i];
    if (element.name.empty() || (i > 0 && element.name <= proof.elements[i - 1].name)) {
      return absl::InvalidArgumentError("the elements of the proof are not in ascending order");
    }
    AppendCell(element.name, element.certainty, bytes);
  }
  if (proof.tree_size != proof.people || proof.leaf_index >= proof.people) {
    return absl::InvalidArgumentError("the proof has a place that is not among the people");
  }
  // RFC 9162, 2.1.3.2.
  Digest hash = LeafHash(proof.salt.data(), proof.person, HashOf(bytes));
  std::uint64_t index = proof.leaf_index;
  std::uint64_t last = proof.tree_size - 1;
  for (const Digest& sibling : proof.path) {
    if (last == 0) return absl::InvalidArgumentError("the path of the proof is too long");
    if (index % 2 == 1 || index == last) {
      hash = NodeHash(sibling, hash);
      while (index % 2 == 0 && index != 0) {
        index /= 2;
        last /= 2;
      }
    } else {
      hash = NodeHash(hash, sibling);
    }
    index /= 2;
    last /= 2;
  }
  if (last != 0) return absl::InvalidArgumentError("the path of the proof is too short");
  if (Seal(proof.people, proof.cells, hash) != proof.digest) {
    return absl::InvalidArgumentError("the proof does not lead to its digest");
  }
  return absl::OkStatus();
}

void TreeHasher::Add(const Digest& hash) {
  Digest carried = hash;
  int level = 0;
  for (; (size_ >> level) % 2 == 1; ++level) {
    carried = NodeHash(subtrees_[static_cast<std::size_t>(level)], carried);
  }
  subtrees_[static_cast<std::size_t>(level)] = carried;
  ++size_;
}

Digest TreeHasher::Root() const {
  if (size_ == 0) return HashOf("");
  auto level = static_cast<std::size_t>(std::countr_zero(size_));
  Digest root = subtrees_[level];
  while (++level < subtrees_.size() && size_ >> level != 0) {
    if ((size_ >> level) % 2 == 1) root = NodeHash(subtrees_[level], root);
  }
  return root;
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
