#include "server/runtime/config.h"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <optional>
#include <sstream>
#include <string_view>
#include <system_error>
#include <utility>

#include "CLI/CLI.hpp"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "server/casework/clock.h"
#include "server/runtime/text.h"
#include "server/runtime/version.h"
#include "server/runtime/web_address.h"
#include "storage/status.h"

namespace rollcall::runtime {
namespace {

constexpr std::int64_t kKiB = 1024;
constexpr std::int64_t kMiB = 1024 * kKiB;
constexpr std::int64_t kTiB = 1024 * 1024 * kMiB;
constexpr std::uintmax_t kMaxConfigFileBytes = 1024 * 1024;

using Values = std::vector<std::string>;

absl::Status Invalid(std::string_view message) {
  // What the user typed may have line breaks; the answer is one line.
  return MakeError(
      absl::StatusCode::kInvalidArgument, "INVALID_CONFIGURATION",
      absl::StrReplaceAll(CleanText(message, 400), {{"\n", " "}, {"\r", " "}, {"\t", " "}}));
}

std::string Quoted(std::string_view text) { return absl::StrCat("'", CleanText(text, 120), "'"); }

// A setting takes its values, of which there is at least one, or says what is wrong with them.
struct Setting {
  std::string name;  // As in the file.
  std::string help;
  bool is_list;
  std::function<absl::Status(const Values&, Config&)> apply;
};

Setting Text(std::string name, std::string help, std::string Config::*member) {
  return {std::move(name), std::move(help), false, [member](const Values& values, Config& config) {
            if (values[0].empty()) return Invalid("must not be empty");
            if (values[0].find('\0') != std::string::npos) return Invalid("must not contain NUL");
            config.*member = values[0];
            return absl::OkStatus();
          }};
}

// A text that may be empty, which means that it is not set.
Setting OptionalText(std::string name, std::string help, std::string Config::*member) {
  return {std::move(name), std::move(help), false, [member](const Values& values, Config& config) {
            if (values[0].find('\0') != std::string::npos) return Invalid("must not contain NUL");
            config.*member = values[0];
            return absl::OkStatus();
          }};
}

absl::Status ReadNumber(const std::string& text, std::int64_t low, std::int64_t high,
                        std::int64_t& number) {
  const char* const end = text.data() + text.size();
  const auto result = std::from_chars(text.data(), end, number);
  if (result.ec != std::errc() || result.ptr != end || number < low || number > high) {
    return Invalid(absl::StrCat(Quoted(text), " is not a whole number from ", low, " to ", high));
  }
  return absl::OkStatus();
}

Setting Number(std::string name, std::string help, std::int64_t low, std::int64_t high,
               std::function<void(std::int64_t, Config&)> set) {
  return {std::move(name), std::move(help), false,
          [low, high, set = std::move(set)](const Values& values, Config& config) {
            std::int64_t number = 0;
            RC_RETURN_IF_ERROR(ReadNumber(values[0], low, high, number));
            set(number, config);
            return absl::OkStatus();
          }};
}

absl::Status ApplyListen(const Values& values, Config& config) {
  config.listen.clear();
  for (const std::string& value : values) {
    RC_ASSIGN_OR_RETURN(ListenAddress address, ParseListenAddress(value));
    config.listen.push_back(std::move(address));
  }
  return absl::OkStatus();
}

// The default is for whoever names no other source.
absl::Status ApplyKeyFile(const Values& values, Config& config) {
  if (values[0].find('\0') != std::string::npos) return Invalid("must not contain NUL");
  config.key_file = values[0];
  return absl::OkStatus();
}

absl::Status ApplyKeyCredential(const Values& values, Config& config) {
  if (values[0].find('\0') != std::string::npos || values[0].find('/') != std::string::npos) {
    return Invalid("is the name of a credential, without any folder");
  }
  config.key_credential = values[0];
  return absl::OkStatus();
}

absl::Status ApplyKeyCommand(const Values& values, Config& config) {
  config.key_command.clear();
  if (values.size() == 1 && values[0].empty()) return absl::OkStatus();
  if (!values[0].starts_with('/')) return Invalid("begins with the absolute path of a program");
  for (const std::string& value : values) {
    if (value.find('\0') != std::string::npos) return Invalid("must not contain NUL");
  }
  config.key_command = values;
  return absl::OkStatus();
}

absl::Status ApplySocketMode(const Values& values, Config& config) {
  if (values[0] != "0600" && values[0] != "0660") {
    return Invalid(absl::StrCat(Quoted(values[0]), " is neither 0600 nor 0660"));
  }
  config.socket_mode = values[0] == "0660" ? 0660 : 0600;
  return absl::OkStatus();
}

absl::Status ApplyLogLevel(const Values& values, Config& config) {
  const std::optional<LogLevel> level = ParseLogLevel(values[0]);
  if (!level.has_value()) {
    return Invalid(absl::StrCat(Quoted(values[0]), " is not debug, info, warning or error"));
  }
  config.log.level = *level;
  return absl::OkStatus();
}

absl::Status ApplyReflection(const Values& values, Config& config) {
  const std::string value = absl::AsciiStrToLower(values[0]);
  if (value != "true" && value != "on" && value != "false" && value != "off") {
    return Invalid(absl::StrCat(Quoted(values[0]), " is not true, false, on or off"));
  }
  config.reflection = value == "true" || value == "on";
  return absl::OkStatus();
}

// A text that may be empty, which means that it is not set.
Setting OidcText(std::string name, std::string help, std::string OidcSettings::*member) {
  return {std::move(name), std::move(help), false, [member](const Values& values, Config& config) {
            if (values[0].find('\0') != std::string::npos) return Invalid("must not contain NUL");
            config.oidc.*member = values[0];
            return absl::OkStatus();
          }};
}

Setting OidcAddress(std::string name, std::string help, std::string OidcSettings::*member) {
  return {std::move(name), std::move(help), false, [member](const Values& values, Config& config) {
            if (!values[0].empty()) {
              const absl::Status status = CheckWebAddress(values[0]);
              if (!status.ok()) {
                return Invalid(absl::StrCat(Quoted(values[0]), " ", status.message()));
              }
            }
            config.oidc.*member = values[0];
            return absl::OkStatus();
          }};
}

std::vector<Setting> AllSettings() {
  return {
      {"listen", "Address to listen on, repeatable: ADDRESS:PORT, [ADDRESS]:PORT or unix:/PATH",
       true, ApplyListen},
      Text("tls_certificate_file", "Certificate of the server, PEM", &Config::tls_certificate_file),
      Text("tls_key_file", "Its private key, PEM, which nobody else may read",
           &Config::tls_key_file),
      OptionalText("tls_client_ca_file", "Who issues client certificates, PEM; empty means nobody",
                   &Config::tls_client_ca_file),
      OptionalText("tls_crl_file", "Their lists of revocations, PEM; empty means none",
                   &Config::tls_crl_file),
      {"socket_mode", "Access to Unix sockets: 0600 (owner) or 0660 (owner and group)", false,
       ApplySocketMode},
      Text("data_dir", "Directory of the database", &Config::data_dir),
      {"key_file", "File with the key-encryption key, which nobody else may read", false,
       ApplyKeyFile},
      {"key_credential", "systemd credential with the key-encryption key, instead of a file", false,
       ApplyKeyCredential},
      {"key_command", "Program, with arguments, that asks a key service, instead of a file", true,
       ApplyKeyCommand},
      Text("audit_key_file", "File with the key that signs the log of what happened",
           &Config::audit_key_file),
      {"backup_dir", "Directory of backups; empty means `backups` within data_dir", false,
       [](const Values& values, Config& config) {
         if (values[0].find('\0') != std::string::npos) return Invalid("must not contain NUL");
         config.backup_dir = values[0];
         return absl::OkStatus();
       }},
      Number("backup_keep", "Backups that stay when a new one is made; 0 means all", 0, 10'000,
             [](std::int64_t n, Config& c) { c.backup_keep = static_cast<int>(n); }),
      Text("catalog_dir", "Directory of the shipped catalogue", &Config::catalog_dir),
      Text("time_zone", "IANA time zone in which legal days are counted", &Config::time_zone_name),
      {"log_level", "Least important events to log: debug, info, warning or error", false,
       ApplyLogLevel},
      {"log_file", "File to append the log to; empty means standard error", false,
       [](const Values& values, Config& config) {
         if (values[0].find('\0') != std::string::npos) return Invalid("must not contain NUL");
         config.log.file = values[0];
         return absl::OkStatus();
       }},
      Number("max_concurrent_calls", "Calls worked on at one time", 1, 4096,
             [](std::int64_t n, Config& c) { c.max_concurrent_calls = static_cast<int>(n); }),
      Number("max_threads", "Threads that serve calls; 0 chooses by max_concurrent_calls", 0, 8192,
             [](std::int64_t n, Config& c) { c.max_threads = static_cast<int>(n); }),
      Number("max_calls_per_caller", "Calls of one caller worked on at one time", 1, 4096,
             [](std::int64_t n, Config& c) { c.max_calls_per_caller = static_cast<int>(n); }),
      Number("max_streams_per_caller", "Streams of one caller at one time", 1, 4096,
             [](std::int64_t n, Config& c) { c.max_streams_per_caller = static_cast<int>(n); }),
      Number("calls_per_second", "Calls that one caller may begin over time; 0 is no limit", 0,
             100'000, [](std::int64_t n, Config& c) { c.calls_per_second = static_cast<int>(n); }),
      Number("long_calls_per_second",
             "Of them those that may take minutes, such as exposures; 0 is no limit", 0, 100'000,
             [](std::int64_t n, Config& c) { c.long_calls_per_second = static_cast<int>(n); }),
      Number("patience_seconds", "How long a stream waits for a caller who does not move", 1, 3600,
             [](std::int64_t n, Config& c) { c.patience = absl::Seconds(n); }),
      Number("shutdown_grace_seconds", "What running calls get to finish in", 0, 3600,
             [](std::int64_t n, Config& c) { c.shutdown_grace = absl::Seconds(n); }),
      Number("max_message_bytes", "Largest request", 64 * kKiB, 64 * kMiB,
             [](std::int64_t n, Config& c) { c.max_message_bytes = n; }),
      Number("max_package_bytes", "Largest roster package as sent", kMiB, kTiB,
             [](std::int64_t n, Config& c) { c.max_package_bytes = n; }),
      Number("max_unpacked_bytes", "Largest roster package once unpacked", kMiB, kTiB,
             [](std::int64_t n, Config& c) { c.max_unpacked_bytes = n; }),
      {"reflection",
       "Whether anybody on the network may ask for the description of the API: on or off", false,
       ApplyReflection},
      OidcAddress("oidc_issuer", "Issuer of people's OpenID Connect tokens; empty means none",
                  &OidcSettings::issuer),
      OidcText("oidc_audience", "Audience that a token must name, such as the client's id",
               &OidcSettings::audience),
      OidcAddress("oidc_jwks_url", "Address of the issuer's keys; empty means discovery",
                  &OidcSettings::jwks_url),
      OidcText("oidc_jwks_file", "File with the issuer's keys, instead of an address",
               &OidcSettings::jwks_file),
      OidcText("oidc_subject_claim", "Claim of a token that names the person",
               &OidcSettings::subject_claim),
      Number("oidc_clock_skew_seconds", "How far the issuer's clock may be off", 0, 600,
             [](std::int64_t n, Config& c) { c.oidc.clock_skew = absl::Seconds(n); }),
      OidcText("oidc_ca_file", "Certificates trusted when fetching keys; empty means the system's",
               &OidcSettings::ca_file),
  };
}

std::string FlagName(const std::string& name) {
  return absl::StrCat("--", absl::StrReplaceAll(name, {{"_", "-"}}));
}

std::string VariableName(const std::string& name) {
  return absl::StrCat("ROLLCALL_", absl::AsciiStrToUpper(name));
}

// The values of one setting and the words for where they come from.
struct Given {
  Values values;
  std::string source;
};

// What the command line and the environment say.
struct CommandLine {
  std::map<std::string, Given> given;
  std::string config_file;  // Empty: none named.
  Config::Action action = Config::Action::kServe;
  std::string text;
};

absl::StatusOr<CommandLine> ParseCommandLine(int argc, const char* const* argv,
                                             const std::vector<Setting>& settings) {
  CLI::App app("The Rollcall server: which vendors hold which student data.", "rollcalld");
  app.footer(
      "Other commands, each with --help of its own: rollcalld init; rollcalld certificate; "
      "rollcalld replace-key. And rollcalld verify; rollcalld verify-backup FILE; rollcalld "
      "restore "
      "FILE, followed by these settings.");
  app.set_version_flag("--version", absl::StrCat("rollcalld ", kVersion));
  CommandLine result;
  bool check_config = false;
  app.add_option("--config", result.config_file,
                 absl::StrCat("Configuration file; default ", kDefaultConfigPath, " if it exists"))
      ->envname("ROLLCALL_CONFIG");
  app.add_flag("--check-config", check_config, "Check the configuration and end");
  std::map<std::string, CLI::Option*> options;
  std::map<std::string, Values> values;
  for (const Setting& setting : settings) {
    CLI::Option* const option =
        app.add_option(FlagName(setting.name), values[setting.name], setting.help);
    option->expected(1)->envname(VariableName(setting.name))->type_name("VALUE");
    if (setting.is_list) {
      option->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)->delimiter(',');
    }
    options[setting.name] = option;
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    result.action = Config::Action::kShowText;
    result.text = app.help();
    return result;
  } catch (const CLI::CallForVersion& version) {
    result.action = Config::Action::kShowText;
    result.text = absl::StrCat(version.what(), "\n");
    return result;
  } catch (const CLI::Error& error) {
    return Invalid(absl::StrCat(error.what(), "; see rollcalld --help"));
  }
  if (check_config) result.action = Config::Action::kCheckConfig;
  for (const auto& [name, option] : options) {
    if (option->count() == 0) continue;
    result.given[name] = {values[name], absl::StrCat(FlagName(name), " or ", VariableName(name))};
  }
  return result;
}

absl::Status ReadFile(const std::string& path, const std::vector<Setting>& settings,
                      std::map<std::string, Given>& given) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(path, error)) {
    return Invalid(absl::StrCat("the configuration file ", Quoted(path), " does not exist"));
  }
  if (std::filesystem::file_size(path, error) > kMaxConfigFileBytes) {
    return Invalid(absl::StrCat("the configuration file ", Quoted(path), " is over 1 MiB"));
  }
  std::ifstream file(path, std::ios::binary);
  std::stringstream content;
  content << file.rdbuf();
  if (!file) {
    return Invalid(absl::StrCat("the configuration file ", Quoted(path), " cannot be read"));
  }
  // The parser closes an open array silently and loses its last character.
  const std::string text = content.str();
  if (std::count(text.begin(), text.end(), '[') != std::count(text.begin(), text.end(), ']')) {
    return Invalid(absl::StrCat("a [ is not closed in ", path));
  }
  std::vector<CLI::ConfigItem> items;
  try {
    items = CLI::ConfigTOML().from_config(content);
  } catch (const std::exception& failure) {
    return Invalid(
        absl::StrCat("the configuration file ", Quoted(path), " is malformed: ", failure.what()));
  }
  std::map<std::string, Given> from_file;
  for (CLI::ConfigItem& item : items) {
    if (!item.parents.empty()) {
      return Invalid(absl::StrCat("unknown section ", Quoted(item.parents.front()), " in ", path));
    }
    const bool known = std::any_of(settings.begin(), settings.end(), [&](const Setting& setting) {
      return setting.name == item.name;
    });
    if (!known) return Invalid(absl::StrCat("unknown key ", Quoted(item.name), " in ", path));
    // The parser keeps quotes that do not match, and sees a comment in "a#b".
    for (const std::string& value : item.inputs) {
      if (value.find('"') != std::string::npos || value.starts_with('\'')) {
        return Invalid(absl::StrCat(item.name, " in ", path,
                                    ": a string is not closed, or has a quote or # in it"));
      }
    }
    if (!from_file.emplace(item.name, Given{item.inputs, absl::StrCat(item.name, " in ", path)})
             .second) {
      return Invalid(absl::StrCat(item.name, " is given twice in ", path));
    }
  }
  given.merge(from_file);  // Keeps what the stronger sources gave.
  return absl::OkStatus();
}

