#include "storage/people_set_store.h"

#include <optional>

#include "storage/digest.h"
#include "storage/person_key_store.h"
#include "storage/sealed_rows.h"
#include "storage/status.h"
#include "storage/text_pack.h"
#include "storage/value_codec.h"
#include "storage/vault.h"

namespace rollcall {
namespace {

absl::Status Unreadable() {
  return MakeError(absl::StatusCode::kDataLoss, "RECORD_UNREADABLE",
                   "a stored list of ids cannot be read");
}

// Texts of the query of TransfersOf around the one thing that differs.
#define RC_TRANSFER_SQL(from, where)                                                             \
  "SELECT t.name, t.parent, t.share, t.product, t.send_date, e.elements, t.id_kind, t.subject, " \
  "t.ids, t.people, t.unmatched, n.people_sha256, t.revision_from, t.undeclared FROM " from      \
  " JOIN transfer_elements e ON e.transfer = t.name "                                            \
  "JOIN named_people n ON n.owner = t.name AND n.revision = t.revision_from "                    \
  "WHERE " where                                                                                 \
  " AND t.revision_from <= $2 AND (t.revision_to IS NULL OR t.revision_to > $2) ORDER BY t.name"

absl::Status VisitTransfers(ReadTx& tx, std::string_view sql, std::string_view vendor,
                            std::int64_t revision, bool carried,
                            absl::FunctionRef<absl::Status(const TransferRow&)> visit) {
  RC_ASSIGN_OR_RETURN(Statement * query, tx.Prepare(sql));
  ScopedReset reset(query);
  query->BindText(1, vendor);
  query->BindInt(2, revision);
  while (true) {
    RC_ASSIGN_OR_RETURN(const bool more, query->Step());
    if (!more) return absl::OkStatus();
    const auto date = ParseDateText(query->Text(4));
    if (!date) return Unreadable();
    const TransferRow row{.name = query->Text(0),
                          .vendor = query->Text(1),
                          .carried = carried,
                          .share = query->Text(2),
                          .product = query->Text(3),
                          .send_day = ToDayNumber(ToCivilDay(*date)),
                          .elements = query->Blob(5),
                          .id_kind = static_cast<v1::ListIdKind>(query->Int(6)),
                          .subject = static_cast<v1::SubjectKind>(query->Int(7)),
                          .ids = query->Int(8),
                          .people = query->Int(9),
                          .unmatched = query->Int(10),
                          .undeclared = query->Int(13) != 0,
                          .people_sha256 = query->Blob(11),
                          .revision = query->Int(12)};
    RC_RETURN_IF_ERROR(visit(row));
  }
}

}  // namespace

void UnmatchedIds::Add(std::uint32_t position, std::string_view id) {
  AppendVarint(position - last_, &bytes_);
  AppendVarint(id.size(), &bytes_);
  bytes_.append(id);
  last_ = position;
  ++size_;
}

absl::Status ForEachUnmatchedId(
    std::string_view bytes,
    absl::FunctionRef<absl::StatusOr<bool>(std::int64_t position, std::string_view id)> visit) {
  std::int64_t position = 0;
  while (!bytes.empty()) {
    const auto step = TakeVarint(&bytes);
    if (!step) return Unreadable();
    const auto length = TakeVarint(&bytes);
    if (!length || *length > bytes.size()) return Unreadable();
    position += static_cast<std::int64_t>(*step);
    RC_ASSIGN_OR_RETURN(const bool go_on, visit(position, bytes.substr(0, *length)));
    if (!go_on) return absl::OkStatus();
    bytes.remove_prefix(*length);
  }
  return absl::OkStatus();
}

absl::Status PutPeople(WriteTx& tx, std::string_view owner, std::string_view people,
                       std::int64_t size, const UnmatchedIds& unmatched) {
  Sha256 digest;
  digest.Update(people);
  const std::string sha256 = digest.Finish();
  RC_ASSIGN_OR_RETURN(Statement * set,
                      tx.Prepare("INSERT INTO people_set (sha256, size, people) "
                                 "VALUES ($1, $2, $3) ON CONFLICT (sha256) DO NOTHING"));
  set->BindBlob(1, sha256);
  set->BindInt(2, size);
  set->BindBlob(3, people);
  RC_RETURN_IF_ERROR(set->Run());
  std::string sealed;
  if (unmatched.size() > 0) {
    if (tx.vault() == nullptr) return KeysNotLoaded();
    RC_ASSIGN_OR_RETURN(
        sealed, tx.vault()->Seal(UnmatchedContext(owner, tx.NewRevision()), unmatched.bytes()));
  }
  RC_ASSIGN_OR_RETURN(
      Statement * insert,
      tx.Prepare("INSERT INTO named_people (owner, revision, people_sha256, unmatched) "
                 "VALUES ($1, $2, $3, $4)"));
  insert->BindText(1, owner);
  insert->BindInt(2, tx.NewRevision());
  insert->BindBlob(3, sha256);
  insert->BindBlob(4, sealed);
  return insert->Run();
}

absl::StatusOr<NamedPeople> GetPeople(ReadTx& tx, std::string_view owner, std::int64_t revision) {
  RC_ASSIGN_OR_RETURN(Statement * query,
                      tx.Prepare("SELECT s.people, s.size FROM named_people n "
                                 "JOIN people_set s ON s.sha256 = n.people_sha256 "
                                 "WHERE n.owner = $1 AND n.revision = $2"));
  ScopedReset reset(query);
  query->BindText(1, owner);
  query->BindInt(2, revision);
  RC_ASSIGN_OR_RETURN(const bool found, query->Step());
  if (!found) return NotFound(owner);
  return NamedPeople{std::string(query->Blob(0)), query->Int(1)};
}

absl::StatusOr<std::string> GetPeopleSet(ReadTx& tx, std::string_view sha256) {
  RC_ASSIGN_OR_RETURN(Statement * query,
                      tx.Prepare("SELECT people FROM people_set WHERE sha256 = $1"));
  ScopedReset reset(query);
  query->BindBlob(1, sha256);
  RC_ASSIGN_OR_RETURN(const bool found, query->Step());
  if (!found) return NotFound("a set of people");
  return std::string(query->Blob(0));
}

absl::StatusOr<std::string> GetUnmatched(ReadTx& tx, std::string_view owner,
                                         std::int64_t revision) {
  RC_ASSIGN_OR_RETURN(
      Statement * query,
      tx.Prepare("SELECT unmatched FROM named_people WHERE owner = $1 AND revision = $2"));
  ScopedReset reset(query);
  query->BindText(1, owner);
  query->BindInt(2, revision);
  RC_ASSIGN_OR_RETURN(const bool found, query->Step());
  if (!found || query->Blob(0).empty()) return std::string();
  if (tx.vault() == nullptr) return KeysNotLoaded();
  const std::string context = UnmatchedContext(owner, revision);
  absl::StatusOr<std::string> bytes = tx.vault()->Open(context, query->Blob(0));
  if (absl::IsDataLoss(bytes.status())) return SealedValueUnreadable(context);
  return bytes;
}

absl::Status PutTransferParts(WriteTx& tx, const v1::Transfer& transfer) {
  v1::Transfer holder;
  *holder.mutable_elements() = transfer.elements();
  const std::string bytes = holder.SerializeAsString();
  RC_ASSIGN_OR_RETURN(
      Statement * elements,
      tx.Prepare("INSERT INTO transfer_elements (transfer, elements) VALUES ($1, $2)"));
  elements->BindText(1, transfer.name());
  elements->BindBlob(2, bytes);
  RC_RETURN_IF_ERROR(elements->Run());
  for (const std::string& vendor : transfer.via()) {
    RC_ASSIGN_OR_RETURN(Statement * via,
                        tx.Prepare("INSERT INTO transfer_via (vendor, transfer) VALUES ($1, $2) "
                                   "ON CONFLICT (vendor, transfer) DO NOTHING"));
    via->BindText(1, vendor);
    via->BindText(2, transfer.name());
    RC_RETURN_IF_ERROR(via->Run());
  }
  return absl::OkStatus();
}

absl::Status TransfersOf(ReadTx& tx, std::string_view vendor, std::int64_t revision,
                         absl::FunctionRef<absl::Status(const TransferRow&)> visit) {
  RC_RETURN_IF_ERROR(VisitTransfers(tx, RC_TRANSFER_SQL("transfer t", "t.parent = $1"), vendor,
                                    revision, /*carried=*/false, visit));
  return VisitTransfers(tx,
                        RC_TRANSFER_SQL("transfer_via v JOIN transfer t ON t.name = v.transfer",
                                        "v.vendor = $1 AND t.parent <> $1"),
                        vendor, revision, /*carried=*/true, visit);
}

absl::Status ForEachNewTransfer(
    ReadTx& tx, std::int64_t since, std::int64_t until,
    absl::FunctionRef<absl::Status(std::string_view vendor, std::int64_t revision)> visit) {
  RC_ASSIGN_OR_RETURN(
      Statement * statement,
      tx.Prepare("SELECT vendor, MAX(revision) FROM (SELECT parent AS vendor, revision_from AS "
                 "revision FROM transfer WHERE revision_from > $1 AND revision_from <= $2 "
                 "UNION ALL SELECT v.vendor, t.revision_from FROM transfer t JOIN transfer_via v "
                 "ON v.transfer = t.name WHERE t.revision_from > $1 AND t.revision_from <= $2) x "
                 "GROUP BY vendor ORDER BY vendor"));
  ScopedReset reset(statement);
  statement->BindInt(1, since);
  statement->BindInt(2, until);
  while (true) {
    RC_ASSIGN_OR_RETURN(const bool more, statement->Step());
    if (!more) return absl::OkStatus();
    RC_RETURN_IF_ERROR(visit(statement->Text(0), statement->Int(1)));
  }
}

}  // namespace rollcall
