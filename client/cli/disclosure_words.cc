#include "client/cli/disclosure_words.h"

#include <algorithm>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/cli/exposure_words.h"
#include "client/cli/field_words.h"
#include "client/cli/resource_name.h"
#include "client/cli/text_table.h"
#include "client/cli/text_value.h"
#include "client/cli/views.h"

namespace rollcall::cli {
namespace {

std::string WordOf(const google::protobuf::EnumDescriptor& type, int value) {
  const auto* found = value == 0 ? nullptr : type.FindValueByNumber(value);
  return found == nullptr ? std::string() : EnumWord(*found);
}

}  // namespace

std::string DisclosureKindWord(v1::DisclosureKind kind) {
  return WordOf(*v1::DisclosureKind_descriptor(), kind);
}

std::string PartyText(const std::string& legal_name, const std::string& party) {
  return legal_name.empty() ? VendorId(party)
                            : absl::StrCat(legal_name, " (", VendorId(party), ")");
}

std::string DisclosureDaysText(const v1::Disclosure& row) {
  const std::string first = row.has_first_date() ? DateText(row.first_date()) : "unknown";
  const std::string last = row.has_last_date() ? DateText(row.last_date()) : "unknown";
  return first == last ? first : absl::StrCat(first, " to ", last);
}

std::string FieldsText(const v1::Disclosure& row) {
  std::vector<std::string> ids;
  for (const auto& element : row.elements()) ids.push_back(ElementId(element.data_element()));
  return absl::StrJoin(ids, ", ");
}

std::string KnownByText(const v1::Disclosure& row) {
  if (!row.incident().empty()) {
    return row.statement().empty() ? absl::StrCat(row.incident(), ", by its cases only")
                                   : row.statement();
  }
  if (row.evidence() == v1::REASON_KIND_DECLARED) return "a share";
  std::string text =
      absl::StrCat(Grouped(row.transfers()), row.transfers() == 1 ? " file" : " files");
  if (!row.received_by().empty()) absl::StrAppend(&text, " sent to ", VendorId(row.received_by()));
  return text;
}

std::string GroundText(const v1::DisclosureGround& ground) {
  const std::vector<std::string> ids = NameIds(ground.share());
  std::string text = ids.size() == 2 ? absl::StrCat("share ", ids[1], " of ", ids[0])
                                     : absl::StrCat("share ", ground.share());
  if (!ground.contract().empty()) {
    absl::StrAppend(&text, ", contract ", ShortenName(ground.contract(), "vendors/*/contracts/*"));
  }
  if (ground.outside_contract()) absl::StrAppend(&text, ", outside any contract");
  if (!ground.purpose().empty()) absl::StrAppend(&text, ", for: ", ground.purpose());
  return text;
}

std::string FindingsText(const v1::Disclosure& row) {
  std::vector<std::string> words;
  for (const int finding : row.findings()) {
    words.push_back(FindingWord(static_cast<v1::TransferFindingReason>(finding)));
  }
  return absl::StrJoin(words, ", ");
}

std::string OnwardText(const v1::OnwardStep& step) {
  std::string text = PartyText(step.party_name(), step.party());
  if (!step.purpose().empty()) absl::StrAppend(&text, ", for: ", step.purpose());
  absl::StrAppend(&text, ", subprocessor ",
                  ShortenName(step.subprocessor(), "vendors/*/subprocessors/*"));
  return text;
}

std::string EndText(const v1::DisclosureEnd& end) {
  return absl::StrCat(WordOf(*v1::DispositionNature_descriptor(), end.nature()), " by ",
                      DateText(end.disposition_date()), ", disposition ",
                      ShortenName(end.disposition(), "vendors/*/dispositions/*"));
}

std::string EndText(const v1::Disclosure& row, const v1::DisclosureEnd& end) {
  std::vector<std::string> ids;
  for (const v1::DisclosedElement& element : row.elements()) {
    const auto& names = element.dispositions();
    if (std::find(names.begin(), names.end(), end.disposition()) != names.end()) {
      ids.push_back(ElementId(element.data_element()));
    }
  }
  return absl::StrCat(EndText(end), ": ", absl::StrJoin(ids, ", "));
}

std::string ExemptionText(const v1::DisclosureExemption& exemption) {
  return absl::StrCat(WordOf(*v1::DisclosureExemptionGround_descriptor(), exemption.ground()), ", ",
                      exemption.citation(), ", ", exemption.clause());
}

}  // namespace rollcall::cli
