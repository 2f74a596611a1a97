#include "client/cli/exposure_words.h"

#include <algorithm>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/cli/field_words.h"
#include "client/cli/resource_name.h"
#include "client/cli/text_table.h"
#include "client/cli/text_value.h"

namespace rollcall::cli {
namespace {

// "share students of cleo".
std::string ShareText(const std::string& name) {
  const std::vector<std::string> ids = NameIds(name);
  return ids.size() == 2 ? absl::StrCat("share ", ids[1], " of ", ids[0])
                         : absl::StrCat("share ", name);
}

// "sent 14 times since 2023-08-01"; `to` is empty, or " to cleo".
std::string SentText(const v1::TransferGroup& group, const std::string& to) {
  if (group.transfers() == 1) {
    return absl::StrCat("sent", to, " on ", DateText(group.first_date()));
  }
  return absl::StrCat("sent", to, " ", Grouped(group.transfers()), " times since ",
                      DateText(group.first_date()));
}

const v1::TransferGroup* GroupOf(const v1::ExposureReason& reason, const TransferGroups& groups) {
  if (!reason.has_transfer_group() || reason.transfer_group() < 0 ||
      reason.transfer_group() >= groups.size()) {
    return nullptr;
  }
  return &groups[reason.transfer_group()];
}

}  // namespace

std::string ElementId(const std::string& name) { return ShortenName(name, "dataElements/*"); }

std::string VendorId(const std::string& name) { return ShortenName(name, "vendors/*"); }

std::string ElementIds(const Names& names, const std::string& separator) {
  std::vector<std::string> ids;
  for (const std::string& name : names) ids.push_back(ElementId(name));
  return absl::StrJoin(ids, separator);
}

std::string ChainText(const Names& vendors) {
  std::vector<std::string> ids;
  for (const std::string& name : vendors) ids.push_back(VendorId(name));
  return absl::StrJoin(ids, " > ");
}

std::string CertaintyWord(v1::Certainty certainty) {
  const auto* value = v1::Certainty_descriptor()->FindValueByNumber(certainty);
  return value == nullptr ? std::string() : EnumWord(*value);
}

std::string GroundText(const v1::ExposureReason& reason, const TransferGroups& groups) {
  const v1::TransferGroup* group = GroupOf(reason, groups);
  switch (reason.kind()) {
    case v1::REASON_KIND_DECLARED:
      return ShareText(reason.share());
    case v1::REASON_KIND_CLAIMED:
      return "on the vendor's list";
    case v1::REASON_KIND_NAMED:
      return "named by the vendor, in no share";
    case v1::REASON_KIND_OBSERVED:
      return group == nullptr ? "sent in a file" : SentText(*group, "");
    case v1::REASON_KIND_OBSERVED_UPSTREAM:
      return group == nullptr ? "sent to a vendor that passes data on"
                              : SentText(*group, absl::StrCat(" to ", VendorId(group->vendor())));
    default:
      return "no ground stated";
  }
}

std::string GroundsText(const google::protobuf::RepeatedPtrField<v1::ExposureReason>& reasons,
                        const TransferGroups& groups) {
  std::vector<std::string> texts;
  for (const v1::ExposureReason& reason : reasons) {
    std::string text = GroundText(reason, groups);
    if (std::find(texts.begin(), texts.end(), text) == texts.end()) {
      texts.push_back(std::move(text));
    }
  }
  return absl::StrJoin(texts, "; ");
}

std::string RemovedByText(const Names& dispositions) {
  if (dispositions.empty()) return {};
  std::vector<std::string> ids;
  for (const std::string& name : dispositions) {
    ids.push_back(ShortenName(name, "vendors/*/dispositions/*"));
  }
  return absl::StrCat("removed by disposition", ids.size() > 1 ? "s " : " ",
                      absl::StrJoin(ids, ", "));
}

}  // namespace rollcall::cli
