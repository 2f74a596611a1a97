// One person: every party that holds or held his or her data, and every incident that touched the
// person.

#ifndef ROLLCALL_SERVER_CASEWORK_PERSON_EXPOSURE_H_
#define ROLLCALL_SERVER_CASEWORK_PERSON_EXPOSURE_H_

#include "absl/status/status.h"
#include "absl/time/civil_time.h"
#include "rollcall/v1/exposure_service.pb.h"
#include "server/casework/portfolio.h"
#include "storage/store.h"

namespace rollcall::casework {

// See the API. Holdings are those of the portfolio at the revision, so that the one and the other
// never disagree.
absl::Status GetPersonExposure(ReadTx& tx, Portfolio& portfolio, absl::CivilDay today,
                               const v1::GetPersonExposureRequest& request,
                               v1::PersonExposure* response);

}  // namespace rollcall::casework

#endif  // ROLLCALL_SERVER_CASEWORK_PERSON_EXPOSURE_H_
