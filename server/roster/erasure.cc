#include "server/roster/erasure.h"

#include "absl/strings/str_cat.h"
#include "server/roster/person_number.h"
#include "storage/erasure_store.h"
#include "storage/person_key_store.h"
#include "storage/roster_store.h"
#include "storage/status.h"
#include "storage/value_codec.h"

namespace rollcall::roster {

absl::Status ErasePerson(WriteTx& tx, const v1::ErasePersonRequest& request,
                         v1::ErasePersonResponse* response) {
  if (!request.confirm()) {
    return InvalidField("confirm", "must be true: an erasure cannot be undone");
  }
  RC_ASSIGN_OR_RETURN(const std::uint64_t number, PersonNumber(request.name(), "name"));
  const auto person_id = static_cast<std::int64_t>(number);
  RC_ASSIGN_OR_RETURN(const PersonFact fact, GetPersonFact(tx, person_id));
  if (fact.erased) {
    return MakeError(absl::StatusCode::kFailedPrecondition, "PERSON_ERASED",
                     absl::StrCat("people/", person_id, " was erased already"));
  }
  RC_ASSIGN_OR_RETURN(const std::int64_t blanked, BlankStatementIdsOf(tx, person_id));
  RC_RETURN_IF_ERROR(RemoveContentHashesOf(tx, person_id));
  RC_ASSIGN_OR_RETURN(const std::int64_t salts, RemoveSaltsOf(tx, person_id));
  RC_RETURN_IF_ERROR(tx.person_keys().Destroy(person_id));
  const std::int64_t revision = tx.NewRevision();
  tx.notes().people.push_back(person_id);
  tx.notes().facts.emplace_back("kind", "ERASURE");
  tx.notes().facts.emplace_back("people_erased", "1");
  tx.notes().facts.emplace_back("ids_blanked", absl::StrCat(blanked));
  tx.notes().facts.emplace_back("salts_removed", absl::StrCat(salts));
  response->set_name(absl::StrCat("people/", person_id));
  *response->mutable_erase_time() = ToTimestamp(tx.time());
  response->set_revision(revision);
  response->set_blanked_ids(blanked);
  return absl::OkStatus();
}

}  // namespace rollcall::roster
