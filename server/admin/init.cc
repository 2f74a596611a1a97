#include "server/admin/init.h"

#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "server/access/certificate_authority.h"
#include "server/access/first_access.h"
#include "server/access/key_file.h"
#include "server/access/secret_file.h"
#include "server/audit/signing_key.h"
#include "storage/status.h"

namespace rollcall::admin {
namespace {

namespace fs = std::filesystem;

constexpr char kDefaultAddress[] = "127.0.0.1:50061";
constexpr char kDefaultSocket[] = "/run/rollcall/rollcalld.sock";

std::string SystemReason() { return std::error_code(errno, std::generic_category()).message(); }

absl::Status NotMade(const std::string& path) {
  return MakeError(absl::StatusCode::kFailedPrecondition, "FILE_NOT_WRITTEN",
                   absl::StrCat("cannot make ", path, ": ", SystemReason()), {{"path", path}});
}

// Where everything goes, with absolute paths: the server is started from another folder.
struct Places {
  std::string config_dir;
  std::string data_dir;
  std::string catalog_dir;

  std::string In(const char* name) const { return absl::StrCat(config_dir, "/", name); }
};

absl::StatusOr<Places> FindPlaces(const InitOptions& options) {
  Places places;
  std::error_code error;
  for (const auto& [given, place] : {std::pair{&options.config_dir, &places.config_dir},
                                     std::pair{&options.data_dir, &places.data_dir},
                                     std::pair{&options.catalog_dir, &places.catalog_dir}}) {
    *place = fs::absolute(*given, error).lexically_normal().string();
    while (place->size() > 1 && place->back() == '/') place->pop_back();
    // What the configuration file cannot express.
    const bool usable =
        !error && !given->empty() && std::none_of(place->begin(), place->end(), [](char c) {
          return c == '"' || c == '#' || c == '\\' || (c >= 0 && c < ' ');
        });
    if (!usable) {
      return MakeError(absl::StatusCode::kInvalidArgument, "INVALID_CONFIGURATION",
                       "a folder's path must not be empty nor contain a quote, # or backslash");
    }
  }
  return places;
}

absl::Status CheckNothingExists(const Places& places) {
  std::vector<std::string> found;
  std::error_code ignored;
  for (const std::string& path :
       {places.In(kAuthorityFolder), places.In(kServerCertificateFile), places.In(kServerKeyFile),
        places.In(kRegisterKeyFile), places.In(kConfigFile), places.In(kClientConfigFile),
        places.In(kAuditKeyFile), places.In(kAdministratorTokenFile),
        absl::StrCat(places.data_dir, "/register.db")}) {
    if (fs::exists(fs::symlink_status(path, ignored))) found.push_back(path);
  }
  if (found.empty()) return absl::OkStatus();
  return MakeError(absl::StatusCode::kAlreadyExists, "SETUP_EXISTS",
                   absl::StrCat("this machine is set up already, nothing was changed; there is ",
                                absl::StrJoin(found, ", ")));
}

// Files and folders in the order in which they were made; removed again unless kept.
class Made {
 public:
  ~Made() {
    if (kept_) return;
    std::error_code ignored;
    for (auto path = paths_.rbegin(); path != paths_.rend(); ++path) {
      fs::remove_all(*path, ignored);
    }
  }

  absl::Status Folder(const std::string& path, mode_t mode) {
    if (mkdir(path.c_str(), mode) == 0) {
      paths_.push_back(path);
      // Whatever the umask says.
      return chmod(path.c_str(), mode) == 0 ? absl::OkStatus() : NotMade(path);
    }
    std::error_code ignored;
    return errno == EEXIST && fs::is_directory(path, ignored) ? absl::OkStatus() : NotMade(path);
  }
  absl::Status File(const std::string& path, std::string_view content, mode_t mode) {
    RC_RETURN_IF_ERROR(access::WriteNewFile(path, content, mode));
    paths_.push_back(path);
    return absl::OkStatus();
  }
  void Add(const std::string& path) { paths_.push_back(path); }
  void Keep() { kept_ = true; }

