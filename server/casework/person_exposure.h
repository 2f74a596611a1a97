// One person: every party that holds or held his or her data, and every incident that touched the
// person.

#ifndef ROLLCALL_SERVER_CASEWORK_PERSON_EXPOSURE_H_
#define ROLLCALL_SERVER_CASEWORK_PERSON_EXPOSURE_H_

#include <cstdint>
#include <string_view>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/time/civil_time.h"
#include "rollcall/v1/exposure_service.pb.h"
#include "rollcall/v1/incident_service.pb.h"
#include "server/casework/cases.h"
#include "server/casework/exposure_question.h"
#include "server/casework/portfolio.h"
#include "server/exposure/person.h"
#include "storage/store.h"

namespace rollcall::casework {

// See the API. Holdings are those of the portfolio at the revision, so that the one and the other
// never disagree.
absl::Status GetPersonExposure(ReadTx& tx, Portfolio& portfolio, absl::CivilDay today,
                               const v1::GetPersonExposureRequest& request,
                               v1::PersonExposure* response);

// What an incident is to one person.
struct IncidentOfPerson {
  v1::Incident incident;
  v1::Statement statement;  // The newest; without a name if nothing was stated yet.
  GatheredQuestion gathered;
  exposure::ElementSet set;  // By the statement; empty if nothing was stated.
  std::vector<FrozenNotice> notices;
};

// Visits every incident on record at the ground's revision, ascending by name: also those that
// are nothing to the person `number`, whose answers are `person`.
absl::Status ForEachIncidentOf(ReadTx& tx, const ExposureGround& ground, std::uint64_t number,
                               const exposure::PersonAnswers& person,
                               absl::FunctionRef<absl::Status(const IncidentOfPerson&)> visit);

// The error for a vendor whose question cannot be asked: nothing is told of a person in part.
absl::Status VendorUnreadable(std::string_view vendor, std::string_view problem);

}  // namespace rollcall::casework

#endif  // ROLLCALL_SERVER_CASEWORK_PERSON_EXPOSURE_H_
