#include "client/cli/transfer_check.h"

#include <fstream>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "client/cli/answer_writer.h"
#include "client/cli/api_methods.h"
#include "client/cli/connection.h"
#include "client/cli/csv.h"
#include "client/cli/error_report.h"
#include "client/cli/local_file.h"
#include "client/cli/request_flags.h"
#include "client/cli/text_table.h"
#include "client/cli/text_value.h"
#include "client/cli/transfer_findings.h"
#include "client/cli/transfer_list.h"
#include "client/cli/views.h"
#include "rollcall/v1/transfer_service.grpc.pb.h"

namespace rollcall::cli {
namespace {

struct Options {
  std::string vendor;
  TransferListOptions list;
  std::string out_file;
  bool positions = false;
  RequestFlags flags;
};

std::string Verdict(const v1::CheckTransferClosing& closing) {
  const std::string at = absl::StrCat("; revision ", closing.revision(), "\n");
  if (closing.allowed()) {
    return absl::StrCat("Allowed: all of it may be sent for ", Grouped(closing.ids()), " ids", at);
  }
  return absl::StrCat("NOT ALLOWED: all of it may be sent for ", Grouped(closing.allowed_ids()),
                      " of ", Grouped(closing.ids()), " ids", at);
}

void WriteTable(const CommandContext& context, const TransferFindings& answer) {
  context.io.out << Verdict(answer.closing());
  std::vector<v1::TransferFinding> findings;
  for (const v1::CheckTransferFinding& finding : answer.findings()) {
    findings.push_back(finding.finding());
  }
  WriteFindings(context, findings);
}

void WriteJson(const CommandContext& context, const TransferFindings& answer, bool positions) {
  context.io.out << "{\"findings\":[";
  for (size_t i = 0; i < answer.findings().size(); ++i) {
    v1::CheckTransferFinding finding = answer.findings()[i];
    if (!positions) finding.clear_positions();
    context.io.out << (i > 0 ? ",\n" : "\n") << JsonText(finding, false);
  }
  context.io.out << "],\n\"closing\":" << JsonText(answer.closing(), false) << "}\n";
}

void WriteFindingsCsv(const CommandContext& context, const TransferFindings& answer) {
  context.io.out << CsvLine(CsvTitles(*v1::TransferFinding::descriptor()));
  for (const v1::CheckTransferFinding& finding : answer.findings()) {
    context.io.out << CsvLine(CsvCells(finding.finding()));
  }
}

// Writes the ids that may not be sent.
absl::Status WriteOutFile(const std::string& path, const TransferFindings& answer,
                          const std::vector<ListedId>& ids) {
  WholeFile file(path);
  if (absl::Status opened = file.Open(); !opened.ok()) return opened;
  answer.WritePositions(ids, file.stream());
  return file.Finish();
}

ExitCode Write(const CommandContext& context, const Options& options,
               const TransferFindings& answer, const std::vector<ListedId>& ids) {
  if (!options.out_file.empty()) {
    const absl::Status written = WriteOutFile(options.out_file, answer, ids);
    if (!written.ok()) return ReportFile(context, std::string(written.message()));
  }
  if (context.options.output == OutputFormat::kJson) {
    WriteJson(context, answer, options.positions);
  } else if (options.positions) {
    answer.WritePositions(ids, context.io.out);
    Io beside{context.io.err, context.io.err, context.io.err_is_terminal,
              context.io.err_is_terminal};
    WriteTable({beside, context.options}, answer);
  } else if (context.options.output == OutputFormat::kCsv) {
    WriteFindingsCsv(context, answer);
  } else {
    WriteTable(context, answer);
  }
  return answer.closing().allowed() ? ExitCode::kOk : ExitCode::kNotAllowed;
}

ExitCode Check(const CommandContext& context, const Options& options) {
  v1::CheckTransferRequest first;
  v1::PlannedTransfer& request = *first.mutable_request();
  const auto& parent = *request.GetDescriptor()->FindFieldByName("parent");
  absl::Status filled = SetFromText(parent, options.vendor, "", &request);
  if (filled.ok()) filled = options.flags.Fill(request.parent(), &request);
  if (!filled.ok()) return ReportUsage(context, std::string(filled.message()));
  absl::StatusOr<std::ifstream> file = OpenToRead(options.list.file);
  if (!file.ok()) return ReportInput(context, file.status());

  Connection connection(context.options);
  const auto stub = v1::TransferService::NewStub(connection.channel());
  grpc::ClientContext call;
  connection.PrepareCall(MethodNamed("CheckTransfer"), &call);
  const auto stream = stub->CheckTransfer(&call);

  // The server may answer while it is still being sent to; without a reader both would stand still.
  TransferFindings answer;
  absl::Status taken;
  std::thread reader([&] {
    v1::CheckTransferResponse response;
    while (taken.ok() && stream->Read(&response)) taken = answer.Take(response);
    if (!taken.ok()) call.TryCancel();
  });
  IdListReader list(*file, options.list.columns);
  TransferListSender sender(&list);
  std::vector<ListedId> ids;
  v1::CheckTransferRequest message;
  absl::StatusOr<bool> sent = stream->Write(first);
  if (*sent) {
    sent = sender.Send(
        [&](const v1::TransferIds& batch) {
          *message.mutable_ids() = batch;
          return stream->Write(message);
        },
        [&](const IdListRow& row) {
          ids.push_back({row.id, row.line});
        });
  }
  if (sent.ok() && *sent) {
    message.set_total_ids(sender.total());
    stream->Write(message);
  }
  if (sent.ok()) {
    stream->WritesDone();
  } else {
    call.TryCancel();
  }
  reader.join();
  const grpc::Status status = stream->Finish();
  if (!sent.ok()) {
    return ReportInput(context, absl::Status(sent.status().code(),
                                             absl::StrCat(options.list.file, ": ",
                                                          std::string(sent.status().message()))));
  }
  if (taken.ok() && !status.ok()) {
    const ExitCode code = ReportCall(context, status, "");
    if (answer.findings().empty()) return code;
    return ReportIncomplete(context, "the answer broke off before its closing");
  }
  if (taken.ok()) taken = answer.Check(sender.total());
  if (!taken.ok()) return ReportIncomplete(context, std::string(taken.message()));
  return Write(context, options, answer, ids);
}

}  // namespace

void AddTransferCheck(CommandTree* tree) {
  CLI::App* command =
      tree->Add("transfer", "check", "Asks whether a file may be sent, and nothing is recorded");
  const auto options = tree->Keep(std::make_shared<Options>());
  command->add_option("vendor", options->vendor, "Name of the vendor that would receive it")
      ->required()
      ->type_name("VENDOR");
  AddTransferListOptions(command, &options->list);
  command
      ->add_option("-o,--out-file", options->out_file,
                   "Write the ids that may not be sent here, as CSV with the line of the list and "
                   "the reason")
      ->type_name("FILE");
  command->add_flag("--positions", options->positions,
                    "Write them to standard output, and the findings to standard error; with "
                    "--output json, positions stand in the findings");
  options->flags.AddTo(command, *v1::PlannedTransfer::descriptor(), {"parent"});
  command->footer(
      "Exit code 0 means that all of it may be sent, 11 that it may not, 8 that there is no whole "
      "answer.");
  tree->OnRun(command,
              [options](const CommandContext& context) { return Check(context, *options); });
}

}  // namespace rollcall::cli
