#include "server/rpc/roster_service.h"

#include <condition_variable>
#include <deque>
#include <mutex>
#include <string>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/roster/importer.h"
#include "server/roster/people.h"
#include "server/roster/spool.h"
#include "server/rpc/peer_wait.h"
#include "server/rpc/request_check.h"
#include "server/runtime/clock.h"
#include "storage/status.h"

namespace rollcall::rpc {
namespace {

// Progress is sent at most this often, beside each new phase.
constexpr absl::Duration kProgressInterval = absl::Milliseconds(200);

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

// Tells the caller how far an import is, on a thread of its own: whoever does not read must not
// hold the write transaction. Of steps of one phase in quick succession only the last is told.
template <typename Stream>
class ProgressSender {
 public:
  // Both outlive the sender. Nothing else may be written to the stream meanwhile, and nobody else
  // may wait for the caller.
  ProgressSender(Stream* stream, PeerWait* peer)
      : stream_(stream), peer_(peer), thread_([this] { Run(); }) {}

  // Waits until all was sent, or the caller has gone.
  ~ProgressSender() {
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      ended_ = true;
    }
    changed_.notify_all();
    thread_.join();
  }
  ProgressSender(const ProgressSender&) = delete;
  ProgressSender& operator=(const ProgressSender&) = delete;

  // Does not wait. Errors: kCancelled once the caller has gone.
  absl::Status Send(const v1::ImportProgress& progress) {
    const absl::Time now = runtime::SteadyNow();
    const std::lock_guard<std::mutex> lock(mutex_);
    if (gone_) return CutOff();
    const bool new_phase = progress.phase() != phase_;
    if (!new_phase && now < next_) return absl::OkStatus();
    phase_ = progress.phase();
    next_ = now + kProgressInterval;
    if (new_phase || pending_.empty()) {
      pending_.push_back(progress);
    } else {
      pending_.back() = progress;
    }
    changed_.notify_all();
    return absl::OkStatus();
  }

 private:
  void Run() {
    std::unique_lock<std::mutex> lock(mutex_);
    while (!gone_) {
      changed_.wait(lock, [this] { return ended_ || !pending_.empty(); });
      if (pending_.empty()) return;
      v1::ImportRosterResponse message;
      *message.mutable_progress() = std::move(pending_.front());
      pending_.pop_front();
      lock.unlock();
      const bool sent = peer_->Await([&] { return stream_->Write(message); });
      lock.lock();
      if (!sent) gone_ = true;
    }
  }

  Stream* const stream_;
  PeerWait* const peer_;
  std::string phase_;                       // Used by Send only.
  absl::Time next_ = absl::InfinitePast();  // Used by Send only.
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<v1::ImportProgress> pending_;  // Guarded by mutex_.
  bool gone_ = false;                       // Guarded by mutex_.
  bool ended_ = false;                      // Guarded by mutex_.
  std::thread thread_;                      // Last: it uses all of the above.
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
  std::unique_lock<std::mutex> only_one(import_mutex_, std::try_to_lock);
  if (!only_one.owns_lock()) {
    return MakeError(absl::StatusCode::kAborted, "IMPORT_RUNNING",
                     "another import is running; try again when it has ended");
  }

  v1::ImportRosterResponse receiving;
  receiving.mutable_progress()->set_phase("receiving");
  absl::Time next_report = absl::InfinitePast();
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
    if (runtime::SteadyNow() < next_report) continue;
    next_report = runtime::SteadyNow() + kProgressInterval;
    receiving.mutable_progress()->set_bytes_done(static_cast<std::int64_t>(spool.bytes()));
    if (!call.peer->Await([&] { return stream->Write(receiving); })) return CutOff();
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
  {
    ProgressSender sender(stream, call.peer);
    RC_RETURN_IF_ERROR(
        calls_.pipeline()->RunWrite(call, key, &result, [&](WriteTx& tx, const CallContext&) {
          return roster::RunImport(
              tx, input, [&](const v1::ImportProgress& step) { return sender.Send(step); },
              &result);
        }));
    only_one.unlock();
  }
  v1::ImportRosterResponse last;
  *last.mutable_result() = result;
  // The import is durable by now; a caller that is gone finds it in the list of imports.
  call.peer->Await([&] { return stream->Write(last); });
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
