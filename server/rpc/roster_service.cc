#include "server/rpc/roster_service.h"

#include "absl/strings/str_cat.h"
#include "server/roster/importer.h"
#include "server/roster/people.h"
#include "server/roster/spool.h"
#include "server/rpc/request_check.h"
#include "storage/status.h"

namespace rollcall::rpc {
namespace {

// Progress is sent at most this often, and so rarely in all that it can never fill the stream's
// window: a caller that does not read it must not hold the write transaction.
constexpr absl::Duration kProgressInterval = absl::Milliseconds(200);
constexpr int kMaxProgressMessages = 500;

absl::Status CutOff() {
  return MakeError(absl::StatusCode::kCancelled, "CANCELLED",
                   "the call was cut off; nothing was imported");
}

absl::Status CheckTotals(const v1::ImportTotals& totals, const roster::Spool& spool) {
  if (totals.files() == std::ssize(spool.files()) &&
      static_cast<std::uint64_t>(totals.bytes()) == spool.bytes()) {
    return absl::OkStatus();
  }
  return InvalidField(
      "totals", absl::StrCat("says ", totals.files(), " files and ", totals.bytes(), " bytes, but ",
                             spool.files().size(), " files and ", spool.bytes(),
                             " bytes have arrived; send the package again"));
}

// Sends progress messages, but not too many.
template <typename Stream>
class ProgressSender {
 public:
  explicit ProgressSender(Stream* stream) : stream_(stream) {}

  absl::Status Send(const v1::ImportProgress& progress) {
    const absl::Time now = absl::Now();
    const bool new_phase = progress.phase() != phase_;
    if ((!new_phase && now < next_) || sent_ >= kMaxProgressMessages) return absl::OkStatus();
    phase_ = progress.phase();
    next_ = now + kProgressInterval;
    ++sent_;
    v1::ImportRosterResponse message;
    *message.mutable_progress() = progress;
    return stream_->Write(message) ? absl::OkStatus() : CutOff();
  }

