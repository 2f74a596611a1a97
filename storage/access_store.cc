#include "storage/access_store.h"

#include <openssl/rand.h>

#include <array>

#include "storage/digest.h"
#include "storage/status.h"

namespace rollcall {

absl::StatusOr<AccessMark> GetAccessMark(ReadTx& tx) {
  RC_ASSIGN_OR_RETURN(Statement * statement,
                      tx.Prepare("SELECT revision, mark FROM access_state WHERE id = 1"));
  ScopedReset reset(statement);
  RC_ASSIGN_OR_RETURN(const bool found, statement->Step());
  if (!found) {
    return MakeError(absl::StatusCode::kDataLoss, "RECORD_UNREADABLE",
                     "the row that tells of the last change of access is gone");
  }
  return AccessMark{statement->Int(0), std::string(statement->Text(1))};
}

absl::Status NoteAccessChange(WriteTx& tx) {
  std::array<unsigned char, 16> bytes{};
  if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1) {
    return absl::InternalError("no random bytes can be had");
  }
  const std::string mark =
      Hex(std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
  RC_ASSIGN_OR_RETURN(Statement * statement,
                      tx.Prepare("UPDATE access_state SET revision = $1, mark = $2 WHERE id = 1"));
  statement->BindInt(1, tx.NewRevision());
  statement->BindText(2, mark);
  return statement->Run();
}

absl::Status InsertTokenDigest(WriteTx& tx, std::string_view token, std::string_view sha256) {
  RC_ASSIGN_OR_RETURN(Statement * statement,
                      tx.Prepare("INSERT INTO token_digest (token, sha256) VALUES ($1, $2)"));
  statement->BindText(1, token);
  statement->BindText(2, sha256);
  return statement->Run();
}

absl::StatusOr<std::string> GetTokenDigest(ReadTx& tx, std::string_view token) {
  RC_ASSIGN_OR_RETURN(Statement * statement,
                      tx.Prepare("SELECT sha256 FROM token_digest WHERE token = $1"));
  ScopedReset reset(statement);
  statement->BindText(1, token);
  RC_ASSIGN_OR_RETURN(const bool found, statement->Step());
  if (!found) return NotFound(token);
  return std::string(statement->Text(0));
}

}  // namespace rollcall
