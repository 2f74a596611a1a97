#include "server/runtime/config.h"

#include <cstdlib>
#include <map>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/runtime/version.h"
#include "storage/status.h"
#include "tests/runtime/temp_dir.h"

namespace rollcall::runtime {
namespace {

using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr char kSampleFile[] = ROLLCALL_SOURCE_DIR "/deploy/rollcalld.toml";

auto Target(const std::string& target) { return Field(&ListenAddress::target, target); }

// Loads settings with nothing from the machine's own configuration: an empty file stands in for
// the default one unless the test names another.
class ConfigTest : public ::testing::Test {
 protected:
  ~ConfigTest() override {
    for (const auto& [name, value] : environment_) unsetenv(name.c_str());
  }

  void SetEnvironment(const std::string& name, const std::string& value) {
    environment_[name] = value;
    setenv(name.c_str(), value.c_str(), 1);
  }

  // `file` is the content of the configuration file.
  absl::StatusOr<Config> Load(const std::vector<std::string>& arguments,
                              const std::string& file = "") {
    std::vector<std::string> all = {"rollcalld", "--config",
                                    directory_.Write("rollcalld.toml", file)};
    all.insert(all.end(), arguments.begin(), arguments.end());
    return LoadExactly(all);
  }

  static absl::StatusOr<Config> LoadExactly(const std::vector<std::string>& arguments) {
    std::vector<const char*> argv;
    for (const std::string& argument : arguments) argv.push_back(argument.c_str());
    return LoadConfig(static_cast<int>(argv.size()), argv.data());
  }

  // The message of a refused configuration.
  std::string Refusal(const std::vector<std::string>& arguments, const std::string& file = "") {
    const absl::StatusOr<Config> config = Load(arguments, file);
    EXPECT_EQ(config.status().code(), absl::StatusCode::kInvalidArgument) << file;
    EXPECT_THAT(std::string(config.status().message()), Not(HasSubstr("\n")));
    return std::string(config.status().message());
  }

