#include "storage/erasure_store.h"

#include "absl/strings/str_cat.h"
#include "rollcall/v1/incident_service.pb.h"
#include "storage/audit_store.h"
#include "storage/status.h"

namespace rollcall {
namespace {

// Blanks the entries that a fingerprint of one column matches, in statements whose ids are of that
// kind. A list of no stated kind or subject is one of district ids and of everybody.
#define RC_BLANK_SQL(column, kinds)                                                          \
  "UPDATE statement_entry SET sealed = x'' WHERE length(sealed) > 0 AND id_index IN "        \
  "(SELECT " column " FROM person_fact WHERE person_id = $1 AND " column                     \
  " IS NOT NULL) AND statement IN (SELECT s.name FROM statement s, person p WHERE "          \
  "p.person_id = $1 AND s.revision_to IS NULL AND s.list_subject IN (0, p.kind) AND p.kind " \
  "<> 3 AND s.list_id_kind IN (" kinds "))"

static_assert(v1::LIST_ID_KIND_UNSPECIFIED == 0 && v1::LIST_ID_KIND_DISTRICT_ID == 1 &&
              v1::LIST_ID_KIND_STATE_ID == 2 && v1::LIST_ID_KIND_SOURCE_ID == 3);
constexpr std::string_view kBlank[] = {RC_BLANK_SQL("district_index", "0, 1"),
                                       RC_BLANK_SQL("state_index", "2"),
                                       RC_BLANK_SQL("source_index", "3")};
#undef RC_BLANK_SQL

}  // namespace

absl::StatusOr<std::int64_t> BlankStatementIdsOf(WriteTx& tx, std::int64_t person_id) {
  std::int64_t blanked = 0;
  for (const std::string_view sql : kBlank) {
    RC_ASSIGN_OR_RETURN(Statement * blank, tx.Prepare(sql));
    blank->BindInt(1, person_id);
    RC_RETURN_IF_ERROR(blank->Run());
    blanked += tx.Changes();
  }
  return blanked;
}

absl::Status RemoveContentHashesOf(WriteTx& tx, std::int64_t person_id) {
  RC_ASSIGN_OR_RETURN(Statement * update,
                      tx.Prepare("UPDATE person_fact SET content_hash = 0 WHERE person_id = $1"));
  update->BindInt(1, person_id);
  return update->Run();
}

absl::StatusOr<std::int64_t> RemoveSaltsOf(WriteTx& tx, std::int64_t person_id) {
  return EraseAuditSalts(tx, absl::StrCat("people/", person_id));
}

}  // namespace rollcall
