#include "client/cli/sign_in.h"

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "client/cli/error_report.h"
#include "client/cli/oidc_client.h"
#include "client/cli/redirect_listener.h"
#include "client/cli/text_table.h"
#include "client/cli/text_value.h"
#include "client/cli/token_store.h"

namespace rollcall::cli {
namespace {

constexpr absl::Duration kBrowserPatience = absl::Minutes(10);

struct Options {
  std::string issuer;
  std::string client_id;
  std::string ca_file;
  std::string scope = "openid offline_access";
  bool browser = false;
  bool send_access = false;
};

absl::StatusOr<Tokens> ByDevice(const CommandContext& context, const Options& options,
                                OidcClient* client) {
  absl::StatusOr<DeviceRequest> request = client->StartDevice(options.scope);
  if (!request.ok()) return request.status();
  context.io.err << "To sign in, open " << OneLine(request->address) << " on any device and enter "
                 << OneLine(request->user_code) << "\n";
  if (!request->complete_address.empty()) {
    context.io.err << "or open " << OneLine(request->complete_address) << "\n";
  }
  context.io.err << "Waiting ..." << std::endl;
  while (absl::Now() < request->expires) {
    absl::SleepFor(request->interval);
    absl::StatusOr<std::optional<Tokens>> tokens = client->PollDevice(&*request);
    // A network that fails now and then is no reason to begin again.
    if (absl::IsUnavailable(tokens.status())) continue;
    if (!tokens.ok()) return tokens.status();
    if (tokens->has_value()) return **std::move(tokens);
  }
  return absl::DeadlineExceededError("nobody signed in before the code expired");
}

absl::StatusOr<Tokens> ByBrowser(const CommandContext& context, const Options& options,
                                 OidcClient* client) {
  absl::StatusOr<std::unique_ptr<RedirectListener>> listener = RedirectListener::Open();
  if (!listener.ok()) return listener.status();
  const absl::StatusOr<CodeRequest> request = client->NewCodeRequest((*listener)->address());
  if (!request.ok()) return request.status();
  const absl::StatusOr<std::string> url = client->AuthorizationUrl(*request, options.scope);
  if (!url.ok()) return url.status();
  context.io.err << "To sign in, open this address in a browser of this machine:\n"
                 << OneLine(*url) << "\nWaiting ..." << std::endl;
  const absl::StatusOr<std::string> code =
      (*listener)->Wait(request->state, options.issuer, absl::Now() + kBrowserPatience);
  if (!code.ok()) return code.status();
  return client->RedeemCode(*request, *code);
}

// What was chosen at the last sign-in goes on where nothing else is said.
absl::Status FillFromStore(const std::string& address, const TokenStore& store, Options* options) {
  const absl::StatusOr<SignIns> kept = store.Read();
  if (!kept.ok()) return kept.status();
  const auto last = kept->find(address);
  if (last != kept->end() && options->issuer.empty()) {
    options->issuer = last->second.issuer;
    if (options->client_id.empty()) options->client_id = last->second.client_id;
    if (options->ca_file.empty()) options->ca_file = last->second.ca_file;
    options->send_access = options->send_access || last->second.send_access;
  }
  if (options->issuer.empty() || options->client_id.empty()) {
    return absl::InvalidArgumentError("--issuer and --client-id are needed");
  }
  return absl::OkStatus();
}

ExitCode Login(const CommandContext& context, const Options& typed) {
  for (const std::string* text :
       {&context.options.address, &typed.issuer, &typed.client_id, &typed.ca_file, &typed.scope}) {
    if (!IsUtf8(*text)) return ReportUsage(context, "a text is not valid UTF-8");
  }
  Options options = typed;
  TokenStore store(DefaultTokenPath());
  absl::Status status = FillFromStore(context.options.address, store, &options);
  if (!status.ok()) return ReportToken(context, status);
  OidcClient client(options.issuer, options.client_id, options.ca_file);
  status = client.Discover();
  if (!status.ok()) return ReportToken(context, status);
  const absl::StatusOr<Tokens> tokens =
      options.browser ? ByBrowser(context, options, &client) : ByDevice(context, options, &client);
  if (!tokens.ok()) return ReportToken(context, tokens.status());
  const SignIn signed_in{options.issuer,
                         options.client_id,
                         options.ca_file,
                         options.send_access,
                         options.send_access ? tokens->access_token : tokens->id_token,
                         options.send_access ? tokens->access_expires : tokens->id_expires,
                         tokens->refresh_token};
  if (signed_in.token.empty()) {
    return ReportToken(context, absl::InternalError(absl::StrCat(
                                    "the issuer gave no ", options.send_access ? "access" : "ID",
                                    " token; is \"openid\" in --scope?")));
  }
  status = store.Change([&](SignIns& all) {
    all[context.options.address] = signed_in;
    return absl::OkStatus();
  });
  if (!status.ok()) return ReportToken(context, status);
  context.io.err << "Signed in for " << context.options.address
                 << (tokens->refresh_token.empty()
                         ? absl::StrCat(" until ", absl::FormatTime(signed_in.expires))
                         : "")
                 << ".\n";
  return ExitCode::kOk;
}

ExitCode Logout(const CommandContext& context) {
  TokenStore store(DefaultTokenPath());
  const absl::StatusOr<SignIns> kept = store.Read();
  if (!kept.ok()) return ReportToken(context, kept.status());
  if (!kept->contains(context.options.address)) {
    context.io.err << "Nobody was signed in for " << context.options.address << ".\n";
    return ExitCode::kOk;
  }
  SignIn last;
  const absl::Status status = store.Change([&](SignIns& all) {
    last = all[context.options.address];
    all.erase(context.options.address);
    return absl::OkStatus();
  });
  if (!status.ok()) return ReportToken(context, status);
  if (!last.refresh_token.empty()) {
    OidcClient client(last.issuer, last.client_id, last.ca_file);
    absl::Status revoked = client.Discover();
    if (revoked.ok()) revoked = client.Revoke(last.refresh_token);
    if (!revoked.ok()) {
      context.io.err << "rollcall: the tokens are removed here, but the issuer was not told: "
                     << OneLine(std::string(revoked.message())) << "\n";
    }
  }
  context.io.err << "Signed out of " << context.options.address << ".\n";
  return ExitCode::kOk;
}

}  // namespace

void AddSignIn(CommandTree* tree) {
  CLI::App* login = tree->Add("", "login",
                              "Signs in with OpenID Connect, by a code that is entered on any "
                              "device, and keeps the tokens for this server");
  const auto options = tree->Keep(std::make_shared<Options>());
  login->add_option("--issuer", options->issuer, "The issuer; without it that of the last time")
      ->envname("ROLLCALL_OIDC_ISSUER")
      ->type_name("URL");
  login->add_option("--client-id", options->client_id, "What the issuer calls this program")
      ->envname("ROLLCALL_OIDC_CLIENT_ID")
      ->type_name("ID");
  login
      ->add_option("--issuer-ca", options->ca_file,
                   "Certificates that alone are trusted for the issuer")
      ->envname("ROLLCALL_OIDC_CA_FILE")
      ->type_name("FILE");
  login->add_option("--scope", options->scope, "What is asked of the issuer")
      ->capture_default_str();
  login->add_flag("--browser", options->browser,
                  "Sign in with a browser of this machine, which comes back here by itself");
  login->add_flag("--access-token", options->send_access,
                  "Send the access token to the server, not the ID token");
  tree->OnRun(
      login, [options](const CommandContext& context) { return Login(context, *options); },
      Needs::kNoToken);
  CLI::App* logout =
      tree->Add("", "logout", "Has the issuer forget the tokens for this server, and removes them");
  tree->OnRun(logout, Logout, Needs::kNoToken);
}

}  // namespace rollcall::cli
