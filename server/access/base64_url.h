// base64url without padding, RFC 4648 section 5, as JSON Web Tokens and Keys use it.

#ifndef ROLLCALL_SERVER_ACCESS_BASE64_URL_H_
#define ROLLCALL_SERVER_ACCESS_BASE64_URL_H_

#include <optional>
#include <string>
#include <string_view>

namespace rollcall::access {

// The bytes of a text. None unless it is the one text that those bytes are written as: padding,
// other characters and stray bits at the end are refused, so that no token has two spellings.
std::optional<std::string> DecodeBase64Url(std::string_view text);

}  // namespace rollcall::access

#endif  // ROLLCALL_SERVER_ACCESS_BASE64_URL_H_
