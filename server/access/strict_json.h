// JSON as far as security may depend on it: what two readers could understand differently is not
// read at all.

#ifndef ROLLCALL_SERVER_ACCESS_STRICT_JSON_H_
#define ROLLCALL_SERVER_ACCESS_STRICT_JSON_H_

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace rollcall::access {

// How deep objects and arrays may lie within each other.
inline constexpr int kMaxJsonDepth = 8;

// Reads one object in UTF-8. None if the text is anything else, if an object has two members of
// one name (RFC 7515 section 4, RFC 7519 section 4), or if it is deeper than kMaxJsonDepth. The
// caller bounds the size.
std::optional<nlohmann::json> ParseJsonObject(std::string_view text);

// The member of that name if it is a string.
std::optional<std::string> TextMember(const nlohmann::json& object, const char* name);

}  // namespace rollcall::access

#endif  // ROLLCALL_SERVER_ACCESS_STRICT_JSON_H_
