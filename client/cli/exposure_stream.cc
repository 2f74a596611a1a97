#include "client/cli/exposure_stream.h"

#include <chrono>
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
#include "client/cli/exposure_digest.h"
#include "client/cli/local_file.h"
#include "client/cli/request_flags.h"
#include "client/cli/resource_name.h"
#include "client/cli/text_table.h"
#include "client/cli/text_value.h"
#include "rollcall/v1/exposure_service.grpc.pb.h"

namespace rollcall::cli {
namespace {

constexpr int kMaxReconnects = 3;
// Before the first reconnection; doubled for each further one.
constexpr std::chrono::milliseconds kFirstPause(200);
constexpr std::chrono::seconds kLongestWaitForServer(20);

// Writes people as they come and holds the stream to its own closing. A stream that broke goes on
// in another one after ExpectHeaderAgain().
class PeopleWriter {
 public:
  PeopleWriter(std::ostream& out, bool json, bool details)
      : out_(out), json_(json), details_(details) {}

  // Errors: DataLoss if the stream contradicts itself; the text says where.
  absl::Status Take(const v1::StreamExposureResponse& response) {
    if (closing_ != nullptr) return absl::DataLossError("something came after the closing");
    switch (response.content_case()) {
      case v1::StreamExposureResponse::kHeader:
        return TakeHeader(response.header());
      case v1::StreamExposureResponse::kBatch:
        return TakeBatch(response.batch());
      case v1::StreamExposureResponse::kClosing:
        return TakeClosing(response.closing());
      default:
        return absl::OkStatus();
    }
  }

  // What comes next is the stream that resumes at cursor().
  void ExpectHeaderAgain() { header_again_ = true; }

  bool started() const { return started_; }
  // Of the last batch; empty if none came or the server cannot resume behind it.
  const std::string& cursor() const { return cursor_; }
  bool closed() const { return closing_ != nullptr; }
  std::int64_t people() const { return people_; }
  const v1::ExposureClosing& closing() const { return *closing_; }
  const v1::ExposureBasis& basis() const { return basis_; }

 private:
  // What every person with the same set of elements shares, made once.
  struct Set {
    std::int64_t cells = 0;
    std::string elements;
    std::string confirmed;
    std::string json;
    std::string hash;
  };

  // What two headers of one exposure have in common.
  static std::string SealedPart(const v1::ExposureHeader& header) {
    v1::ExposureHeader part = header;
    part.clear_basis();
    part.mutable_basis()->set_revision(header.basis().revision());
    return part.SerializeAsString();
  }

  absl::Status TakeHeader(const v1::ExposureHeader& header) {
    if (header_again_) {
      header_again_ = false;
      return SealedPart(header) == sealed_part_
                 ? absl::OkStatus()
                 : absl::DataLossError("the stream that was resumed is of another exposure");
    }
    if (started_) return absl::DataLossError("a second header came");
    started_ = true;
    basis_ = header.basis();
    sealed_part_ = SealedPart(header);
    digest_ = std::make_unique<ExposureDigest>(header.salt_key());
    for (const v1::ExposureSet& exposed : header.sets()) {
      Set& set = sets_.emplace_back();
      set.cells = exposed.elements_size();
      for (const v1::ExposedElement& element : exposed.elements()) {
        const std::string id = ShortenName(element.data_element(), "dataElements/*");
        absl::StrAppend(&set.elements, set.elements.empty() ? "" : ";", id);
        if (element.certainty() == v1::CERTAINTY_CONFIRMED) {
          absl::StrAppend(&set.confirmed, set.confirmed.empty() ? "" : ";", id);
        }
      }
      set.hash = HashOfSet(exposed);
      set.json = JsonText(exposed, false);
      // The set is one object, {"elements":[...]}; its inside goes into every person's line.
      set.json = set.json.substr(1, set.json.size() - 2);
    }
    if (json_) return absl::OkStatus();
    std::vector<std::string> titles = {"person"};
    if (details_) {
      titles.insert(titles.end(), {"kind", "current", "district_id", "given_name", "family_name",
                                   "school", "grade"});
    }
    titles.insert(titles.end(), {"elements", "confirmed_elements"});
    out_ << CsvLine(titles);
    return absl::OkStatus();
  }

