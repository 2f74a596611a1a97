#include "storage/engine_image_store.h"

#include "storage/digest.h"
#include "storage/status.h"

namespace rollcall {
namespace {

// A blob of this size is read in one piece without much memory beside it.
constexpr std::size_t kPartBytes = std::size_t{8} << 20;

}  // namespace

absl::StatusOr<bool> HasEngineImage(ReadTx& tx, std::int64_t roster_revision) {
  RC_ASSIGN_OR_RETURN(Statement * query,
                      tx.Prepare("SELECT 1 FROM engine_image WHERE roster_revision = $1 LIMIT 1"));
  ScopedReset reset(query);
  query->BindInt(1, roster_revision);
  return query->Step();
}

absl::StatusOr<std::string> GetEngineImage(ReadTx& tx, std::int64_t roster_revision) {
  RC_ASSIGN_OR_RETURN(Statement * query, tx.Prepare("SELECT sha256, bytes FROM engine_image "
                                                    "WHERE roster_revision = $1 ORDER BY part"));
  ScopedReset reset(query);
  query->BindInt(1, roster_revision);
  std::string image;
  std::string sha256;
  while (true) {
    RC_ASSIGN_OR_RETURN(const bool more, query->Step());
    if (!more) break;
    sha256 = query->Blob(0);
    image.append(query->Blob(1));
  }
  if (sha256.empty()) return NotFound("the engine image");
  Sha256 digest;
  digest.Update(image);
  if (digest.Finish() != sha256) {
    return MakeError(absl::StatusCode::kDataLoss, "RECORD_UNREADABLE",
                     "the stored engine image does not have its digest");
  }
  return image;
}

absl::Status PutEngineImage(WriteTx& tx, std::int64_t roster_revision, std::string_view bytes) {
  RC_ASSIGN_OR_RETURN(Statement * clear, tx.Prepare("DELETE FROM engine_image"));
  RC_RETURN_IF_ERROR(clear->Run());
  Sha256 digest;
  digest.Update(bytes);
  const std::string sha256 = digest.Finish();
  RC_ASSIGN_OR_RETURN(Statement * insert,
                      tx.Prepare("INSERT INTO engine_image (roster_revision, part, sha256, bytes) "
                                 "VALUES ($1, $2, $3, $4)"));
  for (std::int64_t part = 0; !bytes.empty(); ++part) {
    const std::string_view piece = bytes.substr(0, kPartBytes);
    insert->BindInt(1, roster_revision);
    insert->BindInt(2, part);
    insert->BindBlob(3, sha256);
    insert->BindBlob(4, piece);
    RC_RETURN_IF_ERROR(insert->Run());
    bytes.remove_prefix(piece.size());
  }
  return absl::OkStatus();
}

}  // namespace rollcall