absl::Status Apply(const Setting& setting, const Given& given, Config& config) {
  if (given.values.empty() || (given.values.size() > 1 && !setting.is_list)) {
    return Invalid(absl::StrCat(given.source, ": needs ",
                                setting.is_list ? "at least one value" : "exactly one value"));
  }
  const absl::Status status = setting.apply(given.values, config);
  if (status.ok()) return status;
  return Invalid(absl::StrCat(given.source, ": ", status.message()));
}

absl::Status CheckOidc(const OidcSettings& oidc) {
  if (oidc.issuer.empty()) {
    if (oidc.audience.empty() && oidc.jwks_url.empty() && oidc.jwks_file.empty()) {
      return absl::OkStatus();
    }
    return Invalid("oidc_audience, oidc_jwks_url and oidc_jwks_file need oidc_issuer");
  }
  if (oidc.audience.empty()) return Invalid("oidc_issuer needs oidc_audience");
  if (oidc.subject_claim.empty()) return Invalid("oidc_subject_claim must not be empty");
  if (!oidc.jwks_url.empty() && !oidc.jwks_file.empty()) {
    return Invalid("oidc_jwks_url and oidc_jwks_file exclude each other");
  }
  return absl::OkStatus();
}

absl::Status CheckKeySources(const Config& config) {
  const int sources = (config.key_file.empty() ? 0 : 1) + (config.key_credential.empty() ? 0 : 1) +
                      (config.key_command.empty() ? 0 : 1);
  if (sources == 1) return absl::OkStatus();
  return Invalid(sources == 0 ? "one of key_file, key_credential and key_command is needed"
                              : "key_file, key_credential and key_command exclude each other");
}

