#include "server/access/strict_json.h"

#include <set>
#include <utility>
#include <vector>

namespace rollcall::access {

std::optional<nlohmann::json> ParseJsonObject(std::string_view text) {
  using Event = nlohmann::json::parse_event_t;
  std::vector<std::set<std::string>> names;  // Of the objects that are open.
  bool refused = false;
  const auto watch = [&](int depth, Event event, nlohmann::json& value) {
    if (depth > kMaxJsonDepth) refused = true;
    if (refused) return false;
    if (event == Event::object_start) names.emplace_back();
    if (event == Event::object_end) names.pop_back();
    if (event == Event::key && !names.back().insert(value.get<std::string>()).second) {
      refused = true;
    }
    return !refused;
  };
  nlohmann::json value = nlohmann::json::parse(text, watch, /*allow_exceptions=*/false);
  if (refused || !value.is_object()) return std::nullopt;
  return value;
}

std::optional<std::string> TextMember(const nlohmann::json& object, const char* name) {
  const auto member = object.find(name);
  if (member == object.end() || !member->is_string()) return std::nullopt;
  return member->get<std::string>();
}

}  // namespace rollcall::access
