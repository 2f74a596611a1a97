// Keeps the memory of the process, with keys and people in it, out of files and other hands.

#ifndef ROLLCALL_SERVER_RUNTIME_CORE_DUMPS_H_
#define ROLLCALL_SERVER_RUNTIME_CORE_DUMPS_H_

#include "absl/status/status.h"

namespace rollcall::runtime {

// From now on a crash leaves no core file, neither written by the system nor piped to a collector,
// and no other process of the same user can read this one's memory. Call it before any secret is in
// memory; programs that are run later decide for themselves, but keep the limit of no core file.
// Errors: kFailedPrecondition, reason CORE_DUMPS.
absl::Status ForbidCoreDumps();

}  // namespace rollcall::runtime

#endif  // ROLLCALL_SERVER_RUNTIME_CORE_DUMPS_H_
