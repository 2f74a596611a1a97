#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "client/cli/exposure_words.h"
#include "client/cli/resource_name.h"
#include "client/cli/text_table.h"
#include "client/cli/text_value.h"
#include "client/cli/views.h"

namespace rollcall::cli {
namespace {

// Longer breakdowns are cut in the view, and say so; JSON has all rows.
constexpr int kMaxRows = 25;

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
  context.io.out << "Exposure of " << OneLine(AskedAbout(basis)) << " at revision "
                 << basis.revision() << "\n";
  if (!basis.vendor().empty() && basis.vendor() != AskedAbout(basis)) {
    context.io.out << "Party       " << OneLine(basis.vendor()) << "\n";
  }
  context.io.out << "Window      "
                 << (basis.has_window_start_date() ? DateText(basis.window_start_date())
                                                   : std::string("unknown"))
                 << " to "
                 << (basis.has_window_end_date() ? DateText(basis.window_end_date())
                                                 : std::string("open"))
                 << "\n";
  if (!basis.shares().empty()) {
    context.io.out << "Shares      " << OneLine(absl::StrJoin(basis.shares(), ", ")) << "\n";
  }
  if (!basis.dispositions().empty()) {
    context.io.out << "Dispositions that counted: "
                   << OneLine(absl::StrJoin(basis.dispositions(), ", ")) << "\n";
  }
}

void WriteTransferGroups(const CommandContext& context, const v1::ExposureBasis& basis) {
  if (basis.transfer_groups().empty()) return;
  WriteHeading(context, "What was sent");
  TextTable table(
      {"to", "share", "files", "first", "last", "people", "unmatched", "undeclared", "fields"});
  for (const v1::TransferGroup& group : basis.transfer_groups()) {
    if (table.rows() == kMaxRows) break;
    table.AddRow(
        {VendorId(group.vendor()),
         group.share().empty() ? "(none)" : ShortenName(group.share(), "vendors/*/shares/*"),
         Grouped(group.transfers()), DateText(group.first_date()), DateText(group.last_date()),
         Grouped(group.people()), Grouped(group.unmatched()), Grouped(group.undeclared()),
         ElementIds(group.data_elements(), " ")});
  }
  table.Write(context.io.out, false, 2);
  WriteRest(context, basis.transfer_groups_size());
}

void WriteUpstream(const CommandContext& context, const v1::ExposureBasis& basis) {
  if (basis.upstream().empty()) return;
  WriteHeading(context, "Vendors whose data came through others");
  TextTable table({"vendor", "chain"});
  for (const v1::UpstreamSource& source : basis.upstream()) {
    if (table.rows() == kMaxRows) break;
    table.AddRow({VendorId(source.vendor()), ChainText(source.chain())});
  }
  table.Write(context.io.out, false, 2);
  WriteRest(context, basis.upstream_size());
}

// How sure the fields are, and what is no longer among them.
void WriteCells(const CommandContext& context, const v1::ExposureSummary& summary) {
  context.io.out << "  Of the fields " << Grouped(summary.cells_confirmed()) << " are confirmed, "
                 << Grouped(summary.cells_believed()) << " believed, "
                 << Grouped(summary.cells_populated()) << " populated, "
                 << Grouped(summary.cells_sensitive()) << " sensitive\n";
  if (summary.people_removed() > 0 || summary.cells_removed() > 0) {
    context.io.out << "  Dispositions removed " << Grouped(summary.cells_removed())
                   << " fields, and everything of " << Grouped(summary.people_removed())
                   << " people; they are not counted here\n";
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
  WriteCells(context, summary);
}

void WriteElements(const CommandContext& context, const v1::ExposureSummary& summary) {
  if (summary.by_element().empty()) return;
  WriteHeading(context,
               "Fields (populated: the roster knows a value; confirmed: a list or a file names the "
               "person; removed: by a disposition)");
  TextTable table({"field", "people", "populated", "confirmed", "removed", "label"});
  for (const v1::ElementCount& count : summary.by_element()) {
    table.AddRow({ElementId(count.data_element()), Grouped(count.people()),
                  Grouped(count.populated()), Grouped(count.confirmed()), Grouped(count.removed()),
                  count.label()});
  }
  table.Write(context.io.out, false, 2);
}

void WriteTiers(const CommandContext& context, const v1::ExposureSummary& summary) {
  if (summary.tiers().empty()) return;
  WriteHeading(context, "People with the same fields");
  TextTable table({"people", "fields", ""});
  for (const v1::ExposureTier& tier : summary.tiers()) {
    if (table.rows() == kMaxRows) break;
    table.AddRow({Grouped(tier.people()), absl::StrCat(tier.data_elements_size()),
                  ElementIds(tier.data_elements(), " ")});
  }
  table.Write(context.io.out, false, 2);
  WriteRest(context, summary.tiers_size());
}

}  // namespace

std::string AskedAbout(const v1::ExposureBasis& basis) {
  if (!basis.statement().empty()) return basis.statement();
  return basis.incident().empty() ? basis.vendor() : basis.incident();
}

void WriteExposureSummary(const CommandContext& context, const v1::ExposureSummary& summary) {
  WriteBasis(context, summary.basis());
  for (const std::string& warning : summary.basis().warnings()) WriteWarning(context, warning);
  WritePeople(context, summary);
  WriteElements(context, summary);
  WriteTiers(context, summary);
  WriteTransferGroups(context, summary.basis());
  WriteUpstream(context, summary.basis());
  WriteCounts(context, "By school year", summary.by_school_year(), false);
  WriteCounts(context, "By grade", summary.by_grade(), false);
  WriteCounts(context, "By school", summary.by_school(), true);
  WriteCounts(context, "By home language", summary.by_language(), true);
  WriteCounts(context, "By program", summary.by_program(), true);
  WriteCounts(context, "By certainty", summary.by_certainty(), false);
  if (!summary.digest().empty())
    context.io.out << "\nDigest      " << OneLine(summary.digest()) << "\n";
}

}  // namespace rollcall::cli
