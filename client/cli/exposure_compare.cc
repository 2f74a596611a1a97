#include "client/cli/exposure_compare.h"

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "client/cli/answer_writer.h"
#include "client/cli/api_methods.h"
#include "client/cli/connection.h"
#include "client/cli/csv.h"
#include "client/cli/error_report.h"
#include "client/cli/request_flags.h"
#include "client/cli/text_value.h"
#include "rollcall/v1/exposure_service.pb.h"

namespace rollcall::cli {
namespace {

struct Options {
  std::string base;
  std::string other;
  int page_size = 0;
  std::int64_t limit = 0;
  RequestFlags flags;
};

absl::Status Fill(const Options& options, v1::CompareExposuresRequest* request) {
  const auto& type = *request->GetDescriptor();
  absl::Status filled = SetFromText(*type.FindFieldByName("base"), options.base, "", request);
  if (filled.ok()) {
    filled = SetFromText(*type.FindFieldByName("other"),
                         options.other.empty() ? options.base : options.other, "", request);
  }
  if (filled.ok()) filled = options.flags.Fill("", request);
  request->set_page_size(options.page_size);
  if (filled.ok() && request->base() == request->other() &&
      request->base_revision() == request->other_revision()) {
    return absl::InvalidArgumentError(
        "an exposure does not differ from itself; name another one, or give --base-revision");
  }
  return filled;
}

// True if the page speaks of the same two exposures.
bool Continues(const v1::CompareExposuresResponse& whole,
               const v1::CompareExposuresResponse& page) {
  return page.base().revision() == whole.base().revision() &&
         page.other().revision() == whole.other().revision() &&
         page.people_added() == whole.people_added() &&
         page.people_removed() == whole.people_removed() &&
         page.people_changed() == whole.people_changed();
}

void Write(const CommandContext& context, const v1::CompareExposuresResponse& whole) {
  if (context.options.output != OutputFormat::kCsv) {
    WriteAnswer(context, whole);
    return;
  }
  context.io.out << CsvLine(CsvTitles(*v1::PersonDifference::descriptor()));
  for (const v1::PersonDifference& person : whole.people()) {
    context.io.out << CsvLine(CsvCells(person));
  }
}

ExitCode Compare(const CommandContext& context, const Options& options) {
  v1::CompareExposuresRequest request;
  if (const absl::Status filled = Fill(options, &request); !filled.ok()) {
    return ReportInput(context, filled);
  }
  Connection connection(context.options);
  v1::CompareExposuresResponse whole;
  bool first = true;
  while (true) {
    v1::CompareExposuresResponse page;
    const grpc::Status status = connection.Call(MethodNamed("CompareExposures"), request, &page);
    if (!status.ok()) {
      const ExitCode code = ReportCall(context, status, "");
      if (first) return code;
      return ReportIncomplete(
          context, absl::StrCat("the list broke off after ", whole.people_size(), " people"));
    }
    const std::string next = page.next_page_token();
    if (first) {
      whole = page;
      first = false;
    } else if (!Continues(whole, page)) {
      return ReportIncomplete(context, "the pages are of different exposures");
    } else {
      whole.mutable_people()->MergeFrom(page.people());
    }
    if (next.empty() || (options.limit > 0 && whole.people_size() >= options.limit)) break;
    if (next == request.page_token()) {
      return ReportIncomplete(context, "the server gave the same page token twice");
    }
    request.set_page_token(next);
  }
  whole.clear_next_page_token();
  const std::int64_t expected =
      whole.people_added() + whole.people_removed() + whole.people_changed();
  if (options.limit > 0) {
    while (whole.people_size() > options.limit) whole.mutable_people()->RemoveLast();
  } else if (expected != whole.people_size()) {
    return ReportIncomplete(context, absl::StrCat("the list has ", expected, " people, but ",
                                                  whole.people_size(), " came"));
  }
  Write(context, whole);
  return ExitCode::kOk;
}

}  // namespace

void AddExposureCompare(CommandTree* tree) {
  CLI::App* command = tree->Add("exposure", "compare", SummaryOf(MethodNamed("CompareExposures")));
  const auto options = tree->Keep(std::make_shared<Options>());
  const std::string shape = "INCIDENT|INCIDENT/STATEMENT|vendors/VENDOR|VENDOR/PRODUCT";
  command->add_option("base", options->base, "The earlier one; a vendor only in full")
      ->required()
      ->type_name(shape);
  command
      ->add_option("other", options->other,
                   "The later one; without it the same again, at another revision")
      ->type_name(shape);
  options->flags.AddTo(command, *v1::CompareExposuresRequest::descriptor(),
                       {"base", "other", "page_size", "page_token"});
  command->add_option("--page-size", options->page_size, "Ask for so many people at a time")
      ->check(CLI::Range(1, 1000));
  command
      ->add_option("--limit", options->limit,
                   "Stop after so many people; without it the list is read to its end")
      ->check(CLI::PositiveNumber);
  command->footer("CSV has the people, one on a line; the counts are in the table and in JSON.");
  tree->OnRun(command,
              [options](const CommandContext& context) { return Compare(context, *options); });
}

}  // namespace rollcall::cli
