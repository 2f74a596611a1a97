#include "storage/audit_store.h"

#include "absl/strings/str_cat.h"
#include "storage/status.h"

namespace rollcall {
namespace {

constexpr std::size_t kHashBytes = 32;
constexpr char kColumns[] = "idx, time, kind, principal, method, leaf_hash, nodes, entry";

AuditRow ReadRow(Statement& row) {
  return {row.Int(0),
          row.Int(1),
          std::string(row.Text(2)),
          std::string(row.Text(3)),
          std::string(row.Text(4)),
          std::string(row.Blob(5)),
          std::string(row.Blob(6)),
          std::string(row.Blob(7))};
}

// Gives rows to `take` until there are no more or it has enough.
absl::Status ForEachRow(Statement* query,
                        absl::FunctionRef<absl::StatusOr<bool>(const AuditRow&)> take) {
  while (true) {
    RC_ASSIGN_OR_RETURN(const bool more, query->Step());
    if (!more) return absl::OkStatus();
    RC_ASSIGN_OR_RETURN(const bool go_on, take(ReadRow(*query)));
    if (!go_on) return absl::OkStatus();
  }
}

}  // namespace

absl::StatusOr<std::int64_t> CountAuditEntries(ReadTx& tx) {
  RC_ASSIGN_OR_RETURN(Statement * query,
                      tx.Prepare("SELECT COALESCE(MAX(idx) + 1, 0) FROM audit_entry"));
  ScopedReset reset(query);
  RC_RETURN_IF_ERROR(query->Step().status());
  return query->Int(0);
}

absl::Status PutAuditEntry(WriteTx& tx, const AuditRow& row) {
  RC_ASSIGN_OR_RETURN(
      Statement * insert,
      tx.Prepare("INSERT INTO audit_entry (idx, time, kind, principal, method, "
                 "leaf_hash, nodes, entry) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"));
  insert->BindInt(1, row.index);
  insert->BindInt(2, row.time_us);
  insert->BindText(3, row.kind);
  insert->BindText(4, row.principal);
  insert->BindText(5, row.method);
  insert->BindBlob(6, row.leaf_hash);
  insert->BindBlob(7, row.nodes);
  insert->BindBlob(8, row.entry);
  return insert->Run();
}

absl::StatusOr<AuditRow> GetAuditEntry(ReadTx& tx, std::int64_t index) {
  RC_ASSIGN_OR_RETURN(
      Statement * query,
      tx.Prepare(absl::StrCat("SELECT ", kColumns, " FROM audit_entry WHERE idx = $1")));
  ScopedReset reset(query);
  query->BindInt(1, index);
  RC_ASSIGN_OR_RETURN(const bool found, query->Step());
  if (!found) return NotFound(absl::StrCat("auditEntries/", index));
  return ReadRow(*query);
}

absl::Status ReadAuditEntries(ReadTx& tx, std::int64_t begin,
                              absl::FunctionRef<absl::StatusOr<bool>(const AuditRow&)> take) {
  RC_ASSIGN_OR_RETURN(Statement * query,
                      tx.Prepare(absl::StrCat("SELECT ", kColumns,
                                              " FROM audit_entry WHERE idx >= $1 ORDER BY idx")));
  ScopedReset reset(query);
  query->BindInt(1, begin);
  return ForEachRow(query, take);
}

absl::Status ListAuditEntries(ReadTx& tx, const AuditFilter& filter, std::int64_t before,
                              absl::FunctionRef<absl::StatusOr<bool>(const AuditRow&)> take) {
  std::string sql = absl::StrCat("SELECT ", kColumns,
                                 " FROM audit_entry WHERE idx < $1 AND ($2 = '' OR principal = $2) "
                                 "AND ($3 = '' OR method = $3) AND ($4 = '' OR kind = $4) "
                                 "AND time >= $5 AND ($6 = 0 OR time < $6)");
  if (!filter.subject.empty()) {
    absl::StrAppend(&sql, " AND idx IN (SELECT entry_idx FROM audit_salt WHERE subject = $7)");
  }
  RC_ASSIGN_OR_RETURN(Statement * query, tx.Prepare(absl::StrCat(sql, " ORDER BY idx DESC")));
  ScopedReset reset(query);
  query->BindInt(1, before);
  query->BindText(2, filter.principal);
  query->BindText(3, filter.method);
  query->BindText(4, filter.kind);
  query->BindInt(5, filter.begin_time_us);
  query->BindInt(6, filter.end_time_us);
  if (!filter.subject.empty()) query->BindText(7, filter.subject);
  return ForEachRow(query, take);
}

absl::StatusOr<std::string> GetAuditNode(ReadTx& tx, int level, std::int64_t index) {
  RC_ASSIGN_OR_RETURN(Statement * query,
                      tx.Prepare("SELECT leaf_hash, nodes FROM audit_entry WHERE idx = $1"));
  ScopedReset reset(query);
  // The last entry below the node.
  query->BindInt(1, ((index + 1) << level) - 1);
  RC_ASSIGN_OR_RETURN(const bool found, query->Step());
  if (found && level == 0) return std::string(query->Blob(0));
  const std::size_t end = static_cast<std::size_t>(level) * kHashBytes;
  if (!found || query->Blob(1).size() < end) {
    return NotFound(absl::StrCat("node ", index, " of level ", level, " of the log"));
  }
  return std::string(query->Blob(1).substr(end - kHashBytes, kHashBytes));
}

absl::Status PutAuditCheckpoint(WriteTx& tx, const AuditCheckpointRow& row) {
  RC_ASSIGN_OR_RETURN(Statement * insert,
                      tx.Prepare("INSERT INTO audit_checkpoint (size, note) VALUES ($1, $2)"));
  insert->BindInt(1, row.size);
  insert->BindText(2, row.note);
  return insert->Run();
}

absl::StatusOr<AuditCheckpointRow> GetAuditCheckpoint(ReadTx& tx, std::int64_t size) {
  RC_ASSIGN_OR_RETURN(Statement * query,
                      tx.Prepare("SELECT size, note FROM audit_checkpoint WHERE size <= $1 "
                                 "ORDER BY size DESC LIMIT 1"));
  ScopedReset reset(query);
  query->BindInt(1, size);
  RC_ASSIGN_OR_RETURN(const bool found, query->Step());
  if (!found) return NotFound("a checkpoint of the log");
  return AuditCheckpointRow{query->Int(0), std::string(query->Text(1))};
}

absl::StatusOr<std::vector<AuditCheckpointRow>> AuditCheckpointsAfter(ReadTx& tx, std::int64_t size,
                                                                      std::int64_t limit) {
  RC_ASSIGN_OR_RETURN(Statement * query,
                      tx.Prepare("SELECT size, note FROM audit_checkpoint WHERE size > $1 "
                                 "ORDER BY size LIMIT $2"));
  ScopedReset reset(query);
  query->BindInt(1, size);
  query->BindInt(2, limit);
  std::vector<AuditCheckpointRow> rows;
  while (true) {
    RC_ASSIGN_OR_RETURN(const bool more, query->Step());
    if (!more) return rows;
    rows.push_back({query->Int(0), std::string(query->Text(1))});
  }
}

absl::Status PutAuditSalt(WriteTx& tx, std::int64_t entry, const AuditSaltRow& row) {
  RC_ASSIGN_OR_RETURN(Statement * insert,
                      tx.Prepare("INSERT INTO audit_salt (entry_idx, place, subject, salt) "
                                 "VALUES ($1, $2, $3, $4)"));
  insert->BindInt(1, entry);
  insert->BindInt(2, row.place);
  insert->BindText(3, row.subject);
  insert->BindBlob(4, row.salt);
  return insert->Run();
}

absl::StatusOr<std::vector<AuditSaltRow>> GetAuditSalts(ReadTx& tx, std::int64_t entry) {
  RC_ASSIGN_OR_RETURN(Statement * query, tx.Prepare("SELECT place, subject, salt FROM audit_salt "
                                                    "WHERE entry_idx = $1 ORDER BY place"));
  ScopedReset reset(query);
  query->BindInt(1, entry);
  std::vector<AuditSaltRow> rows;
  while (true) {
    RC_ASSIGN_OR_RETURN(const bool more, query->Step());
    if (!more) return rows;
    rows.push_back({query->Int(0), std::string(query->Text(1)), std::string(query->Blob(2))});
  }
}

absl::StatusOr<std::int64_t> EraseAuditSalts(WriteTx& tx, std::string_view subject) {
  RC_ASSIGN_OR_RETURN(Statement * erase, tx.Prepare("DELETE FROM audit_salt WHERE subject = $1"));
  erase->BindText(1, subject);
  RC_RETURN_IF_ERROR(erase->Run());
  return tx.Changes();
}

}  // namespace rollcall
