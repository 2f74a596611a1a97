#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "client/cli/resource_name.h"
#include "client/cli/text_table.h"
#include "client/cli/text_value.h"
#include "client/cli/views.h"

namespace rollcall::cli {
namespace {

// Longer breakdowns are cut in the view, and say so; JSON has all rows.
constexpr int kMaxRows = 25;

std::string ElementId(const std::string& name) { return ShortenName(name, "dataElements/*"); }

void WriteRest(const CommandContext& context, int rows) {
  if (rows > kMaxRows) {
    context.io.out << "  ... and " << rows - kMaxRows << " more; --output json shows all\n";
  }
}

void WriteCounts(const CommandContext& context, const std::string& title,
                 const google::protobuf::RepeatedPtrField<v1::CountRow>& rows, bool largest_first) {
  if (rows.empty()) return;
  std::vector<const v1::CountRow*> sorted;
  for (const v1::CountRow& row : rows) sorted.push_back(&row);
  if (largest_first) {
    std::stable_sort(sorted.begin(), sorted.end(),
                     [](const auto* a, const auto* b) { return a->people() > b->people(); });
  }
  WriteHeading(context, title);
  TextTable table({"", "", ""});
  for (const v1::CountRow* row : sorted) {
    if (table.rows() == kMaxRows) break;
    const std::string key = row->key().empty() ? "(none)" : row->key();
    const std::string label = row->label() == row->key() ? "" : row->label();
    table.AddRow({ShortenName(key, "schools/*"), Grouped(row->people()), label});
  }
  table.Write(context.io.out, false, 2);
  WriteRest(context, rows.size());
}

void WriteBasis(const CommandContext& context, const v1::ExposureBasis& basis) {
  context.io.out << "Exposure of "
                 << (basis.statement().empty() ? basis.incident() : basis.statement())
                 << " at revision " << basis.revision() << "\n";
  context.io.out << "Window      "
                 << (basis.has_window_start_date() ? DateText(basis.window_start_date())
                                                   : std::string("unknown"))
                 << " to "
                 << (basis.has_window_end_date() ? DateText(basis.window_end_date())
                                                 : std::string("open"))
                 << "\n";
  if (!basis.shares().empty()) {
    context.io.out << "Shares      " << absl::StrJoin(basis.shares(), ", ") << "\n";
  }
}

void WritePeople(const CommandContext& context, const v1::ExposureSummary& summary) {
  TextTable table({"", "current", "former", "all"});
  const auto row = [&](const std::string& title, std::int64_t current, std::int64_t former) {
    table.AddRow({title, Grouped(current), Grouped(former), Grouped(current + former)});
  };
  row("students", summary.current_students(), summary.former_students());
  row("staff", summary.current_staff(), summary.former_staff());
  WriteHeading(context, absl::StrCat(Grouped(summary.people()), " people are affected, ",
                                     Grouped(summary.cells()), " fields in all"));
  table.Write(context.io.out, false, 2);
  context.io.out << absl::StrFormat("  %.1f%% of the current enrollment of %s\n",
                                    summary.share_of_enrollment() * 100,
                                    Grouped(summary.enrollment()));
}

void WriteElements(const CommandContext& context, const v1::ExposureSummary& summary) {
  if (summary.by_element().empty()) return;
  WriteHeading(context,
               "Fields (populated: the roster knows a value; confirmed: the vendor's list "
               "names the person)");
  TextTable table({"field", "people", "populated", "confirmed", "label"});
  for (const v1::ElementCount& count : summary.by_element()) {
    table.AddRow({ElementId(count.data_element()), Grouped(count.people()),
                  Grouped(count.populated()), Grouped(count.confirmed()), count.label()});
  }
  table.Write(context.io.out, false, 2);
}

void WriteTiers(const CommandContext& context, const v1::ExposureSummary& summary) {
  if (summary.tiers().empty()) return;
  WriteHeading(context, "People with the same fields");
  TextTable table({"people", "fields", ""});
  for (const v1::ExposureTier& tier : summary.tiers()) {
    if (table.rows() == kMaxRows) break;
    std::vector<std::string> ids;
    for (const std::string& name : tier.data_elements()) ids.push_back(ElementId(name));
    table.AddRow({Grouped(tier.people()), absl::StrCat(ids.size()), absl::StrJoin(ids, " ")});
  }
  table.Write(context.io.out, false, 2);
  WriteRest(context, summary.tiers_size());
}

}  // namespace

void WriteExposureSummary(const CommandContext& context, const v1::ExposureSummary& summary) {
  WriteBasis(context, summary.basis());
  for (const std::string& warning : summary.basis().warnings()) WriteWarning(context, warning);
  WritePeople(context, summary);
  WriteElements(context, summary);
  WriteTiers(context, summary);
  WriteCounts(context, "By school year", summary.by_school_year(), false);
  WriteCounts(context, "By grade", summary.by_grade(), false);
  WriteCounts(context, "By school", summary.by_school(), true);
  WriteCounts(context, "By home language", summary.by_language(), true);
  WriteCounts(context, "By program", summary.by_program(), true);
  WriteCounts(context, "By certainty", summary.by_certainty(), false);
  context.io.out << "\nDigest      " << summary.digest() << "\n";
}

}  // namespace rollcall::cli
