// Dispositions with the people whom they name.

#ifndef ROLLCALL_SERVER_CASEWORK_DISPOSITIONS_H_
#define ROLLCALL_SERVER_CASEWORK_DISPOSITIONS_H_

#include "absl/status/status.h"
#include "absl/time/civil_time.h"
#include "rollcall/v1/disposition_service.pb.h"
#include "server/roster/id_index.h"
#include "server/runtime/ids.h"
#include "storage/store.h"

namespace rollcall::casework {

// Records a certificate. `today` is the district's local day. Errors as the API documents.
absl::Status CreateDisposition(WriteTx& tx, roster::IdIndexCache& indexes, absl::CivilDay today,
                               runtime::IdGenerator& ids,
                               const v1::CreateDispositionRequest& request,
                               v1::Disposition* response);

// One page of the ids that matched nobody.
absl::Status ListUnmatchedDispositionIds(ReadTx& tx,
                                         const v1::ListUnmatchedDispositionIdsRequest& request,
                                         v1::ListUnmatchedDispositionIdsResponse* response);

}  // namespace rollcall::casework

#endif  // ROLLCALL_SERVER_CASEWORK_DISPOSITIONS_H_
