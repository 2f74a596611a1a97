#include "server/access/base64_url.h"

#include "absl/strings/escaping.h"
#include "storage/status.h"

namespace rollcall::access {

std::optional<std::string> DecodeBase64Url(std::string_view text) {
  std::string bytes;
  if (!absl::WebSafeBase64Unescape(ToAbsl(text), &bytes)) return std::nullopt;
  if (absl::WebSafeBase64Escape(bytes) != ToAbsl(text)) return std::nullopt;
  return bytes;
}

}  // namespace rollcall::access
