#include "client/cli/program.h"

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <string_view>
#include <utility>

#include "client/cli/audit_commands.h"
#include "client/cli/backup_commands.h"
#include "client/cli/call_token.h"
#include "client/cli/client_config.h"
#include "client/cli/completion.h"
#include "client/cli/document_register.h"
#include "client/cli/error_report.h"
#include "client/cli/exposure_compare.h"
#include "client/cli/exposure_stream.h"
#include "client/cli/exposure_verify.h"
#include "client/cli/method_commands.h"
#include "client/cli/roster_import.h"
#include "client/cli/server_health.h"
#include "client/cli/sign_in.h"
#include "client/cli/statement_import.h"
#include "client/cli/text_value.h"
#include "client/cli/token_create.h"
#include "client/cli/token_store.h"
#include "client/cli/transfer_check.h"
#include "client/cli/transfer_record.h"
#include "client/cli/vendor_file_commands.h"

namespace rollcall::cli {
namespace {

constexpr const char* kDefaultAddress = "127.0.0.1:50061";

// The global options as they were typed.
struct Typed {
  std::string address = kDefaultAddress;
  AccessFiles access;
  std::string output = "table";
  std::string timeout;
  std::string request_id;
  std::string purpose;
  std::string token_file;
  // What the configuration file says, or would say: a token is meant for the server beside it.
  std::string config_address;
  std::string config_token_file;
  bool no_color = false;
};

void AddGlobalOptions(CLI::App* app, Typed* typed) {
  app->add_option("--address", typed->address, "Server, as host:port or unix:PATH")
      ->envname("ROLLCALL_ADDRESS")
      ->capture_default_str();
  app->add_option("--ca", typed->access.authority,
                  "File with the authority that vouches for the server; without it the one of this "
                  "machine's server, else the system's")
      ->envname("ROLLCALL_CA")
      ->type_name("FILE");
  app->add_option("--certificate", typed->access.certificate,
                  "File with the certificate of a system, shown to the server")
      ->envname("ROLLCALL_CERTIFICATE")
      ->type_name("FILE");
  app->add_option("--key", typed->access.key, "File with its private key")
      ->envname("ROLLCALL_KEY")
      ->type_name("FILE");
  app->add_option("--output", typed->output, "How answers are written")
      ->envname("ROLLCALL_OUTPUT")
      ->check(CLI::IsMember({"table", "json", "csv"}))
      ->capture_default_str();
  app->add_option("--timeout", typed->timeout,
                  "Longest time for one call, such as 30s or 5m; "
                  "without it what the method allows")
      ->envname("ROLLCALL_TIMEOUT")
      ->type_name("TIME");
  app->add_option("--request-id", typed->request_id,
                  "UUID of a change; repeated with the same one it happens once")
      ->type_name("UUID");
  app->add_option("--purpose", typed->purpose,
                  "What personal data is needed for, such as \"letters about the breach\"; without "
                  "it names and numbers come masked. It is kept in the log")
      ->envname("ROLLCALL_PURPOSE")
      ->type_name("TEXT");
  app->add_option("--token-file", typed->token_file,
                  "File with a personal token, for nobody else to read; without it the token of "
                  "rollcall login")
      ->envname("ROLLCALL_TOKEN_FILE")
      ->type_name("FILE");
  app->add_flag("--no-color", typed->no_color, "No colours; so does the variable NO_COLOR");
  app->set_version_flag("--version", "rollcall " ROLLCALL_VERSION);
}

// What the configuration file says holds until a flag or a variable says something else.
absl::Status TakeDefaults(Typed* typed) {
  const absl::StatusOr<ClientConfig> config = ReadClientConfig();
  if (!config.ok()) return config.status();
  for (const auto& [from, to] :
       {std::pair{&config->address, &typed->address}, std::pair{&config->output, &typed->output},
        std::pair{&config->ca, &typed->access.authority},
        std::pair{&config->certificate, &typed->access.certificate},
        std::pair{&config->key, &typed->access.key},
        std::pair{&config->timeout, &typed->timeout}}) {
    if (!from->empty()) *to = *from;
  }
  typed->config_address = typed->address;
  typed->config_token_file = config->token_file;
  if (typed->output != "table" && typed->output != "json" && typed->output != "csv") {
    return absl::InvalidArgumentError("output in client.toml is not table, json or csv");
  }
  return absl::OkStatus();
}

bool NoColorVariable() {
  const char* value = std::getenv("NO_COLOR");
  return value != nullptr && *value != '\0';
}

// A token goes to another server only if the user names its file for this command.
std::string TokenFile(const Typed& typed) {
  if (!typed.token_file.empty() || typed.address != typed.config_address) return typed.token_file;
  return typed.config_token_file;
}

// Puts the token of the calls into the options.
absl::Status FindToken(const std::string& token_file, GlobalOptions* options) {
  TokenStore store(DefaultTokenPath());
  absl::StatusOr<std::string> token = TokenForCall(token_file, options->address, &store);
  if (!token.ok()) return token.status();
  options->token = *std::move(token);
  return absl::OkStatus();
}

int UsageExit(const CLI::App& app, const CLI::ParseError& error, Io& io) {
  if (error.get_exit_code() == static_cast<int>(CLI::ExitCodes::Success)) {
    // Help or version was asked for.
    app.exit(error, io.out, io.err);
    return static_cast<int>(ExitCode::kOk);
  }
  const CLI::App* place = &app;
  while (!place->get_subcommands().empty()) place = place->get_subcommands().front();
  std::string path = place->get_name();
  for (const CLI::App* up = place->get_parent(); up != nullptr; up = up->get_parent()) {
    path = up->get_name() + " " + path;
  }
  io.err << "rollcall: " << error.what() << "\n  Try: " << path << " --help\n";
  return static_cast<int>(ExitCode::kUsage);
}

}  // namespace

void AddAllCommands(CommandTree* tree) {
  AddMethodCommands(tree);
  AddRosterImport(tree);
  AddExposureStream(tree);
  AddExposureVerify(tree);
  AddExposureCompare(tree);
  AddTransferRecord(tree);
  AddTransferCheck(tree);
  AddStatementImport(tree);
  AddDocumentRegister(tree);
  AddVendorFileCommands(tree);
  AddTokenCreate(tree);
  AddAuditCommands(tree);
  AddServerHealth(tree);
  AddSignIn(tree);
  AddBackupCommands(tree);
  AddCompletion(tree);
}

int RunProgram(const std::vector<std::string>& arguments, Io& io) {
  CLI::App app("Rollcall: which vendor holds which student data, and who is affected by a breach",
               "rollcall");
  app.fallthrough();
  app.require_subcommand(1);
  app.footer(
      "Exit codes: 0 done, 1 server failed, 2 usage, 3 not found, 4 refused, 5 no permission,\n"
      "6 unavailable, 7 conflict, 8 incomplete list, 9 local file, 10 not proven, 11 may not be "
      "sent.");
  Typed typed;
  if (const absl::Status taken = TakeDefaults(&typed); !taken.ok()) {
    io.err << "rollcall: " << std::string(taken.message()) << "\n";
    return static_cast<int>(ExitCode::kFile);
  }
  AddGlobalOptions(&app, &typed);
  CommandTree tree(&app);
  AddAllCommands(&tree);
  try {
    app.parse(std::vector<std::string>(arguments.rbegin(), arguments.rend()));
  } catch (const CLI::ParseError& error) {
    return UsageExit(app, error, io);
  }
  CommandContext context{io, {}};
  context.options.address = typed.address;
  context.options.request_id = typed.request_id;
  context.options.purpose = typed.purpose;
  context.options.color = !typed.no_color && !NoColorVariable();
  if (typed.output == "json") context.options.output = OutputFormat::kJson;
  if (typed.output == "csv") context.options.output = OutputFormat::kCsv;
  if (!IsUtf8(typed.request_id)) {
    return static_cast<int>(ReportUsage(context, "--request-id is not valid UTF-8"));
  }
  if (!IsUtf8(typed.purpose)) {
    return static_cast<int>(ReportUsage(context, "--purpose is not valid UTF-8"));
  }
  if (!typed.timeout.empty()) {
    const absl::StatusOr<std::chrono::milliseconds> timeout = ParseDuration(typed.timeout);
    if (!timeout.ok()) {
      return static_cast<int>(
          ReportUsage(context, "--timeout: " + std::string(timeout.status().message())));
    }
    context.options.timeout = *timeout;
  }
  absl::StatusOr<ServerAccess> access = ReadServerAccess(typed.address, typed.access);
  if (absl::IsInvalidArgument(access.status())) {
    return static_cast<int>(ReportUsage(context, std::string(access.status().message())));
  }
  if (!access.ok()) {
    return static_cast<int>(ReportFile(context, std::string(access.status().message())));
  }
  context.options.access = *std::move(access);
  if (tree.needs() == Needs::kToken) {
    const absl::Status found = FindToken(TokenFile(typed), &context.options);
    if (!found.ok()) return static_cast<int>(ReportToken(context, found));
  }
  const ExitCode code = tree.chosen()(context);
  io.out.flush();
  if (*context.options.masked) {
    io.err
        << "Personal fields are masked (***). Who may see them states a purpose: --purpose TEXT\n";
  }
  if (code == ExitCode::kOk && !io.out) {
    return static_cast<int>(ReportFile(context, "the output cannot be written"));
  }
  return static_cast<int>(code);
}

}  // namespace rollcall::cli