 private:
  std::vector<std::string> paths_;
  bool kept_ = false;
};

std::vector<std::string> Addresses(const InitOptions& options, const Places& places) {
  if (!options.listen.empty()) return options.listen;
  const bool standard = options.config_dir == InitOptions().config_dir;
  return {kDefaultAddress,
          absl::StrCat("unix:", standard ? kDefaultSocket : places.In("rollcalld.sock"))};
}

std::string ServerConfig(const Places& places, const std::vector<std::string>& listen) {
  std::string text = absl::StrCat(
      "# Made by `rollcalld init`. All settings and what they mean: deploy/rollcalld.toml.\n\n",
      "listen = [\"", absl::StrJoin(listen, "\", \""), "\"]\n");
  const std::string authority = places.In(kAuthorityFolder);
  for (const auto& [key, value] :
       {std::pair{"tls_certificate_file", places.In(kServerCertificateFile)},
        std::pair{"tls_key_file", places.In(kServerKeyFile)},
        std::pair{"tls_client_ca_file", authority + "/ca.crt"},
        std::pair{"tls_crl_file", authority + "/ca.crl"},
        std::pair{"key_file", places.In(kRegisterKeyFile)},
        std::pair{"audit_key_file", places.In(kAuditKeyFile)},
        std::pair{"data_dir", places.data_dir}, std::pair{"catalog_dir", places.catalog_dir}}) {
    absl::StrAppend(&text, key, " = \"", value, "\"\n");
  }
  return text;
}

// Where a client on this machine finds the server.
std::string ClientConfig(const Places& places, const std::vector<std::string>& listen) {
  const auto tcp = std::find_if(listen.begin(), listen.end(), [](const std::string& address) {
    return !address.starts_with("unix:");
  });
  return absl::StrCat(
      "# Made by `rollcalld init` for `rollcall`. Give it to people with the file that it names, "
      "as\n"
      "# ~/.config/rollcall/client.toml, and put the address in that they reach the server by.\n\n",
      "address = \"", tcp == listen.end() ? listen.front() : *tcp, "\"\n", "ca = \"",
      places.In(kAuthorityFolder), "/ca.crt\"\n");
}

absl::Status MakeCertificates(const InitOptions& options, const Places& places, absl::Time now,
                              Made& made) {
  // Readable for the server, which needs the certificate and the list; the key has its own mode.
  RC_RETURN_IF_ERROR(made.Folder(places.In(kAuthorityFolder), 0755));
  RC_ASSIGN_OR_RETURN(
      access::CertificateAuthority authority,
      access::CertificateAuthority::Create(places.In(kAuthorityFolder), options.trust_domain, now));
  RC_ASSIGN_OR_RETURN(const access::IssuedCertificate server,
                      authority.IssueServer(options.hosts, now));
  RC_RETURN_IF_ERROR(
      made.File(places.In(kServerCertificateFile), server.certificate_pem, access::kPublicMode));
  return made.File(places.In(kServerKeyFile), server.key_pem, access::kSecretMode);
}

// The register, with somebody who can let others in.
absl::Status MakeRegister(const InitOptions& options, const Places& places,
                          const Surroundings& surroundings, Made& made) {
  const std::string config_file = places.In(kConfigFile);
  const std::string key_file = places.In(kRegisterKeyFile);
  const std::string audit_key_file = places.In(kAuditKeyFile);
  // Flags, so that no variable of the environment leads elsewhere; and another address, since the
  // folder of the socket may not be there before the service manager makes it.
  const char* const arguments[] = {"rollcalld",
                                   "--config",
                                   config_file.c_str(),
                                   "--listen",
                                   "127.0.0.1:0",
                                   "--data-dir",
                                   places.data_dir.c_str(),
                                   "--key-file",
                                   key_file.c_str(),
                                   "--audit-key-file",
                                   audit_key_file.c_str(),
                                   "--catalog-dir",
                                   places.catalog_dir.c_str(),
                                   "--check-config"};
  RC_ASSIGN_OR_RETURN(const runtime::Config config,
                      runtime::LoadConfig(static_cast<int>(std::size(arguments)), arguments));
  for (const char* name :
       {"register.db", "register.db-wal", "register.db-shm", "rollcalld.lock", "audit.head"}) {
    made.Add(absl::StrCat(places.data_dir, "/", name));
  }
  return surroundings.with_register(config, [&](Store& store) -> absl::Status {
    RC_ASSIGN_OR_RETURN(const access::FirstAdministrator first,
                        access::MakeFirstAdministrator(store, surroundings.clock.Now(),
                                                       surroundings.ids, options.administrator));
    return made.File(places.In(kAdministratorTokenFile), absl::StrCat(first.secret, "\n"),
                     access::kSecretMode);
  });
}

// The authority and the administrator's files stay with whoever runs the command: the server does
// not need them.
absl::Status GiveTo(const std::string& owner, const Places& places) {
  if (owner.empty()) return absl::OkStatus();
  const passwd* const user = getpwnam(owner.c_str());
  if (user == nullptr) {
    return MakeError(absl::StatusCode::kInvalidArgument, "INVALID_CONFIGURATION",
                     "--user names no user of this machine");
  }
  std::vector<std::string> paths = {places.In(kServerKeyFile), places.In(kRegisterKeyFile),
                                    places.In(kAuditKeyFile), places.data_dir};
  std::error_code error;
  for (const auto& file : fs::directory_iterator(places.data_dir, error)) {
    paths.push_back(file.path().string());
  }
  for (const std::string& path : paths) {
    if (chown(path.c_str(), user->pw_uid, user->pw_gid) != 0) {
      return MakeError(absl::StatusCode::kFailedPrecondition, "FILE_NOT_WRITTEN",
                       absl::StrCat("cannot give ", path, " to ", owner, ": ", SystemReason()));
    }
  }
  return absl::OkStatus();
}

void Tell(const Places& places, const std::vector<std::string>& listen, std::ostream& out) {
  out << "Made:\n"
      << "  " << places.In(kAuthorityFolder)
      << "/  the certificate authority; keep a copy of ca.key "
      << "elsewhere\n"
      << "  " << places.In(kServerCertificateFile) << ", " << kServerKeyFile
      << "  the server's certificate and key\n"
      << "  " << places.In(kRegisterKeyFile)
      << "  what personal data is encrypted with; WITHOUT IT THE REGISTER CANNOT BE READ: keep a "
      << "copy apart from the backups\n"
      << "  " << places.In(kAuditKeyFile) << "  what the log of all changes is signed with\n"
      << "  " << places.In(kConfigFile) << "  the server's configuration, listening on "
      << absl::StrJoin(listen, ", ") << "\n"
      << "  " << places.In(kClientConfigFile) << "  the same for `rollcall`\n"
      << "  " << places.In(kAdministratorTokenFile)
      << "  the personal token of the first administrator; hand it over and remove it here\n"
      << "  " << places.data_dir << "/  the register, empty\n"
      << "Next:\n"
      << "  rollcalld --config " << places.In(kConfigFile) << "\n"
      << "  rollcalld certificate issue NAME --config-dir " << places.config_dir
      << "   for each system that sends rosters or files\n";
}

}  // namespace

absl::Status Init(const InitOptions& options, const Surroundings& surroundings) {
  RC_ASSIGN_OR_RETURN(const Places places, FindPlaces(options));
  const std::vector<std::string> listen = Addresses(options, places);
  for (const std::string& address : listen) {
    RC_RETURN_IF_ERROR(runtime::ParseListenAddress(address).status());
  }
  RC_RETURN_IF_ERROR(CheckNothingExists(places));
  Made made;
  RC_RETURN_IF_ERROR(made.Folder(places.config_dir, 0755));
  RC_RETURN_IF_ERROR(made.Folder(places.data_dir, 0700));
  RC_RETURN_IF_ERROR(MakeCertificates(options, places, surroundings.clock.Now(), made));
  RC_RETURN_IF_ERROR(access::MakeKeyFile(places.In(kRegisterKeyFile)));
  made.Add(places.In(kRegisterKeyFile));
  RC_RETURN_IF_ERROR(audit::SigningKey::Make(places.In(kAuditKeyFile)));
  made.Add(places.In(kAuditKeyFile));
  RC_RETURN_IF_ERROR(
      made.File(places.In(kConfigFile), ServerConfig(places, listen), access::kPublicMode));
  RC_RETURN_IF_ERROR(
      made.File(places.In(kClientConfigFile), ClientConfig(places, listen), access::kPublicMode));
  RC_RETURN_IF_ERROR(MakeRegister(options, places, surroundings, made));
  RC_RETURN_IF_ERROR(GiveTo(options.owner, places));
  made.Keep();
  Tell(places, listen, surroundings.out);
  return absl::OkStatus();
}

}  // namespace rollcall::admin
