// Where an issuer's keys come from, read once for each call.

#ifndef ROLLCALL_SERVER_ACCESS_ISSUER_KEY_SOURCE_H_
#define ROLLCALL_SERVER_ACCESS_ISSUER_KEY_SOURCE_H_

#include <stop_token>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "server/access/jwks.h"
#include "server/runtime/oidc_settings.h"

namespace rollcall::access {

// Reads the key set from the file, from the URL, or from where the issuer's discovery document
// says it is, whichever `settings` name. Every call reads anew.
//
// Errors:  kUnavailable: the network, see FetchText, or the file cannot be read.
//          kInvalidArgument: what was read is no key set, or no discovery document of that issuer.
//          The message says which and why and has nothing secret. Blocks. Thread-safe.
absl::StatusOr<KeySet> LoadKeySet(const runtime::OidcSettings& settings,
                                  const std::stop_token& stop);

// The address of OpenID Connect Discovery 1.0 section 4.
std::string DiscoveryUrl(std::string_view issuer);

// Returns `jwks_uri` of a discovery document. Errors: kInvalidArgument if the text is none, is not
// of `issuer` (section 4.3: the two must be equal), or names an address that is not to be asked:
// http:// on this machine is accepted only from an issuer that is there itself.
absl::StatusOr<std::string> KeySetUrl(std::string_view discovery, std::string_view issuer);

}  // namespace rollcall::access

#endif  // ROLLCALL_SERVER_ACCESS_ISSUER_KEY_SOURCE_H_