  absl::Status TakeBatch(const v1::ExposureBatch& batch) {
    if (!started_ || header_again_) return absl::DataLossError("people came before the header");
    if (batch.sets_size() != batch.people_size() ||
        (details_ && batch.details_size() != batch.people_size())) {
      return absl::DataLossError("the columns of a batch are of different lengths");
    }
    for (int i = 0; i < batch.people_size(); ++i) {
      if (batch.sets(i) >= sets_.size()) {
        return absl::DataLossError("a person has a set that the header does not have");
      }
      if (batch.people(i) <= last_person_) {
        return absl::DataLossError("people did not come in ascending order");
      }
      last_person_ = batch.people(i);
      const Set& set = sets_[batch.sets(i)];
      ++people_;
      cells_ += set.cells;
      digest_->Add(batch.people(i), set.hash);
      WritePerson(batch.people(i), set, details_ ? &batch.details(i) : nullptr);
    }
    cursor_ = batch.cursor();
    return absl::OkStatus();
  }

  absl::Status TakeClosing(const v1::ExposureClosing& closing) {
    if (!started_ || header_again_) {
      return absl::DataLossError("the closing came before the header");
    }
    if (closing.people() != people_ || closing.cells() != cells_) {
      return absl::DataLossError(absl::StrCat("the closing counts ", closing.people(),
                                              " people and ", closing.cells(), " fields, but ",
                                              people_, " and ", cells_, " came"));
    }
    if (closing.digest_format() != kKnownDigestFormat) {
      return absl::DataLossError(absl::StrCat("the digest is of format ", closing.digest_format(),
                                              ", and this program knows format ",
                                              kKnownDigestFormat, " only"));
    }
    const std::string digest = digest_->Finish(cells_);
    if (digest.empty()) {
      return absl::DataLossError("the digest cannot be computed with the salt key of the header");
    }
    if (closing.digest() != digest) {
      return absl::DataLossError(absl::StrCat("the closing has the digest ", closing.digest(),
                                              ", but what came has ", digest));
    }
    if (basis_.revision() != closing.revision()) {
      return absl::DataLossError("header and closing are of different revisions");
    }
    closing_ = std::make_unique<v1::ExposureClosing>(closing);
    return absl::OkStatus();
  }

  void WritePerson(std::int64_t number, const Set& set, const v1::ExposedPerson* details) {
    const std::string name = absl::StrCat("people/", number);
    if (json_) {
      out_ << "{\"person\":\"" << name << "\"";
      if (details != nullptr) {
        v1::ExposedPerson person = *details;
        person.clear_elements();
        out_ << ",\"details\":" << JsonText(person, false);
      }
      out_ << (set.json.empty() ? "" : ",") << set.json << "}\n";
      return;
    }
    std::vector<std::string> cells = {name};
    if (details != nullptr) {
      for (const char* field :
           {"kind", "current", "district_id", "given_name", "family_name", "school", "grade"}) {
        cells.push_back(TextOf(*details, *v1::ExposedPerson::descriptor()->FindFieldByName(field),
                               NameStyle::kShort, ";"));
      }
    }
    cells.push_back(set.elements);
    cells.push_back(set.confirmed);
    out_ << CsvLine(cells);
  }

