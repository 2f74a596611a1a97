// What an erasure removes besides the person's key.

#ifndef ROLLCALL_STORAGE_ERASURE_STORE_H_
#define ROLLCALL_STORAGE_ERASURE_STORE_H_

#include <cstdint>

#include "absl/status/statusor.h"
#include "storage/store.h"

namespace rollcall {

// Blanks the ids as vendors wrote them in all statements' entries that name a person, and returns
// how many there were. The entries stay, with their fingerprints, and match as before: only of
// entries that match nobody is the id itself ever read.
absl::StatusOr<std::int64_t> BlankStatementIdsOf(WriteTx& tx, std::int64_t person_id);

// Takes the fingerprints of everything that was said of a person out of all versions of the facts;
// those of ids stay. The next import compares the person anew.
absl::Status RemoveContentHashesOf(WriteTx& tx, std::int64_t person_id);

// Removes what opens the log's commitments about a person: its entries stay and verify, but nobody
// can tell any more that they concern him. Returns how many there were.
absl::StatusOr<std::int64_t> RemoveSaltsOf(WriteTx& tx, std::int64_t person_id);

}  // namespace rollcall

#endif  // ROLLCALL_STORAGE_ERASURE_STORE_H_
