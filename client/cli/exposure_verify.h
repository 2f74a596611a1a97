// rollcall exposure verify: checks the text of a proof without a server.
#ifndef ROLLCALL_CLIENT_CLI_EXPOSURE_VERIFY_H_
#define ROLLCALL_CLIENT_CLI_EXPOSURE_VERIFY_H_

#include "client/cli/command_tree.h"

namespace rollcall::cli {

void AddExposureVerify(CommandTree* tree);

}  // namespace rollcall::cli

#endif  // ROLLCALL_CLIENT_CLI_EXPOSURE_VERIFY_H_
