#include "client/cli/server_health.h"

#include <memory>
#include <string>

#include "client/cli/answer_writer.h"
#include "client/cli/connection.h"
#include "client/cli/error_report.h"
#include "client/cli/text_value.h"
#include "grpc/health/v1/health.grpc.pb.h"

namespace rollcall::cli {
namespace {

namespace health = grpc::health::v1;

constexpr auto kDefaultTimeout = std::chrono::seconds(5);

struct Options {
  std::string service;
  bool watch = false;
};

ExitCode Judge(const CommandContext& context, const health::HealthCheckResponse& response) {
  if (response.status() == health::HealthCheckResponse::SERVING) return ExitCode::kOk;
  context.io.err << "rollcall: the server is not ready to serve\n";
  return ExitCode::kUnavailable;
}

void Show(const CommandContext& context, const health::HealthCheckResponse& response) {
  if (context.options.output == OutputFormat::kTable) {
    context.io.out << health::HealthCheckResponse::ServingStatus_Name(response.status())
                   << std::endl;
  } else {
    WriteAnswer(context, response);
  }
}

ExitCode Check(const CommandContext& context, const Options& options) {
  if (!IsUtf8(options.service)) return ReportUsage(context, "--service is not valid UTF-8");
  Connection connection(context.options);
  const auto stub = health::Health::NewStub(connection.channel());
  grpc::ClientContext call;
  health::HealthCheckRequest request;
  request.set_service(options.service);
  health::HealthCheckResponse response;
  if (!options.watch || context.options.timeout) {
    call.set_deadline(std::chrono::system_clock::now() +
                      context.options.timeout.value_or(kDefaultTimeout));
  }
  if (!options.watch) {
    const grpc::Status status = stub->Check(&call, request, &response);
    if (!status.ok()) return ReportCall(context, status, "");
    Show(context, response);
    return Judge(context, response);
  }
  const auto reader = stub->Watch(&call, request);
  while (reader->Read(&response)) Show(context, response);
  const grpc::Status status = reader->Finish();
  return status.ok() ? Judge(context, response) : ReportCall(context, status, "");
}

}  // namespace

void AddServerHealth(CommandTree* tree) {
  CLI::App* command = tree->Add("server", "health",
                                "Asks whether the server is ready to serve; "
                                "exit code 6 if it is not");
  const auto options = tree->Keep(std::make_shared<Options>());
  command->add_option("--service", options->service,
                      "One service, such as "
                      "rollcall.v1.VendorService");
  command->add_flag("--watch", options->watch,
                    "Go on and write every change, until the end of "
                    "--timeout or of the server");
  tree->OnRun(
      command, [options](const CommandContext& context) { return Check(context, *options); },
      Needs::kNoToken);
}

}  // namespace rollcall::cli
