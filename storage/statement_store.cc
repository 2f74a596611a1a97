#include "storage/statement_store.h"

#include "storage/person_id.h"
#include "storage/person_key_store.h"
#include "storage/sealed_rows.h"
#include "storage/status.h"
#include "storage/value_codec.h"
#include "storage/vault.h"

namespace rollcall {
namespace {

// Joins entries to people by the fingerprints of one column. The three texts are constants.
#define RC_MATCH_SQL(column)                                                                       \
  "SELECT e.position, COALESCE(m.person_id, 0), e.data_elements, e.sealed FROM statement_entry e " \
  "LEFT JOIN (SELECT DISTINCT f." column                                                           \
  " AS id, f.person_id FROM person_fact f "                                                        \
  "JOIN person p ON p.person_id = f.person_id WHERE f." column                                     \
  " IS NOT NULL AND "                                                                              \
  "f.revision_from <= $1 AND p.kind <> 3 AND ($2 = 0 OR p.kind = $2) AND "                         \
  "f." column                                                                                      \
  " IN (SELECT id_index FROM statement_entry WHERE statement = $3)) m ON m.id = e.id_index "       \
  "WHERE e.statement = $3 AND e.position > $4 ORDER BY e.position, m.person_id"

std::string_view MatchSql(v1::ListIdKind id_kind) {
  switch (id_kind) {
    case v1::LIST_ID_KIND_STATE_ID:
      return RC_MATCH_SQL("state_index");
    case v1::LIST_ID_KIND_SOURCE_ID:
      return RC_MATCH_SQL("source_index");
    default:
      return RC_MATCH_SQL("district_index");
  }
}

absl::StatusOr<Statement*> Start(ReadTx& tx, std::string_view statement, v1::ListIdKind id_kind,
                                 v1::SubjectKind subject, std::int64_t revision,
                                 std::int64_t after) {
  RC_ASSIGN_OR_RETURN(Statement * query, tx.Prepare(MatchSql(id_kind)));
  query->BindInt(1, revision);
  query->BindInt(2, subject);
  query->BindText(3, statement);
  query->BindInt(4, after);
  return query;
}

}  // namespace

absl::Status InsertStatementEntry(WriteTx& tx, std::string_view statement, std::int64_t position,
                                  const v1::StatementEntry& entry) {
  if (tx.vault() == nullptr) return KeysNotLoaded();
  const BlindIndex index = tx.vault()->Index(kPersonIdDomain, entry.id());
  RC_ASSIGN_OR_RETURN(const std::string sealed,
                      tx.vault()->Seal(EntryContext(statement, position), entry.id()));
  RC_ASSIGN_OR_RETURN(Statement * insert,
                      tx.Prepare("INSERT INTO statement_entry (statement, position, id_index, "
                                 "sealed, data_elements) VALUES ($1, $2, $3, $4, $5)"));
  std::string elements;
  if (entry.data_elements_size() > 0) {
    v1::StatementEntry holder;
    *holder.mutable_data_elements() = entry.data_elements();
    elements = MessageToJson(holder);
  } else {
    elements = "{}";
  }
  insert->BindText(1, statement);
  insert->BindInt(2, position);
  insert->BindBlob(3, IdIndexBytes(index));
  insert->BindBlob(4, sealed);
  insert->BindText(5, elements);
  return insert->Run();
}

absl::Status ForEachEntryMatch(ReadTx& tx, std::string_view statement, v1::ListIdKind id_kind,
                               v1::SubjectKind subject, std::int64_t revision,
                               absl::FunctionRef<absl::Status(const EntryMatch&)> visit) {
  RC_ASSIGN_OR_RETURN(Statement * query, Start(tx, statement, id_kind, subject, revision, 0));
  ScopedReset reset(query);
  EntryMatch match{};
  while (true) {
    RC_ASSIGN_OR_RETURN(const bool more, query->Step());
    if (!more) return absl::OkStatus();
    match.position = query->Int(0);
    match.person_id = query->Int(1);
    match.data_elements.clear();
    if (query->Text(2) != "{}") {
      v1::StatementEntry holder;
      RC_RETURN_IF_ERROR(JsonToMessage(query->Text(2), &holder));
      match.data_elements.assign(holder.data_elements().begin(), holder.data_elements().end());
    }
    RC_RETURN_IF_ERROR(visit(match));
  }
}

absl::Status ForEachUnmatchedEntry(
    ReadTx& tx, std::string_view statement, v1::ListIdKind id_kind, v1::SubjectKind subject,
    std::int64_t after,
    absl::FunctionRef<absl::StatusOr<bool>(std::int64_t position, std::string_view id)> visit) {
  if (tx.vault() == nullptr) return KeysNotLoaded();
  RC_ASSIGN_OR_RETURN(Statement * query, Start(tx, statement, id_kind, subject, kNewest, after));
  ScopedReset reset(query);
  while (true) {
    RC_ASSIGN_OR_RETURN(const bool more, query->Step());
    if (!more) return absl::OkStatus();
    if (query->Int(1) != 0) continue;
    const std::string context = EntryContext(statement, query->Int(0));
    const absl::StatusOr<std::string> id = tx.vault()->Open(context, query->Blob(3));
    if (absl::IsDataLoss(id.status())) return SealedValueUnreadable(context);
    RC_RETURN_IF_ERROR(id.status());
    RC_ASSIGN_OR_RETURN(const bool go_on, visit(query->Int(0), *id));
    if (!go_on) return absl::OkStatus();
  }
}

absl::StatusOr<std::int64_t> CountRepeatedEntries(ReadTx& tx, std::string_view statement) {
  RC_ASSIGN_OR_RETURN(Statement * query,
                      tx.Prepare("SELECT COUNT(*) - COUNT(DISTINCT id_index) FROM statement_entry "
                                 "WHERE statement = $1"));
  ScopedReset reset(query);
  query->BindText(1, statement);
  RC_RETURN_IF_ERROR(query->Step().status());
  return query->Int(0);
}

}  // namespace rollcall
