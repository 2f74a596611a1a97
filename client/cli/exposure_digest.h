// The digest of an exposure, computed by the client from what it received. Written from
// docs/exposure-format.md alone, so that a list is proven by two implementations that share no
// code. Hashes are strings of 32 bytes; an empty one means that the library failed, and equals no
// hash.
#ifndef ROLLCALL_CLIENT_CLI_EXPOSURE_DIGEST_H_
#define ROLLCALL_CLIENT_CLI_EXPOSURE_DIGEST_H_

#include <openssl/evp.h>

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "client/cli/sha256.h"
#include "rollcall/v1/exposure_service.pb.h"

namespace rollcall::cli {

// The format that this client can compute.
inline constexpr int kKnownDigestFormat = 2;

// The set hash of elements by their ids.
std::string HashOfElements(const std::map<std::string, v1::Certainty>& elements);
// The same for a set of a stream. The order of its elements does not matter.
std::string HashOfSet(const v1::ExposureSet& set);

// The hashes of the tree. Not thread-safe.
class TreeHash {
 public:
  std::string Leaf(std::string_view salt, std::int64_t person, std::string_view set_hash);
  std::string Node(std::string_view left, std::string_view right);
  // The digest, from the root over all leaves.
  std::string Digest(std::int64_t people, std::int64_t cells, std::string_view root);

 private:
  Sha256 hash_;
};

// Takes people one by one, in memory that does not grow.
class ExposureDigest {
 public:
  // The key as the header has it, 32 bytes; with any other length nothing is ever proven.
  explicit ExposureDigest(std::string_view salt_key);

  // People in ascending order of number, each once.
  void Add(std::int64_t person, std::string_view set_hash);
  // 64 hexadecimal digits for what was added, which has `cells` cells; empty if the library failed.
  std::string Finish(std::int64_t cells);

 private:
  std::string SaltOf(std::int64_t person);

  std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)> cipher_;
  bool good_;
  TreeHash tree_;
  std::int64_t people_ = 0;
  // At position p the root of the complete subtree over 2^p leaves that no larger one holds yet;
  // empty if there is none.
  std::vector<std::string> subtrees_;
};

}  // namespace rollcall::cli

#endif  // ROLLCALL_CLIENT_CLI_EXPOSURE_DIGEST_H_
