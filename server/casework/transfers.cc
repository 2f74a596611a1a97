#include "server/casework/transfers.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "rollcall/v1/catalog_service.pb.h"
#include "rollcall/v1/share_service.pb.h"
#include "rollcall/v1/vendor_service.pb.h"
#include "server/casework/clock.h"
#include "server/registry/collections.h"
#include "storage/register_tables.h"
#include "storage/status.h"
#include "storage/value_codec.h"

namespace rollcall::casework {
namespace {

using google::protobuf::Message;

constexpr int kMaxElements = 500;

bool IsSha256(const std::string& text) {
  return text.size() == 64 && std::all_of(text.begin(), text.end(), [](char c) {
           return absl::ascii_isdigit(static_cast<unsigned char>(c)) || (c >= 'a' && c <= 'f');
         });
}

absl::Status CheckElements(ReadTx& tx, const v1::Transfer& transfer, std::int64_t ids) {
  if (transfer.elements().empty()) {
    return InvalidField("transfer.elements", "is required: give at least one entry");
  }
  if (transfer.elements_size() > kMaxElements) {
    return InvalidField("transfer.elements", "has more than 500 entries");
  }
  google::protobuf::RepeatedPtrField<std::string> names;
  for (int i = 0; i < transfer.elements_size(); ++i) {
    const v1::TransferElement& element = transfer.elements(i);
    *names.Add() = element.data_element();
    if (element.has_populated() && (element.populated() < 0 || element.populated() > ids)) {
      return InvalidField(absl::StrCat("transfer.elements[", i, "].populated"),
                          absl::StrCat("must be between 0 and the ", ids, " ids of the file"));
    }
  }
  return registry::CheckDataElements(tx, names, "transfer.elements");
}

// Checks what the transfer names; a share that names a product implies it.
absl::Status CheckReferences(ReadTx& tx, const std::string& vendor, v1::Transfer* transfer) {
  if (!transfer->share().empty()) {
    if (ParentName(transfer->share()) != vendor) {
      return InvalidField("transfer.share", absl::StrCat("is not a share of ", vendor));
    }
    RC_RETURN_IF_ERROR(
        registry::RequireRecord(tx, ShareTable(), transfer->share(), "transfer.share"));
    v1::Share share;
    RC_RETURN_IF_ERROR(ShareTable().Get(tx, transfer->share(), kNewest, &share));
    if (transfer->product().empty()) {
      transfer->set_product(share.product());
    } else if (!share.product().empty() && share.product() != transfer->product()) {
      return InvalidField("transfer.product",
                          absl::StrCat("is not the product of the share, ", share.product()));
    }
  }
  if (!transfer->product().empty()) {
    if (ParentName(transfer->product()) != vendor) {
      return InvalidField("transfer.product", absl::StrCat("is not a product of ", vendor));
    }
    RC_RETURN_IF_ERROR(
        registry::RequireRecord(tx, ProductTable(), transfer->product(), "transfer.product"));
  }
  for (int i = 0; i < transfer->via_size(); ++i) {
    RC_RETURN_IF_ERROR(registry::RequireRecord(tx, VendorTable(), transfer->via(i),
                                               absl::StrCat("transfer.via[", i, "]")));
  }
  return absl::OkStatus();
}

absl::Status SetSendDate(absl::TimeZone zone, v1::Transfer* transfer) {
  const auto& time = transfer->send_time();
  *transfer->mutable_send_date() = ToDate(LocalDay(FromTimestamp(time), zone));
  if (!transfer->has_send_time() || time.nanos() < 0 || time.nanos() > 999'999'999 ||
      !IsValidDate(transfer->send_date())) {
    return InvalidField("transfer.send_time", "must be a time between the years 1900 and 2200");
  }
  return absl::OkStatus();
}

v1::PlannedTransfer AsPlanned(const std::string& vendor, const v1::Transfer& transfer) {
  v1::PlannedTransfer planned;
  planned.set_parent(vendor);
  planned.set_share(transfer.share());
  planned.set_product(transfer.product());
  *planned.mutable_send_date() = transfer.send_date();
  for (const v1::TransferElement& element : transfer.elements()) {
    planned.add_data_elements(element.data_element());
  }
  *planned.mutable_via() = transfer.via();
  planned.set_id_kind(transfer.id_kind());
  planned.set_subject(transfer.subject());
  return planned;
}

bool MatchesTransfer(const Message& request, const Message& record) {
  const auto& list = dynamic_cast<const v1::ListTransfersRequest&>(request);
  const auto& transfer = dynamic_cast<const v1::Transfer&>(record);
  if (list.undeclared_only() && !transfer.undeclared()) return false;
  if (list.data_element().empty()) return true;
  return std::any_of(transfer.elements().begin(), transfer.elements().end(),
                     [&](const v1::TransferElement& element) {
                       return element.data_element() == list.data_element();
                     });
}

}  // namespace

const registry::Collection& Transfers() {
  static const registry::Collection collection = {
      .table = &TransferTable(),
      .pattern = "vendors/{vendor}/transfers/{transfer}",
      .parent_table = &VendorTable(),
      .matches = MatchesTransfer};
  return collection;
}

absl::Status RecordTransfer(WriteTx& tx, const TransferParts& parts, const v1::NewTransfer& request,
                            const IdList& ids, MatchedIds* matched, v1::Transfer* response) {
  const std::string& vendor = request.parent();
  RC_RETURN_IF_ERROR(registry::CheckName(registry::Vendors(), vendor, "parent"));
  v1::Vendor found;
  RC_RETURN_IF_ERROR(VendorTable().Get(tx, vendor, kNewest, &found));
  *response = request.transfer();
  registry::ClearOutputOnly(response);
  response->set_name(absl::StrCat(
      vendor, "/transfers/",
      request.transfer_id().empty() ? parts.ids->NewResourceId() : request.transfer_id()));
  RC_RETURN_IF_ERROR(registry::CheckName(Transfers(), response->name(), "transfer_id"));

  RC_RETURN_IF_ERROR(CheckElements(tx, *response, static_cast<std::int64_t>(ids.size())));
  RC_RETURN_IF_ERROR(CheckReferences(tx, vendor, response));
  RC_RETURN_IF_ERROR(SetSendDate(parts.time_zone, response));
  if (response->subject() == v1::SUBJECT_KIND_GUARDIAN) {
    return InvalidField("transfer.subject", "must be students or staff");
  }
  if (!response->file_sha256().empty() && !IsSha256(response->file_sha256())) {
    return InvalidField("transfer.file_sha256", "must be 64 lower-case hexadecimal digits");
  }

  RC_RETURN_IF_ERROR(
      RefreshMatch(tx, *parts.indexes, ids, response->id_kind(), response->subject(), matched));
  response->set_ids(static_cast<std::int64_t>(ids.size()));
  response->set_people(static_cast<std::int64_t>(matched->people.size()));
  response->set_unmatched(matched->unmatched.size());
  response->set_repeated(matched->repeated);
  response->set_ambiguous(matched->ambiguous);
  if (parts.find_undeclared != nullptr && *parts.find_undeclared) {
    std::vector<v1::TransferFinding> findings;
    RC_RETURN_IF_ERROR(
        (*parts.find_undeclared)(tx, AsPlanned(vendor, *response), *matched, &findings));
    response->set_undeclared(!findings.empty());
    response->mutable_findings()->Assign(findings.begin(), findings.end());
  }
  RC_RETURN_IF_ERROR(TransferTable().Insert(tx, response));
  RC_RETURN_IF_ERROR(PutTransferParts(tx, *response));
  return PutMatchedPeople(tx, response->name(), *matched);
}

absl::Status ListUnmatchedTransferIds(ReadTx& tx,
                                      const v1::ListUnmatchedTransferIdsRequest& request,
                                      v1::ListUnmatchedTransferIdsResponse* response) {
  RC_RETURN_IF_ERROR(registry::CheckName(Transfers(), request.parent(), "parent"));
  v1::Transfer transfer;
  RC_RETURN_IF_ERROR(TransferTable().Get(tx, request.parent(), kNewest, &transfer));
  return ListUnmatched(tx, transfer.name(), transfer.revision(), request,
                       response->mutable_entries(), response->mutable_next_page_token());
}

}  // namespace rollcall::casework
