#include "client/cli/audit_source.h"

#include <grpcpp/client_context.h>

#include <filesystem>
#include <fstream>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "client/cli/connection.h"
#include "client/cli/local_file.h"
#include "rollcall/v1/audit_service.grpc.pb.h"

namespace rollcall::cli {

absl::StatusOr<audit::NoteKey> NamedKey(const std::string& text) {
  absl::StatusOr<audit::NoteKey> key = audit::ParseVerifierLine(text);
  if (key.ok()) return key;
  const absl::StatusOr<std::string> file = ReadWholeFile(text);
  if (!file.ok()) {
    return absl::InvalidArgumentError(absl::StrCat("--public-key: ", key.status().message(),
                                                   "; and there is no file of that name"));
  }
  key = audit::ParseVerifierLine(*file);
  if (!key.ok()) {
    return absl::InvalidArgumentError(absl::StrCat(text, ": ", key.status().message()));
  }
  return key;
}

absl::StatusOr<audit::NoteKey> KeyOfServer(const CommandContext& context, grpc::Status* call) {
  Connection connection(context.options);
  v1::AuditCheckpoint checkpoint;
  *call = connection.Call(MethodNamed("GetAuditCheckpoint"), v1::GetAuditCheckpointRequest(),
                          &checkpoint);
  if (!call->ok()) return absl::UnavailableError("the server did not name its key");
  return audit::ParseVerifierLine(checkpoint.verifier_key());
}

absl::StatusOr<std::vector<audit::Checkpoint>> ReadWitness(const std::string& path,
                                                           const audit::NoteKey& key,
                                                           bool may_be_new) {
  std::vector<audit::Checkpoint> checkpoints;
  std::error_code error;
  if (may_be_new && !std::filesystem::exists(path, error) && !error) return checkpoints;
  const absl::StatusOr<std::string> text = ReadWholeFile(path);
  if (!text.ok()) return absl::NotFoundError(text.status().message());
  const absl::StatusOr<std::vector<std::string>> notes = audit::SplitNotes(*text);
  if (!notes.ok()) {
    return absl::InvalidArgumentError(absl::StrCat(path, ": ", notes.status().message()));
  }
  if (notes->empty() && !may_be_new) {
    return absl::NotFoundError(
        absl::StrCat(path,
                     " has no checkpoint; name the file in which they were kept, or begin "
                     "one with --witness-append"));
  }
  for (const std::string& note : *notes) {
    absl::StatusOr<audit::Checkpoint> checkpoint = audit::OpenCheckpoint(note, key);
    if (!checkpoint.ok()) {
      return absl::Status(checkpoint.status().code(),
                          absl::StrCat(path, ", checkpoint ", checkpoints.size() + 1, ": ",
                                       checkpoint.status().message()));
    }
    checkpoints.push_back(*std::move(checkpoint));
  }
  return checkpoints;
}

absl::Status AppendWitness(const std::string& path, const std::string& note) {
  std::error_code error;
  const bool begun =
      std::filesystem::exists(path, error) && std::filesystem::file_size(path, error) > 0;
  std::ofstream file(path, std::ios::binary | std::ios::app);
  file << (begun ? "\n" : "") << note;
  file.flush();
  return file ? absl::OkStatus() : absl::NotFoundError(absl::StrCat("cannot write ", path));
}

absl::Status StreamLog(
    const CommandContext& context,
    const std::function<absl::Status(const v1::StreamAuditEntriesResponse&)>& take,
    grpc::Status* call) {
  Connection connection(context.options);
  const auto stub = v1::AuditService::NewStub(connection.channel());
  grpc::ClientContext client;
  connection.PrepareCall(MethodNamed("StreamAuditEntries"), &client);
  const auto reader = stub->StreamAuditEntries(&client, v1::StreamAuditEntriesRequest());
  v1::StreamAuditEntriesResponse response;
  absl::Status taken;
  while (taken.ok() && reader->Read(&response)) taken = take(response);
  if (!taken.ok()) client.TryCancel();
  *call = reader->Finish();
  return taken;
}

}  // namespace rollcall::cli
