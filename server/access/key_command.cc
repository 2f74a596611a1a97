#include "server/access/key_command.h"

#include <openssl/crypto.h>
#include <unistd.h>

#include <string_view>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "server/access/child_process.h"
#include "storage/digest.h"
#include "storage/status.h"

namespace rollcall::access {
namespace {

std::string DigestOf(std::string_view text) {
  Sha256 hash;
  hash.Update(text);
  return hash.Finish();
}

class CommandKey final : public KeyEncryptionKey {
 public:
  CommandKey(std::vector<std::string> command, absl::Duration timeout)
      : command_(std::move(command)), timeout_(timeout) {}

  absl::StatusOr<std::string> Wrap(std::string_view context, const SecretKey& key) override {
    std::string bound = DigestOf(context);
    bound.append(key.view());
    absl::StatusOr<std::string> wrapped = Run("wrap", bound);
    Wipe(bound);
    return wrapped;
  }

  absl::StatusOr<SecretKey> Unwrap(std::string_view context, std::string_view wrapped) override {
    RC_ASSIGN_OR_RETURN(std::string bound, Run("unwrap", wrapped));
    const std::string digest = DigestOf(context);
    const bool right = bound.size() == digest.size() + SecretKey::kBytes &&
                       CRYPTO_memcmp(bound.data(), digest.data(), digest.size()) == 0;
    absl::StatusOr<SecretKey> key =
        right ? SecretKey::Copy(std::string_view(bound).substr(digest.size()))
              : MakeError(absl::StatusCode::kFailedPrecondition, "KEY_WRONG",
                          "the key command unwrapped something that is no key of this register");
    Wipe(bound);
    return key;
  }

  std::string_view source() const override { return "command"; }

 private:
  absl::StatusOr<std::string> Run(std::string_view verb, std::string_view bytes) {
    std::vector<std::string> command = command_;
    command.emplace_back(verb);
    std::string input = absl::Base64Escape(ToAbsl(bytes));
    input.push_back('\n');
    std::string output;
    const absl::Status status = RunChild(command, input, timeout_, &output);
    Wipe(input);
    std::string answer;
    const bool decoded =
        status.ok() && absl::Base64Unescape(absl::StripAsciiWhitespace(output), &answer);
    Wipe(output);
    RC_RETURN_IF_ERROR(status);
    if (!decoded || answer.empty()) {
      Wipe(answer);
      return MakeError(absl::StatusCode::kUnavailable, "KEY_COMMAND",
                       absl::StrCat("the key command did not answer ", ToAbsl(verb),
                                    " with one line of base64"));
    }
    return answer;
  }

  const std::vector<std::string> command_;
  const absl::Duration timeout_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<KeyEncryptionKey>> MakeKeyCommand(std::vector<std::string> command,
                                                                 absl::Duration timeout) {
  if (command.empty() || !command.front().starts_with('/') ||
      ::access(command.front().c_str(), X_OK) != 0) {
    return MakeError(absl::StatusCode::kFailedPrecondition, "KEY_COMMAND",
                     "the key command must begin with the absolute path of a program that the "
                     "server's user may run");
  }
  return std::make_unique<CommandKey>(std::move(command), timeout);
}

}  // namespace rollcall::access
