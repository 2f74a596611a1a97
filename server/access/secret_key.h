// A secret of 32 bytes in memory.

#ifndef ROLLCALL_SERVER_ACCESS_SECRET_KEY_H_
#define ROLLCALL_SERVER_ACCESS_SECRET_KEY_H_

#include <cstddef>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace rollcall::access {

// Lies in a page of its own, which is kept out of swap if the system's limits allow it and out of
// core dumps, and is overwritten before it is given back. Moves, never copies; a key that was
// moved from must only be destroyed or assigned to. Reading it from several threads is safe.
class SecretKey {
 public:
  static constexpr std::size_t kBytes = 32;

  // Fresh random bytes. Errors: kInternal (no random bytes, no memory).
  static absl::StatusOr<SecretKey> Random();

  // A copy of 32 bytes; the caller wipes its own. Errors: kInvalidArgument (another length; the
  // message has the length and nothing of the bytes), kInternal (no memory).
  static absl::StatusOr<SecretKey> Copy(std::string_view bytes);

  ~SecretKey();
  SecretKey(SecretKey&& other) noexcept;
  SecretKey& operator=(SecretKey&& other) noexcept;
  SecretKey(const SecretKey&) = delete;
  SecretKey& operator=(const SecretKey&) = delete;

  const unsigned char* data() const { return bytes_; }
  std::string_view view() const { return {reinterpret_cast<const char*>(bytes_), kBytes}; }

 private:
  explicit SecretKey(unsigned char* page) : bytes_(page) {}
  static absl::StatusOr<SecretKey> Empty();

  unsigned char* bytes_;  // Null: moved from.
};

// Overwrites a text that held a secret, and empties it.
void Wipe(std::string& text);

}  // namespace rollcall::access

#endif  // ROLLCALL_SERVER_ACCESS_SECRET_KEY_H_