absl::Status CheckTogether(Config& config) {
  const absl::StatusOr<absl::TimeZone> zone = casework::LoadZone(config.time_zone_name);
  if (!zone.ok()) return Invalid(absl::StrCat("time_zone: ", zone.status().message()));
  config.time_zone = *zone;
  if (config.max_threads == 0) config.max_threads = config.max_concurrent_calls + kThreadHeadroom;
  if (config.max_threads < config.max_concurrent_calls + kMinThreadHeadroom) {
    return Invalid(absl::StrCat("max_threads must be 0 or at least max_concurrent_calls + ",
                                kMinThreadHeadroom, " = ",
                                config.max_concurrent_calls + kMinThreadHeadroom));
  }
  RC_RETURN_IF_ERROR(CheckKeySources(config));
  RC_RETURN_IF_ERROR(CheckOidc(config.oidc));
  for (const ListenAddress& address : config.listen) {
    if (address.socket_path.empty()) continue;
    RC_RETURN_IF_ERROR(CheckSocketPath(address.socket_path));
    if (config.action == Config::Action::kServe) {
      RC_RETURN_IF_ERROR(CheckSocketUnused(address.socket_path));
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Config> LoadConfig(int argc, const char* const* argv) {
  const std::vector<Setting> settings = AllSettings();
  RC_ASSIGN_OR_RETURN(CommandLine command_line, ParseCommandLine(argc, argv, settings));
  Config config;
  config.action = command_line.action;
  config.text = command_line.text;
  if (config.action == Config::Action::kShowText) return config;
  config.config_file = command_line.config_file;
  std::error_code error;
  if (config.config_file.empty() && std::filesystem::exists(kDefaultConfigPath, error)) {
    config.config_file = kDefaultConfigPath;
  }
  if (!config.config_file.empty()) {
    RC_RETURN_IF_ERROR(ReadFile(config.config_file, settings, command_line.given));
  }
  // A bare max_concurrent_calls must not collide with the default of max_threads.
  config.max_threads = 0;
  // The folder within whatever data_dir is given.
  config.backup_dir.clear();
  // Nor the default of key_file with another source of the key.
  config.key_file.clear();
  for (const Setting& setting : settings) {
    const auto given = command_line.given.find(setting.name);
    if (given == command_line.given.end()) continue;
    RC_RETURN_IF_ERROR(Apply(setting, given->second, config));
  }
  if (config.key_file.empty() && config.key_credential.empty() && config.key_command.empty()) {
    config.key_file = Config().key_file;
  }
  if (config.backup_dir.empty()) config.backup_dir = absl::StrCat(config.data_dir, "/backups");
  RC_RETURN_IF_ERROR(CheckTogether(config));
  return config;
}

}  // namespace rollcall::runtime