  rollcall::testing::TempDir directory_;
  std::map<std::string, std::string> environment_;
};

TEST_F(ConfigTest, HasDefaults) {
  const auto config = Load({});
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(config->action, Config::Action::kServe);
  EXPECT_THAT(config->listen, ElementsAre(Target("127.0.0.1:50061")));
  EXPECT_EQ(config->socket_mode, 0600U);
  EXPECT_EQ(config->data_dir, "/var/lib/rollcall");
  EXPECT_EQ(config->key_file, "/etc/rollcall/register.key");
  EXPECT_EQ(config->key_credential, "");
  EXPECT_THAT(config->key_command, IsEmpty());
  EXPECT_EQ(config->time_zone_name, "America/Chicago");
  EXPECT_EQ(config->time_zone.name(), "America/Chicago");
  EXPECT_EQ(config->log.level, LogLevel::kInfo);
  EXPECT_EQ(config->log.file, "");
  EXPECT_EQ(config->max_concurrent_calls, 64);
  EXPECT_EQ(config->max_threads, 64 + kThreadHeadroom);
  EXPECT_EQ(config->max_calls_per_caller, 32);
  EXPECT_EQ(config->max_streams_per_caller, 8);
  EXPECT_EQ(config->calls_per_second, 200);
  EXPECT_EQ(config->long_calls_per_second, 5);
  EXPECT_EQ(config->patience, absl::Seconds(120));
  EXPECT_EQ(config->shutdown_grace, absl::Seconds(30));
  EXPECT_EQ(config->max_message_bytes, 4 * 1024 * 1024);
  EXPECT_FALSE(config->reflection);
  EXPECT_EQ(config->config_file, directory_.Path("rollcalld.toml"));
}

TEST_F(ConfigTest, EverySettingCanStandInTheFile) {
  const auto config = Load({}, R"(# comment
listen = ["127.0.0.1:1", "[::1]:2"]
socket_mode = "0660"
data_dir = "/srv/data"   # and here
key_file = ""
key_credential = ""
key_command = ["/usr/lib/kms", "--key", "a,b"]
audit_key_file = "/srv/audit.key"
catalog_dir = '/srv/catalog'
time_zone = "America/New_York"
log_level = "debug"
log_file = "/var/log/rollcalld.log"

max_concurrent_calls = 5
max_threads = 40
max_calls_per_caller = 4
max_streams_per_caller = 3
calls_per_second = 0
long_calls_per_second = 7
patience_seconds = 9
shutdown_grace_seconds = 0
max_message_bytes = 65536
max_package_bytes = 1048576
max_unpacked_bytes = 1099511627776
reflection = true
tls_certificate_file = "/srv/tls/server.crt"
tls_key_file = "/srv/tls/server.key"
tls_client_ca_file = ""
tls_crl_file = ""
oidc_issuer = "https://id.example/realms/district"
oidc_audience = "rollcall"
oidc_jwks_url = "https://id.example/keys"
oidc_jwks_file = ""
oidc_subject_claim = "email"
oidc_clock_skew_seconds = 0
oidc_ca_file = "/etc/ssl/district.pem"
)");
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_THAT(config->listen, ElementsAre(Target("127.0.0.1:1"), Target("[::1]:2")));
  EXPECT_EQ(config->socket_mode, 0660U);
  EXPECT_EQ(config->data_dir, "/srv/data");
  EXPECT_EQ(config->key_file, "");
  EXPECT_EQ(config->key_credential, "");
  EXPECT_THAT(config->key_command, ElementsAre("/usr/lib/kms", "--key", "a,b"));
  EXPECT_EQ(config->catalog_dir, "/srv/catalog");
  EXPECT_EQ(config->time_zone.name(), "America/New_York");
  EXPECT_EQ(config->log.level, LogLevel::kDebug);
  EXPECT_EQ(config->log.file, "/var/log/rollcalld.log");
  EXPECT_EQ(config->audit_key_file, "/srv/audit.key");
  EXPECT_EQ(config->max_concurrent_calls, 5);
  EXPECT_EQ(config->max_threads, 40);
  EXPECT_EQ(config->max_calls_per_caller, 4);
  EXPECT_EQ(config->max_streams_per_caller, 3);
  EXPECT_EQ(config->calls_per_second, 0);
  EXPECT_EQ(config->long_calls_per_second, 7);
  EXPECT_EQ(config->patience, absl::Seconds(9));
  EXPECT_EQ(config->shutdown_grace, absl::ZeroDuration());
  EXPECT_EQ(config->max_message_bytes, 65536);
  EXPECT_EQ(config->max_package_bytes, 1048576);
  EXPECT_EQ(config->max_unpacked_bytes, 1099511627776);
  EXPECT_TRUE(config->reflection);
  EXPECT_EQ(config->tls_certificate_file, "/srv/tls/server.crt");
  EXPECT_EQ(config->tls_key_file, "/srv/tls/server.key");
  EXPECT_EQ(config->tls_client_ca_file, "");
  EXPECT_EQ(config->tls_crl_file, "");
  EXPECT_EQ(config->oidc.issuer, "https://id.example/realms/district");
  EXPECT_EQ(config->oidc.audience, "rollcall");
  EXPECT_EQ(config->oidc.jwks_url, "https://id.example/keys");
  EXPECT_EQ(config->oidc.jwks_file, "");
  EXPECT_EQ(config->oidc.subject_claim, "email");
  EXPECT_EQ(config->oidc.clock_skew, absl::ZeroDuration());
  EXPECT_EQ(config->oidc.ca_file, "/etc/ssl/district.pem");
}

TEST_F(ConfigTest, SampleFileHoldsEverySettingWithItsDefault) {
  const auto sample = LoadExactly({"rollcalld", "--config", kSampleFile});
  ASSERT_TRUE(sample.ok()) << sample.status();
  const auto bare = Load({});
  ASSERT_TRUE(bare.ok()) << bare.status();
  EXPECT_EQ(sample->listen, bare->listen);
  EXPECT_EQ(sample->socket_mode, bare->socket_mode);
  EXPECT_EQ(sample->tls_certificate_file, bare->tls_certificate_file);
  EXPECT_EQ(sample->tls_key_file, bare->tls_key_file);
  EXPECT_EQ(sample->tls_client_ca_file, bare->tls_client_ca_file);
  EXPECT_EQ(sample->tls_crl_file, bare->tls_crl_file);
  EXPECT_EQ(sample->data_dir, bare->data_dir);
  EXPECT_EQ(sample->key_file, bare->key_file);
  EXPECT_EQ(sample->key_credential, bare->key_credential);
  EXPECT_EQ(sample->key_command, bare->key_command);
  EXPECT_EQ(sample->audit_key_file, bare->audit_key_file);
  EXPECT_EQ(sample->backup_dir, bare->backup_dir);
  EXPECT_EQ(bare->backup_dir, bare->data_dir + "/backups");
  EXPECT_EQ(sample->backup_keep, bare->backup_keep);
  EXPECT_EQ(sample->catalog_dir, bare->catalog_dir);
  EXPECT_EQ(sample->time_zone_name, bare->time_zone_name);
  EXPECT_EQ(sample->log.level, bare->log.level);
  EXPECT_EQ(sample->log.file, bare->log.file);
  EXPECT_EQ(sample->max_concurrent_calls, bare->max_concurrent_calls);
  EXPECT_EQ(sample->max_threads, bare->max_threads);
  EXPECT_EQ(sample->max_calls_per_caller, bare->max_calls_per_caller);
  EXPECT_EQ(sample->max_streams_per_caller, bare->max_streams_per_caller);
  EXPECT_EQ(sample->calls_per_second, bare->calls_per_second);
  EXPECT_EQ(sample->long_calls_per_second, bare->long_calls_per_second);
  EXPECT_EQ(sample->patience, bare->patience);
  EXPECT_EQ(sample->shutdown_grace, bare->shutdown_grace);
  EXPECT_EQ(sample->max_message_bytes, bare->max_message_bytes);
  EXPECT_EQ(sample->max_package_bytes, bare->max_package_bytes);
  EXPECT_EQ(sample->max_unpacked_bytes, bare->max_unpacked_bytes);
  EXPECT_EQ(sample->reflection, bare->reflection);
  EXPECT_EQ(sample->oidc.issuer, bare->oidc.issuer);
  EXPECT_EQ(sample->oidc.audience, bare->oidc.audience);
  EXPECT_EQ(sample->oidc.jwks_url, bare->oidc.jwks_url);
  EXPECT_EQ(sample->oidc.jwks_file, bare->oidc.jwks_file);
  EXPECT_EQ(sample->oidc.subject_claim, bare->oidc.subject_claim);
  EXPECT_EQ(sample->oidc.clock_skew, bare->oidc.clock_skew);
  EXPECT_EQ(sample->oidc.ca_file, bare->oidc.ca_file);
}

TEST_F(ConfigTest, TheKeyHasOneSource) {
  EXPECT_EQ(Load({"--key-credential", "rollcall"})->key_file, "");
  EXPECT_EQ(Load({"--key-credential", "rollcall"})->key_credential, "rollcall");
  EXPECT_THAT(Load({"--key-command", "/kms", "--key-command", "x"})->key_command,
              ElementsAre("/kms", "x"));
  SetEnvironment("ROLLCALL_KEY_COMMAND", "/kms,arg");
  EXPECT_THAT(Load({})->key_command, ElementsAre("/kms", "arg"));
  SetEnvironment("ROLLCALL_KEY_COMMAND", "");
  EXPECT_THAT(Refusal({"--key-file", "/a", "--key-credential", "b"}),
              HasSubstr("exclude each other"));
  EXPECT_THAT(Refusal({"--key-credential", "b"}, "key_command = [\"/kms\"]\n"),
              HasSubstr("exclude each other"));
  EXPECT_THAT(Refusal({"--key-credential", "../b"}), HasSubstr("without any folder"));
  EXPECT_THAT(Refusal({"--key-command", "kms"}), HasSubstr("absolute path"));
}

TEST_F(ConfigTest, OidcSettingsBelongTogether) {
  const std::string issuer = "oidc_issuer = \"https://id.example\"\n";
  const std::string audience = "oidc_audience = \"rollcall\"\n";
  const std::string file = "oidc_jwks_file = \"/etc/keys.json\"\n";
  const std::string url = "oidc_jwks_url = \"https://id.example/keys\"\n";
  EXPECT_TRUE(Load({}, issuer + audience).ok());
  EXPECT_TRUE(Load({}, issuer + audience + file).ok());
  EXPECT_TRUE(Load({}, issuer + audience + url).ok());
  EXPECT_THAT(Refusal({}, issuer), HasSubstr("needs oidc_audience"));
  EXPECT_THAT(Refusal({}, audience), HasSubstr("need oidc_issuer"));
  EXPECT_THAT(Refusal({}, file), HasSubstr("need oidc_issuer"));
  EXPECT_THAT(Refusal({}, url), HasSubstr("need oidc_issuer"));
  EXPECT_THAT(Refusal({}, issuer + audience + file + url), HasSubstr("exclude each other"));
  EXPECT_THAT(Refusal({}, issuer + audience + "oidc_subject_claim = \"\"\n"),
              HasSubstr("oidc_subject_claim"));
  EXPECT_THAT(Refusal({"--oidc-issuer", "http://id.example"}), HasSubstr("https://"));
  EXPECT_THAT(Refusal({"--oidc-clock-skew-seconds", "601"}), HasSubstr("0 to 600"));
}

TEST_F(ConfigTest, FlagWinsOverEnvironmentOverFileOverDefault) {
  const std::string file = "data_dir = \"/file\"\n";
  EXPECT_EQ(Load({})->data_dir, "/var/lib/rollcall");
  EXPECT_EQ(Load({}, file)->data_dir, "/file");
  SetEnvironment("ROLLCALL_DATA_DIR", "/environment");
  EXPECT_EQ(Load({}, file)->data_dir, "/environment");
  EXPECT_EQ(Load({"--data-dir", "/flag"}, file)->data_dir, "/flag");
  SetEnvironment("ROLLCALL_DATA_DIR", "");
  EXPECT_EQ(Load({}, file)->data_dir, "/file");
}

TEST_F(ConfigTest, StrongerListReplacesTheWeakerOne) {
  const std::string file = "listen = [\"127.0.0.1:1\", \"127.0.0.1:2\"]\n";
  SetEnvironment("ROLLCALL_LISTEN", "127.0.0.1:3,127.0.0.1:4");
  EXPECT_THAT(Load({}, file)->listen, ElementsAre(Target("127.0.0.1:3"), Target("127.0.0.1:4")));
  EXPECT_THAT(Load({"--listen", "127.0.0.1:5", "--listen=[::1]:6"}, file)->listen,
              ElementsAre(Target("127.0.0.1:5"), Target("[::1]:6")));
}

TEST_F(ConfigTest, EnvironmentNamesTheFile) {
  SetEnvironment("ROLLCALL_CONFIG", directory_.Write("other.toml", "max_concurrent_calls = 7\n"));
  EXPECT_EQ(LoadExactly({"rollcalld"})->max_concurrent_calls, 7);
  EXPECT_EQ(Load({})->max_concurrent_calls, 64);
}

TEST_F(ConfigTest, UnknownNamesAreRefused) {
  EXPECT_THAT(Refusal({"--max-treads", "40"}), HasSubstr("--max-treads"));
  EXPECT_THAT(Refusal({"serve"}), HasSubstr("serve"));
  EXPECT_THAT(Refusal({}, "max_treads = 40\n"), HasSubstr("max_treads"));
  EXPECT_THAT(Refusal({}, "max-threads = 90\n"), HasSubstr("max-threads"));
  EXPECT_THAT(Refusal({}, "[server]\nmax_threads = 90\n"), HasSubstr("unknown section 'server'"));
  EXPECT_THAT(Refusal({}, "[server]\n"), HasSubstr("server"));
  EXPECT_THAT(Refusal({}, "config = \"x\"\n"), HasSubstr("config"));
  EXPECT_THAT(Refusal({}, "some words\n"), HasSubstr("some words"));
  EXPECT_THAT(Refusal({}, "server.data_dir = \"x\"\n"), HasSubstr("server"));
}

TEST_F(ConfigTest, EnvironmentOfTheClientIsIgnored) {
  SetEnvironment("ROLLCALL_NO_SUCH_SETTING", "x");
  EXPECT_TRUE(Load({}).ok());
}

TEST_F(ConfigTest, WrongValuesAreRefusedByNameAndSource) {
  EXPECT_THAT(Refusal({"--max-threads", "many"}), HasSubstr("--max-threads"));
  EXPECT_THAT(Refusal({}, "max_threads = 12x\n"),
              HasSubstr("max_threads in " + directory_.Path("rollcalld.toml")));
  SetEnvironment("ROLLCALL_LOG_LEVEL", "loud");
  EXPECT_THAT(Refusal({}), HasSubstr("ROLLCALL_LOG_LEVEL"));
}

TEST_F(ConfigTest, WrongValuesAreRefused) {
  for (const char* line : {"max_concurrent_calls = 0",
                           "max_concurrent_calls = 4097",
                           "max_concurrent_calls = -1",
                           "max_concurrent_calls = 1.5",
                           "max_concurrent_calls = ",
                           "max_concurrent_calls = [1, 2]",
                           "max_concurrent_calls = 99999999999999999999",
                           "max_concurrent_calls",
                           "shutdown_grace_seconds = 3601",
                           "max_message_bytes = 65535",
                           "max_message_bytes = 67108865",
                           "max_package_bytes = 1",
                           "max_unpacked_bytes = 1",
                           "time_zone = \"Chicago\"",
                           "time_zone = \"\"",
                           "time_zone = \"/etc/localtime\"",
                           "log_level = \"INFO\"",
                           "socket_mode = \"0666\"",
                           "socket_mode = 600",
                           "data_dir = \"\"",
                           "catalog_dir = \"\"",
                           "reflection = maybe",
                           "reflection = 1",
                           "listen = \"\"",
                           "listen = []",
                           "listen = \"register.example:50061\"",
                           "listen = [\"127.0.0.1:1\", \"register.example:1\"]",
                           "data_dir = \"/a#b\"",
                           "data_dir = \"/a",
                           "data_dir = '/a",
                           "listen = [\"127.0.0.1:1\"",
                           "listen = [127.0.0.1:15",
                           "data_dir = \"/a\"\ndata_dir = \"/b\"",
                           "data_dir = \"/a\"\nreflection = on\ndata_dir = \"/a\""}) {
    Refusal({}, std::string(line) + "\n");
  }
}

TEST_F(ConfigTest, FlagGivenTwiceIsRefused) {
  Refusal({"--data-dir", "/a", "--data-dir", "/b"});
  Refusal({"--data-dir"});
}

TEST_F(ConfigTest, HostNamesAreRefusedFromEverySource) {
  EXPECT_THAT(Refusal({"--listen", "db.example.org:1"}), HasSubstr("must be an IP address"));
  EXPECT_THAT(Refusal({}, "listen = \"db.example.org:1\"\n"), HasSubstr("must be an IP address"));
  SetEnvironment("ROLLCALL_LISTEN", "127.0.0.1:1,db.example.org:2");
  EXPECT_THAT(Refusal({}), HasSubstr("must be an IP address"));
}

TEST_F(ConfigTest, SocketsNeedTheirDirectory) {
  EXPECT_TRUE(Load({"--listen", "unix:" + directory_.Path("sock")}).ok());
  const absl::Status status = Load({"--listen", "unix:" + directory_.Path("no/sock")}).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(ErrorReason(status), "SOCKET_PATH");
}

TEST_F(ConfigTest, ThreadsMustExceedTheCalls) {
  EXPECT_EQ(Load({"--max-concurrent-calls", "100"})->max_threads, 100 + kThreadHeadroom);
  EXPECT_EQ(Load({"--max-concurrent-calls=100", "--max-threads=116"})->max_threads, 116);
  EXPECT_THAT(Refusal({"--max-concurrent-calls=100", "--max-threads=115"}), HasSubstr("116"));
}

TEST_F(ConfigTest, FileThatWasNamedMustBeReadable) {
  for (const std::string& path : {directory_.Path("missing.toml"), directory_.Path(".")}) {
    EXPECT_EQ(LoadExactly({"rollcalld", "--config", path}).status().code(),
              absl::StatusCode::kInvalidArgument);
  }
  Refusal({}, std::string(1024 * 1024 + 1, '#'));
}

TEST_F(ConfigTest, AnyBytesAreReadOrRefusedInOneLine) {
  Refusal({}, std::string("data_dir = \"/a\0b\"\n", 18));
  Refusal({}, "\xFF\xFE = 1\n");
  Refusal({"--data-dir", "", "x\ny"});
  Refusal({}, "time_zone = \"" + std::string(500'000, 'A') + "\"\n");
  EXPECT_TRUE(Load({}, "\r\n\r\nreflection = off\r\n").ok());
}

TEST_F(ConfigTest, VersionAndHelpAskForText) {
  const auto version = LoadExactly({"rollcalld", "--version"});
  ASSERT_TRUE(version.ok()) << version.status();
  EXPECT_EQ(version->action, Config::Action::kShowText);
  EXPECT_EQ(version->text, "rollcalld " ROLLCALL_PROJECT_VERSION "\n");
  const auto help = LoadExactly({"rollcalld", "--help"});
  ASSERT_TRUE(help.ok()) << help.status();
  EXPECT_EQ(help->action, Config::Action::kShowText);
  EXPECT_THAT(help->text, HasSubstr("--max-concurrent-calls"));
  EXPECT_THAT(help->text, HasSubstr("ROLLCALL_MAX_CONCURRENT_CALLS"));
}

TEST_F(ConfigTest, CheckConfigChecksEverything) {
  const auto config = Load({"--check-config"});
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(config->action, Config::Action::kCheckConfig);
  Refusal({"--check-config"}, "max_treads = 1\n");
}

}  // namespace
}  // namespace rollcall::runtime
