#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/cli/csv.h"
#include "client/cli/exposure_words.h"
#include "client/cli/resource_name.h"
#include "client/cli/text_table.h"
#include "client/cli/text_value.h"
#include "client/cli/views.h"

namespace rollcall::cli {
namespace {

// One field of the person at a party or in an incident.
struct FieldRow {
  std::string element;
  std::string certainty;
  std::string since;
  std::string ground;
};

std::string WithRemoval(std::string ground, const Names& dispositions) {
  const std::string removed = RemovedByText(dispositions);
  if (removed.empty()) return ground;
  return ground.empty() ? removed : absl::StrCat(ground, "; ", removed);
}

std::vector<FieldRow> RowsOf(const v1::PersonHolding& holding) {
  std::vector<FieldRow> rows;
  for (const v1::HeldElement& element : holding.elements()) {
    rows.push_back({ElementId(element.data_element()),
                    element.removed() ? "removed" : CertaintyWord(element.certainty()),
                    element.has_since_date() ? DateText(element.since_date()) : "",
                    WithRemoval(GroundsText(element.reasons(), holding.transfer_groups()),
                                element.dispositions())});
  }
  return rows;
}

std::vector<FieldRow> RowsOf(const v1::PersonIncident& incident) {
  std::vector<FieldRow> rows;
  for (const v1::ExposedElement& element : incident.elements()) {
    std::string ground = GroundsText(element.reasons(), {});
    if (!element.dispositions().empty()) {
      absl::StrAppend(&ground, "; another ground ", RemovedByText(element.dispositions()));
    }
    rows.push_back(
        {ElementId(element.data_element()), CertaintyWord(element.certainty()), "", ground});
  }
  for (const v1::RemovedElement& element : incident.removed()) {
    rows.push_back({ElementId(element.data_element()), "removed", "",
                    WithRemoval(GroundsText(element.reasons(), {}), element.dispositions())});
  }
  return rows;
}

void WriteHolding(const CommandContext& context, const v1::PersonHolding& holding) {
  std::string heading = holding.vendor();
  for (const v1::UpstreamSource& source : holding.upstream()) {
    absl::StrAppend(&heading, ", through ", ChainText(source.chain()));
  }
  WriteHeading(context, heading);
  TextTable table({"field", "certainty", "since", "ground"});
  for (const FieldRow& row : RowsOf(holding)) {
    table.AddRow(
        {row.element, row.certainty, row.since.empty() ? "unknown" : row.since, row.ground});
  }
  table.Write(context.io.out, false, 2);
}

void WriteIncident(const CommandContext& context, const v1::PersonIncident& incident) {
  std::string heading =
      absl::StrCat(incident.statement().empty() ? incident.incident() : incident.statement(),
                   " at ", incident.vendor());
  if (!incident.cases().empty()) {
    absl::StrAppend(&heading, ", notice in ", absl::StrJoin(incident.cases(), ", "));
  }
  WriteHeading(context, heading);
  TextTable table({"field", "certainty", "ground"});
  for (const FieldRow& row : RowsOf(incident)) {
    table.AddRow({row.element, row.certainty, row.ground});
  }
  table.Write(context.io.out, false, 2);
}

}  // namespace

void WritePersonExposure(const CommandContext& context, const v1::PersonExposure& exposure) {
  context.io.out << "What is known of " << OneLine(exposure.person()) << " at revision "
                 << exposure.revision() << "\n";
  if (exposure.holdings().empty()) context.io.out << "No vendor holds or held data.\n";
  for (const v1::PersonHolding& holding : exposure.holdings()) WriteHolding(context, holding);
  if (exposure.incidents().empty()) context.io.out << "\nNo incident touched the person.\n";
  for (const v1::PersonIncident& incident : exposure.incidents()) WriteIncident(context, incident);
}

void WritePersonExposureCsv(const CommandContext& context, const v1::PersonExposure& exposure) {
  std::ostream& out = context.io.out;
  out << CsvLine(
      {"person", "vendor", "incident", "cases", "element", "certainty", "since_date", "ground"});
  const auto write = [&](const std::string& vendor, const std::string& incident,
                         const std::string& cases, const std::vector<FieldRow>& rows) {
    for (const FieldRow& row : rows) {
      out << CsvLine({exposure.person(), vendor, incident, cases, row.element, row.certainty,
                      row.since, row.ground});
    }
  };
  for (const v1::PersonHolding& holding : exposure.holdings()) {
    write(holding.vendor(), "", "", RowsOf(holding));
  }
  for (const v1::PersonIncident& incident : exposure.incidents()) {
    write(incident.vendor(), incident.incident(), absl::StrJoin(incident.cases(), ";"),
          RowsOf(incident));
  }
}

}  // namespace rollcall::cli
