// Rules of vendors, products and contacts.

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "rollcall/v1/vendor_service.pb.h"
#include "server/registry/collections.h"
#include "storage/register_tables.h"
#include "storage/status.h"

namespace rollcall::registry {
namespace {

using google::protobuf::Message;

constexpr int kMaxAliases = 50;
constexpr int kMaxAddressLines = 4;

absl::Status CheckAddress(const v1::PostalAddress& address, std::string_view field) {
  if (address.lines_size() > kMaxAddressLines) {
    return InvalidField(absl::StrCat(ToAbsl(field), ".lines"), "has more than 4 lines");
  }
  if (!address.country().empty() && address.country().size() != 2) {
    return InvalidField(absl::StrCat(ToAbsl(field), ".country"),
                        "must be a two-letter country code such as US");
  }
  return absl::OkStatus();
}

absl::Status CheckVendor(ReadTx&, const Message*, Message* record) {
  const auto& vendor = dynamic_cast<const v1::Vendor&>(*record);
  if (vendor.aliases_size() > kMaxAliases) {
    return InvalidField("vendor.aliases", "has more than 50 entries");
  }
  return CheckAddress(vendor.business_address(), "vendor.business_address");
}

absl::Status CheckContact(ReadTx&, const Message*, Message* record) {
  const auto& contact = dynamic_cast<const v1::Contact&>(*record);
  if (contact.email().empty() && contact.phone().empty() && contact.address().lines().empty()) {
    return InvalidField("contact.email", "give an e-mail address, a phone number or an address");
  }
  if (!contact.email().empty() && !absl::StrContains(contact.email(), '@')) {
    return InvalidField("contact.email", "is not an e-mail address");
  }
  return CheckAddress(contact.address(), "contact.address");
}

bool MatchesQuery(const Message& request, const Message& record) {
  const std::string query =
      absl::AsciiStrToLower(dynamic_cast<const v1::ListVendorsRequest&>(request).query());
  if (query.empty()) return true;
  const auto& vendor = dynamic_cast<const v1::Vendor&>(record);
  if (absl::StrContains(absl::AsciiStrToLower(vendor.legal_name()), query)) return true;
  if (absl::StrContains(vendor.name().substr(vendor.name().rfind('/') + 1), query)) return true;
  for (const std::string& alias : vendor.aliases()) {
    if (absl::StrContains(absl::AsciiStrToLower(alias), query)) return true;
  }
  return false;
}

}  // namespace

const Collection& Vendors() {
  static const Collection collection = {
      .table = &VendorTable(),
      .pattern = "vendors/{vendor}",
      .check = CheckVendor,
      .matches = MatchesQuery,
      .hindrances = {
          {&ContractTable(), "parent", "it has contracts; delete them first"},
          {&ShareTable(), "parent",
           "it has shares; data that were shared do not come back by deleting the vendor"},
          {&ProductTable(), "parent", "it has products; delete them first"},
          {&ContactTable(), "parent", "it has contacts; delete them first"},
          {&TransferTable(), "parent", "it received transfers, which are evidence"},
          {&TransferTable(), "via", "it carried transfers, which are evidence"},
          {&DispositionTable(), "parent", "it has dispositions; delete them first"},
          {&SubprocessorTable(), "parent", "it has subprocessors; delete them first"},
          {&SubprocessorTable(), "processor", "another vendor names it as its subprocessor"},
          {&IncidentTable(), "vendor", "an incident names it"}}};
  return collection;
}

const Collection& Products() {
  static const Collection collection = {
      .table = &ProductTable(),
      .pattern = "vendors/{vendor}/products/{product}",
      .parent_table = &VendorTable(),
      .hindrances = {{&ShareTable(), "product", "a share names it"},
                     {&ContractTable(), "products", "a contract names it"},
                     {&TransferTable(), "product", "a transfer names it"},
                     {&DispositionTable(), "products", "a disposition names it"},
                     {&StatementTable(), "products", "a statement names it"}}};
  return collection;
}

const Collection& Contacts() {
  static const Collection collection = {.table = &ContactTable(),
                                        .pattern = "vendors/{vendor}/contacts/{contact}",
                                        .parent_table = &VendorTable(),
                                        .check = CheckContact};
  return collection;
}

}  // namespace rollcall::registry
