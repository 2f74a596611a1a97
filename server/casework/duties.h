// Duties with clocks: the vendor's to tell the district, and the district's to tell families.

#ifndef ROLLCALL_SERVER_CASEWORK_DUTIES_H_
#define ROLLCALL_SERVER_CASEWORK_DUTIES_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "rollcall/v1/case_service.pb.h"
#include "rollcall/v1/incident_service.pb.h"
#include "storage/store.h"

namespace rollcall::casework {

// Adds one DutyCheck for each breach-notice clause of the vendor's signed contracts and for each
// row of law under which a vendor must tell the district.
absl::Status AddVendorDuties(ReadTx& tx, absl::CivilDay today, v1::Incident* incident);

// How many people of an exposure a duty can cover.
struct AffectedPeople {
  std::int64_t students = 0;
  std::int64_t staff = 0;
};

// The district's duties that an incident starts, from the rows of law: which clock runs from
// which day to which day. The fields that change with time (days_left, sent, outcome) are left
// for JudgeObligation.
absl::StatusOr<std::vector<v1::Obligation>> DistrictObligations(ReadTx& tx,
                                                                const v1::Incident& incident,
                                                                const AffectedPeople& affected,
                                                                const std::string& zone_name,
                                                                absl::TimeZone zone);

// What has been done towards an obligation.
struct Progress {
  std::int64_t sent = 0;
  std::optional<absl::CivilDay> last_sent;  // The latest day on which any was sent.
};

// Fills days_left, sent, done_date and outcome as of `today`. An obligation that does not apply
// stays as it is.
void JudgeObligation(absl::CivilDay today, const Progress& progress, v1::Obligation* obligation);

}  // namespace rollcall::casework

#endif  // ROLLCALL_SERVER_CASEWORK_DUTIES_H_
