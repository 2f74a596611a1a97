// The engine's image of the roster: bytes that the server makes and only the server reads.

#ifndef ROLLCALL_STORAGE_ENGINE_IMAGE_STORE_H_
#define ROLLCALL_STORAGE_ENGINE_IMAGE_STORE_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "storage/store.h"

namespace rollcall {

// True if there is an image of the roster at this revision (see RosterRevision).
absl::StatusOr<bool> HasEngineImage(ReadTx& tx, std::int64_t roster_revision);

// The image of the roster at this revision. kNotFound if there is none, kDataLoss if its bytes do
// not have their digest.
absl::StatusOr<std::string> GetEngineImage(ReadTx& tx, std::int64_t roster_revision);

// Keeps an image and drops all others. Leaves no revision: it changes nothing that can be asked.
absl::Status PutEngineImage(WriteTx& tx, std::int64_t roster_revision, std::string_view bytes);

}  // namespace rollcall

#endif  // ROLLCALL_STORAGE_ENGINE_IMAGE_STORE_H_
