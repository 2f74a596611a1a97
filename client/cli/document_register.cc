#include "client/cli/document_register.h"

#include <array>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/strings/ascii.h"
#include "client/cli/answer_writer.h"
#include "client/cli/connection.h"
#include "client/cli/error_report.h"
#include "client/cli/file_digest.h"
#include "client/cli/text_value.h"
#include "client/cli/uuid.h"
#include "rollcall/v1/contract_service.pb.h"

namespace rollcall::cli {
namespace {

struct Options {
  std::string file;
  std::string title;
  std::string location;
  std::string media_type;
  bool dry_run = false;
};

std::string MediaTypeOf(const std::filesystem::path& path) {
  struct Row {
    std::string_view extension;
    std::string_view type;
  };
  constexpr std::array kTypes = {
      Row{".pdf", "application/pdf"},
      Row{".doc", "application/msword"},
      Row{".docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"},
      Row{".txt", "text/plain"},
      Row{".html", "text/html"},
      Row{".eml", "message/rfc822"},
      Row{".png", "image/png"},
      Row{".jpg", "image/jpeg"},
      Row{".jpeg", "image/jpeg"},
      Row{".tif", "image/tiff"},
      Row{".tiff", "image/tiff"},
  };
  const std::string extension = absl::AsciiStrToLower(path.extension().string());
  for (const Row& row : kTypes) {
    if (row.extension == extension) return std::string(row.type);
  }
  return "application/octet-stream";
}

ExitCode Register(const CommandContext& context, const Options& options) {
  for (const std::string* text : {&options.title, &options.location, &options.media_type}) {
    if (!IsUtf8(*text)) return ReportUsage(context, "a text is not valid UTF-8");
  }
  const absl::StatusOr<FileDigest> digest = DigestOfFile(options.file);
  if (!digest.ok()) return ReportFile(context, std::string(digest.status().message()));
  const std::filesystem::path path(options.file);
  v1::CreateDocumentRequest request;
  request.set_document_id(digest->sha256);
  v1::Document& document = *request.mutable_document();
  document.set_size_bytes(digest->bytes);
  document.set_title(options.title.empty() ? path.filename().string() : options.title);
  document.set_location(options.location);
  document.set_media_type(options.media_type.empty() ? MediaTypeOf(path) : options.media_type);
  request.set_validate_only(options.dry_run);
  request.set_request_id(context.options.request_id.empty() ? NewUuid()
                                                            : context.options.request_id);
  Connection connection(context.options);
  v1::Document recorded;
  const grpc::Status status = connection.Call(MethodNamed("CreateDocument"), request, &recorded);
  if (!status.ok()) return ReportCall(context, status, request.request_id());
  WriteAnswer(context, recorded);
  return ExitCode::kOk;
}

}  // namespace

void AddDocumentRegister(CommandTree* tree) {
  CLI::App* command = tree->Add("document", "register",
                                "Records a file of this machine by its digest, size and type");
  const auto options = tree->Keep(std::make_shared<Options>());
  command->add_option("file", options->file, "The file; it is read, not sent")
      ->required()
      ->type_name("FILE");
  command->add_option("--title", options->title, "Title; without it the name of the file");
  command->add_option("--location", options->location, "Where the district keeps the file");
  command->add_option("--media-type", options->media_type,
                      "Media type; without it by the end of the file's name");
  command->add_flag("--validate-only,--dry-run", options->dry_run,
                    "Check everything and record nothing");
  tree->OnRun(command,
              [options](const CommandContext& context) { return Register(context, *options); });
}

}  // namespace rollcall::cli
