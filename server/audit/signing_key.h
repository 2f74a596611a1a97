// The Ed25519 key that signs the log's checkpoints, in a file of its own outside of the database:
// PEM, PKCS#8, as `openssl genpkey -algorithm ed25519` writes it.

#ifndef ROLLCALL_SERVER_AUDIT_SIGNING_KEY_H_
#define ROLLCALL_SERVER_AUDIT_SIGNING_KEY_H_

#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/audit/signed_note.h"

struct evp_md_ctx_st;
struct evp_pkey_st;

namespace rollcall::audit {

// Thread-safe.
class SigningKey {
 public:
  // Makes a fresh key and writes it to a file that must not exist yet, with mode 0600.
  // Errors: as access::WriteNewFile; kInternal (no random bytes).
  static absl::Status Make(const std::string& path);

  // Errors: as access::ReadSecretFile (missing, open to others); kFailedPrecondition, reason
  // AUDIT_KEY_UNREADABLE: it holds no Ed25519 private key, or one under a pass phrase.
  static absl::StatusOr<SigningKey> Load(const std::string& path);

  ~SigningKey();
  SigningKey(SigningKey&&) noexcept;
  SigningKey& operator=(SigningKey&&) noexcept;

  const PublicKey& public_key() const { return public_key_; }

  // The 64 bytes of the signature. Errors: kInternal (the library has no memory).
  absl::StatusOr<std::string> Sign(std::string_view bytes) const;

 private:
  explicit SigningKey(evp_pkey_st* key);

  struct Free {
    void operator()(evp_pkey_st* key) const;
  };
  struct FreeContext {
    void operator()(evp_md_ctx_st* context) const;
  };

  std::unique_ptr<evp_pkey_st, Free> key_;
  // Made ready to sign once: that takes a quarter of a signature's time. Each signature works on a
  // copy.
  std::unique_ptr<evp_md_ctx_st, FreeContext> ready_;
  PublicKey public_key_{};
};

}  // namespace rollcall::audit

#endif  // ROLLCALL_SERVER_AUDIT_SIGNING_KEY_H_
