#include "client/cli/roster_import.h"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/cli/answer_writer.h"
#include "client/cli/api_methods.h"
#include "client/cli/connection.h"
#include "client/cli/error_report.h"
#include "client/cli/field_words.h"
#include "client/cli/progress_view.h"
#include "client/cli/request_flags.h"
#include "client/cli/uuid.h"
#include "rollcall/v1/roster_service.grpc.pb.h"

namespace rollcall::cli {
namespace {

namespace fs = std::filesystem;

constexpr size_t kChunkBytes = 256 * 1024;

using Stream = grpc::ClientReaderWriter<v1::ImportRosterRequest, v1::ImportRosterResponse>;

// The files to send: the file itself, or the .csv files of a folder in order of name.
absl::StatusOr<std::vector<fs::path>> FilesAt(const std::string& path) {
  std::error_code error;
  if (!fs::is_directory(path, error)) {
    if (!fs::is_regular_file(path, error)) {
      return absl::NotFoundError(absl::StrCat("there is no file or folder ", path));
    }
    return std::vector<fs::path>{path};
  }
  std::vector<fs::path> files;
  fs::directory_iterator entries(path, error);
  for (; !error && entries != fs::directory_iterator(); entries.increment(error)) {
    const fs::path& file = entries->path();
    std::error_code ignored;
    if (absl::AsciiStrToLower(file.extension().string()) == ".csv" &&
        entries->is_regular_file(ignored)) {
      files.push_back(file);
    }
  }
  if (error) return absl::NotFoundError(absl::StrCat("cannot read ", path, ": ", error.message()));
  if (files.empty()) return absl::NotFoundError(absl::StrCat("there is no .csv file in ", path));
  std::sort(files.begin(), files.end());
  return files;
}

enum class SendResult { kSent, kServerStopped, kFileFailed };

// Sends one file and adds it to `totals`.
SendResult SendFile(const fs::path& path, Stream* stream, v1::ImportTotals* totals) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return SendResult::kFileFailed;
  v1::ImportRosterRequest request;
  request.set_file_name(path.filename().string());
  if (!stream->Write(request)) return SendResult::kServerStopped;
  std::string buffer(kChunkBytes, '\0');
  while (file) {
    file.read(buffer.data(), static_cast<std::streamsize>(buffer.size()));
    const auto got = static_cast<size_t>(file.gcount());
    if (got == 0) break;
    request.set_chunk(buffer.data(), got);
    totals->set_bytes(totals->bytes() + file.gcount());
    if (!stream->Write(request)) return SendResult::kServerStopped;
  }
  totals->set_files(totals->files() + 1);
  return file.bad() ? SendResult::kFileFailed : SendResult::kSent;
}

struct Options {
  std::string path;
  RequestFlags flags;
};

ExitCode Import(const CommandContext& context, const Options& options) {
  const absl::StatusOr<std::vector<fs::path>> files = FilesAt(options.path);
  if (!files.ok()) return ReportFile(context, std::string(files.status().message()));
  v1::ImportRosterRequest first;
  v1::ImportRosterConfig& config = *first.mutable_config();
  if (const absl::Status filled = options.flags.Fill("", &config); !filled.ok()) {
    return ReportUsage(context, std::string(filled.message()));
  }
  if (config.format() == v1::ROSTER_FORMAT_UNSPECIFIED) {
    config.set_format(v1::ROSTER_FORMAT_ONE_ROSTER);
  }
  config.set_request_id(context.options.request_id.empty() ? NewUuid()
                                                           : context.options.request_id);

  Connection connection(context.options);
  const auto stub = v1::RosterService::NewStub(connection.channel());
  grpc::ClientContext call;
  connection.PrepareCall(MethodNamed("ImportRoster"), &call);
  const std::unique_ptr<Stream> stream = stub->ImportRoster(&call);

  // The server answers while it is still being sent to; without a reader both would stand still.
  std::optional<v1::RosterImport> result;
  std::thread reader([&] {
    ProgressView view(context.io.err, context.io.err_is_terminal, std::chrono::steady_clock::now);
    v1::ImportRosterResponse response;
    while (stream->Read(&response)) {
      if (response.has_progress()) view.Show(response.progress());
      if (response.has_result()) result = response.result();
    }
    view.Finish();
  });
  SendResult sent = stream->Write(first) ? SendResult::kSent : SendResult::kServerStopped;
  std::string failed;
  v1::ImportRosterRequest last;
  for (const fs::path& file : *files) {
    if (sent != SendResult::kSent) break;
    sent = SendFile(file, stream.get(), last.mutable_totals());
    if (sent == SendResult::kFileFailed) failed = file.string();
  }
  if (sent == SendResult::kFileFailed) call.TryCancel();
  if (sent == SendResult::kSent && stream->Write(last)) stream->WritesDone();
  reader.join();
  const grpc::Status status = stream->Finish();

  if (!failed.empty()) {
    return ReportFile(context, absl::StrCat("cannot read ", failed, "; nothing was imported"));
  }
  if (!status.ok()) {
    return ReportCall(context, status, config.dry_run() ? "" : config.request_id());
  }
  if (!result) return ReportIncomplete(context, "the import ended without a result");
  WriteAnswer(context, *result);
  return ExitCode::kOk;
}

}  // namespace

void AddRosterImport(CommandTree* tree) {
  CLI::App* command = tree->Add("roster", "import", SummaryOf(MethodNamed("ImportRoster")));
  const auto options = tree->Keep(std::make_shared<Options>());
  command->add_option("path", options->path, "A zip, a folder with .csv files, or one .csv file")
      ->required()
      ->type_name("PATH");
  options->flags.AddTo(command, *v1::ImportRosterConfig::descriptor(), {"request_id"});
  CLI::Option* format = command->get_option("--format");
  format->description(absl::StrCat("What the files are; without it one-roster. One of: ",
                                   absl::StrJoin(EnumWords(*v1::RosterFormat_descriptor()), ", ")));
  tree->OnRun(command,
              [options](const CommandContext& context) { return Import(context, *options); });
}

}  // namespace rollcall::cli
