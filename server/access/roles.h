// Roles: sets of rights under a name. Those that come with the program are written into the
// register at its start, so that they are read, granted and kept in history like a district's own.

#ifndef ROLLCALL_SERVER_ACCESS_ROLES_H_
#define ROLLCALL_SERVER_ACCESS_ROLES_H_

#include <vector>

#include "absl/status/status.h"
#include "rollcall/v1/access_service.pb.h"
#include "server/registry/collection.h"
#include "storage/store.h"

namespace rollcall::access {

inline constexpr char kAdministratorRole[] = "roles/administrator";

// The roles that come with the program; docs/access.md says why each has the rights it has.
// In ascending order of name.
const std::vector<v1::Role>& BuiltInRoles();

// Roles for the standard methods; CreateRole, UpdateRole and DeleteRole below write them.
const registry::Collection& Roles();

// Brings the built-in roles to the program's state. Writes nothing if they are as they should be.
// A district's own role that has the name of a built-in one gives way to it.
absl::Status PutBuiltInRoles(WriteTx& tx);

// The methods of the API; errors as documented there. A built-in role: kFailedPrecondition,
// BUILT_IN_ROLE.
absl::Status CreateRole(WriteTx& tx, absl::CivilDay today, runtime::IdGenerator& ids,
                        const v1::CreateRoleRequest& request, v1::Role* response);
absl::Status UpdateRole(WriteTx& tx, absl::CivilDay today, const v1::UpdateRoleRequest& request,
                        v1::Role* response);
absl::Status DeleteRole(WriteTx& tx, const v1::DeleteRoleRequest& request);

}  // namespace rollcall::access

#endif  // ROLLCALL_SERVER_ACCESS_ROLES_H_
