// rollcall exposure compare: what a second exposure adds to a first one or no longer has.
#ifndef ROLLCALL_CLIENT_CLI_EXPOSURE_COMPARE_H_
#define ROLLCALL_CLIENT_CLI_EXPOSURE_COMPARE_H_

#include "client/cli/command_tree.h"

namespace rollcall::cli {

void AddExposureCompare(CommandTree* tree);

}  // namespace rollcall::cli

#endif  // ROLLCALL_CLIENT_CLI_EXPOSURE_COMPARE_H_
