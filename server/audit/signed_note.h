// Signed notes after c2sp.org/signed-note, with Ed25519 signatures only.
//
//   <text, each line ended by a newline>
//   <empty line>
//   — <key name> <base64 of 4 bytes of key id and the signature>
//
// Pure; every function may be called from any thread.

#ifndef ROLLCALL_SERVER_AUDIT_SIGNED_NOTE_H_
#define ROLLCALL_SERVER_AUDIT_SIGNED_NOTE_H_

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace rollcall::audit {

// A raw Ed25519 public key.
using PublicKey = std::array<std::uint8_t, 32>;

// Who signs: a key under a name. The same key under another name is another signer.
struct NoteKey {
  std::string name;  // Not empty, without white space, control characters and `+`.
  PublicKey key{};

  friend bool operator==(const NoteKey&, const NoteKey&) = default;
};

// True if a signer may have this name.
bool IsKeyName(std::string_view name);

// The first four bytes of SHA-256(name, newline, 01, public key).
std::string KeyId(const NoteKey& key);

// The one-line form `name+id in hexadecimal+base64 of 01 and the public key`, and back.
// Errors: kInvalidArgument.
std::string VerifierLine(const NoteKey& key);
absl::StatusOr<NoteKey> ParseVerifierLine(std::string_view line);

// Makes the 64 bytes of a signature over some bytes.
using SignBytes = absl::FunctionRef<absl::StatusOr<std::string>(std::string_view bytes)>;

// A note with one signature. `text` ends with a newline.
absl::StatusOr<std::string> SignNote(std::string_view text, const NoteKey& key, SignBytes sign);

// The text of a note that `key` signed. Signatures of other keys are ignored.
// Errors: kInvalidArgument (not the form of a note), kDataLoss (not signed by the key, or the
// signature is not one of this text).
absl::StatusOr<std::string> OpenNote(std::string_view note, const NoteKey& key);

// True if `signature` is one of `key` over `bytes`.
bool IsSignature(const PublicKey& key, std::string_view bytes, std::string_view signature);

}  // namespace rollcall::audit

#endif  // ROLLCALL_SERVER_AUDIT_SIGNED_NOTE_H_
