#include "client/cli/vendor_file_commands.h"

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "client/cli/answer_writer.h"
#include "client/cli/connection.h"
#include "client/cli/error_report.h"
#include "client/cli/local_file.h"
#include "client/cli/text_value.h"
#include "client/cli/uuid.h"
#include "client/cli/vendor_file.h"
#include "client/cli/yaml_message.h"
#include "rollcall/v1/register_service.pb.h"

namespace rollcall::cli {
namespace {

struct ApplyOptions {
  std::string file;
  bool dry_run = false;
};

ExitCode Apply(const CommandContext& context, const ApplyOptions& options) {
  const absl::StatusOr<std::string> text = ReadWholeFile(options.file);
  if (!text.ok()) return ReportFile(context, std::string(text.status().message()));
  v1::ApplyVendorFileRequest request;
  std::vector<FileProblem> problems;
  *request.mutable_file() = ParseVendorFile(*text, &problems);
  if (!problems.empty()) {
    return ReportUsage(context, absl::StrCat("the vendor file is not right; nothing was sent\n",
                                             ProblemsText(options.file, problems)));
  }
  request.set_validate_only(options.dry_run);
  request.set_request_id(context.options.request_id.empty() ? NewUuid()
                                                            : context.options.request_id);
  Connection connection(context.options);
  v1::ApplyVendorFileResponse response;
  const grpc::Status status = connection.Call(MethodNamed("ApplyVendorFile"), request, &response);
  if (!status.ok()) return ReportCall(context, status, options.dry_run ? "" : request.request_id());
  if (options.dry_run) context.io.err << "Dry run: nothing was written.\n";
  WriteAnswer(context, response);
  return ExitCode::kOk;
}

struct ExportOptions {
  std::string vendor;
  std::string out_file;
};

ExitCode Export(const CommandContext& context, const ExportOptions& options) {
  v1::ExportVendorFileRequest request;
  const auto& field = *request.GetDescriptor()->FindFieldByName("name");
  if (const absl::Status set = SetFromText(field, options.vendor, "", &request); !set.ok()) {
    return ReportUsage(context, std::string(set.message()));
  }
  Connection connection(context.options);
  v1::VendorFile file;
  const grpc::Status status = connection.Call(MethodNamed("ExportVendorFile"), request, &file);
  if (!status.ok()) return ReportCall(context, status, "");
  const std::string text = context.options.output == OutputFormat::kJson
                               ? JsonText(file, true) + "\n"
                               : WriteVendorFile(file);
  if (options.out_file.empty()) {
    context.io.out << text;
    return ExitCode::kOk;
  }
  const absl::Status written = WriteWholeFile(options.out_file, text);
  return written.ok() ? ExitCode::kOk : ReportFile(context, std::string(written.message()));
}

}  // namespace

void AddVendorFileCommands(CommandTree* tree) {
  CLI::App* apply = tree->Add("", "apply",
                              "Makes the register say what a vendor file says, all or "
                              "nothing");
  const auto apply_options = tree->Keep(std::make_shared<ApplyOptions>());
  apply
      ->add_option("-f,--file", apply_options->file,
                   "The vendor file, YAML or JSON; - is standard "
                   "input")
      ->required()
      ->type_name("FILE");
  apply->add_flag("--dry-run,--validate-only", apply_options->dry_run,
                  "Check everything and write nothing");
  tree->OnRun(apply, [apply_options](const CommandContext& context) {
    return Apply(context, *apply_options);
  });

  CLI::App* export_command = tree->Add("", "export",
                                       "Writes a vendor with everything that hangs on "
                                       "it, as a file that apply takes");
  const auto export_options = tree->Keep(std::make_shared<ExportOptions>());
  export_command->add_option("vendor", export_options->vendor, "Name of the vendor, full or short")
      ->required()
      ->type_name("VENDOR");
  export_command->add_option("-o,--out-file", export_options->out_file, "Write here")
      ->type_name("FILE");
  tree->OnRun(export_command, [export_options](const CommandContext& context) {
    return Export(context, *export_options);
  });
}

}  // namespace rollcall::cli
