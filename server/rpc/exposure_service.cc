#include "server/rpc/exposure_service.h"

#include <optional>

#include "server/casework/exposures.h"
#include "storage/status.h"

namespace rollcall::rpc {
namespace {

// People in one message; about 1,000 rows a message is where streams are fastest.
constexpr std::size_t kBatch = 1000;

absl::Status Gone() {
  return MakeError(absl::StatusCode::kCancelled, "CANCELLED",
                   "the caller stopped reading; what it has is not the list");
}

}  // namespace

grpc::Status ExposureService::GetExposureSummary(grpc::ServerContext* context,
                                                 const v1::GetExposureSummaryRequest* request,
                                                 v1::ExposureSummary* response) {
  return calls_.pipeline()->Read(
      context, *request, [&](ReadTx& tx, const CallContext&) -> absl::Status {
        RC_ASSIGN_OR_RETURN(
            const casework::ResolvedExposure resolved,
            casework::ResolveExposure(tx, *worlds_, request->name(), request->revision()));
        RC_ASSIGN_OR_RETURN(*response, casework::SummarizeExposure(resolved));
        return absl::OkStatus();
      });
}

grpc::Status ExposureService::ListExposedPeople(grpc::ServerContext* context,
                                                const v1::ListExposedPeopleRequest* request,
                                                v1::ListExposedPeopleResponse* response) {
  return calls_.pipeline()->Read(context, *request, [&](ReadTx& tx, const CallContext&) {
    return casework::ListExposedPeople(tx, *worlds_, *request, response);
  });
}

grpc::Status ExposureService::StreamExposure(
    grpc::ServerContext* context, const v1::StreamExposureRequest* request,
    grpc::ServerWriter<v1::StreamExposureResponse>* writer) {
  return calls_.pipeline()->Stream(
      context, *request, /*check_request=*/true, [&](const CallContext& call) -> absl::Status {
        // The exposure is computed in one transaction and sent outside of it: a slow reader holds
        // no storage.
        std::optional<casework::ResolvedExposure> resolved;
        RC_RETURN_IF_ERROR(store_->Read(call.cancelled, [&](ReadTx& tx) -> absl::Status {
          RC_ASSIGN_OR_RETURN(resolved, casework::ResolveExposure(tx, *worlds_, request->name(),
                                                                  request->revision()));
          return absl::OkStatus();
        }));
        v1::StreamExposureResponse message;
        *message.mutable_header()->mutable_basis() = resolved->basis;
        std::vector<std::size_t> cells_of_set;
        for (const exposure::ElementSet& set : resolved->exposure.sets) {
          *message.mutable_header()->add_sets() = casework::SetMessage(*resolved, set);
          cells_of_set.push_back(set.cells.size());
        }
        if (!writer->Write(message)) return Gone();

        std::size_t cells = 0;
        const std::size_t people = resolved->exposure.ordinals.size();
        for (std::size_t begin = 0; begin < people; begin += kBatch) {
          if (call.cancelled()) return Gone();
          const std::size_t end = std::min(begin + kBatch, people);
          message.Clear();
          v1::ExposureBatch* batch = message.mutable_batch();
          for (std::size_t row = begin; row < end; ++row) {
            batch->add_people(static_cast<std::int64_t>(casework::PersonNumber(*resolved, row)));
            batch->add_sets(resolved->exposure.set_of[row]);
            cells += cells_of_set[resolved->exposure.set_of[row]];
          }
          if (request->with_details()) {
            RC_RETURN_IF_ERROR(store_->Read(call.cancelled, [&](ReadTx& tx) -> absl::Status {
              for (std::size_t row = begin; row < end; ++row) {
                RC_RETURN_IF_ERROR(
                    casework::DescribePerson(tx, *resolved, row, batch->add_details()));
              }
              return absl::OkStatus();
            }));
          }
          if (!writer->Write(message)) return Gone();
        }
        message.Clear();
        v1::ExposureClosing* closing = message.mutable_closing();
        closing->set_people(static_cast<std::int64_t>(people));
        closing->set_cells(static_cast<std::int64_t>(cells));
        closing->set_revision(resolved->basis.revision());
        RC_ASSIGN_OR_RETURN(*closing->mutable_digest(), casework::ExposureDigest(*resolved));
        return writer->Write(message) ? absl::OkStatus() : Gone();
      });
}

}  // namespace rollcall::rpc
