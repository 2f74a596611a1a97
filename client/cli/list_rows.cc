#include "client/cli/list_rows.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "client/cli/disclosure_words.h"
#include "client/cli/exposure_words.h"
#include "client/cli/resource_name.h"
#include "client/cli/text_table.h"
#include "client/cli/text_value.h"
#include "rollcall/v1/disclosure_service.pb.h"
#include "rollcall/v1/exposure_service.pb.h"
#include "rollcall/v1/subprocessor_service.pb.h"

namespace rollcall::cli {
namespace {

using google::protobuf::Message;

std::vector<std::string> VendorExposureCells(const Message& message) {
  const auto& row = static_cast<const v1::VendorExposure&>(message);
  if (!row.problem().empty()) {
    // Its counts are missing, not zero.
    return {VendorId(row.vendor()), "", "", "", "", "", "", "", row.legal_name(), row.problem()};
  }
  return {VendorId(row.vendor()),
          Grouped(row.people()),
          absl::StrFormat("%.1f%%", row.share_of_enrollment() * 100),
          Grouped(row.cells()),
          Grouped(row.cells_sensitive()),
          Grouped(row.cells_populated()),
          Grouped(row.shares()),
          Grouped(row.unmatched()),
          row.legal_name(),
          ""};
}

std::vector<std::string> UpstreamVendorCells(const Message& message) {
  const auto& row = static_cast<const v1::UpstreamVendor&>(message);
  std::vector<std::string> shares;
  for (const std::string& name : row.shares()) {
    shares.push_back(ShortenName(name, "vendors/*/shares/*"));
  }
  return {VendorId(row.vendor()),
          absl::StrCat(row.depth()),
          ChainText(row.chain()),
          row.data_elements().empty() ? "all" : ElementIds(row.data_elements(), " "),
          row.has_last_date() ? DateText(row.last_date()) : "",
          absl::StrJoin(shares, " ")};
}

std::vector<std::string> DisclosureCells(const Message& message) {
  const auto& row = static_cast<const v1::Disclosure&>(message);
  std::vector<std::string> grounds;
  for (const v1::DisclosureGround& ground : row.grounds()) grounds.push_back(GroundText(ground));
  return {DisclosureKindWord(row.kind()),
          VendorId(row.party()),
          DisclosureDaysText(row),
          KnownByText(row),
          FieldsText(row),
          absl::StrJoin(grounds, "; ")};
}

}  // namespace

const ListRows* RowsOfType(const google::protobuf::Descriptor& type) {
  static const ListRows kVendorExposures = {
      {"VENDOR", "PEOPLE", "OF ENROLLMENT", "FIELDS", "SENSITIVE", "POPULATED", "SHARES",
       "UNMATCHED", "LEGAL NAME", "PROBLEM"},
      &VendorExposureCells,
      nullptr};
  static const ListRows kUpstreamVendors = {
      {"VENDOR", "DEPTH", "CHAIN", "ELEMENTS", "UNTIL", "SHARES"}, &UpstreamVendorCells, nullptr};
  static const ListRows kDisclosures = {{"KIND", "PARTY", "DAYS", "KNOWN BY", "FIELDS", "GROUND"},
                                        &DisclosureCells,
                                        "Incidents of which nothing is stated yet are not in this "
                                        "list; `rollcall person disclosures` names them."};
  if (&type == v1::Disclosure::descriptor()) return &kDisclosures;
  if (&type == v1::VendorExposure::descriptor()) return &kVendorExposures;
  if (&type == v1::UpstreamVendor::descriptor()) return &kUpstreamVendors;
  return nullptr;
}

}  // namespace rollcall::cli
