// The digest of an exposure, computed by the client from what it received. Written from
// docs/exposure-format.md alone, so that a list is proven by two implementations that share no
// code.
#ifndef ROLLCALL_CLIENT_CLI_EXPOSURE_DIGEST_H_
#define ROLLCALL_CLIENT_CLI_EXPOSURE_DIGEST_H_

#include <cstdint>
#include <string>

#include "client/cli/sha256.h"
#include "rollcall/v1/exposure_service.pb.h"

namespace rollcall::cli {

// SHA-256 over the cells of one distinct set, 32 bytes. The order of the elements does not
// matter.
std::string HashOfSet(const v1::ExposureSet& set);

class ExposureDigest {
 public:
  ExposureDigest();

  // People in ascending order of number, each once.
  void Add(std::int64_t person, const std::string& hash_of_set);
  // 64 hexadecimal digits; the object must not be used after it.
  std::string Finish() { return Hex(hash_.Finish()); }

 private:
  Sha256 hash_;
};

}  // namespace rollcall::cli

#endif  // ROLLCALL_CLIENT_CLI_EXPOSURE_DIGEST_H_
