#include "server/admin/command.h"

#include <string>
#include <string_view>

#include "CLI/CLI.hpp"
#include "server/admin/certificate.h"
#include "server/admin/init.h"
#include "server/admin/replace_key.h"
#include "storage/status.h"

namespace rollcall::admin {
namespace {

int Report(const absl::Status& status, const Surroundings& surroundings) {
  if (status.ok()) return 0;
  surroundings.err << "rollcalld: " << std::string(status.message()) << "\n";
  return 1;
}

// Where every command finds what `init` made.
void AddConfigDir(CLI::App* app, std::string* directory) {
  app->add_option("--config-dir", *directory, "Folder of the configuration and the authority")
      ->type_name("DIR")
      ->capture_default_str();
}

void AddInit(CLI::App* app, InitOptions* options, std::function<absl::Status()>* chosen,
             const Surroundings& surroundings) {
  CLI::App* const init = app->add_subcommand(
      "init", "Makes keys, certificates, configuration and register on a fresh machine");
  AddConfigDir(init, &options->config_dir);
  init->add_option("--data-dir", options->data_dir, "Folder of the register")
      ->type_name("DIR")
      ->capture_default_str();
  init->add_option("--catalog-dir", options->catalog_dir, "Folder of the shipped catalogue")
      ->type_name("DIR")
      ->capture_default_str();
  init->add_option("--host", options->hosts,
                   "Name or address under which clients reach the server, repeatable")
      ->type_name("HOST");
  init->add_option("--listen", options->listen, "Address to listen on, repeatable")
      ->type_name("ADDRESS");
  init->add_option("--admin", options->administrator, "User name of the first administrator")
      ->type_name("NAME")
      ->capture_default_str();
  init->add_option("--trust-domain", options->trust_domain,
                   "Domain in the identities of systems, spiffe://DOMAIN/system/NAME")
      ->type_name("DOMAIN")
      ->capture_default_str();
  init->add_option("--user", options->owner, "System user that runs the server and owns its keys")
      ->type_name("NAME");
  init->callback([=, &surroundings] {
    *chosen = [=, &surroundings] { return Init(*options, surroundings); };
  });
}

void AddCertificate(CLI::App* app, CertificateOptions* options,
                    std::function<absl::Status()>* chosen, const Surroundings& surroundings) {
  CLI::App* const certificate = app->add_subcommand(
      "certificate", "Works with the district's certificate authority, offline");
  certificate->require_subcommand(1);
  const auto add = [&](const char* name, const char* help, auto run) {
    CLI::App* const command = certificate->add_subcommand(name, help);
    AddConfigDir(command, &options->config_dir);
    command->callback([=, &surroundings] {
      *chosen = [=, &surroundings] { return run(*options, surroundings); };
    });
    return command;
  };
  const auto add_days = [&](CLI::App* command) {
    command->add_option("--days", options->days, "For how long it is valid")
        ->check(CLI::Range(1, 3650))
        ->capture_default_str();
  };
  CLI::App* const issue =
      add("issue", "Issues a client certificate for a system", IssueCertificate);
  issue->add_option("NAME", options->name, "Name of the system, such as roster")->required();
  issue
      ->add_option("--out", options->out, "Folder for certificate and key; else CONFIG_DIR/systems")
      ->type_name("DIR");
  add_days(issue);
  CLI::App* const revoke =
      add("revoke", "Revokes one certificate, or all of a system", RevokeCertificate);
  revoke->add_option("SERIAL_OR_NAME", options->name, "Serial number, or name of the system")
      ->required();
  add("list", "Lists what was issued and revoked", ListCertificates);
  CLI::App* const renew = add("renew", "Replaces the server's certificate and key", RenewServer);
  renew->add_option("--host", options->hosts, "Name or address, repeatable; else those it has")
      ->type_name("HOST");
  add_days(renew);
}

void AddReplaceKey(CLI::App* app, ReplaceKeyOptions* options, std::function<absl::Status()>* chosen,
                   const Surroundings& surroundings) {
  CLI::App* const replace = app->add_subcommand(
      "replace-key", "Wraps the register's keys with another key-encryption key, offline");
  CLI::Option_group* const next = replace->add_option_group("new key", "Exactly one of these");
  next->add_option("--to-file", options->next.file, "File with the new key; made if not there")
      ->type_name("FILE");
  next->add_option("--to-credential", options->next.credential, "systemd credential with it")
      ->type_name("NAME");
  next->add_option("--to-command", options->next.command,
                   "Program, with arguments, that asks a key service")
      ->type_name("PROGRAM,ARGUMENT")
      ->delimiter(',')
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  next->require_option(1);
  replace->footer("Settings of the server can follow, such as --config FILE.");
  replace->allow_extras();
  replace->callback([=, &surroundings] {
    options->settings = replace->remaining();
    *chosen = [=, &surroundings] { return ReplaceKey(*options, surroundings); };
  });
}

}  // namespace

std::optional<int> RunCommand(int argc, const char* const* argv, const Surroundings& surroundings) {
  const std::string_view name = argc > 1 ? argv[1] : "";
  if (name != "init" && name != "certificate" && name != "replace-key") return std::nullopt;
  CLI::App app("The Rollcall server: set-up of a machine.", "rollcalld");
  app.require_subcommand(1);
  InitOptions init;
  CertificateOptions certificate;
  ReplaceKeyOptions replace_key;
  std::function<absl::Status()> chosen;
  AddInit(&app, &init, &chosen, surroundings);
  AddCertificate(&app, &certificate, &chosen, surroundings);
  AddReplaceKey(&app, &replace_key, &chosen, surroundings);
  try {
    app.parse(argc, argv);
  } catch (const CLI::Error& error) {
    return app.exit(error, surroundings.out, surroundings.err) == 0 ? 0 : 1;
  }
  return Report(chosen(), surroundings);
}

}  // namespace rollcall::admin
