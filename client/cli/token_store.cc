#include "client/cli/token_store.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "client/cli/local_file.h"

namespace rollcall::cli {
namespace {

constexpr std::size_t kMaxStoreBytes = 1024 * 1024;

// An open file; closed with the object.
class File {
 public:
  explicit File(int descriptor) : descriptor_(descriptor) {}
  ~File() {
    if (descriptor_ >= 0) close(descriptor_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  int get() const { return descriptor_; }

 private:
  const int descriptor_;
};

absl::Status Failed(const std::string& path, const char* what) {
  return absl::FailedPreconditionError(absl::StrCat(path, " ", what, ": ", std::strerror(errno)));
}

absl::Status CheckPrivate(const std::string& path, const struct stat& state) {
  if (state.st_uid != geteuid() && state.st_uid != 0) {
    return absl::FailedPreconditionError(absl::StrCat(path, " belongs to another user"));
  }
  if ((state.st_mode & 077) != 0) {
    return absl::FailedPreconditionError(
        absl::StrCat(path, " can be reached by other users; run: chmod go= ", path));
  }
  return absl::OkStatus();
}

absl::Status MakeFolder(const std::string& folder) {
  const std::filesystem::path parent = std::filesystem::path(folder).parent_path();
  std::error_code error;
  std::filesystem::create_directories(parent, error);
  if (mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) {
    return Failed(folder, "cannot be made");
  }
  struct stat state {};
  if (stat(folder.c_str(), &state) != 0) return Failed(folder, "cannot be looked at");
  return CheckPrivate(folder, state);
}

std::string Written(const SignIns& all) {
  nlohmann::json servers = nlohmann::json::object();
  for (const auto& [address, one] : all) {
    servers[address] = {{"issuer", one.issuer},
                        {"client_id", one.client_id},
                        {"ca_file", one.ca_file},
                        {"send_access", one.send_access},
                        {"token", one.token},
                        {"expires", absl::ToUnixSeconds(one.expires)},
                        {"refresh_token", one.refresh_token}};
  }
  return nlohmann::json{{"servers", servers}}.dump(2) + "\n";
}

absl::StatusOr<SignIns> Parsed(const std::string& path, const std::string& text) {
  try {
    SignIns all;
    const nlohmann::json file = nlohmann::json::parse(text);
    for (const auto& [address, one] : file.at("servers").items()) {
      all[address] = {one.at("issuer").get<std::string>(),
                      one.at("client_id").get<std::string>(),
                      one.at("ca_file").get<std::string>(),
                      one.at("send_access").get<bool>(),
                      one.at("token").get<std::string>(),
                      absl::FromUnixSeconds(one.at("expires").get<std::int64_t>()),
                      one.at("refresh_token").get<std::string>()};
    }
    return all;
  } catch (const nlohmann::json::exception&) {
    return absl::FailedPreconditionError(
        absl::StrCat(path, " is not readable; remove it and sign in again with: rollcall login"));
  }
}

}  // namespace

std::string DefaultTokenPath() {
  const char* const state = std::getenv("XDG_STATE_HOME");
  // The specification of that variable asks to ignore relative paths.
  if (state != nullptr && *state == '/') return absl::StrCat(state, "/rollcall/tokens.json");
  const char* const home = std::getenv("HOME");
  if (home == nullptr || *home != '/') return "";
  return absl::StrCat(home, "/.local/state/rollcall/tokens.json");
}

absl::StatusOr<std::string> ReadSecretFile(const std::string& path, std::size_t max_bytes) {
  const File file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  if (file.get() < 0 && errno == ENOENT) {
    return absl::NotFoundError(absl::StrCat(path, " does not exist"));
  }
  if (file.get() < 0 && errno == ELOOP) {
    return absl::FailedPreconditionError(absl::StrCat(path, " is a link; name the file itself"));
  }
  struct stat state {};
  if (file.get() < 0 || fstat(file.get(), &state) != 0) return Failed(path, "cannot be read");
  if (!S_ISREG(state.st_mode)) {
    return absl::FailedPreconditionError(absl::StrCat(path, " is not an ordinary file"));
  }
  if (absl::Status status = CheckPrivate(path, state); !status.ok()) return status;
  std::string text(max_bytes + 1, '\0');
  std::size_t size = 0;
  while (size < text.size()) {
    const ssize_t count = read(file.get(), text.data() + size, text.size() - size);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return Failed(path, "cannot be read");
    if (count == 0) break;
    size += static_cast<std::size_t>(count);
  }
  if (size > max_bytes) return absl::FailedPreconditionError(absl::StrCat(path, " is too large"));
  text.resize(size);
  return text;
}

absl::StatusOr<SignIns> TokenStore::Read() const {
  if (path_.empty()) return SignIns();
  const absl::StatusOr<std::string> text = ReadSecretFile(path_, kMaxStoreBytes);
  if (absl::IsNotFound(text.status())) return SignIns();
  if (!text.ok()) return text.status();
  return Parsed(path_, *text);
}

absl::Status TokenStore::Change(const std::function<absl::Status(SignIns&)>& change) {
  if (path_.empty()) {
    return absl::FailedPreconditionError(
        "there is no place to keep tokens: set XDG_STATE_HOME or HOME");
  }
  absl::Status status = MakeFolder(std::filesystem::path(path_).parent_path());
  if (!status.ok()) return status;
  const std::string lock_path = path_ + ".lock";
  const File lock(open(lock_path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (lock.get() < 0 || flock(lock.get(), LOCK_EX) != 0) {
    return Failed(lock_path, "cannot be locked");
  }
  absl::StatusOr<SignIns> all = Read();
  if (!all.ok()) return all.status();
  status = change(*all);
  return status.ok() ? WriteWholeFile(path_, Written(*all)) : status;
}

}  // namespace rollcall::cli
