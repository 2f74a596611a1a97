#include "client/cli/backup_commands.h"

#include <memory>
#include <string>

#include "absl/strings/str_format.h"
#include "client/cli/answer_writer.h"
#include "client/cli/api_methods.h"
#include "client/cli/connection.h"
#include "client/cli/error_report.h"
#include "client/cli/text_table.h"
#include "client/cli/uuid.h"
#include "rollcall/v1/backup_service.grpc.pb.h"

namespace rollcall::cli {
namespace {

// Reads a stream of progress to the backup at its end and writes that.
template <typename Response>
ExitCode Follow(const CommandContext& context, grpc::ClientReader<Response>* stream,
                const std::string& request_id) {
  Response response;
  v1::Backup backup;
  bool came = false;
  bool line_open = false;
  while (stream->Read(&response)) {
    if (response.has_backup()) {
      backup = response.backup();
      came = true;
    } else if (context.io.err_is_terminal) {
      context.io.err << absl::StrFormat("\r%-10s %3.0f%%", OneLine(response.progress().phase()),
                                        response.progress().fraction() * 100)
                     << std::flush;
      line_open = true;
    }
  }
  if (line_open) context.io.err << "\n";
  const grpc::Status status = stream->Finish();
  if (!status.ok()) return ReportCall(context, status, request_id);
  if (!came) return ReportIncomplete(context, "the server ended the call without a backup");
  WriteAnswer(context, backup);
  return ExitCode::kOk;
}

ExitCode Create(const CommandContext& context) {
  Connection connection(context.options);
  const auto stub = v1::BackupService::NewStub(connection.channel());
  grpc::ClientContext call;
  connection.PrepareCall(MethodNamed("CreateBackup"), &call);
  v1::CreateBackupRequest request;
  request.set_request_id(context.options.request_id.empty() ? NewUuid()
                                                            : context.options.request_id);
  return Follow(context, stub->CreateBackup(&call, request).get(), request.request_id());
}

ExitCode Verify(const CommandContext& context, const std::string& name) {
  Connection connection(context.options);
  const auto stub = v1::BackupService::NewStub(connection.channel());
  grpc::ClientContext call;
  connection.PrepareCall(MethodNamed("CheckBackup"), &call);
  v1::CheckBackupRequest request;
  request.set_name(name.find('/') == std::string::npos ? "backups/" + name : name);
  return Follow(context, stub->CheckBackup(&call, request).get(), "");
}

}  // namespace

void AddBackupCommands(CommandTree* tree) {
  CLI::App* create = tree->Add("backup", "create", SummaryOf(MethodNamed("CreateBackup")));
  tree->OnRun(create, Create);
  CLI::App* verify = tree->Add("backup", "verify", SummaryOf(MethodNamed("CheckBackup")));
  const auto name = tree->Keep(std::make_shared<std::string>());
  verify->add_option("name", *name, "Id of the backup, as `rollcall backup list` shows it")
      ->required()
      ->type_name("BACKUP");
  tree->OnRun(verify, [name](const CommandContext& context) { return Verify(context, *name); });
}

}  // namespace rollcall::cli
