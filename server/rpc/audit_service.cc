#include "server/rpc/audit_service.h"

#include <google/protobuf/util/json_util.h>

#include <algorithm>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "server/audit/audit_tables.h"
#include "server/audit/merkle_tree.h"
#include "server/registry/page_token.h"
#include "storage/audit_store.h"
#include "storage/status.h"
#include "storage/value_codec.h"

namespace rollcall::rpc {
namespace {

// Entries of one message of the stream, in bytes; a message of twice this still passes everywhere.
constexpr std::size_t kBatchBytes = std::size_t{1} << 20;
// Checkpoints sent with a whole log: enough to narrow down where it is bad, few to be checked.
constexpr std::uint64_t kCheckpointsOfStream = 1024;

absl::Status Gone() {
  return MakeError(absl::StatusCode::kCancelled, "CANCELLED", "the caller has gone");
}

// An index or a size of the request; what is negative is no such thing.
absl::Status CheckNumber(const char* field, std::int64_t number) {
  return number >= 0 ? absl::OkStatus() : InvalidField(field, "is negative; count from 0");
}

absl::StatusOr<audit::Checkpoint> NewestHead(ReadTx& tx, const audit::NoteKey& key,
                                             std::string* note) {
  RC_ASSIGN_OR_RETURN(const AuditCheckpointRow row, GetAuditCheckpoint(tx, kNewest));
  *note = row.note;
  return audit::OpenCheckpoint(row.note, key);
}

absl::Status ToMessage(ReadTx& tx, const AuditRow& row, v1::AuditEntry* entry) {
  RC_RETURN_IF_ERROR(audit::CheckRow(row));
  google::protobuf::util::JsonParseOptions options;
  options.ignore_unknown_fields = true;
  if (!google::protobuf::util::JsonStringToMessage(row.entry, entry, options).ok()) {
    return MakeError(absl::StatusCode::kDataLoss, "AUDIT_LOG_DAMAGED",
                     absl::StrCat("entry ", row.index, " of the audit log cannot be read"),
                     {{"entry", absl::StrCat(row.index)}});
  }
  RC_ASSIGN_OR_RETURN(const std::vector<AuditSaltRow> salts, GetAuditSalts(tx, row.index));
  for (const AuditSaltRow& salt : salts) {
    const int known = entry->subjects_size();
    if (known == 0 || entry->subjects(known - 1) != salt.subject) entry->add_subjects(salt.subject);
  }
  return absl::OkStatus();
}

}  // namespace

grpc::Status AuditService::ListAuditEntries(grpc::ServerContext* context,
                                            const v1::ListAuditEntriesRequest* request,
                                            v1::ListAuditEntriesResponse* response) {
  return calls_.pipeline()->Read(
      context, *request, response, [&](ReadTx& tx, const CallContext&) -> absl::Status {
        RC_ASSIGN_OR_RETURN(const registry::PagePosition position,
                            registry::ReadPageToken(*request));
        std::int64_t before = kNewest;
        if (!position.key.empty() && !absl::SimpleAtoi(position.key, &before)) {
          return InvalidField("page_token", "cannot be read; start again without it");
        }
        AuditFilter filter{request->principal(), request->method(), request->kind(),
                           request->subject()};
        if (request->has_begin_time()) {
          filter.begin_time_us = absl::ToUnixMicros(FromTimestamp(request->begin_time()));
        }
        if (request->has_end_time()) {
          filter.end_time_us = absl::ToUnixMicros(FromTimestamp(request->end_time()));
        }
        const int size = registry::PageSize(*request);
        std::size_t bytes = 0;
        return ::rollcall::ListAuditEntries(
            tx, filter, before, [&](const AuditRow& row) -> absl::StatusOr<bool> {
              const int count = response->audit_entries_size();
              if (count == size || bytes >= registry::kMaxPageBytes) {
                response->set_next_page_token(registry::MakePageToken(
                    *request, {absl::StrCat(response->audit_entries(count - 1).index()), 0}));
                return false;
              }
              bytes += row.entry.size();
              RC_RETURN_IF_ERROR(ToMessage(tx, row, response->add_audit_entries()));
              return true;
            });
      });
}

grpc::Status AuditService::GetAuditCheckpoint(grpc::ServerContext* context,
                                              const v1::GetAuditCheckpointRequest* request,
                                              v1::AuditCheckpoint* response) {
  return calls_.pipeline()->Read(
      context, *request, response, [&](ReadTx& tx, const CallContext&) -> absl::Status {
        RC_RETURN_IF_ERROR(CheckNumber("tree_size", request->tree_size()));
        const std::int64_t size = request->tree_size() == 0 ? kNewest : request->tree_size();
        RC_ASSIGN_OR_RETURN(AuditCheckpointRow row, ::rollcall::GetAuditCheckpoint(tx, size));
        response->set_tree_size(row.size);
        response->set_note(std::move(row.note));
        response->set_verifier_key(audit::VerifierLine(key_));
        return absl::OkStatus();
      });
}

grpc::Status AuditService::GetInclusionProof(grpc::ServerContext* context,
                                             const v1::GetInclusionProofRequest* request,
                                             v1::InclusionProof* response) {
  return calls_.pipeline()->Read(
      context, *request, response, [&](ReadTx& tx, const CallContext&) -> absl::Status {
        RC_RETURN_IF_ERROR(CheckNumber("index", request->index()));
        RC_ASSIGN_OR_RETURN(AuditRow row, GetAuditEntry(tx, request->index()));
        audit::EntryProof proof;
        RC_ASSIGN_OR_RETURN(const audit::Checkpoint head, NewestHead(tx, key_, &proof.checkpoint));
        proof.index = static_cast<std::uint64_t>(row.index);
        RC_ASSIGN_OR_RETURN(proof.path,
                            audit::InclusionProof(proof.index, head.size, audit::StoredNodes(tx)));
        response->set_entry(std::move(row.entry));
        response->set_proof(audit::ProofText(proof));
        response->set_verifier_key(audit::VerifierLine(key_));
        return absl::OkStatus();
      });
}

grpc::Status AuditService::GetConsistencyProof(grpc::ServerContext* context,
                                               const v1::GetConsistencyProofRequest* request,
                                               v1::ConsistencyProof* response) {
  return calls_.pipeline()->Read(
      context, *request, response, [&](ReadTx& tx, const CallContext&) -> absl::Status {
        RC_RETURN_IF_ERROR(CheckNumber("old_size", request->old_size()));
        RC_RETURN_IF_ERROR(CheckNumber("tree_size", request->tree_size()));
        RC_ASSIGN_OR_RETURN(const std::int64_t count, CountAuditEntries(tx));
        const std::int64_t size = request->tree_size() == 0 ? count : request->tree_size();
        if (size > count) {
          return InvalidField("tree_size", absl::StrCat("the log has ", count, " entries"));
        }
        if (request->old_size() > size) {
          return InvalidField("old_size", "is larger than the size of the later log");
        }
        RC_ASSIGN_OR_RETURN(
            const std::vector<audit::Hash> proof,
            audit::ConsistencyProof(static_cast<std::uint64_t>(request->old_size()),
                                    static_cast<std::uint64_t>(size), audit::StoredNodes(tx)));
        response->set_old_size(request->old_size());
        response->set_tree_size(size);
        for (const audit::Hash& hash : proof) {
          response->add_hashes(std::string(audit::Bytes(hash)));
        }
        return absl::OkStatus();
      });
}

grpc::Status AuditService::StreamAuditEntries(
    grpc::ServerContext* context, const v1::StreamAuditEntriesRequest* request,
    grpc::ServerWriter<v1::StreamAuditEntriesResponse>* writer) {
  return calls_.pipeline()->Stream(
      context, *request, /*check_request=*/true, [&](const CallContext& call) -> absl::Status {
        RC_RETURN_IF_ERROR(CheckNumber("begin", request->begin()));
        std::int64_t size = 0;
        RC_RETURN_IF_ERROR(store_->Read(call.cancelled, [&](ReadTx& tx) -> absl::Status {
          RC_ASSIGN_OR_RETURN(size, CountAuditEntries(tx));
          return absl::OkStatus();
        }));
        if (request->begin() > size) {
          return InvalidField("begin", absl::StrCat("the log has ", size, " entries"));
        }
        const auto begin = static_cast<std::uint64_t>(request->begin());
        const auto end = static_cast<std::uint64_t>(size);
        audit::TableReader reader(key_, begin, end, (end - begin) / kCheckpointsOfStream);
        v1::StreamAuditEntriesResponse message;
        message.set_verifier_key(audit::VerifierLine(key_));
        const auto send = [&] { return call.peer->Await([&] { return writer->Write(message); }); };
        if (begin == end) return send() ? absl::OkStatus() : Gone();
        while (!reader.done()) {
          if (call.cancelled()) return Gone();
          // One view for each message: a slow reader holds no storage.
          audit::TableReader::Batch batch;
          const absl::Status read = store_->Read(call.cancelled, [&](ReadTx& tx) -> absl::Status {
            RC_ASSIGN_OR_RETURN(batch, reader.Next(tx, kBatchBytes));
            return absl::OkStatus();
          });
          if (ErrorReason(read) == "AUDIT_LOG_DAMAGED") {
            message.set_damage(std::string(read.message()));
            send();
          }
          RC_RETURN_IF_ERROR(read);
          for (AuditRow& row : batch.rows) {
            v1::AuditRecord* record = message.add_records();
            record->set_entry(std::move(row.entry));
            record->set_leaf_hash(std::move(row.leaf_hash));
          }
          message.set_checkpoint(std::move(batch.checkpoint));
          if (!send()) return Gone();
          message.Clear();
        }
        return absl::OkStatus();
      });
}

}  // namespace rollcall::rpc
