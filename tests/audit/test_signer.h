// A signer with a fixed key, so that logs made by tests have the same bytes every time.

#ifndef ROLLCALL_TESTS_AUDIT_TEST_SIGNER_H_
#define ROLLCALL_TESTS_AUDIT_TEST_SIGNER_H_

#include <openssl/evp.h>

#include <memory>
#include <string>
#include <string_view>

#include "server/audit/checkpoint.h"
#include "server/audit/signed_note.h"

namespace rollcall::testing {

// The secret key is 32 times one byte.
class TestSigner {
 public:
  explicit TestSigner(std::string name, unsigned char byte = 7) {
    const std::string seed(32, static_cast<char>(byte));
    pkey_.reset(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr,
                                             reinterpret_cast<const unsigned char*>(seed.data()),
                                             seed.size()));
    std::size_t size = key_.key.size();
    EVP_PKEY_get_raw_public_key(pkey_.get(), key_.key.data(), &size);
    key_.name = std::move(name);
  }

  const audit::NoteKey& key() const { return key_; }

  std::string Sign(std::string_view text) const {
    return *audit::SignNote(text, key_, [this](std::string_view bytes) {
      return absl::StatusOr<std::string>(Signature(bytes));
    });
  }

  std::string Sign(std::uint64_t size, const audit::Hash& root) const {
    return Sign(audit::CheckpointText({key_.name, size, root}));
  }

  std::string Signature(std::string_view bytes) const {
    const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(),
                                                                          &EVP_MD_CTX_free);
    EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, pkey_.get());
    std::string signature(64, '\0');
    std::size_t size = signature.size();
    EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size,
                   reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
    return signature;
  }

 private:
  std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> pkey_{nullptr, &EVP_PKEY_free};
  audit::NoteKey key_;
};

}  // namespace rollcall::testing

#endif  // ROLLCALL_TESTS_AUDIT_TEST_SIGNER_H_
