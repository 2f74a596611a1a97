// rollcall login and logout.
#ifndef ROLLCALL_CLIENT_CLI_SIGN_IN_H_
#define ROLLCALL_CLIENT_CLI_SIGN_IN_H_

#include "client/cli/command_tree.h"

namespace rollcall::cli {

// `login` signs a person in at the issuer of OpenID Connect and keeps the tokens for the server
// of --address; `logout` has the issuer forget them and removes them. Neither asks the server.
void AddSignIn(CommandTree* tree);

}  // namespace rollcall::cli

#endif  // ROLLCALL_CLIENT_CLI_SIGN_IN_H_
