// Rules of dispositions: certificates that data was destroyed or returned.

#include <set>
#include <vector>

#include "absl/strings/str_cat.h"
#include "rollcall/v1/disposition_service.pb.h"
#include "rollcall/v1/share_service.pb.h"
#include "server/registry/collections.h"
#include "storage/register_tables.h"
#include "storage/status.h"
#include "storage/value_codec.h"

namespace rollcall::registry {
namespace {

using google::protobuf::Message;

// The vendor and all whose data may have come down to it.
absl::StatusOr<std::set<std::string>> VendorsUpstream(ReadTx& tx, const std::string& vendor) {
  std::set<std::string> known = {vendor};
  std::vector<std::string> queue = {vendor};
  while (!queue.empty()) {
    const std::string current = std::move(queue.back());
    queue.pop_back();
    RC_ASSIGN_OR_RETURN(const std::vector<std::string> suppliers, SuppliersOf(tx, current));
    for (const std::string& supplier : suppliers) {
      if (known.insert(supplier).second) queue.push_back(supplier);
    }
  }
  return known;
}

absl::Status CheckShares(ReadTx& tx, const std::string& vendor,
                         const v1::Disposition& disposition) {
  if (disposition.shares().empty()) return absl::OkStatus();
  RC_ASSIGN_OR_RETURN(const std::set<std::string> upstream, VendorsUpstream(tx, vendor));
  std::set<std::string> seen;
  for (int i = 0; i < disposition.shares_size(); ++i) {
    const std::string& name = disposition.shares(i);
    const std::string field = absl::StrCat("disposition.shares[", i, "]");
    if (!seen.insert(name).second) {
      return InvalidField(field, absl::StrCat(name, " stands in the list twice"));
    }
    RC_RETURN_IF_ERROR(RequireRecord(tx, ShareTable(), name, field));
    if (upstream.count(std::string(ParentName(name))) == 0) {
      return InvalidField(field, absl::StrCat("is not a share of ", vendor,
                                              " or of a vendor that passes data on to it"));
    }
    v1::Share share;
    RC_RETURN_IF_ERROR(ShareTable().Get(tx, name, kNewest, &share));
    if (ToCivilDay(disposition.disposition_date()) < ToCivilDay(share.start_date())) {
      return InvalidField(
          "disposition.disposition_date",
          absl::StrCat("is before ", name, " began, on ", DateText(share.start_date())));
    }
  }
  return absl::OkStatus();
}

absl::Status CheckDisposition(ReadTx& tx, const Message*, Message* record) {
  const auto& disposition = dynamic_cast<const v1::Disposition&>(*record);
  const std::string vendor(ParentName(disposition.name()));
  RC_RETURN_IF_ERROR(CheckShares(tx, vendor, disposition));
  std::set<std::string> products;
  for (int i = 0; i < disposition.products_size(); ++i) {
    const std::string& name = disposition.products(i);
    const std::string field = absl::StrCat("disposition.products[", i, "]");
    if (!products.insert(name).second) {
      return InvalidField(field, absl::StrCat(name, " stands in the list twice"));
    }
    if (ParentName(name) != vendor) {
      return InvalidField(field, absl::StrCat("is not a product of ", vendor));
    }
    RC_RETURN_IF_ERROR(RequireRecord(tx, ProductTable(), name, field));
  }
  RC_RETURN_IF_ERROR(
      CheckDataElements(tx, disposition.data_elements(), "disposition.data_elements"));
  if (disposition.subject() == v1::SUBJECT_KIND_GUARDIAN) {
    return InvalidField("disposition.subject", "must be students or staff");
  }
  if (disposition.document().empty()) return absl::OkStatus();
  return RequireRecord(tx, DocumentTable(), disposition.document(), "disposition.document");
}

}  // namespace

const Collection& Dispositions() {
  static const Collection collection = {.table = &DispositionTable(),
                                        .pattern = "vendors/{vendor}/dispositions/{disposition}",
                                        .parent_table = &VendorTable(),
                                        .check = CheckDisposition};
  return collection;
}

}  // namespace rollcall::registry