 private:
  Stream* stream_;
  std::string phase_;
  absl::Time next_ = absl::InfinitePast();
  int sent_ = 0;
};

}  // namespace

grpc::Status RosterService::ImportRoster(grpc::ServerContext* context, ImportStream* stream) {
  const v1::ImportRosterRequest kind_of_call;
  return calls_.pipeline()->Stream(context, kind_of_call, /*check_request=*/false,
                                   [&](const CallContext& call) { return Import(call, stream); });
}

absl::Status RosterService::Import(const CallContext& call, ImportStream* stream) {
  v1::ImportRosterRequest message;
  const auto read = [&] { return call.peer->Await([&] { return stream->Read(&message); }); };
  if (!read() || !message.has_config()) {
    return InvalidField("config", "the first message must carry the configuration");
  }
  roster::ImportInput input;
  input.config = message.config();
  input.limits = limits_.package;
  RC_RETURN_IF_ERROR(CheckRequest(input.config));
  RC_RETURN_IF_ERROR(roster::CheckImportConfig(input.config));
  const std::unique_lock<std::mutex> only_one(import_mutex_, std::try_to_lock);
  if (!only_one.owns_lock()) {
    return MakeError(absl::StatusCode::kAborted, "IMPORT_RUNNING",
                     "another import is running; try again when it has ended");
  }

  ProgressSender sender(stream);
  v1::ImportProgress progress;
  progress.set_phase("receiving");
  roster::Spool spool(limits_.spool_directory, limits_.max_package_bytes);
  bool complete = false;
  while (read()) {
    if (call.cancelled()) return CutOff();
    if (complete) return InvalidField("content", "nothing may follow the totals");
    switch (message.content_case()) {
      case v1::ImportRosterRequest::kFileName:
        RC_RETURN_IF_ERROR(spool.StartFile(message.file_name()));
        break;
      case v1::ImportRosterRequest::kChunk:
        RC_RETURN_IF_ERROR(spool.Append(message.chunk()));
        break;
      case v1::ImportRosterRequest::kTotals:
        RC_RETURN_IF_ERROR(CheckTotals(message.totals(), spool));
        complete = true;
        break;
      default:
        return InvalidField("content", "must be a file name or a chunk after the first message");
    }
    progress.set_bytes_done(static_cast<std::int64_t>(spool.bytes()));
    RC_RETURN_IF_ERROR(sender.Send(progress));
  }
  // A call that was cut off ends the loop just as one that was half-closed does.
  if (call.cancelled()) return CutOff();
  if (spool.files().empty()) return InvalidField("file_name", "no file was sent");
  if (!complete) {
    return InvalidField("totals",
                        "is missing: the last message must say how many files and bytes were "
                        "sent, so that a connection that breaks cannot look like a short file");
  }
  input.files = spool.files();
  RC_ASSIGN_OR_RETURN(input.digest, spool.Digest());

  // A retry is the same request if configuration and files are the same.
  v1::ImportRosterConfig key = input.config;
  key.set_source(absl::StrCat(key.source(), "\n", input.digest));
  v1::RosterImport result;
  RC_RETURN_IF_ERROR(
      calls_.pipeline()->RunWrite(call, key, &result, [&](WriteTx& tx, const CallContext&) {
        return roster::RunImport(
            tx, input, [&](const v1::ImportProgress& step) { return sender.Send(step); }, &result);
      }));
  v1::ImportRosterResponse last;
  *last.mutable_result() = result;
  // The import is durable by now; a caller that is gone finds it in the list of imports.
  stream->Write(last);
  return absl::OkStatus();
}

grpc::Status RosterService::GetRosterImport(grpc::ServerContext* context,
                                            const v1::GetRosterImportRequest* request,
                                            v1::RosterImport* response) {
  return calls_.pipeline()->Read(context, *request, response, [&](ReadTx& tx, const CallContext&) {
    return roster::GetRosterImport(tx, *request, response);
  });
}

grpc::Status RosterService::ListRosterImports(grpc::ServerContext* context,
                                              const v1::ListRosterImportsRequest* request,
                                              v1::ListRosterImportsResponse* response) {
  return calls_.pipeline()->Read(context, *request, response, [&](ReadTx& tx, const CallContext&) {
    return roster::ListRosterImports(tx, *request, response);
  });
}

grpc::Status RosterService::GetPerson(grpc::ServerContext* context,
                                      const v1::GetPersonRequest* request, v1::Person* response) {
  return calls_.pipeline()->Read(context, *request, response, [&](ReadTx& tx, const CallContext&) {
    return roster::GetPerson(tx, *request, response);
  });
}

grpc::Status RosterService::ListPeople(grpc::ServerContext* context,
                                       const v1::ListPeopleRequest* request,
                                       v1::ListPeopleResponse* response) {
  return calls_.pipeline()->Read(context, *request, response, [&](ReadTx& tx, const CallContext&) {
    return roster::ListPeople(tx, *request, response);
  });
}

grpc::Status RosterService::ListEnrollments(grpc::ServerContext* context,
                                            const v1::ListEnrollmentsRequest* request,
                                            v1::ListEnrollmentsResponse* response) {
  return calls_.pipeline()->Read(context, *request, response, [&](ReadTx& tx, const CallContext&) {
    return roster::ListEnrollments(tx, *request, response);
  });
}

grpc::Status RosterService::ListProgramSpells(grpc::ServerContext* context,
                                              const v1::ListProgramSpellsRequest* request,
                                              v1::ListProgramSpellsResponse* response) {
  return calls_.pipeline()->Read(context, *request, response, [&](ReadTx& tx, const CallContext&) {
    return roster::ListProgramSpells(tx, *request, response);
  });
}

grpc::Status RosterService::ListSchools(grpc::ServerContext* context,
                                        const v1::ListSchoolsRequest* request,
                                        v1::ListSchoolsResponse* response) {
  return calls_.pipeline()->Read(context, *request, response, [&](ReadTx& tx, const CallContext&) {
    return roster::ListSchools(tx, *request, response);
  });
}

grpc::Status RosterService::GetRosterSummary(grpc::ServerContext* context,
                                             const v1::GetRosterSummaryRequest* request,
                                             v1::RosterSummary* response) {
  return calls_.pipeline()->Read(context, *request, response,
                                 [&](ReadTx& tx, const CallContext&) -> absl::Status {
                                   RC_ASSIGN_OR_RETURN(*response, roster::SummarizeRoster(tx));
                                   return absl::OkStatus();
                                 });
}

}  // namespace rollcall::rpc