  std::ostream& out_;
  bool json_;
  bool details_;
  bool started_ = false;
  bool header_again_ = false;
  std::string sealed_part_;
  std::string cursor_;
  v1::ExposureBasis basis_;
  std::vector<Set> sets_;
  std::int64_t last_person_ = 0;
  std::int64_t people_ = 0;
  std::int64_t cells_ = 0;
  std::unique_ptr<ExposureDigest> digest_;
  std::unique_ptr<v1::ExposureClosing> closing_;
};

struct Options {
  std::string name;
  std::string out_file;
  RequestFlags flags;
};

bool EndsWith(const std::string& text, const std::string& end) {
  return text.size() >= end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0;
}

// Reads the stream to its end; OK only if it closed and all agreed.
absl::Status ReadAll(grpc::ClientReader<v1::StreamExposureResponse>* reader,
                     grpc::ClientContext* call, PeopleWriter* writer, std::ostream& out,
                     grpc::Status* status) {
  v1::StreamExposureResponse response;
  absl::Status taken;
  while (taken.ok() && reader->Read(&response)) {
    taken = writer->Take(response);
    if (taken.ok() && !out) taken = absl::ResourceExhaustedError("the output cannot be written");
  }
  if (!taken.ok()) call->TryCancel();
  *status = reader->Finish();
  return taken;
}

// What a connection that broke looks like; everything else the server meant.
bool Broke(const grpc::Status& status) {
  return status.error_code() == grpc::StatusCode::UNAVAILABLE ||
         status.error_code() == grpc::StatusCode::INTERNAL ||
         status.error_code() == grpc::StatusCode::UNKNOWN;
}

// Reads the exposure to its end, through several streams if the connection breaks.
absl::Status ReadThrough(const CommandContext& context, v1::StreamExposureRequest request,
                         PeopleWriter* writer, std::ostream& out, grpc::Status* status) {
  Connection connection(context.options);
  const auto stub = v1::ExposureService::NewStub(connection.channel());
  for (int reconnects = 0;; ++reconnects) {
    grpc::ClientContext call;
    connection.PrepareCall(MethodNamed("StreamExposure"), &call);
    const auto reader = stub->StreamExposure(&call, request);
    const absl::Status taken = ReadAll(reader.get(), &call, writer, out, status);
    if (CameMasked(call)) *context.options.masked = true;
    if (!taken.ok() || !Broke(*status) || writer->closed() || writer->cursor().empty() ||
        reconnects == kMaxReconnects) {
      return taken;
    }
    context.io.err << "The connection broke after " << Grouped(writer->people())
                   << " people; going on from there.\n";
    std::this_thread::sleep_for(kFirstPause * (1 << reconnects));
    connection.channel()->WaitForConnected(std::chrono::system_clock::now() +
                                           kLongestWaitForServer);
    request.set_cursor(writer->cursor());
    writer->ExpectHeaderAgain();
  }
}

ExitCode Stream(const CommandContext& context, const Options& options) {
  v1::StreamExposureRequest request;
  const auto& name_field = *request.GetDescriptor()->FindFieldByName("name");
  if (!options.name.empty()) {
    const absl::Status set = SetFromText(name_field, options.name, "", &request);
    if (!set.ok()) return ReportUsage(context, std::string(set.message()));
  }
  if (const absl::Status filled = options.flags.Fill("", &request); !filled.ok()) {
    return ReportInput(context, filled);
  }
  if (request.name().empty() == !request.has_what_if()) {
    return ReportUsage(
        context,
        "what is asked about? Give either a name or --what-if VENDOR with its window and scope");
  }
  WholeFile file(options.out_file);
  if (!options.out_file.empty()) {
    const absl::Status opened = file.Open();
    if (!opened.ok()) return ReportFile(context, std::string(opened.message()));
  }
  std::ostream& out = options.out_file.empty() ? context.io.out : file.stream();
  const bool json = context.options.output == OutputFormat::kJson ||
                    EndsWith(options.out_file, ".jsonl") || EndsWith(options.out_file, ".json");
  PeopleWriter writer(out, json, request.with_details());

  grpc::Status status;
  const absl::Status taken = ReadThrough(context, request, &writer, out, &status);

  if (!writer.started() && taken.ok() && !status.ok()) return ReportCall(context, status, "");
  if (absl::IsResourceExhausted(taken)) {
    return ReportFile(context, std::string(taken.message()));
  }
  if (!taken.ok() || !status.ok() || !writer.closed()) {
    if (taken.ok() && !status.ok()) ReportCall(context, status, "");
    std::string what = taken.ok() ? absl::StrCat("the stream ended without its closing after ",
                                                 writer.people(), " people")
                                  : std::string(taken.message());
    if (!options.out_file.empty()) {
      file.KeepPartial();
      absl::StrAppend(&what, "; what came is in ", file.partial());
    }
    return ReportIncomplete(context, what);
  }
  out.flush();
  if (!options.out_file.empty()) {
    const absl::Status finished = file.Finish();
    if (!finished.ok()) return ReportFile(context, std::string(finished.message()));
  }
  if (!out) return ReportFile(context, "the output cannot be written");
  for (const std::string& warning : writer.basis().warnings()) {
    context.io.err << "WARNING  " << OneLine(warning) << "\n";
  }
  context.io.err << "Complete: " << Grouped(writer.closing().people()) << " people, "
                 << Grouped(writer.closing().cells()) << " fields at revision "
                 << writer.closing().revision() << "\nDigest    " << writer.closing().digest()
                 << "\n";
  return ExitCode::kOk;
}

}  // namespace

void AddExposureStream(CommandTree* tree) {
  CLI::App* command = tree->Add("exposure", "stream",
                                "Writes the whole list of affected people, "
                                "complete or an error");
  const auto options = tree->Keep(std::make_shared<Options>());
  command->add_option("name", options->name, "Name, full or short; a vendor only in full")
      ->type_name("INCIDENT|INCIDENT/STATEMENT|vendors/VENDOR|VENDOR/PRODUCT");
  command
      ->add_option("-o,--out-file", options->out_file,
                   "Write here; the name ends in .partial until the list is complete")
      ->type_name("FILE");
  options->flags.AddTo(command, *v1::StreamExposureRequest::descriptor(), {"name", "cursor"});
  command->footer(
      "CSV unless --output json or a file name ending in .json or .jsonl asks for "
      "JSON lines. Exit code 8 means that the list is not complete.");
  tree->OnRun(command,
              [options](const CommandContext& context) { return Stream(context, *options); });
}

}  // namespace rollcall::cli
