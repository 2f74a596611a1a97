// Separation rules: which two duties on a case must lie in two hands. The rules come with the
// program, as data; whether they hold is for the district to say.

#ifndef ROLLCALL_SERVER_ACCESS_SEPARATION_H_
#define ROLLCALL_SERVER_ACCESS_SEPARATION_H_

#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "rollcall/v1/access_service.pb.h"
#include "server/registry/collection.h"
#include "storage/store.h"

namespace rollcall::access {

// Who scopes an incident cannot alone approve its letters; and without approval none goes out.
inline constexpr char kLettersRule[] = "separationRules/letters";

// Rules for the standard methods get, list and update.
const registry::Collection& SeparationRules();

// Writes the rules that the register does not have yet. Those that it has stay as the district set
// them.
absl::Status PutBuiltInRules(WriteTx& tx);

// All rules that hold, in ascending order of name.
absl::StatusOr<std::vector<v1::SeparationRule>> CurrentRules(ReadTx& tx);

}  // namespace rollcall::access

#endif  // ROLLCALL_SERVER_ACCESS_SEPARATION_H_
