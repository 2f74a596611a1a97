// Errors as people read them: what is wrong, field by field, and what to do. Nothing that a server
// or a file says can steer the terminal.
#ifndef ROLLCALL_CLIENT_CLI_ERROR_REPORT_H_
#define ROLLCALL_CLIENT_CLI_ERROR_REPORT_H_

#include <grpcpp/support/status.h>

#include <string>

#include "absl/status/status.h"
#include "client/cli/command_context.h"
#include "client/cli/exit_code.h"

namespace rollcall::cli {

// Writes a failed call to the error stream and returns its exit code. The details that the server
// sends in `grpc-status-details-bin` (google.rpc.BadRequest, ErrorInfo, RetryInfo) are shown
// beside the message. `request_id` is that of a change that may or may not have been made, empty
// for a read; if trying again makes sense, the text says how to do so without doing it twice.
ExitCode ReportCall(const CommandContext& context, const grpc::Status& status,
                    const std::string& request_id);

// Writes a mistake in the command line or in a file and returns kUsage.
ExitCode ReportUsage(const CommandContext& context, const std::string& text);

// Writes what is wrong with the command line or with a file that it names. Returns kFile if the
// file cannot be read (NotFound, DataLoss), else kUsage.
ExitCode ReportInput(const CommandContext& context, const absl::Status& status);

// Writes a local file that cannot be read or written and returns kFile.
ExitCode ReportFile(const CommandContext& context, const std::string& text);

// Writes a list that is not whole and returns kIncomplete.
ExitCode ReportIncomplete(const CommandContext& context, const std::string& text);

// Writes a proof that does not hold and returns kNotProven.
ExitCode ReportNotProven(const CommandContext& context, const std::string& text);

// Writes why there is no token or nobody could be signed in (see OidcClient, TokenStore) and
// returns kUsage, kFile, kPermission, kUnavailable or kInternal.
ExitCode ReportToken(const CommandContext& context, const absl::Status& status);

}  // namespace rollcall::cli

#endif  // ROLLCALL_CLIENT_CLI_ERROR_REPORT_H_
