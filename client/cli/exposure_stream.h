// rollcall exposure stream: the whole list of affected people, complete or an error.
#ifndef ROLLCALL_CLIENT_CLI_EXPOSURE_STREAM_H_
#define ROLLCALL_CLIENT_CLI_EXPOSURE_STREAM_H_

#include "client/cli/command_tree.h"

namespace rollcall::cli {

void AddExposureStream(CommandTree* tree);

}  // namespace rollcall::cli

#endif  // ROLLCALL_CLIENT_CLI_EXPOSURE_STREAM_H_
