// Where the audit commands get a log and a key from: the server, or files.
#ifndef ROLLCALL_CLIENT_CLI_AUDIT_SOURCE_H_
#define ROLLCALL_CLIENT_CLI_AUDIT_SOURCE_H_

#include <grpcpp/support/status.h>

#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "client/cli/command_context.h"
#include "rollcall/v1/audit_service.pb.h"
#include "server/audit/checkpoint.h"
#include "server/audit/signed_note.h"

namespace rollcall::cli {

// The key that the user names: its line, or a file that holds the line.
// Errors: InvalidArgument, NotFound.
absl::StatusOr<audit::NoteKey> NamedKey(const std::string& text);

// The server's own word for its key.
absl::StatusOr<audit::NoteKey> KeyOfServer(const CommandContext& context, grpc::Status* call);

// The checkpoints of a witness file, each signed by `key`; none if the file is empty or not there
// and `may_be_new`.
// Errors: NotFound (no file that can be read, or one without a checkpoint), InvalidArgument (not
// the form), DataLoss (another signer).
absl::StatusOr<std::vector<audit::Checkpoint>> ReadWitness(const std::string& path,
                                                           const audit::NoteKey& key,
                                                           bool may_be_new);

// Adds a checkpoint to a witness file, which is made if it is not there.
absl::Status AppendWitness(const std::string& path, const std::string& note);

// Reads the log of the server from its beginning and gives each message to `take`, until that
// fails. Returns what `take` said; `call` is how the call ended.
absl::Status StreamLog(
    const CommandContext& context,
    const std::function<absl::Status(const v1::StreamAuditEntriesResponse&)>& take,
    grpc::Status* call);

}  // namespace rollcall::cli

#endif  // ROLLCALL_CLIENT_CLI_AUDIT_SOURCE_H_
