// What access needs beside its records: the mark of its last change, and fingerprints of tokens.

#ifndef ROLLCALL_STORAGE_ACCESS_STORE_H_
#define ROLLCALL_STORAGE_ACCESS_STORE_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "storage/store.h"

namespace rollcall {

// Which state of access a view sees. Two views see the same one exactly if their marks are equal:
// a mark is drawn at random for each change, so that one that was rolled back never comes again,
// as its revision may.
struct AccessMark {
  std::int64_t revision = 0;  // Of the last change; 0 if there was none.
  std::string mark;           // 32 hexadecimal digits; empty if there was none.
};

// One look-up by primary key.
absl::StatusOr<AccessMark> GetAccessMark(ReadTx& tx);

// To be called by every transaction that writes a role, a grant or a token.
absl::Status NoteAccessChange(WriteTx& tx);

// Keeps the fingerprint of a token: its SHA-256 as 64 hexadecimal digits. The token's record is
// there already.
absl::Status InsertTokenDigest(WriteTx& tx, std::string_view token, std::string_view sha256);

// The fingerprint of a token. kNotFound if it has none.
absl::StatusOr<std::string> GetTokenDigest(ReadTx& tx, std::string_view token);

}  // namespace rollcall

#endif  // ROLLCALL_STORAGE_ACCESS_STORE_H_
