#include <string>

#include "absl/strings/str_cat.h"
#include "client/cli/exposure_words.h"
#include "client/cli/text_table.h"
#include "client/cli/views.h"

namespace rollcall::cli {
namespace {

std::string SideText(const v1::ExposureBasis& basis) {
  return absl::StrCat(OneLine(AskedAbout(basis)), " at revision ", basis.revision());
}

void WriteElements(const CommandContext& context, const v1::CompareExposuresResponse& comparison) {
  if (comparison.elements().empty()) return;
  WriteHeading(context, "Fields, by how many people gained or lost them");
  TextTable table({"field", "added", "removed"});
  for (const v1::ElementDifference& element : comparison.elements()) {
    table.AddRow(
        {ElementId(element.data_element()), Grouped(element.added()), Grouped(element.removed())});
  }
  table.Write(context.io.out, false, 2);
}

}  // namespace

void WriteComparison(const CommandContext& context,
                     const v1::CompareExposuresResponse& comparison) {
  context.io.out << "First       " << SideText(comparison.base()) << "\n"
                 << "Second      " << SideText(comparison.other()) << "\n";
  WriteHeading(context, "People");
  TextTable counts({"added", "removed", "with other fields", "unchanged"});
  counts.AddRow({Grouped(comparison.people_added()), Grouped(comparison.people_removed()),
                 Grouped(comparison.people_changed()), Grouped(comparison.people_same())});
  counts.Write(context.io.out, false, 2);
  WriteElements(context, comparison);
  if (comparison.people().empty()) return;
  WriteHeading(context, "People with a difference");
  TextTable people({"person", "fields added", "fields removed"});
  for (const v1::PersonDifference& person : comparison.people()) {
    people.AddRow(
        {person.person(), ElementIds(person.added(), " "), ElementIds(person.removed(), " ")});
  }
  people.Write(context.io.out, false, 2);
}

}  // namespace rollcall::cli
