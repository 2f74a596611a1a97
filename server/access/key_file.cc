#include "server/access/key_file.h"

#include <fcntl.h>
#include <openssl/crypto.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <optional>
#include <string_view>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "server/access/secret_file.h"
#include "storage/status.h"

namespace rollcall::access {
namespace {

// More than any key with white space around it.
constexpr std::size_t kMaxFileBytes = 1024;
constexpr mode_t kKeyFileMode = 0400;

class File {
 public:
  explicit File(int descriptor) : descriptor_(descriptor) {}
  ~File() {
    if (descriptor_ >= 0) close(descriptor_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  int descriptor() const { return descriptor_; }

 private:
  const int descriptor_;
};

absl::Status Refuse(const std::string& path, absl::string_view why) {
  return MakeError(absl::StatusCode::kFailedPrecondition, "KEY_FILE",
                   absl::StrCat("the key file ", path, " ", why));
}

// What is wrong with the file itself; empty if nothing.
std::string ProblemOf(const struct stat& file, KeyFileMode mode) {
  if (S_ISDIR(file.st_mode)) return "is a directory; name a file";
  if (!S_ISREG(file.st_mode)) return "is no regular file; name one";
  if (mode == KeyFileMode::kCredential) {
    return (file.st_mode & S_IRWXO) != 0 ? "can be read by everybody" : "";
  }
  if (file.st_uid != geteuid() && file.st_uid != 0) {
    return "belongs neither to the server's user nor to root; change its owner";
  }
  if ((file.st_mode & S_IRWXO) != 0) {
    return "can be read or written by everybody; make it chmod 0400, and if others may have read "
           "it, change the key";
  }
  if ((file.st_mode & S_IRWXG) != 0) {
    return "can be read or written by its group; make it chmod 0400, and if others may have read "
           "it, change the key";
  }
  return "";
}

// The 32 bytes of a line of text.
std::optional<std::string> Decode(std::string_view text) {
  const absl::string_view line = absl::StripAsciiWhitespace(ToAbsl(text));
  const bool one_word = std::none_of(line.begin(), line.end(), [](char c) {
    return absl::ascii_isspace(static_cast<unsigned char>(c));
  });
  if (!one_word) return std::nullopt;
  if (line.size() == 2 * SecretKey::kBytes) {
    const bool hex = std::all_of(line.begin(), line.end(), [](char c) {
      return absl::ascii_isxdigit(static_cast<unsigned char>(c));
    });
    if (!hex) return std::nullopt;
    return absl::HexStringToBytes(line);
  }
  std::string bytes;
  if (!absl::Base64Unescape(line, &bytes)) return std::nullopt;
  if (bytes.size() != SecretKey::kBytes) {
    Wipe(bytes);
    return std::nullopt;
  }
  return bytes;
}

}  // namespace

absl::StatusOr<SecretKey> ReadKeyFile(const std::string& path, KeyFileMode mode) {
  // Without O_NONBLOCK a pipe of that name would hold the server up.
  const File file(open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK));
  if (file.descriptor() < 0) {
    switch (errno) {
      case ENOENT:
      case ENOTDIR:
        return Refuse(path, "does not exist; `rollcalld init` makes one");
      case ELOOP:
        return Refuse(path, "is a symbolic link; name the file itself");
      case EACCES:
        return Refuse(path, "may not be read by the server's user; change its owner");
      default:
        return Refuse(path, "cannot be opened");
    }
  }
  struct stat status {};
  if (fstat(file.descriptor(), &status) != 0) return Refuse(path, "cannot be examined");
  const std::string problem = ProblemOf(status, mode);
  if (!problem.empty()) return Refuse(path, problem);

  std::array<char, kMaxFileBytes + 1> buffer;
  std::size_t length = 0;
  while (length < buffer.size()) {
    const ssize_t got = read(file.descriptor(), buffer.data() + length, buffer.size() - length);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return Refuse(path, "cannot be read");
    if (got == 0) break;
    length += static_cast<std::size_t>(got);
  }
  std::optional<std::string> bytes;
  if (length <= kMaxFileBytes) bytes = Decode({buffer.data(), length});
  OPENSSL_cleanse(buffer.data(), buffer.size());
  if (length == 0) return Refuse(path, "is empty; restore it, or make one with `rollcalld init`");
  if (!bytes.has_value()) {
    return Refuse(path, "does not hold 32 bytes as base64 or as 64 hexadecimal digits");
  }
  absl::StatusOr<SecretKey> key = SecretKey::Copy(*bytes);
  Wipe(*bytes);
  return key;
}

absl::Status MakeKeyFile(const std::string& path) {
  RC_ASSIGN_OR_RETURN(const SecretKey key, SecretKey::Random());
  std::string text = absl::Base64Escape(ToAbsl(key.view()));
  text.push_back('\n');
  const absl::Status status = WriteNewFile(path, text, kKeyFileMode);
  Wipe(text);
  return status;
}

}  // namespace rollcall::access
