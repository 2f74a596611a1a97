// Erasing people.

#ifndef ROLLCALL_SERVER_ROSTER_ERASURE_H_
#define ROLLCALL_SERVER_ROSTER_ERASURE_H_

#include "absl/status/status.h"
#include "rollcall/v1/key_service.pb.h"
#include "storage/store.h"

namespace rollcall::roster {

// Destroys a person's key, so that nothing that is sealed under it, in any version of any row, can
// be read again; blanks the person's ids in vendors' lists, which are sealed under a data key; and
// removes what opens the log's commitments about the person.
//
// What stays: the number, the kind, whether the person is in the roster, schools, grades, programs
// and languages with their dates, the keyed fingerprints of the ids, and so every count and
// every digest. Guardians are people of their own. Leaves a revision and tells the journal.
// Errors: kNotFound; kInvalidArgument without `confirm`; kFailedPrecondition, reason PERSON_ERASED,
// if it was done before.
absl::Status ErasePerson(WriteTx& tx, const v1::ErasePersonRequest& request,
                         v1::ErasePersonResponse* response);

}  // namespace rollcall::roster

#endif  // ROLLCALL_SERVER_ROSTER_ERASURE_H_
