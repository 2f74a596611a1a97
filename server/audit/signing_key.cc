#include "server/audit/signing_key.h"

#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include "absl/strings/str_cat.h"
#include "server/access/secret_file.h"
#include "storage/status.h"

namespace rollcall::audit {
namespace {

constexpr std::size_t kSignatureBytes = 64;

using Bio = std::unique_ptr<BIO, decltype(&BIO_free_all)>;

// Refuses pass phrases instead of asking for one on the terminal.
int NoPassPhrase(char*, int, int, void*) { return -1; }

}  // namespace

void SigningKey::Free::operator()(evp_pkey_st* key) const { EVP_PKEY_free(key); }

void SigningKey::FreeContext::operator()(evp_md_ctx_st* context) const { EVP_MD_CTX_free(context); }

SigningKey::SigningKey(evp_pkey_st* key) : key_(key), ready_(EVP_MD_CTX_new()) {
  if (ready_ != nullptr && EVP_DigestSignInit(ready_.get(), nullptr, nullptr, nullptr, key) != 1) {
    ready_.reset();
  }
  std::size_t size = public_key_.size();
  EVP_PKEY_get_raw_public_key(key, public_key_.data(), &size);
}

SigningKey::~SigningKey() = default;
SigningKey::SigningKey(SigningKey&&) noexcept = default;
SigningKey& SigningKey::operator=(SigningKey&&) noexcept = default;

absl::Status SigningKey::Make(const std::string& path) {
  const std::unique_ptr<EVP_PKEY, Free> key(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
  const Bio memory(BIO_new(BIO_s_secmem()), &BIO_free_all);
  if (key == nullptr || memory == nullptr ||
      PEM_write_bio_PKCS8PrivateKey(memory.get(), key.get(), nullptr, nullptr, 0, nullptr,
                                    nullptr) != 1) {
    return absl::InternalError("no key can be made");
  }
  char* text = nullptr;
  const long size = BIO_get_mem_data(memory.get(), &text);
  return access::WriteNewFile(path, std::string_view(text, static_cast<std::size_t>(size)),
                              access::kSecretMode);
}

absl::StatusOr<SigningKey> SigningKey::Load(const std::string& path) {
  RC_ASSIGN_OR_RETURN(std::string text, access::ReadSecretFile(path));
  const Bio memory(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())), &BIO_free_all);
  EVP_PKEY* const key =
      memory == nullptr ? nullptr
                        : PEM_read_bio_PrivateKey(memory.get(), nullptr, &NoPassPhrase, nullptr);
  OPENSSL_cleanse(text.data(), text.size());
  if (key == nullptr || EVP_PKEY_get_base_id(key) != EVP_PKEY_ED25519) {
    EVP_PKEY_free(key);
    return MakeError(absl::StatusCode::kFailedPrecondition, "AUDIT_KEY_UNREADABLE",
                     absl::StrCat(path,
                                  " holds no Ed25519 private key in PEM without a pass "
                                  "phrase; name the file that signed the log before"));
  }
  return SigningKey(key);
}

absl::StatusOr<std::string> SigningKey::Sign(std::string_view bytes) const {
  const std::unique_ptr<EVP_MD_CTX, FreeContext> context(EVP_MD_CTX_new());
  std::string signature(kSignatureBytes, '\0');
  std::size_t size = signature.size();
  if (context == nullptr || ready_ == nullptr ||
      EVP_MD_CTX_copy_ex(context.get(), ready_.get()) != 1 ||
      EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size,
                     reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size()) != 1) {
    return absl::InternalError("a checkpoint cannot be signed");
  }
  return signature;
}

}  // namespace rollcall::audit
