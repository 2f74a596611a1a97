#include "client/cli/transfer_findings.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/cli/csv.h"
#include "client/cli/resource_name.h"
#include "client/cli/views.h"

namespace rollcall::cli {

absl::Status TransferFindings::Take(const v1::CheckTransferResponse& response) {
  if (closing_) return absl::DataLossError("something came after the closing");
  if (response.has_closing()) {
    closing_ = response.closing();
    return absl::OkStatus();
  }
  if (!response.has_finding()) return absl::OkStatus();
  const v1::CheckTransferFinding& part = response.finding();
  const auto next = static_cast<std::int32_t>(findings_.size());
  if (part.number() < 0 || part.number() > next || part.number() + 1 < next) {
    return absl::DataLossError(
        absl::StrCat("finding ", part.number(), " came where finding ", next, " was next"));
  }
  if (part.number() == next) findings_.emplace_back(part).clear_positions();
  auto& positions = *findings_.back().mutable_positions();
  for (const std::uint32_t position : part.positions()) {
    if (!positions.empty() && position <= positions[positions.size() - 1]) {
      return absl::DataLossError("positions did not come in ascending order");
    }
    positions.Add(position);
  }
  return absl::OkStatus();
}

absl::Status TransferFindings::Check(std::int64_t ids_sent) const {
  if (!closing_) {
    return absl::DataLossError(
        absl::StrCat("the answer ended without its closing after ", findings_.size(), " findings"));
  }
  if (closing_->ids() != ids_sent) {
    return absl::DataLossError(
        absl::StrCat("the closing counts ", closing_->ids(), " ids, but ", ids_sent, " were sent"));
  }
  if (closing_->findings() != static_cast<std::int64_t>(findings_.size()) ||
      closing_->allowed() != findings_.empty()) {
    return absl::DataLossError(absl::StrCat("the closing speaks of ", closing_->findings(),
                                            " findings, but ", findings_.size(), " came"));
  }
  for (const v1::CheckTransferFinding& finding : findings_) {
    const int count = finding.positions_size();
    if (count == 0) continue;
    if (finding.finding().ids() != count) {
      return absl::DataLossError(absl::StrCat("finding ", finding.number(), " is about ",
                                              finding.finding().ids(), " ids, but ", count,
                                              " positions came"));
    }
    if (finding.positions(count - 1) >= ids_sent) {
      return absl::DataLossError("a position is beyond the last id");
    }
  }
  return absl::OkStatus();
}

void TransferFindings::WritePositions(const std::vector<ListedId>& ids, std::ostream& out) const {
  // Position and finding.
  std::vector<std::pair<std::uint32_t, size_t>> places;
  std::vector<std::vector<std::string>> ends;
  for (size_t f = 0; f < findings_.size(); ++f) {
    const v1::TransferFinding& finding = findings_[f].finding();
    std::vector<std::string> elements;
    for (const std::string& name : finding.data_elements()) {
      elements.push_back(ShortenName(name, "dataElements/*"));
    }
    ends.push_back(
        {FindingWord(finding.reason()), absl::StrJoin(elements, ";"), finding.explanation()});
    for (const std::uint32_t position : findings_[f].positions()) places.emplace_back(position, f);
    for (size_t i = 0; findings_[f].positions().empty() && i < ids.size(); ++i) {
      places.emplace_back(static_cast<std::uint32_t>(i), f);
    }
  }
  std::sort(places.begin(), places.end());
  out << CsvLine({"line", "id", "reason", "elements", "explanation"});
  for (const auto& [position, finding] : places) {
    const ListedId& listed = ids[position];
    std::vector<std::string> cells = {absl::StrCat(listed.line), listed.id};
    cells.insert(cells.end(), ends[finding].begin(), ends[finding].end());
    out << CsvLine(cells);
  }
}

}  // namespace rollcall::cli
