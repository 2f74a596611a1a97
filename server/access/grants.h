// Grants: roles in the hands of principals.

#ifndef ROLLCALL_SERVER_ACCESS_GRANTS_H_
#define ROLLCALL_SERVER_ACCESS_GRANTS_H_

#include <string_view>

#include "absl/status/status.h"
#include "rollcall/v1/access_service.pb.h"
#include "server/registry/collection.h"
#include "storage/store.h"

namespace rollcall::access {

// Grants for the standard methods; CreateGrant and DeleteGrant below write them.
const registry::Collection& Grants();

// The methods of the API; errors as documented there. A principal gets a role that it has already:
// kAlreadyExists, GRANT_EXISTS; a grant that has ended does not count.
absl::Status CreateGrant(WriteTx& tx, absl::CivilDay today, runtime::IdGenerator& ids,
                         const v1::CreateGrantRequest& request, v1::Grant* response);
absl::Status DeleteGrant(WriteTx& tx, const v1::DeleteGrantRequest& request);

}  // namespace rollcall::access

#endif  // ROLLCALL_SERVER_ACCESS_GRANTS_H_
