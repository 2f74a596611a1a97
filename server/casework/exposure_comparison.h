// The difference of two exposures, and proofs that one person is in one.

#ifndef ROLLCALL_SERVER_CASEWORK_EXPOSURE_COMPARISON_H_
#define ROLLCALL_SERVER_CASEWORK_EXPOSURE_COMPARISON_H_

#include "absl/status/status.h"
#include "absl/time/civil_time.h"
#include "rollcall/v1/exposure_service.pb.h"
#include "server/casework/exposures.h"
#include "storage/store.h"

namespace rollcall::casework {

// See the API. Both exposures are resolved at the revisions of the first page on every page.
absl::Status CompareExposures(ReadTx& tx, Exposures& exposures, absl::CivilDay today,
                              const v1::CompareExposuresRequest& request,
                              v1::CompareExposuresResponse* response);

// See the API.
absl::Status ProveExposure(ReadTx& tx, Exposures& exposures, absl::CivilDay today,
                           const v1::ProveExposureRequest& request, v1::ExposureProof* response);

}  // namespace rollcall::casework

#endif  // ROLLCALL_SERVER_CASEWORK_EXPOSURE_COMPARISON_H_
