// The exit codes of the program. They are part of its interface: docs/cli.md lists them, scripts
// rely on them, and a number never changes its meaning.
#ifndef ROLLCALL_CLIENT_CLI_EXIT_CODE_H_
#define ROLLCALL_CLIENT_CLI_EXIT_CODE_H_

#include <grpcpp/support/status.h>

namespace rollcall::cli {

enum class ExitCode {
  // All was done.
  kOk = 0,
  // The server failed, or answered in a way that this client does not understand.
  kInternal = 1,
  // The command line or a file given to it makes no sense; the server was not asked.
  kUsage = 2,
  // What was named is not in the register.
  kNotFound = 3,
  // The server refused the content: INVALID_ARGUMENT, FAILED_PRECONDITION, OUT_OF_RANGE.
  kRefused = 4,
  // PERMISSION_DENIED or UNAUTHENTICATED.
  kPermission = 5,
  // No server, too slow, or too busy: UNAVAILABLE, DEADLINE_EXCEEDED, RESOURCE_EXHAUSTED,
  // CANCELLED. The same command may work later.
  kUnavailable = 6,
  // Somebody else was first: ALREADY_EXISTS or ABORTED.
  kConflict = 7,
  // A list or stream ended without its closing, or did not agree with it. What was received is not
  // the list.
  kIncomplete = 8,
  // A file on this machine could not be read or written.
  kFile = 9,
  // A proof does not hold.
  kNotProven = 10,
  // The server looked and says no: `transfer check` found something that may not be sent.
  kNotAllowed = 11,
};

// The code for a status of the server; kOk for OK. Total: unknown codes give kInternal.
ExitCode ExitCodeOf(grpc::StatusCode code);

}  // namespace rollcall::cli

#endif  // ROLLCALL_CLIENT_CLI_EXIT_CODE_H_
