#include "server/runtime/core_dumps.h"

#include <sys/prctl.h>
#include <sys/resource.h>

#include "storage/status.h"

namespace rollcall::runtime {

absl::Status ForbidCoreDumps() {
  const rlimit none = {0, 0};
  // A collector that the kernel pipes core dumps to disregards the limit, not the attribute.
  if (setrlimit(RLIMIT_CORE, &none) != 0 || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) {
    return MakeError(absl::StatusCode::kFailedPrecondition, "CORE_DUMPS",
                     "the operating system does not let this process forbid core dumps");
  }
  return absl::OkStatus();
}

}  // namespace rollcall::runtime
