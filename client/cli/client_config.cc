#include "client/cli/client_config.h"

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <sstream>

#include "absl/strings/str_cat.h"
#include "client/cli/local_file.h"

namespace rollcall::cli {
namespace {

namespace fs = std::filesystem;

std::string Variable(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr ? "" : value;
}

// Empty if there is no place to look at.
fs::path DefaultPath() {
  const std::string base = Variable("XDG_CONFIG_HOME");
  const std::string home = Variable("HOME");
  if (!base.empty()) return fs::path(base) / "rollcall/client.toml";
  if (!home.empty()) return fs::path(home) / ".config/rollcall/client.toml";
  return {};
}

absl::Status Wrong(const fs::path& path, const std::string& what) {
  return absl::InvalidArgumentError(absl::StrCat(path.string(), ": ", what));
}

absl::StatusOr<ClientConfig> ReadFile(const fs::path& path) {
  const absl::StatusOr<std::string> text = ReadWholeFile(path.string());
  if (!text.ok()) return absl::InvalidArgumentError(text.status().message());
  std::istringstream file(*text);
  std::vector<CLI::ConfigItem> items;
  try {
    items = CLI::ConfigTOML().from_config(file);
  } catch (const std::exception&) {
    return Wrong(path, "is malformed; write key = \"value\" lines");
  }
  ClientConfig config;
  const std::map<std::string, std::string*> keys = {
      {"address", &config.address},         {"ca", &config.ca},
      {"certificate", &config.certificate}, {"key", &config.key},
      {"token_file", &config.token_file},   {"output", &config.output},
      {"timeout", &config.timeout}};
  for (const CLI::ConfigItem& item : items) {
    const auto key = keys.find(item.name);
    if (key == keys.end() || !item.parents.empty()) {
      return Wrong(path, absl::StrCat("unknown key ", item.fullname()));
    }
    if (item.inputs.size() != 1 || item.inputs[0].find('"') != std::string::npos) {
      return Wrong(path, absl::StrCat(item.name, " needs one string"));
    }
    *key->second = item.inputs[0];
  }
  for (std::string* name : {&config.ca, &config.certificate, &config.key, &config.token_file}) {
    if (!name->empty()) *name = (path.parent_path() / *name).string();
  }
  return config;
}

}  // namespace

absl::StatusOr<ClientConfig> ReadClientConfig() {
  if (const std::string named = Variable("ROLLCALL_CLIENT_CONFIG"); !named.empty()) {
    return ReadFile(named);
  }
  const fs::path path = DefaultPath();
  std::error_code ignored;
  if (path.empty() || !fs::exists(path, ignored)) return ClientConfig();
  return ReadFile(path);
}

}  // namespace rollcall::cli
