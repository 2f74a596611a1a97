// Upgrading a register that was written before personal fields were sealed.

#ifndef ROLLCALL_STORAGE_SEAL_PLAIN_ROWS_H_
#define ROLLCALL_STORAGE_SEAL_PLAIN_ROWS_H_

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "storage/store.h"

namespace rollcall {

// Seals everything that the step `seal_personal_fields` of the schema put aside, with the
// revisions it had, gives everybody a key, takes the plain tables away, all in one transaction,
// and then rewrites the database so that no deleted byte stays. Does nothing, quickly, in a
// register that has nothing aside. Must run before the register is used; a process that ends
// halfway leaves the plain rows for the next start. Leaves no revision: nothing that anybody can
// read changes, save that the next import compares everybody once.
//
// Errors: kFailedPrecondition, KEYS_NOT_LOADED, if there are rows to seal and no vault; kDataLoss,
// RECORD_UNREADABLE, for a row of nobody; the database's.
absl::Status SealPlainRows(Store& store, absl::Time now);

}  // namespace rollcall

#endif  // ROLLCALL_STORAGE_SEAL_PLAIN_ROWS_H_
