#include "server/casework/dispositions.h"

#include "server/casework/id_list.h"
#include "server/registry/collections.h"
#include "storage/register_tables.h"
#include "storage/status.h"
#include "storage/value_codec.h"

namespace rollcall::casework {

absl::Status CreateDisposition(WriteTx& tx, roster::IdIndexCache& indexes, absl::CivilDay today,
                               runtime::IdGenerator& ids,
                               const v1::CreateDispositionRequest& request,
                               v1::Disposition* response) {
  const v1::Disposition& asked = request.disposition();
  if (asked.has_disposition_date() && ToCivilDay(asked.disposition_date()) > today) {
    return InvalidField("disposition.disposition_date", "is in the future");
  }
  IdList list;
  for (const std::string& id : request.ids()) RC_RETURN_IF_ERROR(list.Add(id));
  RC_RETURN_IF_ERROR(
      registry::CreateRecord(tx, registry::Dispositions(), today, ids, request, response));
  if (list.size() == 0) return absl::OkStatus();
  RC_ASSIGN_OR_RETURN(MatchedIds matched,
                      MatchIds(tx, indexes, list, asked.id_kind(), asked.subject()));
  // Removing everybody whom an id may mean would make exposures short.
  KeepUnambiguous(&matched);
  response->set_lists_people(true);
  response->set_ids(static_cast<std::int64_t>(list.size()));
  response->set_people(static_cast<std::int64_t>(matched.people.size()));
  response->set_unmatched(matched.unmatched.size());
  response->set_ambiguous(matched.ambiguous);
  RC_RETURN_IF_ERROR(DispositionTable().Replace(tx, response));
  return PutMatchedPeople(tx, response->name(), matched);
}

absl::Status ListUnmatchedDispositionIds(ReadTx& tx,
                                         const v1::ListUnmatchedDispositionIdsRequest& request,
                                         v1::ListUnmatchedDispositionIdsResponse* response) {
  RC_RETURN_IF_ERROR(registry::CheckName(registry::Dispositions(), request.parent(), "parent"));
  v1::Disposition disposition;
  RC_RETURN_IF_ERROR(DispositionTable().Get(tx, request.parent(), kNewest, &disposition));
  return ListUnmatched(tx, disposition.name(), disposition.revision(), request,
                       response->mutable_entries(), response->mutable_next_page_token());
}

}  // namespace rollcall::casework
