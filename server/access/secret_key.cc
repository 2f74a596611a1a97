#include "server/access/secret_key.h"

#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <sys/mman.h>

#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "storage/status.h"

namespace rollcall::access {
namespace {

constexpr std::size_t kPageBytes = 4096;

}  // namespace

absl::StatusOr<SecretKey> SecretKey::Empty() {
  void* const page =
      mmap(nullptr, kPageBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (page == MAP_FAILED) return absl::InternalError("no memory for a key");
  // The limit on locked memory may be 0; a key that could be swapped is still better than none.
  (void)mlock(page, kPageBytes);
  (void)madvise(page, kPageBytes, MADV_DONTDUMP);
  return SecretKey(static_cast<unsigned char*>(page));
}

absl::StatusOr<SecretKey> SecretKey::Random() {
  RC_ASSIGN_OR_RETURN(SecretKey key, Empty());
  if (RAND_priv_bytes(key.bytes_, kBytes) != 1) {
    return absl::InternalError("no random bytes can be had");
  }
  return key;
}

absl::StatusOr<SecretKey> SecretKey::Copy(std::string_view bytes) {
  if (bytes.size() != kBytes) {
    return absl::InvalidArgumentError(
        absl::StrCat("a key has ", kBytes, " bytes, not ", bytes.size()));
  }
  RC_ASSIGN_OR_RETURN(SecretKey key, Empty());
  std::memcpy(key.bytes_, bytes.data(), kBytes);
  return key;
}

SecretKey::~SecretKey() {
  if (bytes_ == nullptr) return;
  OPENSSL_cleanse(bytes_, kPageBytes);
  munmap(bytes_, kPageBytes);
}

SecretKey::SecretKey(SecretKey&& other) noexcept : bytes_(std::exchange(other.bytes_, nullptr)) {}

SecretKey& SecretKey::operator=(SecretKey&& other) noexcept {
  std::swap(bytes_, other.bytes_);
  return *this;
}

void Wipe(std::string& text) {
  OPENSSL_cleanse(text.data(), text.size());
  text.clear();
}

}  // namespace rollcall::access
