#include "client/cli/statement_import.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "client/cli/answer_writer.h"
#include "client/cli/api_methods.h"
#include "client/cli/connection.h"
#include "client/cli/csv.h"
#include "client/cli/error_report.h"
#include "client/cli/request_flags.h"
#include "client/cli/text_value.h"
#include "client/cli/uuid.h"
#include "rollcall/v1/incident_service.grpc.pb.h"

namespace rollcall::cli {
namespace {

// A message stays far below the size that servers take, whatever the ids look like.
constexpr int kMaxBatchEntries = 2000;
constexpr size_t kMaxBatchBytes = 256 * 1024;

// A first line with one of these words is a heading, and its column holds the ids.
constexpr std::array<std::string_view, 9> kIdTitles = {"id",          "student_id",  "studentid",
                                                       "district_id", "state_id",    "source_id",
                                                       "sourcedid",   "employee_id", "student id"};

struct Options {
  std::string incident;
  std::string list;
  std::string id_column;
  std::string elements_column;
  RequestFlags flags;
};

int Find(const std::vector<std::string>& titles, const std::string& title) {
  const auto found = std::find_if(titles.begin(), titles.end(), [&](const std::string& t) {
    return absl::EqualsIgnoreCase(std::string(absl::StripAsciiWhitespace(t)), title);
  });
  return found == titles.end() ? -1 : static_cast<int>(found - titles.begin());
}

// The entries of a list file, one by one.
class ListReader {
 public:
  ListReader(std::istream& file, const Options& options) : reader_(file), options_(options) {}

  // True and the next entry, or false at the end. Errors: InvalidArgument with the line.
  absl::StatusOr<bool> Next(v1::StatementEntry* entry) {
    std::vector<std::string> cells;
    if (!opened_) {
      opened_ = true;
      const absl::StatusOr<bool> first = reader_.Next(&cells);
      if (!first.ok() || !*first) return first;
      if (const absl::Status heading = TakeHeading(cells); !heading.ok()) return heading;
      if (!has_heading_) return Fill(cells, entry);
    }
    const absl::StatusOr<bool> more = reader_.Next(&cells);
    if (!more.ok() || !*more) return more;
    return Fill(cells, entry);
  }

 private:
  absl::Status TakeHeading(const std::vector<std::string>& cells) {
    for (const std::string_view title : kIdTitles) {
      if (options_.id_column.empty() && Find(cells, std::string(title)) >= 0 && !has_heading_) {
        has_heading_ = true;
        id_ = Find(cells, std::string(title));
      }
    }
    if (!options_.id_column.empty()) {
      has_heading_ = true;
      id_ = Find(cells, options_.id_column);
      if (id_ < 0) return NoColumn(options_.id_column);
    }
    if (!options_.elements_column.empty()) {
      elements_ = Find(cells, options_.elements_column);
      if (elements_ < 0) return NoColumn(options_.elements_column);
      has_heading_ = true;
    }
    return absl::OkStatus();
  }

  static absl::Status NoColumn(const std::string& title) {
    return absl::InvalidArgumentError(absl::StrCat("line 1: there is no column ", title));
  }

  absl::StatusOr<bool> Fill(const std::vector<std::string>& cells, v1::StatementEntry* entry) {
    entry->Clear();
    const auto cell = [&](int column) {
      return column >= 0 && static_cast<size_t>(column) < cells.size()
                 ? std::string(absl::StripAsciiWhitespace(cells[static_cast<size_t>(column)]))
                 : std::string();
    };
    const std::string id = cell(id_);
    if (id.empty() || !IsUtf8(id)) {
      return absl::InvalidArgumentError(absl::StrCat(
          "line ", reader_.line(), id.empty() ? ": the id is empty" : ": the id is not UTF-8"));
    }
    entry->set_id(id);
    const auto& field = *v1::StatementEntry::descriptor()->FindFieldByName("data_elements");
    for (const auto element : absl::StrSplit(cell(elements_), ';', absl::SkipWhitespace())) {
      const absl::Status set =
          SetFromText(field, std::string(absl::StripAsciiWhitespace(element)), "", entry);
      if (!set.ok()) {
        return absl::InvalidArgumentError(
            absl::StrCat("line ", reader_.line(), ": ", std::string(set.message())));
      }
    }
    return true;
  }

  CsvReader reader_;
  const Options& options_;
  bool opened_ = false;
  bool has_heading_ = false;
  int id_ = 0;
  int elements_ = -1;
};

// Sends the whole list and then how long it was. Returns what is wrong with the file; a server
// that stopped listening is no error here, because its status says why.
absl::Status SendList(ListReader* list, grpc::ClientWriter<v1::ImportStatementRequest>* stream) {
  v1::ImportStatementRequest request;
  v1::StatementEntry entry;
  size_t bytes = 0;
  int64_t total = 0;
  while (true) {
    const absl::StatusOr<bool> more = list->Next(&entry);
    if (!more.ok()) return more.status();
    if (*more) {
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
  std::ifstream file(options.list, std::ios::binary);
  if (!file) return ReportFile(context, absl::StrCat("cannot open ", options.list));

  Connection connection(context.options);
  const auto stub = v1::IncidentService::NewStub(connection.channel());
  grpc::ClientContext call;
  connection.SetDeadline(MethodNamed("ImportStatement"), &call);
  v1::Statement statement;
  const auto stream = stub->ImportStatement(&call, &statement);
  ListReader list(file, options);
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
    return ReportUsage(context, absl::StrCat(options.list, ": ", std::string(sent.message()),
                                             "; nothing was recorded"));
  }
  if (!status.ok()) return ReportCall(context, status, request.request_id());
  WriteAnswer(context, statement);
  if (statement.list_unmatched() > 0) {
    context.io.err << "WARNING  " << statement.list_unmatched()
                   << " entries match nobody in the roster; `rollcall statement unmatched "
                   << statement.name() << "` lists them\n";
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
  command->add_option("--id-column", options->id_column,
                      "Title of the column of ids; without it a column called id, student_id or "
                      "the like, else the first column of a file without a heading");
  command->add_option("--elements-column", options->elements_column,
                      "Title of a column of elements of that person, separated by ;");
  options->flags.AddTo(command, *v1::CreateStatementRequest::descriptor(),
                       {"parent", "request_id", "entries"}, "statement");
  tree->OnRun(command,
              [options](const CommandContext& context) { return Import(context, *options); });
}

}  // namespace rollcall::cli
