#include "client/cli/statement_import.h"

#include <fstream>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "client/cli/answer_writer.h"
#include "client/cli/api_methods.h"
#include "client/cli/connection.h"
#include "client/cli/error_report.h"
#include "client/cli/id_list.h"
#include "client/cli/local_file.h"
#include "client/cli/request_flags.h"
#include "client/cli/text_table.h"
#include "client/cli/text_value.h"
#include "client/cli/uuid.h"
#include "rollcall/v1/incident_service.grpc.pb.h"

namespace rollcall::cli {
namespace {

// A message stays far below the size that servers take, whatever the ids look like.
constexpr int kMaxBatchEntries = 2000;
constexpr size_t kMaxBatchBytes = 256 * 1024;

struct Options {
  std::string incident;
  std::string list;
  // The second column is that of elements.
  IdListColumns columns;
  RequestFlags flags;
};

// Makes an entry of a row of the list.
absl::Status FillEntry(const IdListRow& row, v1::StatementEntry* entry) {
  entry->Clear();
  entry->set_id(row.id);
  const auto& field = *v1::StatementEntry::descriptor()->FindFieldByName("data_elements");
  for (const auto element : absl::StrSplit(row.second, ';', absl::SkipWhitespace())) {
    const absl::Status set =
        SetFromText(field, std::string(absl::StripAsciiWhitespace(element)), "", entry);
    if (!set.ok()) {
      return absl::InvalidArgumentError(
          absl::StrCat("line ", row.line, ": ", std::string(set.message())));
    }
  }
  return absl::OkStatus();
}

// Sends the whole list and then how long it was. Returns what is wrong with the file; a server
// that stopped listening is no error here, because its status says why.
absl::Status SendList(IdListReader* list, grpc::ClientWriter<v1::ImportStatementRequest>* stream) {
  v1::ImportStatementRequest request;
  IdListRow row;
  v1::StatementEntry entry;
  size_t bytes = 0;
  int64_t total = 0;
  while (true) {
    const absl::StatusOr<bool> more = list->Next(&row);
    if (!more.ok()) return more.status();
    if (*more) {
      if (const absl::Status filled = FillEntry(row, &entry); !filled.ok()) return filled;
      ++total;
      bytes += entry.ByteSizeLong();
      *request.mutable_entries()->add_entries() = entry;
    }
    const int count = request.entries().entries_size();
    if (count > 0 && (!*more || count == kMaxBatchEntries || bytes >= kMaxBatchBytes)) {
      if (!stream->Write(request)) return absl::OkStatus();
      request.Clear();
      bytes = 0;
    }
    if (!*more) break;
  }
  request.set_total_entries(total);
  stream->Write(request);
  return absl::OkStatus();
}

ExitCode Import(const CommandContext& context, const Options& options) {
  v1::ImportStatementRequest first;
  v1::CreateStatementRequest& request = *first.mutable_request();
  const auto& parent = *request.GetDescriptor()->FindFieldByName("parent");
  absl::Status filled = SetFromText(parent, options.incident, "", &request);
  if (filled.ok()) filled = options.flags.Fill("", &request);
  if (!filled.ok()) return ReportUsage(context, std::string(filled.message()));
  request.set_request_id(context.options.request_id.empty() ? NewUuid()
                                                            : context.options.request_id);
  absl::StatusOr<std::ifstream> file = OpenToRead(options.list);
  if (!file.ok()) return ReportInput(context, file.status());

  Connection connection(context.options);
  const auto stub = v1::IncidentService::NewStub(connection.channel());
  grpc::ClientContext call;
  connection.PrepareCall(MethodNamed("ImportStatement"), &call);
  v1::Statement statement;
  const auto stream = stub->ImportStatement(&call, &statement);
  IdListReader list(*file, options.columns);
  absl::Status sent;
  if (stream->Write(first)) sent = SendList(&list, stream.get());
  // Nothing is recorded before the half-close, so a wrong file leaves no trace.
  if (sent.ok()) {
    stream->WritesDone();
  } else {
    call.TryCancel();
  }
  const grpc::Status status = stream->Finish();
  if (!sent.ok()) {
    return ReportInput(context, absl::Status(sent.code(), absl::StrCat(options.list, ": ",
                                                                       std::string(sent.message()),
                                                                       "; nothing was recorded")));
  }
  if (!status.ok()) return ReportCall(context, status, request.request_id());
  WriteAnswer(context, statement);
  if (statement.list_unmatched() > 0) {
    context.io.err << "WARNING  " << statement.list_unmatched()
                   << " entries match nobody in the roster; `rollcall statement unmatched "
                   << OneLine(statement.name()) << "` lists them\n";
  }
  return ExitCode::kOk;
}

}  // namespace

void AddStatementImport(CommandTree* tree) {
  CLI::App* command = tree->Add("statement", "import",
                                "Records a vendor's statement with an attached list of any length");
  const auto options = tree->Keep(std::make_shared<Options>());
  command->add_option("incident", options->incident, "Name of the incident, full or short")
      ->required()
      ->type_name("INCIDENT");
  command->add_option("--list", options->list, "CSV file with one person on a line")
      ->required()
      ->type_name("FILE");
  command->add_option("--id-column", options->columns.id, std::string(kIdColumnHelp));
  command->add_option("--elements-column", options->columns.second,
                      "Title of a column of elements of that person, separated by ;");
  options->flags.AddTo(command, *v1::CreateStatementRequest::descriptor(),
                       {"parent", "request_id", "entries"}, "statement");
  tree->OnRun(command,
              [options](const CommandContext& context) { return Import(context, *options); });
}

}  // namespace rollcall::cli
