#include "server/rpc/exposure_service.h"

#include <algorithm>
#include <future>
#include <memory>
#include <vector>

#include "server/casework/exposure_comparison.h"
#include "server/casework/exposures.h"
#include "server/casework/person_exposure.h"
#include "server/registry/page_token.h"
#include "server/rpc/personal_fields.h"
#include "storage/status.h"

namespace rollcall::rpc {
namespace {

// People in one message. Streams are fastest with some kilobytes a message; a message with names
// of as many people stays far below what clients accept.
constexpr std::size_t kBatch = 4096;
constexpr std::size_t kBatchWithDetails = 1000;

absl::Status Gone() {
  return MakeError(absl::StatusCode::kCancelled, "CANCELLED",
                   "the caller stopped reading; what it has is not the list");
}

template <typename Request>
const v1::WhatIf* WhatIfOf(const Request& request) {
  return request.has_what_if() ? &request.what_if() : nullptr;
}

}  // namespace

grpc::Status ExposureService::GetExposureSummary(grpc::ServerContext* context,
                                                 const v1::GetExposureSummaryRequest* request,
                                                 v1::ExposureSummary* response) {
  return calls_.pipeline()->Read(
      context, *request, response, [&](ReadTx& tx, const CallContext& call) -> absl::Status {
        RC_ASSIGN_OR_RETURN(
            const auto resolved,
            exposures_->Resolve(tx, {request->name(), WhatIfOf(*request), request->revision(),
                                     calls_.district().Today(call)}));
        RC_ASSIGN_OR_RETURN(*response,
                            casework::SummarizeExposure(tx, *resolved, request->omit_digest()));
        return absl::OkStatus();
      });
}

grpc::Status ExposureService::ListExposedPeople(grpc::ServerContext* context,
                                                const v1::ListExposedPeopleRequest* request,
                                                v1::ListExposedPeopleResponse* response) {
  return calls_.pipeline()->Read(
      context, *request, response, [&](ReadTx& tx, const CallContext& call) {
        return casework::ListExposedPeople(tx, *exposures_, calls_.district().Today(call), *request,
                                           response);
      });
}

grpc::Status ExposureService::StreamExposure(
    grpc::ServerContext* context, const v1::StreamExposureRequest* request,
    grpc::ServerWriter<v1::StreamExposureResponse>* writer) {
  return calls_.pipeline()->Stream(
      context, *request, /*check_request=*/true, [&](const CallContext& call) -> absl::Status {
        RC_ASSIGN_OR_RETURN(const registry::PagePosition position,
                            registry::ReadCursor(*request, call.principal));
        casework::ListPlace place{0, calls_.district().Today(call)};
        if (!position.key.empty()) {
          const auto parsed = casework::ParsePlace(position.key);
          if (!parsed) return InvalidField("cursor", "cannot be read; start again without it");
          place = *parsed;
        }
        // The exposure is computed in one transaction and sent outside of it: a slow reader holds
        // no storage.
        std::shared_ptr<const casework::ResolvedExposure> resolved;
        std::string secret;
        RC_RETURN_IF_ERROR(store_->Read(call.cancelled, [&](ReadTx& tx) -> absl::Status {
          RC_ASSIGN_OR_RETURN(
              resolved, exposures_->Resolve(
                            tx, {request->name(), WhatIfOf(*request),
                                 position.revision > 0 ? position.revision : request->revision(),
                                 place.today}));
          RC_ASSIGN_OR_RETURN(secret, casework::ExposureSecret(tx));
          return absl::OkStatus();
        }));
        RC_ASSIGN_OR_RETURN(const exposure::SaltKey salt_key, resolved->computed->SaltKey(secret));
        // The digest takes as long as the sending; both go on at the same time.
        auto digest =
            std::async(std::launch::async, [&] { return resolved->computed->Digest(secret); });

        v1::StreamExposureResponse message;
        v1::ExposureHeader* header = message.mutable_header();
        *header->mutable_basis() = resolved->basis();
        header->set_salt_key(salt_key.bytes.data(), salt_key.bytes.size());
        for (const exposure::ElementSet& set : resolved->exposure().sets) {
          *header->add_sets() = casework::SetMessage(*resolved, set);
        }
        if (!call.peer->Await([&] { return writer->Write(message); })) return Gone();

        const exposure::PeopleById& people = resolved->computed->people_by_id();
        const std::size_t total = people.ids.size();
        const std::size_t step = request->with_details() ? kBatchWithDetails : kBatch;
        std::size_t begin = 0;
        if (!position.key.empty()) {
          begin = static_cast<std::size_t>(
              std::upper_bound(people.ids.begin(), people.ids.end(), place.after) -
              people.ids.begin());
        }
        if (request->with_details() && !call.personal) {
          context->AddTrailingMetadata(kMaskedMetadata, "1");
        } else if (request->with_details() && begin < total) {
          RC_RETURN_IF_ERROR(
              calls_.pipeline()->RecordReading(call, {static_cast<std::int64_t>(total - begin),
                                                      {"district_id", "family_name", "given_name"},
                                                      {}}));
        }
        while (begin < total) {
          if (call.cancelled()) return Gone();
          const std::size_t end = std::min(begin + step, total);
          v1::ExposureBatch* batch = message.mutable_batch();
          batch->Clear();
          batch->mutable_people()->Add(people.ids.data() + begin, people.ids.data() + end);
          batch->mutable_sets()->Add(people.set_of.data() + begin, people.set_of.data() + end);
          place.after = people.ids[end - 1];
          batch->set_cursor(registry::MakeCursor(
              *request, call.principal, {casework::PlaceText(place), resolved->ground.revision}));
          if (request->with_details()) {
            RC_RETURN_IF_ERROR(store_->Read(call.cancelled, [&](ReadTx& tx) -> absl::Status {
              for (std::size_t i = begin; i < end; ++i) {
                RC_RETURN_IF_ERROR(casework::DescribePerson(
                    tx, *resolved->ground.roster, *resolved->world().OrdinalOf(people.ids[i]),
                    batch->add_details()));
              }
              return absl::OkStatus();
            }));
            Pipeline::Mask(call, batch);
          }
          if (!call.peer->Await([&] { return writer->Write(message); })) return Gone();
          begin = end;
        }
        RC_ASSIGN_OR_RETURN(const exposure::ExposureDigest sum, digest.get());
        v1::ExposureClosing* closing = message.mutable_closing();
        closing->set_people(static_cast<std::int64_t>(sum.people));
        closing->set_cells(static_cast<std::int64_t>(sum.cells));
        closing->set_revision(resolved->ground.revision);
        closing->set_digest(exposure::ToHex(sum.digest));
        closing->set_digest_format(exposure::kDigestFormat);
        return call.peer->Await([&] { return writer->Write(message); }) ? absl::OkStatus() : Gone();
      });
}

grpc::Status ExposureService::GetPersonExposure(grpc::ServerContext* context,
                                                const v1::GetPersonExposureRequest* request,
                                                v1::PersonExposure* response) {
  return calls_.pipeline()->Read(
      context, *request, response, [&](ReadTx& tx, const CallContext& call) {
        return casework::GetPersonExposure(tx, *portfolio_, calls_.district().Today(call), *request,
                                           response);
      });
}

grpc::Status ExposureService::ListVendorExposures(grpc::ServerContext* context,
                                                  const v1::ListVendorExposuresRequest* request,
                                                  v1::ListVendorExposuresResponse* response) {
  return calls_.pipeline()->Read(
      context, *request, response, [&](ReadTx& tx, const CallContext& call) {
        return casework::ListVendorExposures(tx, *portfolio_, calls_.district().Today(call),
                                             *request, response);
      });
}

grpc::Status ExposureService::CompareExposures(grpc::ServerContext* context,
                                               const v1::CompareExposuresRequest* request,
                                               v1::CompareExposuresResponse* response) {
  return calls_.pipeline()->Read(
      context, *request, response, [&](ReadTx& tx, const CallContext& call) {
        return casework::CompareExposures(tx, *exposures_, calls_.district().Today(call), *request,
                                          response);
      });
}

grpc::Status ExposureService::ProveExposure(grpc::ServerContext* context,
                                            const v1::ProveExposureRequest* request,
                                            v1::ExposureProof* response) {
  return calls_.pipeline()->Read(
      context, *request, response, [&](ReadTx& tx, const CallContext& call) {
        return casework::ProveExposure(tx, *exposures_, calls_.district().Today(call), *request,
                                       response);
      });
}

}  // namespace rollcall::rpc
