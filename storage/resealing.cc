#include "storage/resealing.h"

#include <openssl/crypto.h>

#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "storage/status.h"
#include "storage/vault.h"

namespace rollcall {
namespace {

// `a, b` of the key's columns.
std::string KeyColumns(const SealedColumn& column) {
  return absl::StrJoin(column.key, ", ", [](std::string* out, const SealedColumn::KeyPart& part) {
    absl::StrAppend(out, ToAbsl(part.column));
  });
}

// `$1, $2` for the key's columns, from a number on.
std::string KeyParameters(const SealedColumn& column, std::size_t first) {
  std::vector<std::string> parameters;
  for (std::size_t i = 0; i < column.key.size(); ++i) {
    parameters.push_back(absl::StrCat("$", first + i));
  }
  return absl::StrJoin(parameters, ", ");
}

void BindKey(Statement& statement, int first, const RowKey& key) {
  for (const auto& part : key) {
    if (const auto* number = std::get_if<std::int64_t>(&part)) {
      statement.BindInt(first++, *number);
    } else {
      statement.BindText(first++, std::get<std::string>(part));
    }
  }
}

RowKey ReadKey(Statement& row, const SealedColumn& column) {
  RowKey key;
  for (std::size_t i = 0; i < column.key.size(); ++i) {
    const int at = static_cast<int>(i);
    if (column.key[i].type == SealedColumn::KeyType::kInt) {
      key.emplace_back(row.Int(at));
    } else {
      key.emplace_back(std::string(row.Text(at)));
    }
  }
  return key;
}

absl::StatusOr<std::string> SealAnew(Vault& vault, const SealedColumn& column,
                                     const std::string& context, std::string_view sealed) {
  absl::StatusOr<std::string> plain = vault.Open(context, sealed);
  // A key is dropped once nothing is under it: such a value was put back by somebody.
  if (absl::IsDataLoss(plain.status()) || vault.DroppedKeyOf(sealed) != 0) {
    if (plain.ok()) OPENSSL_cleanse(plain->data(), plain->size());
    return MakeError(absl::StatusCode::kDataLoss, "SEALED_VALUE_UNREADABLE",
                     absl::StrCat("a sealed value in the table ", ToAbsl(column.table),
                                  " cannot be read: it is damaged; restore a backup"));
  }
  RC_RETURN_IF_ERROR(plain.status());
  absl::StatusOr<std::string> anew = vault.Seal(context, *plain);
  OPENSSL_cleanse(plain->data(), plain->size());
  return anew;
}

}  // namespace

absl::StatusOr<ResealStep> ResealSome(WriteTx& tx, const SealedColumn& column,
                                      const RowKey& after) {
  const std::string keys = KeyColumns(column);
  const std::string where =
      after.empty() ? "" : absl::StrCat(" WHERE (", keys, ") > (", KeyParameters(column, 1), ")");
  const std::string select =
      absl::StrCat("SELECT ", keys, ", ", ToAbsl(column.column), " FROM ", ToAbsl(column.table),
                   where, " ORDER BY ", keys, " LIMIT ", kResealRows);
  struct Change {
    RowKey key;
    std::string sealed;
  };
  std::vector<Change> changes;
  ResealStep step;
  step.last = after;
  std::size_t bytes = 0;
  {
    RC_ASSIGN_OR_RETURN(Statement * rows, tx.Prepare(select));
    ScopedReset reset(rows);
    BindKey(*rows, 1, after);
    while (bytes < kResealBytes) {
      RC_ASSIGN_OR_RETURN(const bool more, rows->Step());
      if (!more) {
        step.done = step.looked_at < kResealRows;
        break;
      }
      ++step.looked_at;
      step.last = ReadKey(*rows, column);
      const std::string_view sealed = rows->Blob(static_cast<int>(column.key.size()));
      if (sealed.empty() || tx.vault()->IsNewest(sealed)) continue;
      RC_ASSIGN_OR_RETURN(std::string anew,
                          SealAnew(*tx.vault(), column, column.context(*rows), sealed));
      bytes += anew.size();
      changes.push_back({step.last, std::move(anew)});
    }
  }
  const std::string update =
      absl::StrCat("UPDATE ", ToAbsl(column.table), " SET ", ToAbsl(column.column), " = $1 WHERE (",
                   keys, ") = (", KeyParameters(column, 2), ")");
  for (const Change& change : changes) {
    RC_ASSIGN_OR_RETURN(Statement * put, tx.Prepare(update));
    put->BindBlob(1, change.sealed);
    BindKey(*put, 2, change.key);
    RC_RETURN_IF_ERROR(put->Run());
  }
  step.resealed = static_cast<std::int64_t>(changes.size());
  return step;
}

}  // namespace rollcall
