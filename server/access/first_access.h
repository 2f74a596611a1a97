// What a register needs before anybody can be let in.

#ifndef ROLLCALL_SERVER_ACCESS_FIRST_ACCESS_H_
#define ROLLCALL_SERVER_ACCESS_FIRST_ACCESS_H_

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/runtime/ids.h"
#include "storage/store.h"

namespace rollcall::access {

// Writes the roles and separation rules that come with the program, as far as the register does
// not have them; leaves no revision if it has them all. To be called before the store is served.
// Errors: the store's.
absl::Status PrepareAccess(Store& store, absl::Time now);

// The first administrator of a new register.
struct FirstAdministrator {
  std::string principal;  // `user:NAME`.
  std::string grant;      // `grants/{grant}`: of roles/administrator, without end.
  std::string token;      // `tokens/{token}`.
  std::string secret;     // The token's text, told this once: it belongs into a file of mode 0600.
  absl::Time expires;     // Of the token: 90 days after `now`.
};

// Does PrepareAccess and makes `user:USER` an administrator with a personal token, in one
// transaction.
// Errors:  kFailedPrecondition, ACCESS_EXISTS, if the register has a grant or a token already, so
//          that nobody becomes an administrator of a register in use by this way;
//          kInvalidArgument for a user name with other characters than a-z, 0-9, '-', '.', '_'.
absl::StatusOr<FirstAdministrator> MakeFirstAdministrator(Store& store, absl::Time now,
                                                          runtime::IdGenerator& ids,
                                                          std::string_view user);

// Gives a role to a principal in a transaction of the caller's; nothing happens if the principal
// has it. For set-up by the program itself and for tests; callers of the API use CreateGrant.
absl::Status GiveRole(WriteTx& tx, runtime::IdGenerator& ids, std::string_view principal,
                      std::string_view role, std::string_view note);

}  // namespace rollcall::access

#endif  // ROLLCALL_SERVER_ACCESS_FIRST_ACCESS_H_
