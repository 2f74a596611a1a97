#include "server/audit/signed_note.h"

#include <openssl/evp.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "server/audit/hash.h"

namespace rollcall::audit {
namespace {

constexpr char kEd25519 = '\x01';
constexpr std::string_view kDash = "\xe2\x80\x94 ";
constexpr std::size_t kKeyIdBytes = 4;
constexpr std::size_t kSignatureBytes = 64;
constexpr std::size_t kMaxNoteBytes = std::size_t{1} << 16;

std::string KeyBytes(const NoteKey& key) {
  std::string bytes(1, kEd25519);
  bytes.append(key.key.begin(), key.key.end());
  return bytes;
}

absl::Status NoNote(const char* why) {
  return absl::InvalidArgumentError(absl::StrCat("this is not a signed note: ", why));
}

}  // namespace

bool IsKeyName(std::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(),
                                      [](char c) { return c > ' ' && c < '\x7f' && c != '+'; });
}

std::string KeyId(const NoteKey& key) {
  std::string bytes = key.name;
  bytes.push_back('\n');
  bytes.append(KeyBytes(key));
  return std::string(Bytes(Sha256(bytes)).substr(0, kKeyIdBytes));
}

std::string VerifierLine(const NoteKey& key) {
  return absl::StrCat(key.name, "+", absl::BytesToHexString(KeyId(key)), "+",
                      Base64(KeyBytes(key)));
}

absl::StatusOr<NoteKey> ParseVerifierLine(std::string_view line) {
  while (!line.empty() && (line.back() == '\n' || line.back() == '\r')) line.remove_suffix(1);
  const std::size_t first = line.find('+');
  const std::size_t second = first == std::string_view::npos ? first : line.find('+', first + 1);
  NoteKey key;
  std::string bytes;
  if (second == std::string_view::npos || !IsKeyName(line.substr(0, first)) ||
      !FromBase64(line.substr(second + 1), &bytes) || bytes.size() != 1 + key.key.size() ||
      bytes[0] != kEd25519) {
    return absl::InvalidArgumentError(
        "this is not the line of an Ed25519 key, which looks like name+01234567+AQ...=");
  }
  key.name = std::string(line.substr(0, first));
  std::copy(bytes.begin() + 1, bytes.end(), key.key.begin());
  if (VerifierLine(key) != line) {
    return absl::InvalidArgumentError("the id of the key does not belong to the key");
  }
  return key;
}

absl::StatusOr<std::string> SignNote(std::string_view text, const NoteKey& key, SignBytes sign) {
  absl::StatusOr<std::string> signature = sign(text);
  if (!signature.ok()) return signature.status();
  std::string note(text);
  note.push_back('\n');
  note.append(kDash);
  note.append(key.name);
  note.push_back(' ');
  note.append(Base64(KeyId(key) + *signature));
  note.push_back('\n');
  return note;
}

absl::StatusOr<std::string> OpenNote(std::string_view note, const NoteKey& key) {
  if (note.size() > kMaxNoteBytes) return NoNote("it is too long");
  for (const char c : note) {
    if (static_cast<unsigned char>(c) < ' ' && c != '\n') {
      return NoNote("it has control characters");
    }
  }
  const std::size_t end = note.rfind("\n\n");
  if (end == std::string_view::npos || note.back() != '\n') return NoNote("it has no signature");
  const std::string_view text = note.substr(0, end + 1);
  std::string_view lines = note.substr(end + 2);
  if (lines.empty()) return NoNote("it has no signature");
  bool is_signed = false;
  while (!lines.empty()) {
    std::string_view line = lines.substr(0, lines.find('\n'));
    lines.remove_prefix(line.size() + 1);
    if (line.substr(0, kDash.size()) != kDash) return NoNote("a line is no signature");
    line.remove_prefix(kDash.size());
    const std::size_t space = line.find(' ');
    std::string bytes;
    if (space == std::string_view::npos || space == 0 ||
        !FromBase64(line.substr(space + 1), &bytes) || bytes.size() <= kKeyIdBytes) {
      return NoNote("a signature is damaged");
    }
    if (line.substr(0, space) != key.name || bytes.substr(0, kKeyIdBytes) != KeyId(key)) continue;
    if (!IsSignature(key.key, text, std::string_view(bytes).substr(kKeyIdBytes))) {
      return absl::DataLossError(
          absl::StrCat("the signature of ", key.name, " is not one of this text"));
    }
    is_signed = true;
  }
  if (!is_signed)
    return absl::DataLossError(absl::StrCat("it is not signed by ", VerifierLine(key)));
  return std::string(text);
}

bool IsSignature(const PublicKey& key, std::string_view bytes, std::string_view signature) {
  if (signature.size() != kSignatureBytes) return false;
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> pkey(
      EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, key.data(), key.size()),
      &EVP_PKEY_free);
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(),
                                                                        &EVP_MD_CTX_free);
  return pkey != nullptr && context != nullptr &&
         EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, pkey.get()) == 1 &&
         EVP_DigestVerify(context.get(), reinterpret_cast<const unsigned char*>(signature.data()),
                          signature.size(), reinterpret_cast<const unsigned char*>(bytes.data()),
                          bytes.size()) == 1;
}

}  // namespace rollcall::audit
