// SHA-256 over bytes as they come.
#ifndef ROLLCALL_CLIENT_CLI_SHA256_H_
#define ROLLCALL_CLIENT_CLI_SHA256_H_

#include <openssl/evp.h>

#include <memory>
#include <string>
#include <string_view>

namespace rollcall::cli {

class Sha256 {
 public:
  Sha256();

  void Update(std::string_view bytes);
  // The 32 bytes for what came since the last Finish(); the object begins anew. Empty if the
  // library failed at any step so far, which no digest equals.
  std::string Finish();

 private:
  std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context_;
  bool good_;
};

// Lower-case hexadecimal digits.
std::string Hex(std::string_view bytes);

}  // namespace rollcall::cli

#endif  // ROLLCALL_CLIENT_CLI_SHA256_H_
