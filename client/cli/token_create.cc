#include "client/cli/token_create.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "client/cli/answer_writer.h"
#include "client/cli/api_methods.h"
#include "client/cli/connection.h"
#include "client/cli/error_report.h"
#include "client/cli/request_flags.h"
#include "client/cli/resource_name.h"
#include "client/cli/text_table.h"
#include "client/cli/uuid.h"
#include "rollcall/v1/access_service.pb.h"

namespace rollcall::cli {
namespace {

struct Options {
  std::string name;
  std::string token_out;
  RequestFlags flags;
};

// A new file of mode 0600 for a secret. It is made before the secret is, which is told only once,
// and goes away again unless it was filled.
class SecretOut {
 public:
  explicit SecretOut(std::string path) : path_(std::move(path)) {
    if (path_.empty()) return;
    file_ = open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (file_ < 0) problem_ = std::strerror(errno);
  }
  ~SecretOut() {
    if (file_ < 0) return;
    close(file_);
    if (!filled_) unlink(path_.c_str());
  }
  SecretOut(const SecretOut&) = delete;
  SecretOut& operator=(const SecretOut&) = delete;

  // Empty if the file is ready or none is wanted.
  const std::string& problem() const { return problem_; }
  bool wanted() const { return !path_.empty(); }

  // Writes the secret with a line's end. False if the disk does not take it.
  bool Fill(const std::string& secret) {
    const std::string line = secret + "\n";
    filled_ = write(file_, line.data(), line.size()) == static_cast<ssize_t>(line.size()) &&
              fsync(file_) == 0;
    return filled_;
  }

 private:
  const std::string path_;
  std::string problem_;
  int file_ = -1;
  bool filled_ = false;
};

absl::Status Fill(const Options& options, v1::CreateTokenRequest* request) {
  if (!options.name.empty()) {
    const auto& name = *v1::Token::descriptor()->FindFieldByName("name");
    const absl::StatusOr<std::string> full = ExpandName(options.name, NamePatterns(name));
    if (!full.ok()) return full.status();
    request->set_token_id(full->substr(full->rfind('/') + 1));
  }
  return options.flags.Fill("", request);
}

ExitCode Create(const CommandContext& context, const Options& options) {
  v1::CreateTokenRequest request;
  if (const absl::Status filled = Fill(options, &request); !filled.ok()) {
    return ReportUsage(context, std::string(filled.message()));
  }
  request.set_request_id(context.options.request_id.empty() ? NewUuid()
                                                            : context.options.request_id);
  SecretOut out(request.validate_only() ? std::string() : options.token_out);
  if (!out.problem().empty()) {
    return ReportFile(context,
                      absl::StrCat("cannot make ", options.token_out, ": ", out.problem()));
  }
  Connection connection(context.options);
  v1::CreateTokenResponse made;
  const grpc::Status status = connection.Call(MethodNamed("CreateToken"), request, &made);
  if (!status.ok()) return ReportCall(context, status, request.request_id());
  if (request.validate_only()) {
    context.io.err << "Checked only; nothing was made.\n";
    WriteAnswer(context, made.token());
    return ExitCode::kOk;
  }
  if (made.secret().empty()) {
    context.io.err << "This token was made by an earlier request; its secret was told then.\n";
  } else if (out.wanted()) {
    if (!out.Fill(made.secret())) {
      return ReportFile(context,
                        absl::StrCat(options.token_out, " does not take the secret; revoke ",
                                     made.token().name(), " and make another token"));
    }
    made.clear_secret();
  }
  if (context.options.output != OutputFormat::kTable) {
    WriteAnswer(context, made);
    return ExitCode::kOk;
  }
  WriteAnswer(context, made.token());
  if (!made.secret().empty()) {
    context.io.out << "\n" << OneLine(made.secret()) << "\n";
    context.io.err << "The last line is the token. It is shown this once; keep it secret.\n";
  }
  return ExitCode::kOk;
}

}  // namespace

void AddTokenCreate(CommandTree* tree) {
  CLI::App* command = tree->Add("token", "create", SummaryOf(MethodNamed("CreateToken")));
  const auto options = tree->Keep(std::make_shared<Options>());
  command
      ->add_option("name", options->name,
                   "Name of what is new; without its last id the server chooses one")
      ->type_name("TOKEN");
  options->flags.AddTo(command, *v1::CreateTokenRequest::descriptor(), {"request_id", "token_id"},
                       "token");
  command
      ->add_option("--token-out", options->token_out,
                   "New file for the secret, which only you can read; without it the secret is "
                   "shown")
      ->type_name("FILE");
  tree->OnRun(command,
              [options](const CommandContext& context) { return Create(context, *options); });
}

}  // namespace rollcall::cli
