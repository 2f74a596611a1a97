#include "server/access/key_encryption_key.h"

#include <cstdlib>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "server/access/key_command.h"
#include "server/access/key_file.h"
#include "server/access/primitives.h"
#include "storage/status.h"

namespace rollcall::access {
namespace {

constexpr char kWrapped = '\x01';

absl::Status WrongKey() {
  return MakeError(absl::StatusCode::kFailedPrecondition, "KEY_WRONG",
                   "the key-encryption key is not the one that wrapped this register's keys; "
                   "give the right one");
}

// Wrapped: 01 | nonce (12) | encrypted key (32) | tag (16).
class LocalKey final : public KeyEncryptionKey {
 public:
  LocalKey(SecretKey key, std::string_view source) : key_(std::move(key)), source_(source) {}

  absl::StatusOr<std::string> Wrap(std::string_view context, const SecretKey& key) override {
    unsigned char nonce[kNonceBytes];
    RC_RETURN_IF_ERROR(DrawNonce(nonce));
    std::string wrapped(1, kWrapped);
    wrapped.append(reinterpret_cast<const char*>(nonce), kNonceBytes);
    RC_RETURN_IF_ERROR(EncryptGcm(key_.data(), nonce, std::string_view(&kWrapped, 1), context,
                                  key.view(), &wrapped));
    return wrapped;
  }

  absl::StatusOr<SecretKey> Unwrap(std::string_view context, std::string_view wrapped) override {
    std::string plain;
    if (wrapped.size() != 1 + kNonceBytes + SecretKey::kBytes + kTagBytes ||
        wrapped[0] != kWrapped ||
        !DecryptGcm(key_.data(), reinterpret_cast<const unsigned char*>(wrapped.data()) + 1,
                    wrapped.substr(0, 1), context, wrapped.substr(1 + kNonceBytes), &plain)) {
      return WrongKey();
    }
    absl::StatusOr<SecretKey> key = SecretKey::Copy(plain);
    Wipe(plain);
    return key;
  }

  std::string_view source() const override { return source_; }

 private:
  const SecretKey key_;
  const std::string source_;
};

absl::StatusOr<SecretKey> ReadCredential(const std::string& name) {
  const auto refuse = [&name](std::string_view why) {
    return MakeError(absl::StatusCode::kFailedPrecondition, "KEY_CREDENTIAL",
                     absl::StrCat("the credential ", name, " ", ToAbsl(why)));
  };
  if (name == "." || name == ".." || absl::StrContains(name, '/')) {
    return refuse("is not a name of a credential");
  }
  const char* const directory = std::getenv("CREDENTIALS_DIRECTORY");
  if (directory == nullptr || directory[0] != '/') {
    return refuse(
        "cannot be had, since CREDENTIALS_DIRECTORY is not set: is the server started by systemd "
        "with LoadCredential= or LoadCredentialEncrypted=?");
  }
  absl::StatusOr<SecretKey> key =
      ReadKeyFile(absl::StrCat(directory, "/", name), KeyFileMode::kCredential);
  if (!key.ok()) return refuse(absl::StrCat("is of no use: ", key.status().message()));
  return key;
}

}  // namespace

std::unique_ptr<KeyEncryptionKey> MakeKeyEncryptionKey(SecretKey key, std::string_view source) {
  return std::make_unique<LocalKey>(std::move(key), source);
}

absl::StatusOr<std::unique_ptr<KeyEncryptionKey>> OpenKeyEncryptionKey(const KeyOrigin& origin) {
  const int given = (origin.file.empty() ? 0 : 1) + (origin.credential.empty() ? 0 : 1) +
                    (origin.command.empty() ? 0 : 1);
  if (given != 1) {
    return MakeError(absl::StatusCode::kInvalidArgument, "INVALID_CONFIGURATION",
                     "exactly one of key_file, key_credential and key_command must be set");
  }
  if (!origin.command.empty()) return MakeKeyCommand(origin.command, origin.command_timeout);
  if (!origin.credential.empty()) {
    RC_ASSIGN_OR_RETURN(SecretKey key, ReadCredential(origin.credential));
    return MakeKeyEncryptionKey(std::move(key), "credential");
  }
  RC_ASSIGN_OR_RETURN(SecretKey key, ReadKeyFile(origin.file, KeyFileMode::kOwnerOnly));
  return MakeKeyEncryptionKey(std::move(key), "file");
}

}  // namespace rollcall::access
