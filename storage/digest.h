// SHA-256 as the register uses it.

#ifndef ROLLCALL_STORAGE_DIGEST_H_
#define ROLLCALL_STORAGE_DIGEST_H_

#include <memory>
#include <string>
#include <string_view>

struct evp_md_ctx_st;

namespace rollcall {

// Hashes bytes as they come. Not thread-safe.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(const Sha256&) = delete;
  Sha256& operator=(const Sha256&) = delete;

  void Update(std::string_view bytes);

  // Returns the 32 bytes and starts anew.
  std::string Finish();

 private:
  evp_md_ctx_st* context_;
};

// Lower-case hexadecimal digits of some bytes.
std::string Hex(std::string_view bytes);

// SHA-256 of a text as 64 lower-case hexadecimal digits.
std::string Sha256Hex(std::string_view bytes);

}  // namespace rollcall

#endif  // ROLLCALL_STORAGE_DIGEST_H_
