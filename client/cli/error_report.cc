#include "client/cli/error_report.h"

#include <google/protobuf/util/time_util.h>

#include <string_view>

#include "absl/strings/str_cat.h"
#include "client/cli/connection_diagnosis.h"
#include "client/cli/text_table.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"

namespace rollcall::cli {
namespace {

std::string_view CodeName(grpc::StatusCode code) {
  switch (code) {
    case grpc::StatusCode::CANCELLED:
      return "CANCELLED";
    case grpc::StatusCode::INVALID_ARGUMENT:
      return "INVALID_ARGUMENT";
    case grpc::StatusCode::DEADLINE_EXCEEDED:
      return "DEADLINE_EXCEEDED";
    case grpc::StatusCode::NOT_FOUND:
      return "NOT_FOUND";
    case grpc::StatusCode::ALREADY_EXISTS:
      return "ALREADY_EXISTS";
    case grpc::StatusCode::PERMISSION_DENIED:
      return "PERMISSION_DENIED";
    case grpc::StatusCode::UNAUTHENTICATED:
      return "UNAUTHENTICATED";
    case grpc::StatusCode::RESOURCE_EXHAUSTED:
      return "RESOURCE_EXHAUSTED";
    case grpc::StatusCode::FAILED_PRECONDITION:
      return "FAILED_PRECONDITION";
    case grpc::StatusCode::ABORTED:
      return "ABORTED";
    case grpc::StatusCode::OUT_OF_RANGE:
      return "OUT_OF_RANGE";
    case grpc::StatusCode::UNIMPLEMENTED:
      return "UNIMPLEMENTED";
    case grpc::StatusCode::UNAVAILABLE:
      return "UNAVAILABLE";
    case grpc::StatusCode::DATA_LOSS:
      return "DATA_LOSS";
    case grpc::StatusCode::INTERNAL:
      return "INTERNAL";
    default:
      return "UNKNOWN";
  }
}

std::string Headline(const GlobalOptions& options, const grpc::Status& status) {
  switch (status.error_code()) {
    case grpc::StatusCode::UNAVAILABLE:
      return absl::StrCat("the server at ", options.address, " cannot be reached or is stopping");
    case grpc::StatusCode::DEADLINE_EXCEEDED:
      return absl::StrCat("the server at ", options.address, " did not answer in time");
    case grpc::StatusCode::UNIMPLEMENTED:
      return absl::StrCat("the server at ", options.address, " does not know this method");
    default:
      return status.error_message().empty() ? "the server gave no reason"
                                            : OneLine(status.error_message());
  }
}

std::string Advice(grpc::StatusCode code) {
  switch (code) {
    case grpc::StatusCode::UNAVAILABLE:
      return "Is rollcalld running there? --address or ROLLCALL_ADDRESS names another server.";
    case grpc::StatusCode::DEADLINE_EXCEEDED:
      return "--timeout gives it longer, such as --timeout 10m.";
    case grpc::StatusCode::ABORTED:
      return "Somebody changed it in the meantime. Read it again and repeat the change.";
    case grpc::StatusCode::UNIMPLEMENTED:
      return "Client and server are of different versions; `rollcall server info` shows the "
             "server's.";
    default:
      return {};
  }
}

bool MayHaveHappened(grpc::StatusCode code) {
  return code == grpc::StatusCode::UNAVAILABLE || code == grpc::StatusCode::DEADLINE_EXCEEDED ||
         code == grpc::StatusCode::CANCELLED || code == grpc::StatusCode::INTERNAL ||
         code == grpc::StatusCode::UNKNOWN || code == grpc::StatusCode::RESOURCE_EXHAUSTED;
}

std::string DetailsText(const grpc::Status& status) {
  google::rpc::Status rich;
  std::string text;
  if (!rich.ParseFromString(status.error_details())) return text;
  for (const google::protobuf::Any& any : rich.details()) {
    google::rpc::BadRequest bad;
    google::rpc::ErrorInfo info;
    google::rpc::RetryInfo retry;
    if (any.UnpackTo(&bad)) {
      for (const auto& violation : bad.field_violations()) {
        absl::StrAppend(&text, "  ", OneLine(violation.field()), ": ",
                        OneLine(violation.description()), "\n");
      }
    } else if (any.UnpackTo(&info)) {
      absl::StrAppend(&text, "  reason: ", OneLine(info.reason()), "\n");
    } else if (any.UnpackTo(&retry)) {
      absl::StrAppend(&text, "  try again in ",
                      google::protobuf::util::TimeUtil::ToString(retry.retry_delay()), "\n");
    }
  }
  return text;
}

void Write(const CommandContext& context, const std::string& headline) {
  const bool color = context.options.color && context.io.err_is_terminal;
  context.io.err << (color ? "\x1b[31mrollcall:\x1b[0m " : "rollcall: ") << ManyLines(headline)
                 << "\n";
}

}  // namespace

ExitCode ReportCall(const CommandContext& context, const grpc::Status& status,
                    const std::string& request_id) {
  const grpc::StatusCode code = status.error_code();
  Write(context,
        absl::StrCat(Headline(context.options, status), " (", std::string(CodeName(code)), ")"));
  const std::string details = DetailsText(status);
  context.io.err << details;
  if (code == grpc::StatusCode::UNAVAILABLE && details.empty()) {
    const std::string cause = DiagnoseConnection(context.options.address, context.options.access);
    if (!cause.empty()) context.io.err << "  " << OneLine(cause) << "\n";
  }
  if (const std::string advice = Advice(code); !advice.empty()) {
    context.io.err << "  " << advice << "\n";
  }
  if (!request_id.empty() && MayHaveHappened(code)) {
    context.io.err << "  The change may or may not have been made. Repeat the same command with\n"
                   << "  --request-id " << request_id << " and it is made once.\n";
  }
  return ExitCodeOf(code);
}

ExitCode ReportUsage(const CommandContext& context, const std::string& text) {
  Write(context, text);
  return ExitCode::kUsage;
}

ExitCode ReportInput(const CommandContext& context, const absl::Status& status) {
  Write(context, std::string(status.message()));
  return absl::IsNotFound(status) || absl::IsDataLoss(status) ? ExitCode::kFile : ExitCode::kUsage;
}

ExitCode ReportFile(const CommandContext& context, const std::string& text) {
  Write(context, text);
  return ExitCode::kFile;
}

ExitCode ReportIncomplete(const CommandContext& context, const std::string& text) {
  Write(context, absl::StrCat("INCOMPLETE: ", text));
  context.io.err << "  What was received is not the list. Do not use it; run the command again.\n";
  return ExitCode::kIncomplete;
}

ExitCode ReportNotProven(const CommandContext& context, const std::string& text) {
  Write(context, absl::StrCat("NOT PROVEN: ", text));
  return ExitCode::kNotProven;
}

ExitCode ReportToken(const CommandContext& context, const absl::Status& status) {
  Write(context, std::string(status.message()));
  switch (status.code()) {
    case absl::StatusCode::kInvalidArgument:
      return ExitCode::kUsage;
    case absl::StatusCode::kNotFound:
    case absl::StatusCode::kFailedPrecondition:
      return ExitCode::kFile;
    case absl::StatusCode::kPermissionDenied:
      return ExitCode::kPermission;
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kDeadlineExceeded:
      return ExitCode::kUnavailable;
    default:
      return ExitCode::kInternal;
  }
}

}  // namespace rollcall::cli
