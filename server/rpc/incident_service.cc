#include "server/rpc/incident_service.h"

#include <optional>

#include "absl/strings/str_cat.h"
#include "server/casework/incidents.h"
#include "server/rpc/request_check.h"
#include "storage/digest.h"
#include "storage/status.h"

namespace rollcall::rpc {
namespace {

constexpr int kMaxInlineEntries = 10'000;
constexpr std::size_t kMaxImportedEntries = 5'000'000;
constexpr std::size_t kMaxImportedBytes = std::size_t{512} << 20;

}  // namespace

grpc::Status IncidentService::GetIncident(grpc::ServerContext* context,
                                          const v1::GetIncidentRequest* request,
                                          v1::Incident* response) {
  return calls_.Get(context, casework::Incidents(), request, response);
}

grpc::Status IncidentService::ListIncidents(grpc::ServerContext* context,
                                            const v1::ListIncidentsRequest* request,
                                            v1::ListIncidentsResponse* response) {
  return calls_.List(context, casework::Incidents(), request, response);
}

grpc::Status IncidentService::CreateIncident(grpc::ServerContext* context,
                                             const v1::CreateIncidentRequest* request,
                                             v1::Incident* response) {
  return calls_.Create(context, casework::Incidents(), request, response);
}

grpc::Status IncidentService::UpdateIncident(grpc::ServerContext* context,
                                             const v1::UpdateIncidentRequest* request,
                                             v1::Incident* response) {
  return calls_.Update(context, casework::Incidents(), request, response);
}

grpc::Status IncidentService::GetStatement(grpc::ServerContext* context,
                                           const v1::GetStatementRequest* request,
                                           v1::Statement* response) {
  return calls_.Get(context, casework::Statements(), request, response);
}

grpc::Status IncidentService::ListStatements(grpc::ServerContext* context,
                                             const v1::ListStatementsRequest* request,
                                             v1::ListStatementsResponse* response) {
  return calls_.pipeline()->Read(context, *request, response, [&](ReadTx& tx, const CallContext&) {
    return casework::ListStatements(tx, *request, response);
  });
}

grpc::Status IncidentService::CreateStatement(grpc::ServerContext* context,
                                              const v1::CreateStatementRequest* request,
                                              v1::Statement* response) {
  return calls_.pipeline()->Write(
      context, *request, response, [&](WriteTx& tx, const CallContext&) -> absl::Status {
        if (request->entries_size() > kMaxInlineEntries) {
          return InvalidField("entries",
                              "has more than 10000 entries; use ImportStatement for long lists");
        }
        return casework::CreateStatement(tx, *request, casework::EntriesOf(*request), response);
      });
}

grpc::Status IncidentService::ImportStatement(
    grpc::ServerContext* context, grpc::ServerReader<v1::ImportStatementRequest>* reader,
    v1::Statement* response) {
  v1::ImportStatementRequest message;
  const v1::ImportStatementRequest kind_of_call;
  return calls_.pipeline()->Stream(
      context, kind_of_call, /*check_request=*/false, [&](const CallContext& call) -> absl::Status {
        const auto read = [&] { return call.peer->Await([&] { return reader->Read(&message); }); };
        if (!read() || !message.has_request()) {
          return InvalidField("request", "the first message must carry the request");
        }
        v1::CreateStatementRequest request = message.request();
        RC_RETURN_IF_ERROR(CheckRequest(request));
        // The whole list is taken in before the register is touched: a caller that is cut off
        // half-way has recorded nothing, and a slow one holds nobody up.
        Sha256 digest;
        std::vector<v1::StatementEntry> entries(request.entries().begin(), request.entries().end());
        request.clear_entries();
        std::optional<std::int64_t> total;
        std::size_t bytes = 0;
        while (read()) {
          if (total) return InvalidField("total_entries", "must be the last message");
          if (message.content_case() == v1::ImportStatementRequest::kTotalEntries) {
            total = message.total_entries();
            continue;
          }
          if (!message.has_entries()) {
            return InvalidField("entries", "only the first message carries the request");
          }
          RC_RETURN_IF_ERROR(CheckRequest(message.entries()));
          if (message.entries().entries_size() > kMaxInlineEntries) {
            return InvalidField("entries.entries", "has more than 10000 entries in one message");
          }
          bytes += message.ByteSizeLong();
          for (const v1::StatementEntry& entry : message.entries().entries()) {
            if (entries.size() == kMaxImportedEntries || bytes > kMaxImportedBytes) {
              return MakeError(absl::StatusCode::kResourceExhausted, "LIST_TOO_LONG",
                               "the list has more than 5,000,000 entries or 512 MiB of them");
            }
            entries.push_back(entry);
          }
        }
        if (call.cancelled()) {
          return MakeError(absl::StatusCode::kCancelled, "CANCELLED",
                           "the call was cut off before the list was complete; nothing was "
                           "recorded");
        }
        if (total != std::ssize(entries)) {
          return InvalidField("total_entries",
                              absl::StrCat("must be the last message and say how many entries "
                                           "were sent; ",
                                           entries.size(), " have arrived"));
        }
        for (const v1::StatementEntry& entry : entries) {
          digest.Update(absl::StrCat(entry.id().size(), ":", entry.id(), ";",
                                     entry.data_elements_size(), ";"));
          for (const std::string& element : entry.data_elements()) {
            digest.Update(absl::StrCat(element.size(), ":", element));
          }
        }
        // What a retry is compared with is the request with a digest in the list's place.
        v1::CreateStatementRequest key = request;
        key.add_entries()->set_id(Hex(digest.Finish()));
        std::size_t next = 0;
        const auto next_entry = [&](v1::StatementEntry* entry) -> absl::StatusOr<bool> {
          if (next == entries.size()) return false;
          *entry = entries[next++];
          return true;
        };
        return calls_.pipeline()->RunWrite(
            call, key, response, [&](WriteTx& tx, const CallContext&) {
              next = 0;
              return casework::CreateStatement(tx, request, next_entry, response);
            });
      });
}

grpc::Status IncidentService::ListUnmatchedEntries(grpc::ServerContext* context,
                                                   const v1::ListUnmatchedEntriesRequest* request,
                                                   v1::ListUnmatchedEntriesResponse* response) {
  return calls_.pipeline()->Read(context, *request, response, [&](ReadTx& tx, const CallContext&) {
    return casework::ListUnmatchedEntries(tx, *request, response);
  });
}

}  // namespace rollcall::rpc
