#include "client/cli/transfer_record.h"

#include <fstream>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "client/cli/answer_writer.h"
#include "client/cli/api_methods.h"
#include "client/cli/connection.h"
#include "client/cli/error_report.h"
#include "client/cli/file_digest.h"
#include "client/cli/local_file.h"
#include "client/cli/request_flags.h"
#include "client/cli/text_table.h"
#include "client/cli/text_value.h"
#include "client/cli/transfer_list.h"
#include "client/cli/uuid.h"
#include "rollcall/v1/transfer_service.grpc.pb.h"

namespace rollcall::cli {
namespace {

struct Options {
  std::string vendor;
  std::string sent_file;
  TransferListOptions list;
  RequestFlags flags;
};

// Fills the first message; kOk if it is ready to be sent.
ExitCode Fill(const CommandContext& context, const Options& options, v1::NewTransfer* request) {
  const auto& parent = *request->GetDescriptor()->FindFieldByName("parent");
  absl::Status filled = SetFromText(parent, options.vendor, "", request);
  if (filled.ok()) filled = options.flags.Fill(request->parent(), request);
  if (!filled.ok()) return ReportUsage(context, std::string(filled.message()));
  if (!options.sent_file.empty()) {
    const absl::StatusOr<FileDigest> digest = DigestOfFile(options.sent_file);
    if (!digest.ok()) return ReportFile(context, std::string(digest.status().message()));
    const std::string& given = request->transfer().file_sha256();
    if (!given.empty() && given != digest->sha256) {
      return ReportUsage(context, absl::StrCat("--file-sha256 is not the digest of ",
                                               options.sent_file, ", which is ", digest->sha256));
    }
    request->mutable_transfer()->set_file_sha256(digest->sha256);
  }
  request->set_request_id(context.options.request_id.empty() ? NewUuid()
                                                             : context.options.request_id);
  return ExitCode::kOk;
}

ExitCode Record(const CommandContext& context, const Options& options) {
  v1::RecordTransferRequest first;
  if (const ExitCode code = Fill(context, options, first.mutable_request());
      code != ExitCode::kOk) {
    return code;
  }
  absl::StatusOr<std::ifstream> file = OpenToRead(options.list.file);
  if (!file.ok()) return ReportInput(context, file.status());

  Connection connection(context.options);
  const auto stub = v1::TransferService::NewStub(connection.channel());
  grpc::ClientContext call;
  connection.PrepareCall(MethodNamed("RecordTransfer"), &call);
  v1::Transfer transfer;
  const auto stream = stub->RecordTransfer(&call, &transfer);
  IdListReader list(*file, options.list.columns);
  TransferListSender sender(&list);
  absl::StatusOr<bool> sent = stream->Write(first);
  v1::RecordTransferRequest message;
  if (*sent) {
    sent = sender.Send([&](const v1::TransferIds& ids) {
      *message.mutable_ids() = ids;
      return stream->Write(message);
    });
  }
  if (sent.ok() && *sent) {
    message.set_total_ids(sender.total());
    stream->Write(message);
  }
  // Nothing is recorded without the total, so a wrong file leaves no trace.
  if (sent.ok()) {
    stream->WritesDone();
  } else {
    call.TryCancel();
  }
  const grpc::Status status = stream->Finish();
  if (!sent.ok()) {
    return ReportInput(context, absl::Status(sent.status().code(),
                                             absl::StrCat(options.list.file, ": ",
                                                          std::string(sent.status().message()),
                                                          "; nothing was recorded")));
  }
  if (!status.ok()) return ReportCall(context, status, first.request().request_id());
  WriteAnswer(context, transfer);
  if (transfer.unmatched() > 0) {
    context.io.err << "WARNING  " << Grouped(transfer.unmatched())
                   << " ids match nobody in the roster; `rollcall transfer unmatched "
                   << OneLine(transfer.name()) << "` lists them\n";
  }
  return ExitCode::kOk;
}

}  // namespace

void AddTransferRecord(CommandTree* tree) {
  CLI::App* command =
      tree->Add("transfer", "record", "Records one file that was sent, with the ids in it");
  const auto options = tree->Keep(std::make_shared<Options>());
  command->add_option("vendor", options->vendor, "Name of the vendor that received it")
      ->required()
      ->type_name("VENDOR");
  AddTransferListOptions(command, &options->list);
  command
      ->add_option("--file", options->sent_file,
                   "The file that was really sent: its SHA-256 is recorded, it is not sent")
      ->type_name("FILE");
  options->flags.AddTo(command, *v1::NewTransfer::descriptor(), {"parent", "request_id"},
                       "transfer");
  command->get_option("--elements")
      ->description(
          "An element in the file, with the number of ids that had a value if it was "
          "counted (repeatable) (required)")
      ->type_name("ELEMENT[=POPULATED]");
  tree->OnRun(command,
              [options](const CommandContext& context) { return Record(context, *options); });
}

}  // namespace rollcall::cli
