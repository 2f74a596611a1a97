// Transfers: what was really sent to a vendor, and to whom of the roster its ids belong.

#ifndef ROLLCALL_SERVER_CASEWORK_TRANSFERS_H_
#define ROLLCALL_SERVER_CASEWORK_TRANSFERS_H_

#include <functional>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "rollcall/v1/transfer_service.pb.h"
#include "server/casework/id_list.h"
#include "server/registry/collection.h"
#include "server/runtime/ids.h"
#include "storage/store.h"

namespace rollcall::casework {

// The collection of transfers, for the standard methods that read.
const registry::Collection& Transfers();

// Finds what of a file no share covers. Gets the file as one that is about to be sent, with its
// send_date set, and whom it names; appends its findings. Runs inside the transaction that records
// the file. May be empty.
using FindUndeclared = std::function<absl::Status(
    ReadTx&, const v1::PlannedTransfer&, const MatchedIds&, std::vector<v1::TransferFinding>*)>;

// What RecordTransfer works with; all of it outlives the call.
struct TransferParts {
  absl::TimeZone time_zone;  // Of the district.
  runtime::IdGenerator* ids = nullptr;
  roster::IdIndexCache* indexes = nullptr;
  const FindUndeclared* find_undeclared = nullptr;
};

// Records a file that was sent. `matched` is what MatchIds gave for `ids` a moment ago, outside
// the write transaction; it is renewed if the roster has changed since.
// Errors as the API documents; nothing of the file is kept then.
absl::Status RecordTransfer(WriteTx& tx, const TransferParts& parts, const v1::NewTransfer& request,
                            const IdList& ids, MatchedIds* matched, v1::Transfer* response);

// One page of the ids that matched nobody.
absl::Status ListUnmatchedTransferIds(ReadTx& tx,
                                      const v1::ListUnmatchedTransferIdsRequest& request,
                                      v1::ListUnmatchedTransferIdsResponse* response);

}  // namespace rollcall::casework

#endif  // ROLLCALL_SERVER_CASEWORK_TRANSFERS_H_
