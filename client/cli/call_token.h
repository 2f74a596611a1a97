// Which token goes with the calls of a command.
#ifndef ROLLCALL_CLIENT_CLI_CALL_TOKEN_H_
#define ROLLCALL_CLIENT_CLI_CALL_TOKEN_H_

#include <string>

#include "absl/status/statusor.h"
#include "client/cli/token_store.h"

namespace rollcall::cli {

// The token for the server at `address`; empty if there is none.
//
// If `token_file` is not empty, it is the one line of that file. Otherwise it is what `store`
// keeps for the address, renewed at its issuer if it is about to expire; a token that cannot be
// renewed any more is not used.
// Errors: kFailedPrecondition or kNotFound, see ReadSecretFile, also for a file that is not one
// line of printable characters; kPermissionDenied: the person has to sign in again; kUnavailable
// and kInternal: the issuer, see OidcClient. No message has any of a token in it.
absl::StatusOr<std::string> TokenForCall(const std::string& token_file, const std::string& address,
                                         TokenStore* store);

}  // namespace rollcall::cli

#endif  // ROLLCALL_CLIENT_CLI_CALL_TOKEN_H_
