// From an incident's statement to its exposure: gathers the question from the register, asks the
// engine, and puts the answer into the API's words.

#ifndef ROLLCALL_SERVER_CASEWORK_EXPOSURES_H_
#define ROLLCALL_SERVER_CASEWORK_EXPOSURES_H_

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "rollcall/v1/exposure_service.pb.h"
#include "rollcall/v1/incident_service.pb.h"
#include "server/exposure/engine.h"
#include "server/exposure/question.h"
#include "server/roster/world_cache.h"
#include "storage/store.h"

namespace rollcall::casework {

// An exposure with everything that is needed to speak of it.
struct ResolvedExposure {
  v1::Incident incident;
  v1::Statement statement;
  v1::ExposureBasis basis;
  std::shared_ptr<const roster::RosterWorld> roster;
  exposure::Question question;
  exposure::Exposure exposure;
  std::vector<std::string> element_names;   // By element number: `dataElements/{id}`.
  std::vector<std::string> element_labels;  // By element number: plain English.
  std::vector<std::string> share_names;     // By share number.
  std::int64_t unmatched_entries = 0;
};

// Computes the exposure of `name`, `incidents/{incident}` (the newest statement at that
// revision) or `incidents/{incident}/statements/{number}`, at a revision; 0 means the
// transaction's own.
// Errors: kNotFound, kFailedPrecondition (no statement), kInvalidArgument (a revision that does
// not exist yet, or a name of another form).
absl::StatusOr<ResolvedExposure> ResolveExposure(ReadTx& tx, roster::WorldCache& worlds,
                                                 std::string_view name, std::int64_t revision);

// The number of an exposed person, for resource names.
inline std::uint64_t PersonNumber(const ResolvedExposure& resolved, std::size_t row) {
  return resolved.roster->world->id(resolved.exposure.ordinals[row]);
}

// One of the distinct sets in the API's form.
v1::ExposureSet SetMessage(const ResolvedExposure& resolved, const exposure::ElementSet& set);

// SHA-256 of the exposure, lower-case hexadecimal; docs/exposure-format.md.
absl::StatusOr<std::string> ExposureDigest(const ResolvedExposure& resolved);

// The exposure in numbers.
absl::StatusOr<v1::ExposureSummary> SummarizeExposure(const ResolvedExposure& resolved);

// Fills a row of a list with what the roster says of the person, without elements.
absl::Status DescribePerson(ReadTx& tx, const ResolvedExposure& resolved, std::size_t row,
                            v1::ExposedPerson* person);

// One page of the list; see the API.
absl::Status ListExposedPeople(ReadTx& tx, roster::WorldCache& worlds,
                               const v1::ListExposedPeopleRequest& request,
                               v1::ListExposedPeopleResponse* response);

}  // namespace rollcall::casework

#endif  // ROLLCALL_SERVER_CASEWORK_EXPOSURES_H_
