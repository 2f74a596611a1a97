// Encrypts a file that nobody may read but the process that writes it.
//
// AES-256 in counter mode: the block of the key stream for bytes 16 N to 16 N + 15 of the file is
// the encryption of N, big-endian. Each file has a key of its own that is drawn for it, lies in
// memory only and is never used for other bytes at the same place, so any part can be read
// without the parts before it. There is no tag: whoever can change an unnamed file of a running
// process can change its memory too.

#ifndef ROLLCALL_SERVER_ROSTER_FILE_CIPHER_H_
#define ROLLCALL_SERVER_ROSTER_FILE_CIPHER_H_

#include <array>
#include <cstdint>
#include <memory>
#include <span>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace rollcall::roster {

// Thread-safe.
class FileCipher {
 public:
  // Draws a key. kInternal if no random bytes can be had.
  static absl::StatusOr<std::shared_ptr<const FileCipher>> Draw();

  ~FileCipher();
  FileCipher(const FileCipher&) = delete;
  FileCipher& operator=(const FileCipher&) = delete;

  // Encrypts, or decrypts, the bytes that stand at `offset` of the file, in place.
  // kInternal if that fails.
  absl::Status Apply(std::uint64_t offset, std::span<char> bytes) const;

 private:
  FileCipher() = default;

  std::array<unsigned char, 32> key_{};
};

}  // namespace rollcall::roster

#endif  // ROLLCALL_SERVER_ROSTER_FILE_CIPHER_H_
