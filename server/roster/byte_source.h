// Where the bytes of a roster file come from: a memory buffer or a spooled file here, an entry of
// a zip in package.h.

#ifndef ROLLCALL_SERVER_ROSTER_BYTE_SOURCE_H_
#define ROLLCALL_SERVER_ROSTER_BYTE_SOURCE_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "server/roster/file_cipher.h"

namespace rollcall::roster {

// A stream of bytes that is read once from its beginning to its end. Not thread-safe.
class ByteSource {
 public:
  virtual ~ByteSource() = default;

  // Fills the front of `out`, which is not empty, with the next bytes and returns how many; 0 is
  // the end of the stream and stays 0. Fewer bytes than asked for do not mean that the end is
  // near. After an error the source must not be read again.
  virtual absl::StatusOr<std::size_t> Read(std::span<char> out) = 0;
};

// Reads `bytes`, which must outlive the source.
std::unique_ptr<ByteSource> NewMemorySource(std::string_view bytes);

// A regular file that was spooled.
struct SpooledFile {
  std::string name;  // Its name in the package, perhaps with a folder before it.
  int fd = -1;       // Open for reading; stays the caller's and must outlive whoever reads it.
  std::shared_ptr<const FileCipher> cipher{};  // What deciphers its bytes; null: they are plain.
};

// Fills the front of `out` with the file's bytes from `offset` on and returns how many; 0 behind
// the end. Leaves the descriptor's own offset alone. A failing read is INTERNAL.
absl::StatusOr<std::size_t> ReadAt(const SpooledFile& file, std::uint64_t offset,
                                   std::span<char> out);

// Reads a file from its first byte, whatever the descriptor's offset is: several sources may read
// one file at a time. A failing read is INTERNAL.
std::unique_ptr<ByteSource> NewFileSource(SpooledFile file);

// Reads `source` on a thread of its own, a few blocks ahead, so that inflating goes on beside the
// work of the reader. The bytes and errors are those of `source`, in the same order. The thread
// ends before the destructor returns; until then nobody else may touch what `source` reads from.
std::unique_ptr<ByteSource> ReadAhead(std::unique_ptr<ByteSource> source);

}  // namespace rollcall::roster

#endif  // ROLLCALL_SERVER_ROSTER_BYTE_SOURCE_H_
