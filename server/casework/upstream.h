// What stands behind a fourth party.

#ifndef ROLLCALL_SERVER_CASEWORK_UPSTREAM_H_
#define ROLLCALL_SERVER_CASEWORK_UPSTREAM_H_

#include "absl/status/status.h"
#include "rollcall/v1/subprocessor_service.pb.h"
#include "server/casework/exposures.h"
#include "storage/store.h"

namespace rollcall::casework {

// One page; see the API.
absl::Status ListUpstreamVendors(ReadTx& tx, Exposures& exposures,
                                 const v1::ListUpstreamVendorsRequest& request,
                                 v1::ListUpstreamVendorsResponse* response);

}  // namespace rollcall::casework

#endif  // ROLLCALL_SERVER_CASEWORK_UPSTREAM_H_
