// The commands of rollcalld beside serving: they set a machine up, offline, and end.
//
//   rollcalld init                               init.h
//   rollcalld certificate issue|revoke|list|renew   certificate.h
//   rollcalld replace-key                        replace_key.h

#ifndef ROLLCALL_SERVER_ADMIN_COMMAND_H_
#define ROLLCALL_SERVER_ADMIN_COMMAND_H_

#include <functional>
#include <optional>
#include <ostream>

#include "absl/status/status.h"
#include "server/runtime/clock.h"
#include "server/runtime/config.h"
#include "server/runtime/ids.h"
#include "storage/store.h"

namespace rollcall::admin {

// What a command works with.
struct Surroundings {
  std::ostream& out;
  std::ostream& err;
  const runtime::Clock& clock;
  runtime::IdGenerator& ids;
  // Opens the register of a configuration as the server does, makes it if there is none, and closes
  // it after `work`. The caller supplies it because it alone knows the storage engine.
  std::function<absl::Status(const runtime::Config& config,
                             const std::function<absl::Status(Store& store)>& work)>
      with_register;
};

// Runs the command that `argv[1]` names and returns the exit status of the process: 0 done, 1
// failed with one line on `err`. Returns nothing if it names none, which means to serve.
std::optional<int> RunCommand(int argc, const char* const* argv, const Surroundings& surroundings);

}  // namespace rollcall::admin

#endif  // ROLLCALL_SERVER_ADMIN_COMMAND_H_
