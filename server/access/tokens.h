// Personal tokens: made by an administrator, told once, kept as a fingerprint, ended at once.

#ifndef ROLLCALL_SERVER_ACCESS_TOKENS_H_
#define ROLLCALL_SERVER_ACCESS_TOKENS_H_

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "rollcall/v1/access_service.pb.h"
#include "server/registry/collection.h"
#include "storage/store.h"

namespace rollcall::access {

inline constexpr absl::Duration kDefaultTokenLife = absl::Hours(90 * 24);
inline constexpr absl::Duration kLongestTokenLife = absl::Hours(366 * 24);

// Tokens for the standard reading methods.
const registry::Collection& Tokens();

// The methods of the API; errors as documented there. `*secret` becomes the token's text: it goes
// to the caller, and must be kept nowhere, not even in the answer to a repeated request.
absl::Status CreateToken(WriteTx& tx, absl::CivilDay today, runtime::IdGenerator& ids,
                         const v1::CreateTokenRequest& request, v1::Token* response,
                         std::string* secret);
absl::Status RevokeToken(WriteTx& tx, std::string_view name, v1::Token* response);

}  // namespace rollcall::access

#endif  // ROLLCALL_SERVER_ACCESS_TOKENS_H_
