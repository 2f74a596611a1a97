// The settings of rollcalld and where they come from.
//
// Each setting has one name in three spellings: the flag `--max-threads`, the environment variable
// `ROLLCALL_MAX_THREADS`, the key `max_threads` of the configuration file. A flag wins over the
// environment, the environment over the file, the file over the default below. A list given by
// a stronger source replaces the weaker one's, it does not add to it. An environment variable
// that is empty counts as not set; one that is no setting is ignored, since the client has
// variables of the same prefix. A flag or a key that is not known is refused.
//
// The file is TOML, restricted to `key = value` lines with strings, whole numbers, booleans and
// arrays of strings: no sections and no escapes within strings. deploy/rollcalld.toml shows all.

#ifndef ROLLCALL_SERVER_RUNTIME_CONFIG_H_
#define ROLLCALL_SERVER_RUNTIME_CONFIG_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/runtime/listen_address.h"
#include "server/runtime/logging.h"
#include "server/runtime/oidc_settings.h"

namespace rollcall::runtime {

// Read if it exists and neither --config nor ROLLCALL_CONFIG names another.
inline constexpr char kDefaultConfigPath[] = "/etc/rollcall/rollcalld.toml";

// Threads beyond `max_concurrent_calls` that the server needs to stay responsive: for health
// watchers, health checks, reflection, and refusing calls that are one too many.
inline constexpr int kThreadHeadroom = 24;
inline constexpr int kMinThreadHeadroom = 16;

struct Config {
  // What the command line asks the program to do.
  enum class Action {
    kServe,        // Serve.
    kShowText,     // Print `text` and end with status 0: --help or --version.
    kCheckConfig,  // Say that the configuration is right and end with status 0: --check-config.
  };
  Action action = Action::kServe;
  std::string text;

  // The file that was read; empty if none was.
  std::string config_file;

  // `listen`: at least one address. Repeat the flag, separate by commas in the environment, or
  // use an array in the file.
  std::vector<ListenAddress> listen = {{"127.0.0.1:50061", ""}};
  // `tls_certificate_file`, `tls_key_file`: the server's certificate with those between it and a
  // root, and its key; PEM. Needed as soon as one address is not a Unix socket. Not empty.
  std::string tls_certificate_file = "/etc/rollcall/server.crt";
  std::string tls_key_file = "/etc/rollcall/server.key";
  // `tls_client_ca_file`: who issues client certificates; empty: systems have none.
  // `tls_crl_file`: their lists of revocations; empty: nothing is ever revoked.
  std::string tls_client_ca_file = "/etc/rollcall/ca/ca.crt";
  std::string tls_crl_file = "/etc/rollcall/ca/ca.crl";
  // `socket_mode`: access to Unix sockets, 0600 or 0660.
  std::uint32_t socket_mode = 0600;

  // `data_dir`: where the database, its lock and its temporary files are. Not empty.
  std::string data_dir = "/var/lib/rollcall";
  // Where the key-encryption key is, outside of data_dir; exactly one of the three is not empty.
  // `key_file`: a file with the key; see server/access/key_file.h.
  std::string key_file = "/etc/rollcall/register.key";
  // `key_credential`: the name of a credential that systemd hands over.
  std::string key_credential;
  // `key_command`: a program and its arguments that ask an outside key service; see
  // server/access/key_command.h. Given as a list, as `listen` is.
  std::vector<std::string> key_command;
  // `audit_key_file`: the key that signs the log of what happened; see
  // server/audit/signing_key.h. Not empty.
  std::string audit_key_file = "/etc/rollcall/audit.key";
  // `backup_dir`: where backups go, better on another disk; empty in the configuration means
  // `backups` within data_dir. Never empty here.
  std::string backup_dir = "/var/lib/rollcall/backups";
  // `backup_keep`: how many stay when a new one is made, [0, 10000]; 0: all.
  int backup_keep = 30;
  // `catalog_dir`: where the shipped catalogue is. Not empty.
  std::string catalog_dir = "/usr/share/rollcall/catalog";

  // `time_zone`: IANA name; legal deadlines are days of this zone.
  std::string time_zone_name = "America/Chicago";
  absl::TimeZone time_zone;  // The zone of that name.

  // `log_level`, `log_file`.
  LogOptions log;

  // `max_concurrent_calls`: calls worked on at one time, [1, 4096]; more are refused.
  int max_concurrent_calls = 64;
  // `max_threads`: threads that serve calls, at least max_concurrent_calls + kMinThreadHeadroom;
  // 0 in the configuration means max_concurrent_calls + kThreadHeadroom. Never 0 here.
  int max_threads = 64 + kThreadHeadroom;

  // `max_calls_per_caller`: of them for one caller, [1, 4096]; `local` has no such bounds.
  int max_calls_per_caller = 32;
  // `max_streams_per_caller`: and of those, ones that stream, [1, 4096].
  int max_streams_per_caller = 8;
  // `calls_per_second`: calls that one caller may begin, over time, [0, 100000]; twice as many at
  // once; 0 means without limit.
  int calls_per_second = 200;
  // `long_calls_per_second`: of them those that may take minutes (classes LONG and STREAM in the
  // .proto), over time, [0, 100000]; eight times as many at once; 0 means without limit.
  int long_calls_per_second = 5;
  // `patience_seconds`: how long a stream waits for a caller who does not move, [1, 3600] seconds.
  absl::Duration patience = absl::Minutes(2);

  // `shutdown_grace_seconds`: what running calls get to finish in, [0, 3600] seconds.
  absl::Duration shutdown_grace = absl::Seconds(30);

  // `max_message_bytes`: the largest request, [65536, 64 MiB].
  std::int64_t max_message_bytes = std::int64_t{4} << 20;
  // `max_package_bytes`: the largest roster package as sent, [1 MiB, 1 TiB].
  std::int64_t max_package_bytes = std::int64_t{2} << 30;
  // `max_unpacked_bytes`: the same once unpacked, [1 MiB, 1 TiB].
  std::int64_t max_unpacked_bytes = std::int64_t{16} << 30;

  // `reflection`: whether clients on the network may ask for the description of the API, without
  // an identity; each such stream holds a thread. On Unix sockets they always may.
  bool reflection = false;

  // `oidc_*`: tokens of people. Checked: the addresses, that an audience is given with the issuer
  // and nothing without it. The files are not looked at.
  OidcSettings oidc;
};

// Reads the settings from the command line, the environment and the file, and checks them.
//
// With kShowText nothing else in the result means anything. Opens no socket and creates nothing.
// Errors:  kInvalidArgument with a message of one line that names the setting and its source;
//          reason INVALID_CONFIGURATION.
//          kFailedPrecondition, reason SOCKET_PATH: see CheckSocketPath, and CheckSocketUnused,
//          which is left out with --check-config since that may run beside the server.
// Not thread-safe: reads the environment.
absl::StatusOr<Config> LoadConfig(int argc, const char* const* argv);

}  // namespace rollcall::runtime

#endif  // ROLLCALL_SERVER_RUNTIME_CONFIG_H_
