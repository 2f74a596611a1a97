// May this be sent? Holds a file against the shares of the vendor that gets it.

#ifndef ROLLCALL_SERVER_CASEWORK_TRANSFER_CHECK_H_
#define ROLLCALL_SERVER_CASEWORK_TRANSFER_CHECK_H_

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "rollcall/v1/transfer_service.pb.h"
#include "server/casework/exposures.h"
#include "server/casework/id_list.h"
#include "storage/store.h"

namespace rollcall::casework {

// Something that may not be sent, and whom it is about.
struct TransferObstacle {
  v1::TransferFinding finding;
  std::vector<std::uint32_t> positions;  // From 0, ascending; empty if it is the whole file.
};

// What of a file no share covers, and why; empty if all of it may be sent.
//
// A share covers an element of a person on the day of sending if the day is in its period, a
// contract stands behind it and is in force on that day, it lists the element, the person matched
// its population on some day of its period up to the day of sending, and, if the element has a
// condition, was in the program on such a day. So what may be sent is what the engine takes as
// declared. A product narrows the shares to its own and those without a product; a named share to
// that one. An id that names several people is refused if one of them is.
//
// Reasons stand in the order of their numbers; elements with the same reason and the same people
// are one obstacle. `matched` must be of the transaction's roster.
// Errors: kFailedPrecondition (an element, share or product that does not exist), kNotFound (the
// vendor).
absl::StatusOr<std::vector<TransferObstacle>> FindObstacles(ReadTx& tx, Exposures& exposures,
                                                            const v1::PlannedTransfer& planned,
                                                            const MatchedIds& matched,
                                                            absl::CivilDay today);

// Only what makes a file undeclared: not that an incident is open, and not ids that match nobody,
// which are counted by themselves.
absl::Status FindUndeclaredParts(ReadTx& tx, Exposures& exposures,
                                 const v1::PlannedTransfer& planned, const MatchedIds& matched,
                                 std::vector<v1::TransferFinding>* findings);

// What of a file no share covers for one person, by the rules above, at the revision of `ground`,
// whose roster has that person only, under the number `person`. `planned` has a day; its names are
// taken as they are.
absl::StatusOr<std::vector<v1::TransferFinding>> UndeclaredForPerson(
    const ExposureGround& ground, const v1::PlannedTransfer& planned, std::uint32_t person);

}  // namespace rollcall::casework

#endif  // ROLLCALL_SERVER_CASEWORK_TRANSFER_CHECK_H_
